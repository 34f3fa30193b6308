"""The assembly programs under samples/asm: the same objects as nasm makes, and they run."""

from __future__ import annotations

import os
import shutil
import subprocess
import urllib.error
import urllib.request
from pathlib import Path

import pytest
from nasm_compare import compare, ours, theirs

SAMPLES = Path(__file__).parent.parent / "samples" / "asm"
PROGRAMS = {
    "boot": ("bin",), "control": ("elf64",), "http": ("elf64",), "interpreter": ("elf64",), "multiboot": ("elf32",),
    "numbers": ("elf64",), "rom": ("bin",), "shared": ("elf64",), "structs": ("elf64",), "vectors": ("elf64", "elf32"),
}  # fmt: skip
OPTIONS = ("-Iinclude/",)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    shutil.copytree(SAMPLES, tmp_path / "asm")
    return tmp_path / "asm"


def test_every_sample_is_here() -> None:
    assert {path.stem for path in SAMPLES.glob("*.asm")} == set(PROGRAMS)


@pytest.mark.parametrize("name", PROGRAMS)
def test_same_as_nasm(name: str, folder: Path) -> None:
    path = folder / f"{name}.asm"
    for form in PROGRAMS[name]:
        assert theirs(path, form, OPTIONS)[0] is not None
        assert compare(path, form, OPTIONS) == ""
        assert compare(path, form, (*OPTIONS, "-E")) == ""
        assert compare(path, form, (*OPTIONS, "-O1")) == ""


def test_same_map_file_as_nasm(folder: Path) -> None:
    path = folder / "rom.asm"
    assert theirs(path, "bin")[0] is not None
    expected = (folder / "rom.map").read_text()
    (folder / "rom.map").unlink()
    assert ours(path, "bin")[0] is not None
    made = (folder / "rom.map").read_text()

    def lines(text: str) -> list[str]:
        return [line.split("/")[-1] if line.startswith(("Source", "Output")) else line for line in text.split("\n")]

    assert [line for line in lines(made) if ".out" not in line] == [line for line in lines(expected) if ".out" not in line]


def executable(folder: Path, name: str, *linker: str, form: str = "elf64") -> Path:
    """The sample assembled by us and linked by ld."""
    data, messages = ours(folder / f"{name}.asm", form, OPTIONS)
    assert data is not None, messages
    (folder / f"{name}.o").write_bytes(data)
    out = folder / name
    subprocess.run(["ld", *linker, "-o", str(out), str(folder / f"{name}.o")], check=True, capture_output=True)
    return out


@pytest.mark.parametrize(
    ("name", "code", "first", "last"),
    [
        ("control", 0, "primes: 2 3 5 7 11 13 17 19 23 29 31 37 41 43 47 53 59", "many"),
        ("interpreter", 0, "1", "377"),
        ("numbers", 54, "assembled, scrambled, run", "pi is about 22/7"),
        ("structs", 5, "Ada            36   165    5200  -", "Charles        79   180    3000  R"),
    ],
)
def test_runs(name: str, code: int, first: str, last: str, folder: Path) -> None:
    done = subprocess.run([executable(folder, name)], capture_output=True, text=True, check=False, timeout=10)
    lines = done.stdout.splitlines()
    assert (done.returncode, lines[0], lines[-1]) == (code, first, last)


