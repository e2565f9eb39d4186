# crawl: the whole thing over the sandbox, into out/. test: lint, types, all tests. fuzz: broken answers. bench: every figure the docs claim.
SHELL := /bin/sh
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/pip --disable-pip-version-check --quiet

.PHONY: crawl test fuzz kill bench docs manifests chaos lint format clean

crawl: $(VENV)/.core
	$(BIN)/python -m sandbox demo

test: $(VENV)/.dev
	sh tools/system-packages.sh
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/pytest -n 4 --dist worksteal --cov --cov-report=term:skip-covered

bench: $(VENV)/.dev
	$(BIN)/python -m bench

# Broken answers and items, 100,000 of them; make test runs a short form.
fuzz: $(VENV)/.dev
	FUZZ_INPUTS=$${FUZZ_INPUTS:-100000} $(BIN)/pytest -n 2 tests/fuzz

# make crawl, SIGKILLed at 20 random moments, each store's writer at 100, PostgreSQL stopped 20 times; make test has short forms.
kill: $(VENV)/.dev
	KILLS=20 KILL_SIZE=960 KILL_WITHIN=40 KILL_PLATFORMS= $(BIN)/pytest tests/test_killed.py
	STORE_KILLS=100 STORE_RESTARTS=20 $(BIN)/pytest tests/stores -k "killed or goes_away"

docs: $(VENV)/.dev
	$(BIN)/python tools/platforms_table.py

# k8s/manifests for kubectl alone, from the chart.
manifests: $(VENV)/.dev
	$(BIN)/python -m tools.helm render

# Workers killed, Redis restarted, the store stalled, the network cut: 20,000 pages beside scrapy-redis, then 50 crawls in a row.
chaos: $(VENV)/.dev
	$(BIN)/python -m tools.chaos --pages 20000 --peer
	$(BIN)/python -m tools.chaos --pages 500 --rounds 50

lint: $(VENV)/.dev
	$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/mypy

format: $(VENV)/.dev
	$(BIN)/ruff check --fix . ; $(BIN)/ruff format .

clean:
	rm -rf $(VENV) out

$(VENV)/.core: pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "travelcrawl needs Python 3.11 or newer: make PYTHON=python3.11"; exit 1; }
	[ -x $(BIN)/python ] || $(PYTHON) -m venv $(VENV)
	$(PIP) install --editable '.[sandbox]'
	@touch $@

$(VENV)/.dev: $(VENV)/.core
	$(PIP) install --editable '.[dev]'
	@touch $@
