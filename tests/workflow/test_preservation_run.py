"""The estimators in the real workflow, on rendered faces, whose truth is known."""

import pytest
from projects import make_project

from bauta.config.load import parse_config
from bauta.measurement import Measurement
from bauta.store import Store
from bauta.workflow.rule_inputs import rule_inputs

pytestmark = pytest.mark.long

SMALL = {
    "run": "small",
    "datasets": {
        "synthfaces": {
            "adapter": "synthfaces",
            "subjects": 8,
            "images_per_subject": 5,
            "splits": {"train": 0.0, "dev": 0.25, "enrol": 0.5},
        }
    },
    "anonymizers": {"identity": {}, "blackout": {}, "blur": {"kernel": 11}},
    "preservation": ["dlib68"],
    "frontier": {"bootstrap": 200},
}


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """The project, and the measurement of each backend."""
    project = make_project(tmp_path_factory.mktemp("preservation") / "project")
    project.configure(SMALL)
    plan = rule_inputs(parse_config(SMALL)).plan
    paths = [path for path in plan.all_measurements() if path.parts[4].startswith("preservation-")]
    project.snakemake(*map(str, paths))
    return project, {path.parent.name: Measurement.read(project.folder / path) for path in paths}, paths


def test_identity_changes_nothing(run):
    values = run[1]["identity"].values
    for name in ("pose_error", "landmark_nme", "eye_opening_error", "mouth_opening_error"):
        assert values[name].value == 0, name
    for name in ("pose_kept", "landmarks_kept", "found_after"):
        assert values[name].value == 1, name
    assert values["found_before"].value > 0.9


def test_blackout_is_null_with_the_reason(run):
    values = run[1]["blackout"].values
    assert values["found_after"].value == 0
    for name in ("pose_error", "pose_kept", "landmark_nme", "mouth_opening_correlation"):
        assert values[name].value is None
        assert values[name].reason == "the estimator finds no face after anonymization"


def test_a_light_blur_keeps_nearly_everything(run):
    values = run[1]["blur"].values
    assert values["found_after"].value > 0.9
    assert values["pose_error"].value < 0.5 * values["constant_pose_error"].value
    assert values["landmark_nme"].value < 0.03
    assert values["pose_kept"].value > 0.5
    assert values["landmarks_kept"].value > 0.5


def test_the_truth_of_rendered_faces_is_known(run):
    values = run[1]["identity"].values
    assert values["clear_truth_landmark_nme"].value < 0.15
    assert values["clear_truth_pose_error"].value < 15
    assert values["truth_pose_error"] == values["clear_truth_pose_error"]


def test_stores_say_what_they_hold_and_what_made_them(run):
    folder = next((run[0].folder / "cache/synthfaces").glob("mtcnn-*/estimates/dlib68-*"))
    assert (folder / "key.json").is_file()
    store = Store.open(folder / "original.zarr")
    assert store.attributes["quantities"] == ["landmarks", "pose", "openings"]
    assert len(store) == len(Store.open(next(folder.glob("blur/*.zarr"))))


def test_a_second_run_has_nothing_to_do(run):
    project, _, paths = run
    assert "Nothing to be done" in project.snakemake(*map(str, paths)).stdout
