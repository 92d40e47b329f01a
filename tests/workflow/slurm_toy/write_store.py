"""Writes a store of several shards; the first time, it runs into the trouble that was ordered halfway."""

import logging
import time
from pathlib import Path

import numpy as np

from bauta.inference.device import torch_device
from bauta.store import ArraySpec, StoreWriter
from bauta.workflow.job import job

SPEC = ArraySpec((2**20,), "uint8")
ROWS = 96

with job(snakemake.log[0]):
    name, attempt = snakemake.wildcards.name, snakemake.resources.attempt
    first = Path(f"started-{name}")
    again = first.exists()
    with first.open("a") as starts:
        starts.write(f"{attempt} {snakemake.resources.mem_mb} {snakemake.resources.runtime}\n")
    if snakemake.resources.gpu:
        import torch

        torch_device()
        logging.getLogger("toy").info("PyTorch's threads: %d", torch.get_num_threads())
    with StoreWriter(snakemake.output.store, {"images": SPEC}, [f"{row:03d}" for row in range(ROWS)]) as out:
        for row in range(out.resume(batch=1), ROWS):
            out.append(images=np.full((1, *SPEC.shape), row, dtype=np.uint8))
            if row == ROWS // 2 and not again:
                logging.getLogger("toy").warning("trouble: %s", snakemake.params.trouble)
                if snakemake.params.trouble == "hang":
                    time.sleep(3600)
                elif snakemake.params.trouble == "pause":
                    time.sleep(5)
                elif snakemake.params.trouble == "memory":
                    hoard = np.ones(2**30, dtype=np.uint8)
                    time.sleep(3600)
                elif snakemake.params.trouble == "fail":
                    raise RuntimeError("this attempt fails")
