"""A sample of a dataset: the same images for a seed, whatever the order in which they are listed."""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Collection, Mapping
from dataclasses import replace

from bauta.datasets import ImageRecord, Listing
from bauta.errors import DataError


def narrow(
    listing: Listing, *, parts: Collection[str] | None = None, sample: int | None = None, seed: int = 0
) -> Listing:
    """Keep some parts of the official split, and of these a sample.

    Where people are known, whole people are drawn, those with two images or more first, so that there are
    probes; a person with more images than are still wanted is passed over. Single images are drawn where
    nobody is known, and where people leave room images of nobody known, in proportion to the parts of the
    official split and the expressions.

    Args:
        listing: What an adapter found.
        parts: Parts of the official split that are used; all where None.
        sample: How many images are used at most; all where None.
        seed: The sample is drawn from it.

    Returns:
        The listing with the images that are left out over the limit; the order stays.

    Raises:
        DataError: no image is left.
    """
    kept = [record for record in listing.records if parts is None or record.official_split in parts]
    if listing.records and not kept:
        raise DataError(f"no image of {len(listing.records)} is in the parts {', '.join(parts or ())}")
    if sample is not None and sample < len(kept):
        chosen = {record.image_id for record in _draw(kept, sample, seed)}
        if not chosen:
            raise DataError(f"sample: {sample} images are fewer than anybody of the dataset has; raise it")
        kept = [record for record in kept if record.image_id in chosen]
    used = {record.path for record in kept}
    left_out = tuple(record.path for record in listing.records if record.path not in used)
    return replace(listing, records=tuple(kept), over_limit=listing.over_limit + left_out)


def _draw(records: list[ImageRecord], sample: int, seed: int) -> list[ImageRecord]:
    people: dict[str, list[ImageRecord]] = defaultdict(list)
    nobody = []
    for record in records:
        if record.subject is None:
            nobody.append(record)
        else:
            people[record.subject].append(record)
    order = sorted(people, key=lambda person: (len(people[person]) < 2, _rank(seed, person)))
    chosen: list[ImageRecord] = []
    for person in order:
        if len(chosen) + len(people[person]) <= sample:
            chosen += people[person]
    return chosen + _draw_singly(nobody, min(sample - len(chosen), len(nobody)), seed)


def _draw_singly(records: list[ImageRecord], sample: int, seed: int) -> list[ImageRecord]:
    """Images in proportion to their strata, in each those of the lowest rank."""
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
    """Seats in proportion to sizes by largest remainders (Hamilton's method)."""
    total = sum(sizes.values())
    shares = Counter({name: seats * size // total for name, size in sizes.items()})
    order = sorted(sizes, key=lambda name: (-(seats * sizes[name] % total), name))
    shares.update(order[: seats - shares.total()])
    return shares


def _rank(seed: int, name: str) -> bytes:
    return hashlib.sha256(f"{seed}\0{name}".encode("utf-8", "surrogateescape")).digest()
