# Every target sets up the environment it needs; `make` lists them.
#   SOURCES=  folder or URL with NTSB's zips      STORE=  folder for all output of a run (may contain spaces)
#   BENCH=    options of `make bench`
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.PHONY: help env system demo run ui mlflow database-url stop test test-fast check docs bench clean

ifneq ($(STORE),)
export NTSB_STORE := $(STORE)
endif
ifneq ($(SOURCES),)
export NTSB_SOURCES := $(SOURCES)
endif

# Waiting threads must not spin, which slows down small machines; no telemetry is sent.
export OMP_WAIT_POLICY := PASSIVE
export OPENBLAS_NUM_THREADS := 1
export MLFLOW_DISABLE_TELEMETRY := true
export DO_NOT_TRACK := true
export MLFLOW_SERVER_ENABLE_JOB_EXECUTION := false
export GIT_PYTHON_REFRESH := quiet
export PYTHONUNBUFFERED := 1

BIN := .venv/bin
# Shell command that sets $root to the folder with the output of a run.
ROOT = root=$$(mkdir -p "$${NTSB_STORE:-.}" && cd "$${NTSB_STORE:-.}" && pwd)
CLUSTER = config.targets_folder() / "postgres"
STORE_WORD = $(if $(STORE), STORE='$(STORE)')

help:
	@echo "make demo                       run everything on the small synthetic files in samples/"
	@echo "make run [SOURCES=] [STORE=]    run everything on NTSB's files (location: luigi.cfg)"
	@echo "make mlflow | ui                MLflow experiments | Luigi's scheduler, in the foreground"
	@echo "make database-url               print the URL of the database, for psql"
	@echo "make env                        install system packages and the Python environment"
	@echo "make test | test-fast           all tests | unit and architecture tests, without a database"
	@echo "make check | docs | bench       lint, types, imports, SQL | documentation site | benchmarks"
	@echo "make stop | clean               stop the database | stop it and remove the output of runs"

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

# The server runs until `make stop` or `make clean`.
database-url: env
	@$(BIN)/python -m pipeline database-url

test: env
	@scripts/system-packages chromium || echo "No Chromium: the browser tests will be skipped."
	@cd tests/access_files && { [ node_modules/.package-lock.json -nt package-lock.json ] || npm ci --silent; } \
		|| echo "No mdb-reader for Node: the comparison with it will be skipped."
	@$(BIN)/python -m pytest --numprocesses auto --maxprocesses 4 --dist loadfile

test-fast: env
	@$(BIN)/python -m pytest tests/unit tests/architecture

# The warning about leaked semaphores comes from sqlfluff's worker processes and is unrelated to the SQL.
check: env
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@PYTHONWARNINGS=ignore::UserWarning:multiprocessing.resource_tracker $(BIN)/sqlfluff lint pipeline reports
	@scripts/audit-packages

docs: env
	@$(BIN)/sphinx-build -W -q docs build/docs
	@echo "Documentation: build/docs/index.html"

bench: env
	@$(BIN)/python -m tests.bench $(BENCH)

stop:
	@if [ -x $(BIN)/python ]; then $(BIN)/python -c 'from pipeline import config; from pipeline.postgres import server; server.stop($(CLUSTER))'; fi

# models/kept is not removed: evaluations on the frozen test set remain in the ledger.
clean:
	@if [ -x $(BIN)/python ]; then $(BIN)/python -c 'from pipeline import config; from pipeline.postgres import server; server.remove($(CLUSTER))'; fi
	@$(ROOT); rm -rf "$$root/targets/store" "$$root/models/runs" "$$root/reports/html"
