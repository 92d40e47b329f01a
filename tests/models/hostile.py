"""Model files that would run code, reach for other files, or ask for more than there is.

Those that run code leave a canary behind. What `store_files` makes must be refused before it is pinned,
whatever model it is given for; what `loader_files` makes is a plain container, and its loader must refuse it.
"""

import io
import json
import os
import pickle
import struct
import tarfile
import zipfile
from pathlib import Path

import h5py
import numpy as np
import onnx
import torch
from onnx import TensorProto, helper

ABSURD = 10**12
MAGIC = b"\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19."


class Harmful:
    """Writes the canary when an ordinary unpickler reads it."""

    def __init__(self, canary):
        self.canary = str(canary)

    def __reduce__(self):
        return (open, (self.canary, "w"))


# --- zip archives


def archive(entries, *, compression=zipfile.ZIP_STORED, root="archive"):
    """Bytes of a zip archive of names and contents, in one folder unless the root is empty."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", compression) as written:
        for name, content in entries:
            written.writestr(f"{root}/{name}" if root else name, content)
    return out.getvalue()


def torch_archive(pickled, *more, **options):
    """Bytes like those of `torch.save`, with any pickle."""
    return archive([("data.pkl", pickled), ("version", b"3\n"), *more], **options)


def encrypted(content):
    """The same archive with the flag of encryption at every entry."""
    content = bytearray(content)
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        place = content.find(mark)
        while place >= 0:
            content[place + offset] |= 1
            place = content.find(mark, place + 1)
    return bytes(content)


def declaring(content, size):
    """The same archive whose directory says that its first entry has another size."""
    content = bytearray(content)
    place = content.find(b"PK\x01\x02")
    content[place + 20 : place + 28] = struct.pack("<II", size, size)
    return bytes(content)


# --- pickles


def nested(opcode, times):
    """A pickle of a tuple in a tuple; with TUPLE2 of twice the one before."""
    if opcode == pickle.TUPLE1:
        return b"\x80\x02)" + pickle.TUPLE1 * times + b"."
    body = b"".join(b"q" + bytes([at]) + b"h" + bytes([at]) + pickle.TUPLE2 for at in range(times))
    return b"\x80\x02}(K\x01" + body + b"K\x02u."


def calling(module, name, *arguments):
    """A pickle that calls something with plain values."""
    body = pickle.dumps(arguments, protocol=2)[2:-1]
    return b"\x80\x02c" + f"{module}\n{name}\n".encode() + body + b"R."


def harmful(canary):
    """A pickle that writes the canary."""
    return pickle.dumps({"state_dict": {}, "harm": Harmful(canary)}, protocol=2)


def legacy(content):
    """Bytes of a file of torch before 1.6 around a pickle of its content."""
    parts = [MAGIC, pickle.dumps(1001, 2), pickle.dumps({"little_endian": True}, 2), content]
    return b"".join([*parts, pickle.dumps([], 2)])


def tar_archive(canary, first="storages"):
    """The tar archives that torch wrote before 0.4, with a harmful pickle in each part."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:", format=tarfile.GNU_FORMAT, encoding="latin-1") as written:
        for name in (first, "storages", "tensors", "pickle"):
            info = tarfile.TarInfo(name)
            info.size = len(harmful(canary))
            written.addfile(info, io.BytesIO(harmful(canary)))
    return out.getvalue()


def torchscript(canary):
    """A TorchScript archive whose `__setstate__` writes the canary."""

    class Evil(torch.nn.Module):
        def __init__(self, path):
            super().__init__()
            self.path = path

        def forward(self, x):
            return x

        @torch.jit.export
        def __getstate__(self) -> tuple[str, bool]:
            return self.path, self.training

        @torch.jit.export
        def __setstate__(self, state: tuple[str, bool]) -> None:
            self.path = state[0]
            self.training = state[1]
            torch.save(torch.ones(1), state[0])

    out = io.BytesIO()
    torch.jit.save(torch.jit.script(Evil(str(canary))), out)
    return out.getvalue()


def repeated_tensor():
    """A tensor of a million million numbers that are one number."""
    out = io.BytesIO()
    torch.save({"w": torch.ones(1).expand(10**6, 10**6)}, out)
    return out.getvalue()


def several_views():
    """Tensors that each show the same storage, which is counted once."""
    out = io.BytesIO()
    storage = torch.ones(1000)
    torch.save({str(n): storage for n in range(5)}, out)
    return out.getvalue()


