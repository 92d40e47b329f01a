#!/usr/bin/env bash
# Made by `make envs`; do not edit. bauta itself, from the folder of the Snakefile; Snakemake runs this in
# the new environment.
set -euo pipefail
python -m pip install --no-deps --no-build-isolation --editable .
