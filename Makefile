# `make help` lists every target. Each target does the set-up it needs, and nothing twice.
SHELL := /bin/sh
.DEFAULT_GOAL := help
STACK ?= aws-dev
# The first that really runs: version managers put commands on PATH for versions that are not chosen.
ifndef PYTHON
PYTHON := $(shell for p in python3 python3.13 python3.12 python3.11 python; do \
  $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
endif
VENV := .venv
BIN := $(VENV)/bin
UV = $(shell command -v uv || echo $(BIN)/uv)
export PYTHONDONTWRITEBYTECODE=

.PHONY: help setup up preview refresh destroy plan check test test-slow lint format types bench lock schema tools clean

help: ## list every target
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)
	@echo "  STACK=… chooses the stack, the default is $(STACK)"

$(VENV)/.runtime: requirements.txt pyproject.toml
	@test -n "$(PYTHON)" && $(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Python 3.11 or newer is needed; type: make $(MAKECMDGOALS) PYTHON=/path/to/python" >&2; exit 1; }
	@echo "Setting up $(VENV) (once) …"
	@test -x $(BIN)/python || { command -v uv >/dev/null && uv venv -q --python $(PYTHON) $(VENV); } || $(PYTHON) -m venv $(VENV)
	@command -v uv >/dev/null || $(BIN)/python -m pip install -q --disable-pip-version-check uv
	@VIRTUAL_ENV=$(VENV) $(UV) pip install -q --compile-bytecode -r requirements.txt
	@VIRTUAL_ENV=$(VENV) $(UV) pip install -q --no-deps -e .
	@touch $@

$(VENV)/.dev: requirements-dev.txt $(VENV)/.runtime
	@VIRTUAL_ENV=$(VENV) $(UV) pip install -q --compile-bytecode -r requirements-dev.txt
	@touch $@

setup: $(VENV)/.runtime ## set up the virtual environment that `pulumi` and `um` use

up: $(VENV)/.runtime ## bring STACK up in the built-in sandbox (no account needed)
	@$(BIN)/um sandbox up -s $(STACK)

preview: $(VENV)/.runtime ## show what `make up` would do
	@$(BIN)/um sandbox preview -s $(STACK)

refresh: $(VENV)/.runtime ## compare the sandbox's state with its simulated cloud
	@$(BIN)/um sandbox refresh -s $(STACK)

destroy: $(VENV)/.runtime ## empty the sandbox's STACK again
	@$(BIN)/um sandbox destroy -s $(STACK)

plan: $(VENV)/.runtime ## print everything STACK consists of, with no state
	@$(BIN)/um plan -s $(STACK)

check: $(VENV)/.runtime ## check STACK's file and name every problem
	@$(BIN)/um check -s $(STACK)

test: $(VENV)/.dev ## all tests but the slow ones (under 5 minutes)
	@$(BIN)/python -m pytest -n 2 --dist loadgroup -m "not slow"

test-slow: $(VENV)/.dev ## the slow tests: every fault index, whole-program engine runs
	@$(BIN)/python -m pytest -n 2 --dist loadgroup -m slow --ignore=tests/sandbox/engine/test_speed.py
	@$(BIN)/python -m pytest -m slow tests/sandbox/engine/test_speed.py  # alone: it measures

lint: $(VENV)/.dev ## ruff, yamllint, generated files, lock files
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/yamllint --strict .
	@$(BIN)/python -m config.schema --check

format: $(VENV)/.dev ## format and fix what can be fixed
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

types: $(VENV)/.dev ## mypy --strict on our packages
	@$(BIN)/mypy

bench: $(VENV)/.dev ## measure speed, print a table
	@$(BIN)/python -m bench

lock: ## compile the lock files from requirements*.in
	@$(UV) pip compile -q --no-emit-index-url requirements.in -o requirements.txt
	@$(UV) pip compile -q --no-emit-index-url requirements-dev.in -o requirements-dev.txt

schema: $(VENV)/.dev ## regenerate config/stack.schema.json
	@$(BIN)/python -m config.schema

tools: ## Debian packages that some checks use (needs root); without them those tests skip
	@apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends cloud-init packer >/dev/null

clean: ## remove the virtual environment, caches and the sandbox's state
	@rm -rf $(VENV) .sandbox .cache .mypy_cache .pytest_cache .ruff_cache build *.egg-info
