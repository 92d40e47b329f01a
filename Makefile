# `make run` and `make test` need Python 3.11 and make; each sets up .venv when it is missing or out of date.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
CORES ?= all

export PYTHONNOUSERSITE := 1

.PHONY: run test lint bench bench-scale config lock envs resume-slurm clean

run: $(READY)
	$(BIN)/snakemake --cores $(CORES)

test: $(READY)
	$(BIN)/python -m pytest

# After Snakemake was killed on a cluster; ARGS="--configfile config/lfw.yaml"
resume-slurm: $(READY)
	$(BIN)/python -m bauta.slurm resume $(ARGS)

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/snakefmt --check Snakefile rules
	$(BIN)/snakemake --lint

bench: $(READY)
	$(BIN)/python benchmarks/bench.py
	$(BIN)/python benchmarks/plan.py

# hours, and 60 GB of scratch below TMPDIR
bench-scale: $(READY)
	$(BIN)/python benchmarks/scale.py stages
	$(BIN)/python benchmarks/scale.py attack
	$(BIN)/python benchmarks/scale.py ksame

# config.yaml, config/schema.json, docs/models.md and dvc_keys.yaml from src/bauta
config: $(READY)
	$(BIN)/python -m bauta.config.generate
	$(BIN)/python -m bauta.models.document
	$(BIN)/snakemake --cores 1 dvc_keys

# requirements.lock from requirements.in; overrides.in says which pins of others are lifted and why
lock:
	uv pip compile --quiet --generate-hashes --no-emit-index-url --no-emit-find-links --no-header \
	  --python-version 3.11 --override overrides.in requirements.in --output-file requirements.lock

# envs/ for clusters from requirements.lock
envs: $(READY)
	$(BIN)/python -m bauta.environments

$(READY): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "bauta needs Python 3.11 or newer: make PYTHON=python3.11 …")'
	@echo "Setting up $(VENV): 7 GB of packages, several minutes"
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --disable-pip-version-check --quiet --no-deps --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --disable-pip-version-check --quiet --no-deps --no-build-isolation --editable .
	@touch $@

clean:
	rm -rf $(VENV)
