import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from skimage.transform import SimilarityTransform

from bauta.alignment.align import align_detections, apply_affine, fit_similarity
from bauta.contract import CropContract
from bauta.errors import DataError
from bauta.io.tables import ALIGNMENT, DETECTIONS, write_table

TEMPLATE = CropContract().template()


def similarity(scale, angle, x, y):
    c, s = scale * np.cos(angle), scale * np.sin(angle)
    return np.array([[c, -s, x], [s, c, y]])


similarities = st.builds(
    similarity, st.floats(0.1, 20), st.floats(-np.pi, np.pi), st.floats(-2000, 2000), st.floats(-2000, 2000)
)


@settings(deadline=None, max_examples=30)
@given(similarities)
def test_recovers_any_similarity(matrix):
    source = apply_affine(matrix, TEMPLATE)
    back = fit_similarity(source, TEMPLATE)
    np.testing.assert_allclose(apply_affine(back, source), TEMPLATE, atol=1e-5)


@settings(deadline=None, max_examples=30)
@given(similarities, st.integers(0, 2**32 - 1))
def test_agrees_with_scikit_image_on_noisy_points(matrix, seed):
    noise = np.random.default_rng(seed).normal(0, 8, TEMPLATE.shape)
    source = apply_affine(matrix, TEMPLATE + noise)
    reference = SimilarityTransform.from_estimate(source, TEMPLATE.astype(np.float64))
    np.testing.assert_allclose(fit_similarity(source, TEMPLATE), reference.params[:2], rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize(
    ("points", "message"),
    [
        (np.full((5, 2), np.nan), "finite"),
        (np.full((5, 2), 40.0), "spread"),
        (TEMPLATE * 0.005, "spread"),
        (TEMPLATE * (-1, 1), "shaped like the template"),
    ],
)
def test_degenerate_points_are_refused(points, message):
    with pytest.raises(DataError, match=message):
        fit_similarity(points, TEMPLATE)


def detection(face_id, points, status="ok", reason=None):
    row = {"face_id": face_id, "image_id": face_id.split("#")[0], "status": status, "reason": reason}
    return row | {"points": None if points is None else np.ravel(points).tolist()}


def test_align_detections_keeps_every_row(tmp_path):
    contract = CropContract(size=128, margin=0.2)
    points = apply_affine(similarity(2.0, 0.3, 50, 60), contract.template())
    rows = [
        detection("a#0", points),
        detection("b", np.zeros((5, 2))),
        detection("c", None, "no_face", "no face found"),
        detection("d", None, "unreadable", "the file is empty"),
    ]
    table = align_detections(pa.Table.from_pylist(rows, schema=DETECTIONS), contract)
    write_table(table, tmp_path / "alignment.parquet", ALIGNMENT)
    first, second, third, fourth = table.to_pylist()
    matrix = np.array(first["matrix"]).reshape(2, 3)
    np.testing.assert_allclose(apply_affine(matrix, points), contract.template(), atol=1e-3)
    expected = 2.0 * np.linalg.norm(contract.template()[1] - contract.template()[0])
    assert first["inter_ocular"] == pytest.approx(expected, rel=1e-4)
    assert second["status"] == "failed"
    assert "spread" in second["reason"]
    assert second["matrix"] is None
    assert second["inter_ocular"] is None
    assert (third["status"], third["reason"]) == ("no_face", "no face found")
    assert (fourth["status"], fourth["reason"]) == ("unreadable", "the file is empty")
