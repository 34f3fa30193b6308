"""Linked programs and libraries survive what people do to them: strip, objcopy, tools of LLVM and elfutils, patchelf."""

from __future__ import annotations

import os
import shlex
import subprocess
from pathlib import Path

import linker_jobs
import pytest

PROGRAM = """
#include <stdio.h>
#include <stdlib.h>
__thread int mine = 3; int next(int);
int main(int count, char **words) { printf("%d %s %d\\n", mine, getenv("ABSENT") ? "set" : "unset", next(count)); return 0; }
"""
LIBRARY = "int next(int by) { static int sum = 5; return sum += by; }\n"
EDITS = ("strip -o new old", "strip -g -o new old", "objcopy old new", "objcopy --add-section .mine=main.c old new",
         "objcopy --compress-debug-sections old new",
         "llvm-strip -o new old", "llvm-objcopy --strip-unneeded old new", "eu-strip -f debug -o new old")
DYNAMIC_EDITS = ("patchelf --set-rpath /a/rather/long/folder/that/needs/a/new/place/for/strings:'$ORIGIN' --output new old",
                 "patchelf --set-interpreter /lib64/ld-linux-x86-64.so.2 --output new old",
                 "patchelf --add-needed libm.so.6 --output new old")
LIBRARY_EDITS = ("strip -o new old", "llvm-strip -o new old", "patchelf --set-soname libother.so --output new old",
                 "patchelf --add-rpath /a/rather/long/folder/that/needs/a/new/place/for/strings --output new old")


def edited(folder: Path, command: str, old: str, new: str) -> None:
    """Run an edit; `old` and `new` stand for files."""
    words = [{"old": old, "new": new}.get(word, word) for word in shlex.split(command)]
    done = subprocess.run(words, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{command}: {done.stderr}"


def runs(folder: Path, program: str) -> str:
    environment = {**os.environ, "LD_LIBRARY_PATH": str(folder)}
    done = subprocess.run([f"./{program}"], cwd=folder, capture_output=True, text=True, check=False, env=environment)
    return f"{done.returncode} {done.stdout}{done.stderr}"


@pytest.mark.parametrize("mode", ["-static", "-static-pie", "-pie", "-no-pie"])
def test_edits(tmp_path: Path, mode: str) -> None:
    (tmp_path / "main.c").write_text(PROGRAM)
    (tmp_path / "lib.c").write_text(LIBRARY)
    driver = linker_jobs.linker_folder("starklink", tmp_path)
    link = ["gcc", f"-B{driver}", "-g", "-O1"]
    dynamic = mode in ("-pie", "-no-pie")
    subprocess.run([*link, "-fPIC", "-shared", "-o", "libnext.so", "lib.c"], check=True, cwd=tmp_path)
    library = ["-L.", "-lnext"] if dynamic else ["lib.c"]
    subprocess.run([*link, mode, "-o", "program", "main.c", *library], check=True, cwd=tmp_path)
    expected = runs(tmp_path, "program")
    assert expected == "0 3 unset 6\n"
    for command in (*EDITS, *(DYNAMIC_EDITS if dynamic else ())):
        edited(tmp_path, command, "program", "other")
        assert runs(tmp_path, "other") == expected, command
        said = subprocess.run(["readelf", "-aW", "other"], cwd=tmp_path, capture_output=True, text=True, check=True)
        assert not said.stderr, command
        (tmp_path / "other").unlink()
    if dynamic:
        (tmp_path / "libnext.so").rename(tmp_path / "original.so")
        for command in LIBRARY_EDITS:
            edited(tmp_path, command, "original.so", "libnext.so")
            assert runs(tmp_path, "program") == expected, command
            (tmp_path / "libnext.so").unlink()


@pytest.mark.parametrize(("mode", "option"), [
    ("-static-pie", "--emit-relocs"), ("-m32 -pie", "--emit-relocs"), ("-m32 -static-pie", "-z,pack-relative-relocs"),
    ("-no-pie", "-z,pack-relative-relocs"), ("-m32 -no-pie", "--compress-debug-sections=zlib"),
    ("-pie", "--gc-sections,--icf=all,-z,shstk,-z,ibt"),
], ids=lambda text: text.replace(" ", ""))
def test_other_kinds(tmp_path: Path, mode: str, option: str) -> None:
    """The checkers are silent, debuggers find lines, and what strip and objcopy leave still runs."""
    (tmp_path / "main.c").write_text(PROGRAM + LIBRARY)
    driver = linker_jobs.linker_folder("starklink", tmp_path)
    words = ["gcc", f"-B{driver}", "-g", "-O1", "-ffunction-sections", *mode.split(), f"-Wl,{option}", "-o", "program", "main.c"]
    subprocess.run(words, check=True, cwd=tmp_path)
    expected = runs(tmp_path, "program")
    assert expected == "0 3 unset 6\n" and not linker_jobs.complaints(tmp_path / "program")
    debugger = ["gdb", "-nx", "-batch", "-ex", "break next", "-ex", "run", "-ex", "bt", "program"]
    said = subprocess.run(debugger, cwd=tmp_path, capture_output=True, text=True, check=False).stdout
    assert "next (by=" in said and "main.c:6" in said and "main.c:5" in said
    for command in (*EDITS[:2], "objcopy --decompress-debug-sections old new", "llvm-strip -o new old"):
        edited(tmp_path, command, "program", "other")
        assert runs(tmp_path, "other") == expected, command
