# Two commands: `make up` runs Ringfence with the demo, `make test` passes the tests. Both set everything up.
SHELL := /bin/bash
.DEFAULT_GOAL := help
VENV := .venv
BIN := $(VENV)/bin
DATA ?= data
# Compiled modules are worth seconds at every start.
unexport PYTHONDONTWRITEBYTECODE
ARGS ?=

.PHONY: help up test lint format bench bench-detect docs setup debian clean

help: ## list the targets
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

setup: $(VENV)/.done ## make the environment from the lock file

$(VENV)/.done: requirements.lock pyproject.toml deploy/setup
	@deploy/setup $(VENV)
	@touch $@

up: setup ## run everything in one process, with the demo, and print address and first password
	@$(BIN)/ringfence up --data $(DATA) --demo $(ARGS)

test: setup debian ## pass all tests
	@$(BIN)/pytest -n 2 --dist loadfile --ignore=tests/console $(ARGS)
	@$(BIN)/pytest -p no:randomly tests/console

debian:
	@deploy/debian-packages

lint: setup ## ruff, types, room contract
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/basedpyright
	@$(BIN)/lint-imports

format: setup ## let ruff order and format the code
	@$(BIN)/ruff check --fix -q . ; $(BIN)/ruff format -q .

bench: setup ## measure parse, match, store and the whole way; prints tables
	@$(BIN)/python -m bench $(ARGS)

RULES ?= content/rules
bench-detect: setup ## measure the matcher, and pySigma with SQLite on the same events (RULES=folder)
	@$(BIN)/python -m bench.bench_match --rules $(RULES) --sqlite 5000 $(ARGS)

docs: setup ## build the documentation into site/
	@$(BIN)/mkdocs build --strict

clean: ## remove environment and build results (never the data)
	rm -rf $(VENV) site dist .pytest_cache .ruff_cache
