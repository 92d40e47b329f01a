"""Where a job computes, and what its log says of it."""

import logging
import subprocess
import sys
from types import SimpleNamespace

import numpy as np
import onnx
import pytest
import torch
from onnx import TensorProto, helper

from bauta.errors import ModelError
from bauta.inference import device
from bauta.inference import onnx_session as onnx_module
from bauta.inference.device import describe, job_threads, take_all_cores, torch_device, why_no_gpu
from bauta.inference.onnx_session import CPU, CUDA, open_session


@pytest.fixture
def machine(monkeypatch, tmp_path):
    """A function that sets the environment of a job and whether there is a driver."""

    def make(*, driver, **given):
        for name in ("CUDA_VISIBLE_DEVICES", "SLURM_JOB_ID", "OMP_NUM_THREADS"):
            monkeypatch.delenv(name, raising=False)
        for name, value in given.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setattr(device, "NVIDIA_DRIVER", tmp_path if driver else tmp_path / "none")

    return make


@pytest.fixture
def graph(tmp_path):
    """An ONNX graph that adds its input to itself."""
    shape = [1, 2]
    put_in = helper.make_tensor_value_info("x", TensorProto.FLOAT, shape)
    out = helper.make_tensor_value_info("y", TensorProto.FLOAT, shape)
    made = helper.make_graph([helper.make_node("Add", ["x", "x"], ["y"])], "twice", [put_in], [out])
    path = tmp_path / "twice.onnx"
    model = helper.make_model(made, ir_version=8, opset_imports=[helper.make_opsetid("", 17)])
    onnx.save(model, str(path))
    return path


@pytest.mark.parametrize(
    ("driver", "given", "reason"),
    [
        (True, {}, None),
        (True, {"CUDA_VISIBLE_DEVICES": "3"}, None),
        (True, {"CUDA_VISIBLE_DEVICES": "1", "SLURM_JOB_ID": "7"}, None),
        (True, {"CUDA_VISIBLE_DEVICES": "GPU-5ab1"}, None),
        (True, {"SLURM_JOB_ID": "7"}, "Slurm gave job 7 none (CUDA_VISIBLE_DEVICES is not set)"),
        (True, {"CUDA_VISIBLE_DEVICES": ""}, "CUDA_VISIBLE_DEVICES is ''"),
        (True, {"CUDA_VISIBLE_DEVICES": "-1,0"}, "CUDA_VISIBLE_DEVICES is '-1,0'"),
        (True, {"CUDA_VISIBLE_DEVICES": "NoDevFiles"}, "CUDA_VISIBLE_DEVICES is 'NoDevFiles'"),
        (False, {}, "this machine has no NVIDIA driver"),
        (
            False,
            {"CUDA_VISIBLE_DEVICES": "0"},
            "CUDA_VISIBLE_DEVICES is '0', but this machine has no NVIDIA driver",
        ),
    ],
)
def test_a_job_uses_the_gpu_that_it_was_given_and_no_other(machine, driver, given, reason):
    machine(driver=driver, **given)
    assert why_no_gpu() == reason
    assert ("no GPU: " in describe()) == (reason is not None)


def test_nobody_changes_which_gpus_are_visible(machine, monkeypatch):
    machine(driver=True, CUDA_VISIBLE_DEVICES="2", SLURM_JOB_ID="7")
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda: "a GPU")
    chosen = torch_device()
    assert (chosen.type, chosen.index) == ("cuda", None)
    assert device.os.environ["CUDA_VISIBLE_DEVICES"] == "2"
    assert not torch.backends.cudnn.benchmark
    assert not torch.backends.cudnn.allow_tf32
    assert torch.backends.cudnn.deterministic


def test_a_slurm_job_without_a_gpu_computes_on_the_cpu_where_there_is_one(machine, monkeypatch, caplog):
    machine(driver=True, SLURM_JOB_ID="7")
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    with caplog.at_level(logging.INFO):
        assert torch_device().type == "cpu"
    assert "PyTorch computes on the CPU: Slurm gave job 7 none" in caplog.text


def test_pytorch_that_cannot_use_the_gpu_says_so(machine, monkeypatch, caplog):
    machine(driver=True)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert torch_device().type == "cpu"
    assert "PyTorch computes on the CPU: PyTorch finds no GPU" in caplog.text


def test_onnx_runtime_prefers_the_gpu_and_says_when_it_falls_back(machine, monkeypatch, caplog, graph):
    machine(driver=True, CUDA_VISIBLE_DEVICES="0")
    asked = []
    real = onnx_module.onnxruntime

    def session(path, options, providers, **_):
        asked.extend(providers)
        return real.InferenceSession(path, options, providers=[CPU])

    fake = SimpleNamespace(
        SessionOptions=real.SessionOptions,
        InferenceSession=session,
        get_available_providers=lambda: [CUDA, CPU],
        preload_dlls=lambda: None,
    )
    monkeypatch.setattr(onnx_module, "onnxruntime", fake)
    opened = open_session(graph)
    assert [asked[0][0], asked[1]] == [CUDA, CPU]
    assert "device_id" not in asked[0][1]
    assert "twice.onnx: ONNX Runtime computes on the CPU: it could not use the GPU" in caplog.text
    assert opened.run(None, {"x": np.ones((1, 2), np.float32)})[0].tolist() == [[2.0, 2.0]]


def test_onnx_runtime_on_the_cpu_says_why_and_takes_the_jobs_threads(machine, caplog, graph):
    machine(driver=False, OMP_NUM_THREADS="3")
    with caplog.at_level(logging.INFO):
        opened = open_session(graph)
    assert "twice.onnx: ONNX Runtime computes on the CPU: this machine has no NVIDIA driver" in caplog.text
    assert opened.get_session_options().intra_op_num_threads == 3
    assert opened.get_providers() == [CPU]


def test_a_graph_in_memory_is_called_by_its_name(machine, caplog, graph):
    machine(driver=False)
    with caplog.at_level(logging.INFO):
        opened = open_session(graph.read_bytes(), name="doubling")
    assert "doubling: ONNX Runtime computes on the CPU" in caplog.text
    assert opened.run(None, {"x": np.ones((1, 2), np.float32)})[0].tolist() == [[2.0, 2.0]]
    with pytest.raises(ModelError, match="doubling is not an ONNX graph"):
        open_session(b"\x08\x08", name="doubling")


@pytest.mark.parametrize(("value", "threads"), [("4", 4), ("", 1), ("0", 1), ("many", 1)])
def test_the_threads_of_a_job(machine, value, threads):
    machine(driver=False, OMP_NUM_THREADS=value)
    assert job_threads() == threads


def test_the_first_line_of_a_log_needs_no_network_library():
    code = (
        "import sys; from bauta.inference.device import describe; describe(); "
        "sys.exit('torch' in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.gpu
def test_on_a_gpu_pytorch_and_onnx_runtime_both_use_it(graph):
    if (reason := why_no_gpu()) is not None:
        pytest.skip(f"needs a GPU: {reason}")
    assert torch_device().type == "cuda"
    assert CUDA in open_session(graph).get_providers()


def test_a_command_that_is_run_by_hand_takes_every_core_unless_the_user_says_how_many(machine, monkeypatch):
    machine(driver=False)
    monkeypatch.setattr("os.sched_getaffinity", lambda _: {0, 3, 5}, raising=False)
    take_all_cores()
    assert job_threads() == 3
    machine(driver=False, OMP_NUM_THREADS="2")
    take_all_cores()
    assert job_threads() == 2
