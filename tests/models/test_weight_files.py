"""PyTorch and ONNX files that are not what they should be."""

import onnx
import pytest
import torch
from onnx import TensorProto, helper

from bauta.errors import ModelError
from bauta.inference.onnx_session import open_session
from bauta.models.torch_weights import load_weights


class Harmful:
    """Runs code when it is unpickled."""

    def __reduce__(self):
        return (print, ("run",))


def test_tensors_are_read(tmp_path):
    torch.save({"weight": torch.ones(2)}, tmp_path / "w.pt")
    assert load_weights(tmp_path / "w.pt")["weight"].tolist() == [1.0, 1.0]


def test_a_file_that_needs_code_to_be_run_is_refused_with_the_way_to_convert_it(tmp_path, capsys):
    torch.save({"weight": torch.ones(2), "harm": Harmful()}, tmp_path / "w.pt")
    with pytest.raises(ModelError, match=r"without executing code in it.*state_dict\(\)") as caught:
        load_weights(tmp_path / "w.pt")
    assert "\n" not in str(caught.value)
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "incomplete or corrupt"),
        (b"PK\x03\x04 cut off", "incomplete or corrupt"),
        (b"anything else", "."),
    ],
)
def test_other_files_are_one_line(tmp_path, content, message):
    (tmp_path / "w.pt").write_bytes(content)
    with pytest.raises(ModelError, match=message) as caught:
        load_weights(tmp_path / "w.pt")
    assert "\n" not in str(caught.value)


def test_a_list_is_no_state_dict(tmp_path):
    torch.save([torch.ones(1)], tmp_path / "w.pt")
    with pytest.raises(ModelError, match="expected a mapping of names to tensors, got list"):
        load_weights(tmp_path / "w.pt")


def test_a_graph_is_opened(tmp_path):
    value = helper.make_tensor_value_info("x", TensorProto.FLOAT, [1])
    result = helper.make_tensor_value_info("y", TensorProto.FLOAT, [1])
    graph = helper.make_graph([helper.make_node("Neg", ["x"], ["y"])], "g", [value], [result])
    onnx.save(
        helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8),
        tmp_path / "g.onnx",
    )
    assert open_session(tmp_path / "g.onnx").get_inputs()[0].name == "x"


@pytest.mark.parametrize("content", [b"", b"no graph"])
def test_what_is_no_graph_is_one_line(tmp_path, content):
    (tmp_path / "g.onnx").write_bytes(content)
    with pytest.raises(ModelError, match=r"is (no|not an) ONNX graph") as caught:
        open_session(tmp_path / "g.onnx")
    assert "\n" not in str(caught.value)
