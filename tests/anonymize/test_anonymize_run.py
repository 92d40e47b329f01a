"""The runner fails closed: nothing of a face that was not anonymized reaches the store."""

import logging
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from backends import SETTINGS_TO_TRY, make_backend

from bauta.anonymize.classical.blur import Blur
from bauta.anonymize.classical.identity import Identity
from bauta.anonymize.classical.settings import BlurSetting, IdentitySetting
from bauta.anonymize.errors import AnonymizationError
from bauta.anonymize.generator_card import subject_digest
from bauta.anonymize.ksame.ksame import KSame
from bauta.anonymize.ksame.settings import KSameSetting
from bauta.anonymize.reader import FaceReader
from bauta.anonymize.run import anonymize_store, unchanged
from bauta.anonymize.settings import SETTINGS
from bauta.contract import Status
from bauta.errors import ConfigError, InfeasibleError, StoreError
from bauta.protocols import FIELDS, AnonymizedBatch, FaceBatch, fields_of
from bauta.store import Store

OK, FAILED, NO_FACE = Status.OK.code, Status.FAILED.code, Status.NO_FACE.code


class _Fake:
    """A backend made from a function of the batch."""

    def __init__(self, output, sees=("images",)):
        self.output, self.sees = output, frozenset(sees)

    def anonymize(self, batch, *, seed):
        return self.output(batch)


def _result(images, status=OK, mask=1):
    return AnonymizedBatch(
        images=images,
        status=np.full(len(images), status, np.uint8),
        mask=np.full(images.shape[:3], mask, np.uint8),
    )


def _run(data, backend, tmp_path, **options):
    out = tmp_path / "out.zarr"
    if_any = {"mesh": data.mesh, "posteriors": data.posteriors, "flame": data.flame}
    options = {"seed": 0, "batch": 5, **if_any} | options
    anonymize_store(
        data.crops,
        data.landmarks,
        data.parsing,
        options.pop("labels", data.labels),
        backend,
        out=out,
        **options,
    )
    return Store.open(out)


@pytest.mark.parametrize(("name", "options"), dict(SETTINGS_TO_TRY).items())
def test_trap_3_a_face_without_a_crop_stays_black_with_its_status(
    name, options, faces, stored, contract, tmp_path
):
    status = np.zeros(len(faces), np.uint8)
    status[[2, 7]] = NO_FACE, FAILED
    store = _run(stored(faces, status), make_backend(name, options, contract), tmp_path)
    assert store.ids == tuple(faces.face_ids)
    np.testing.assert_array_equal(store.read("status"), status)
    assert not store.read("images")[[2, 7]].any()
    assert not store.read("mask")[[2, 7]].any()
    if name != "blackout":
        assert store.read("images")[status == OK].any(axis=(1, 2, 3)).all()


def test_trap_3_faces_without_landmarks_fail_in_the_hull(faces, stored, contract, tmp_path):
    faces.landmarks[3] = np.nan
    store = _run(stored(faces), Blur(BlurSetting(kernel=9), contract), tmp_path)
    assert np.flatnonzero(store.read("status")).tolist() == [3]
    assert not store.read("images")[3].any()


def test_identity_passes_every_bit_in_the_order_asked(faces, stored, contract, tmp_path):
    data = stored(faces)
    rows = [9, 0, 23, 4]
    labels = SimpleNamespace(
        face_ids=[faces.face_ids[row] for row in rows],
        subjects=[faces.subjects[row] for row in rows],
        expressions=[None] * 4,
    )
    store = _run(data, Identity(IdentitySetting(), contract), tmp_path, labels=labels, batch=3)
    assert list(store.ids) == labels.face_ids
    np.testing.assert_array_equal(store.read("images"), faces.images[rows])


def test_trap_1_a_copy_of_the_original_is_a_failure(faces, stored, tmp_path, caplog):
    def hand_on_two(batch):
        images = 255 - batch.images
        for row, face in enumerate(batch.face_ids):
            if face in (faces.face_ids[1], faces.face_ids[8]):
                images[row] = batch.images[row]
        return _result(images)

    with caplog.at_level(logging.ERROR):
        store = _run(stored(faces), _Fake(hand_on_two), tmp_path)
    assert np.flatnonzero(store.read("status") == FAILED).tolist() == [1, 8]
    assert not store.read("images")[[1, 8]].any()
    assert faces.face_ids[8] in caplog.text


