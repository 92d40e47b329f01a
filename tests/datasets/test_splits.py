import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bauta.datasets.splits import draw_split, split_hash
from bauta.errors import DataError


def manifest(counts, unknown=0):
    subjects = [f"p{person}" for person, count in enumerate(counts) for _ in range(count)] + [None] * unknown
    return pa.table(
        {
            "image_id": pa.array([f"i{row}" for row in range(len(subjects))]),
            "subject": pa.array(subjects, pa.string()),
            "expression": pa.array([None] * len(subjects), pa.string()),
            "photograph": pa.array([None] * len(subjects), pa.string()),
        }
    )


@settings(deadline=None, max_examples=30)
@given(
    counts=st.lists(st.integers(1, 6), min_size=4, max_size=30),
    unknown=st.integers(0, 3),
    train=st.sampled_from([0.0, 0.2, 0.5]),
    dev=st.sampled_from([0.0, 0.1, 0.3]),
    seed=st.integers(0, 2**32 - 1),
)
def test_trap_17_partitions_are_disjoint_in_subjects(counts, unknown, train, dev, seed):
    rows = draw_split(manifest(counts, unknown), train=train, dev=dev, enrol=0.5, seed=seed).to_pylist()
    partitions = {}
    for row in rows:
        if row["subject"] is not None:
            partitions.setdefault(row["subject"], set()).add(row["partition"])
    assert all(len(found) == 1 for found in partitions.values())
    found = [next(iter(names)) for names in partitions.values()]
    assert ("train" in found) == (train > 0)
    assert ("dev" in found) == (dev > 0)
    assert "test" in found


@settings(deadline=None, max_examples=20)
@given(counts=st.lists(st.integers(1, 9), min_size=1, max_size=12), enrol=st.floats(0.05, 0.95))
def test_everybody_is_enrolled_and_probed_if_there_are_two_images(counts, enrol):
    rows = draw_split(manifest(counts, 1), train=0, dev=0, enrol=enrol, seed=3).to_pylist()
    for person, count in enumerate(counts):
        roles = [row["role"] for row in rows if row["subject"] == f"p{person}"]
        assert len(roles) == count
        assert "enrol" in roles
        assert ("probe" in roles) == (count > 1)
    assert rows[-1]["role"] is None


def test_the_split_depends_on_the_seed_alone():
    draw = [
        split_hash(draw_split(manifest([4] * 10), train=0.4, dev=0.1, enrol=0.5, seed=seed))
        for seed in (1, 1, 2)
    ]
    assert draw[0] == draw[1] != draw[2]


@settings(deadline=None, max_examples=20)
@given(counts=st.lists(st.integers(1, 9), min_size=4, max_size=12), seed=st.integers(0, 99))
def test_at_most_so_many_images_of_a_scored_subject(counts, seed):
    options = {"train": 0.3, "dev": 0, "enrol": 0.5, "seed": seed}
    every = draw_split(manifest(counts, 1), **options).to_pylist()
    rows = draw_split(manifest(counts, 1), **options, scored_per_subject=3).to_pylist()
    for row, before in zip(rows, every, strict=True):
        if before["partition"] == "train" or row["subject"] is None:
            assert row == before
    for person, count in enumerate(counts):
        mine = [row for row in rows if row["subject"] == f"p{person}" and row["partition"] != "train"]
        roles = [row["role"] for row in mine if row["partition"] == "test"]
        assert len(roles) == (min(count, 3) if mine else 0)
        assert ("probe" in roles) == (len(roles) > 1)
        assert {row["role"] for row in mine if row["partition"] == "unused"} <= {None}


def test_the_images_that_are_left_out_depend_on_the_seed():
    options = {"train": 0, "dev": 0, "enrol": 0.5, "scored_per_subject": 2}
    drawn = [
        [row["partition"] for row in draw_split(manifest([9] * 4), **options, seed=seed).to_pylist()]
        for seed in (1, 1, 2)
    ]
    assert drawn[0] == drawn[1] != drawn[2]


def test_nobody_left_to_score_is_refused():
    with pytest.raises(DataError, match="leave none to score"):
        draw_split(manifest([2, 2]), train=0.5, dev=0.4, enrol=0.5, seed=0)


def official(rows):
    """A manifest of (subject, part) rows."""
    return pa.table(
        {
            "image_id": pa.array([f"i{row}" for row in range(len(rows))]),
            "subject": pa.array([subject for subject, _ in rows], pa.string()),
            "expression": pa.array([None] * len(rows), pa.string()),
            "photograph": pa.array([None] * len(rows), pa.string()),
            "official_split": pa.array([part for _, part in rows], pa.string()),
        }
    )


