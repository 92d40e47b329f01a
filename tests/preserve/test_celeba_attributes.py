"""Attributes of CelebA by a user's network, and the share of them that is removed."""

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper
from skimage.data import astronaut
from teacher_files import Files

from bauta.alignment.align import fit_similarity
from bauta.alignment.crop import warp_crop
from bauta.contract import CropContract
from bauta.detect.dlib_hog import DlibHog
from bauta.errors import ModelError
from bauta.measurement import range_of
from bauta.metrics.intervals import Resampling
from bauta.models.store import ModelStore
from bauta.preserve import ESTIMATORS
from bauta.preserve.celeba_attributes import ALIGNED
from bauta.preserve.measure import measure_preservation
from bauta.preserve.quantities import CELEBA_ATTRIBUTES
from bauta.preserve.removal import removal
from bauta.preserve.run import Estimates
from bauta.testing.estimator_contract import CHECKS, EstimatorCase
from bauta.testing.samples import sample_crops

CONTRACT = CropContract()
SIDE = 32


def save_network(path, batch="N", columns=40, side=SIDE, last=None):
    """The mean of each channel, linearly mapped to logits."""
    numbers = np.random.default_rng(0)
    weights = numbers.normal(size=(columns, 3)).astype(np.float32)
    nodes = [
        helper.make_node("GlobalAveragePool", ["views"], ["pooled"]),
        helper.make_node("Flatten", ["pooled"], ["flat"]),
        helper.make_node("Gemm", ["flat", "weights"], ["logits"], transB=1),
    ]
    if last:
        nodes.append(helper.make_node(last, ["logits"], ["answers"]))
    graph = helper.make_graph(
        nodes,
        "attributes",
        [helper.make_tensor_value_info("views", TensorProto.FLOAT, [batch, 3, side, side])],
        [helper.make_tensor_value_info("answers" if last else "logits", TensorProto.FLOAT, [batch, columns])],
        [numpy_helper.from_array(weights, "weights")],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    path.mkdir(exist_ok=True)
    onnx.save(model, path / "celeba_attributes")
    return weights


def load(path):
    return ESTIMATORS.load("celeba_attributes")(CONTRACT, Files(path))


@pytest.fixture(scope="module")
def crops():
    found = DlibHog(ModelStore.default()).detect(astronaut())
    face = warp_crop(astronaut(), fit_similarity(found.points[0], CONTRACT.template()), CONTRACT.size)
    return np.concatenate([face[None], face[None, :, ::-1], sample_crops(CONTRACT, 2)])


@pytest.mark.parametrize("check", CHECKS.values(), ids=CHECKS)
def test_keeps_the_contract(tmp_path, crops, check):
    save_network(tmp_path)
    check(EstimatorCase(load(tmp_path), crops))


def test_it_reads_the_standardised_middle_of_an_aligned_image(tmp_path, crops):
    weights = save_network(tmp_path)
    found = load(tmp_path).estimate(crops)
    assert np.isfinite(found).all(axis=1).tolist() == [True, True, False, False]
    low, high = CONTRACT.from_arcface(np.reshape(ALIGNED, (2, 2)))
    assert (high - low).max() > CONTRACT.size, "it reaches beyond the crop, where it is black"
    first, last = (max(0, round(low[1])), round(high[1]))
    area = (high - low).prod()
    seen = crops[0][first:last].reshape(-1, 3).astype(np.float64).sum(axis=0) / area / 255
    logits = ((seen - (0.485, 0.456, 0.406)) / (0.229, 0.224, 0.225)) @ weights.T
    assert found[0] == pytest.approx(1 / (1 + np.exp(-logits)), abs=0.03)


def test_a_fixed_batch_changes_nothing(tmp_path, crops):
    save_network(tmp_path / "any")
    save_network(tmp_path / "three", batch=3)
    one, other = (load(tmp_path / name).estimate(crops) for name in ("any", "three"))
    assert other == pytest.approx(one, abs=1e-5, nan_ok=True)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"columns": 39}, "expected a graph from"),
        ({"side": "S"}, "with a fixed S"),
        ({"last": "Sigmoid"}, "without its last sigmoid"),
    ],
)
def test_another_graph_is_refused(tmp_path, crops, options, message):
    save_network(tmp_path, **options)
    with pytest.raises(ModelError, match=message):
        load(tmp_path).estimate(crops)


def estimates(rows, found=None):
    values = np.full((len(rows), 40), 0.1)
    values[:, :2] = rows
    found = np.ones(len(rows), dtype=bool) if found is None else np.array(found)
    values[~found] = np.nan
    return Estimates({"celeba_attributes": values}, found)


BEFORE = estimates([[0.9, 0.9], [0.9, 0.1], [0.9, 0.1], [0.1, 0.9]])
AFTER = estimates([[0.1, 0.9], [0.6, 0.7], [0.0, 0.0], [0.1, 0.4]], found=[True, True, False, True])
PEOPLE = np.array(["a", "a", "b", "c"])


def test_the_shares_by_hand():
    values = removal(BEFORE, AFTER, PEOPLE, Resampling(200, 0))
    first, second = CELEBA_ATTRIBUTES[:2]
    # Of five attributes that are there, that of the first face, both of the lost one's and the last's go.
    assert values["attributes_removed"].value == pytest.approx(3 / 5)
    assert values["attributes_removed_covered"].value == pytest.approx(2 / 4)
    assert values[f"removed_{first}"].value == pytest.approx(2 / 3)
    assert values[f"removed_{first}"].n == 3
    assert values[f"removed_{first}_covered"].value == pytest.approx(1 / 2)
    assert values[f"removed_{second}"].value == pytest.approx(1 / 2)
    # Of 120 − 4 that are absent in the faces found in both, one is there afterwards.
    assert values["attributes_added"].value == pytest.approx(1 / 116)
    assert values["removed_young"].reason == "no face has the attribute before"
    assert values["attributes_removed"].low < 3 / 5 < values["attributes_removed"].high
    assert all(range_of(name) == (0.0, 1.0) for name in values)


def test_nothing_changed_removes_nothing_and_nothing_left_removes_all():
    same = removal(BEFORE, BEFORE, PEOPLE, Resampling(200, 0))
    assert same["attributes_removed"].value == same["attributes_added"].value == 0
    gone = removal(BEFORE, estimates([[0, 0]] * 4, found=[False] * 4), PEOPLE, Resampling(200, 0))
    assert gone["attributes_removed"].value == 1
    assert gone["attributes_removed_covered"].value is None


def test_the_measurement_has_them():
    where = {"dataset": "d", "backend": "blur", "setting": "kernel=31", "model": "celeba_attributes"}
    found = measure_preservation(
        BEFORE, AFTER, ["1", "2", "3", "4"], list(PEOPLE), **where, seed=0, replicates=200
    )
    assert found.values["attributes_removed"].value == pytest.approx(3 / 5)
    assert found.values["found_after"].value == pytest.approx(3 / 4)
