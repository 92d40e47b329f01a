"""The software for clusters, from `requirements.lock`: a conda file and an Apptainer recipe.

`python -m bauta.environments`, called from the repository's root, writes envs/.
"""

import hashlib
import re
from pathlib import Path

LOCK = Path("requirements.lock")
PIN = re.compile(r"^([A-Za-z0-9][\w.-]*==[^\s;]+)(\s*;[^\\]*)?", re.MULTILINE)
PYTHON = "3.11"
"""The version that the lock is made for, see the Makefile."""

CONDA = """\
# Made from requirements.lock by `make envs`; do not edit.
#
#   PIP_NO_DEPS=1 conda env create --file envs/bauta.yaml
#   conda run --name bauta bash envs/bauta.post-deploy.sh
#
# PIP_NO_DEPS is needed because the lock lifts some pins of the packages, see overrides.in. Snakemake makes
# the same environment: `PIP_NO_DEPS=1 snakemake --software-deployment-method conda`.
# requirements.lock: sha256 {digest}
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
# Made from requirements.lock by `make envs`; do not edit. From the repository's root:
#
#   apptainer build bauta.sif envs/bauta.def
#   apptainer exec --nv bauta.sif snakemake --cores all
#
# requirements.lock: sha256 {digest}
Bootstrap: docker
From: python:{python}-slim-bookworm

%files
    requirements.lock /opt/bauta/requirements.lock
    pyproject.toml /opt/bauta/pyproject.toml
    README.md /opt/bauta/README.md
    LICENSE /opt/bauta/LICENSE
    src /opt/bauta/src

%post
    # MediaPipe is linked to these.
    apt-get update
    apt-get install --yes --no-install-recommends libegl1 libgles2
    rm -rf /var/lib/apt/lists/*
    python -m pip install --no-cache-dir --no-deps --require-hashes -r /opt/bauta/requirements.lock
    python -m pip install --no-cache-dir --no-deps --no-build-isolation /opt/bauta

%environment
    export PYTHONNOUSERSITE=1

%runscript
    exec "$@"
"""


def environment_files(lock: str) -> dict[Path, str]:
    """Text of each file of `envs/` for the text of a lock."""
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
