"""Rule `status`: list what is cached, would be computed or is stale, like `bauta status`."""

import logging

from bauta.cli.main import main

logging.basicConfig(filename=snakemake.log[0], level=logging.INFO)
main(["status", *snakemake.params.options])
