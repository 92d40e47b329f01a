"""Artifacts that hold a reason in place of content: written, opened, checked, and passed on."""

import pytest
from stores import SPECS, rows, write

from bauta.anonymize.generator_card import GeneratorCard
from bauta.cache.verify import verify_cache
from bauta.errors import DataError, InfeasibleError, StoreError
from bauta.express.card import TeacherCard
from bauta.io.infeasible import network_or_reason, require, require_network
from bauta.io.seal import SealError
from bauta.measurement import Measurement, measurement_or_reason
from bauta.store import Store, StoreWriter, store_or_reason

REASON = "k=50 needs at least 50 people, got 12; „lower“ k"


def fail(manager):
    with manager:
        raise InfeasibleError(REASON)


def test_a_store_that_is_infeasible_says_why_to_whoever_opens_it(tmp_path):
    path = tmp_path / "k=50.zarr"
    fail(store_or_reason(path))
    with pytest.raises(InfeasibleError) as error:
        Store.open(path)
    assert str(error.value) == REASON
    found = Store.open_any(path)
    assert (len(found), found.arrays, found.attributes) == (0, (), {"infeasible": REASON})


def test_the_reason_goes_from_store_to_store_to_measurement(tmp_path):
    fail(store_or_reason(tmp_path / "anonymized.zarr"))
    with store_or_reason(tmp_path / "embeddings.zarr"):
        Store.open(tmp_path / "anonymized.zarr")
    place = {"dataset": "d", "backend": "ksame", "setting": "k=50", "model": "dlib_resnet"}
    with measurement_or_reason(tmp_path / "attack.json", "attack", **place):
        Store.open(tmp_path / "embeddings.zarr")
    measured = Measurement.read(tmp_path / "attack.json")
    assert measured == Measurement(kind="attack", values={}, infeasible=REASON, **place)


def test_it_takes_the_place_of_an_unfinished_store_and_of_nothing_else(tmp_path):
    path = tmp_path / "k=2.zarr"
    fail(store_or_reason(path))
    first = Store.open_any(path)
    fail(store_or_reason(path))
    assert Store.open_any(path).digest == first.digest
    whole = tmp_path / "blur.zarr"
    with store_or_reason(whole):
        write(whole, 4)
    assert len(Store.open(whole)) == 4
    with pytest.raises(StoreError), store_or_reason(tmp_path / "other.zarr"):
        raise StoreError("damaged")
    with pytest.raises(DataError, match="two labels"), store_or_reason(tmp_path / "other.zarr"):
        raise DataError("two labels")
    assert not (tmp_path / "other.zarr").exists()


def test_what_an_earlier_job_left_of_the_store_does_not_come_back(tmp_path):
    path = tmp_path / "k=2.zarr"
    left = StoreWriter(path, SPECS, ["0", "1", "2"])
    left.__enter__()
    left.resume(1)
    left.append(**rows(0, 1))
    fail(store_or_reason(path))
    with pytest.raises(InfeasibleError):
        Store.open(path)


@pytest.mark.parametrize("card", [TeacherCard, GeneratorCard])
def test_a_network_that_was_not_trained_says_why(tmp_path, card):
    fail(network_or_reason(tmp_path / "network"))
    assert [path.name for path in (tmp_path / "network").iterdir()] == ["infeasible.json"]
    for read in (card.read, require_network):
        with pytest.raises(InfeasibleError, match="got 12"):
            read(tmp_path / "network")
    require_network(tmp_path)
    (tmp_path / "network/infeasible.json").write_bytes(b"{\xff")
    with pytest.raises(SealError, match="network is damaged"):
        card.read(tmp_path / "network")


def test_a_pooled_network_is_all_that_was_asked_for(tmp_path):
    with pytest.raises(InfeasibleError):
        fail(network_or_reason(tmp_path / "network", pooled=True))
    assert not (tmp_path / "network").exists()


def test_verify_takes_a_reason_for_what_it_is_and_a_damaged_one_for_damage(tmp_path):
    fail(store_or_reason(tmp_path / "cache/a/anonymized/ksame/k=50.zarr"))
    fail(network_or_reason(tmp_path / "cache/a/teachers/resnet18"))
    assert verify_cache(tmp_path / "cache").faults == {}
    path = tmp_path / "cache/a/anonymized/ksame/k=50.zarr/zarr.json"
    path.write_bytes(path.read_bytes().replace(b"group", b"grOup"))
    assert list(verify_cache(tmp_path / "cache").faults) == [path.parent]


def test_no_reason_is_no_refusal():
    require(None)
    with pytest.raises(InfeasibleError, match="because"):
        require("because")
