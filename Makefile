# `make run` and `make test` need Python 3.11 and make; each sets up .venv when it is missing or out of date.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
CORES ?= all

export PYTHONNOUSERSITE := 1

.PHONY: setup run test lint docs docs-figures bench bench-scale config charts lock envs wheel resume-slurm clean

# .venv with the versions of requirements.lock; then: source .venv/bin/activate
setup: $(READY)

run: $(READY)
	$(BIN)/snakemake --cores $(CORES)

# As many processes as cores, each of which computes with one thread.
test: $(READY)
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest --numprocesses auto --dist loadfile --no-loadscope-reorder

# After Snakemake was killed on a cluster; ARGS="--configfile config/lfw.yaml"
resume-slurm: $(READY)
	$(BIN)/bauta slurm resume $(ARGS)

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache
	$(BIN)/codespell
	$(BIN)/snakefmt --check Snakefile rules
	$(BIN)/snakemake --lint

# site/, the documentation: open site/index.html. Dead links and anchors are errors. MkDocs prints an advertisement otherwise.
docs: $(READY)
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --quiet

# every figure of docs/ by its script; those that need a finished run or files of models say so and are skipped
docs-figures: $(READY)
	$(BIN)/python docs_tools/figures.py

bench: $(READY)
	$(BIN)/python benchmarks/bench.py
	$(BIN)/python benchmarks/plan.py
	$(BIN)/python benchmarks/report.py
	$(BIN)/python benchmarks/whole.py

# hours, and 60 GB of scratch below TMPDIR
bench-scale: $(READY)
	$(BIN)/python benchmarks/scale.py stages
	$(BIN)/python benchmarks/scale.py attack
	$(BIN)/python benchmarks/scale.py ksame

# config.yaml, config/schema.json and the reference pages of docs/ from src/bauta
config: $(READY)
	$(BIN)/bauta generate

# the charts of the report from charts/, and Vega, which draws them
charts: $(READY)
	$(BIN)/python charts/compile_charts.py

# requirements.lock is everything, envs/requirements.lock what a run needs of it, without what develops and tests bauta;
# overrides.in says which pins of others are lifted and why. Pins that are there stay.
LOCK = uv pip compile --quiet --generate-hashes --no-emit-index-url --no-emit-find-links --no-header \
  --python-version 3.11 --override overrides.in
lock:
	$(LOCK) requirements-dev.in --output-file requirements.lock
	$(LOCK) --constraint requirements.lock requirements.in --output-file envs/requirements.lock

# envs/ for clusters from envs/requirements.lock
envs: $(READY)
	$(BIN)/bauta envs

# dist/, for `pip install`
wheel: $(READY)
	$(BIN)/hatchling build

$(READY): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "bauta needs Python 3.11 or newer: make PYTHON=python3.11 …")'
	@echo "Setting up $(VENV): 7 GB of packages, several minutes"
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --disable-pip-version-check --quiet --no-deps --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --disable-pip-version-check --quiet --no-deps --no-build-isolation --editable .
	@touch $@

clean:
	rm -rf $(VENV)
