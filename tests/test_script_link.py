"""Programs of the system's C library linked with scripts, and images in other forms than ELF."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest
import script_kernels as k
from linker_bench import Bench, bench
from script_samples import build

from starklink.linker.elf.link import link
from starklink.linker.elf.options import PIE, InputSpec, Options
from starklink.linker.errors import LinkError
from starklink.linker.script.default import default_script

__all__ = ["bench"]

SOURCE = """
#include <stdio.h>
#include <stdlib.h>
extern char answer[] __attribute__((weak)), mine_start[] __attribute__((weak)), mine_end[] __attribute__((weak));
__thread int local = 5;
__attribute__((section(".mine"), used)) static long mine = 7;
__attribute__((constructor)) static void set_up(void) { local++; }
int main(void) {
  printf("local %d answer %ld mine %ld\\n", local, (long)answer, (long)(mine_end - mine_start));
  return getenv("PATH") ? 42 : 1;
}
"""


def paths(*names: str) -> list[InputSpec]:
    """Files of the compiler's installation."""
    found = [subprocess.run(["gcc", f"-print-file-name={name}"], capture_output=True, text=True, check=True).stdout.strip()
             for name in names]
    return [InputSpec("file", path) for path in found]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("scripts")
    subprocess.run(["gcc", "-c", "-O1", "-fPIE", "-x", "c", "-o", str(made / "main.o"), "-"], input=SOURCE, text=True, check=True)
    return made


def run(folder: Path, kind: str, **options: object) -> str:
    """Link main.o with the C library and run it."""
    main = [InputSpec("file", str(folder / "main.o")), *options.pop("more", [])]    # type: ignore[misc]
    if kind == "static":
        inputs = [*paths("crt1.o", "crti.o", "crtbeginT.o"), *main,
                  *paths("libgcc.a", "libgcc_eh.a", "libc.a", "crtend.o", "crtn.o")]
        made = Options(inputs=inputs, static=True, dynamic_linker="", eh_frame_hdr=True)
    else:
        inputs = [*paths("Scrt1.o", "crti.o", "crtbeginS.o"), *main, *paths("libc.so", "crtendS.o", "crtn.o")]
        made = Options(inputs=inputs, kind=PIE, eh_frame_hdr=True)
    for name, value in options.items():
        setattr(made, name, value)
    link(made).write(folder / "main")
    done = subprocess.run([str(folder / "main")], capture_output=True, text=True, check=False, timeout=20)
    assert done.returncode == 42
    return done.stdout


def test_default_script_makes_static_programs(folder: Path) -> None:
    assert run(folder, "static", script_text=default_script(), gc_sections=True) == "local 6 answer 0 mine 0\n"
    done = subprocess.run(["readelf", "-aW", str(folder / "main")], capture_output=True, text=True, check=True)
    assert done.stderr == ""


def test_default_script_makes_position_independent_programs(folder: Path) -> None:
    assert run(folder, "pie", script_text=default_script(0)) == "local 6 answer 0 mine 0\n"


def test_insert_adds_to_the_default_layout(folder: Path) -> None:
    script = "answer = 40 + 2; SECTIONS { .mine : { mine_start = .; *(.mine) QUAD(1) mine_end = .; } } INSERT AFTER .data;"
    assert run(folder, "static", script_text=script) == "local 6 answer 42 mine 16\n"


def test_a_script_among_the_inputs_adds_to_the_layout(folder: Path) -> None:
    (folder / "more.ld").write_text("answer = 17; SECTIONS { .mine : { mine_start = .; *(.mine) mine_end = .; } } "
                                    "INSERT BEFORE .bss;")
    assert run(folder, "static", more=[InputSpec("file", str(folder / "more.ld"))]) == "local 6 answer 17 mine 8\n"


def test_intel_hex_and_flat_are_those_of_objcopy(folder: Path) -> None:
    """The same load addresses and bytes as objcopy takes from our ELF file."""
    objects = build(folder)
    script = """MEMORY { rom : ORIGIN = 0x8000, LENGTH = 64K ram : ORIGIN = 0x200000, LENGTH = 64K }
        SECTIONS { .text : { *(.text* .rodata* .multiboot) . = ALIGN(64); } >rom =0xa5
          .data : { *(.data*) LONG(ADDR(.data)) } >ram AT>rom
          .bss : { *(.bss) } >ram wanted = .; /DISCARD/ : { *(*) } }"""
    done = k.made(objects, script_text=script)
    done.write(folder / "image.elf")
    done.write_flat(folder / "ours.bin")
    done.write_hex(folder / "ours.hex")
    for form, ours in (("binary", "ours.bin"), ("ihex", "ours.hex")):
        source = [] if form == "binary" else ["-I", "ihex", "-O", "binary", "ours.hex", "back.bin"]
        if source:
            subprocess.run(["objcopy", *source], cwd=folder, check=True)
            ours = "back.bin"
        subprocess.run(["objcopy", "-O", "binary", "image.elf", "theirs.bin"], cwd=folder, check=True)
        assert (folder / ours).read_bytes() == (folder / "theirs.bin").read_bytes()
    assert k.made(objects, script_text=script, oformat="binary").bytes == (folder / "ours.bin").read_bytes()
    assert k.made(objects, script_text=script, oformat="ihex").bytes == (folder / "ours.hex").read_bytes()
    assert done.regions == [("rom", done.regions[0][1], 65536), ("ram", done.regions[1][1], 65536)]
    assert 0 < done.regions[1][1] < done.regions[0][1] < 1000


