"""What publishes something, in small, as jobs do it."""

import pandas  # noqa: F401 - Arrow imports it when it writes, which is to be done before
import pyarrow as pa
from stores import BATCH, SPECS, rows

from bauta.io import atomic as files
from bauta.io.atomic import whole_folder, write_text
from bauta.io.tables import ALIGNMENT, read_table, write_table
from bauta.store import Store, StoreWriter, spec

ROWS = 45


def write_store(folder, first=0, rows_of_it=ROWS):
    """Where the first row is another one, it is another store of the same name."""
    spec.SHARD_BYTES, spec.CHUNK_BYTES = 480, 96
    ids = [str(row) for row in range(ROWS)]
    made_from = {"crops": str(first)}
    with StoreWriter(folder / "x.zarr", SPECS, ids, {"by": "test"}, made_from=made_from) as writer:
        for start in range(writer.resume(BATCH), rows_of_it, BATCH):
            writer.append(**rows(first + start, first + min(start + BATCH, ROWS)))
        if rows_of_it < ROWS:
            raise MemoryError


def write_store_in_two_steps(folder, first=0):
    """On a system that cannot exchange two folders in one step."""
    files._exchange = lambda new, old: False
    write_store(folder, first)


def write_a_table(folder, first=0):
    columns = [
        {"face_id": f"f{row}", "image_id": f"i{row}", "matrix": [float(first)] * 6, "status": "ok"}
        for row in range(50)
    ]
    write_table(pa.Table.from_pylist(columns, schema=ALIGNMENT), folder / "x.parquet", ALIGNMENT)


def write_a_folder(folder, first=0):
    with whole_folder(folder / "x") as partial:
        write_text(partial / "card.json", f"{first}")
        (partial / "weights").write_bytes(bytes([first]) * 9000)


def write_a_folder_in_two_steps(folder, first=0):
    files._exchange = lambda new, old: False
    write_a_folder(folder, first)


def read(path):
    """Whether it is whole."""
    if path.suffix == ".zarr":
        Store.open(path).verify()
    elif path.suffix == ".parquet":
        read_table(path, ALIGNMENT)
    else:
        assert {file.name for file in path.iterdir()} == {"card.json", "weights"}
