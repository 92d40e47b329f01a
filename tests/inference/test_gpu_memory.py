"""Batches that do not fit into a GPU, with models that stand for a small one."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from onnxruntime.capi.onnxruntime_pybind11_state import EPFail, Fail, RuntimeException

from bauta.contract import CropContract
from bauta.express.batches import predict_in_batches
from bauta.inference.face_view import FaceView
from bauta.inference.gpu_memory import GpuMemoryError, Halving
from bauta.recognize.batches import embed_batches

ERRORS = {
    "torch": torch.cuda.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB.\nMore lines"),
    "cublas": RuntimeError("CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`"),
    "onnxruntime arena": RuntimeException(
        "[ONNXRuntimeError] : 6 : RUNTIME_EXCEPTION : Non-zero status code returned while running Conv node. "
        "bfc_arena.cc:376 Failed to allocate memory for requested buffer of size 2147483648"
    ),
    "onnxruntime cuda": Fail("[ONNXRuntimeError] : 1 : FAIL : CUDA failure 2: out of memory ; GPU=0"),
    "onnxruntime provider": EPFail("[ONNXRuntimeError] : 11 : EP_FAIL : CUDA error 2: out of memory"),
}


class SmallGpu:
    """Doubles numbers, at most so many at once."""

    def __init__(self, room, error=ERRORS["torch"]):
        self.room, self.error, self.sizes = room, error, []

    def __call__(self, batch):
        self.sizes.append(len(batch))
        if len(batch) > self.room:
            raise self.error
        return batch * 2


@given(room=st.integers(1, 20), counts=st.lists(st.integers(0, 40), min_size=1, max_size=4))
def test_every_batch_comes_back_whole_and_in_order(room, counts):
    run = Halving(SmallGpu(room))
    for count in counts:
        np.testing.assert_array_equal(run(np.arange(count)), np.arange(count) * 2)


def test_what_fits_is_kept_for_the_next_batch():
    gpu = SmallGpu(5)
    run = Halving(gpu)
    run(np.arange(16))
    assert gpu.sizes == [16, 8, 4, 4, 4, 4]
    run(np.arange(6))
    assert gpu.sizes[6:] == [4, 2]


def test_a_batch_that_fits_is_run_as_it_is():
    gpu = SmallGpu(16)
    batch = np.arange(16)
    Halving(gpu)(batch)
    assert gpu.sizes == [16]


@pytest.mark.parametrize("error", ERRORS.values(), ids=ERRORS)
def test_every_library_is_understood(error, caplog):
    gpu = SmallGpu(3, error)
    np.testing.assert_array_equal(Halving(gpu)(np.arange(8)), np.arange(8) * 2)
    assert "out of GPU memory with 8 images at once: continuing with 4" in caplog.text


@pytest.mark.parametrize("error", ERRORS.values(), ids=ERRORS)
def test_a_single_image_that_does_not_fit_is_one_line_with_the_remedy(error):
    with pytest.raises(GpuMemoryError, match=r"a single image .* CUDA_VISIBLE_DEVICES=''") as caught:
        Halving(SmallGpu(0, error))(np.arange(8))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "error", [RuntimeError("mat1 and mat2 shapes cannot be multiplied"), Fail("Got invalid dimensions")]
)
def test_other_errors_are_not_hidden(error):
    gpu = SmallGpu(3, error)
    with pytest.raises(type(error)):
        Halving(gpu)(np.arange(8))
    assert gpu.sizes == [8]


def test_recognizers_and_teachers_go_on_with_half():
    contract = CropContract()
    crops = np.random.default_rng(0).integers(0, 256, (20, contract.size, contract.size, 3), dtype=np.uint8)

    def means(views):
        if len(views) > 3:
            raise ERRORS["torch"]
        return views.reshape(len(views), -1, 3).mean(axis=1).astype(np.float32)

    vectors = embed_batches(crops, contract, FaceView(), means, dimensions=3)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, rtol=1e-6)
    alone = [embed_batches(crop[None], contract, FaceView(), means, dimensions=3)[0] for crop in crops]
    np.testing.assert_array_equal(vectors, alone)
    probabilities = predict_in_batches(crops, contract, 3, np.asarray, means)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, rtol=1e-6)


@pytest.mark.gpu
def test_a_real_gpu_out_of_memory():
    if not torch.cuda.is_available():
        pytest.skip("needs a CUDA device")
    free, _ = torch.cuda.mem_get_info()
    share = int(free * 0.4)

    def needs_room(batch):
        space = torch.empty(share * len(batch), dtype=torch.uint8, device="cuda")
        return batch * 2 + int(space[:1].item() * 0)

    np.testing.assert_array_equal(Halving(needs_room)(np.arange(8)), np.arange(8) * 2)
