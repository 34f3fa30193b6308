"""The verifier of debug information: silent on what compilers and we make, and every rule speaks when something breaks it."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import dwarf_matrix as matrix
import pytest

from starklink import compile_text, link
from starklink.dwarf import DebugFile, DebugInfo, Expression, verify
from starklink.dwarf.consts import OP
from starklink.dwarf.units import Abbreviations, Unit
from starklink.dwarf.verifier import CODES
from starklink.objwriter.elf.object import to_elf
from starklink.objwriter.elf.reader import Elf
from starklink.objwriter.model import CfiMark, Fragment, ObjectModule

ROOT = Path(__file__).parent.parent
Rows = list[tuple[int, str, list[tuple[str, str, Any]]]]
"""(depth, tag, (attribute, form, value)...) of entries."""


def unit(rows: Rows, version: int = 5, kind: str = "compile", **sections: bytes) -> DebugFile:
    """A file whose entries are these, as they are. An int as ref4 is the number of an entry, from 1."""
    abbreviations = Abbreviations(version)
    made = Unit(abbreviations, version, True, kind)
    numbers = [made.reserve() for _ in rows]
    assert numbers == list(range(1, len(rows) + 1))
    for index, (depth, tag, attributes) in enumerate(rows):
        children = index + 1 < len(rows) and rows[index + 1][0] > depth
        made.mark(index + 1)
        values = [made.address("", value) if form == "addr" else value for _, form, value in attributes]
        shape = made.shape(tag, children or tag == "namespace", *[(name, form) for name, form, _ in attributes])
        made.add(shape, *[value for value, (_, form, _) in zip(values, attributes) if form != "flag_present"])
        following = rows[index + 1][0] if index + 1 < len(rows) else 0
        for _ in range(depth - following + (tag == "namespace" and not children)):
            made.end()
    if made._depth:
        made.end()
    found = {".debug_info": bytes(made.fragment().data), ".debug_abbrev": bytes(abbreviations.fragment().data)}
    return DebugFile(found | {"." + name: data for name, data in sections.items()})


def top(*attributes: tuple[str, str, Any]) -> tuple[int, str, list[tuple[str, str, Any]]]:
    return 0, "compile_unit", list(attributes)


def image(version: int = 5, **options: Any) -> dict[str, bytes]:
    """The sections of the matrix program."""
    module, _ = matrix.program(("plain", "located"), version, **options)
    return Elf(bytes(link([module]))).debug_sections()


def patched(name: str, change: Callable[[bytearray], Any], **options: Any) -> DebugFile:
    """The matrix program with a section changed."""
    sections = image(**options)
    data = bytearray(sections[name])
    change(data)
    sections[name] = bytes(data)
    return DebugFile(sections)


INT = (1, "base_type", [("name", "string", "int"), ("byte_size", "data1", 4), ("encoding", "data1", 5)])


def set_at(at: int, value: int) -> Callable[[bytearray], None]:
    def change(data: bytearray) -> None:
        data[at] = value
    return change


def lines(program: bytes) -> DebugFile:
    """A unit with a line program of its own."""
    sections = image()
    start = 12 + int.from_bytes(sections[".debug_line"][8:12], "little")
    head = bytearray(sections[".debug_line"][:start])
    head[:4] = (len(head) - 4 + len(program)).to_bytes(4, "little")
    return unit([top(("stmt_list", "sec_offset", 0))], debug_line=bytes(head) + program,
                debug_line_str=sections[".debug_line_str"])


def frames(*marks: CfiMark, size: int = 8) -> DebugFile:
    """A file whose one function has these call frame rules."""
    module = ObjectModule("m", [Fragment("_start", ".text", b"\x90" * size, cfi=list(marks), kind="func", binding="global")])
    debug = DebugInfo(module, frames=("debug",), aranges=False)
    debug.file("a.c")
    debug.subprogram("_start")
    debug.finish()
    return DebugFile(Elf(bytes(link([module]))).debug_sections())


def bad_expression() -> Expression:
    return Expression(bytes((OP["plus"],)))


def set_address(value: int) -> bytes:
    return b"\0\x09\x02" + value.to_bytes(8, "little")


BROKEN: dict[str, list[Callable[[], DebugFile]]] = {
    "DW00": [lambda: patched(".debug_abbrev", lambda data: data.__setitem__(slice(3, 5), b"\x03\x7e"))],
    "DW01": [lambda: patched(".debug_info", set_at(4, 9)), lambda: patched(".debug_info", set_at(6, 0x7E)),
             lambda: unit([(0, "variable", [])])],
    "DW02": [lambda: patched(".debug_info", set_at(12, 0x7F)),
             lambda: doubled(unit([top(), INT])),
             lambda: unit([top(("name", "string", "a"), ("name", "string", "b"))])],
    "DW03": [lambda: unit([top(("name", "data1", 1))]), lambda: unit([top(), (1, "variable", [("type", "string", "x")])])],
    "DW04": [lambda: unit([top(), (1, "namespace", [("name", "string", "n")])]),
             lambda: cut(unit([top(), INT]))],
    "DW05": [lambda: unit([top(), (1, "variable", [("type", "ref8", 999)])]),
             lambda: unit([top(), (1, "variable", [("type", "ref1", 14)])])],
    "DW06": [lambda: unit([top(), (1, "variable", [("type", "ref4", 2)])]),
             lambda: unit([top(), INT, (1, "inlined_subroutine", [("abstract_origin", "ref4", 2)])])],
    "DW07": [lambda: unit([top(), (1, "typedef", [("type", "ref4", 3)]), (1, "const_type", [("type", "ref4", 2)])]),
             lambda: unit([top(), (1, "structure_type", [("name", "string", "s")]), (2, "member", [("type", "ref4", 2)])])],
    "DW08": [lambda: unit([top(("name", "strp", 77))], debug_str=b"\0abc\0"),
             lambda: patched(".debug_str_offsets", lambda data: data.__setitem__(slice(8, 12), b"\xff\xff\xff\x00"),
                             indexed=True)],
    "DW09": [lambda: unit([top(("low_pc", "addr", 16), ("high_pc", "addr", 8))]),
             lambda: unit([top(("low_pc", "addr", 16), ("high_pc", "data1", 8)),
                           (1, "subprogram", [("low_pc", "addr", 16), ("high_pc", "data1", 9)])]),
             lambda: unit([top(("low_pc", "addr", 16), ("high_pc", "data1", 64)),
                           (1, "subprogram", [("low_pc", "addr", 16), ("high_pc", "data1", 9)]),
                           (2, "lexical_block", [("low_pc", "addr", 20), ("high_pc", "data1", 9)])])],
    "DW10": [lambda: unit([top(("ranges", "sec_offset", 99))], debug_rnglists=b"\0" * 16),
             lambda: unit([top(), (1, "variable", [("location", "sec_offset", 12)])],
                          debug_loclists=bytes(12) + b"\x04\x09\x02\x01\x50\0")],
    "DW11": [lambda: unit([top(), (1, "variable", [("location", "exprloc", bad_expression())])]),
             lambda: unit([top(), (1, "variable", [("location", "exprloc", Expression(b"\x50\x51"))])])],
    "DW12": [lambda: patched(".debug_info", lambda data: swap_file(data))],
    "DW13": [lambda: lines(set_address(64) + b"\x04\0\x01" + set_address(32) + b"\x01\0\x01\x01"),
             lambda: lines(set_address(64) + b"\x04\0\x01"), lambda: lines(set_address(64) + b"\x04\x09\x01\0\x01\x01"),
             lambda: lines(set_address(64) + b"\x04\0\x03\x70\x01\0\x01\x01")],
    "DW14": [lambda: unit([top(), (1, "base_type", [("byte_size", "data1", 4)])]),
             lambda: unit([top(), (1, "enumeration_type", []), (2, "enumerator", [("name", "string", "a")])])],
    "DW15": [lambda: frames(CfiMark(1, "def_cfa_offset", 16), CfiMark(30, "def_cfa_offset", 8)),
             lambda: frames(CfiMark(1, "restore_state")),
             lambda: patched(".debug_frame", set_at(4, 1), frames=("debug",))],
    "DW16": [lambda: patched_header()],
    "DW17": [lambda: patched(".debug_aranges", set_at(6, 3))],
    "DW18": [lambda: patched(".debug_names", lambda data: spoil_hash(data), names=True)],
    "DW19": [lambda: unit([top(("macros", "sec_offset", 0))], debug_macro=b"\x05\0\0\x03\x00\x01\x00"),
             lambda: unit([top(("macros", "sec_offset", 0))], debug_macro=b"\x05\0\0\x04\x00"),
             lambda: unit([top(("macros", "sec_offset", 0))], debug_macro=b"\x05\0\0\x7f\x00")],
    "DW20": [lambda: unit([top(), (1, "typedef", [("sibling", "ref4", 4)]), INT, (1, "typedef", [])])],
    "DW21": [lambda: type_unit(3)],
    "DW22": [lambda: unit([top(), (1, "subprogram", [("low_pc", "addr", 16), ("high_pc", "data1", 9)]),
                           (1, "subprogram", [("low_pc", "addr", 20), ("high_pc", "data1", 9)])])]}


def cut(info: DebugFile) -> DebugFile:
    """Without the byte that closes the tree."""
    sections = dict(info.dwarf.sections)
    data = bytearray(sections[".debug_info"][:-1])
    data[:4] = (len(data) - 4).to_bytes(4, "little")
    return DebugFile(sections | {".debug_info": bytes(data)})


def doubled(info: DebugFile) -> DebugFile:
    """With every abbreviation twice."""
    data = info.dwarf.section(".debug_abbrev")
    return DebugFile(dict(info.dwarf.sections) | {".debug_abbrev": data[:-1] + data})


def swap_file(data: bytearray) -> None:
    """Make every decl_file of the matrix's first function 99: byte by byte until the verifier's own reader agrees."""
    sections = image()
    info = DebugFile(sections)
    function = next(die for one in info.units for die in one.walk() if die.get("decl_file") is not None)
    for at in range(function.offset, function.offset + 40):
        changed = sections[".debug_info"][:at] + b"\x63" + sections[".debug_info"][at + 1:]
        other = DebugFile(sections | {".debug_info": changed})
        try:
            if next(die for one in other.units for die in one.walk() if die.offset == function.offset).get("decl_file") == 0x63:
                data[at] = 0x63
                return
        except (ValueError, StopIteration):
            continue
    raise AssertionError


def patched_header() -> DebugFile:
    """With two rows of the index of frames exchanged."""
    module, _ = matrix.program(("plain",), 5, frames=("eh", "hdr"))
    elf = Elf(bytes(link([module])))
    sections = elf.debug_sections()
    data = sections[".eh_frame_hdr"]
    sections[".eh_frame_hdr"] = data[:12] + data[20:28] + data[12:20] + data[28:]
    places = {one.name: one.address for one in elf.sections if one.name.startswith(".eh")}
    return DebugFile(sections, frame_addresses=places)


def spoil_hash(data: bytearray) -> None:
    buckets = int.from_bytes(data[20:24], "little")
    units = int.from_bytes(data[8:12], "little")
    at = 36 + 4 * units + 4 * buckets
    data[at] ^= 1


def type_unit(described: int) -> DebugFile:
    """A type unit that says it describes entry number `described`."""
    abbreviations = Abbreviations(5)
    made = Unit(abbreviations, 5, True, "type", 0x1234)
    made.add(made.shape("type_unit", True))
    made.here()
    made.add(made.shape("structure_type", False, ("name", "string")), "s")
    made.here()
    made.add(made.shape("variable", False, ("name", "string")), "v")
    made.end()
    made.described = 1
    data = bytearray(made.fragment().data)
    if described != 1:
        data[20:24] = (made.entries[2] if described == 2 else 999).to_bytes(4, "little")
    return DebugFile({".debug_info": bytes(data), ".debug_abbrev": bytes(abbreviations.fragment().data)})


@pytest.mark.parametrize("code", list(CODES))
def test_every_rule_speaks(code: str) -> None:
    for number, build in enumerate(BROKEN[code]):
        found = verify(build())
        assert code in {one.code for one in found}, f"case {number}: {found}"


def test_the_healthy_originals_are_silent() -> None:
    assert verify(type_unit(1)) == []
    assert [one.code for one in verify(type_unit(2))] == ["DW21"]
    assert verify(unit([top(), INT, (1, "variable", [("type", "ref4", 2), ("name", "string", "x")])])) == []
    assert verify(frames(CfiMark(1, "def_cfa_offset", 16), CfiMark(7, "def_cfa_offset", 8))) == []
    assert verify(lines(set_address(64) + b"\x04\0\x01\x02\x04\0\x01\x01")) == []


@pytest.mark.parametrize("version", [2, 3, 4, 5])
@pytest.mark.parametrize("options", [{}, {"offset_size": 8}, {"indexed": True, "names": True}], ids=["", "64", "indexed"])
def test_our_own_files_are_silent(version: int, options: dict[str, Any]) -> None:
    if (version < 5 and options.get("indexed")) or (version < 3 and options):
        options = {}
    module, _ = matrix.program(matrix.KINDS, version, frames=("eh", "debug"), **options)
    assert verify(DebugFile.of(Elf(to_elf(module))), relocatable=True) == []
    assert verify(DebugFile.of(Elf(bytes(link([module]))))) == []


@pytest.mark.parametrize("version", [4, 5])
@pytest.mark.parametrize("level", [0, 2])
def test_the_compilers_files_are_silent(version: int, level: int) -> None:
    text = (ROOT / "samples" / "tour.fsh").read_text(encoding="utf-8")
    program = compile_text(text, "tour.fsh", level=level, dwarf=version)
    assert verify(DebugFile.of(Elf(bytes(program.link())))) == []
    assert verify(DebugFile.of(Elf(program.object_bytes())), relocatable=True) == []


@pytest.mark.parametrize("compiler", ["g++", "clang++"])
@pytest.mark.parametrize("options", ["-O0 -gdwarf-5", "-O2 -gdwarf-5", "-O2 -gdwarf-4 -fdebug-types-section", "-O1 -gdwarf-2"])
def test_files_of_compilers_are_silent(compiler: str, options: str, tmp_path: Path) -> None:
    (tmp_path / "a.cc").write_text("""
#include <memory>
struct Base { virtual ~Base() {} int x = 1; };
struct Derived : Base { int get(int a) const { return a + x; } Derived *next = nullptr; };
template <class T> static inline T twice(T value) { return value + value; }
int sum(const Derived *list) { int total = 0; for (; list; list = list->next) total += twice(list->get(2)); return total; }
int main(int count, char **) { auto one = std::make_unique<Derived>(); one->x = count; return sum(one.get()); }
""")
    subprocess.run([compiler, *options.split(), "-c", "a.cc"], cwd=tmp_path, check=True)
    subprocess.run([compiler, "a.o", "-o", "a"], cwd=tmp_path, check=True)
    assert verify(DebugFile.read(tmp_path / "a.o"), relocatable=True) == []
    assert verify(DebugFile.read(tmp_path / "a")) == []
