# The newcomer's commands. Everything is installed into .venv; nothing is needed but Python 3.11+ and make.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
CASES := cases/christmas-truce-2023 cases/black-sea

.PHONY: run test check clean
.DEFAULT_GOAL := run

run: $(STAMP)  ## run the cases and say where the reports are
	@for case in $(CASES); do $(BIN)/truceline run $$case || exit $$?; done

test: $(STAMP) check  ## everything that must hold
	$(BIN)/python -m pytest

check: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

$(STAMP): pyproject.toml constraints.txt setup.py $(wildcard truceline/kernels/c/*)
	$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "Truceline needs Python 3.11 or newer: make PYTHON=python3.11 run")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	@touch $@

clean:
	rm -rf $(VENV) build dist *.egg-info cases/*/out cases/black-sea/data