def test_web_server_answers(folder: Path) -> None:
    with subprocess.Popen([executable(folder, "http")], stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        port = int(server.stdout.readline().split()[1])
        address = f"http://127.0.0.1:{port}"
        with urllib.request.urlopen(f"{address}/", timeout=5) as answer:
            assert "Hello from assembly" in answer.read().decode()
        with pytest.raises(urllib.error.HTTPError) as failure:
            urllib.request.urlopen(f"{address}/nothing", timeout=5)
        assert failure.value.code == 404
        with urllib.request.urlopen(f"{address}/quit", timeout=5) as answer:
            assert answer.read() == b"bye\n"
        assert server.wait(5) == 0


CALLER = """
#include <stdio.h>
long counter_next(void), counter_get(void);
int say(const char *text), *per_thread(void);
extern long visible;
extern const char version_text[];
int main(void) {
    long a = counter_next(), b = counter_next();
    say(version_text);
    *per_thread() += 5;
    printf("%ld %ld %ld %d\\n", a, b, counter_get(), *per_thread());
    return 0;
}
"""


def test_shared_library_is_used_from_c(folder: Path) -> None:
    library = executable(folder, "shared", "-shared")
    library.rename(folder / "libshared.so")
    (folder / "caller.c").write_text(CALLER)
    subprocess.run(["gcc", "caller.c", "-o", "caller", "./libshared.so"], cwd=folder, check=True)
    done = subprocess.run(["./caller"], cwd=folder, capture_output=True, text=True, check=True)
    assert done.stdout == "1.0\n101 102 102 12\n"


VECTORS = """
#include <stdint.h>
#include <stdio.h>
int sum_bytes_sse2(const uint8_t *, long), sum_bytes_avx2(const uint8_t *, long);
void average_sse2(uint8_t *, const uint8_t *, const uint8_t *, long);
void transpose_sse2(uint32_t *), transpose_avx(uint32_t *);
int main(void) {
    static uint8_t a[64], b[64], c[64];
    uint32_t m[16];
    int expected = 0;
    for (int i = 0; i < 64; i++) { a[i] = i * 7; b[i] = i * 3; expected += a[i]; }
    for (int i = 0; i < 16; i++) m[i] = i;
    printf("%d\\n", sum_bytes_sse2(a, 64) == expected);
    if (__builtin_cpu_supports("avx2")) printf("%d\\n", sum_bytes_avx2(a, 64) == expected); else puts("1");
    transpose_sse2(m);
    for (int i = 0; i < 16; i++) printf("%u ", m[i]);
    return 0;
}
"""


def test_vector_functions_are_right(folder: Path) -> None:
    data, messages = ours(folder / "vectors.asm", "elf64", OPTIONS)
    assert data is not None, messages
    (folder / "vectors.o").write_bytes(data)
    (folder / "test.c").write_text(VECTORS)
    subprocess.run(["gcc", "-w", "test.c", "vectors.o", "-o", "test"], cwd=folder, check=True)
    done = subprocess.run(["./test"], cwd=folder, capture_output=True, text=True, check=True)
    assert done.stdout == "1\n1\n0 4 8 12 1 5 9 13 2 6 10 14 3 7 11 15 "


def booted(*arguments: str) -> tuple[int, str]:
    """(exit code, what was sent over the serial port)."""
    device = ("-device", "isa-debug-exit,iobase=0xf4,iosize=1", "-serial", "stdio", "-display", "none", "-no-reboot")
    done = subprocess.run([*arguments, *device], capture_output=True, text=True, check=False, timeout=60,
                          env={**os.environ, "QEMU_AUDIO_DRV": "none"})  # fmt: skip
    return done.returncode, done.stdout.replace("\r", "")


def test_boot_sector_boots(folder: Path) -> None:
    data, messages = ours(folder / "boot.asm", "bin", OPTIONS)
    assert data is not None, messages
    (folder / "boot.img").write_bytes(data)
    code, text = booted("qemu-system-x86_64", "-drive", f"format=raw,file={folder / 'boot.img'}")
    assert (code, text) == (33, "16 bits\n32 bits\n64 bits\n")


def test_multiboot_kernel_boots(folder: Path) -> None:
    kernel = executable(folder, "multiboot", "-m", "elf_i386", "-Ttext", "0x100000", form="elf32")
    code, text = booted("qemu-system-i386", "-kernel", str(kernel))
    assert (code, text) == (33, "Multiboot kernel\nmemory: yes\n10 ticks\n")


def test_rom_boots(folder: Path) -> None:
    data, messages = ours(folder / "rom.asm", "bin", OPTIONS)
    assert data is not None, messages
    (folder / "rom.bin").write_bytes(data)
    code, text = booted("qemu-system-i386", "-bios", str(folder / "rom.bin"))
    assert (code, text) == (33, "moved\n")
