# Everything a person does with Tradewind. Needs Python 3.11 or newer (with venv) and make; it brings the rest along.
#
#   make run          real bars through the deployed stack on this machine, then a report
#   make down         end the local stack
#   make test         every test
#   make help         the rest

SHELL := /bin/sh
.DEFAULT_GOAL := help
.SUFFIXES:
.DELETE_ON_ERROR:

ENV ?= dev
PROFILE ?= minimal
SEEDS ?= 10000
PORT ?= 4566
# When rights grow a person is asked; a pipeline, which has nobody to ask, says APPROVAL=never.
APPROVAL ?= broadening
UV_VERSION := 0.13.8
VENV := .venv
PYTHON := $(VENV)/bin/python
CDK = PATH="$(CURDIR)/$(VENV)/bin:$$PATH" CDK_DISABLE_CLI_TELEMETRY=true node_modules/.bin/cdk
CDK_CONTEXT = -c environment=$(ENV) -c profile=$(PROFILE)

# An installed uv does; else one of our own in .tools.
UV ?= $(shell if [ -x .tools/bin/uv ]; then echo .tools/bin/uv; else command -v uv || echo .tools/bin/uv; fi)
# The CDK's Python half starts `node` by name: the locked one, whatever else the machine has.
test synth bench drills: export PATH := $(CURDIR)/$(VENV)/bin:$(PATH)
# The person's own settings of other projects must not leak into this one's environment.
unexport VIRTUAL_ENV PYTHONPATH PYTHONHOME UV_PROJECT_ENVIRONMENT CDK_OUTDIR
# Nor may Python be kept from keeping what it compiles beside its source: every start would compile all that it loads.
unexport PYTHONDONTWRITEBYTECODE PYTHONPYCACHEPREFIX
export UV

SETUP := $(VENV)/.installed node_modules/.installed
# A failed step says in one sentence what to do; what the tool itself said is kept beside it.
LOG := build/setup.log
fail = { echo "error: $(1) (details: $(LOG))" >&2; exit 1; }

.PHONY: help
help: ## Show what there is
	@echo "make TARGET [VARIABLE=value …]"
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  %-10s %s\n", $$1, $$2 }' Makefile

.PHONY: setup
setup: $(SETUP) ## Install everything into this folder (uv, Python 3.13, the locked environment, Node, the CDK CLI)

.tools/bin/uv:
	@mkdir -p build
	@for python in python3 python3.13 python3.14 python3.12 python3.11; do \
	    if $$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then found=$$python; break; fi; \
	done; \
	[ -n "$$found" ] || { echo "error: Python 3.11 or newer is missing: install it and run make again" >&2; exit 1; }; \
	$$found -c 'import ensurepip, venv' >/dev/null 2>&1 || { \
	    echo "error: $$found has no venv module: install it (on Debian: apt install python3-venv) and run make again" >&2; \
	    exit 1; }; \
	echo "setup: uv"; \
	$$found -m venv .tools > $(LOG) 2>&1 || $(call fail,cannot make the folder .tools: is this folder writable?); \
	.tools/bin/python -m pip install --quiet --disable-pip-version-check "uv==$(UV_VERSION)" > $(LOG) 2>&1 \
	    || $(call fail,cannot install uv: is the Python package index reachable? check the network or the proxy and run make again)

$(VENV)/.installed: uv.lock pyproject.toml .python-version | $(UV)
	@mkdir -p build
	@echo "setup: Python and the locked packages"
	@"$(UV)" python find 3.13 > $(LOG) 2>&1 || "$(UV)" python install --quiet 3.13 > $(LOG) 2>&1 \
	    || $(call fail,cannot get Python 3.13: uv downloads it from GitHub; check the network or install Python 3.13 yourself and run make again)
	@"$(UV)" sync --frozen --quiet > $(LOG) 2>&1 \
	    || $(call fail,cannot install the locked packages: is the Python package index reachable? check the network or the proxy and run make again)
	@touch $@

