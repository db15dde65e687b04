# make demo   see the whole thing work            make bench          speed beside the peers (WORK=w5)
# make test   everything that is checked          make test-browser   the stepper in a real Chromium, JupyterLab ...
#                                                 make peers          the suites of others, and PyTorch
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# The data sets that some tests and notebooks use, where they are at hand.
export AUTOGRAD_DATA ?= $(wildcard $(abspath ../shared/data))

.PHONY: demo test lint bench peers test-browser notebooks clean

demo: $(VENV)/train
	$(BIN)/python notebooks/demo.py

test: lint
	$(BIN)/python -m pytest

lint: $(VENV)/dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

bench: $(VENV)/bench
	$(BIN)/python -m benchmarks $(if $(WORK),--work $(WORK)) $(if $(PEER),--peer $(PEER))

peers: $(VENV)/peers
	$(BIN)/python tests/peers/pytorch.py
	$(BIN)/python tests/peers/hips.py
	$(BIN)/python tests/peers/users.py

test-browser: $(VENV)/browser
	@command -v chromium > /dev/null || { apt-get update && apt-get install --yes chromium; }
	$(BIN)/python -m pytest tests/test_viz_browser.py tests/test_viz_hosts.py -rs

notebooks: $(VENV)/dev
	$(BIN)/jupyter execute --inplace notebooks/*.ipynb

clean:
	rm -rf $(VENV) out

# One file for each set of extras that is installed.
$(VENV)/%: pyproject.toml | $(BIN)/python
	@echo "installing chainrule[$*] into $(VENV), which takes a minute or two the first time ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable ".[$*]"
	@touch $@

$(BIN)/python:
	$(PYTHON) -m venv $(VENV)