def test_trap_1_a_backend_that_copies_everything_fails_the_job(faces, stored, tmp_path):
    with pytest.raises(AnonymizationError, match="all 24 faces failed"):
        _run(stored(faces), _Fake(lambda batch: _result(batch.images.copy())), tmp_path)
    with pytest.raises(AnonymizationError, match="all 24 faces failed"):
        _run(stored(faces), _Fake(lambda batch: _result(batch.images.copy(), mask=0)), tmp_path)
    assert not (tmp_path / "out.zarr").exists()


def test_trap_1_a_change_outside_the_declared_region_does_not_count(faces):
    mask = np.zeros(faces.images.shape[:3], np.uint8)
    mask[:, 20:40, 20:40] = 1
    images = faces.images.copy()
    images[:, 0, 0] ^= 255
    result = AnonymizedBatch(images, np.zeros(len(faces), np.uint8), mask)
    assert unchanged(faces.images, result).all()
    images[:, 30, 30, 1] ^= 1
    assert not unchanged(faces.images, result).any()


def test_a_face_of_one_colour_need_not_change(faces, stored, contract, tmp_path):
    faces.images[5] = (10, 200, 30)
    store = _run(stored(faces), Blur(BlurSetting(kernel=9), contract), tmp_path)
    assert (store.read("status") == OK).all()
    black = make_backend("blackout", {}, contract)
    faces.images[5] = 0
    assert (_run(stored(faces), black, tmp_path).read("status") == OK).all()


def test_a_batch_that_raises_fails_with_its_reason_and_the_others_go_on(faces, stored, tmp_path, caplog):
    def refuse_the_second_batch(batch):
        if faces.face_ids[5] in batch.face_ids:
            raise AnonymizationError("the generator ran out of memory")
        return _result(255 - batch.images)

    with caplog.at_level(logging.ERROR):
        store = _run(stored(faces), _Fake(refuse_the_second_batch), tmp_path)
    assert np.flatnonzero(store.read("status") == FAILED).tolist() == [5, 6, 7, 8, 9]
    assert not store.read("images")[5:10].any()
    assert "ran out of memory" in caplog.text


def test_any_other_error_fails_the_job(faces, stored, tmp_path):
    def crash(batch):
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        _run(stored(faces), _Fake(crash), tmp_path)
    assert not (tmp_path / "out.zarr").exists()


def test_a_status_other_than_ok_is_forced_black(faces, stored, tmp_path):
    def give_up_on_the_first(batch):
        result = _result(255 - batch.images)
        result.status[0] = FAILED
        return result

    store = _run(stored(faces), _Fake(give_up_on_the_first), tmp_path)
    failed = store.read("status") == FAILED
    assert np.flatnonzero(failed).tolist() == [0, 5, 10, 15, 20]
    assert not store.read("images")[failed].any()
    assert not store.read("mask")[failed].any()


@pytest.mark.parametrize(
    ("output", "message"),
    [
        (lambda batch: _result((255 - batch.images).astype(np.float32)), "expected images"),
        (lambda batch: _result(255 - batch.images[:, ::2]), "expected images"),
        (lambda batch: _result(255 - batch.images[:1]), "expected images"),
        (lambda batch: _result(255 - batch.images, mask=255), "mask of 0 and 1"),
        (lambda batch: _result(255 - batch.images, status=9), "status code"),
        (lambda batch: replace(_result(255 - batch.images), mask=np.ones((1, 2, 2), np.uint8)), "mask"),
    ],
)
def test_an_output_of_another_form_fails_the_job(faces, stored, tmp_path, output, message):
    with pytest.raises(AnonymizationError, match=message):
        _run(stored(faces), _Fake(output), tmp_path)


@pytest.mark.parametrize(
    "sees",
    [
        (),
        ("landmarks",),
        ("mesh", "blendshapes"),
        ("flame",),
        ("parsing",),
        ("images", "subjects", "labels"),
        ("posteriors:resnet18",),
    ],
)
def test_trap_4_a_backend_gets_only_what_it_declares(faces, stored, tmp_path, sees):
    got = []

    def record(batch):
        got.append(batch)
        return _result(np.full((len(batch), 64, 64, 3), 9, np.uint8))

    backend = _Fake(record, sees)
    backend.fit = lambda faces, seed: got.extend(faces)
    _run(stored(faces), backend, tmp_path)
    assert len(got) == 10
    for batch in got:
        for name in FIELDS:
            assert (getattr(batch, name) is not None) == (name in fields_of(sees))


