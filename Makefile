# Everything here sets itself up: a machine with Python, make and git is enough.
# PYTHON chooses the interpreter of the new environment; pip's own settings (PIP_INDEX_URL, PIP_FIND_LINKS, pip.conf, …)
# are honoured.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
QUICK := not slow and not gpu and not pages
PIP := $(BIN)/python -m pip install --quiet --constraint requirements/constraints.txt

OLDEST := .venv-oldest
OLDEST_TESTS := tests/test_imports.py tests/test_bounds.py tests/test_foreach.py tests/test_njit.py tests/plots \
  tests/space/hashing tests/space/enumeration tests/space/test_encodings.py tests/table/tfrecord tests/table/storage \
  tests/table/layouts tests/table/test_without_pandas.py tests/datasets/readers tests/model/test_network.py \
  tests/model/test_golden_forward.py tests/training/output tests/training/loop/test_optimizers.py \
  tests/campaign/ledger tests/campaign/export tests/explorer/server tests/cli/shared tests/cli/campaign tests/cli/test_table.py

# Everything in one call, so that pip checks the pinned versions against the bounds.
define install-oldest
$(PYTHON) -m venv $(1)
$(1)/bin/python -m pip install --quiet --requirement requirements/oldest.txt $(2) --editable .
endef

.PHONY: demo test test-slow test-pages test-oldest test-oldest-but-torch soak fuzz lint format docs clean

demo: $(VENV)/demo.stamp
	$(BIN)/nasbench train --dataset digits --cell resnet20 --num-modules-per-stack 1 --out runs/demo --overwrite
	@echo "The curve of this training is in runs/demo/curve.png"

test: $(VENV)/test.stamp
	$(BIN)/python -m pytest -m "$(QUICK)" -n auto

test-slow: $(VENV)/test.stamp
	$(BIN)/python -m pytest -m "slow and not gpu" -n auto

# Tests in Chromium (Debian's package chromium; they skip without it) and of the tutorial's notebook.
test-pages: $(VENV)/test.stamp
	$(BIN)/python -m pytest -m "pages and not gpu" -n auto

# The whole suite with the oldest versions that pyproject.toml allows. torch's packages are gigabytes.
test-oldest:
	$(call install-oldest,$(OLDEST)-torch,--requirement requirements/oldest-torch.txt)
	NUMBA_CACHE_DIR=$(OLDEST)-torch/numba $(OLDEST)-torch/bin/python -m pytest -m "$(QUICK)" -n auto

# The same with the torch of development, on the tests that say most about other packages.
test-oldest-but-torch:
	$(call install-oldest,$(OLDEST),$(shell grep ^torch== requirements/constraints.txt))
	NUMBA_CACHE_DIR=$(OLDEST)/numba $(OLDEST)/bin/python -m pytest -m "$(QUICK)" -n auto $(OLDEST_TESTS)

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
	rm -rf $(VENV) $(OLDEST) $(OLDEST)-torch build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

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
