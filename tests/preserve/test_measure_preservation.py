"""The measurement of what is kept, on made-up estimates whose answers are known."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.spatial.transform import Rotation
from scipy.stats import pearsonr

from bauta.preserve.head_pose import from_angles
from bauta.preserve.measure import measure_preservation
from bauta.preserve.run import Estimates

FACES = 40
SUBJECTS = [f"s{face // 4}" for face in range(FACES)]
IDS = [f"f{face}" for face in range(FACES)]
PLACE = {"dataset": "d", "backend": "blur", "setting": "kernel=11", "model": "made_up"}
NUMBERS = np.random.default_rng(3)
DEGREES = NUMBERS.normal(0, (10, 5, 5), (FACES, 3))
POINTS = NUMBERS.uniform(60, 200, (68, 2)) + NUMBERS.normal(0, 3, (FACES, 68, 2))
OPENINGS = NUMBERS.uniform(0.1, 0.6, (FACES, 2))


def estimates(degrees=DEGREES, points=POINTS, openings=OPENINGS, found=None):
    values = {"pose": from_angles(degrees), "landmarks": points.copy(), "openings": openings.copy()}
    found = np.ones(FACES, bool) if found is None else found
    for value in values.values():
        value[~found] = np.nan
    return Estimates(values, found)


def measure(before, after, **others):
    return measure_preservation(
        before, after, IDS, SUBJECTS, **PLACE, seed=0, replicates=200, **others
    ).values


def test_nothing_changed():
    values = measure(estimates(), estimates())
    for name in ("pose_error", "landmark_nme", "eye_opening_error"):
        assert values[name].value == pytest.approx(0, abs=1e-6)
    for name in ("pose_kept", "landmarks_kept", "mouth_opening_kept", "eye_opening_correlation"):
        assert values[name].value == pytest.approx(1)
    assert values["found_after"].value == 1


def test_heads_that_are_turned_have_the_error_of_the_turn():
    values = measure(estimates(np.zeros((FACES, 3))), estimates(np.tile([6.0, 0, 0], (FACES, 1))))
    assert values["pose_error"].value == pytest.approx(6)
    assert values["yaw_error"].value == pytest.approx(6)
    assert values["pitch_error"].value == pytest.approx(0, abs=1e-6)


def test_the_best_constant_keeps_nothing():
    constant = np.tile(np.median(OPENINGS, axis=0), (FACES, 1))
    values = measure(estimates(), estimates(openings=constant))
    for part in ("eye", "mouth"):
        assert values[f"{part}_opening_error"].value == pytest.approx(
            values[f"constant_{part}_opening_error"].value
        )
        assert values[f"{part}_opening_kept"].value == pytest.approx(0, abs=1e-9)
        assert values[f"{part}_opening_correlation"].value == 0


def test_a_face_that_is_lost_counts_as_the_constant_answer():
    found = np.arange(FACES) % 2 == 0
    values = measure(estimates(), estimates(found=found))
    of_constant = np.abs(OPENINGS[:, 0] - np.median(OPENINGS[:, 0]))
    assert values["found_after"].value == 0.5
    assert values["eye_opening_error"].value == 0
    assert values["eye_opening_error"].n == FACES // 2
    assert values["eye_opening_kept"].value == pytest.approx(of_constant[found].sum() / of_constant.sum())
    assert values["constant_eye_opening_error"].value == pytest.approx(of_constant.mean())


def test_no_face_left_is_null_with_the_reason():
    values = measure(estimates(), estimates(found=np.zeros(FACES, bool)))
    assert values["found_after"].value == 0
    for name in ("pose_error", "pose_kept", "landmark_nme", "landmarks_kept", "eye_opening_correlation"):
        assert values[name].value is None
        assert values[name].reason == "the estimator finds no face after anonymization"
    assert values["constant_pose_error"].value > 5


def test_no_face_to_begin_with_is_null_with_the_reason():
    nobody = estimates(found=np.zeros(FACES, bool))
    values = measure(nobody, nobody)
    assert values["found_before"].value == 0
    assert {one.reason for name, one in values.items() if not name.startswith("found")} == {
        "the estimator finds no face in the originals"
    }
    assert values["found_after"].reason == "no face was found in the originals"


def test_correlations_are_scipys_and_within_their_interval():
    noisy = OPENINGS + NUMBERS.normal(0, 0.1, OPENINGS.shape)
    value = measure(estimates(), estimates(openings=noisy))["mouth_opening_correlation"]
    assert value.value == pytest.approx(pearsonr(OPENINGS[:, 1], noisy[:, 1]).statistic)
    assert value.low < value.value < value.high
    assert value.n == FACES


def test_two_faces_have_no_correlation():
    found = np.arange(FACES) < 2
    values = measure(estimates(), estimates(found=found))
    assert (
        values["eye_opening_correlation"].reason == "expected at least 3 faces found before and after, got 2"
    )


def test_originals_that_are_alike_have_nothing_to_lose():
    same = np.full((FACES, 2), 0.25)
    values = measure(estimates(openings=same), estimates(openings=same))
    assert values["eye_opening_kept"].reason == "all originals are alike, so nothing can be lost"
    assert values["eye_opening_correlation"].reason == "it hardly varies in the originals"


def test_subjects_are_resampled_together():
    """With every face its own subject, the interval of errors that are those of subjects is narrower."""
    by_subject = np.repeat(NUMBERS.normal(0, 8, FACES // 4), 4)
    after = estimates(DEGREES + np.column_stack([by_subject, 0 * by_subject, 0 * by_subject]))
    of_people = measure(estimates(), after)["pose_error"]
    alone = measure_preservation(
        estimates(), after, IDS, [None] * FACES, **PLACE, seed=0, replicates=200
    ).values["pose_error"]
    assert alone.value == of_people.value
    assert alone.high - alone.low < of_people.high - of_people.low


def test_errors_against_the_truth():
    shift = np.where(np.arange(FACES) % 2, 2.0, -2.0)[:, None] * (1, 0, 0)
    truth = {"pose": from_angles(DEGREES + shift), "landmarks": POINTS + 0.0}
    truth["landmarks"][0] = np.nan
    values = measure(estimates(), estimates(DEGREES - shift), truth=truth)
    assert values["clear_truth_yaw_error"].value == pytest.approx(2, abs=0.1)
    assert values["truth_yaw_error"].value == pytest.approx(4, abs=0.1)
    assert values["pose_error"].value == pytest.approx(2, abs=0.1)
    assert values["truth_pose_offset"].value < 0.1
    assert values["clear_truth_landmark_nme"].n == FACES - 1
    assert "truth_eye_opening_error" not in values


def test_numbers_that_are_known_of_no_face_are_left_out():
    shapes = NUMBERS.uniform(0, 1, (FACES, 52))
    known = shapes.copy()
    known[:, 10:] = np.nan
    known[0] = np.nan
    everyone = np.ones(FACES, bool)
    before = Estimates({"blendshapes": shapes + 0.25 * (np.arange(52) < 10)}, everyone)
    values = measure(before, before, truth={"blendshapes": known})
    assert values["clear_truth_blendshape_error"].value == pytest.approx(0.25)
    assert values["truth_blendshape_correlation"].value == pytest.approx(1)
    assert values["truth_blendshape_correlation"].n == FACES - 1
    nothing = measure(before, before, truth={"blendshapes": np.full((FACES, 52), np.nan)})
    assert nothing["clear_truth_blendshape_error"].value is None


def test_another_idea_of_a_frontal_head_is_no_error():
    """Axes that are turned by 11 degrees of pitch: the offset is named, and removed before and after."""
    turn = Rotation.from_rotvec(from_angles([[0, 11, 0]])[0])
    own = (Rotation.from_rotvec(from_angles(DEGREES)) * turn).as_rotvec()
    values = measure(
        Estimates({"pose": own}, np.ones(FACES, bool)),
        Estimates({"pose": own}, np.ones(FACES, bool)),
        truth={"pose": from_angles(DEGREES)},
    )
    assert values["truth_pose_offset"].value == pytest.approx(11)
    assert values["truth_pose_offset"].n == FACES
    for name in ("truth_pose_error", "clear_truth_pose_error", "clear_truth_pitch_error"):
        assert values[name].value == pytest.approx(0, abs=1e-6)


def test_an_estimator_has_the_values_of_its_quantities():
    only = estimates()
    before = replace(only, values={"pose": only.values["pose"]})
    names = set(measure(before, before))
    assert {"pose_error", "constant_roll_error", "pose_kept"} <= names
    assert not {name for name in names if "landmark" in name or "opening" in name}
