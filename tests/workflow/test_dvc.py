"""What the repository tells DVC, and a colleague's clone without the raw data."""

import pytest
from labs import (
    CACHED_STAGES,
    age_against_the_flow,
    make_lab,
    make_up_cache,
    make_up_raw_data,
    private_environment,
)

CONFIG = {
    "run": "lab",
    "datasets": {"faces": {"adapter": "folder", "root": "data/faces", "push_crops": True}},
    "anonymizers": {"identity": {}, "blackout": {}},
}


@pytest.fixture(scope="module", autouse=True)
def away_from_home(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        for name, value in private_environment(tmp_path_factory.mktemp("home")).items():
            patch.setenv(name, value)
        yield


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    """A repository whose cached stages are pushed to a folder, `remote` beside it."""
    folder = tmp_path_factory.mktemp("lab")
    made = make_lab(folder / "origin", CONFIG)
    make_up_raw_data(made.folder / "data/faces")
    make_up_cache(made, "faces")
    made.snakemake("dvc_keys")
    made.name_remote(folder / "remote")
    made.dvc("commit", "--force", *CACHED_STAGES)
    made.commit()
    made.dvc("push", *CACHED_STAGES)
    return made


@pytest.fixture(scope="module")
def pulled(lab, tmp_path_factory):
    """A clone with everything but the raw data."""
    made = lab.clone(tmp_path_factory.mktemp("colleague") / "clone", remote=lab.folder.parent / "remote")
    made.dvc("pull", *CACHED_STAGES)
    age_against_the_flow(made.folder)
    return made


def test_without_raw_data_no_cached_stage_is_planned(pulled):
    assert not (pulled.folder / "data").exists()
    assert pulled.planned_stages() == set()
