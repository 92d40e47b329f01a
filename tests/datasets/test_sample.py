import random
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bauta.datasets import ImageRecord, Listing
from bauta.datasets.sample import narrow
from bauta.errors import DataError


def people(counts):
    return [
        ImageRecord(f"p{person}/{image}", f"p{person}/{image}.png", f"p{person}")
        for person, count in enumerate(counts)
        for image in range(count)
    ]


def faces(labels, part=None):
    return [
        ImageRecord(f"{part}{row}", f"{part}{row}.png", expression=label, official_split=part)
        for row, label in enumerate(labels)
    ]


def ids(listing):
    return {record.image_id for record in listing.records}


@settings(deadline=None, max_examples=30)
@given(
    st.lists(st.integers(1, 6), min_size=1, max_size=25), st.integers(6, 60), st.randoms(), st.integers(0, 9)
)
def test_whole_people_are_drawn_whatever_the_order(counts, sample, shuffler, seed):
    records = people(counts)
    drawn = narrow(Listing(tuple(records)), sample=sample, seed=seed)
    shuffled = records.copy()
    shuffler.shuffle(shuffled)
    assert ids(narrow(Listing(tuple(shuffled)), sample=sample, seed=seed)) == ids(drawn)
    assert len(drawn.records) <= sample
    whole = Counter(record.subject for record in records)
    taken = Counter(record.subject for record in drawn.records)
    assert all(whole[person] == count for person, count in taken.items())
    assert len(drawn.records) + len(drawn.over_limit) == len(records)
    assert list(drawn.records) == [record for record in records if record.image_id in ids(drawn)]
    room = sample - len(drawn.records)
    assert all(count > room for person, count in whole.items() if person not in taken)


def test_people_with_two_images_come_first():
    drawn = narrow(Listing(tuple(people([1] * 50 + [2] * 5))), sample=11, seed=3)
    assert Counter(Counter(record.subject for record in drawn.records).values()) == {2: 5, 1: 1}


def test_another_seed_draws_others():
    listing = Listing(tuple(people([3] * 40)))
    assert ids(narrow(listing, sample=30, seed=0)) != ids(narrow(listing, sample=30, seed=1))


def test_single_images_keep_the_proportions_of_labels_and_parts():
    records = faces(["happy"] * 60 + ["sad"] * 30 + [None] * 10, "train") + faces(["happy"] * 100, "test")
    drawn = narrow(Listing(tuple(records)), sample=20, seed=1)
    assert Counter((r.official_split, r.expression) for r in drawn.records) == {
        ("train", "happy"): 6,
        ("train", "sad"): 3,
        ("train", None): 1,
        ("test", "happy"): 10,
    }
    random.Random(0).shuffle(records)
    assert ids(narrow(Listing(tuple(records)), sample=20, seed=1)) == ids(drawn)


@settings(deadline=None, max_examples=30)
@given(st.lists(st.sampled_from(["happy", "sad", "fear", None]), min_size=1, max_size=60), st.integers(1, 60))
def test_so_many_single_images_are_drawn_as_wanted(labels, sample):
    drawn = narrow(Listing(tuple(faces(labels))), sample=sample, seed=0)
    assert len(drawn.records) == min(sample, len(labels))
    for label, count in Counter(labels).items():
        share = count * min(sample, len(labels)) / len(labels)
        assert abs(sum(record.expression == label for record in drawn.records) - share) < 1


def test_parts_are_chosen_before_the_sample():
    listing = Listing(tuple(faces(["happy"] * 50, "train") + faces(["happy"] * 10, "dev")), over_limit=("x",))
    drawn = narrow(listing, parts=["dev"], sample=8, seed=0)
    assert {record.official_split for record in drawn.records} == {"dev"}
    assert len(drawn.records) == 8
    assert len(drawn.over_limit) == 53


def test_what_leaves_nothing_is_refused():
    with pytest.raises(DataError, match="no image of 3 is in the parts test"):
        narrow(Listing(tuple(faces(["sad"] * 3, "train"))), parts=["test"])
    with pytest.raises(DataError, match="every person of the dataset has more than 2 images"):
        narrow(Listing(tuple(people([3, 4]))), sample=2)


def test_an_empty_listing_stays_as_it_is():
    listing = Listing((), ignored=("a",))
    assert narrow(listing, parts=["test"], sample=4) == listing
