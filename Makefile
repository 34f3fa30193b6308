# make run    compile and run samples/hello.fsh, from nothing but Python 3.11
# make fast   compile the hot modules to machine code (needs a C compiler); everything is the same, only faster
# make test-fast  black-box tests of what make fast makes
# make test   linters, type checker, layer contract and all tests
# make bench  measurements of bench/

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

# Command that must exist : Debian package that has it.
TOOLS := qemu-system-x86_64:qemu-system-x86 gdb:gdb readelf:binutils nasm:nasm gcc:gcc g++:g++ llvm-dwarfdump:llvm clang:clang \
         lldb:lldb eu-elflint:elfutils dwarfdump:dwarfdump ld.lld:lld mold:mold llvm-dwarfdump-19:llvm-19 patchelf:patchelf

# Tests of what the compiler does, not of how: they also run on the compiled build.
BLACK_BOX := tests/test_programs.py tests/test_check_errors.py tests/test_check_scale.py tests/test_compiled_depth.py \
             tests/test_uncaught_positions.py tests/test_asm_families.py tests/test_asm_forms.py tests/test_asm_gas.py \
             tests/test_asm_labels.py tests/test_asm_module.py tests/test_fuzz_asm_symbols.py tests/test_fuzz_nasm.py \
             tests/test_nasm_command.py tests/test_nasm_language.py tests/test_nasm_samples.py

.PHONY: run fast test test-fast bench tools clean

run: $(VENV)/.ready
	$(BIN)/starklink build samples/hello.fsh -o build/hello --timings
	@ls -l build/hello
	./build/hello

test: $(VENV)/.ready-test tools
	@$(BIN)/python -m compileall -q src/starklink
	$(BIN)/ruff check .
	$(BIN)/mypy --strict
	PATH=$(abspath $(BIN)):$$PATH $(BIN)/lint-imports
	STARKLINK_BUILD=pure PATH=$(abspath $(BIN)):$$PATH $(BIN)/pytest -n 2 -rs $(PYTEST_ARGS)

fast: $(VENV)/.ready-test
	$(BIN)/python tools/build_compiled.py

# The same programs behave the same, and the samples' images are the same bytes.
test-fast: fast
	@mkdir -p build
	STARKLINK_BUILD=compiled PATH=$(abspath $(BIN)):$$PATH $(BIN)/pytest -n 2 -rs $(BLACK_BOX)
	STARKLINK_BUILD=pure $(BIN)/python tools/image_digests.py --only samples/ --write build/digests.json
	STARKLINK_BUILD=compiled $(BIN)/python tools/image_digests.py --only samples/ --compare build/digests.json

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
	@# Python would compile its modules in the first run, and the times shown there would be those of that; some environments
	@# forbid it to keep what it compiled.
	@$(BIN)/python -m compileall -q src/starklink
	@mkdir -p build
	@touch $@

$(VENV)/.ready-test: $(VENV)/.ready
	$(BIN)/pip install --quiet --disable-pip-version-check -e '.[test]'
	@touch $@

tools:
	@missing=""; for pair in $(TOOLS); do \
	    command -v "$${pair%%:*}" >/dev/null || missing="$$missing $${pair##*:}"; done; \
	if [ -f /usr/include/stdio.h ]; then :; else missing="$$missing libc6-dev"; fi; \
	if ls /usr/lib/gcc/*/*/32/libstdc++.a >/dev/null 2>&1; then :; else missing="$$missing g++-multilib"; fi; \
	if [ -f /usr/share/ovmf/OVMF.fd ]; then :; else missing="$$missing ovmf"; fi; \
	if [ -f "$$($(PYTHON) -c 'import sysconfig; print(sysconfig.get_path("include"))')/Python.h" ]; then :; \
	else missing="$$missing python3-dev"; fi; \
	if [ -n "$$missing" ]; then $(MAKE) --no-print-directory apt PACKAGES="$$missing"; fi

.PHONY: apt
apt:
	@if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	    apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $(PACKAGES) >/dev/null; \
	else echo "please install: $(PACKAGES)"; exit 1; fi

clean:
	rm -rf build src/starklink/_compiled .pytest_cache .mypy_cache .ruff_cache
