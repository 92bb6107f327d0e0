# What a clone needs is Python 3.11 or newer and make. Everything else is set up in .venv, from locked versions.

PYTHON ?= $(shell for each in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$each -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 && echo $$each && break; done)
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --quiet --disable-pip-version-check
WORKERS ?= auto
# Tests wait for the disk thousands of times: what they write is in memory, where there are 4 GB of it for files.
MEMORY := $(shell grep -qs ' /dev/shm .*noexec' /proc/mounts || df -kP /dev/shm 2>/dev/null | awk '$$4 > 4000000 && NR == 2 {print $$6}')

# Tests start many interpreters: what one of them has compiled, the others take.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help demo test soak lint bench lock

help:
	@echo "make demo    see it work from end to end; ARGS=--exit stops after the checks"
	@echo "make test    lint, types, imports and all tests"
	@echo "make soak    what the ledger promises, tried for an hour: kills, failing disks, flipped bits; 20,000 mutated invoices, 70,000 requests"
	@echo "make lint    lint, types and imports only"
	@echo "make bench   measure, on an idle machine; ARGS=--help tells how"
	@echo "make lock    lock the newest dependencies anew, into requirements/"

demo: $(VENV)/run.stamp
	@$(BIN)/edi-gateway demo $(ARGS)

# Tests that stand together stay together, so that what they share is made once, until a worker has nothing left to do.
test: lint
	@$(if $(MEMORY),TMPDIR=$${TMPDIR:-$(MEMORY)}) $(BIN)/pytest -n $(WORKERS) --dist worksteal $(ARGS)

soak: $(VENV)/dev.stamp
	@$(BIN)/pytest -n $(WORKERS) -o faulthandler_timeout=0 --soak tests/promises tests/outside/test_en16931_oracle.py \
		tests/outside/test_en16931_cii_oracle.py tests/outside/test_schemathesis.py $(ARGS)

lint: $(VENV)/dev.stamp
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(VENV)/run.stamp
	@$(BIN)/python -m benchmarks $(ARGS)

lock:
	@command -v uv >/dev/null || { echo "make lock needs uv: https://docs.astral.sh/uv/"; exit 1; }
	$(LOCK) --group build --output-file requirements/run.txt
	$(LOCK) --group build --group test --group lint --output-file requirements/dev.txt

LOCK = UV_CUSTOM_COMPILE_COMMAND="make lock" uv pip compile --quiet --upgrade --universal --python-version 3.11 \
	--generate-hashes --no-annotate --extra pkcs11 --extra postgresql pyproject.toml

$(VENV)/bin/python:
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed; set PYTHON=/path/to/python."; exit 1; }
	@echo "Making $(VENV) with $$($(PYTHON) --version)."
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); \
		echo "Python's venv module is needed: on Debian and Ubuntu, apt-get install python3-venv."; exit 1; }

$(VENV)/run.stamp: requirements/run.txt pyproject.toml | $(VENV)/bin/python
	@echo "Installing what the gateway needs."
	@$(PIP) install --require-hashes -r requirements/run.txt
	@$(PIP) install --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/dev.stamp: requirements/dev.txt $(VENV)/run.stamp
	@echo "Installing what the tests need."
	@$(PIP) install --require-hashes -r requirements/dev.txt
	@touch $@