node_modules/.installed: package-lock.json package.json $(VENV)/.installed
	@mkdir -p build
	@echo "setup: the CDK command line"
	@PATH="$(CURDIR)/$(VENV)/bin:$$PATH" npm ci --no-audit --no-fund --loglevel=error > $(LOG) 2>&1 \
	    || $(call fail,cannot install the CDK command line: is the npm registry reachable? check the network or the proxy and run make again)
	@touch $@

# Options of `make run`, handed on only where they are given.
OPTIONS = $(if $(BARS),--bars "$(BARS)") $(if $(SYMBOLS),--symbols "$(SYMBOLS)") $(if $(INTERVAL),--interval "$(INTERVAL)") \
    $(if $(FROM),--from "$(FROM)") $(if $(TO),--to "$(TO)") $(if $(STEPS),--steps "$(STEPS)") $(if $(CASH),--cash "$(CASH)") \
    $(if $(MARKET),--market "$(MARKET)") --profile "$(PROFILE)" --port "$(PORT)"

.PHONY: run
run: $(SETUP) ## Replay real bars through the deployed local stack [BARS= SYMBOLS= INTERVAL= FROM= TO= STEPS= CASH= MARKET= PROFILE= PORT=]
	@exec $(VENV)/bin/tradewind run $(OPTIONS)

.PHONY: down
down: $(SETUP) ## End the local stack
	@$(VENV)/bin/tradewind local down

.PHONY: test
test: $(SETUP) layers web browser ## Run every test, on as many processors as there are
	@$(PYTHON) -m pytest -n auto --maxprocesses 4 --dist loadgroup --no-loadscope-reorder

.PHONY: check
check: $(SETUP) lint lookahead test synth ## ruff, mypy, import-linter, no strategy looks ahead, every test, synth

.PHONY: lint
lint: $(SETUP) ## ruff, mypy --strict, import-linter and the lock file
	@"$(UV)" lock --check --quiet 2>/dev/null || { echo "error: uv.lock is out of date: run make lock" >&2; exit 1; }
	@$(VENV)/bin/ruff check .
	@$(VENV)/bin/mypy
	@$(VENV)/bin/lint-imports

.PHONY: lookahead
lookahead: $(SETUP) ## See that no past decision of any strategy changes with its future
	@$(VENV)/bin/tradewind lookahead

.PHONY: layers
layers: $(SETUP) ## Build the Lambda layers for this machine and for AWS, without Docker
	@$(PYTHON) -m infra.layers host aws --uv "$(UV)"

.PHONY: web
web: $(SETUP) ## Build the dashboard
	@$(PYTHON) -m infra.web

.PHONY: browser
browser: $(SETUP) ## Get a Chromium for the tests of the dashboard where none is found
	@$(PYTHON) -m tests.browser

.PHONY: pictures
pictures: $(SETUP) layers web browser ## Take the documentation's pictures of the dashboard anew, as its tests see them
	@PICTURES=docs/images BROWSER=required $(PYTHON) -m pytest tests/e2e/dashboard
	@"$(UV)" run --quiet --no-project --with pillow==12.* python tests/e2e/dashboard/shrink.py docs/images

.PHONY: build
build: $(SETUP) layers ## Build layers and the configuration of ENV
	@$(VENV)/bin/tradewind config build "$(ENV)"

.PHONY: synth
synth: $(SETUP) layers ## Synthesise every environment in every profile, with cdk-nag and cfn-lint
	@for environment in local dev prod; do $(VENV)/bin/tradewind config build $$environment || exit 1; done
	@$(PYTHON) -m infra.synthesise

# The local environment is thrown away and root's; it has no business on AWS.
.PHONY: aws
aws:
	@[ "$(ENV)" != local ] || { echo "error: the environment local runs on this machine: make run; choose ENV=dev or ENV=prod" >&2; exit 1; }

