import hashlib

import pyarrow as pa
import pytest

from bauta.datasets import ADAPTERS
from bauta.errors import DataError
from bauta.io.parquet import write_parquet

ROW = {
    "image_id": "s0/0",
    "path": "images/s0/0.jpg",
    "subject": "s0",
    "expression": "happy",
    "intensity": 0.7,
    "image_sha256": hashlib.sha256(b"a picture").hexdigest(),
}


@pytest.fixture
def rendered(tmp_path):
    write_parquet(pa.Table.from_pylist([ROW]), tmp_path / "truth.parquet")
    image = tmp_path / ROW["path"]
    image.parent.mkdir(parents=True)
    image.write_bytes(b"a picture")
    return tmp_path


def test_truth_becomes_records(rendered):
    (record,) = ADAPTERS.load("synthfaces")(rendered).records
    assert record.image_id == "s0/0"
    assert record.path == "images/s0/0.jpg"
    assert record.subject == "s0"
    assert record.expression == "happy"


def test_an_image_that_changed_since_it_was_rendered_is_refused(rendered):
    (rendered / ROW["path"]).write_bytes(b"another one")
    with pytest.raises(DataError, match=r"0\.jpg is missing or has changed since .* delete .* run"):
        ADAPTERS.load("synthfaces")(rendered)


def test_missing_and_wrong_truth(tmp_path):
    with pytest.raises(DataError, match=r"truth\.parquet cannot be read"):
        ADAPTERS.load("synthfaces")(tmp_path)
    write_parquet(pa.Table.from_pylist([{"image_id": "x", "path": "y"}]), tmp_path / "truth.parquet")
    with pytest.raises(DataError, match=r"expression.*render the dataset again"):
        ADAPTERS.load("synthfaces")(tmp_path)
