# Everything here sets itself up: a machine with Python, make and git is enough.
# PYTHON chooses the interpreter of the new environment; pip's own settings (PIP_INDEX_URL, PIP_FIND_LINKS, pip.conf, …)
# are honoured.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --constraint requirements/constraints.txt

.PHONY: demo test test-slow soak fuzz lint format docs clean

demo: $(VENV)/demo.stamp
	$(BIN)/nasbench train --dataset digits --cell resnet20 --num-modules-per-stack 1 --out runs/demo --overwrite
	@echo "The curve of this training is in runs/demo/curve.png"

test: $(VENV)/test.stamp
	$(BIN)/python -m pytest -m "not slow and not gpu" -n auto --dist loadgroup

test-slow: $(VENV)/test.stamp
	$(BIN)/python -m pytest -m "slow and not gpu" -n auto --dist loadgroup

soak: $(VENV)/test.stamp
	OMP_NUM_THREADS=1 $(BIN)/python -m tests.campaign --kills 100 --out docs/results

fuzz: $(VENV)/test.stamp
	OMP_NUM_THREADS=1 $(BIN)/python -m tests.fuzz --inputs 50000 --out docs/results

lint: $(VENV)/lint.stamp
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/python -m mypy
	$(BIN)/lint-imports

format: $(VENV)/lint.stamp
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

docs: $(VENV)/test.stamp
	$(BIN)/python docs/make_architecture.py
	$(BIN)/python docs/make_api.py

clean:
	rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

# A stamp is newer than what it was made from, so a second run installs nothing.
$(VENV)/pip.stamp: requirements/constraints.txt
	$(PYTHON) -m venv $(VENV)
	@touch $@

$(VENV)/demo.stamp: $(VENV)/pip.stamp pyproject.toml
	$(PIP) -e ".[demo,plots]"
	@touch $@

$(VENV)/test.stamp: $(VENV)/pip.stamp pyproject.toml
	$(PIP) -e ".[test]"
	@touch $@

$(VENV)/lint.stamp: $(VENV)/pip.stamp pyproject.toml
	$(PIP) -e ".[test,lint]"
	@touch $@
