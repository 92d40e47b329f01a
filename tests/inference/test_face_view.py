import cv2
import numpy as np
import pytest
from teacher_files import Files, save_onnx

from bauta.alignment.align import fit_similarity
from bauta.alignment.crop import warp_crop
from bauta.contract import ARCFACE_SIZE, CropContract
from bauta.detect.full_frame import FullFrame
from bauta.errors import ModelError
from bauta.express.batches import predict_in_batches
from bauta.express.ferplus import ferplus
from bauta.express.hsemotion import hsemotion_b0, hsemotion_b2_7, hsemotion_mbf, hsemotion_mobilevit
from bauta.inference.face_view import FER2013_BOX, FaceView
from bauta.inference.inputs import IMAGENET_MEAN, IMAGENET_STD, standardise

CONTRACT = CropContract()


@pytest.mark.parametrize("box", [FER2013_BOX, (16.4, 12.4, 94.7, 117.2)])
@pytest.mark.parametrize("point", [(38.3, 51.7), (70.7, 92.2)])
def test_a_point_of_the_face_lands_where_the_box_says(box, point):
    view = FaceView(64, 64, box)
    x, y = CONTRACT.from_arcface(np.array(point))
    rows, columns = np.mgrid[: CONTRACT.size, : CONTRACT.size]
    blob = 255 * np.exp(-((columns - x) ** 2 + (rows - y) ** 2) / (2 * 8.0**2))
    crops = np.repeat(blob[None, :, :, None], 3, axis=3).astype(np.uint8)
    expected = [
        (p - low) / (high - low) * 64 - 0.5 for p, low, high in zip(point, box[:2], box[2:], strict=True)
    ]
    for seen in (view.grey(crops, CONTRACT)[0], view.render(crops, CONTRACT)[0, :, :, 1]):
        rows, columns = np.mgrid[:64, :64]
        weight = seen.astype(float)
        found = (weight * columns).sum() / weight.sum(), (weight * rows).sum() / weight.sum()
        np.testing.assert_allclose(found, expected, atol=0.15)


def test_a_frame_of_fer2013_comes_back_from_its_crop():
    """From frame to crop to view is what the frame resized to the view is."""
    frame = cv2.resize(np.random.default_rng(0).integers(0, 256, (8, 8), dtype=np.uint8), (48, 48))
    image = np.repeat(frame[:, :, None], 3, axis=2)
    points = FullFrame(None).detect(image).points[0]
    crop = warp_crop(image, fit_similarity(points, CONTRACT.template()), CONTRACT.size)
    seen = FaceView(64, 64, FER2013_BOX).grey(crop[None], CONTRACT)[0].astype(float)
    direct = cv2.resize(frame, (64, 64)).astype(float)
    assert np.abs(seen - direct)[4:-4, 4:-4].mean() < 0.04 * 255
    assert np.corrcoef(seen.ravel(), direct.ravel())[0, 1] > 0.97


def test_grey_weighs_the_channels_of_rgb():
    crops = np.zeros((3, 256, 256, 3), dtype=np.uint8)
    for channel in range(3):
        crops[channel, :, :, channel] = 200
    seen = FaceView(64, 64, FER2013_BOX).grey(crops, CONTRACT)
    np.testing.assert_allclose(seen.mean(axis=(1, 2)), np.array([0.299, 0.587, 0.114]) * 200, atol=1)


def test_standardise_agrees_with_its_formula():
    images = np.random.default_rng(0).integers(0, 256, (2, 5, 4, 3), dtype=np.uint8)
    expected = (images / 255.0 - IMAGENET_MEAN) / IMAGENET_STD
    got = standardise(images, IMAGENET_MEAN, IMAGENET_STD)
    assert got.dtype == np.float32
    assert got.flags.c_contiguous
    np.testing.assert_allclose(got, expected.transpose(0, 3, 1, 2), atol=1e-5)