def test_trap_4_hidden_pixels_do_not_change_a_bit(faces, stored, contract, tmp_path):
    """A conditional backend: draws its landmarks; other photographs behind them change nothing."""

    def draw(batch):
        images = np.full((len(batch), 64, 64, 3), 40, np.uint8)
        for row, points in enumerate(np.rint(batch.landmarks).astype(int)):
            images[row, points[:, 1], points[:, 0]] = 224
        return _result(images)

    backend = _Fake(draw, ("landmarks",))
    first = _run(stored(faces), backend, tmp_path).read("images")
    other = FaceBatch(**{**vars(faces), "images": 255 - faces.images})
    np.testing.assert_array_equal(first, _run(stored(other), backend, tmp_path).read("images"))


def test_trap_4_a_blind_backend_gets_black_where_it_must_not_look(faces, stored, tmp_path):
    got = []

    def record(batch):
        got.append(batch)
        return _result(np.full((len(batch), 64, 64, 3), 9, np.uint8))

    backend = _Fake(record, ("surroundings", "landmarks"))
    asked = []

    def protected(batch):
        asked.append(batch)
        return np.tri(64, dtype=np.uint8)[None].repeat(len(batch), 0)

    backend.protected = protected
    _run(stored(faces), backend, tmp_path)
    assert all(batch.images is None and batch.surroundings is None for batch in asked)
    seen = np.concatenate([batch.surroundings for batch in got])
    hidden = np.tri(64, dtype=bool)
    assert not seen[:, hidden].any()
    np.testing.assert_array_equal(seen[:, ~hidden], faces.images[:, ~hidden])
    assert all(batch.images is None for batch in got)


def test_choices_of_a_backend_are_kept_with_its_faces(faces, stored, contract, tmp_path):
    store = _run(stored(faces), make_backend("ciagan", {"identities": "per_image"}, contract), tmp_path)
    assert store.attributes["identity_policy"] == "per_image"
    assert len(store.attributes["identities"]) == len(faces)


@pytest.mark.parametrize(
    ("sees", "told"),
    [
        ((), {"face_ids"}),
        (("subjects",), {"face_ids", "subjects"}),
        (("labels",), {"face_ids", "expressions"}),
    ],
)
def test_trap_26_a_backend_that_describes_its_choices_is_told_only_declared_labels(
    faces, stored, tmp_path, sees, told
):
    backend = _Fake(lambda batch: _result(np.full((len(batch), 64, 64, 3), 9, np.uint8)), sees)
    given = []
    backend.describe = lambda labels, seed: given.append(labels) or {}
    _run(stored(faces), backend, tmp_path)
    values = {name: set(getattr(given[0], name)) for name in ("face_ids", "subjects", "expressions")}
    assert {name for name in values if values[name] != {None}} == told


def test_a_backend_cannot_write_to_the_originals(faces, stored, tmp_path):
    def invert_in_place(batch):
        batch.images[:] = 255 - batch.images
        return _result(batch.images)

    with pytest.raises(ValueError, match="read-only"):
        _run(stored(faces), _Fake(invert_in_place), tmp_path)


def test_missing_inputs_are_named(faces, stored, contract, tmp_path):
    data = stored(faces)
    with pytest.raises(ConfigError, match="sees landmarks"):
        anonymize_store(
            data.crops,
            None,
            None,
            data.labels,
            Blur(BlurSetting(kernel=9), contract),
            out=tmp_path / "o",
            seed=0,
        )
    with pytest.raises(ConfigError, match="'photograph'"):
        _run(data, _Fake(None, ("photograph",)), tmp_path)
    stranger = SimpleNamespace(face_ids=["nobody"], subjects=["s"], expressions=[None])
    with pytest.raises(StoreError, match="nobody"):
        _run(data, Identity(IdentitySetting(), contract), tmp_path, labels=stranger)
    with pytest.raises(InfeasibleError, match="k=7"):
        _run(data, KSame(KSameSetting(k=7), contract), tmp_path)


def test_a_set_without_any_crop_fails_the_job(faces, stored, contract, tmp_path):
    data = stored(faces, np.full(len(faces), NO_FACE))
    with pytest.raises(AnonymizationError, match="none of 24 faces has a crop"):
        _run(data, Identity(IdentitySetting(), contract), tmp_path)


def test_a_fitted_backend_sees_the_ok_faces_only_and_can_read_them_twice(faces, stored):
    status = np.zeros(len(faces), np.uint8)
    status[:10] = NO_FACE
    data = stored(faces, status)
    reader = FaceReader(data.crops, None, None, data.labels, 5, frozenset({"images", "subjects"}))
    for _ in range(2):
        batches = list(reader)
        assert [face for batch in batches for face in batch.face_ids] == list(faces.face_ids[10:])
        np.testing.assert_array_equal(np.concatenate([batch.images for batch in batches]), faces.images[10:])


