"""The audit finds what passes, and the frontier shows it."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from backends import SETTINGS_TO_TRY, make_backend

from bauta.anonymize.audit import measure_audit
from bauta.anonymize.reader import FaceReader
from bauta.anonymize.visible import visible_to
from bauta.contract import Status
from bauta.datasets.face_table import FaceTable
from bauta.errors import ConfigError
from bauta.protocols import AnonymizedBatch
from bauta.testing.samples import sure_posteriors


@pytest.fixture
def audit(faces, stored):
    """Audit a backend on the stored faces: `audit(backend)`."""

    def run(backend, seed=0, count=6, status=None):
        data = stored(faces, status)
        codes = np.zeros(len(faces), np.uint8) if status is None else status
        table = FaceTable(
            face_ids=tuple(faces.face_ids),
            subjects=tuple(faces.subjects),
            expressions=tuple(faces.labels),
            partitions=("test",) * len(faces),
            roles=("probe",) * len(faces),
            statuses=tuple(str(list(Status)[code]) for code in codes),
            split_sha256="0" * 64,
        )
        return measure_audit(
            data.crops,
            data.landmarks,
            data.parsing,
            table,
            backend,
            mesh=data.mesh,
            posteriors=data.posteriors,
            flame=data.flame,
            dataset="made_up",
            name="backend",
            setting="default",
            seed=seed,
            count=count,
        )

    return run


BLIND = (
    "blackout",
    "prototype",
    "ksame_generated",
    "avatar",
    "avatar_free",
    "cgan",
    "ganonymization",
    "ciagan",
    "deepprivacy",
    "deepprivacy2",
)


@pytest.mark.parametrize(("name", "options"), SETTINGS_TO_TRY, ids=str)
def test_blind_backends_are_proved_blind_and_the_others_are_not(name, options, audit, contract):
    found = audit(make_backend(name, options, contract))
    values = found.values
    assert values["declared_blind"].value == float(name in BLIND)
    if name in BLIND:
        assert values["leaks_pixels"].value == 0.0
        assert values["passed_difference"].value == 0.0
    else:
        assert values["leaks_pixels"].value > 0.0
        assert values["passed_difference"].value > 0.0
    assert values["leaks_pixels"].n == 6
    assert found.notes == []


def test_identity_is_caught_as_fully_leaking(audit, contract):
    values = audit(make_backend("identity", {}, contract)).values
    assert values["leaks_pixels"].value == 1.0
    assert values["passed_difference"].value == 1.0


def test_a_stronger_blur_lets_less_of_the_difference_between_two_people_through(audit, contract):
    passed = [
        audit(make_backend("blur", {"kernel": kernel}, contract)).values["passed_difference"].value
        for kernel in (3, 15, 41)
    ]
    assert 1.0 > passed[0] > passed[1] > passed[2] > 0.0


def test_ksame_is_fitted_with_the_exchanged_pixels(audit, contract):
    """Its output for a face comes from the fit; without a new one every exchange would go unnoticed."""
    small, large = (
        audit(make_backend("ksame", {"k": k}, contract)).values["passed_difference"].value for k in (2, 6)
    )
    assert 1.0 > small > large > 0.0


class _Wrong:
    """Says that it is blind."""

    def __init__(self, contract, sees, colour):
        self.contract, self.sees, self.colour = contract, frozenset(sees), colour

    def anonymize(self, batch, *, seed):
        shape = (len(batch), self.contract.size, self.contract.size)
        images = np.stack([np.full((*shape[1:], 3), self.colour(batch, row)) for row in range(len(batch))])
        return AnonymizedBatch(
            images.astype(np.uint8), np.zeros(len(batch), np.uint8), np.ones(shape, np.uint8)
        )


def test_a_backend_that_is_not_deterministic_is_no_proof(audit, contract):
    rng = np.random.default_rng(0)
    found = audit(_Wrong(contract, {"landmarks"}, lambda batch, row: rng.integers(0, 256)))
    assert found.values["leaks_pixels"].value > 0.5
    assert "declares that it does not see" in found.notes[0]


def test_a_backend_that_remembers_the_photographs_is_caught(audit, contract, monkeypatch):
    backend = _Wrong(contract, {"landmarks"}, lambda batch, row: memory["pixels"][row])
    memory = {}

    def remember(backend, batch):
        memory["pixels"] = batch.images.mean(axis=(1, 2, 3)).astype(np.uint8)
        return batch.restricted_to(backend.sees)

    monkeypatch.setattr("bauta.anonymize.audit.visible_to", remember)
    assert audit(backend).values["leaks_pixels"].value > 0.5


def test_nothing_to_audit_is_null_with_the_reason(audit, contract, faces):
    values = audit(make_backend("identity", {}, contract), status=np.full(len(faces), 2, np.uint8)).values
    assert values["leaks_pixels"].value is None
    assert values["leaks_pixels"].reason == "no face of the set has a crop"
    faces.landmarks[:] = np.nan
    for name, options in (("blur", {"kernel": 9}), ("deepprivacy2", {}), ("ciagan", {})):
        values = audit(make_backend(name, options, contract)).values
        assert values["leaks_pixels"].reason == "no face was anonymized", name


def test_one_face_has_no_other_to_exchange_pixels_with(audit, contract, faces):
    status = np.full(len(faces), Status.NO_FACE.code, np.uint8)
    status[3] = Status.OK.code
    values = audit(make_backend("identity", {}, contract), status=status).values
    assert values["leaks_pixels"].value == 1.0
    assert values["passed_difference"].reason == "there is no second face to exchange pixels with"


@pytest.mark.parametrize(("name", "options"), SETTINGS_TO_TRY, ids=str)
def test_trap_26_no_backend_sees_labels_that_it_does_not_declare(name, options, audit, contract):
    found = audit(make_backend(name, options, contract)).values["leaks_labels"]
    if options.get("labels") == "true":
        assert found.reason == "it declares that it sees the labels"
    else:
        assert (found.value, found.n) == (0.0, 6)


def test_trap_26_a_backend_that_is_told_the_labels_is_caught(audit, contract, faces, monkeypatch):
    """As if the predictions that it declares were the dataset's labels."""

    def told(backend, batch):
        labels = told_to["reader"].faces.expressions
        ids = list(told_to["reader"].faces.face_ids)
        own = sure_posteriors([labels[ids.index(face)] for face in batch.face_ids])
        return replace(visible_to(backend, batch), posteriors=own)

    told_to = {}
    read = FaceReader.read

    def remember(reader, positions, fields):
        told_to["reader"] = reader
        return told(SimpleNamespace(sees=fields), read(reader, positions, fields))

    monkeypatch.setattr(FaceReader, "read", remember)
    found = audit(make_backend("ksame_select", {"k": 3}, contract))
    assert found.values["leaks_labels"].value > 0.5
    assert "does not declare that it sees the labels, and exchanging them changes" in found.notes[0]


