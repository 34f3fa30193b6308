"""The linker as a command: what it answers, its messages and exit codes, and what it writes besides the output."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

MAIN = """
extern int helper(int); int shared_value = 5; static int hidden_value = 6;
int unused(void) { return hidden_value; }
void _start(void) { __asm__ volatile("syscall" : : "a"(60), "D"(helper(shared_value))); }
"""
HELPER = "extern int deeper(int); int helper(int x) { return deeper(x) + 1; }"
DEEPER = "int table[8] = {1, 2, 3}; int deeper(int x) { return x + table[1]; }"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """main.o, and libx.a with helper.o and deeper.o."""
    where = tmp_path_factory.mktemp("link")
    for name, text in (("main", MAIN), ("helper", HELPER), ("deeper", DEEPER)):
        (where / f"{name}.c").write_text(text)
    flags = "-O1 -ffreestanding -fno-pie -ffunction-sections -fno-asynchronous-unwind-tables -fno-stack-protector"
    build = f"gcc {flags} -c main.c helper.c deeper.c && ar rc libx.a helper.o deeper.o"
    subprocess.run(build, shell=True, check=True, cwd=where)
    return where


def ld(folder: Path, *args: str, env: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", "from starklink.driver.ld import entry; entry()", *args]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, env={**os.environ, **(env or {})})


def test_version_is_what_build_systems_look_for(folder: Path) -> None:
    first = ld(folder, "--version").stdout.splitlines()[0]
    assert re.search(r"GNU ld.* (\d+\.\d+)", first)                 # glibc's and gcc's configure scripts
    assert re.search(r"\d+\.\d+", first)                            # meson
    assert "GNU" in ld(folder, "-v").stdout                         # libtool
    assert "elf_x86_64" in ld(folder, "-V").stdout
    assert ld(folder, "--print-output-format").stdout == "elf64-x86-64\n"
    assert "supported targets: elf64-x86-64" in ld(folder, "--help").stdout


def test_version_imports_no_linker() -> None:
    command = [sys.executable, "-X", "importtime", "-c", "from starklink.driver.link_command import main; main(['--version'])"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    modules = {line.rsplit("|", 1)[1].strip() for line in done.stderr.splitlines() if line.startswith("import time:")}
    assert not modules & {"numpy", "argparse", "starklink.linker.elf.link", "json", "subprocess"}


def test_a_link_imports_little(folder: Path, tmp_path: Path) -> None:
    assert ld(folder, "--install-dir", str(tmp_path)).returncode == 0
    command = [sys.executable, "-IS", "-X", "importtime", str(tmp_path / "ld"), "-o", "little", "main.o", "-L.", "-lx"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True)
    modules = {line.rsplit("|", 1)[1].strip() for line in done.stderr.splitlines() if line.startswith("import time:")}
    assert "starklink.linker.elf.link" in modules
    assert not modules & {"typing", "re", "enum", "collections", "functools", "contextlib", "numpy", "starklink.objwriter.model"}


def test_a_link_and_its_exit_code(folder: Path) -> None:
    done = ld(folder, "-o", "good", "main.o", "-L.", "-lx")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert subprocess.run([str(folder / "good")], check=False).returncode == 8
    assert (folder / "good").stat().st_mode & 0o111


def test_umask_decides_the_mode(folder: Path) -> None:
    command = f"umask 027; '{sys.executable}' -m starklink link -o masked main.o libx.a"
    subprocess.run(command, shell=True, check=True, cwd=folder)
    assert (folder / "masked").stat().st_mode & 0o777 == 0o750


def test_errors_leave_the_old_output(folder: Path) -> None:
    (folder / "old").write_text("old")
    before = set(folder.iterdir())
    done = ld(folder, "-o", "old", "main.o")
    assert done.returncode == 1
    assert done.stderr.startswith("ld.starklink: error: undefined symbol: helper\n>>> referenced by main.o:(.text")
    assert (folder / "old").read_text() == "old"
    assert set(folder.iterdir()) == before


@pytest.mark.parametrize(("args", "text"), [
    (["--nope", "main.o"], "ld.starklink: error: unknown option: --nope"),
    ([], "ld.starklink: error: no input files"),
    (["nothing.o"], "ld.starklink: error: cannot open nothing.o: No such file or directory"),
    (["-o", "no/such/place", "main.o", "libx.a"], "ld.starklink: error: cannot open"),
    (["-T", "missing.ld", "main.o"], "ld.starklink: error: cannot open missing.ld"),
    (["--version-script=missing.map", "-shared", "main.o"], "ld.starklink: error: cannot open missing.map"),
])  # fmt: skip
def test_messages(args: list[str], text: str, folder: Path) -> None:
    done = ld(folder, *args)
    assert done.returncode == 1
    assert done.stderr.startswith(text)
    assert "Traceback" not in done.stderr


def test_limit_colours_and_fatal_warnings(folder: Path) -> None:
    (folder / "many.s").write_text("\n".join(f".quad missing_{n}" for n in range(30)))
    subprocess.run(["gcc", "-c", "many.s"], check=True, cwd=folder)
    assert ld(folder, "many.o", "-e0").stderr.count("error:") == 21
    assert ld(folder, "many.o", "-e0", "--error-limit=0").stderr.count("error:") == 30
    assert "\033[0;1;31merror" in ld(folder, "many.o", "-e0", "--color-diagnostics").stderr
    assert "\033" not in ld(folder, "many.o", "-e0", "--color-diagnostics=never").stderr
    warned = ld(folder, "-z", "what", "-o", "warned", "main.o", "libx.a")
    assert (warned.returncode, warned.stderr) == (0, "ld.starklink: warning: unknown keyword is ignored: -z what\n")
    assert ld(folder, "-w", "-z", "what", "-o", "warned", "main.o", "libx.a").stderr == ""
    fatal = ld(folder, "--fatal-warnings", "-z", "what", "-o", "fatal", "main.o", "libx.a")
    assert fatal.returncode == 1 and not (folder / "fatal").exists()


def test_map_in_three_forms(folder: Path) -> None:
    assert ld(folder, "-o", "mapped", "main.o", "libx.a", "-Map=m.txt", "--cref").returncode == 0
    text = (folder / "m.txt").read_text()
    symbols = subprocess.run(["nm", "mapped"], cwd=folder, capture_output=True, text=True, check=True).stdout
    for name in ("_start", "helper", "deeper", "table", "shared_value"):
        address = re.search(rf"^(\w+) \w {name}$", symbols, re.MULTILINE)
        assert address is not None
        assert re.search(rf"^ +0x{address[1]} +{name}$", text, re.MULTILINE), name
    assert re.search(r"^libx\.a\(helper\.o\) +main\.o \(helper\)$", text, re.MULTILINE)
    assert re.search(r"^ \.text\.deeper\s+0x\w+ +0x\w+ libx\.a\(deeper\.o\)$", text, re.MULTILINE)
    assert re.search(r"^deeper +libx\.a\(deeper\.o\)\n +libx\.a\(helper\.o\)$", text, re.MULTILINE)
    ld(folder, "-o", "mapped", "main.o", "libx.a", "-Map", "m.json")
    made = json.loads((folder / "m.json").read_text())
    headers = subprocess.run(["readelf", "-SW", "mapped"], cwd=folder, capture_output=True, text=True, check=True).stdout
    for section in made["sections"]:
        if "r" in section["flags"]:
            assert re.search(rf" {re.escape(section['name'])} +\w+ +{section['address']:016x} {section['offset']:06x} "
                             rf"{section['size']:06x}", headers), section["name"]
        assert sum(part["size"] for part in section["inputs"]) <= section["size"]
    ld(folder, "-o", "mapped", "main.o", "libx.a", "-Map", "m.html")
    page = (folder / "m.html").read_text()
    assert '"helper"' in page and "@DATA@" not in page and "http" not in page


def test_explain(folder: Path) -> None:
    text = ld(folder, "-o", "explained", "--gc-sections", "main.o", "libx.a", "--explain=deeper", "--explain", "unused").stdout
    address = re.search(r"lies at (0x\w+)", text)
    symbols = subprocess.run(["nm", "explained"], cwd=folder, capture_output=True, text=True, check=True).stdout
    assert address is not None and f"{int(address[1], 16):016x} T deeper" in symbols
    assert "  defined in libx.a(deeper.o):(.text.deeper+0x0)" in text
    assert "  libx.a(deeper.o) was taken because libx.a(helper.o) needs deeper\n" in text
    assert "  libx.a(helper.o) was taken because main.o needs helper\n" in text
    assert "  kept because of _start -> helper -> deeper\n" in text
    assert "  referred to by libx.a(helper.o):(.text.helper+0x5) in function helper\n" in text
    assert re.search(r"unused\n  defined in main\.o.*\n  left out by --gc-sections", text)
    assert "did you mean deeper?" in ld(folder, "-o", "explained", "main.o", "libx.a", "--explain=depeer").stdout


def test_reproduce_makes_the_same_link(folder: Path, tmp_path: Path) -> None:
    (folder / "words").write_text("-L. -lx")
    assert ld(folder, "-o", "first", "main.o", "@words", "--reproduce=r.tar").returncode == 0
    with tarfile.open(folder / "r.tar") as tar:
        assert all(one.mtime == 0 for one in tar)
        tar.extractall(tmp_path, filter="data")
    assert ld(tmp_path / "r", "@response.txt").returncode == 0
    assert (tmp_path / "r" / "first").read_bytes() == (folder / "first").read_bytes()
    # A link that fails is the one to report.
    assert ld(folder, "-o", "bad", "main.o", "--reproduce=b.tar").returncode == 1
    with tarfile.open(folder / "b.tar") as tar:
        assert any(name.endswith("/main.o") for name in tar.getnames())


def test_dependencies_and_extraction(folder: Path) -> None:
    ld(folder, "-o", "d", "main.o", "libx.a", "--dependency-file=d.d", "--why-extract=why")
    assert (folder / "d.d").read_text() == "d: \\\n  main.o \\\n  libx.a\n\nmain.o:\n\nlibx.a:\n"
    assert (folder / "why").read_text() == ("reference\textracted\tsymbol\nmain.o\tlibx.a(helper.o)\thelper\n"
                                            "libx.a(helper.o)\tlibx.a(deeper.o)\tdeeper\n")


def test_trace(folder: Path) -> None:
    assert ld(folder, "-t", "-o", "t", "main.o", "libx.a").stdout.splitlines()[0] == "main.o"
    assert "attempt" not in ld(folder, "-o", "t", "main.o", "libx.a").stdout
    times = ld(folder, "-o", "t", "main.o", "libx.a", "--time-phases").stderr
    assert re.search(r"s  link$", times, re.MULTILINE)


def test_symbols_traced_and_sections_left_out(folder: Path) -> None:
    done = ld(folder, "-y", "helper", "--gc-sections", "--print-gc-sections", "-o", "y", "main.o", "libx.a")
    assert done.stdout == "main.o: reference to helper\nlibx.a(helper.o): definition of helper\n"
    assert "ld.starklink: removing unused section main.o:(.text.unused)\n" in done.stderr
    assert "is not supported" in ld(folder, "--embedded-relocs", "main.o", "libx.a").stderr


def test_install_dir(folder: Path, tmp_path: Path) -> None:
    done = ld(folder, "--install-dir", str(tmp_path / "bin"))
    assert done.returncode == 0
    linked = subprocess.run([str(tmp_path / "bin" / "ld"), "-o", "installed", "main.o", "libx.a"], cwd=folder, check=False)
    assert linked.returncode == 0
    assert subprocess.run([str(folder / "installed")], check=False).returncode == 8
    assert ld(folder, "--install-dir").returncode == 1
