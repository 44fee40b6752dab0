# Two commands do everything on a fresh machine: `make book` and `make test`.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
# One BLAS thread a process: the chapters already run side by side, and sums keep their order.
export OPENBLAS_NUM_THREADS := 1
export OMP_NUM_THREADS := 1
export OPENBLAS_CORETYPE ?= Haswell
export PYTHONHASHSEED := 0
# Compiled modules are kept, whatever the machine's settings: each process would compile a thousand of them again.
export PYTHONDONTWRITEBYTECODE :=

ALONE := $(addprefix tests/,test_book_build.py test_faults.py test_hostile_files.py test_sweep_cluster.py test_sweep_command.py)
NBVAL := --nbval --nbval-current-env --nbval-sanitize-with tests/nbval.cfg chapters

.PHONY: book pdf test test-all check data refresh lock audit mutants bench lighthouse clean help

book: $(READY)
	@$(BIN)/sevenpercent build

# The built book as one file; needs a Chromium. Not part of what two builds have in common byte by byte.
pdf: book
	$(BIN)/python -m sevenpercent.run.pdf

test: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	@# What keeps one processor busy runs beside the build, and then beside the tests.
	@($(BIN)/codespell chapters/*.md scenarios pages docs README.md src assets \
	    && $(BIN)/lint-imports --no-cache --no-logo) & words=$$!; \
	  $(BIN)/sevenpercent check data && $(BIN)/sevenpercent build || { wait; exit 1; }; \
	  : The committed notebooks against the book just built. test-all runs their cells in kernels.; \
	  $(BIN)/python -m pytest -p tests.built_outputs $(NBVAL) >_build/cells.txt 2>&1 & cells=$$!; \
	  $(BIN)/pytest -n 4 --dist loadscope --no-loadscope-reorder \
	    -m "not slow" tests; tests=$$?; \
	  wait $$words; words=$$?; wait $$cells; cells=$$?; cat _build/cells.txt; \
	  exit $$((tests + words + cells))
	@$(BIN)/python -m tests.reading

test-all: $(READY)
	$(BIN)/mypy
	$(BIN)/sevenpercent build
	@# Every setting of every book at a second value, and 200 pairs of them, a group of books a process.
	$(BIN)/pytest -n 2 --dist loadgroup -m slow tests/test_settings.py
	@# What is killed while it works, or whose memory is measured, has the machine for itself.
	$(BIN)/pytest -m slow $(ALONE)
	$(BIN)/pytest -n 2 --dist loadscope -m slow $(addprefix --ignore ,tests/test_settings.py $(ALONE)) tests
	@# Are the tests able to fail? Sixty small faults, one at a time, in a copy of the project.
	$(BIN)/python -m tests.mutation
	$(BIN)/python -m pytest -p tests.warm_kernels -n 2 --dist loadscope $(NBVAL)

check: $(READY)
	@$(BIN)/sevenpercent check data

data: $(READY)
	$(BIN)/sevenpercent data

refresh: $(READY)
	$(BIN)/python -m sevenpercent.cli.tour
	$(BIN)/sevenpercent refresh

lock: $(READY)
	$(BIN)/uv pip compile --universal --generate-hashes --python-version 3.11.0 --all-extras \
	  pyproject.toml -o requirements.txt

# What is known against any pinned package; asks the network, and fails where it cannot.
audit: $(READY)
	$(BIN)/python tests/audit.py

# Every small fault, and who notices it; most of a night.
mutants: $(READY)
	$(BIN)/python -m tests.mutation --all --verbose

# How fast the pages are for a visitor; needs Node and a Chromium. Results: benchmarks/lighthouse.json
lighthouse: book
	$(BIN)/python benchmarks/lighthouse.py

# Everything beside its peers in one run; with KEEP=1 it takes the place of the committed one.
bench: $(READY)
	$(BIN)/python benchmarks/run.py $(if $(KEEP),--keep)

help:
	@echo "make book      run the chapters and write the pages: _build/html/index.html"
	@echo "make pdf       the built book as one PDF: _build/html/book.pdf"
	@echo "make test      code, tables, numbers, figures and pages"
	@echo "make test-all  the slow tests"
	@echo "make check     the data rules over the tables"
	@echo "make refresh   execute the committed notebooks again and show what moved"
	@echo "make lock      pin what pyproject.toml names: requirements.txt"
	@echo "make audit     known vulnerabilities of the pinned packages"
	@echo "make mutants   plant every small fault, and see whether the tests notice"
	@echo "make bench     speed and memory beside named peers (KEEP=1: commit to it)"
	@echo "make lighthouse  speed of the pages for a visitor (needs Node)"
	@echo "make data      write the tables afresh from the published files"
	@echo "make clean     remove what was built, and the environment"

clean:
	rm -rf _build $(VENV)

# The environment, with every package pinned by hash. uv, itself taken by hash, installs in seconds;
# where it cannot be had, pip does the same more slowly.
$(READY): requirements.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "Python 3.11 or newer is needed; say which with: make PYTHON=python3.12"; exit 2; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV) \
	  || { echo "Python cannot make a virtual environment; on Debian: apt-get install python3-venv"; exit 2; }
	@awk '/^uv==/ {on=1} on {print} on && !/\\$$/ {exit}' requirements.txt > $(VENV)/uv.txt
	@$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r $(VENV)/uv.txt \
	  && $(BIN)/uv pip install -q --compile-bytecode --python $(BIN)/python --require-hashes -r requirements.txt \
	  || $(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements.txt
	@$(BIN)/python -m pip install -q --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@
