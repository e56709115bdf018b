# `make help` lists the targets. Everything is installed into .venv and node_modules, from the locked lists.
SHELL := /bin/bash
.DEFAULT_GOAL := help
PYTHON ?= python3
ENV ?=
VENV := .venv
PY := $(VENV)/bin/python
# Node 24, npm and cdk are those of the project, whatever else the machine has.
export PATH := $(CURDIR)/$(VENV)/bin:$(CURDIR)/node_modules/.bin:$(PATH)
# Keeps npm quiet, and away from a home directory that may not exist.
export NEXT_TELEMETRY_DISABLED := 1
# A company network's own certificate authority is trusted as far as the machine trusts it.
export NODE_USE_SYSTEM_CA := 1
export npm_config_audit := false
export npm_config_fund := false
export npm_config_update_notifier := false

.PHONY: help
help: ## List the targets
	@if test -t 1; then on="$$(printf '\033[1m')" off="$$(printf '\033[0m')"; fi; \
		grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sort | awk -v on="$$on" -v off="$$off" \
		'BEGIN {FS = ":.*## "} {printf "  %s%-16s%s %s\n", on, $$1, off, $$2}'

##@ Set up

.PHONY: setup
setup: $(VENV)/.installed node_modules/.installed .tools/emulator/.installed ## Install everything that the other targets need

$(VENV)/.installed: requirements-dev.txt
	@bin/require-python "$(PYTHON)"
	@test -x $(PY) || $(PYTHON) -m venv $(VENV)
	@echo "Installing Python packages and Node 24 into $(VENV) …"
	@$(PY) -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt
	@touch $@

node_modules/.installed: package-lock.json $(VENV)/.installed
	@echo "Installing the CDK command line …"
	@npm ci --silent --no-audit --no-fund
	@touch $@

.PHONY: setup-pr
setup-pr: setup frontend/node_modules/.installed .tools/audit/.installed .tools/checkov/.installed ## Install what make pr needs besides

# In virtual environments of their own: what these tools pin is not what the project uses.
.tools/%/.installed: requirements-%.txt $(VENV)/.installed
	@echo "Installing the tools of requirements-$*.txt into .tools/$* …"
	@$(PY) -m venv .tools/$*
	@.tools/$*/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-$*.txt
	@touch $@

frontend/node_modules/.installed: frontend/package-lock.json $(VENV)/.installed
	@echo "Installing the site's packages …"
	@cd frontend && npm ci --silent --no-audit --no-fund
	@touch $@

##@ The cloud on a laptop

.PHONY: local
local: setup ## Start the embedded cloud, deploy env=local with its gate, print where to look
	@$(PY) -m local up

.PHONY: local-status
local-status: setup ## Show whether the embedded cloud runs, and what it serves
	@$(PY) -m local status

.PHONY: local-down
local-down: setup ## Stop the embedded cloud; `make local` brings back what it held
	@$(PY) -m local down

.PHONY: local-clean
local-clean: setup ## Stop the embedded cloud and remove all that it held
	@$(PY) -m local clean

.PHONY: pipeline-local
pipeline-local: setup ## Run the delivery pipeline's own steps on the embedded cloud, an account per environment
	@$(PY) -m local pipeline

##@ Check

.PHONY: test
test: setup frontend/node_modules/.installed ## Pass all tests, the embedded cloud's included
	@npm test --prefix frontend --silent
	@$(PY) -m pytest -n 2 tests --ignore tests/e2e
	@$(PY) -m pytest -n 2 tests/e2e

.PHONY: lint
lint: setup ## Check style and types
	@$(VENV)/bin/ruff check .
	@$(VENV)/bin/ruff format --check .
	@$(VENV)/bin/mypy

.PHONY: pr
pr: setup-pr ## Check this branch as a pull request is, and show what it would change (BASE=main ONLY=step)
	@$(PY) -m pull_request check $(if $(BASE),--base "$(BASE)") $(if $(ONLY),--only "$(ONLY)")

.PHONY: snapshots
snapshots: setup ## Accept what constructs have become; review the difference before committing it
	@$(PY) -m pytest -n 2 --quiet tests/snapshot --snapshot-update
	@git --no-pager diff --stat -- tests/snapshot/__snapshots__

.PHONY: secrets-baseline
secrets-baseline: setup-pr ## Bring the list of reviewed non-secrets up to date
	@$(PY) -m pull_request baseline

.PHONY: lock
lock: setup ## Compile the pinned requirements from pyproject.toml
	@bin/lock

.PHONY: doctor
doctor: setup ## Look whether ENV can be deployed to, and how to mend what cannot
	@$(PY) -m ops doctor --env "$(ENV)"

.PHONY: validate
validate: setup ## Check what is deployed in ENV: every group, with a report
	@$(PY) -m ops validate --env "$(ENV)"

.PHONY: docs
docs: setup ## Write the generated pages (docs/generated); with ENV, the documents of that environment now
	@$(PY) -m ops docs $(if $(ENV),--env "$(ENV)")

##@ AWS

.PHONY: synth
synth: setup ## Synthesise the templates of ENV
	@cdk synth --quiet -c env=$(ENV)

.PHONY: bootstrap
bootstrap: setup ## Prepare the account of ENV for CDK, once
	@$(PY) -m ops bootstrap --env "$(ENV)" $(if $(YES),--yes)

.PHONY: deploy
deploy: setup ## Test, then deploy ENV (SKIP_TESTS=1 leaves the tests out, except for production; YES=1 asks nobody)
	@$(PY) -m ops deploy --env "$(ENV)" $(if $(YES),--yes)

.PHONY: clean
clean: ## Remove what was built (not what was installed)
	@rm -rf .build cdk.out frontend/.next frontend/out .pytest_cache .mypy_cache .ruff_cache .hypothesis
