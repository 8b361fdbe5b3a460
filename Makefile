# `make demo` runs the main job, `make test` the tests; each sets up what it needs in .venv.
PYTHON ?= python3
VENV := .venv
PEERS := .venv-peers
BIN := $(VENV)/bin

.PHONY: demo test faults check docs bench fuzz clean

demo: $(VENV)/.installed
	$(BIN)/regress run configs/mlp.yaml

test: $(VENV)/.installed-test
	$(BIN)/python -m pytest -q -n auto

faults: $(VENV)/.installed-test
	$(BIN)/python tests/faults/kill.py --kills 200 --seed 1
	$(BIN)/python -m pytest -q -n auto --full tests/faults tests/test_check_gradient.py

# The types of what is optional are checked too, so it is installed.
check: $(VENV)/.installed-check $(VENV)/.installed-symbolic
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

clean:
	rm -rf $(VENV) $(PEERS) build *.egg-info .pytest_cache .ruff_cache .hypothesis

$(VENV)/.installed: pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit("regress needs Python 3.11 or later; try make PYTHON=python3.12" if sys.version_info < (3, 11) else 0)'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable .
	@touch $@

$(VENV)/.installed-%: $(VENV)/.installed
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[$*]'
	@touch $@

# The libraries that regress is measured against, in an environment of their own.
$(PEERS)/.installed: benchmarks/requirements-peers.txt
	$(PYTHON) -m venv $(PEERS)
	$(PEERS)/bin/python -m pip install --quiet --disable-pip-version-check --requirement $<
	@touch $@

# Fuzzing led by coverage needs an interpreter that atheris is built for.
.venv-fuzz/.installed: pyproject.toml constraints.txt
	$(PYTHON) -m venv .venv-fuzz
	.venv-fuzz/bin/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[test]' 'atheris==3.0.0'
	@touch $@
