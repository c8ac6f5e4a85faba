# make app   sets everything up (first time: minutes, most of it torch) and opens the app
# make test  does the same with the test tools, then runs every check and test
# make quick the same without the browser, in minutes

PYTHON ?= python3
VENV   ?= .venv
PORT   ?= 8501
BIN    := $(VENV)/bin
RUN    := $(BIN)/python

.PHONY: app test quick check golden docs examples clean

app: $(VENV)/.ready
	$(RUN) -m streamlit run app/server.py --server.port $(PORT)

# Two at a time, a file in one piece: most tests keep one core busy, browsers wait.
test: $(VENV)/.ready-dev check
	$(RUN) -m tests.chromium
	$(RUN) -m pytest -n 2 --dist loadfile

# Without the browser and the tests of tests/slow.txt, for people at work: under four minutes.
quick: $(VENV)/.ready-dev check
	$(RUN) -m pytest -n 2 --dist loadfile -m "not browser and not slow"

check: $(VENV)/.ready-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache
	$(BIN)/oxlint --deny-warnings app tests

# A stamp file is newer than what it was made from, so a second run starts at once.
$(VENV)/.ready: requirements.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "MixScope needs Python 3.11 or newer; name one with: make PYTHON=python3.11"; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' || \
	  { echo "Python's venv is missing; on Debian or Ubuntu: apt-get install python3-venv"; exit 1; }
	@echo "Setting up $(VENV): a few minutes the first time, most of it PyTorch (about 6 GB on disk)."
	@$(PYTHON) -m venv $(VENV)
	@$(RUN) -m pip install --quiet --upgrade pip
	@$(RUN) -m pip install --quiet -r requirements.txt
	@PYTHONWARNINGS=ignore $(RUN) -m pip install --quiet --no-deps --editable .
	@touch $@

$(VENV)/.ready-dev: $(VENV)/.ready requirements-dev.txt requirements-peers.txt
	@echo "Adding the test tools."
	@$(RUN) -m pip install --quiet -r requirements-dev.txt
	@$(RUN) -m pip install --quiet --no-deps -r requirements-peers.txt
	@touch $@

# Golden images are remade only on purpose, and committed on their own.
golden: $(VENV)/.ready-dev
	$(RUN) -m pytest tests/laws/test_golden.py --remake-golden

# All of docs/ that is made from the code, and the tables that the command line reads.
docs: $(VENV)/.ready
	$(RUN) -m mixcore.docs

# The example runs that Train and Audit show first: real ones, some four minutes on one core.
examples: $(VENV)/.ready
	$(RUN) -m mixcore examples --make

clean:
	rm -rf $(VENV)
