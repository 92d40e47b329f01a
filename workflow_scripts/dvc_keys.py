"""Rule `dvc_keys`: the record of a run with DVC, like `bauta dvc-keys`."""

import logging

from bauta.cli.main import main

logging.basicConfig(filename=snakemake.log[0], level=logging.INFO)
main(["dvc-keys", *snakemake.params.options])
