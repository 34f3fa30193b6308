"""Links of real objects: every kind of output runs, the two ways of relocating agree, and other tools read what was written."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from starklink.linker.elf import link as linking
from starklink.linker.elf.link import LinkResult, link
from starklink.linker.elf.options import InputSpec, Options
from starklink.linker.errors import LinkError

PROGRAM = r"""
#include <stdio.h>
#include <string.h>
#include <errno.h>
extern int counter; int bump(int);
__thread int mine = 40;
static const char *names[] = {"zero", "one", "two"};
int (*pointer)(int) = bump;
__attribute__((constructor)) static void early(void) { mine++; }
__attribute__((weak)) int absent(void);
int main(int count, char **words) {
    errno = 0;
    counter = 5;
    int sum = pointer(1);
    printf("%s %d %d %d %d\n", names[count], sum, counter, mine, absent != 0);
    return bump(35);
}
"""
LIBRARY = "int counter = 1; int bump(int by) { return counter += by; }\n"
EXPECTED = (41, "one 6 6 41 0\n")


def run(*words: str | Path) -> str:
    done = subprocess.run([str(word) for word in words], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


@pytest.fixture(scope="module")
def parts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Objects of a program and a library, with and without -fPIC, and a shared library made by GNU ld."""
    folder = tmp_path_factory.mktemp("parts")
    (folder / "main.c").write_text(PROGRAM)
    (folder / "lib.c").write_text(LIBRARY)
    for name, flags in (("pic", ["-fPIC"]), ("fixed", ["-fno-pie"])):
        for stem in ("main", "lib"):
            run("gcc", "-O1", "-g", "-ffunction-sections", *flags, "-c", folder / f"{stem}.c", "-o", folder / f"{stem}-{name}.o")
    run("ar", "rcs", folder / "liblib.a", folder / "lib-pic.o")
    run("gcc", "-shared", folder / "lib-pic.o", "-o", folder / "libshared.so")
    return folder


def where(name: str) -> str:
    return run("gcc", f"-print-file-name={name}").strip()


def options(kind: str, objects: list[Path | str], static: bool = False, **more: object) -> Options:
    """As gcc would call the linker."""
    pic = kind != "exec"
    starts = ["rcrt1.o" if static and pic else "Scrt1.o" if pic else "crt1.o", "crti.o",
              "crtbeginS.o" if pic else "crtbeginT.o" if static else "crtbegin.o"]
    ends = ["crtendS.o" if pic else "crtend.o", "crtn.o"]
    made = Options(kind=kind, static=static, eh_frame_hdr=True, build_id="sha1", hash_style="gnu", **more)  # type: ignore[arg-type]
    if static:
        made.dynamic_linker = ""
    made.library_paths = [str(Path(where("libgcc.a")).parent), str(Path(where("libc.a")).parent)]
    made.inputs = [InputSpec("file", where(name)) for name in starts]
    made.inputs += [InputSpec("file", str(path)) for path in objects]
    made.inputs += [InputSpec("lib", name, static=static) for name in (("gcc", "gcc_eh", "c") if static else ("gcc", "c"))]
    made.inputs += [InputSpec("file", where(name)) for name in ends]
    return made


def program(result: LinkResult, path: Path) -> tuple[int, str]:
    result.write(path)
    done = subprocess.run([path], capture_output=True, text=True, check=False, timeout=60)
    return done.returncode, done.stdout


MODES = [("exec", True, "fixed"), ("exec", False, "fixed"), ("pie", False, "pic"), ("pie", True, "pic")]


@pytest.mark.parametrize(("kind", "static", "flavour"), MODES)
def test_programs_run_and_both_ways_agree(parts: Path, tmp_path: Path, kind: str, static: bool, flavour: str,
                                          monkeypatch: pytest.MonkeyPatch) -> None:
    asked = options(kind, [parts / f"main-{flavour}.o", parts / "liblib.a"], static)
    rows = link(asked)
    assert program(rows, tmp_path / "rows") == EXPECTED
    monkeypatch.setattr(linking, "MANY", 1)
    assert link(asked).bytes == rows.bytes
    for words in (["readelf", "-aW"], ["eu-elflint", "-q", "--gnu-ld"]):
        done = subprocess.run([*words, tmp_path / "rows"], capture_output=True, text=True, check=False)
        # elflint does not know programs whose only relocations are for the program itself (GNU ld's draw the same words).
        complaints = [line for line in (done.stdout if "lint" in words[0] else done.stderr).splitlines()
                      if not (static and kind == "exec" and "invalid symbol index" in line)]
        assert complaints == []