def torch_files(canary):
    """Name → bytes of what torch's reader might take."""
    program = torchscript(canary)
    good = pickle.dumps({"a": 1}, 2)
    polyglot = bytearray(tar_archive(canary, (MAGIC + b"\x80\x02K\x01.").decode("latin-1")))
    return {
        "torchscript": program,
        "torchscript moved by two bytes": b"\0\0" + program,
        "torchscript with a comment": program[:-2] + struct.pack("<H", 3) + b"abc",
        "code without constants": torch_archive(good, ("code/__torch__.py", b"x")),
        "constants without code": torch_archive(good, ("constants.pkl", b"x")),
        "pt2": archive(
            [("archive_format", b"pt2"), ("archive_version", b"0"), ("models/model.json", b"{}")], root="m"
        ),
        "pt2 of old": archive([("serialized_exported_program.json", b"{}"), ("version", b"1")], root=""),
        "pt2 with data.pkl": torch_archive(good, ("archive_format", b"pt2")),
        "pickle": harmful(canary),
        "pickle of protocol 0": pickle.dumps({"harm": Harmful(canary)}, protocol=0),
        "tar": tar_archive(canary),
        "tar with torch's magic number": bytes(polyglot),
        "compressed zip": torch_archive(good + bytes(10**7), compression=zipfile.ZIP_DEFLATED),
        "zip that says it is larger": declaring(torch_archive(good), 0xFFFFFFF0),
        "encrypted zip": encrypted(torch_archive(good)),
        "zip entry above the folder": archive([("data.pkl", good), ("data/../../canary", b"x")]),
        "zip entry from the root": archive([("archive/data.pkl", good), ("/tmp/canary", b"x")], root=""),
        "two roots": archive([("a/data.pkl", good), ("b/data.pkl", harmful(canary))], root=""),
        "zip in a zip": archive([("model.zip", torch_archive(harmful(canary)))]),
        "zip in a torch file": torch_archive(good, ("inner.zip", program)),
        "a name twice": torch_archive(good, ("data.pkl", harmful(canary))),
        "cut zip": program[:300],
        "empty zip": archive([]),
        "deep pickle": torch_archive(nested(pickle.TUPLE1, 300_000)),
        "pickle that doubles": torch_archive(nested(pickle.TUPLE2, 60)),
        "pickle with a length of its own": torch_archive(b"\x80\x04\x8e" + struct.pack("<Q", ABSURD) + b"a."),
        "no pickle": torch_archive(b"\xff\xff"),
        "deep legacy file": legacy(nested(pickle.TUPLE1, 300_000)),
        "cut legacy file": legacy(good)[:40],
        "gzip": b"\x1f\x8b\x08\0" + bytes(40),
        "keras 3": archive([("config.json", b"{}"), ("model.weights.h5", b"x")], root=""),
    }


def torch_contents(canary):
    """Plain containers by their outside, which the restricted unpickler must refuse or leave inert."""
    return {
        "harmful": torch_archive(harmful(canary)),
        "harmful legacy": legacy(harmful(canary)),
        "import": torch_archive(calling("os", "system", f"touch {canary}")),
        "bytes out of a number": torch_archive(calling("builtins", "bytearray", ABSURD)),
        "a storage of absurd size": torch_archive(b"\x80\x02}X\x01\0\0\0a" + _storage(ABSURD) + b"s."),
        "absurd legacy storage": legacy(b"\x80\x02}X\x01\0\0\0a" + _legacy_storage(ABSURD) + b"s."),
        "repeated tensor": repeated_tensor(),
        "no mapping": torch_archive(pickle.dumps([1], 2)),
        "names of numbers": torch_archive(pickle.dumps({1: 2}, 2)),
        "persistent id of text": torch_archive(b"\x80\x02X\x01\0\0\0aQ."),
        "attributes of what may be called": torch_archive(
            b"\x80\x02ctorch._utils\n_rebuild_tensor_v2\n}X\x04\0\0\0evilK\x01sb."
        ),
        "escape codes": torch_archive(b"\x80\x02c\x1b[31mevil\nred\n."),
    }


def _storage(numel):
    location = b"(X\x07\0\0\0storagectorch\nFloatStorage\nX\x01\0\0\x000X\x03\0\0\0cpu\x8a\x08"
    return location + struct.pack("<q", numel) + b"tQ"


def _legacy_storage(numel):
    return _storage(numel)[:-2] + b"NtQ"


# --- ONNX


