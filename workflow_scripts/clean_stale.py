"""Rule `clean_stale`: show and remove the stores that no configuration reaches, like `bauta clean-stale`."""

import logging

from bauta.cli.main import main

logging.basicConfig(filename=snakemake.log[0], level=logging.INFO)
main(["clean-stale", *snakemake.params.options])