def test_attributes_and_counts(faces, stored, contract, tmp_path):
    status = np.zeros(len(faces), np.uint8)
    status[0] = NO_FACE
    data = stored(faces, status)
    counts = anonymize_store(
        data.crops,
        None,
        None,
        data.labels,
        Identity(IdentitySetting(), contract),
        out=tmp_path / "out.zarr",
        seed=0,
        attributes={"backend": "identity"},
    )
    assert counts == {Status.OK: 23, Status.NO_FACE: 1}
    assert Store.open(tmp_path / "out.zarr").attributes == {"backend": "identity"}


def test_trap_12_a_set_that_breaks_its_promise_fails_the_job(faces, stored, contract, tmp_path, monkeypatch):
    backend = KSame(KSameSetting(k=2), contract)
    whole = backend.anonymize

    def average_of_everybody_but_one(batch, *, seed):
        result = whole(batch, seed=seed)
        images = result.images.copy()
        images[0, 0, 0] ^= 1
        return replace(result, images=images)

    monkeypatch.setattr(backend, "anonymize", average_of_everybody_but_one)
    with pytest.raises(AnonymizationError, match="do not use this set"):
        _run(stored(faces), backend, tmp_path)


def test_the_reader_gives_the_named_faces_in_the_order_of_the_set(faces, stored):
    data = stored(faces)
    reader = FaceReader(data.crops, data.landmarks, None, data.labels, 3, frozenset({"images", "subjects"}))
    wanted = [faces.face_ids[row] for row in (9, 2, 3, 20, 4)]
    batches = list(reader.of(wanted))
    assert [len(batch) for batch in batches] == [3, 2]
    assert [face_id for batch in batches for face_id in batch.face_ids] == sorted(
        wanted, key=faces.face_ids.index
    )
    np.testing.assert_array_equal(
        np.concatenate([batch.images for batch in batches]), faces.images[[2, 3, 4, 9, 20]]
    )
    assert batches[0].landmarks is None
    assert list(reader.of([])) == []


def _in_turn(number):
    """A backend that makes this many pictures in turn, and fails on every fifth face, with a picture."""
    made = iter(range(10**6))

    def output(batch):
        turns = [next(made) for _ in batch.face_ids]
        colours = [200 if turn % 5 == 4 else turn % number for turn in turns]
        result = _result(np.stack([np.full((64, 64, 3), 9 + colour, np.uint8) for colour in colours]))
        return replace(result, status=np.array([FAILED if turn % 5 == 4 else OK for turn in turns], np.uint8))

    return _Fake(output)


def test_a_set_with_more_pictures_than_its_setting_declares_fails(faces, stored, tmp_path):
    """Failed faces are black and no picture of the backend's."""
    store = _run(stored(faces), _in_turn(3), tmp_path, outputs=3)
    assert (store.read("status") == FAILED).any()
    with pytest.raises(
        AnonymizationError, match="at most 3 different pictures, as the setting declares, got 4"
    ):
        _run(stored(faces), _in_turn(4), tmp_path, outputs=3)


def test_a_setting_that_declares_nothing_may_make_any_number_of_pictures(faces, stored, tmp_path):
    _run(stored(faces), _in_turn(4), tmp_path)


@pytest.mark.parametrize(("name", "options"), SETTINGS_TO_TRY, ids=str)
def test_every_backend_keeps_to_the_number_that_its_setting_declares(
    name, options, faces, stored, contract, tmp_path
):
    declared = SETTINGS[name](**options).outputs
    if declared is not None:
        _run(stored(faces), make_backend(name, options, contract), tmp_path, outputs=declared)
    bounded = name in ("blackout", "prototype", "avatar", "cgan") or "quantize" in options
    assert (declared is not None) == bounded


def test_a_note_counts_the_people_whom_an_anonymizer_was_learnt_from(faces, stored, contract, tmp_path):
    """Though the backend does not see who they are."""
    backend = make_backend("avatar", {}, contract)
    backend.learnt_from = frozenset({subject_digest(str(faces.subjects[0]))})
    made = _run(stored(faces), backend, tmp_path)
    people = len(set(faces.subjects))
    notes = made.attributes["notes"]
    assert any(note.startswith(f"1 of {people} people have names of people whom") for note in notes)
    assert any("the bound holds for" in note for note in notes)
