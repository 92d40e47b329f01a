"""Copies of a photograph, found by perceptual hashing, so that no attack compares a picture with itself.

The hash has 256 bits: the signs of the 16 × 16 lowest frequencies of a picture's cosine transform relative to
their median (pHash; Zauner, "Implementation and Benchmarking of Perceptual Image Hash Functions", 2010,
section 3.2.1). It is robust against recompression, resizing, conversion to grey and moderate changes of
brightness, but not against cropping, borders, watermarks, rotation or strong changes of levels.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import imagehash
import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from bauta.protocols import Images

SIDE = 16
BITS = SIDE * SIDE

MOST_BITS = 24
"""Two pictures are copies of one photograph if at most this many bits of their hashes differ.

Copies of 600 photographs of LFW, ORL and FER-2013 as JPEG of quality 30, at half and double size, in grey and
brightened by a fifth differ in at most 26 bits. Of the 20.5 million pairs of 6,410 LFW images, four differ in
at most 24; all are true copies, two of them of people listed under two names. Of ORL's 79,800 pairs, four do,
showing nearly the same pose of one person. Rendered pictures differ in 76 bits or more.
"""

_TILE = 2048
_WORDS = BITS // 64
_SPREAD = np.arange(BITS).reshape(-1, _WORDS).T.ravel()
"""Order of the bits in which each 64-bit word holds both low and high frequencies."""


@dataclass(frozen=True)
class PhotographHash:
    """The hashes of a picture and of its mirror image, 32 bytes each."""

    upright: bytes
    mirrored: bytes


def hash_photograph(image: Images) -> PhotographHash | None:
    """Hash a picture.

    Args:
        image: uint8 (H, W, 3) RGB.

    Returns:
        The hash; None for a picture without structure, such as a uniform grey, as all such pictures look
        alike.
    """
    picture = Image.fromarray(image)
    upright, mirrored = (
        imagehash.phash(version, hash_size=SIDE).hash.ravel()
        for version in (picture, picture.transpose(Image.Transpose.FLIP_LEFT_RIGHT))
    )
    # A median splits the frequencies into two halves unless most of them are equal.
    if upright.sum() != BITS // 2:
        return None
    return PhotographHash(*(np.packbits(bits[_SPREAD]).tobytes() for bits in (upright, mirrored)))


@dataclass(frozen=True)
class Photographs:
    """The copies among a set of images.

    Attributes:
        left_out: Rows that are copies of a picture of another person, so that their subject is ambiguous.
        groups: Rows of one photograph each, ascending; rows that are left out are in no group.
        conflicts: The rows that are left out, one group for each photograph.
    """

    left_out: frozenset[int]
    groups: tuple[tuple[int, ...], ...]
    conflicts: tuple[tuple[int, ...], ...]


def find_copies(hashes: Sequence[PhotographHash | None], subjects: Sequence[str | None]) -> Photographs:
    """Group the copies of each photograph, mirrored or not, and leave out those that show two people.

    Equal hashes are compared once. Of the others, all pairs are compared, by the first 64 bits and, if these
    agree, by all bits; one tile of pairs is in memory at a time.

    Args:
        hashes: Hash of each row.
        subjects: Subject of each row; None if unknown.

    Returns:
        The groups. Copies of copies are copies.
    """
    rows = np.array([row for row, found in enumerate(hashes) if found is not None], dtype=np.int64)
    if len(rows) == 0:
        return Photographs(frozenset(), (), ())
    joined = b"".join(found.upright + found.mirrored for found in hashes if found is not None)
    distinct, pictures = np.unique(np.frombuffer(joined, dtype=f"S{2 * BITS // 8}"), return_inverse=True)
    people = _People(pictures, [subjects[row] for row in rows])
    labels = np.arange(len(distinct))
    for pairs in _close(np.frombuffer(distinct.tobytes(), dtype=np.uint64).reshape(len(distinct), 2, -1)):
        people.compare(pairs)
        labels = _joined(labels, pairs)
    left_out = people.left_out()
    members: dict[int, tuple[list[int], list[int]]] = {}
    for row, label, out in zip(rows.tolist(), labels[pictures].tolist(), left_out.tolist(), strict=True):
        members.setdefault(label, ([], []))[out].append(row)
    return Photographs(
        frozenset(rows[left_out].tolist()),
        tuple(sorted(tuple(kept) for kept, _ in members.values() if len(kept) > 1)),
        tuple(sorted(tuple(out) for _, out in members.values() if out)),
    )


class _People:
    """The subjects of equal pictures, and the pictures that are copies of another person's."""

    def __init__(self, pictures: NDArray[np.int64], subjects: Sequence[str | None]) -> None:
        names = {name: code for code, name in enumerate(sorted({s for s in subjects if s is not None}))}
        self._codes = np.array([-1 if name is None else names[name] for name in subjects])
        self._pictures = pictures
        count = int(pictures.max()) + 1
        known = self._codes >= 0
        self._first, self._last = np.full(count, len(names)), np.full(count, -1)
        np.minimum.at(self._first, pictures[known], self._codes[known])
        np.maximum.at(self._last, pictures[known], self._codes[known])
        self._of_two = self._first < self._last

    def compare(self, pairs: NDArray[np.int64]) -> None:
        """Note which pairs of pictures show two people."""
        one, other = pairs.T
        first = np.minimum(self._first[one], self._first[other])
        last = np.maximum(self._last[one], self._last[other])
        known = (self._last[one] >= 0) & (self._last[other] >= 0)
        self._of_two[pairs[known & (first < last)].ravel()] = True

    def left_out(self) -> NDArray[np.bool_]:
        """Rows with a known subject whose picture also shows another person, bool (N,)."""
        return self._of_two[self._pictures] & (self._codes >= 0)


def _close(words: NDArray[np.uint64]) -> Iterator[NDArray[np.int64]]:
    """Yield pairs of pictures whose hashes differ in at most `MOST_BITS`, tile by tile, int64 (P, 2).

    Args:
        words: uint64 (N, 2, 4), the hashes of each picture and its mirror image.
    """
    upright = words[:, 0]
    for first in range(0, len(words), _TILE):
        for second in range(first, len(words), _TILE):
            for turned in (0, 1):
                some, others = upright[first : first + _TILE], words[second : second + _TILE, turned]
                near = np.bitwise_count(some[:, np.newaxis, 0] ^ others[np.newaxis, :, 0]) <= MOST_BITS
                left, right = np.nonzero(near)
                bits = np.bitwise_count(some[left, 1:] ^ others[right, 1:]).sum(axis=1, dtype=np.int64)
                bits += np.bitwise_count(some[left, 0] ^ others[right, 0])
                pairs = np.stack([left + first, right + second], axis=1)[bits <= MOST_BITS]
                pairs = pairs[pairs[:, 0] < pairs[:, 1]]
                if len(pairs):
                    yield pairs


def _joined(labels: NDArray[np.int64], pairs: NDArray[np.int64]) -> NDArray[np.int64]:
    """The group labels after joining pairs of members."""
    ends = np.unique(labels[pairs], axis=0)
    graph = coo_array((np.ones(len(ends), dtype=np.int8), tuple(ends.T)), shape=(len(labels),) * 2)
    return connected_components(graph, directed=False)[1].astype(np.int64)[labels]