def test_labels_that_do_not_differ_cannot_be_exchanged(audit, contract, faces):
    for labels in ([None] * len(faces), ["happy"] * len(faces)):
        faces.labels[:] = labels
        values = audit(make_backend("blur", {"kernel": 9}, contract)).values
        assert values["leaks_labels"].reason == "the set has no two different labels to exchange"


def test_it_is_the_same_for_a_seed(audit, contract):
    first, second = (audit(make_backend("blur", {"kernel": 9}, contract)) for _ in range(2))
    assert first == second


def test_a_backend_that_sees_surroundings_must_say_what_they_surround(audit, contract):
    backend = _Wrong(contract, {"surroundings"}, lambda batch, row: 0)
    with pytest.raises(ConfigError, match="expected a method 'protected' and no images"):
        audit(backend)
    both = SimpleNamespace(sees=frozenset({"surroundings", "images"}), protected=None, anonymize=None)
    with pytest.raises(ConfigError, match="and no images"):
        audit(both)


def test_fields_that_are_seen_are_kept(audit, contract):
    """Landmarks do not move with the pixels: a backend that draws them stays as it is."""

    def centre(batch, row):
        return batch.landmarks[row].mean()

    assert audit(_Wrong(contract, {"landmarks"}, centre)).values["leaks_pixels"].value == 0.0
