"""The in-process linker: resolution, layout, relocation, and images that run. Sizes and flags are read back by
readelf."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

import pytest
from linker_samples import bootable, hello

from starklink.linker.errors import LinkError
from starklink.linker.link import link
from starklink.objwriter.model import RELOC_SIZE, Fixup, Fragment, ObjectModule, Reloc


def module(*fragments: Fragment, name: str = "m") -> ObjectModule:
    return ObjectModule(name, [Fragment("_start", ".text", b"\xf4", kind="func", binding="global"), *fragments])


def readelf(path: Path, *options: str) -> str:
    done = subprocess.run(["readelf", "-W", *options, str(path)], capture_output=True, text=True, check=True)
    assert done.stderr == ""
    return done.stdout


def test_hello_runs() -> None:
    done = link([hello()]).run()
    assert (done.returncode, done.stdout, done.stderr) == (42, "hello\n", "")


def test_run_passes_arguments_and_input() -> None:
    # pop rdi (argc); mov eax,60; syscall
    code = bytes.fromhex("5fb83c0000000f05")
    image = link([ObjectModule("args", [Fragment("_start", ".text", code, kind="func")])])
    assert image.run(["a", "b", "c"], stdin="x").returncode == 4


def test_linux_layout_as_readelf_sees_it(tmp_path: Path) -> None:
    image = link([hello()])
    image.write(tmp_path / "hello")
    loads = re.findall(r"LOAD +0x(\w+) 0x(\w+) 0x(\w+) 0x(\w+) 0x(\w+) ([RWE ]{3}) 0x(\w+)", readelf(tmp_path / "hello", "-l"))
    assert [one[5] for one in loads] == ["R  ", "R E", "R  ", "RW "]
    for offset, address, _, _, _, _, align in loads:
        assert (int(offset, 16) - int(address, 16)) % int(align, 16) == 0
    pages = [set(range(int(a, 16) // 4096, (int(a, 16) + int(m, 16) - 1) // 4096 + 1)) for _, a, _, _, m, _, _ in loads]
    assert not any(one & other for at, one in enumerate(pages) for other in pages[:at])
    assert (tmp_path / "hello").stat().st_size < 2048  # no padding to pages
    assert (tmp_path / "hello").stat().st_mode & 0o777 == 0o755
    symbols = readelf(tmp_path / "hello", "-s")
    assert re.search(rf"{image.symbol('_start').value:016x} +36 FUNC +GLOBAL", symbols)
    assert re.search(rf"{image.symbol('zeros').value:016x} +100 OBJECT +LOCAL", symbols)


@pytest.mark.parametrize("make", [lambda: link([hello()]), lambda: link([bootable()], target="pc")])
def test_independent_checkers_accept_images(make, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    make().write(tmp_path / "image")
    lint = subprocess.run(["eu-elflint", "--gnu-ld", str(tmp_path / "image")], capture_output=True, text=True, check=False)
    # eu-elflint knows no note types but those of GNU; loaders need the Xen note as it is.
    said = [line for line in lint.stdout.splitlines() if "note type 18 with owner name 'Xen'" not in line]
    assert said in ([], ["No errors"]), lint.stdout
    assert readelf(tmp_path / "image", "-a")


def test_build_id_names_the_contents() -> None:
    one, two = bytes(link([hello()])), bytes(link([hello()]))
    assert one == two
    other = hello()
    other.fragments[1] = Fragment("msg", ".rodata", b"HELLO\n", kind="object")
    at = one.index(b"GNU\0") + 4
    assert one[at : at + 20] != bytes(20)
    assert bytes(link([other]))[at : at + 20] != one[at : at + 20]
    assert b"GNU\0" not in bytes(link([hello()], build_id=False))


def test_strip_leaves_out_symbols() -> None:
    assert b".symtab" in bytes(link([hello()]))
    assert b".symtab" not in bytes(link([hello()], strip=True))


def test_undefined_symbol_names_who_refers() -> None:
    code = Fragment("f", ".text", bytes(16), fixups=[Fixup(4, Reloc.PC32, "nowhere", -4), Fixup(8, Reloc.ABS64, "nowhere", 0)])
    with pytest.raises(LinkError) as caught:
        link([module(code, name="main.fsh")])
    assert str(caught.value) == (
        "undefined symbol nowhere\n    referenced by main.fsh: f+0x4 (.text)\n    referenced by main.fsh: f+0x8 (.text)"
    )


def test_duplicate_symbol_names_both() -> None:
    one, two = (ObjectModule(name, [Fragment("f", ".text", b"\xf4")]) for name in ("one", "two"))
    with pytest.raises(LinkError, match=r"symbol f is defined twice: in one: f\+0x0 \(\.text\) and in two: f\+0x0"):
        link([module(), one, two])


@pytest.mark.parametrize("order", [0, 1])
def test_strong_definition_beats_weak(order: int) -> None:
    weak = ObjectModule("weak", [Fragment("f", ".data", b"weak", binding="weak", kind="object")])
    strong = ObjectModule("strong", [Fragment("f", ".data", b"strong", binding="global", kind="object")])
    user = module(Fragment("p", ".data", bytes(8), 8, fixups=[Fixup(0, Reloc.ABS64, "f", 0)]))
    image = link([user, *([weak, strong], [strong, weak])[order]])
    at = next(one for one in image.sections if one.name == ".data")
    data = image.contents[image.sections.index(at)]
    target = int.from_bytes(data[:8], "little") - at.address
    assert data[target : target + 6] == b"strong"


def field(kind: Reloc, distance: int) -> int:
    """Link a fixup whose value (absolute: symbol value, relative: distance) is `distance`; the bytes as unsigned
    number."""
    size = RELOC_SIZE[kind]
    if kind in (Reloc.PC32, Reloc.PC64, Reloc.PLT32, Reloc.PC16, Reloc.PC8):
        place = Fragment("place", ".data", bytes(size), fixups=[Fixup(0, kind, "place", distance)])
        extra: dict[str, int] = {}
    else:
        place = Fragment("place", ".data", bytes(size), fixups=[Fixup(0, kind, "value", 0)])
        extra = {"value": distance}
    object_ = module(place)
    object_.absolute = extra
    image = link([object_])
    return int.from_bytes(image.contents[[one.name for one in image.sections].index(".data")], "little")


# psABI table 4.9: the fields and whether they verify as signed or zero extended.
REACH = [
    (Reloc.PC32, -1 << 31, (1 << 31) - 1),
    (Reloc.PLT32, -1 << 31, (1 << 31) - 1),
    (Reloc.ABS32S, -1 << 31, (1 << 31) - 1),
    (Reloc.ABS32, 0, (1 << 32) - 1),
    (Reloc.ABS64, -1 << 63, (1 << 64) - 1),
    (Reloc.PC64, -1 << 63, (1 << 63) - 1),
    (Reloc.ABS16, -1 << 15, (1 << 16) - 1),
    (Reloc.PC16, -1 << 15, (1 << 15) - 1),
    (Reloc.ABS8, -1 << 7, 255),
    (Reloc.PC8, -128, 127),
]


@pytest.mark.parametrize(("kind", "low", "high"), REACH)
def test_relocation_reaches_exactly_its_range(kind: Reloc, low: int, high: int) -> None:
    modulus = 1 << 8 * RELOC_SIZE[kind]
    assert field(kind, low) == low % modulus
    assert field(kind, high) == high % modulus
    if kind == Reloc.ABS64:
        return  # a 64-bit field wraps
    for outside in (low - 1, high + 1):
        with pytest.raises(
            LinkError,
            match=rf"m: place\+0x0 \(\.data\): {kind.name} against .*does not fit {8 * RELOC_SIZE[kind]} bits",
        ):
            field(kind, outside)


def test_unsupported_relocation_and_fixup_outside_fragment_are_refused() -> None:
    got = Fragment("f", ".text", bytes(8), fixups=[Fixup(0, Reloc.GOTPCREL, "_start", 0)])
    over = Fragment("g", ".text", bytes(8), fixups=[Fixup(5, Reloc.PC32, "_start", 0)])
    with pytest.raises(LinkError, match="not supported") as caught:
        link([module(got, over)])
    assert "m: g+0x5 (.text): relocation against _start lies outside its fragment" in str(caught.value)


def test_section_symbols_and_layout_symbols() -> None:
    names = ("__text_start", "__text_end", "__data_start", "__bss_start", "__bss_end", "__image_start", ".rodata")
    table = Fragment(
        "table",
        ".data",
        bytes(8 * len(names)),
        8,
        fixups=[Fixup(8 * at, Reloc.ABS64, name, 0) for at, name in enumerate(names)],
    )
    image = link([module(table, Fragment("r", ".rodata", b"r"), Fragment("b", ".bss", b"", 8, 24))])
    section = {one.name: one for one in image.sections}
    data = image.contents[[one.name for one in image.sections].index(".data")]
    values = [int.from_bytes(data[8 * at : 8 * at + 8], "little") for at in range(len(names))]
    text, bss = section[".text"], section[".bss"]
    assert values == [
        text.address,
        text.address + text.size,
        section[".data"].address,
        bss.address,
        bss.address + 24,
        0x400000,
        section[".rodata"].address,
    ]


def test_sections_with_suffix_join_and_debug_addresses_start_at_zero() -> None:
    image = link(
        [
            module(
                Fragment("cold", ".text.cold", b"\xc3"),
                Fragment("", ".debug_info", bytes(8)),
                Fragment("", ".debug_str", b"a\0"),
                Fragment("ref", ".debug_abbrev", bytes(4), fixups=[Fixup(0, Reloc.ABS32, ".debug_str", 1)]),
            )
        ]
    )
    assert [one.name for one in image.sections if one.name.startswith(".text")] == [".text"]
    assert image.contents[[one.name for one in image.sections].index(".debug_abbrev")] == b"\1\0\0\0"


def test_image_above_the_limit_is_refused() -> None:
    with pytest.raises(LinkError, match="above the limit of linux"):
        link([module(Fragment("huge", ".bss", b"", 1, 1 << 31))])


def test_bss_with_bytes_is_refused() -> None:
    with pytest.raises(LinkError, match="data in a section that has none"):
        link([module(Fragment("d", ".data", b"x"), Fragment("b", ".bss", b"x"))])


@pytest.mark.parametrize("sizes", [(8, 16), (4096, 8, 16)])
def test_bss_alone_still_gives_a_segment_tools_accept(sizes: tuple[int, ...], tmp_path: Path) -> None:
    image = link([module(*(Fragment(f"b{at}", ".bss", b"", 8, size, kind="object") for at, size in enumerate(sizes)))])
    image.write(tmp_path / "image")
    lint = subprocess.run(["eu-elflint", "--gnu-ld", str(tmp_path / "image")], capture_output=True, text=True, check=False)
    assert lint.stdout == "No errors\n"
    writable = [one for one in image.sections if "W" in one.flags]
    assert sum(one.size for one in writable) == sum(sizes)
    assert sum(one.size for one in writable if one.kind != "NOBITS") <= 64


def test_maps_agree_with_the_image() -> None:
    image = link([hello()])
    table = json.loads(image.map("json"))
    rows = {one["symbol"]: one for section in table["sections"] for one in section["fragments"]}
    assert rows["msg"]["address"] == image.symbol("msg").value
    assert bytes(image)[rows["msg"]["offset"] :][:6] == b"hello\n"
    assert f"{image.symbol('msg').value:#010x} {rows['msg']['offset']:#010x} 0x00000006     msg (hello)" in image.map()


def test_flat_output_is_the_memory_from_the_first_section_on() -> None:
    image = link([hello()])
    flat = image.flat()
    base = min(one.address for one in image.sections if one.loaded)
    for name, content in (("_start", b"\xb8\1"), ("msg", b"hello\n"), ("var", b"abc")):
        at = image.symbol(name).value - base
        assert flat[at : at + len(content)] == content


def test_pc_image_lies_in_the_file_as_in_memory() -> None:
    image = link([bootable()], target="pc")
    data = bytes(image)
    for section, contents in zip(image.sections, image.contents):
        if section.loaded and section.kind not in ("NOBITS", "NOTE"):
            assert section.address - 0x100000 == section.offset
            assert data[section.offset : section.offset + section.size] == contents
    assert not any(one.access & 2 and one.access & 1 for one in image.segments)
    assert [one.kind for one in image.segments if one.kind != "LOAD"] == ["NOTE"]


@pytest.mark.parametrize("code", [0, 1, 7, 105, 255])
def test_pc_image_boots_and_gives_its_exit_code(code: int) -> None:
    done = link([bootable(code)], target="pc").run(timeout=30)
    assert (done.returncode, done.stdout) == (code, "ok\n")


def test_pc_image_takes_no_arguments_or_input() -> None:
    image = link([bootable()], target="pc")
    for wrong in ({"args": ["x"]}, {"stdin": "x"}):
        with pytest.raises(ValueError, match="takes no arguments"):
            image.run(**wrong)  # type: ignore[arg-type]


def test_pc_refuses_headers_out_of_reach() -> None:
    boot = bootable()
    boot.fragments.insert(0, Fragment("pad", ".boot", bytes(0x1100)))
    with pytest.raises(LinkError, match=r"Multiboot 1 header is at|beyond 0x1fcc"):
        link([boot], target="pc")


def test_pc_refuses_a_note_loaders_stumble_over() -> None:
    with pytest.raises(LinkError, match="exactly one PT_NOTE of alignment 4"):
        link([bootable(note_align=8)], target="pc")
