"""Every backend keeps the contract, and the checks notice a backend that does not."""

from dataclasses import replace

import numpy as np
import pytest

from bauta.anonymize import ANONYMIZERS
from bauta.anonymize.blur import Blur
from bauta.anonymize.settings import SETTINGS, BlurSetting
from bauta.contract import Status
from bauta.testing.backend_contract import CHECKS, BackendCase, ContractViolationError

SETTINGS_TO_TRY = [
    ("identity", {}),
    ("blackout", {}),
    ("blur", {"kernel": 9}),
    ("blur", {"kernel": 9, "region": "crop"}),
    ("pixelate", {"block": 8}),
    ("pixelate", {"block": 7, "region": "crop"}),
    ("ksame", {"k": 2}),
    ("ksame", {"k": 2, "region": "hull"}),
    ("ksame_select", {"k": 3}),
    ("ksame_select", {"k": 3, "region": "hull"}),
]


def test_every_backend_has_a_setting_and_is_tried():
    assert set(ANONYMIZERS) == set(SETTINGS) == {name for name, _ in SETTINGS_TO_TRY}


@pytest.mark.parametrize("check", CHECKS.values(), ids=CHECKS)
@pytest.mark.parametrize(("backend", "options"), SETTINGS_TO_TRY, ids=str)
def test_backend_keeps_the_contract(backend, options, check, faces, contract):
    def make():
        return ANONYMIZERS.load(backend)(SETTINGS[backend](**options), contract)

    check(BackendCase(make=make, faces=faces, contract=contract, seed=3))


@pytest.mark.parametrize(("backend", "options"), SETTINGS_TO_TRY, ids=str)
def test_declares_only_what_it_needs(backend, options, contract):
    setting = SETTINGS[backend](**options)
    needed = {
        "images": backend != "blackout",
        "landmarks": getattr(setting, "region", "crop") == "hull",
        "parsing": False,
        "subjects": backend in ("ksame", "ksame_select"),
        "expressions": backend == "ksame_select",
    }
    assert ANONYMIZERS.load(backend)(setting, contract).sees == {name for name in needed if needed[name]}


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
