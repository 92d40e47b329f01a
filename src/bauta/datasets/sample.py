"""Sampling a dataset: the same images for a given seed, regardless of their order in the listing."""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Collection, Mapping
from dataclasses import replace

from bauta.datasets import ImageRecord, Listing
from bauta.errors import DataError


def narrow(
    listing: Listing, *, parts: Collection[str] | None = None, sample: int | None = None, seed: int = 0
) -> Listing:
    """Keep some parts of the official split, and a sample of these.

    If subjects are known, all images of a person are drawn together, and people with two or more images
    first, so that there are probes; a person with more images than remain to be drawn is skipped. Images
    without a known subject are drawn one by one, in proportion to the parts of the official split and the
    expressions, if no subjects are known or if the drawn people leave room.

    Args:
        listing: The result of an adapter.
        parts: Parts of the official split that are used; all if None.
        sample: Maximal number of images; all if None.
        seed: Seed of the sample.

    Returns:
        The listing in the same order, with the images that are left out as over the limit.

    Raises:
        DataError: no image remains.
    """
    kept = [record for record in listing.records if parts is None or record.official_split in parts]
    if listing.records and not kept:
        raise DataError(f"no image of {len(listing.records)} is in the parts {', '.join(parts or ())}")
    if sample is not None and sample < len(kept):
        chosen = {record.image_id for record in _draw(kept, sample, seed)}
        if not chosen:
            raise DataError(f"sample: every person of the dataset has more than {sample} images; raise it")
        kept = [record for record in kept if record.image_id in chosen]
    used = {record.path for record in kept}
    left_out = tuple(record.path for record in listing.records if record.path not in used)
    return replace(listing, records=tuple(kept), over_limit=listing.over_limit + left_out)


def _draw(records: list[ImageRecord], sample: int, seed: int) -> list[ImageRecord]:
    people: dict[str, list[ImageRecord]] = defaultdict(list)
    unknown = []
    for record in records:
        if record.subject is None:
            unknown.append(record)
        else:
            people[record.subject].append(record)
    order = sorted(people, key=lambda person: (len(people[person]) < 2, _rank(seed, person)))
    chosen: list[ImageRecord] = []
    for person in order:
        if len(chosen) + len(people[person]) <= sample:
            chosen += people[person]
    return chosen + _draw_singly(unknown, min(sample - len(chosen), len(unknown)), seed)


def _draw_singly(records: list[ImageRecord], sample: int, seed: int) -> list[ImageRecord]:
    """Draw images in proportion to their strata; within each, those of the lowest rank."""
    strata: dict[tuple[str, str], list[ImageRecord]] = defaultdict(list)
    for record in records:
        strata[record.official_split or "", record.expression or ""].append(record)
    shares = _apportion({name: len(members) for name, members in strata.items()}, sample)
    return [
        record
        for name, members in strata.items()
        for record in sorted(members, key=lambda member: _rank(seed, member.image_id))[: shares[name]]
    ]


def _apportion(sizes: Mapping[tuple[str, str], int], seats: int) -> Mapping[tuple[str, str], int]:
    """Distribute seats in proportion to sizes by largest remainders (Hamilton's method)."""
    total = sum(sizes.values())
    shares = Counter({name: seats * size // total for name, size in sizes.items()})
    order = sorted(sizes, key=lambda name: (-(seats * sizes[name] % total), name))
    shares.update(order[: seats - shares.total()])
    return shares


def _rank(seed: int, name: str) -> bytes:
    return hashlib.sha256(f"{seed}\0{name}".encode("utf-8", "surrogateescape")).digest()