def follow(rows, **options):
    split = draw_split(
        official(rows), **{"train": 0, "dev": 0, "enrol": 0.5, "seed": 0} | options, official=True
    )
    return split["partition"].to_pylist(), split["role"].to_pylist()


def test_the_official_split_is_followed():
    rows = [("a", "train"), ("a", "train"), ("b", "dev"), ("c", "test"), ("c", "test"), (None, "test")]
    partitions, roles = follow(rows)
    assert partitions == ["train", "train", "dev", "test", "test", "test"]
    assert sorted(roles[3:5]) == ["enrol", "probe"]
    assert roles[5] is None


def test_the_scored_part_takes_the_place_of_test_and_the_former_test_part_serves_for_nothing():
    partitions, _ = follow([(None, "train"), (None, "dev"), (None, "test")], score="dev")
    assert partitions == ["train", "test", "unused"]


def test_a_share_of_the_training_part_calibrates():
    rows = [(f"p{row // 4}", "train") for row in range(80)] + [("q", "test")]
    partitions, _ = follow(rows, dev=0.25)
    assert [partitions.count(name) for name in ("train", "dev", "test")] == [60, 20, 1]
    for start in range(0, 80, 4):
        assert len(set(partitions[start : start + 4])) == 1
    assert follow(rows, dev=0.25, seed=1)[0] != partitions
    nobody, _ = follow([(None, "train")] * 40 + [(None, "test")], dev=0.25)
    assert nobody.count("dev") == 10


def test_trap_17_an_official_split_that_cuts_a_person_in_two_is_refused():
    rows = [("a", "train"), ("b", "test"), ("a", "test")]
    with pytest.raises(DataError, match="subject 'a' in train and in test"):
        follow(rows)
    with pytest.raises(DataError, match="subject 'a' in dev and in test"):
        follow([("a", "dev"), ("a", "test")])
    # the former test part is used for nothing, so it may show anybody
    assert follow([("a", "train"), ("b", "dev"), ("a", "test")], score="dev")[0] == [
        "train",
        "test",
        "unused",
    ]


def test_nothing_is_scored_where_a_dataset_only_trains():
    partitions, _ = follow([(None, "train"), (None, "dev"), (None, "test")], score="nothing")
    assert partitions == ["train", "dev", "unused"]
    assert follow([(None, "train"), (None, "dev")], score="nothing")[0] == ["train", "dev"]


def test_an_image_in_no_part_and_an_empty_scored_part_are_refused():
    with pytest.raises(DataError, match="'i1' is in no part of the official split"):
        follow([("a", "test"), ("b", None)])
    with pytest.raises(DataError, match="no image is in the official part 'dev'"):
        follow([("a", "train"), ("b", "test")], score="dev")


def with_photographs(table, names):
    column = table.schema.get_field_index("photograph")
    return table.set_column(column, "photograph", pa.array(names, pa.string()))


@settings(deadline=None, max_examples=60)
@given(
    names=st.lists(st.sampled_from(["x", "y", "z", None]), min_size=2, max_size=12),
    enrol=st.sampled_from([0.2, 0.5, 0.8]),
    seed=st.integers(0, 2**32 - 1),
)
def test_trap_35_copies_of_a_photograph_are_on_one_side(names, enrol, seed):
    rows = draw_split(
        with_photographs(manifest([len(names)]), names), train=0, dev=0, enrol=enrol, seed=seed
    ).to_pylist()
    roles = {}
    for name, row in zip(names, rows, strict=True):
        if name is not None:
            assert roles.setdefault(name, row["role"]) == row["role"]
    photographs = len(set(names) - {None}) + names.count(None)
    expected = {"enrol", "probe"} if photographs > 1 else {"enrol"}
    assert {row["role"] for row in rows} == expected


def test_trap_35_a_copy_of_a_scored_image_trains_nothing():
    parts = ["train", "dev", "test", "train", "dev", "test", "train", "train"]
    names = ["x", "x", "x", "y", "y", None, "z", "z"]
    table = with_photographs(official([(None, part) for part in parts]), names)
    split = draw_split(table, train=0, dev=0, enrol=0.5, seed=0, official=True)
    assert split["partition"].to_pylist() == [
        *("unused", "unused", "test"),
        *("unused", "dev", "test"),
        *("train", "train"),
    ]