.PHONY: deploy
deploy: aws build web ## Deploy to AWS, whose account is made ready for it the first time [ENV=dev|prod PROFILE= APPROVAL=never]
	@mkdir -p build/outputs
	@$(CDK) bootstrap $(CDK_CONTEXT)
	@$(CDK) deploy '**' $(CDK_CONTEXT) --require-approval $(APPROVAL) --outputs-file "build/outputs/$(ENV).json"
	@$(VENV)/bin/tradewind dashboard publish --env "$(ENV)"

.PHONY: diff
diff: aws build ## Show what a deploy would change [ENV= PROFILE=]
	@$(CDK) diff '**' $(CDK_CONTEXT)

.PHONY: destroy
destroy: aws build ## Remove an environment from AWS; its data stack (tables, bucket) stays [ENV= PROFILE=]
	-@$(VENV)/bin/tradewind dashboard withdraw --env "$(ENV)"
	@$(CDK) destroy $(CDK_CONTEXT) $(foreach stack,observability compute messaging,'tradewind-$(ENV)/$(stack)')

.PHONY: bench
bench: $(SETUP) layers ## Measure, each figure beside its target [ONLY=name]
	@$(PYTHON) -m benchmarks $(ONLY)

.PHONY: simulate
simulate: $(SETUP) ## Crash the pipeline before and after every call [SEEDS=10000]
	@$(PYTHON) -m tests.simulation --seeds "$(SEEDS)"

.PHONY: drills
drills: $(SETUP) layers ## Let everything fail on a deployed stack, one thing after another, and see it heal [ONLY=part of a name]
	@$(PYTHON) -m tests.drills --only "$(ONLY)"

.PHONY: parity
parity: $(SETUP) ## Every strategy over recorded bars: pipeline, interpreted and compiled backtest must do the same
	@$(PYTHON) -m tests.parity

.PHONY: digest
digest: $(SETUP) ## Write the hash of every decision of a fixed replay to build/digest.txt
	@mkdir -p build
	@$(PYTHON) -m tests.digest > build/digest.txt
	@cat build/digest.txt

.PHONY: fuzz
fuzz: $(SETUP) ## Ask the local stack's API whatever its document allows, and what it does not [EXAMPLES=50]
	@$(PYTHON) -m tests.e2e.fuzz "$(or $(EXAMPLES),50)"

.PHONY: openapi
openapi: $(SETUP) ## Write docs/openapi.json as the HTTP API serves it
	@$(PYTHON) -m tradewind.api > docs/openapi.json

.PHONY: lock
lock: | $(UV) ## Renew uv.lock and the layers' requirements from pyproject.toml
	@"$(UV)" lock --quiet
	@"$(UV)" export --quiet --frozen --no-dev --no-emit-project --no-header --no-annotate \
	    --output-file layers/runtime/requirements.txt > /dev/null
	@"$(UV)" export --quiet --frozen --no-dev --no-emit-project --no-header --no-annotate --extra http \
	    --prune boto3 --prune aws-lambda-powertools --output-file layers/http/requirements.txt > /dev/null
	@"$(UV)" export --quiet --frozen --no-dev --no-emit-project --no-header --no-annotate --extra ccxt \
	    --prune boto3 --prune aws-lambda-powertools --prune certifi --prune idna --prune typing-extensions --prune urllib3 \
	    --output-file layers/ccxt/requirements.txt > /dev/null
	@"$(UV)" export --quiet --frozen --no-dev --no-emit-project --no-header --no-annotate --extra api \
	    --prune boto3 --prune aws-lambda-powertools --prune typing-extensions \
	    --output-file layers/api/requirements.txt > /dev/null
	@"$(UV)" export --quiet --frozen --no-dev --no-emit-project --no-header --no-annotate --extra parquet \
	    --prune boto3 --prune aws-lambda-powertools --prune typing-extensions \
	    --output-file layers/parquet/requirements.txt > /dev/null