def test_errors_of_scripts_point_into_them(folder: Path) -> None:
    objects = build(folder)
    for script, words in (("SECTIONS { .a : { *(*) }\n x = nix; }",
                           "script:2:6: error LS040: undefined symbol `nix` in the value of x"),
                          ('SECTIONS { .a : { *(*) }\n ASSERT(0, "never") }', "script:2:2: error LS040: never"),
                          ("PHDRS { a PT_LOAD FILEHDR PHDRS; } SECTIONS { . = 0x20; .a : { *(*) } :a }", "no room for"),
                          ("SECTIONS { .a : { *(*) } .b : }", "script:1:31: error LS001")):
        with pytest.raises(LinkError) as caught:
            k.made(objects, script_text=script, unresolved="ignore-all")
        assert any(re.search(re.escape(words), text) for text in caught.value.problems), caught.value.problems
    with pytest.raises(LinkError, match="cannot find the linker script"):
        k.made(objects, script="nix.ld")


@pytest.mark.parametrize("text", [
    "vv = DEFINED(vv) ? vv : 7;", "vv = DEFINED(vv);", "vv = DEFINED(vv) ? vv + 1 : 7;", "xx = vv; vv = vv + 2;",
    "xx = DEFINED(vv) ? 5 : 6; vv = DEFINED(vv) ? 8 : 7;", "vv = vv + 1; xx = vv; vv += 4;",
])
@pytest.mark.parametrize("defined", ["nowhere", "before", "behind", "object"])
def test_symbols_that_a_script_changes(bench: Bench, text: str, defined: str) -> None:
    """Until its first assignment a symbol is what an input or an earlier --defsym says; a later --defsym has the last word."""
    lines = ".globl _start,vv\n_start: lea vv(%rip), %rbx\n" + (".data\n.long 9\nvv: .long 4\n" if defined == "object" else "")
    code = bench.asm("main", lines + ".section .note.GNU-stack,\"\",@progbits\n")
    bench.write("s.ld", f"SECTIONS {{ {text} . = 0x400000; .text : {{ *(.text) }} .data : {{ *(.data) }} }}")
    early, late = (["--defsym", "vv=3"] if defined == when else [] for when in ("before", "behind"))
    words = [*early, "-T", "s.ld", code, *late]
    theirs = bench.gnu("-o", "theirs", *words)
    ours = bench.ld("-o", "ours", "--no-warn-rwx-segments", *words)
    assert (ours.code == 0) == (theirs.code == 0), ours.text + theirs.text
    if ours.code == 0 and (defined != "behind" or "xx" not in text):     # where theirs does not know yet what comes behind
        symbols = [re.findall(r"([0-9a-f]{16}) .* (vv|xx)$", bench.readelf("s", name), re.M) for name in ("ours", "theirs")]
        assert sorted(symbols[0]) == sorted(symbols[1])


def test_the_file_header_in_expressions(bench: Bench) -> None:
    """__ehdr_start is where the headers lie in memory; where they do not, it is undefined."""
    code = bench.asm("main", ".globl _start\n_start: lea __ehdr_start(%rip), %rax\n lea xx(%rip), %rbx\n.data\n.quad xx\n"
                             ".section .note.GNU-stack,\"\",@progbits\n")
    rest = ".text : { *(.text) size = . - __ehdr_start; } .data : { *(.data) } }"
    for text, start in (("xx = __ehdr_start; SECTIONS { . = 0x400000 + SIZEOF_HEADERS; ", 0x400000),
                        ("SECTIONS { . = 0x12345000 + SIZEOF_HEADERS; xx = __ehdr_start + 16; ", 0x12345010),
                        ("PHDRS { t PT_LOAD FILEHDR PHDRS; } SECTIONS { . = 0x500000 + SIZEOF_HEADERS; "
                         "xx = __ehdr_start; ", 0x500000),
                        ("SECTIONS { __ehdr_start = 0x1234; xx = __ehdr_start; . = 0x400000 + SIZEOF_HEADERS; ", 0x1234)):
        bench.write("s.ld", text + (rest if "PHDRS {" not in text else rest.replace("} .data", "} :t .data")))
        bench.good("-T", "s.ld", "--no-warn-rwx-segments", code)
        symbols = re.findall(r"([0-9a-f]{16}) .* (xx|size|_start|__ehdr_start)$", bench.readelf("s"), re.M)
        found = {name: int(value, 16) for value, name in symbols}
        assert found["xx"] == start and found["_start"] + 14 - found["__ehdr_start"] == found["size"]
    bench.write("s.ld", "SECTIONS { . = 0x400000; xx = __ehdr_start; " + rest)
    assert "undefined symbol" in bench.bad("-T", "s.ld", code)
