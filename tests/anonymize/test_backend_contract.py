"""Every backend keeps the contract, and the checks notice a backend that does not."""

from dataclasses import replace

import numpy as np
import pytest
from backends import SETTINGS_TO_TRY, make_backend

from bauta.anonymize import ANONYMIZERS, TRAINED_ANONYMIZERS
from bauta.anonymize.classical.blur import Blur
from bauta.anonymize.classical.settings import BlurSetting
from bauta.anonymize.region import edited_masks
from bauta.anonymize.settings import SETTINGS
from bauta.contract import Status
from bauta.protocols import AnonymizedBatch, fields_of
from bauta.testing.anonymizer_contract import CHECKS, BackendCase, pick
from bauta.testing.violation import ContractViolationError


def test_every_backend_has_a_setting_and_is_tried():
    # test_cgan.py, test_ganonymization_trained.py, and two that are given whole images
    elsewhere = {"cgan", *TRAINED_ANONYMIZERS, "external", "command"}
    assert set(ANONYMIZERS) == set(SETTINGS) == {name for name, _ in SETTINGS_TO_TRY} | elsewhere


@pytest.mark.parametrize("check", CHECKS.values(), ids=CHECKS)
@pytest.mark.parametrize(("backend", "options"), SETTINGS_TO_TRY, ids=str)
def test_backend_keeps_the_contract(backend, options, check, faces, contract):
    def make():
        return make_backend(backend, options, contract)

    enough = pick(faces, range(0, len(faces), 3)) if SETTINGS[backend](**options).models else faces
    outputs = SETTINGS[backend](**options).outputs
    check(BackendCase(make=make, faces=enough, contract=contract, seed=3, outputs=outputs))


SEES_PICTURES = ("identity", "blur", "pixelate", "ksame", "ksame_select")
SEES_SURROUNDINGS = ("ciagan", "deepprivacy", "deepprivacy2")


@pytest.mark.parametrize(("backend", "options"), SETTINGS_TO_TRY, ids=str)
def test_declares_only_what_it_needs(backend, options, contract):
    setting = SETTINGS[backend](**options)
    per_subject = "per_subject" in options.values()
    reads = options.get("select", backend == "ksame_select" and "labels" not in options)
    needed = {
        "images": backend in SEES_PICTURES,
        "surroundings": backend in SEES_SURROUNDINGS,
        "landmarks": backend in (*SEES_SURROUNDINGS, "ksame_generated", "avatar_free", "cgan")
        or "quantize" in options
        or getattr(setting, "region", "crop") == "hull"
        or options.get("states", 7) > 7,
        "mesh": backend == "ganonymization" and "quantize" not in options,
        "subjects": backend.startswith("ksame") or per_subject,
        "labels": options.get("labels") == "true",
        "posteriors": reads and "teacher" not in options,
        "posteriors:resnet18": options.get("teacher") == "resnet18",
        "posteriors:resnet18_fer2013": backend in ("prototype", "avatar", "avatar_free", "cgan")
        or "quantize" in options,
    }
    declared = {name for name in needed if needed[name]}
    assert make_backend(backend, options, contract).sees == setting.sees == declared
    assert fields_of(setting.sees) <= set(ANONYMIZERS[backend].sees)
    assert set(setting.models) <= set(ANONYMIZERS[backend].files)


class _Broken:
    """A blur with one fault."""

    def __init__(self, contract, fault):
        self.fault = fault
        self.blur = Blur(BlurSetting(kernel=9), contract)
        self.sees = self.blur.sees
        self.calls = 0

    def anonymize(self, batch, *, seed):
        return self.fault(self, batch, self.blur.anonymize(batch, seed=seed))


def _wrong_type(_, __, result):
    return replace(result, images=result.images.astype(np.float32))


def _mask_in_grey_levels(_, __, result):
    return replace(result, mask=result.mask * 255)


def _edits_outside(_, __, result):
    return replace(result, images=result.images // 2)


def _noise(_, __, result):
    noise = np.random.default_rng().integers(0, 99, result.images.shape, dtype=np.uint8)
    return replace(result, images=np.where(result.mask[..., None] == 1, noise, result.images))


def _depends_on_the_position(_, __, result):
    images = result.images.copy()
    for row, inside in enumerate(result.mask.astype(bool)):
        images[row][inside] = row
    return replace(result, images=images)


def _peeks_at_subjects(_, batch, result):
    if batch.subjects is None:
        return result
    return replace(result, images=np.where(result.mask[..., None] == 1, 7, result.images).astype(np.uint8))


def _writes_to_its_input(_, batch, result):
    batch.landmarks[:] = 0
    return result


def _hands_on_failures(_, batch, result):
    failed = result.status != Status.OK.code
    return replace(result, images=np.where(failed[:, None, None, None], batch.images, result.images))


def _calls_failures_ok(_, __, result):
    return replace(result, status=np.zeros_like(result.status))


@pytest.mark.parametrize(
    ("check", "fault"),
    [
        ("output", _wrong_type),
        ("output", _mask_in_grey_levels),
        ("pixels_outside", _edits_outside),
        ("deterministic", _noise),
        ("batching", _depends_on_the_position),
        ("sees", _peeks_at_subjects),
        ("inputs_untouched", _writes_to_its_input),
        ("failures_black", _hands_on_failures),
        ("failures_black", _calls_failures_ok),
    ],
)
def test_a_faulty_backend_is_caught(check, fault, faces, contract):
    case = BackendCase(make=lambda: _Broken(contract, fault), faces=faces, contract=contract)
    with pytest.raises(ContractViolationError):
        CHECKS[check](case)


class _BrokenBlind:
    """Fills the face's hull with the mean colour of what it is given, which is too much."""

    sees = frozenset({"surroundings", "landmarks"})

    def __init__(self, contract, mask=1):
        self.contract, self.mask = contract, mask

    def protected(self, batch):
        return edited_masks(batch, "hull", self.contract)

    def anonymize(self, batch, *, seed):
        hull = self.protected(batch)
        colours = batch.surroundings.mean(axis=(1, 2), keepdims=True).astype(np.uint8)
        images = np.where(hull[..., None] == 1, colours, batch.surroundings)
        return AnonymizedBatch(images, np.zeros(len(batch), np.uint8), hull * np.uint8(self.mask))


@pytest.mark.parametrize("backend", ["blackout", "prototype"])
def test_a_backend_with_one_picture_too_many_is_caught(backend, faces, contract):
    declared = SETTINGS[backend]().outputs
    case = BackendCase(make=lambda: make_backend(backend, {}, contract), faces=faces, contract=contract)
    CHECKS["number_of_outputs"](replace(case, outputs=declared))
    CHECKS["number_of_outputs"](case)
    with pytest.raises(ContractViolationError, match=f"at most {declared - 1} different pictures"):
        CHECKS["number_of_outputs"](replace(case, outputs=declared - 1))
    blur = BackendCase(lambda: make_backend("blur", {"kernel": 9}, contract), faces, contract, outputs=3)
    with pytest.raises(ContractViolationError, match="at most 3 different pictures"):
        CHECKS["number_of_outputs"](blur)


@pytest.mark.parametrize(("mask", "message"), [(1, "changes the result"), (0, "passes on")])
def test_a_backend_that_is_not_as_blind_as_it_says_is_caught(mask, message, faces, contract):
    case = BackendCase(make=lambda: _BrokenBlind(contract, mask), faces=faces, contract=contract)
    with pytest.raises(ContractViolationError, match=message):
        CHECKS["blind"](case)
