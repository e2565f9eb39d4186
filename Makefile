# crawl: the whole thing over the sandbox, into out/. test: lint, types, all tests. fuzz: broken answers. bench: every figure the docs claim.
SHELL := /bin/sh
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# uv compiles nothing: where Python may not keep what it compiled, each program of the tests compiles all anew (2.5 s a command for 0.5).
unexport PYTHONDONTWRITEBYTECODE
PIP := $(BIN)/pip --disable-pip-version-check --quiet
# uv takes a fifth of pip's processor time (9 s to 50 s, 2026-11-29) but reads none of pip's settings: pip steps in where an index is named to pip alone.
INSTALL = $(BIN)/uv --quiet pip install --python $(BIN)/python --editable '.[$(WITH)]' || $(PIP) install --editable '.[$(WITH)]'

.PHONY: crawl test collect packages fuzz kill bench docs manifests chaos lint format clean lock dashboards image rehearsal docker-build up down logs ps dev-deps

crawl: $(VENV)/.core
	$(BIN)/python -m sandbox demo

# The two sets of packages come from different registries: fetched side by side.
test:
	@$(MAKE) --no-print-directory -j2 $(VENV)/.dev packages
	@$(MAKE) --no-print-directory -j2 lint collect
	$(BIN)/pytest -n 5 --dist worksteal --cov --cov-report=term:skip-covered

# Compiles tests and libraries once and beside the type checker, not in each of the processes that run them.
collect: $(VENV)/.dev
	@$(BIN)/pytest --collect-only -qq > $(VENV)/collected || { cat $(VENV)/collected; exit 1; }

packages:
	sh tools/system-packages.sh

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

# Dashboards of Grafana, from ops/grafana/panels.yml.
dashboards: $(VENV)/.dev
	$(BIN)/python -m tools.dashboards

# k8s/manifests for kubectl alone, from the chart.
manifests: $(VENV)/.dev
	$(BIN)/python -m tools.helm render

# Workers killed, Redis restarted, the store stalled, the network cut: 20,000 pages beside scrapy-redis, then 50 crawls in a row.
chaos: $(VENV)/.dev
	$(BIN)/python -m tools.chaos --pages 20000 --peer
	$(BIN)/python -m tools.chaos --pages 500 --rounds 50

# What the image installs, from pyproject.toml, each version by its hashes.
EXTRAS := browser export node sentry tracing
LOCK := $(BIN)/uv --quiet pip compile --generate-hashes --python-version 3.11 --python-platform linux --custom-compile-command 'make lock'
lock: $(VENV)/.dev
	$(LOCK) pyproject.toml $(addprefix --extra ,$(EXTRAS)) -o ops/image/requirements.lock
	$(BIN)/python -c 'import tomllib; print(*tomllib.load(open("pyproject.toml", "rb"))["build-system"]["requires"], sep="\n")' \
		| $(LOCK) - -o ops/image/build.lock

# PostGIS, Redis, two Scrapyd nodes, Prometheus, Alertmanager, exporters: deployed to, crawled with, watched, one node stopped midway.
rehearsal: $(VENV)/.dev
	$(BIN)/python -m tools.rehearsal

# The image without Docker, from nothing, and a crawl of the sandbox in it: uid 1000, read-only root.
image: $(VENV)/.dev
	$(BIN)/python -m tools.image --fresh

docker-build:
	docker build --tag travelcrawl:0.1.0 .

up:
	docker compose up --detach --wait

down:
	docker compose down

logs:
	docker compose logs --follow --tail 100

ps:
	docker compose ps

# Only the database and Redis, on loopback, for a crawl that runs on this host.
dev-deps:
	docker compose --file compose.yaml --file compose.dev.yaml up --detach --wait postgis redis

lint: $(VENV)/.dev
	$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/mypy

format: $(VENV)/.dev
	$(BIN)/ruff check --fix . ; $(BIN)/ruff format .

clean:
	rm -rf $(VENV) out

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "travelcrawl needs Python 3.11 or newer: make PYTHON=python3.11"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(PIP) install "$$(sed -n 's/^    "\(uv==.*\)",/\1/p' pyproject.toml)"

$(VENV)/.core: WITH := sandbox
$(VENV)/.core: pyproject.toml | $(BIN)/python
	$(INSTALL)
	@touch $@

$(VENV)/.dev: WITH := sandbox,dev
$(VENV)/.dev: pyproject.toml | $(BIN)/python
	$(INSTALL)
	@touch $(VENV)/.core $@
