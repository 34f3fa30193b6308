# make run    compile and run samples/hello.fsh, from nothing but Python 3.11
# make test   linters, type checker, layer contract and all tests
# make bench  measurements of bench/

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

# Command that must exist : Debian package that has it.
TOOLS := qemu-system-x86_64:qemu-system-x86 gdb:gdb readelf:binutils nasm:nasm gcc:gcc llvm-dwarfdump:llvm clang:clang \
         lldb:lldb eu-elflint:elfutils dwarfdump:dwarfdump ld.lld:lld mold:mold llvm-dwarfdump-19:llvm-19

.PHONY: run test bench tools clean

run: $(VENV)/.ready
	$(BIN)/starklink build samples/hello.fsh -o build/hello --timings
	@ls -l build/hello
	./build/hello

test: $(VENV)/.ready-test tools
	$(BIN)/ruff check .
	$(BIN)/mypy --strict
	PATH=$(abspath $(BIN)):$$PATH $(BIN)/lint-imports
	PATH=$(abspath $(BIN)):$$PATH $(BIN)/pytest -n 2 -rs $(PYTEST_ARGS)

bench: $(VENV)/.ready-test
	$(BIN)/python bench/hello.py
	$(BIN)/python bench/lang.py
	$(BIN)/python bench/objwriter.py

$(VENV)/bin/pip:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed"; exit 1; }
	@# Debian ships Python without the module that fills a virtual environment.
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || $(MAKE) --no-print-directory apt PACKAGES=python3-venv
	$(PYTHON) -m venv $(VENV)

$(VENV)/.ready: $(VENV)/bin/pip pyproject.toml
	$(BIN)/pip install --quiet --disable-pip-version-check -e .
	@# An editable install leaves the bytecode to the first run, which some environments forbid.
	@$(BIN)/python -m compileall -q src/starklink
	@# Python would compile its modules in the first run, and the times shown there would be those of that.
	@$(BIN)/python -m compileall -q src
	@mkdir -p build
	@touch $@

$(VENV)/.ready-test: $(VENV)/.ready
	$(BIN)/pip install --quiet --disable-pip-version-check -e '.[test]'
	@touch $@

tools:
	@missing=""; for pair in $(TOOLS); do \
	    command -v "$${pair%%:*}" >/dev/null || missing="$$missing $${pair##*:}"; done; \
	if [ -f /usr/include/stdio.h ]; then :; else missing="$$missing libc6-dev"; fi; \
	if [ -f /usr/share/ovmf/OVMF.fd ]; then :; else missing="$$missing ovmf"; fi; \
	if [ -n "$$missing" ]; then $(MAKE) --no-print-directory apt PACKAGES="$$missing"; fi

.PHONY: apt
apt:
	@if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	    apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $(PACKAGES) >/dev/null; \
	else echo "please install: $(PACKAGES)"; exit 1; fi

clean:
	rm -rf build .pytest_cache .mypy_cache .ruff_cache
