"""The verifier accepts k-Same and catches what only looks like it."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bauta.anonymize.errors import AnonymizationError
from bauta.anonymize.ksame.ksame import KSame
from bauta.anonymize.ksame.ksame_select import ksame_select
from bauta.anonymize.ksame.settings import KSameSelectSetting, KSameSetting
from bauta.anonymize.run import anonymize_store
from bauta.anonymize.verify import REGION_NOTE, verify_ksame
from bauta.contract import Status
from bauta.errors import DataError
from bauta.store import ArraySpec, Store, StoreWriter

FAILED = Status.FAILED.code


def _store(folder, outputs, status=None, masks=None):
    """A store whose row i shows the flat grey level `outputs[i]`."""
    count = len(outputs)
    images = np.broadcast_to(np.array(outputs, np.uint8)[:, None, None, None], (count, 4, 4, 3))
    specs = {
        "images": ArraySpec((4, 4, 3), "uint8"),
        "status": ArraySpec((), "uint8"),
        "mask": ArraySpec((4, 4), "uint8"),
    }
    with StoreWriter(folder / "set.zarr", specs, [f"f{row}" for row in range(count)]) as writer:
        writer.append(
            images=images.copy(),
            status=np.zeros(count, np.uint8) if status is None else np.array(status, np.uint8),
            mask=np.ones((count, 4, 4), np.uint8) if masks is None else np.array(masks, np.uint8),
        )
    return Store.open(folder / "set.zarr")


def test_proves_a_good_set(tmp_path):
    store = _store(tmp_path, [10, 10, 20, 20, 10, 20])
    report = verify_ksame(store, ["a", "b", "c", "d", "a", "d"], k=2, batch=4)
    report.require()
    assert report.whole_image
    assert report.notes == []
    assert report.failing == ()
    assert [(group.subjects, group.images) for group in report.groups] == [(("a", "b"), 3), (("c", "d"), 3)]


@pytest.mark.parametrize(
    ("outputs", "subjects", "expressions", "status", "failing", "reason"),
    [
        ([10, 10, 20], ["a", "b", "c"], None, None, ("f2",), "shared by 1 subjects"),
        ([10, 10, 20, 20], ["a", "a", "b", "c"], None, None, ("f0", "f1"), "shared by 1 subjects"),
        ([10, 10, 20, 20], ["a", "b", "a", "c"], None, None, ("f0", "f2"), "'a' has 2 outputs"),
        ([10, 10, 10], ["a", "b", None], None, None, ("f2",), "without the labels"),
        ([10, 10, 99], ["a", "b", "c"], None, [0, 0, FAILED], ("f2",), "not black"),
        ([10, 10], ["a", "b"], ["happy", "sad"], None, ("f0", "f1"), "shared by 1 subjects"),
        ([10, 10], ["a", "b"], ["happy", None], None, ("f0", "f1"), "without the labels"),
        (
            [10, 10, 20, 20],
            ["a", "b", "a", "c"],
            ["sad"] * 4,
            None,
            ("f0", "f2"),
            "'a' with expression 'sad' has 2 outputs",
        ),
    ],
)
def test_catches_a_broken_variant(tmp_path, outputs, subjects, expressions, status, failing, reason):
    report = verify_ksame(_store(tmp_path, outputs, status), subjects, expressions, k=2)
    assert report.failing == failing
    assert any(reason in violation.reason for violation in report.violations)
    with pytest.raises(AnonymizationError, match="do not use this set"):
        report.require()


def test_trap_12_neighbour_averages_are_caught(tmp_path):
    """Each face averaged with its own nearest neighbour: no output is shared."""
    levels = np.arange(0, 200, 20)
    neighbours = [int(levels[max(i - 1, 0)] + levels[i] + 1) // 2 + i for i in range(len(levels))]
    report = verify_ksame(_store(tmp_path, neighbours), [f"s{i}" for i in range(len(levels))], k=2)
    assert len(report.failing) == len(levels)


def test_one_changed_bit_is_caught(tmp_path):
    store = _store(tmp_path, [10, 10, 10, 11])
    report = verify_ksame(store, ["a", "b", "c", "d"], k=2)
    assert report.failing == ("f3",)


def test_select_may_give_a_subject_one_output_for_each_expression(tmp_path):
    store = _store(tmp_path, [10, 10, 20, 20])
    labels = ["a", "b", "a", "b"], ["happy", "happy", "sad", "sad"]
    verify_ksame(store, *labels, k=2).require()
    assert verify_ksame(store, labels[0], k=2).failing == ("f0", "f1", "f2", "f3")


def test_failed_rows_count_for_nobody(tmp_path):
    store = _store(tmp_path, [0, 10, 10], status=[FAILED, 0, 0])
    verify_ksame(store, ["a", "b", "c"], k=2).require()
    assert verify_ksame(store, ["a", "b", "c"], k=3).failing == ("f1", "f2")


def test_says_that_the_bound_covers_the_region_only(tmp_path):
    masks = np.zeros((2, 4, 4))
    masks[:, 1:3, 1:3] = 1
    report = verify_ksame(_store(tmp_path, [10, 10], masks=masks), ["a", "b"], k=2)
    report.require()
    assert not report.whole_image
    assert report.notes == [REGION_NOTE]


def test_nothing_to_prove_is_not_a_proof(tmp_path):
    store = _store(tmp_path, [0, 0], status=[FAILED, FAILED])
    with pytest.raises(DataError, match="nothing to prove"):
        verify_ksame(store, ["a", "b"], k=2)
    with pytest.raises(DataError, match="expected 2 subjects, got 1"):
        verify_ksame(store, ["a"], k=2)


@settings(max_examples=20, deadline=None)
@given(
    outputs=st.lists(st.tuples(st.integers(1, 3), st.integers(0, 4)), min_size=1, max_size=12),
    k=st.integers(2, 3),
)
def test_agrees_with_the_definition(tmp_path_factory, outputs, k):
    subjects = [f"s{subject}" for _, subject in outputs]
    store = _store(tmp_path_factory.mktemp("set"), [output for output, _ in outputs])
    promise = all(
        len({subject for other, subject in outputs if other == output}) >= k for output, _ in outputs
    ) and all(len({output for output, other in outputs if other == subject}) == 1 for _, subject in outputs)
    assert (verify_ksame(store, subjects, k=k).failing == ()) == promise


@pytest.mark.parametrize("region", ["crop", "hull"])
def test_agrees_with_the_backends(tmp_path, faces, stored, contract, region):
    data = stored(faces)
    for backend, expressions in (
        (KSame(KSameSetting(k=3, region=region), contract), None),
        (ksame_select(KSameSelectSetting(k=3, region=region), contract), faces.labels),
        (ksame_select(KSameSelectSetting(k=3, region=region, labels="true"), contract), faces.labels),
    ):
        anonymize_store(
            data.crops,
            data.landmarks,
            None,
            data.labels,
            backend,
            posteriors=data.posteriors,
            out=tmp_path / "out.zarr",
            seed=0,
        )
        report = verify_ksame(Store.open(tmp_path / "out.zarr"), faces.subjects, expressions, k=3)
        report.require()
        assert report.whole_image == (region == "crop")
        assert sum(group.images for group in report.groups) == len(faces)
