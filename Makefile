# make run      install what is missing, prepare the model, start web and worker (PORT=8000)
# make setup    the installing and preparing alone, into .venv
# make test     everything: linters, unit, HTTP, worker, Redis, PostgreSQL, browser
# make test-fast  what starts no server, trains nothing and needs no browser
# make test-slow  what floods, soaks or runs long
# make schema   write docs/openapi.yaml, the description of the API
# make lint     the linters alone

.PHONY: run setup model prepare migrate schema test test-fast test-slow lint system-packages
.DEFAULT_GOAL := run

VENV := .venv
BIN := $(VENV)/bin
# From the command line, else the environment, else .env.
PORT ?= $(shell sed -n 's/^PORT=//p' .env 2>/dev/null | tail -n 1)
override PORT := $(or $(strip $(PORT)),8000)
VAR := $(or $(FACEVERIFY_VAR),$(shell sed -n 's/^FACEVERIFY_VAR=//p' .env 2>/dev/null | tail -n 1),var)

export PATH := $(CURDIR)/$(BIN):$(PATH)
export PYTHONUNBUFFERED := 1
# macOS: the worker forks after loading system libraries.
export OBJC_DISABLE_INITIALIZE_FORK_SAFETY := YES
unexport VIRTUAL_ENV

# The database first: it says which model this installation serves.
run: migrate setup $(VAR)/static/staticfiles.json
	@FACEVERIFY_PORT=$(PORT) honcho start --env /dev/null

setup: $(VENV)/.installed model

# An environment that is half made, or whose Python is gone, is made anew.
$(BIN)/python:
	@python=$$(sh scripts/find-python.sh) && echo "Creating $(VENV) with $$python" \
		&& "$$python" -m venv --clear $(VENV)

$(VENV)/.installed: requirements.txt
	@$(BIN)/python -c "" 2>/dev/null || { rm -f $(BIN)/python && $(MAKE) --no-print-directory $(BIN)/python; }
	@echo "Installing the requirements (some minutes, once)"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --requirement requirements.txt
	@touch $@

$(VENV)/.installed-test: $(VENV)/.installed requirements-test.txt requirements-onnx.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --requirement requirements-test.txt
	@command -v node >/dev/null || $(BIN)/python -m pip install --quiet --disable-pip-version-check \
		--requirement requirements-npm.txt || echo "No node: the tests of the pages' scripts will be skipped" >&2
	@touch $@

# The model that is served: FACEVERIFY_MODEL's, else the recorded one, else the default.
model: $(VENV)/.installed
	@$(BIN)/python manage.py prepare_model

# The default, which the tests use.
prepare: $(VENV)/.installed
	@$(BIN)/python -m ml prepare

migrate: $(VENV)/.installed
	@$(BIN)/python manage.py migrate --verbosity 0

$(VAR)/static/staticfiles.json: $(VENV)/.installed $(shell find static -type f 2>/dev/null)
	@$(BIN)/python manage.py collectstatic --noinput --clear --verbosity 0
	@touch $@

schema: $(VENV)/.installed
	@$(BIN)/python manage.py spectacular --validate --fail-on-warn --file docs/openapi.yaml

lint: $(VENV)/.installed-test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports
	$(BIN)/djlint templates --lint --quiet

# Servers and browser for the tests, where they can be installed; the tests name what they miss.
system-packages:
	@sh scripts/system-packages.sh

test: $(VENV)/.installed-test prepare system-packages lint
	$(BIN)/python -m pytest -n auto

test-fast: $(VENV)/.installed-test prepare
	$(BIN)/python -m pytest -n auto -m "not (slow or server or training or browser)"

test-slow: $(VENV)/.installed-test prepare system-packages
	$(BIN)/python -m pytest -m slow
