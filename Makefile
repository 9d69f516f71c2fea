# make run      install what is missing, prepare the model, start web and worker (PORT=8000)
# make setup    install into .venv and prepare the model, no more
# make test     everything: linters, unit, HTTP, worker, Redis, PostgreSQL, browser
# make test-fast  the tests that start no server, train nothing and need no browser
# make test-slow  the tests that take long: floods, soaks, fuzzing
# make schema   write docs/openapi.yaml, the description of the API
# make lint     the linters alone
# make requirements  compile the requirements*.in files, after a change of one
# make languages  compile the catalogues of translations; see scripts/languages.py

.PHONY: run setup model prepare migrate languages schema requirements test test-fast test-slow lint system-packages
.DEFAULT_GOAL := run

VENV := .venv
BIN := $(VENV)/bin
# From the command line, else the environment, else .env.
PORT ?= $(shell sed -n 's/^PORT=//p' .env 2>/dev/null | tail -n 1)
override PORT := $(or $(strip $(PORT)),8000)
override FACEVERIFY_BIND := $(or $(strip $(FACEVERIFY_BIND)),$(shell sed -n 's/^FACEVERIFY_BIND=//p' .env 2>/dev/null | tail -n 1))
VAR := $(or $(FACEVERIFY_VAR),$(shell sed -n 's/^FACEVERIFY_VAR=//p' .env 2>/dev/null | tail -n 1),var)

export PATH := $(CURDIR)/$(BIN):$(PATH)
export PYTHONUNBUFFERED := 1
# macOS: the worker forks after loading system libraries.
export OBJC_DISABLE_INITIALIZE_FORK_SAFETY := YES
unexport VIRTUAL_ENV

# The database comes first: it records which model this installation serves.
run: migrate setup $(VAR)/static/staticfiles.json
	@PORT=$(PORT) $(BIN)/python manage.py first_administrator
	@echo "Starting web and worker"
	@PORT=$(PORT) FACEVERIFY_BIND=$(FACEVERIFY_BIND) exec python scripts/run.py

setup: $(VENV)/.installed model

# Makes an environment again that is incomplete or has lost its Python.
$(BIN)/python:
	@python=$$(sh scripts/find-python.sh) && echo "Creating $(VENV) with $$python" \
		&& "$$python" -m venv --clear $(VENV)

$(VENV)/.installed: requirements.txt
	@$(BIN)/python -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' 2>/dev/null || { rm -f $(BIN)/python && $(MAKE) --no-print-directory $(BIN)/python; }
	@echo "Installing the requirements (some minutes, once)"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement requirements.txt
	@touch $@

$(VENV)/.installed-test: $(VENV)/.installed requirements-test.txt requirements-compreface.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement requirements-test.txt
	@command -v node >/dev/null || $(BIN)/python -m pip install --quiet --disable-pip-version-check \
		--requirement requirements-npm.txt || echo "No node: the tests of the pages' scripts will be skipped" >&2
	@npm ci --silent --no-audit --no-fund --prefix clients/javascript 2>/dev/null \
		|| echo "No npm: the types of the JavaScript client will not be checked" >&2
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --upgrade \
		--target $(VENV)/compreface --requirement requirements-compreface.txt \
		|| echo "No compreface-sdk: its tests will be skipped" >&2
	@touch $@

# The model to serve: FACEVERIFY_MODEL, else the recorded model, else the default.
model: $(VENV)/.installed languages
	@$(BIN)/python manage.py prepare_model

# The default model, which the tests use.
prepare: $(VENV)/.installed
	@$(BIN)/python -m ml prepare

# Whatever starts the application wants the catalogues, and says so without them.
migrate: $(VENV)/.installed languages
	@$(BIN)/python manage.py migrate --verbosity 0

$(VAR)/static/staticfiles.json: $(VENV)/.installed $(shell find static -type f 2>/dev/null)
	@$(BIN)/python manage.py collectstatic --noinput --clear --verbosity 0
	@touch $@

languages: $(patsubst %.po,%.mo,$(wildcard locale/*/LC_MESSAGES/*.po))

%.mo: %.po $(VENV)/.installed
	@$(BIN)/python scripts/languages.py compile $<

schema: $(VENV)/.installed languages
	@$(BIN)/python manage.py spectacular --validate --fail-on-warn --file docs/openapi.yaml

# Pins every package that the .in files need, directly or not, with its hashes, for Linux and macOS
# and every supported Python. Keeps the versions of before where the .in files allow them; to take
# the newest: make requirements UPGRADE=--upgrade
COMPILE = $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--default-index https://pypi.org/simple --custom-compile-command "make requirements" $(UPGRADE)
requirements: $(VENV)/.installed-test
	$(COMPILE) requirements.in --output-file requirements.txt
	$(COMPILE) requirements-serve.in --constraints requirements.txt --output-file requirements-serve.txt
	$(COMPILE) requirements-onnx.in --constraints requirements.txt --output-file requirements-onnx.txt
	$(COMPILE) requirements-test.in --constraints requirements.txt --output-file requirements-test.txt
	$(COMPILE) requirements-compreface.in --output-file requirements-compreface.txt

lint: $(VENV)/.installed-test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports
	$(BIN)/mypy
	$(BIN)/djlint templates --lint --quiet

# Servers and browser for the tests, where they can be installed.
system-packages:
	@sh scripts/system-packages.sh

test: $(VENV)/.installed-test prepare languages system-packages lint
	$(BIN)/python -m pytest -n auto

test-fast: $(VENV)/.installed-test prepare languages
	$(BIN)/python -m pytest -n auto -m "not (slow or server or training or browser)"

test-slow: $(VENV)/.installed-test prepare languages system-packages
	$(BIN)/python -m pytest -m slow --timeout 5400
