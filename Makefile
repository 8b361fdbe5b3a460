# `make demo` runs the main job, `make test` the tests; each sets up what it needs in .venv.
PYTHON ?= python3
VENV := .venv
PEERS := .venv-peers
TOOLS := .venv-tools
BIN := $(VENV)/bin
# What is installed is what constraints/ pins, and nothing whose hash differs.
PIP_INSTALL := -m pip install --quiet --disable-pip-version-check
PINNED := $(PIP_INSTALL) --require-hashes --requirement
# With the pinned setuptools, for pip would fetch the newest one to build with.
THIS := $(PIP_INSTALL) --no-deps --no-build-isolation --editable .

.PHONY: demo test faults check docs bench fuzz lowest pythons audit pins clean

demo: $(VENV)/.installed
	$(BIN)/regress run configs/mlp.yaml

test: $(VENV)/.installed-test
	$(BIN)/python -m pytest -q -n auto

faults: $(VENV)/.installed-test
	$(BIN)/python tests/faults/kill.py --kills 200 --seed 1
	$(BIN)/python tests/faults/many.py
	$(BIN)/python tests/faults/grading.py --rounds 3
	$(BIN)/python -m pytest -q -n auto --full tests

# The types of what is optional are checked too, so it is installed.
check: $(VENV)/.installed-check $(VENV)/.installed-test
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/pyright --pythonpath $(BIN)/python
	$(BIN)/python docs/generate.py --check

docs: $(VENV)/.installed
	$(BIN)/python docs/generate.py

bench: $(VENV)/.installed-test $(PEERS)/.installed
	$(BIN)/python benchmarks/bench.py

# A million inputs to the five doors that let in what others have written; RUNS=1000 for so many for each.
fuzz: .venv-fuzz/.installed
	.venv-fuzz/bin/python tests/fuzz/long_run.py $(if $(RUNS),--runs $(RUNS))

# The oldest versions that pyproject.toml lets in, on the oldest Python.
lowest: .venv-lowest/.installed
	.venv-lowest/bin/python -m pytest -q -n auto

# The suite with each other Python that is here; a missing one is said, and at least one has to be here.
PYTHONS ?= python3.12 python3.13 python3.14
pythons:
	@found=; failed=; for python in $(PYTHONS); do \
	  version=$$($$python -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null) \
	    || { echo "$$python is not here: nothing is said about it"; continue; }; \
	  found="$$found $$version"; \
	  $(MAKE) --no-print-directory test PYTHON=$$python VENV=.venv-$$version || failed="$$failed $$version"; \
	done; \
	test -n "$$found" || { echo "no Python of these is here: $(PYTHONS); name some with PYTHONS="; exit 1; }; \
	echo "tried:$$found; failed:$${failed:- none}"; test -z "$$failed"

# Whether a pinned version has a known weakness; an advisory service that can't be reached is a failure.
audit: $(TOOLS)/.installed
	$(TOOLS)/bin/pip-audit --strict --require-hashes --disable-pip $(addprefix --requirement ,$(wildcard constraints/*.txt))

# The pins anew from pyproject.toml: what is pinned stays, unless UPGRADE=--upgrade.
PIN = $(TOOLS)/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate \
	--custom-compile-command 'make pins' $(UPGRADE) --output-file constraints/$(1).txt $(2) -
pins: $(TOOLS)/.installed
	echo setuptools | $(call PIN,test,pyproject.toml --extra test)
	echo setuptools | $(call PIN,base,pyproject.toml --constraint constraints/test.txt)
	echo setuptools | $(call PIN,check,pyproject.toml --extra check --constraint constraints/test.txt)
	echo setuptools | $(call PIN,symbolic,pyproject.toml --extra symbolic --constraint constraints/test.txt)
	echo setuptools | $(call PIN,cluster,pyproject.toml --extra cluster --constraint constraints/test.txt)
	echo setuptools | $(call PIN,fuzz,pyproject.toml --extra test --extra fuzz --constraint constraints/test.txt)
	echo 'setuptools>=77.0.1' | $(call PIN,lowest,pyproject.toml --extra test --resolution lowest-direct)
	printf 'pip-audit\nuv\n' | $(call PIN,tools,)

clean:
	rm -rf .venv .venv-* build *.egg-info .pytest_cache .ruff_cache .hypothesis

$(VENV)/.installed: pyproject.toml constraints/base.txt
	@$(PYTHON) -c 'import sys; sys.exit("regress needs Python 3.11 or later; try make PYTHON=python3.12" if sys.version_info < (3, 11) else 0)'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python $(PINNED) constraints/base.txt
	$(BIN)/python $(THIS)
	@touch $@

$(VENV)/.installed-%: constraints/%.txt $(VENV)/.installed
	$(BIN)/python $(PINNED) $<
	@touch $@

# The libraries that regress is measured against, in an environment of their own.
$(PEERS)/.installed: benchmarks/requirements-peers.txt
	$(PYTHON) -m venv $(PEERS)
	$(PEERS)/bin/python $(PIP_INSTALL) --requirement $<
	@touch $@

# Fuzzing led by coverage needs an interpreter that atheris is built for; what is oldest has to be that of 3.11.
.venv-fuzz/.installed .venv-lowest/.installed: .venv-%/.installed: constraints/%.txt pyproject.toml
	$(PYTHON) -m venv .venv-$*
	.venv-$*/bin/python $(PINNED) $<
	.venv-$*/bin/python $(THIS)
	@touch $@

$(TOOLS)/.installed: constraints/tools.txt
	$(PYTHON) -m venv $(TOOLS)
	$(TOOLS)/bin/python $(PINNED) $<
	@touch $@
