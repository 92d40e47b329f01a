"""Embeddings of the crops of a store."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from bauta.protocols import Recognizer
from bauta.store import ArraySpec, Store, StoreWriter
from bauta.store.deduplicate import BATCH, distinct_batches


def embed_store(
    images: Store,
    recognizer: Recognizer,
    out: Path | str,
    *,
    ids: Sequence[str] | None = None,
    sources: Mapping[str, str] | None = None,
) -> None:
    """Embed each image of a store, crops or anonymized, and write the result; equal images are embedded once.

    Args:
        images: Store with `images` and `status`.
        recognizer: Model that embeds them.
        out: Store to write, with `vectors` float32 (N, D), unit length, and `status` uint8 (N,), that of the
            images; where it is not ok, the vector is NaN.
        ids: Rows to embed and their order; all rows of the store by default.
        sources: Place → digest of each artifact that it is computed from, for the seal of the store.

    Raises:
        StoreError: the store has no row for an id, or a store cannot be read or written.
    """
    ids = images.ids if ids is None else ids
    rows = images.rows_of(ids)
    specs = {"vectors": ArraySpec((recognizer.dimensions,), "float32"), "status": ArraySpec((), "uint8")}
    with StoreWriter(out, specs, ids, made_from={"images": images.digest}, sources=sources) as writer:
        earlier = writer.read("vectors", writer.resume(BATCH))
        for vectors, status in distinct_batches(images, rows, recognizer.embed, earlier):
            writer.append(vectors=vectors, status=status)
