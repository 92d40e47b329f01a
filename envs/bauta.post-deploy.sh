#!/usr/bin/env bash
# Snakemake runs this in the new environment, from the folder of the Snakefile.
set -euo pipefail
python -m pip install --no-deps --require-hashes -r requirements.lock
python -m pip install --no-deps --no-build-isolation --editable .