def graph(**changes):
    """A small graph that is right, with some of its parts exchanged."""
    values = {
        "nodes": [helper.make_node("Add", ["x", "w"], ["y"])],
        "weights": [helper.make_tensor("w", TensorProto.FLOAT, [2], [1.0, 2.0])],
        "shape": [2],
        "functions": [],
        "domains": ["", "evil", "com.microsoft"],
        **changes,
    }
    made = helper.make_graph(
        values["nodes"],
        "g",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, values["shape"])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, None)],
        values["weights"],
    )
    opsets = [helper.make_opsetid(domain, 17 if not domain else 1) for domain in values["domains"]]
    return helper.make_model(made, opset_imports=opsets, functions=values["functions"], ir_version=9)


def external(place, name="w"):
    """A tensor that lies in another file."""
    tensor = TensorProto(name=name, data_type=TensorProto.FLOAT, dims=[2])
    tensor.data_location = TensorProto.EXTERNAL
    tensor.external_data.add(key="location", value=place)
    return tensor


def branch(weights=(), nodes=()):
    """A subgraph of an If."""
    inner = helper.make_graph(
        [*nodes, helper.make_node("Identity", ["w2"], ["z"])],
        "b",
        [],
        [helper.make_tensor_value_info("z", TensorProto.FLOAT, [2])],
        list(weights),
    )
    return helper.make_node("If", ["c"], ["y"], then_branch=inner, else_branch=inner)


def absurd(name, dims):
    """A tensor that says it has more numbers than its bytes can hold."""
    return TensorProto(name=name, data_type=TensorProto.FLOAT, dims=dims, raw_data=b"\0" * 8)


def numbers(name, values):
    """A tensor of int64."""
    return helper.make_tensor(name, TensorProto.INT64, [len(values)], values)


def deep_graph(levels):
    """Bytes of subgraphs in subgraphs, deeper than the writer of ONNX makes them."""

    def field(number, content):
        length, size = b"", len(content)
        while size > 127:
            length, size = length + bytes([size & 127 | 128]), size >> 7
        return bytes([number << 3 | 2]) + length + bytes([size]) + content

    inner = b""
    for _ in range(levels):
        # graph.node.attribute.g
        inner = field(1, field(5, field(6, inner)))
    return b"\x08\x07" + field(7, inner)


def trained():
    """A graph with a step of a training."""
    model = graph()
    model.training_info.add().algorithm.CopyFrom(model.graph)
    return model


