# `make run` opens the app; `make test` runs every check and test. Both do all set-up themselves.

PYTHON ?= python3
BIN := .venv/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes
STAMPS := .venv/stamps
PORTABLE := -DGGML_NATIVE=OFF -DLLAMA_OPENSSL=OFF

.PHONY: run test check fuzz llm speech district dist format lock exam clean

run: $(STAMPS)/app
	@$(BIN)/python -c "import importlib.util as u; u.find_spec('llama_cpp') or print('Reference mode. To add a local language model: make llm')"
	$(BIN)/aidpost

test: $(STAMPS)/app $(STAMPS)/dev $(STAMPS)/llm $(STAMPS)/speech $(STAMPS)/district $(STAMPS)/debian check
	$(BIN)/python -m pytest -q

# Looks for new examples that break a property; `make test` tries the same ones each time.
fuzz: $(STAMPS)/app $(STAMPS)/dev $(STAMPS)/llm $(STAMPS)/speech
	$(BIN)/python -m pytest -q -m hypothesis --hypothesis-profile=fuzz

check: $(STAMPS)/app $(STAMPS)/dev $(STAMPS)/speech
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m kb.lint
	$(BIN)/python -m pytest -q tests/test_readme.py

llm: $(STAMPS)/llm

speech: $(STAMPS)/speech

district: $(STAMPS)/district

format: $(STAMPS)/dev
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

exam: $(STAMPS)/app
	$(BIN)/aidpost exam speed

# The program as one folder, a Debian package and an archive, in .build/dist.
dist: $(STAMPS)/app
	$(BIN)/python packaging/build_dist.py

# Writes the lock files anew; they hold hashes and no addresses.
lock: $(STAMPS)/dev
	$(BIN)/python -m pip install --quiet pip-tools
	cd packaging && for name in "requirements.txt ../pyproject.toml build-requirements.in" \
	    "dev-requirements.txt dev-requirements.in" "speech-requirements.txt speech-requirements.in" \
	    "dist-requirements.txt dist-requirements.in" "district-requirements.txt district-requirements.in" \
	    "llm-requirements.txt llm-requirements.in" \
	    "llm-build-requirements.txt llm-build-requirements.in"; do \
	    set -- $$name; out=$$1; shift; \
	    ../$(BIN)/pip-compile --quiet --generate-hashes --no-emit-index-url --no-emit-find-links \
	        --no-emit-trusted-host --strip-extras --allow-unsafe --no-header "$$@" -o $$out; done

clean:
	rm -rf .venv .build .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

$(STAMPS):
	$(PYTHON) -c "import sys; sys.exit(sys.version_info < (3, 11) and 'Aidpost needs Python 3.11 or newer.')"
	$(PYTHON) -m venv .venv
	mkdir -p $@

$(STAMPS)/app: packaging/requirements.txt pyproject.toml | $(STAMPS)
	$(PIP) --only-binary :all: -r packaging/requirements.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	touch $@

$(STAMPS)/dev: packaging/dev-requirements.txt $(STAMPS)/app
	$(PIP) --only-binary :all: -r packaging/dev-requirements.txt
	touch $@

# llama.cpp is built from source for any x86-64 with AVX2; five minutes on two cores.
$(STAMPS)/llm: packaging/llm-requirements.txt $(STAMPS)/app
	$(PIP) --only-binary :all: -r packaging/llm-build-requirements.txt
	CMAKE_BUILD_PARALLEL_LEVEL=2 CMAKE_ARGS="$(PORTABLE)" PATH="$(CURDIR)/$(BIN):$$PATH" \
	    $(PIP) --no-binary llama-cpp-python --no-build-isolation \
	    --config-settings 'wheel.exclude=lib/**;include/**;bin/**' -r packaging/llm-requirements.txt
	touch $@

# Speech recognition: Whisper through CTranslate2, wheels only.
$(STAMPS)/speech: packaging/speech-requirements.txt $(STAMPS)/app
	$(PIP) --only-binary :all: -r packaging/speech-requirements.txt
	touch $@

# The library on PostgreSQL, and reading by several processes or machines.
$(STAMPS)/district: packaging/district-requirements.txt $(STAMPS)/app
	$(PIP) --only-binary :all: -r packaging/district-requirements.txt
	touch $@

$(STAMPS)/debian: packaging/debian-packages.txt | $(STAMPS)
	packaging/install-debian-packages.sh packaging/debian-packages.txt
	touch $@
