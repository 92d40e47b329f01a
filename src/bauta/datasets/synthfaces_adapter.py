"""The embedded dataset: what the renderer wrote beside its images."""

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from bauta.datasets import ImageRecord, Listing
from bauta.errors import DataError

COLUMNS = ("image_id", "path", "subject", "expression")


def list_synthfaces(root: Path | str) -> Listing:
    """List the rendered images of a folder with their true subject and expression.

    Args:
        root: Folder that `synthfaces.render_dataset` wrote.

    Raises:
        DataError: its `truth.parquet` is missing, incomplete or lacks a column.
    """
    truth = Path(root) / "truth.parquet"
    try:
        rows = pq.read_table(truth, columns=list(COLUMNS)).to_pylist()
    except (OSError, pa.ArrowException) as error:
        reason = str(error).splitlines()[0]
        raise DataError(f"{truth} cannot be read ({reason}): render the dataset again") from error
    return Listing(tuple(ImageRecord(**row) for row in rows))
