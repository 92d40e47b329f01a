"""Software environments for clusters, from `envs/requirements.lock`: a conda file and an Apptainer recipe.

`bauta envs`, called from the root of a clone, writes them.

No tool replaces this module: conda-lock resolves on its own and supports no overrides, without which the
packages are incompatible (overrides.in), and pixi keeps its own lock, which Snakemake's `conda:` does not
read. A conda file cannot refer to a requirements file either, because Snakemake copies it elsewhere.
"""

import hashlib
import re
from pathlib import Path

LOCK = Path("envs/requirements.lock")
"""Packages that a run needs, from `make lock`; the root's lock also has those for development and tests."""

PIN = re.compile(r"^([A-Za-z0-9][\w.-]*==[^\s;]+)(\s*;[^\\]*)?", re.MULTILINE)
PYTHON = "3.11"
"""The Python version of the lock, see the Makefile."""

CONDA = """\
# Made from envs/requirements.lock by `make envs`; do not edit.
#
#   PIP_NO_DEPS=1 conda env create --file envs/bauta.yaml
#   conda run --name bauta bash envs/bauta.post-deploy.sh
#
# PIP_NO_DEPS is needed because the lock lifts some pins of the packages, see overrides.in. Snakemake makes
# the same environment: `PIP_NO_DEPS=1 snakemake --software-deployment-method conda`.
# envs/requirements.lock: sha256 {digest}
name: bauta
channels:
  - conda-forge
  - nodefaults
dependencies:
  - python={python}
  - pip
  - pip:
{pins}
"""

POST_DEPLOY = """\
#!/usr/bin/env bash
# Made by `make envs`; do not edit. bauta itself, from the folder of the Snakefile; Snakemake runs this in
# the new environment.
set -euo pipefail
python -m pip install --no-deps --no-build-isolation --editable .
"""

APPTAINER = """\
# Made from envs/requirements.lock by `make envs`; do not edit. From the repository's root:
#
#   apptainer build bauta.sif envs/bauta.def
#   apptainer exec --nv bauta.sif snakemake --cores all
#
# envs/requirements.lock: sha256 {digest}
Bootstrap: docker
From: python:{python}-slim-bookworm

%files
    Snakefile /opt/bauta/Snakefile
    config /opt/bauta/config
    config.yaml /opt/bauta/config.yaml
    envs /opt/bauta/envs
    hatch_build.py /opt/bauta/hatch_build.py
    LICENSE /opt/bauta/LICENSE
    profiles /opt/bauta/profiles
    pyproject.toml /opt/bauta/pyproject.toml
    README.md /opt/bauta/README.md
    report /opt/bauta/report
    rules /opt/bauta/rules
    slurm /opt/bauta/slurm
    src /opt/bauta/src
    workflow_scripts /opt/bauta/workflow_scripts

%post
    # MediaPipe is linked to these.
    apt-get update
    apt-get install --yes --no-install-recommends libegl1 libgles2
    rm -rf /var/lib/apt/lists/*
    python -m pip install --no-cache-dir --no-deps --require-hashes -r /opt/bauta/envs/requirements.lock
    python -m pip install --no-cache-dir --no-deps --no-build-isolation /opt/bauta

%environment
    export PYTHONNOUSERSITE=1

%runscript
    exec "$@"
"""


def environment_files(lock: str) -> dict[Path, str]:
    """Return the text of each file in `envs/` for the text of a lock."""
    digest = hashlib.sha256(lock.encode()).hexdigest()
    pins = "\n".join(f"      - {_quoted(name + marker)}" for name, marker in PIN.findall(lock))
    return {
        Path("envs/bauta.yaml"): CONDA.format(digest=digest, python=PYTHON, pins=pins),
        Path("envs/bauta.post-deploy.sh"): POST_DEPLOY,
        Path("envs/bauta.def"): APPTAINER.format(digest=digest, python=PYTHON),
    }


def _quoted(pin: str) -> str:
    """A YAML scalar; a marker holds quotes and colons."""
    pin = " ".join(pin.split())
    return f"'{pin}'" if ";" in pin else pin


if __name__ == "__main__":
    for path, text in environment_files(LOCK.read_text(encoding="utf-8")).items():
        path.write_text(text, encoding="utf-8")
