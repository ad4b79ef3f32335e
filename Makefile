# The map of this repository: `make` lists the targets. A fresh Debian needs python3, python3-venv, make and git.
#
# Environments are stamped, so a second run installs nothing.

SHELL := bash
.SHELLFLAGS := -eu -o pipefail -c
.ONESHELL:
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help

# Compiled modules are kept: without them every start would cost a third of a second more.
unexport PYTHONDONTWRITEBYTECODE

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

# What the main job judges: the matrix is printed and compared, and every rule is asked.
TERRAFORM := infra/terraform
MATRIX := infra/access_matrix.txt
ENVIRONMENTS := $(sort $(wildcard infra/environments/*.tfvars))

# Where the matrix is measured as well; with BUCKET and PROJECT, on a live bucket: see smoke/README.md.
MEASURED := infra/environments/dev.tfvars
LIVE := $(if $(BUCKET)$(PROJECT),--bucket '$(BUCKET)' --project '$(PROJECT)' --elsewhere '$(ELSEWHERE)' --allowed-projects '$(ALLOWED)')

# Arguments of pytest: `make test T=tests/test_tidy.py`. Without T, all tests on all cores.
T ?= --numprocesses=auto

SAY := printf '==> %s\n'
PIP = $(@D)/bin/python -m pip --disable-pip-version-check --no-input --retries 5 --timeout 60

# For how long each target of `make fuzz` runs.
FUZZ_SECONDS ?= 60

##@ Two commands do all the set-up

.PHONY: gate
gate: $(VENV)/.gate ## The main job: prove the access matrix for all names, then enforce it and measure it; one verdict
	@test -n '$(ENVIRONMENTS)' || { echo 'error: nothing to prove: there is no infra/environments/*.tfvars' >&2; exit 1; }
	failed=
	for environment in $(ENVIRONMENTS); do
		$(SAY) "proving $$environment" >&2
		$(BIN)/arco policy matrix $(TERRAFORM) --var-file "$$environment" --matrix $(MATRIX) --check \
			|| failed+=", not proved for $$(basename "$$environment" .tfvars)"
	done
	$(BIN)/python -m smoke $(TERRAFORM) --var-file $(MEASURED) --matrix $(MATRIX) \
		|| failed+=", not measured as reviewed in $$(basename '$(MEASURED)' .tfvars)"
	if test -n "$$failed"; then
		echo "verdict: RED$$failed"
		exit 1
	fi
	echo 'verdict: GREEN, proved for $(words $(ENVIRONMENTS)) environments and measured as each account: the matrix holds'

.PHONY: check
check: lint types imports test ## Linters, types, import contracts, tests, and a sample of the planted violations

##@ A part of the gate

.PHONY: smoke
smoke: $(VENV)/.gate ## Measure the matrix on the emulator; live: make smoke BUCKET= PROJECT= ELSEWHERE= ALLOWED=FILE
	@$(BIN)/python -m smoke $(TERRAFORM) --var-file $(MEASURED) --matrix $(MATRIX) $(LIVE)

##@ Parts of the check

.PHONY: lint
lint: $(VENV)/.dev ## Style and format of the Python files
	@$(SAY) 'ruff' >&2
	$(BIN)/ruff check
	$(BIN)/ruff format --check

.PHONY: types
types: $(VENV)/.dev ## Types, by two checkers
	@$(SAY) 'mypy' >&2
	$(BIN)/mypy
	$(SAY) 'basedpyright' >&2
	$(BIN)/basedpyright --pythonpath $(BIN)/python

.PHONY: imports
imports: $(VENV)/.dev ## Dependencies point one way
	@$(SAY) 'import contracts' >&2
	$(BIN)/lint-imports

.PHONY: test
test: $(VENV)/.dev ## Tests, or a part of them: make test T=tests/test_tidy.py
	@$(SAY) 'tests' >&2
	$(BIN)/pytest $(T)

.PHONY: mutants
mutants: $(VENV)/.dev ## Judge every mutant of the policy, and print the table: is what changes access caught, and nothing else?
	@$(BIN)/python -m policy_tests.mutation.table

.PHONY: planted
planted: $(VENV)/.dev ## Replay every planted violation: each must turn its check red
	@$(BIN)/python -m tests.planted.replay

##@ Now and then

.PHONY: bench
bench: $(VENV)/.dev $(VENV)-peers/.peers ## Measure, beside peers in an environment of their own, and print the tables
	@for program in $(sort $(wildcard benchmarks/*.py)); do
		$(SAY) "$$program" >&2
		$(BIN)/python "$$program"
	done

.PHONY: fuzz
fuzz: $(VENV)-fuzz/.fuzz ## Drive the parsers to code that no input has reached: FUZZ_SECONDS=600 for each
	@for target in condition matrix plan source; do
		$(SAY) "$$target" >&2
		$(VENV)-fuzz/bin/python tests/fuzz/guided.py "$$target" --seconds $(FUZZ_SECONDS)
	done

.PHONY: plans
plans: $(VENV)/.dev ## Record Terraform's plans of infra/ again (needs terraform on PATH)
	@$(BIN)/python tests/terraform/record.py

.PHONY: docs
docs: $(VENV)/.dev ## Write docs/rules.md again, from the rules and their cases
	@$(BIN)/python -m policy_tests.rules_page

.PHONY: lock
lock: $(VENV)-lock/.lock ## Resolve the requirements again, with hashes: LOCK=--upgrade for newer ones
	@for name in gate dev fuzz lock peers terraform; do
		case "$$name" in
			gate) sources='pyproject.toml --extra emulator --extra gcs requirements/gate.in' ;;
			dev) sources='pyproject.toml --all-extras requirements/gate.in requirements/dev.in --constraints requirements/gate.txt' ;;
			fuzz) sources='pyproject.toml requirements/fuzz.in --constraints requirements/gate.txt' ;;
			*) sources="requirements/$$name.in" ;;
		esac
		$(SAY) "requirements/$$name.txt" >&2
		$(VENV)-lock/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header \
			--no-emit-index-url --no-emit-find-links --emit-build-options --output-file "requirements/$$name.txt" $(LOCK) $$sources
	done

.PHONY: format
format: $(VENV)/.dev ## Rewrite the Python files as the check wants them
	@$(BIN)/ruff check --fix
	$(BIN)/ruff format

.PHONY: clean
clean: ## Remove environments and caches
	@rm -rf $(VENV) $(VENV)-* .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

.PHONY: help
help: ## This list
	@awk -F ':.*## ' '/^##@ / { print "\n" substr($$0, 5) } \
		/^[a-z-]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

# A virtual environment, and a stamp in it for each set of requirements. An environment without its stamp is half made: again.

define MAKE_VENV
@command -v $(PYTHON) > /dev/null || { echo 'error: $(PYTHON) is missing: apt-get install python3' >&2; exit 1; }
$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	|| { echo 'error: Python 3.11 or later is needed; name it: make PYTHON=python3.11' >&2; exit 1; }
$(PYTHON) -c 'import ensurepip, venv' 2> /dev/null \
	|| { echo 'error: $(PYTHON) cannot make virtual environments: apt-get install python3-venv' >&2; exit 1; }
$(SAY) 'making $(@D)' >&2
$(PYTHON) -m venv --clear $(@D)
touch $@
endef

define INSTALL
$(SAY) 'installing $< into $(@D)' >&2
$(PIP) install --require-hashes --only-binary :all: --requirement $< | { grep --line-buffered '^Collecting' >&2 || true; }
endef

$(VENV)/.made $(VENV)-fuzz/.made $(VENV)-lock/.made $(VENV)-peers/.made:
	$(MAKE_VENV)

$(VENV)/.gate: requirements/gate.txt pyproject.toml | $(VENV)/.made
	@$(INSTALL)
	$(PIP) install --quiet --no-deps --no-index --no-build-isolation --editable .
	touch $@

$(VENV)/.dev: requirements/dev.txt | $(VENV)/.gate
	@$(INSTALL)
	touch $@

$(VENV)-fuzz/.fuzz: requirements/fuzz.txt | $(VENV)-fuzz/.made
	@$(INSTALL)
	touch $@

$(VENV)-lock/.lock: requirements/lock.txt | $(VENV)-lock/.made
	@$(INSTALL)
	touch $@

$(VENV)-peers/.peers: requirements/peers.txt | $(VENV)-peers/.made
	@$(INSTALL)
	touch $@