def onnx_files(_):
    """Name → bytes of graphs that reach beyond their file."""
    cond = helper.make_tensor("c", TensorProto.BOOL, [], [True])
    good = helper.make_tensor("w2", TensorProto.FLOAT, [2], [1.0, 2.0])
    function = helper.make_function(
        "evil", "F", ["a"], ["b"], [helper.make_node("Identity", ["a"], ["b"])], [helper.make_opsetid("", 17)]
    )
    secret = helper.make_node("Constant", [], ["w3"], value=external("/etc/hostname", "v"))
    ones = helper.make_node("ConstantOfShape", ["s"], ["y"])
    models = {
        "external data": graph(weights=[external("weights.bin")]),
        "external data from the root": graph(weights=[external("/etc/hostname")]),
        "external data above": graph(weights=[external("../../etc/hostname")]),
        "external data in a subgraph": graph(
            nodes=[branch([external("/etc/hostname", "w2")])], weights=[cond]
        ),
        "external data in a constant of a subgraph": graph(nodes=[branch([good], [secret])], weights=[cond]),
        "operator of its own": graph(nodes=[helper.make_node("Run", ["x"], ["y"], domain="evil")]),
        "context in a file": graph(
            nodes=[
                helper.make_node(
                    "EPContext",
                    ["x"],
                    ["y"],
                    domain="com.microsoft",
                    embed_mode=0,
                    ep_cache_context="/etc/hostname",
                )
            ]
        ),
        "function of its own": graph(
            nodes=[helper.make_node("F", ["x"], ["y"], domain="evil")], functions=[function]
        ),
        "operator of its own in a subgraph": graph(
            nodes=[branch([good], [helper.make_node("Run", ["w2"], ["q"], domain="evil")])], weights=[cond]
        ),
        "tensor larger than the file": graph(weights=[absurd("w", [ABSURD])]),
        "tensor of endless sides": graph(weights=[absurd("w", [2**62] * 100_000)]),
        "tensor of a negative side": graph(weights=[absurd("w", [-4])]),
        "input of absurd sides": graph(shape=[10**6, 10**6]),
        "constant of absurd shape": graph(nodes=[ones], weights=[numbers("s", [10**6, 10**6])]),
        "expanded to absurd shape": graph(
            nodes=[helper.make_node("Expand", ["x", "s"], ["y"])], weights=[numbers("s", [10**6, 10**6, 2])]
        ),
        "random of absurd shape": graph(nodes=[helper.make_node("RandomNormal", [], ["y"], shape=[10**12])]),
        "training": trained(),
    }
    made = {name: model.SerializeToString() for name, model in models.items()}
    right = graph().SerializeToString()
    return {
        **made,
        "cut graph": right[: len(right) // 2],
        "noise after an ONNX start": b"\x08\x07" + os.urandom(500),
        "no graph": b"\x08\x07",
        "too deep": deep_graph(2000),
        "ORT format": b"\x18\0\0\0ORTM" + bytes(100),
    }


def onnx_contents(_):
    """Graphs that are whole in themselves, and that ONNX Runtime cannot open."""
    models = {
        "unknown operator": graph(nodes=[helper.make_node("Nothing", ["x", "w"], ["y"])]),
        "missing input": graph(nodes=[helper.make_node("Add", ["x", "nowhere"], ["y"])]),
        "wrong types": graph(weights=[numbers("w", [1, 2])]),
        "unknown opset": graph(domains=[""]),
        "cycle": graph(
            nodes=[helper.make_node("Add", ["x", "b"], ["a"]), helper.make_node("Add", ["a", "w"], ["b"])]
        ),
    }
    models["unknown opset"].opset_import[0].version = 10_000
    made = {name: model.SerializeToString() for name, model in models.items()}
    value = helper.make_tensor_value_info("name", TensorProto.FLOAT, [2])
    nodes = [helper.make_node("Neg", ["name"], ["y"])]
    named = helper.make_graph(
        nodes, "g", [value], [helper.make_tensor_value_info("y", TensorProto.FLOAT, [2])]
    )
    text = helper.make_model(named, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    return {**made, "a name that is no text": text.SerializeToString().replace(b"name", b"n\xffm\xff")}


# --- HDF5


def keras_layer(kind, name):
    return {"class_name": kind, "name": name, "config": {"name": name}, "inbound_nodes": []}


def hdf5_file(folder, name, fill, layers=("InputLayer",), config=None):
    """Bytes of an HDF5 file with the layers of a Keras network, and what `fill` adds."""
    path = folder / f"{name.replace(' ', '_')}.hdf5"
    with h5py.File(path, "w") as file:
        weights = file.create_group("model_weights")
        file.attrs["model_config"] = config or json.dumps(
            {"class_name": "Model", "config": {"layers": [keras_layer(kind, "a") for kind in layers]}}
        )
        fill(file, weights)
    return path.read_bytes()


def _virtual(_, weights):
    layout = h5py.VirtualLayout(shape=(4,), dtype="f4")
    layout[:] = h5py.VirtualSource("/etc/hostname", "d", shape=(4,))
    weights.create_virtual_dataset("d", layout)


def hdf5_files(folder):
    """Name → bytes of HDF5 files that carry code or reach beyond themselves."""

    def nothing(*_):
        pass

    def link(kind):
        return lambda _, weights: weights.__setitem__("l", kind)

    def stored(_, weights):
        weights.create_dataset("d", (4,), "f4", external=[("/etc/hostname", 0, 16)])

    def squeezed(_, weights):
        weights.create_dataset("d", data=np.zeros(10**6, "f4"), compression="gzip")

    def vast(_, weights):
        weights.create_dataset("d", (10**6, 10**6), "f4", chunks=(1000, 1000))

    def twice(_, weights):
        weights["self"] = weights

    made = {
        "Lambda": ("Lambda", nothing),
        "Lambda behind the output": (("InputLayer", "Lambda"), nothing),
        "class of one's own": ("Evil>Layer", nothing),
        "external link": ("InputLayer", link(h5py.ExternalLink("/etc/hostname", "/"))),
        "soft link": ("InputLayer", link(h5py.SoftLink("/model_weights"))),
        "data in another file": ("InputLayer", stored),
        "virtual data": ("InputLayer", _virtual),
        "filtered data": ("InputLayer", squeezed),
        "data of absurd size": ("InputLayer", vast),
        "a group in itself": ("InputLayer", twice),
    }
    files = {
        name: hdf5_file(folder, name, fill, (layers,) if isinstance(layers, str) else layers)
        for name, (layers, fill) in made.items()
    }
    files["deep JSON"] = hdf5_file(folder, "deep JSON", nothing, config="[" * 30_000)
    files["no layers"] = hdf5_file(folder, "no layers", nothing, config="{}")
    files["cut HDF5"] = files["Lambda"][:600]
    files["HDF5 start and noise"] = files["Lambda"][:8] + os.urandom(500)
    return files


# --- safetensors, TensorFlow Lite and the rest


def safetensors_file(header, data=b"\0" * 16, length=None):
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<Q", len(text) if length is None else length) + text + data


def tensor(start, end, dtype="F32", shape=(4,)):
    return {"dtype": dtype, "shape": list(shape), "data_offsets": [start, end]}


def safetensors_files(_):
    """Name → bytes of files whose header does not say what is in them."""
    return {
        "header longer than the file": safetensors_file({"a": tensor(0, 16)}, length=1 << 20),
        "header of absurd length": safetensors_file({"a": tensor(0, 16)}, length=2**39),
        "tensor beyond the file": safetensors_file({"a": tensor(0, 4 * ABSURD, shape=(ABSURD,))}),
        "tensors that overlap": safetensors_file({"a": tensor(0, 16), "b": tensor(8, 24)}, bytes(24)),
        "tensor of another size": safetensors_file({"a": tensor(0, 16, shape=(5,))}),
        "tensor of another type": safetensors_file({"a": tensor(0, 16, dtype="F64")}),
        "unknown type": safetensors_file({"a": tensor(0, 16, dtype="EVIL")}),
        "negative place": safetensors_file({"a": tensor(-16, 0)}),
        "overflowing shape": safetensors_file({"a": tensor(0, 16, shape=(2**33, 2**33))}),
        "hole": safetensors_file({"a": tensor(0, 8, shape=(2,)), "b": tensor(12, 16, shape=(1,))}),
        "no JSON": safetensors_file(b"{nothing" + b" " * 20),
        "deep header": safetensors_file(b'{"a":' + b"[" * 100_000),
    }


def safetensors_contents(_):
    """Files of tensors with notes that are none."""
    tensors = {"a": tensor(0, 16)}
    notes = ("[1]", '{"img_size": 512}', "[" * 100_000, "nothing")
    return {
        f"notes {number}": safetensors_file({"__metadata__": {"about": note}, **tensors})
        for number, note in enumerate(notes)
    }


def other_files(_):
    """Name → bytes of what a browser, a broken download or an idle hand leaves."""
    garbage = struct.pack("<I", 16) + b"TFL3" + bytes(range(256)) * 4
    return {
        "web page": b"<!DOCTYPE html><html>not found</html>",
        "empty": b"",
        "noise": bytes([0xC3, 0x28]) + os.urandom(500),
        "TensorFlow Lite of absurd offset": struct.pack("<I", 0xFFFFFFF0) + b"TFL3" + bytes(100),
        "bundle of other files": archive([("run.sh", b"rm"), ("a.tflite", garbage)], root=""),
        "bundle of noise": archive([("a.tflite", os.urandom(100))], root=""),
        "compressed bundle": archive([("a.tflite", bytes(10**6))], root="", compression=zipfile.ZIP_DEFLATED),
        "bundle entry above": archive([("../a.tflite", garbage)], root=""),
        "pack that swells": archive([("a.onnx", bytes(10**7))], compression=zipfile.ZIP_DEFLATED),
        "encrypted pack": encrypted(archive([("a.onnx", b"\x08\x07")])),
        "pack entry above": archive([("../../a.onnx", b"\x08\x07")], root=""),
    }


def store_files(folder, canary):
    """Name → path of everything that must be refused before it is pinned."""
    made = {
        **torch_files(canary),
        **onnx_files(canary),
        **hdf5_files(folder),
        **safetensors_files(canary),
        **other_files(canary),
    }
    return {name: _write(folder, number, content) for number, (name, content) in enumerate(made.items())}


def loader_files(folder, make, canary):
    """Name → path of what only a loader can refuse."""
    made = make(canary)
    return {name: _write(folder, f"{make.__name__}{n}", made[name]) for n, name in enumerate(made)}


def _write(folder, name, content):
    path = Path(folder) / f"hostile-{name}"
    path.write_bytes(content)
    return path


def good_graph(path):
    """A graph that is right."""
    onnx.save(graph(domains=[""]), path)
