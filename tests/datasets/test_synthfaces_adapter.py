import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from bauta.datasets import ADAPTERS
from bauta.errors import DataError

ROW = {
    "image_id": "s0/0",
    "path": "images/s0/0.jpg",
    "subject": "s0",
    "expression": "happy",
    "intensity": 0.7,
}


def test_truth_becomes_records(tmp_path):
    pq.write_table(pa.Table.from_pylist([ROW]), tmp_path / "truth.parquet")
    (record,) = ADAPTERS.load("synthfaces")(tmp_path).records
    assert record.image_id == "s0/0"
    assert record.path == "images/s0/0.jpg"
    assert record.subject == "s0"
    assert record.expression == "happy"


def test_missing_and_wrong_truth(tmp_path):
    with pytest.raises(DataError, match=r"truth\.parquet cannot be read"):
        ADAPTERS.load("synthfaces")(tmp_path)
    pq.write_table(pa.Table.from_pylist([{"image_id": "x", "path": "y"}]), tmp_path / "truth.parquet")
    with pytest.raises(DataError, match=r"subject.*render the dataset again"):
        ADAPTERS.load("synthfaces")(tmp_path)