@pytest.mark.parametrize(("kind", "flavour"), [("exec", "fixed"), ("pie", "pic")])
def test_shared_library_with_copies_and_canonical_functions(parts: Path, tmp_path: Path, kind: str, flavour: str) -> None:
    asked = options(kind, [parts / f"main-{flavour}.o", parts / "libshared.so"], rpaths=[str(parts)])
    result = link(asked)
    assert program(result, tmp_path / "program") == EXPECTED
    relocations = run("readelf", "-rW", tmp_path / "program")
    assert ("R_X86_64_COPY" in relocations) == (flavour == "fixed")


def test_own_shared_library(parts: Path, tmp_path: Path) -> None:
    library = link(Options(kind="shared", inputs=[InputSpec("file", str(parts / "lib-pic.o"))], soname="libown.so"))
    library.write(tmp_path / "libown.so")
    asked = options("pie", [parts / "main-pic.o", tmp_path / "libown.so"], rpaths=[str(tmp_path)])
    assert program(link(asked), tmp_path / "program") == EXPECTED
    assert run("eu-elflint", "-q", "--gnu-ld", tmp_path / "libown.so") == ""


def test_relocatable_output_goes_on(parts: Path, tmp_path: Path) -> None:
    objects = [InputSpec("file", str(parts / name)) for name in ("main-pic.o", "lib-pic.o")]
    joined = link(Options(kind="relocatable", inputs=objects))
    joined.write(tmp_path / "joined.o")
    assert program(link(options("pie", [tmp_path / "joined.o"])), tmp_path / "ours") == EXPECTED
    run("gcc", tmp_path / "joined.o", "-o", tmp_path / "theirs")
    done = subprocess.run([tmp_path / "theirs"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == EXPECTED


def test_garbage_goes_and_its_frames_with_it(tmp_path: Path) -> None:
    source = tmp_path / "dead.c"
    source.write_text("int used(void) { return 7; } int unused(void) { return used() + 1; } void _start(void) { used(); }\n")
    run("gcc", "-O0", "-ffunction-sections", "-c", source, "-o", tmp_path / "dead.o")
    asked = Options(inputs=[InputSpec("file", str(tmp_path / "dead.o"))], gc_sections=True, eh_frame_hdr=True)
    result = link(asked)
    result.write(tmp_path / "dead")
    assert "unused" not in run("nm", tmp_path / "dead")
    assert run("readelf", "--debug-dump=frames", tmp_path / "dead").count(" FDE ") == 2
    assert [result.context.sec_name[one] for one in result.dropped if result.context.sec_size[one]] == [".text.unused"]


def test_everything_missing_is_told(tmp_path: Path) -> None:
    source = tmp_path / "lost.c"
    source.write_text("int lots(void), less(void); int lost;"
                      " int twice(void) { return lots() + less(); } void _start(void) { lots(); }\n")
    run("gcc", "-O0", "-g", "-c", source, "-o", tmp_path / "lost.o")
    with pytest.raises(LinkError) as caught:
        link(Options(inputs=[InputSpec("file", str(tmp_path / "lost.o"))]))
    texts = caught.value.problems
    assert len(texts) == 2
    assert "undefined symbol: lots" in texts[0]
    assert "lost.c:1" in texts[0] and "in function twice" in texts[0]


def test_same_name_twice(parts: Path) -> None:
    with pytest.raises(LinkError) as caught:
        link(options("exec", [parts / "main-fixed.o", parts / "lib-fixed.o", parts / "lib-pic.o"]))
    assert sorted(text.splitlines()[0] for text in caught.value.problems) == \
        ["duplicate symbol: bump", "duplicate symbol: counter"]


def test_distance_is_told(tmp_path: Path) -> None:
    source = tmp_path / "far.s"
    source.write_text(".globl _start\n_start: call far\n.globl far\nfar = 0x123456789000\n")
    run("gcc", "-c", source, "-o", tmp_path / "far.o")
    with pytest.raises(LinkError, match=r"R_X86_64_PLT32 out of range: \d+ is not in \[-2147483648, 2147483647\]"):
        link(Options(inputs=[InputSpec("file", str(tmp_path / "far.o"))]))


def test_equal_strings_are_one(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / f"{name}.c").write_text(f'const char *{name}(void) {{ return "the same text"; }}\n')
        run("gcc", "-O1", "-c", tmp_path / f"{name}.c", "-o", tmp_path / f"{name}.o")
    asked = Options(inputs=[InputSpec("file", str(tmp_path / f"{name}.o")) for name in ("one", "two")], entry="one")
    assert bytes(link(asked).bytes).count(b"the same text") == 1


def test_same_input_same_bytes(parts: Path) -> None:
    asked = options("pie", [parts / "main-pic.o", parts / "lib-pic.o"])
    assert link(asked).bytes == link(asked).bytes


def test_debug_sections_shrink(parts: Path, tmp_path: Path) -> None:
    objects: list[Path | str] = [parts / "main-pic.o", parts / "lib-pic.o"]
    result = link(options("pie", objects, compress_debug="zlib"))
    assert program(result, tmp_path / "small") == EXPECTED
    assert any(out.name == ".debug_info" and out.flags & 0x800 for out in result.context.outputs)
    decoded = run("readelf", "--debug-dump=decodedline", tmp_path / "small")
    link(options("pie", objects)).write(tmp_path / "large")
    assert decoded == run("readelf", "--debug-dump=decodedline", tmp_path / "large").replace("/large", "/small")
    assert run("eu-elflint", "-q", "--gnu-ld", tmp_path / "small") == ""


def test_retained_sections_stay_retained_in_relocatable_output(tmp_path: Path) -> None:
    """SHF_GNU_RETAIN outlives -r: the later link with --gc-sections keeps those data, and drops others of the same name."""
    (tmp_path / "a.s").write_text('.globl kept, lost\n.section .data,"awR",@progbits\nkept: .quad 1\n'
                                  '.section .data.x,"aw",@progbits\nlost: .quad 2\n')
    (tmp_path / "b.s").write_text('.globl _start\n.section .data,"awR",@progbits\n.quad 3\n.text\n_start: ret\n')
    for stem in "ab":
        run("as", tmp_path / f"{stem}.s", "-o", tmp_path / f"{stem}.o")
    objects = [InputSpec("file", str(tmp_path / f"{stem}.o")) for stem in "ab"]
    link(Options(kind="relocatable", inputs=objects)).write(tmp_path / "ab.o")
    assert re.search(r"\.data +PROGBITS +0+ [0-9a-f]+ 000010 00 +WAR ", run("readelf", "-SW", tmp_path / "ab.o"))
    run("ld.bfd", "--gc-sections", tmp_path / "ab.o", "-o", tmp_path / "theirs")
    link(Options(inputs=[InputSpec("file", str(tmp_path / "ab.o"))], gc_sections=True)).write(tmp_path / "ours")
    for name in ("theirs", "ours"):
        names = run("nm", tmp_path / name)
        assert " D kept" in names and "lost" not in names, name


def test_a_first_object_of_a_few_bytes_is_refused(tmp_path: Path) -> None:
    for size in (4, 5, 17, 20):
        (tmp_path / "a.o").write_bytes(b"\x7fELF\x02\x01\x01".ljust(20, b"\0")[:size])
        with pytest.raises(LinkError, match=r"a\.o"):
            link(Options(inputs=[InputSpec("file", str(tmp_path / "a.o"))]))


def test_relocations_out_of_place_stop_relocatable_output(tmp_path: Path) -> None:
    (tmp_path / "a.s").write_text(".data\n.quad far - 1\n")
    run("as", tmp_path / "a.s", "-o", tmp_path / "a.o")
    content = bytearray((tmp_path / "a.o").read_bytes())
    addend = content.index(b"\xff" * 8, 64)             # -1: the last field of the only relocation
    content[addend - 16:addend - 8] = b"\xff" * 8
    (tmp_path / "a.o").write_bytes(content)
    with pytest.raises(LinkError, match=r"a\.o.*\.data.*relocation at 0xffffffffffffffff lies outside the section of 0x8 bytes"):
        link(Options(kind="relocatable", inputs=[InputSpec("file", str(tmp_path / "a.o"))]))


def test_groups_stay_groups_in_relocatable_output(tmp_path: Path) -> None:
    text = "#include <vector>\nint {name}(int by) {{ std::vector<int> all(3, by); return all.at(1); }}\n"
    for name in ("one", "two"):
        (tmp_path / f"{name}.cc").write_text(text.format(name=name))
        run("g++", "-c", tmp_path / f"{name}.cc", "-o", tmp_path / f"{name}.o")
    (tmp_path / "main.cc").write_text("int one(int), two(int); int main() { return one(20) + two(22); }\n")
    joined = link(Options(kind="relocatable", inputs=[InputSpec("file", str(tmp_path / "one.o"))]))
    joined.write(tmp_path / "joined.o")
    # The groups of the joined object and of the other one define the same functions: one of each is kept.
    run("g++", tmp_path / "main.cc", tmp_path / "joined.o", tmp_path / "two.o", "-o", tmp_path / "program")
    assert subprocess.run([tmp_path / "program"], check=False).returncode == 42


def test_flat_image_by_load_address(tmp_path: Path) -> None:
    (tmp_path / "boot.s").write_text(".globl _start\n_start: hlt\n.org 510\n.byte 0x55, 0xaa\n")
    run("gcc", "-c", tmp_path / "boot.s", "-o", tmp_path / "boot.o")
    asked = Options(inputs=[InputSpec("file", str(tmp_path / "boot.o"))], oformat="binary", section_starts=[(".text", 0x7C00)])
    image = bytes(link(asked).bytes)
    assert (len(image), image[0], image[-2:]) == (512, 0xF4, b"\x55\xaa")


KERNEL = r"""
    .section .multiboot, "a"
    .long 0x1badb002, 0, -0x1badb002
    .text
    .globl _start
_start:
    mov $stack_end, %esp
    call kernel
"""
KERNEL_C = r"""
static const char *const words[] = {"booted ", "by ", "multiboot\n"};
volatile int count = 3;
int seen;
static void out(unsigned short port, unsigned char value) { __asm__ volatile("outb %0, %1" : : "a"(value), "Nd"(port)); }
void kernel(void) {
    for (int word = 0; word < count; word++)
        for (const char *letter = words[word]; *letter; letter++, seen++) out(0xe9, *letter);
    out(0xf4, seen == 20 ? 0x20 : 0x21);
    for (;;) __asm__("hlt");
}
char stack[4096]; __asm__(".globl stack_end\n.set stack_end, stack+4096");
"""


def test_32_bit_kernel_boots(tmp_path: Path) -> None:
    (tmp_path / "start.s").write_text(KERNEL)
    (tmp_path / "kernel.c").write_text(KERNEL_C)
    for name in ("start.s", "kernel.c"):
        run("gcc", "-m32", "-O1", "-ffreestanding", "-fno-pic", "-fno-stack-protector", "-fno-asynchronous-unwind-tables", "-c",
            tmp_path / name, "-o", (tmp_path / name).with_suffix(".o"))
    inputs = [InputSpec("file", str(tmp_path / name)) for name in ("start.o", "kernel.o")]
    link(Options(machine="i386", inputs=inputs, image_base=0x100000)).write(tmp_path / "image")
    assert run("eu-elflint", "-q", "--gnu-ld", tmp_path / "image") == ""
    log = tmp_path / "log"
    done = subprocess.run(["qemu-system-x86_64", "-kernel", tmp_path / "image", "-display", "none", "-no-reboot", "-debugcon",
                           f"file:{log}", "-device", "isa-debug-exit,iobase=0xf4,iosize=4"], check=False, timeout=60)
    assert (done.returncode, log.read_text()) == (0x20 << 1 | 1, "booted by multiboot\n")


def test_32_bit_and_64_bit_objects_do_not_mix(tmp_path: Path) -> None:
    (tmp_path / "one.c").write_text("void _start(void) {}\n")
    run("gcc", "-m32", "-c", tmp_path / "one.c", "-o", tmp_path / "one.o")
    with pytest.raises(LinkError, match="is a 32-bit object: give -m elf_i386"):
        link(Options(machine_given=True, inputs=[InputSpec("file", str(tmp_path / "one.o"))]))


@pytest.mark.parametrize("kind", ["exec", "relocatable"])
def test_damaged_alignment_is_told(parts: Path, kind: str) -> None:
    damaged = bytearray((parts / "lib-pic.o").read_bytes())
    names = run("readelf", "-SW", parts / "lib-pic.o")
    number = int(re.search(r"\[ *(\d+)\] \.text\.bump", names).group(1))  # type: ignore[union-attr]
    row = int.from_bytes(damaged[40:48], "little") + 64 * number
    damaged[row + 48:row + 56] = (1 << 40).to_bytes(8, "little")
    with pytest.raises(LinkError, match=r"the output would have .* is aligned to 0x10000000000"):
        link(Options(kind=kind, inputs=[InputSpec("bytes", "damaged.o", data=bytes(damaged))], undefined=["bump"]))
