# Two commands: `make run` brings up the desk, `make test` checks everything. Both set up what they need first.
# Another Python: make run PYTHON=python3.12    Another port: PORT=8600 make run

.DEFAULT_GOAL := help
.PHONY: help run test setup lint worker clean

IS_NEW = -c 'import sys; sys.exit(sys.version_info < (3, 11))'
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11; do \
	$$p $(IS_NEW) 2>/dev/null && echo $$p && break; done)
VENV = .venv/bin/python
AT_ONCE ?= 4 # processes that run tests; on two cores, as many tests wait for workers, servers and browsers
CHECKS = echo "== Imports go downward only" && .venv/bin/lint-imports --no-cache && \
	echo "== The code is tidy" && .venv/bin/ruff check . && echo "== Types fit" && .venv/bin/mypy

help: ## what can be made
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "make %-8s %s\n", $$1, $$2}'

run: setup ## set up, then start the desk and one worker
	@$(VENV) -m scripts.desk

test: python ## set up, then check the code and run all tests
	@$(PYTHON) -m scripts.bootstrap --dev
	@$(CHECKS)
	@echo "== All tests"
	@OMP_NUM_THREADS=1 PYTHONDONTWRITEBYTECODE= $(VENV) -m pytest -n $(AT_ONCE) --durations 15

setup: python ## environment, packages, face models; then look whether all is there
	@$(PYTHON) -m scripts.bootstrap
	@$(VENV) -m scripts.doctor

lint: python ## only the checks that take seconds
	@$(PYTHON) -m scripts.bootstrap --dev
	@$(CHECKS)

worker: setup ## only workers, for a desk on another machine: TELLTALE_WORKERS of them, with the desk's settings
	@$(VENV) -m scripts.crew

clean: ## remove the environment, the face models and caches; keeps data/
	rm -rf .venv cache/face_models *.egg-info .pytest_cache .ruff_cache .mypy_cache .import_linter_cache
	find . -name __pycache__ -prune -exec rm -rf {} +

.PHONY: python
python:
	@$(PYTHON) $(IS_NEW) 2>/dev/null || { echo "Telltale needs Python 3.11 or newer, and found none here."; \
	echo "Install one (Debian, Ubuntu: apt install python3 python3-venv; macOS: brew install python),"; \
	echo "or say where it is: make run PYTHON=/path/to/python3.11"; exit 1; }
