"""Embeddings of the crops of a store."""

from collections.abc import Sequence
from pathlib import Path

from bauta.distinct import BATCH, distinct_batches
from bauta.protocols import Recognizer
from bauta.store import ArraySpec, Store, StoreWriter


def embed_store(
    images: Store, recognizer: Recognizer, out: Path | str, *, ids: Sequence[str] | None = None
) -> None:
    """Write the embedding of each image of a store, crops or anonymized; equal images are embedded once.

    Args:
        images: Store with `images` and `status`.
        recognizer: What embeds them.
        out: Store to make, with `vectors` float32 (N, D), unit length, and `status` uint8 (N,), that of the
            images; where it is not ok the vector is NaN.
        ids: Rows to embed and their order; all rows of the store by default.

    Raises:
        StoreError: the store has no row of an id, or a store cannot be read or written.
    """
    ids = images.ids if ids is None else ids
    rows = images.rows_of(ids)
    specs = {"vectors": ArraySpec((recognizer.dimensions,), "float32"), "status": ArraySpec((), "uint8")}
    with StoreWriter(out, specs, ids, made_from={"images": images.digest}) as writer:
        earlier = writer.read("vectors", writer.resume(BATCH))
        for vectors, status in distinct_batches(images, rows, recognizer.embed, earlier):
            writer.append(vectors=vectors, status=status)
