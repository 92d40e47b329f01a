"""Every adapter keeps the contract, and the checks notice a listing that does not."""

from dataclasses import replace

import pytest
from layouts import LAYOUTS, lay_out
from pydantic import TypeAdapter

from bauta.config.datasets import Dataset
from bauta.testing.dataset_contract import CHECKS, DatasetCase
from bauta.testing.violation import ContractViolationError


def case_of(name, folder):
    lay_out(name, folder / "raw")
    values = {"adapter": name.partition(",")[0], "root": str(folder / "raw")}
    section = TypeAdapter(Dataset).validate_python(values)
    if not section.writes_images:
        return DatasetCase(section)
    (folder / "images").mkdir()
    return DatasetCase(section, folder / "images")


@pytest.mark.parametrize("check", CHECKS.values(), ids=CHECKS)
@pytest.mark.parametrize("name", LAYOUTS)
def test_keeps_the_contract(name, check, tmp_path):
    check(case_of(name, tmp_path))


def _first(listing, **changes):
    first, *others = listing.records
    return replace(listing, records=(replace(first, **changes), *others))


@pytest.mark.parametrize(
    ("check", "fault"),
    [
        ("records", lambda listing: replace(listing, records=listing.records * 2)),
        ("records", lambda listing: _first(listing, path="../a.png")),
        ("records", lambda listing: _first(listing, path="none.png")),
        ("records", lambda listing: _first(listing, expression="Happiness")),
        ("records", lambda listing: _first(listing, official_split="training")),
        ("records", lambda listing: _first(listing, distribution=(1.0,))),
        ("declared", lambda listing: _first(listing, expression="happy")),
        ("declared", lambda listing: _first(listing, official_split="train")),
        ("complete", lambda listing: replace(listing, records=listing.records[1:])),
    ],
)
def test_a_faulty_listing_is_caught(check, fault, tmp_path):
    case = case_of("folder", tmp_path)

    class Faulty(DatasetCase):
        def list(self, root=None):
            return fault(super().list(root))

    with pytest.raises(ContractViolationError):
        CHECKS[check](Faulty(case.section))
