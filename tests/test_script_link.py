"""Programs of the system's C library linked with scripts, and images in other forms than ELF."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest
import script_kernels as k
from script_samples import build

from starklink.linker.elf.link import link
from starklink.linker.elf.options import PIE, InputSpec, Options
from starklink.linker.errors import LinkError
from starklink.linker.script.default import default_script

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
