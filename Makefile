# `make` alone says what there is. Every target installs what it needs first; see scripts/setup.
.DEFAULT_GOAL := help
PYTHON := .venv/bin/python
MAKEFLAGS += --no-print-directory

.PHONY: help
help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

.PHONY: demo
demo: venv ## See machines at work: events and jobs, while the machines are killed and started again
	@$(PYTHON) examples/demo/demo.py

.PHONY: test
test: ## Check, then run every test on the newest libraries and, at the same time, on Debian's own
	@scripts/setup venv tools debian deb system
	@scripts/test check pypi debian ui system

.PHONY: test-pypi
test-pypi: venv tools ## Run the tests on the newest libraries alone (PYTEST_ARGS="-k word" chooses)
	@scripts/test pypi ui

.PHONY: test-debian
test-debian: ## Run the tests on Debian's Python and libraries alone, without a venv
	@scripts/setup tools debian
	@scripts/test debian

.PHONY: test-system
test-system: ## Build the packages, boot a system and try them there; takes root
	@scripts/setup tools debian deb system
	@scripts/test system

.PHONY: check
check: venv tools ## Formatting, linters, types and the direction of imports
	@scripts/test check

.PHONY: format
format: venv ## Format the code, and mend what the linter can mend
	@.venv/bin/ruff format .
	@.venv/bin/ruff check --fix .

.PHONY: bench
bench: venv ## Measure against a floor taken in the same run
	@$(PYTHON) tests/bench/run.py

.PHONY: bench-peers
bench-peers: venv ## Measure other queues beside ours, on equal work
	@scripts/setup peers
	@$(PYTHON) tests/bench/run_peers.py

.PHONY: docs
docs: venv ## Build the documentation as a site with a search, into build/site
	@.venv/bin/mkdocs build --config-file packaging/docs/mkdocs.yml
	@echo "build/site/index.html; with the search: python3 -m http.server --directory build/site"

.PHONY: picture
picture: venv tools ## Take the pictures of the monitor in docs/images, of real machines in a real browser
	@PYTHONPATH=tests $(PYTHON) -m ui.picture

.PHONY: deb
deb: ## Build the Debian packages into dist/
	@scripts/setup deb
	@packaging/build-deb

.PHONY: vendor
vendor: ## Fetch the pages' JavaScript of others anew, by npm, and verify it
	@scripts/vendor

.PHONY: venv
venv: ## Make or renew .venv, with the commands of this tree in .venv/bin
	@scripts/setup venv

.PHONY: tools
tools: ## Install the programs that the tests call, a browser among them
	@scripts/setup tools

.PHONY: clean
clean: ## Remove what make has made, .venv included
	@rm -rf .venv .venv-peers dist build .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
