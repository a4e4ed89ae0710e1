# Every target sets up the environment it needs; `make` lists them.
#   SOURCES=  folder or URL with NTSB's zips, or `api`      STORE=  folder for all output of a run (any characters)
#   ARCHIVE=  folder of `make archive`                      BENCH=  options of `make bench`
#   BACKUP=   folder of a backup                            BUNDLE=  folder of `make bundle`
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.PHONY: help env system demo run archive bundle ui mlflow serve database-url stop test test-fast check check-code check-types check-sql check-packages docs bench soak backup restore clean

# The values as typed, also those of other variables of the command line, such as NTSB_STORE: without `value`, Make would
# expand a `$` in them. Recipes read them from the environment, so that the shell does not interpret them either.
override typed = $(foreach name,$(.VARIABLES),$(if $(filter command,$(origin $(name))),$(name)))
$(foreach name,STORE SOURCES BENCH ARCHIVE BACKUP BUNDLE $(typed),\
    $(eval override $(name) := $$(value $(name)))$(eval export $(name)))
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

help:
	@echo "make demo                       run everything on the small synthetic files in samples/"
	@echo "make run [SOURCES=] [STORE=]    run everything on NTSB's files (location: luigi.cfg)"
	@echo "make archive [ARCHIVE=]         download all source files and add them to a folder for deposit"
	@echo "make bundle [BUNDLE=]           write the release to a folder for deposit: data, reports, metadata"
	@echo "make mlflow | ui                MLflow experiments | Luigi's scheduler, in the foreground"
	@echo "make serve                      HTTP API of the release and the model, in the foreground"
	@echo "make database-url               print the URL of the database, for psql"
	@echo "make env                        install system packages and the Python environment"
	@echo "make test | test-fast           all tests | unit and architecture tests, without a database"
	@echo "make check | docs | bench       lint, types, imports, SQL | documentation site | benchmarks"
	@echo "make soak                       fifty weekly syncs of generated files, with faults"
	@echo "make backup | restore BACKUP=   back up to a new folder | restore into an empty STORE"
	@echo "make stop | clean               stop the database | stop it and remove the output of runs"

system:
	@scripts/system-packages

.venv/.made: requirements.txt pyproject.toml scripts/python-environment | system
	@scripts/python-environment
	@touch $@

env: system .venv/.made

demo: export NTSB_SOURCES := $(or $(SOURCES),samples)
# The demo never contacts NTSB: its API is a local server with the events of the samples.
demo run: env
	@case "$@:$${NTSB_SOURCES:-}" in demo:api|demo:api+*) server="$(BIN)/python -m samples.serve --";; *) server=;; esac; \
	$$server $(BIN)/luigi --module pipeline AllReports
	@store=$${STORE:+" STORE=$$(printf %q "$$STORE")"}; echo; \
	echo "Reports:      $$(realpath -- "$${NTSB_STORE:-.}")/reports/html/index.html"; \
	echo "Experiments:  make mlflow$$store"; \
	echo "Database:     psql \"\$$(make -s database-url$$store)\""

# Without a database: the source files only.
archive: env
	@$(BIN)/luigi --module pipeline CreateSnapshot
	@$(BIN)/python -m pipeline archive -- "$${ARCHIVE:-archive}"

bundle: env
	@$(BIN)/python -m pipeline bundle -- "$${BUNDLE:-bundle}"

ui: env
	@$(BIN)/python -m pipeline scheduler

mlflow: env
	@$(BIN)/python -m pipeline mlflow

serve: env
	@$(BIN)/python -m pipeline serve

# The server runs until `make stop` or `make clean`.
database-url: env
	@$(BIN)/python -m pipeline database-url

test: env
	@scripts/system-packages chromium || echo "No Chromium: the browser tests will be skipped."
	@scripts/system-packages redis || echo "No Redis: the tests of the cache in Redis will be skipped."
	@cd tests/access_files && { [ node_modules/.package-lock.json -nt package-lock.json ] || npm ci --silent; } \
		|| echo "No mdb-reader for Node: the comparison with it will be skipped."
	@cd tests/browser && { [ node_modules/.package-lock.json -nt package-lock.json ] || npm ci --silent; } \
		|| echo "No axe-core for Node: the accessibility checks will be skipped."
	@$(BIN)/python -m pytest --numprocesses auto --maxprocesses 4 --dist loadfile --no-loadscope-reorder

test-fast: env
	@$(BIN)/python -m pytest tests/unit tests/architecture

# Three at a time: one waits for the network.
check: env
	@$(MAKE) --no-print-directory --jobs 3 check-packages check-sql check-types check-code

check-code:
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/lint-imports
	@$(BIN)/python scripts/scan_secrets.py

check-types:
	@$(BIN)/mypy

# The warning about leaked semaphores comes from sqlfluff's worker processes and is unrelated to the SQL.
check-sql:
	@PYTHONWARNINGS=ignore::UserWarning:multiprocessing.resource_tracker $(BIN)/sqlfluff lint pipeline reports

check-packages:
	@scripts/audit-packages

docs: env
	@$(BIN)/sphinx-build -W -q docs build/docs
	@echo "Documentation: build/docs/index.html"

bench: env
	@scripts/system-packages wrk || echo "No wrk: the HTTP API is measured with the benchmark's own load generator only."
	@set -f; $(BIN)/python -m tests.bench $$BENCH

soak: env
	@$(BIN)/python -m tests.soak

backup: env
	@$(BIN)/python -m pipeline backup -- "$${BACKUP:?name a new folder with BACKUP=}"

restore: env
	@$(BIN)/python -m pipeline restore -- "$${BACKUP:?name the folder of a backup with BACKUP=}"

stop:
	@[ ! -x $(BIN)/python ] || $(BIN)/python -m pipeline database-stop

# models/kept is not deleted: evaluations on the frozen test set remain in the ledger.
clean:
	@if [ -x $(BIN)/python ]; then $(BIN)/python -m pipeline clean; else echo "Nothing was deleted: run make env first."; fi
