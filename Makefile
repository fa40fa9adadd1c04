# What people do with a checkout. `make` alone lists it.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
UV := 0.13.9
SEED ?= 1
# of each statistical bar: so many simulated runs
RUNS ?= 1000
# the tests run at the same time in so many processes
WORKERS ?= 2

# Without compiled files every start would cost seconds more.
unexport PYTHONDONTWRITEBYTECODE
.DEFAULT_GOAL := help
.PHONY: help install install-dev demo up test test-slow test-failed lint fix words pins bench bench-stats clean
.SUFFIXES:

help: ## list what can be done
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1|\2/' | column -t -s '|' 2>/dev/null \
	  || grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST)

install: $(VENV)/.base ## make the environment in .venv (once for each change of pins)

install-dev: $(VENV)/.dev

demo: install ## run the whole loop once on real data, leave the pages up (ONCE=1: stop then; SEED=, PORT=)
	$(BIN)/python manage.py demo --seed $(SEED) $(if $(filter 1 yes true,$(ONCE)),--once) $(if $(PORT),--port $(PORT))

up: install ## start the service in .overread (PORT=)
	$(BIN)/python manage.py up $(if $(PORT),--port $(PORT))

test: lint ## check and test; minutes
	$(BIN)/python -m pytest -n $(WORKERS) -m "not slow"

test-slow: install-dev ## faults, simulations, everything that takes minutes
	$(BIN)/python -m pytest -m slow

test-failed: install-dev ## run what failed last once more, alone
	$(BIN)/python -m pytest --last-failed --last-failed-no-failures none

lint: install-dev ## style, types, import walls, spelling, dependencies
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy .
	$(BIN)/lint-imports
	$(BIN)/djlint --lint --quiet templates
	$(BIN)/codespell
	$(BIN)/deptry .

fix: install-dev ## put in order what a machine can
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: install-dev ## measure speed and memory, a quarter of an hour (ONLY=intake, FULL=1); writes benchmarks/results/
	$(BIN)/python -m benchmarks $(ONLY)

bench-stats: install-dev ## hold the statistics against their bars, on real model outputs (ONLY=accuracy, RUNS=100); writes benchmarks/results/
	OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 $(BIN)/python -m benchmarks.bars $(ONLY) --runs $(RUNS)

words: install-dev ## gather the texts of pages and scripts for translators (needs gettext); compiles what they wrote
	for domain in django djangojs; do \
	  $(BIN)/python manage.py makemessages --domain $$domain --locale de --locale ar --no-obsolete --no-wrap --add-location file \
	    --ignore 'tests/*' --ignore 'vendor/*' --ignore '.venv/*' --ignore 'benchmarks/*' --ignore 'examples/*' || exit 1; \
	done
	sed -i '/^"POT-Creation-Date:/d' config/locale/*/LC_MESSAGES/*.po
	$(BIN)/python manage.py compilemessages --ignore '.venv/*'

pins: install ## resolve requirements/*.in anew into exact pins
	$(BIN)/uv --version >/dev/null
	for part in base dev; do \
	  $(BIN)/uv pip compile --universal --python-version 3.11 --no-header --no-annotate \
	    --no-emit-index-url --no-emit-find-links --upgrade --quiet \
	    requirements/$$part.in -o requirements/$$part.txt || exit 1; \
	done

clean: ## remove the environment and what the tools keep; data in .overread stays
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis

# The folder is made first: its pip brings uv, which installs the rest in seconds.
$(VENV)/.made:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "Overread needs Python 3.11 or newer. Name one: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null \
	  || { echo "Python's venv is missing. On Debian: apt-get install python3-venv"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet uv==$(UV) || echo "uv is not to be had; pip does it."
	@touch $@

$(VENV)/.base: $(VENV)/.made requirements/base.txt
	@requirements/install $(VENV) requirements/base.txt
	@touch $@

$(VENV)/.dev: $(VENV)/.base requirements/dev.txt
	@requirements/install $(VENV) requirements/base.txt requirements/dev.txt
	@touch $@
