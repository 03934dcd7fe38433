# make app      installs what is pinned and starts the dashboard on http://localhost:8501
# make test     the same plus development requirements, then every test
# make check    lint, format, types, architecture
# make bench    the benchmarks behind the README's figures; make bench-accuracy: those behind docs/accuracy.md

PYTHON ?= $(shell for name in python3.12 python3.13 python3.11 python3 python; do \
	$$name -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' >/dev/null 2>&1 && echo $$name && break; done)
BIN := .venv/bin

.PHONY: app install test check bench bench-orl bench-accuracy constraints clean

app: install
	$(BIN)/streamlit run app.py

install: .venv/installed

.venv/created:
	@test -n "$(PYTHON)" || { echo "Visage needs Python 3.11, 3.12 or 3.13; none was found. Install one, or name it: make PYTHON=/path/to/python3.12"; exit 1; }
	$(PYTHON) -m venv .venv
	@touch $@

.venv/installed: .venv/created requirements.txt constraints.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	@touch $@

.venv/installed-dev: .venv/installed requirements-dev.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	@touch $@

test: .venv/installed-dev
	$(BIN)/python -m pytest --numprocesses auto --maxprocesses 4 --dist loadfile

check: .venv/installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python -m pytest tests/test_architecture.py

bench: .venv/installed-dev
	$(BIN)/python -m benchmarks

bench-orl: .venv/installed-dev
	$(BIN)/python -m benchmarks.bench_orl

bench-accuracy: .venv/installed-dev
	$(BIN)/python -m benchmarks.bench_accuracy
	$(BIN)/python -m benchmarks.bench_accuracy --preset embedding-fast
	$(BIN)/python -m benchmarks.bench_accuracy --preset residual --rows orl
	$(BIN)/python -m benchmarks.bench_accuracy --preset residual --rows pins40 lfw34 --draws 1
	$(BIN)/python -m benchmarks.bench_accuracy --preset cnn --rows pins40 --draws 1

constraints: .venv/installed-dev
	$(BIN)/python -m pip install --quiet uv
	{ head -n 1 constraints.txt; $(BIN)/uv pip compile --universal --python-version 3.11 --no-header --no-annotate --quiet \
		--no-config requirements-dev.txt; } > constraints.new && mv constraints.new constraints.txt

clean:
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache
