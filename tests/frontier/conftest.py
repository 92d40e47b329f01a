import pytest
from frontier_samples import run_measurements

from bauta.measurement import Measurement


@pytest.fixture(scope="session")
def _measured() -> tuple[Measurement, ...]:
    return tuple(run_measurements())


@pytest.fixture
def measured(_measured: tuple[Measurement, ...]) -> list[Measurement]:
    return list(_measured)
