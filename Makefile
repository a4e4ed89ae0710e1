# The verbs. Each sets up what it needs; `make` alone lists them.
#   SOURCES=  folder or URL with NTSB's zips      STORE=  folder for everything a run makes (may hold spaces)
#   BENCH=    options of `make bench`: docs/reference/benchmarks.md
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.PHONY: help env system demo run ui mlflow database-url stop test check bench clean

ifneq ($(STORE),)
export NTSB_STORE := $(STORE)
endif
ifneq ($(SOURCES),)
export NTSB_SOURCES := $(SOURCES)
endif

# Threads that spin while they wait slow down everything else on a small machine; nothing is sent to anybody.
export OMP_WAIT_POLICY := PASSIVE
export OPENBLAS_NUM_THREADS := 1
export MLFLOW_DISABLE_TELEMETRY := true
export DO_NOT_TRACK := true
export MLFLOW_SERVER_ENABLE_JOB_EXECUTION := false
export GIT_PYTHON_REFRESH := quiet
export PYTHONUNBUFFERED := 1

BIN := .venv/bin
# Where a run puts things, for the shell.
ROOT = root=$$(mkdir -p "$${NTSB_STORE:-.}" && cd "$${NTSB_STORE:-.}" && pwd)
CLUSTER = config.targets_folder() / "postgres"
STORE_WORD = $(if $(STORE), STORE='$(STORE)')

help:
	@echo "make demo                       everything, on the small made-up files in samples/"
	@echo "make run [SOURCES=] [STORE=]    everything, on NTSB's files (luigi.cfg: where they are)"
	@echo "make mlflow | ui                browse experiments | Luigi's scheduler, in the foreground"
	@echo "make database-url               address of the database, for psql"
	@echo "make env | test | check | bench set up | all tests | lint, types, SQL | measure"
	@echo "make stop | clean               stop the database | and remove what runs made"

system:
	@scripts/system-packages

.venv/.made: requirements.txt pyproject.toml scripts/python-environment | system
	@scripts/python-environment
	@touch $@

env: system .venv/.made

demo: export NTSB_SOURCES := $(or $(SOURCES),samples)
demo run: env
	@$(BIN)/luigi --module pipeline AllReports
	@$(ROOT); echo; \
	echo "Reports:      $$root/reports/html/index.html"; \
	echo "Experiments:  make mlflow$(STORE_WORD)"; \
	echo "Database:     psql \"\$$(make -s database-url$(STORE_WORD))\""

ui: env
	@$(ROOT); mkdir -p "$$root/targets/store"; echo "http://127.0.0.1:8082; runs with LUIGI_CONFIG_PATH=scripts/ui.cfg show here."; \
	LUIGI_CONFIG_PATH=scripts/ui.cfg $(BIN)/luigid --address 127.0.0.1 --port 8082 --state-path "$$root/targets/store/luigid.pickle"

mlflow: env
	@$(ROOT); mkdir -p "$$root/models/runs"; \
	$(BIN)/mlflow ui --backend-store-uri "sqlite:///$$root/models/runs/mlflow.db" --workers 1 --host 127.0.0.1 --port 5000

# The server stays until `make stop` or `make clean`.
database-url: env
	@$(BIN)/python -m pipeline database-url

test: env
	@scripts/system-packages chromium || echo "No Chromium: the browser tests will be skipped."
	@$(BIN)/python -m pytest --numprocesses auto --maxprocesses 4 --dist loadfile

# sqlfluff's own processes sometimes end without tidying up, which says nothing about the SQL.
check: env
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@PYTHONWARNINGS=ignore::UserWarning:multiprocessing.resource_tracker $(BIN)/sqlfluff lint pipeline reports
	@scripts/audit-packages

bench: env
	@$(BIN)/python -m tests.bench $(BENCH)

stop:
	@if [ -x $(BIN)/python ]; then $(BIN)/python -c 'from pipeline import config; from pipeline.postgres import server; server.stop($(CLUSTER))'; fi

# models/kept stays: a look at a frozen test is not undone by removing what it made.
clean:
	@if [ -x $(BIN)/python ]; then $(BIN)/python -c 'from pipeline import config; from pipeline.postgres import server; server.remove($(CLUSTER))'; fi
	@$(ROOT); rm -rf "$$root/targets/store" "$$root/models/runs" "$$root/reports/html"
