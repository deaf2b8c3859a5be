# The newcomer's commands. Everything is installed into .venv; nothing is needed but Python 3.11+ and make.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
PEERS := .venv-bench
CASES := cases/christmas-truce-2023 cases/black-sea

.PHONY: run test check bench clean
.DEFAULT_GOAL := run

run: $(STAMP)  ## run the cases and say where the reports are
	@for case in $(CASES); do $(BIN)/truceline run $$case || exit $$?; done
	@$(BIN)/truceline pledges cases/ukraine-2025 --brief
	@$(BIN)/truceline fund cases/ukraine-2025 --brief

test: $(STAMP) check  ## everything that must hold
	$(BIN)/python -m pytest

check: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

bench: $(PEERS)/.installed  ## ours, what a user could take instead, and the machine's limit: bench/RESULTS.md
	$(PEERS)/bin/python bench/run.py $(if $(QUICK),--quick)

# The peers of the measurements live apart: no user needs them, and some are under licences that ours is not.
$(PEERS)/.installed: pyproject.toml constraints.txt bench/constraints.txt setup.py $(wildcard truceline/kernels/c/*)
	$(PYTHON) -m venv $(PEERS)
	$(PEERS)/bin/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -c bench/constraints.txt -e '.[bench]'
	-$(PEERS)/bin/python -m pip install --quiet --disable-pip-version-check -c bench/constraints.txt libais
	@touch $@

$(STAMP): pyproject.toml constraints.txt setup.py $(wildcard truceline/kernels/c/*)
	$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "Truceline needs Python 3.11 or newer: make PYTHON=python3.11 run")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	@touch $@

clean:
	rm -rf $(VENV) $(PEERS) bench/out build dist *.egg-info cases/*/out cases/*/pledges cases/*/funding cases/black-sea/data
