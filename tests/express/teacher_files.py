"""Model files for the teachers, of the real ones' structure but with weights from a seed."""

import json
from pathlib import Path

import h5py
import numpy as np
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper

from bauta.express.dan import DanNetwork
from bauta.express.ddamfn_network import DdamfnNetwork
from bauta.express.emonet_network import EmoNetwork
from bauta.express.poster_network import PosterNetwork

MTL = {"hsemotion_mobilevit": 224, "hsemotion_mbf": 112}
"""Graphs with valence and arousal after eight classes, and the sides of their inputs."""


class Files:
    """Stands for a `ModelStore`: the file of a model is the one in a folder that has its name."""

    def __init__(self, folder):
        self.folder = Path(folder)

    def path(self, name):
        return self.folder / name


def random_state(network, seed):
    """A state dict whose statistics are not 0 and 1; the outputs of a deep network are large."""
    generator = torch.Generator().manual_seed(seed)
    state = network.state_dict()
    for name, tensor in state.items():
        if name.endswith("num_batches_tracked"):
            continue
        noise = torch.randn(tensor.shape, generator=generator)
        if name.endswith("running_var") or (tensor.ndim == 1 and name.endswith("weight")):
            state[name] = 1.0 + 0.2 * noise.abs()
        elif tensor.ndim == 1:
            state[name] = 0.1 * noise
        else:
            state[name] = noise * (2.0 / tensor[0].numel()) ** 0.5
    return state


def save_onnx(path, channels, size, weights, batch="N", name="input"):
    """A graph from (batch, channels, size, size) to the mean of each channel times weights (channels, K)."""
    weights = np.asarray(weights, dtype=np.float32)
    nodes = [
        helper.make_node("ReduceMean", [name, "axes"], ["means"], keepdims=0),
        helper.make_node("MatMul", ["means", "weights"], ["output"]),
    ]
    constants = [
        numpy_helper.from_array(np.array([2, 3], dtype=np.int64), "axes"),
        numpy_helper.from_array(weights, "weights"),
    ]
    given = helper.make_tensor_value_info(name, TensorProto.FLOAT, [batch, channels, size, size])
    answer = helper.make_tensor_value_info("output", TensorProto.FLOAT, [batch, weights.shape[1]])
    graph = helper.make_graph(nodes, "g", [given], [answer], constants)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)
    onnx.save(model, path)


def convolution(name, source, kernel, filters, stride, padding, bias=False, kind="Conv2D"):
    return {
        "class_name": kind,
        "name": name,
        "config": {
            "name": name,
            "filters": filters,
            "kernel_size": [kernel, kernel],
            "strides": [stride, stride],
            "padding": padding,
            "use_bias": bias,
            "activation": "linear",
            "dilation_rate": [1, 1],
            "data_format": "channels_last",
        },
        "inbound_nodes": [[[source, 0, 0, {}]]],
    }


def layer(kind, name, sources, **config):
    nodes = [[[source, 0, 0, {}] for source in sources]] if sources else []
    return {"class_name": kind, "name": name, "config": {"name": name, **config}, "inbound_nodes": nodes}


def small_xception():
    """Layers as in mini-Xception, one residual step long."""
    return [
        layer("InputLayer", "input_1", [], batch_input_shape=[None, 64, 64, 1]),
        convolution("conv_a", "input_1", 3, 4, 2, "valid"),
        layer("BatchNormalization", "norm_a", ["conv_a"], epsilon=0.001, axis=-1),
        layer("Activation", "relu_a", ["norm_a"], activation="relu"),
        convolution("shortcut", "relu_a", 1, 6, 2, "same"),
        layer("BatchNormalization", "norm_s", ["shortcut"], epsilon=0.001, axis=-1),
        convolution("separable", "relu_a", 3, 6, 1, "same", kind="SeparableConv2D"),
        layer("BatchNormalization", "norm_b", ["separable"], epsilon=0.001, axis=-1),
        layer(
            "MaxPooling2D",
            "pool",
            ["norm_b"],
            pool_size=[3, 3],
            strides=[2, 2],
            padding="same",
            data_format="channels_last",
        ),
        layer("Add", "add", ["pool", "norm_s"]),
        convolution("conv_z", "add", 3, 7, 1, "same", bias=True),
        layer("GlobalAveragePooling2D", "mean", ["conv_z"], data_format="channels_last"),
        layer("Activation", "predictions", ["mean"], activation="softmax"),
    ]


SHAPES = {
    "conv_a": [(3, 3, 1, 4)],
    "norm_a": [(4,)] * 4,
    "shortcut": [(1, 1, 4, 6)],
    "norm_s": [(6,)] * 4,
    "separable": [(3, 3, 4, 1), (1, 1, 4, 6)],
    "norm_b": [(6,)] * 4,
    "conv_z": [(3, 3, 6, 7), (7,)],
}