@pytest.mark.parametrize(
    ("make", "name", "size", "classes"),
    [(hsemotion_b0, "hsemotion_b0", 224, 8), (hsemotion_b2_7, "hsemotion_b2_7", 260, 7)],
)
def test_hsemotion_gets_rgb_with_imagenet_statistics(tmp_path, make, name, size, classes):
    """The graph's logits are the means of the channels that it got."""
    save_onnx(tmp_path / name, 3, size, np.eye(3, classes))
    colour = np.array([200, 100, 30])
    crops = np.broadcast_to(colour.astype(np.uint8), (1, 256, 256, 3)).copy()
    logits = np.zeros(classes)
    logits[:3] = (colour / 255.0 - IMAGENET_MEAN) / IMAGENET_STD
    expected = np.exp(logits) / np.exp(logits).sum()
    np.testing.assert_allclose(make(CONTRACT, Files(tmp_path)).predict(crops)[0], expected, atol=1e-4)


def test_ferplus_gets_grey_values_of_0_to_255(tmp_path):
    save_onnx(tmp_path / "ferplus", 1, 64, np.eye(1, 8) / 100.0, batch=1, name="Input3")
    crops = np.full((2, 256, 256, 3), 150, dtype=np.uint8)
    expected = np.exp(1.5) / (np.exp(1.5) + 7)
    np.testing.assert_allclose(ferplus(CONTRACT, Files(tmp_path)).predict(crops)[:, 0], expected, atol=1e-4)


def test_a_graph_of_another_teacher_is_refused(tmp_path):
    save_onnx(tmp_path / "hsemotion_b0", 3, 224, np.eye(3, 7))
    with pytest.raises(ModelError, match=r"expected a graph from .* to 8 classes of hsemotion8"):
        hsemotion_b0(CONTRACT, Files(tmp_path))
    save_onnx(tmp_path / "hsemotion_b0", 3, 112, np.eye(3, 8))
    with pytest.raises(ModelError, match="is it the file of another teacher"):
        hsemotion_b0(CONTRACT, Files(tmp_path))
    (tmp_path / "hsemotion_b0").write_bytes(b"not a graph")
    with pytest.raises(ModelError, match="no ONNX graph"):
        hsemotion_b0(CONTRACT, Files(tmp_path))


def test_logits_that_are_no_answer_are_refused():
    crops = np.zeros((2, 256, 256, 3), dtype=np.uint8)
    with pytest.raises(ModelError, match=r"expected logits \(N, 7\)"):
        predict_in_batches(
            crops, CONTRACT, 7, np.asarray, lambda batch: np.zeros((len(batch), 8), dtype=np.float32)
        )
    with pytest.raises(ModelError, match="not finite"):
        predict_in_batches(
            crops, CONTRACT, 7, np.asarray, lambda batch: np.full((len(batch), 7), np.nan, dtype=np.float32)
        )


def test_the_boxes_lie_in_the_crop():
    low, high = CONTRACT.from_arcface(np.reshape(FER2013_BOX, (2, 2)))
    assert (low > -0.5).all()
    assert (high < CONTRACT.size - 0.5).all()
    assert np.ptp(FER2013_BOX[::2]) / ARCFACE_SIZE == pytest.approx(0.89, abs=0.001)


@pytest.mark.parametrize(
    ("make", "name", "size", "mean", "std"),
    [
        (hsemotion_mobilevit, "hsemotion_mobilevit", 224, IMAGENET_MEAN, IMAGENET_STD),
        (hsemotion_mbf, "hsemotion_mbf", 112, (0.5, 0.5, 0.5), (0.5, 0.5, 0.5)),
    ],
)
def test_valence_and_arousal_are_split_off(tmp_path, make, name, size, mean, std):
    """The last two of ten outputs are large, and no part of the probabilities."""
    weights = np.eye(3, 10)
    weights[:, 8:] = 1e3
    save_onnx(tmp_path / name, 3, size, weights)
    colour = np.array([200, 100, 30])
    crops = np.broadcast_to(colour.astype(np.uint8), (1, 256, 256, 3)).copy()
    logits = np.zeros(8)
    logits[:3] = (colour / 255.0 - mean) / std
    expected = np.exp(logits) / np.exp(logits).sum()
    np.testing.assert_allclose(make(CONTRACT, Files(tmp_path)).predict(crops)[0], expected, atol=1e-4)
    save_onnx(tmp_path / name, 3, size, np.eye(3, 8))
    with pytest.raises(ModelError, match="to 8 classes of hsemotion8 and 2 values"):
        make(CONTRACT, Files(tmp_path))
