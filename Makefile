# make demo   scan the bundled example image with the bundled starter advisories, without network
# make test   ruff, mypy, import-linter, documentation, pytest: everything CI runs
# make lock   renew the hash-pinned requirement files
.PHONY: demo test lint types contracts docs pytest lock bench clean

PYTHON := .venv/bin/python

demo: .venv/runtime
	@scripts/demo

test: .venv/dev
	@scripts/test

lint: .venv/dev
	$(PYTHON) -m ruff check . && $(PYTHON) -m ruff format --check .

types: .venv/dev
	$(PYTHON) -m mypy

contracts: .venv/dev
	.venv/bin/lint-imports

docs: .venv/dev
	$(PYTHON) docs/build.py

pytest: .venv/dev
	$(PYTHON) -m pytest

.venv/runtime: requirements.txt pyproject.toml
	@scripts/environment runtime

.venv/dev: requirements.txt requirements-dev.txt pyproject.toml
	@scripts/environment dev

lock:
	uv pip compile --generate-hashes --universal --no-header --no-annotate --no-emit-index-url --python-version 3.11 pyproject.toml -o requirements.txt
	uv pip compile --generate-hashes --universal --no-header --no-annotate --no-emit-index-url --python-version 3.11 pyproject.toml --group dev -o requirements-dev.txt

clean:
	rm -rf .venv docs/site .mypy_cache .ruff_cache .pytest_cache .hypothesis