def save_keras(path, layers, seed=0):
    """A Keras 2 file of layers with random weights; returns the weights by layer."""
    rng = np.random.default_rng(seed)
    weights = {}
    with h5py.File(path, "w") as file:
        file.attrs["model_config"] = json.dumps(
            {"class_name": "Model", "config": {"layers": layers}}
        ).encode()
        groups = file.create_group("model_weights")
        for entry in layers:
            group = groups.create_group(entry["name"])
            arrays = [rng.normal(size=shape).astype(np.float32) for shape in SHAPES.get(entry["name"], [])]
            if entry["class_name"] == "BatchNormalization":
                arrays[3] = np.abs(arrays[3]) + 0.5
            names = [f"{entry['name']}_1/{index}:0" for index in range(len(arrays))]
            for name, array in zip(names, arrays, strict=True):
                group[name] = array
            group.attrs["weight_names"] = [name.encode() for name in names]
            weights[entry["name"]] = arrays
    return weights


def save_dan(path, classes):
    state = random_state(DanNetwork(classes), 0)
    state["fc.weight"] *= 1e-5
    torch.save({"iter": 1, "model_state_dict": state}, path)


def save_emonet(path, classes):
    """As in the official files: saved from a data-parallel model, by a torch that counted no batches."""
    state = random_state(EmoNetwork(classes), 0)
    state["emo_fc_2.3.weight"] *= 1e-12
    kept = {f"module.{name}": state[name] for name in state if not name.endswith("num_batches_tracked")}
    torch.save(kept, path)


class RecorderMeter:
    """Stands for an object of the training program, which lies beside the weights."""

    def __init__(self):
        self.losses = np.zeros((2, 2))


def save_poster(path, classes, **extra):
    """As in the official files: a checkpoint of a data-parallel model, with tensors that nothing uses."""
    state = random_state(PosterNetwork(classes), 0) | {
        "attn1.relative_position_index": torch.zeros(4, 4, dtype=torch.int64),
        "face_landback.output_layer.linear.weight": torch.zeros(136, 5),
        "ir_back.output_layer.3.weight": torch.zeros(5, 5),
        "VIT.blocks.0.conv.weight": torch.zeros(148, 148, 1),
        **{f"VIT.{name}.weight": torch.zeros(3) for name in ("CON1", "IRLinear1", "IRLinear2")},
        "VIT.patch_embed.proj.weight": torch.zeros(768, 256, 1, 1),
        "VIT.eca_block.conv.weight": torch.zeros(1, 1, 5),
    }
    kept = {f"module.{name}": tensor for name, tensor in (state | extra).items()}
    torch.save(
        {"epoch": 1, "state_dict": kept, "best_acc": torch.zeros(1), "recorder": RecorderMeter()}, path
    )


def ddamfn_state(network, seed):
    """A random state dict in which the residual blocks of DDAMFN add little, so that values stay small."""
    state = random_state(network, seed)
    shrunk = [name for name in state if name.endswith("project.bn.weight")]
    return state | {name: 0.2 * state[name] for name in shrunk}


def save_ddamfn(path, classes, **extra):
    """As in the official files, with tensors that nothing uses."""
    state = ddamfn_state(DdamfnNetwork(classes), 0) | {
        "features.2.conv_dw.bn.weight": torch.zeros(128),
        "features.3.model.0.conv_dw.prelu.weight": torch.zeros(128),
        "cat_head0.CoordAtt.Linear.conv.weight": torch.zeros(3),
        "bn.num_batches_tracked": torch.zeros((), dtype=torch.int64),
    }
    torch.save({"iter": 1, "model_state_dict": state | extra, "optimizer_state_dict": {}}, path)


def save_teacher(folder, name):
    """Write the file of a teacher's model into a folder."""
    rng = np.random.default_rng(0)
    path = Path(folder) / name
    if name in MTL:
        save_onnx(path, 3, MTL[name], rng.normal(size=(3, 10)))
    elif name.startswith("poster"):
        save_poster(path, 8 if name.endswith("8") else 7)
    elif name.startswith("ddamfn"):
        save_ddamfn(path, 8 if name.endswith("8") else 7)
    elif name.startswith("hsemotion"):
        size = 224 if name.startswith("hsemotion_b0") else 260
        save_onnx(path, 3, size, rng.normal(size=(3, 7 if name.endswith("_7") else 8)))
    elif name == "ferplus":
        save_onnx(path, 1, 64, rng.normal(size=(1, 8)) / 100.0, batch=1, name="Input3")
    elif name.startswith("fer2013"):
        save_keras(path, small_xception())
    elif name.startswith("dan"):
        save_dan(path, int(name[-1]))
    else:
        save_emonet(path, int(name[-1]))
