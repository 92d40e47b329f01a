import io

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageEnhance

from bauta.datasets.duplicates import BITS, MOST_BITS, PhotographHash, find_copies, hash_photograph
from bauta.datasets.synthfaces.dataset import render_dataset


@pytest.fixture(scope="module")
def faces(tmp_path_factory):
    folder = tmp_path_factory.mktemp("faces")
    render_dataset(folder / "set", subjects=2, images_per_subject=2, seed=0)
    return [Image.open(path).convert("RGB") for path in sorted(folder.rglob("*.png"))]


def as_jpeg(image):
    file = io.BytesIO()
    image.save(file, "JPEG", quality=40)
    return Image.open(file).convert("RGB")


COPIES = {
    "jpeg": as_jpeg,
    "half": lambda image: image.resize((image.width // 2, image.height // 2), Image.Resampling.BILINEAR),
    "double": lambda image: image.resize((image.width * 2, image.height * 2)),
    "grey": lambda image: image.convert("L").convert("RGB"),
    "brighter": lambda image: ImageEnhance.Brightness(image).enhance(1.1),
    "mirrored": lambda image: image.transpose(Image.Transpose.FLIP_LEFT_RIGHT),
}


def groups_of(hashes):
    return [list(group) for group in find_copies(hashes, [None] * len(hashes)).groups]


def make_hash(upright, mirrored):
    """The hash with some bits, 0 or 1."""
    return PhotographHash(*(np.packbits(bits.astype(bool)).tobytes() for bits in (upright, mirrored)))


def random_bits(rng):
    return rng.integers(0, 2, BITS)


@pytest.mark.parametrize("kind", COPIES)
def test_a_copy_is_found_and_other_pictures_are_not(faces, kind):
    hashes = [hash_photograph(np.asarray(image)) for image in [*faces, COPIES[kind](faces[0])]]
    assert groups_of(hashes) == [[0, len(faces)]]


def test_pictures_without_structure_are_copies_of_nothing():
    grey = np.full((64, 64, 3), 90, dtype=np.uint8)
    assert hash_photograph(grey) is None
    assert groups_of([None, None]) == []


@settings(deadline=None, max_examples=40)
@given(flipped=st.integers(0, 2 * MOST_BITS), seed=st.integers(0, 2**32 - 1))
def test_the_number_of_different_bits_decides(flipped, seed):
    rng = np.random.default_rng(seed)
    bits = random_bits(rng)
    other = bits.copy()
    changed = rng.permutation(BITS)[:flipped]
    other[changed] = 1 - other[changed]
    hashes = [make_hash(bits, random_bits(rng)), None, make_hash(other, random_bits(rng))]
    assert groups_of(hashes) == ([[0, 2]] if flipped <= MOST_BITS else [])


def reference(uprights, mirrored, subjects):
    """Groups and rows left out, found pair by pair."""
    count = len(subjects)
    near = [
        (a, b)
        for a in range(count)
        for b in range(a + 1, count)
        if min((uprights[a] != other[b]).sum() for other in (uprights, mirrored)) <= MOST_BITS
        or (mirrored[a] != uprights[b]).sum() <= MOST_BITS
    ]
    group = list(range(count))
    for a, b in near * count:
        group[a] = group[b] = min(group[a], group[b])
    left_out = {
        row
        for a, b in near
        if None not in (subjects[a], subjects[b]) and subjects[a] != subjects[b]
        for row in (a, b)
    }
    kept = [
        [row for row in range(count) if group[row] == label and row not in left_out] for label in range(count)
    ]
    return {tuple(rows) for rows in kept if len(rows) > 1}, left_out


@settings(deadline=None, max_examples=40)
@given(
    seed=st.integers(0, 2**32 - 1),
    subjects=st.lists(st.sampled_from(["a", "b", None]), min_size=1, max_size=14),
    tile=st.sampled_from([1, 3, 100]),
)
def test_groups_and_conflicts_are_those_of_all_pairs(seed, subjects, tile):
    rng = np.random.default_rng(seed)
    originals = [(random_bits(rng), random_bits(rng)) for _ in range(4)]
    uprights, mirrored = [], []
    for _ in subjects:
        pair = [bits.copy() for bits in originals[rng.integers(4)]]
        changed = rng.permutation(BITS)[: rng.integers(0, 20)]
        for bits in pair:
            bits[changed] = 1 - bits[changed]
        turned = rng.random() < 0.3
        uprights.append(pair[turned])
        mirrored.append(pair[not turned])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("bauta.datasets.duplicates._TILE", tile)
        found = find_copies([make_hash(*pair) for pair in zip(uprights, mirrored, strict=True)], subjects)
    groups, left_out = reference(uprights, mirrored, subjects)
    assert (set(found.groups), set(found.left_out)) == (groups, left_out)
    assert sorted(row for rows in found.conflicts for row in rows) == sorted(left_out)


def test_thousands_of_copies_take_no_more_than_their_rows():
    hashes = [make_hash(*(random_bits(np.random.default_rng(0)) for _ in range(2)))] * 20_000
    assert [len(group) for group in groups_of(hashes)] == [20_000]
