# Everything runs in .venv, which the first target makes: only python3 (3.11
# or newer, with venv) and make are needed.
#
#     make demo    a simulated survey, its templates, a table and a picture
#     make bps-demo
#                  16 detectors a visit, submitted to a batch system
#     make test    all tests
#     make soak    kills, full disks, rotten files and 20,000 hostile ones, for
#                  a quarter of an hour
#     make bench   times and memory, beside SWarp's if that is installed;
#                  make bench-sweep shows how they grow
#     make lint    ruff and mypy
#     make docs    the documentation, in build/docs
#     make wheels  wheels of both projects, tried on each Python found
#     make clean   remove what was made here

PYTHON ?= python3
JOBS ?= 2
DEMO_ARGS ?=
BENCH_ARGS ?=
SOAK_ARGS ?=

VENV := .venv
BIN := $(VENV)/bin
UV := VIRTUAL_ENV=$(CURDIR)/$(VENV) $(BIN)/uv pip install --quiet
DEPENDENCIES := $(VENV)/.dependencies
INSTALLED := $(VENV)/.installed

# The rest of build/ is for the scenes of the benchmark.
BUILDS := build/lib build/bdist.* standalone/build

PROJECTS := pyproject.toml standalone/pyproject.toml
# Folders are listed too, so that a removed module is noticed.
SOURCES := $(shell find python standalone/python -name '*.egg-info' -prune -o -name __pycache__ -prune -o -print)

.PHONY: install demo bps-demo test soak bench bench-sweep lint docs wheels clean
.DELETE_ON_ERROR:

install: $(INSTALLED)

# Downloads happen here, once for each change of a pyproject.toml.
$(DEPENDENCIES): $(PROJECTS)
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check uv
	$(UV) "setuptools>=77" "setuptools_scm>=8" "./standalone[piff]" ".[bps,demo,docs,lint,test]"
	touch $@

# numba drops a compiled kernel when the time of its source file changes, and
# knows nothing of the other files that were inlined into it. So all kernel
# modules get the time of the newest: a reinstallation compiles nothing anew
# unless a kernel has changed, and then everything.
#
# Bytecode is written here since uv writes none, and Python may be told not to
# (PYTHONDONTWRITEBYTECODE): each process would then spend seconds on it.
$(INSTALLED): $(DEPENDENCIES) $(SOURCES)
	rm -rf $(BUILDS)
	$(UV) --no-deps --no-build-isolation --reinstall ./standalone .
	rm -rf $(BUILDS)
	touch -r "$$(ls -t python/lsst/pixels/*.py | head -n 1)" $(VENV)/lib/python*/site-packages/lsst/pixels/*.py
	$(BIN)/python -m compileall -q -j $(JOBS) $(VENV)/lib
	touch $@

demo: $(INSTALLED)
	$(BIN)/python -m demo $(DEMO_ARGS)

bps-demo: $(INSTALLED)
	$(BIN)/python -m bps.run_demo $(DEMO_ARGS)

test: $(INSTALLED)
	$(BIN)/python -m pytest -n $(JOBS)

soak: $(INSTALLED)
	$(BIN)/python tests/soak.py $(SOAK_ARGS)

bench: $(INSTALLED)
	$(BIN)/python -m benchmarks $(BENCH_ARGS)

bench-sweep: $(INSTALLED)
	$(BIN)/python -m benchmarks growth $(BENCH_ARGS)

# mypy sees one `lsst` tree a run, hence one run a project.
lint: $(INSTALLED)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	cd standalone && ../$(BIN)/mypy

docs: $(INSTALLED)
	$(BIN)/sphinx-build --quiet --fail-on-warning --keep-going -j $(JOBS) doc build/docs

wheels: $(DEPENDENCIES)
	$(BIN)/python .ci/wheels.py

clean:
	rm -rf $(VENV) build standalone/build demo/output doc/api/generated
	rm -rf .mypy_cache .pytest_cache .ruff_cache .hypothesis standalone/.mypy_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
	find . -name '*.egg-info' -type d -prune -exec rm -rf {} +
