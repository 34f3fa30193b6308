"""The parts of the DWARF writer, each against an independent reader: numbers, names, lines, lists, frames, entries."""

from __future__ import annotations

import io
from typing import Any

import pytest
from elftools.dwarf import enums
from elftools.dwarf.dwarf_expr import DW_OP_name2opcode
from elftools.dwarf.dwarfinfo import DebugSectionDescriptor, DwarfConfig, DWARFInfo
from elftools.dwarf.structs import DWARFStructs
from hypothesis import given, settings
from hypothesis import strategies as st

from starklink.dwarf import consts
from starklink.dwarf.cursor import DwarfError
from starklink.dwarf.exprs import Expression
from starklink.dwarf.framereader import frames
from starklink.dwarf.frames import debug_frame, eh_frame, eh_frame_hdr, sort_eh_frame_hdr
from starklink.dwarf.leb import read_sleb, read_uleb, sleb, sleb_list, uleb, uleb_list
from starklink.dwarf.linereader import LineRow, line_units
from starklink.dwarf.lines import LineTable
from starklink.dwarf.reader import Dwarf
from starklink.dwarf.strings import Strings
from starklink.dwarf.text import expression
from starklink.dwarf.writer import UnitSections
from starklink.objwriter.model import CfiMark, Fragment, Reloc


def resolved(fragments: list[Fragment], symbols: dict[str, int]) -> dict[str, bytes]:
    """Section bytes with the fixups applied: addresses from `symbols`, debug sections at 0."""
    out = {}
    for fragment in fragments:
        data = bytearray(fragment.data)
        for offset, kind, symbol, addend in fragment.fixups:
            value = symbols.get(symbol, 0) + addend
            size = 8 if kind == Reloc.ABS64 else 4
            if kind == Reloc.PC32:
                value -= symbols.get(fragment.section, 0) + offset
            data[offset:offset + size] = (value & (1 << 8 * size) - 1).to_bytes(size, "little")
        out[fragment.section] = bytes(data)
    return out


def pyelftools(sections: dict[str, bytes], frame_address: int = 0) -> DWARFInfo:
    """pyelftools' view of the sections."""
    names = {"debug_info_sec": ".debug_info", "debug_abbrev_sec": ".debug_abbrev", "debug_frame_sec": ".debug_frame",
             "eh_frame_sec": ".eh_frame", "debug_str_sec": ".debug_str", "debug_loc_sec": ".debug_loc",
             "debug_ranges_sec": ".debug_ranges", "debug_line_sec": ".debug_line", "debug_line_str_sec": ".debug_line_str",
             "debug_loclists_sec": ".debug_loclists", "debug_rnglists_sec": ".debug_rnglists"}
    import inspect

    wanted = inspect.signature(DWARFInfo.__init__).parameters
    made: dict[str, Any] = {name: None for name in wanted if name.endswith("_sec")}
    for name, section in names.items():
        if section in sections:
            address = frame_address if section == ".eh_frame" else 0
            made[name] = DebugSectionDescriptor(io.BytesIO(sections[section]), section, 0, len(sections[section]), address)
    return DWARFInfo(DwarfConfig(little_endian=True, default_address_size=8, machine_arch="x64"), **made)


# -- numbers and names -------------------------------------------------------------------------------------------------

@given(st.integers(0, 2**64))
def test_uleb_round_trip(value: int) -> None:
    data = uleb(value)
    assert read_uleb(data, 0) == (value, len(data))
    assert len(data) == max(1, -(-value.bit_length() // 7))


@given(st.integers(-2**63, 2**63))
def test_sleb_round_trip(value: int) -> None:
    data = sleb(value)
    assert read_sleb(data, 0) == (value, len(data))
    assert len(data) == (value if value >= 0 else ~value).bit_length() // 7 + 1


def test_leb_examples_of_the_standard() -> None:
    assert uleb_list([2, 127, 128, 129, 12857]) == bytes.fromhex("027f80018101b964")
    assert sleb_list([2, -2, 127, -127, 128, -128, 129, -129]) == bytes.fromhex("027eff00817f8001807f8101ff7e")


def test_leb_refusals() -> None:
    with pytest.raises(ValueError):
        uleb(-1)
    for read in (read_uleb, read_sleb):
        with pytest.raises(IndexError):
            read(b"\x80\x80", 0)
        with pytest.raises(IndexError):
            read(b"\x80" * 100 + b"\0", 0)


@pytest.mark.parametrize(("mine", "theirs", "prefix"), [
    (consts.TAG, enums.ENUM_DW_TAG, "DW_TAG_"), (consts.AT, enums.ENUM_DW_AT, "DW_AT_"),
    (consts.FORM, enums.ENUM_DW_FORM, "DW_FORM_"), (consts.ATE, enums.ENUM_DW_ATE, "DW_ATE_"),
    (consts.LANG, enums.ENUM_DW_LANG, "DW_LANG_"), (consts.OP, DW_OP_name2opcode, "DW_OP_"),
    (consts.LLE, enums.ENUM_DW_LLE, "DW_LLE_"), (consts.RLE, enums.ENUM_DW_RLE, "DW_RLE_"),
    (consts.UT, enums.ENUM_DW_UT, "DW_UT_"), (consts.LNCT, enums.ENUM_DW_LNCT, "DW_LNCT_")])
def test_numbers_are_those_of_pyelftools(mine: Any, theirs: dict[str, Any], prefix: str) -> None:
    both = {name for name in mine.values if prefix + name in theirs}
    assert len(both) > 0.8 * len([name for name in mine.values if not name.startswith("GNU")]) or prefix == "DW_LANG_"
    for name in both:
        assert mine[name] == theirs[prefix + name], name


# -- lines -------------------------------------------------------------------------------------------------------------

rows = st.lists(st.tuples(st.integers(0, 400), st.integers(0, 2), st.integers(0, 70000), st.integers(0, 300),
                          st.sampled_from((0, 1, 1, 1, 3, 5, 7))), max_size=40)


@settings(max_examples=60, deadline=None)
@given(version=st.sampled_from((4, 5)), sequences=st.lists(st.tuples(rows, st.integers(0, 500)), min_size=1, max_size=3))
def test_line_rows_read_back(version: int, sequences: list[tuple[list[tuple[int, int, int, int, int]], int]]) -> None:
    strings = Strings(".debug_line_str")
    table = LineTable(version, "/dir", strings)
    files = [table.file("main.fsh"), table.file("lib/text.fsh"), table.file("x.fsh", "/other")]
    symbols, expected = {}, []
    for number, (steps, rest) in enumerate(sequences):
        made, at = [], 0
        for step, file, line, column, flags in steps:
            at += step
            made.append((at, files[file], line, column, flags))
        symbols[f"f{number}"] = 0x401000 + 0x100000 * number
        table.sequence(f"f{number}", at + rest, made)
        base = symbols[f"f{number}"]
        before: tuple[int, ...] = ()
        for offset, *what in made:
            plain = (*what[:3], what[3] & 1)  # a row that marks nothing and repeats the place before says nothing
            if plain != before or what[3] > 1:
                expected.append((base + offset, *what, False))
            before = plain
        expected.append((base + at + rest, 0, 0, 0, 0, True))
    sections = resolved([table.fragment(), strings.fragment()], symbols)
    unit, = line_units(Dwarf(sections))
    got = [row if not row.end else LineRow(row.address, 0, 0, 0, 0, True) for row in unit.rows]
    assert got == expected
    assert [unit.file(number) for number in files] == ["main.fsh", "lib/text.fsh", "x.fsh"]
    assert unit.directories[unit.files[files[2]].directory] == "/other"
    program = pyelftools(sections | {".debug_info": b"", ".debug_abbrev": b""})._parse_line_program_at_offset(
        0, DWARFStructs(little_endian=True, dwarf_format=32, address_size=8))
    theirs = [(s.address, s.file, s.line, s.column) for entry in program.get_entries() if (s := entry.state)
              and not s.end_sequence]
    assert theirs == [row[:4] for row in expected if not row[5]]


def test_line_rows_out_of_order_are_refused() -> None:
    table = LineTable(5, "", Strings(".debug_line_str"))
    with pytest.raises(ValueError, match="not in order"):
        table.sequence("f", 10, [(5, 0, 1, 1, 1), (2, 0, 2, 1, 1)])


def test_dense_rows_take_one_byte() -> None:
    table = LineTable(5, "", Strings(".debug_line_str"))
    file = table.file("a")
    table.sequence("f", 0, [(0, file, 1, 0, 1)])
    small = len(table.program)
    table.sequence("f", 356, [(0, file, 1, 0, 1), *((4 * n, file, 1 + n, 0, 1) for n in range(1, 90))])
    assert len(table.program) - 2 * small == 89


# -- frames ------------------------------------------------------------------------------------------------------------

def functions() -> list[Fragment]:
    code = bytes(70000)
    return [
        Fragment("plain", ".text", code[:3], kind="func"),
        Fragment("saves", ".text", code[:300], kind="func", cfi=[
            CfiMark(1, "def_cfa_offset", 16), CfiMark(1, "offset", 3, -16), CfiMark(70, "def_cfa", 6, 16),
            CfiMark(80, "remember"), CfiMark(280, "def_cfa_register", 7), CfiMark(290, "restore", 3),
            CfiMark(295, "restore_state"), CfiMark(299, "same_value", 12)]),
        Fragment("long", ".text", code, kind="func", cfi=[
            CfiMark(0, "undefined", 16), CfiMark(100, "def_cfa_offset", 4096), CfiMark(1000, "offset", 15, -40),
            CfiMark(69000, "def_cfa_offset", 8)])]


EXPECTED = [
    (0x1000, 3, [(0x1000, 7, 8, {16: -8})]),
    (0x2000, 300, [(0x2000, 7, 8, {16: -8}), (0x2001, 7, 16, {16: -8, 3: -16}), (0x2046, 6, 16, {16: -8, 3: -16}),
                   (0x2050, 6, 16, {16: -8, 3: -16}), (0x2118, 7, 16, {16: -8, 3: -16}), (0x2122, 7, 16, {16: -8}),
                   (0x2127, 6, 16, {16: -8, 3: -16}), (0x212b, 6, 16, {16: -8, 3: -16, 12: None})]),
    (0x3000, 70000, [(0x3000, 7, 8, {16: None}), (0x3064, 7, 4096, {16: None}), (0x33e8, 7, 4096, {16: None, 15: -40}),
                     (0x3000 + 69000, 7, 8, {16: None, 15: -40})])]
SYMBOLS = {"plain": 0x1000, "saves": 0x2000, "long": 0x3000, ".eh_frame": 0x90000, ".eh_frame_hdr": 0x80000}


@pytest.mark.parametrize("section", [".eh_frame", ".debug_frame"])
def test_frames_read_back(section: str) -> None:
    fragment = eh_frame(functions())[0] if section == ".eh_frame" else debug_frame(functions())
    sections = resolved([fragment], SYMBOLS)
    address = SYMBOLS.get(section, 0)
    got = [(fde.begin, fde.size, [(row.address, row.register, row.offset, {
        number: rule[1] if rule[0] == "offset" else None for number, rule in row.rules.items()}) for row in fde.rows()])
        for fde in frames(Dwarf(sections), section, address)]
    assert got == EXPECTED
    info = pyelftools(sections, address)
    entries = info.EH_CFI_entries() if section == ".eh_frame" else info.CFI_entries()
    theirs = [entry for entry in entries if type(entry).__name__ == "FDE"]
    assert [(entry["initial_location"], entry["address_range"]) for entry in theirs] == [row[:2] for row in EXPECTED]
    for entry, (_, _, table) in zip(theirs, EXPECTED):
        decoded = entry.get_decoded().table
        assert [(row["pc"], row["cfa"].reg, row["cfa"].offset) for row in decoded] == [row[:3] for row in table]


def test_frame_records_are_padded_to_eight_and_terminated() -> None:
    fragment, rows_ = eh_frame(functions())
    assert fragment.data[-4:] == bytes(4)
    assert all(row.offset % 8 == 0 for row in rows_)
    assert [(row.symbol, row.size) for row in rows_] == [("plain", 3), ("saves", 300), ("long", 70000)]
    for section, data in ((".eh_frame", fragment.data), (".debug_frame", debug_frame(functions()).data)):
        dwarf = Dwarf({section: data})
        assert all((fde.length + 4) % 8 == 0 for fde in frames(dwarf, section))


def test_eh_frame_hdr_is_sorted_by_address() -> None:
    frame, rows_ = eh_frame(functions())
    symbols = SYMBOLS | {"plain": 0x7000}
    sections = resolved([frame, eh_frame_hdr(rows_)], symbols)
    data = sort_eh_frame_hdr(sections[".eh_frame_hdr"])
    read = int.from_bytes
    assert data[:4] == bytes((1, 0x1B, 3, 0x3B))
    assert 0x80000 + 4 + read(data[4:8], "little", signed=True) == 0x90000
    assert read(data[8:12], "little") == 3
    table = [(0x80000 + read(data[at:at + 4], "little", signed=True), 0x80000 + read(data[at + 4:at + 8], "little"))
             for at in range(12, 36, 8)]
    assert [start for start, _ in table] == [0x2000, 0x3000, 0x7000]
    found = {fde.begin: 0x90000 + fde.offset for fde in frames(Dwarf(sections), ".eh_frame", 0x90000)}
    assert found == dict(table)


@pytest.mark.parametrize("mark", [CfiMark(0, "offset", 3, -12), CfiMark(0, "nonsense")])
def test_bad_marks_are_refused(mark: CfiMark) -> None:
    with pytest.raises(ValueError):
        eh_frame([Fragment("f", ".text", b"x", kind="func", cfi=[mark])])


def test_marks_out_of_order_are_refused() -> None:
    marks = [CfiMark(5, "def_cfa_offset", 16), CfiMark(4, "def_cfa_offset", 8)]
    with pytest.raises(ValueError, match="order"):
        eh_frame([Fragment("f", ".text", b"x", kind="func", cfi=marks)])


# -- expressions, entries and lists
# --------------------------------------------------------------------------------------

def test_expressions_print_as_built() -> None:
    made = (Expression().fbreg(-24).reg(3).reg(40).breg(7, 16).breg(33, -1).lit(5).constu(300).consts(-5).plus_uconst(8).plus()
            .deref().stack_value().implicit_value(b"\1\2").call_frame_cfa().push_object_address().piece(4)
            .entry_value(Expression().reg(5)).address("x", 2))
    assert expression(made.data) == (
        "fbreg -24, reg3, regx 40, breg7 16, bregx 33 -1, lit5, constu 300, consts -5, plus_uconst 8, plus, deref, "
        "stack_value, implicit_value 0102, call_frame_cfa, push_object_address, piece 4, entry_value(reg5), addr 0x0")
    assert made.addresses == [(len(made.data) - 8, "x", 2)]
    with pytest.raises(ValueError):
        Expression().lit(32)
    with pytest.raises(KeyError):
        Expression().op("no_such_operation")


@pytest.mark.parametrize("version", [4, 5])
def test_every_form_reads_back(version: int) -> None:
    info = UnitSections(version, "/d")
    unit = info.unit
    forms: list[tuple[str, str, Any, Any]] = [
        ("name", "strp", info.strings["text"], "text"), ("comp_dir", "string", "dir", "dir"), ("language", "data1", 200, 200),
        ("decl_line", "data2", 60000, 60000), ("byte_size", "data4", 1 << 31, 1 << 31), ("high_pc", "data8", 1 << 63, 1 << 63),
        ("low_pc", "addr", unit.address("f", 5), 0x401005), ("external", "flag_present", None, 1),
        ("prototyped", "flag", 1, 1), ("decl_file", "udata", 300, 300), ("const_value", "sdata", -300, -300),
        ("location", "exprloc", Expression().fbreg(-8), b"\x91\x78"), ("upper_bound", "block1", b"abc", b"abc"),
        ("ranges", "sec_offset", info.ranges.add([("f", 1, 3)]), None)]
    if version >= 5:
        forms += [("producer", "line_strp", info.line_strings["p"], "p"), ("data_bit_offset", "data16", bytes(range(16)),
                                                                             bytes(range(16)))]
    ahead = unit.reserve()
    shape = unit.shape("compile_unit", True, *[(name, form) for name, form, _, _ in forms], ("type", "ref4"))
    unit.add(shape, *[value for _, _, value, _ in forms if value is not None], ahead)
    leaf = unit.shape("base_type", False, ("byte_size", "implicit_const", -7) if version >= 5 else ("byte_size", "data1"))
    unit.mark(ahead)
    unit.add(leaf, *(() if version >= 5 else (9,)))
    unit.end()
    info.lines.file("a")
    sections = resolved(info.fragments(), {"f": 0x401000})
    dwarf = Dwarf(sections)
    header, = dwarf.units()
    first, second = dwarf.entries(header)
    for name, form, _, expected in forms:
        if expected is not None:
            assert first.attributes[name] == (form, expected)
    assert first.get("type") == second.offset
    assert second.get("byte_size") == (-7 if version >= 5 else 9)
    assert dwarf.ranges(header, first.attributes["ranges"])[0][1] - dwarf.ranges(header, first.attributes["ranges"])[0][0] == 2
    other, = pyelftools(sections).iter_CUs()
    top, = (die for die in other.iter_DIEs() if die.tag == "DW_TAG_compile_unit")
    assert top.attributes["DW_AT_decl_file"].value == 300
    assert bytes(top.attributes["DW_AT_location"].value) == b"\x91\x78"
    assert top.attributes["DW_AT_low_pc"].value == 0x401005


def test_shapes_are_shared_and_checked() -> None:
    info = UnitSections(4)
    shape = info.unit.shape("member", False, ("name", "strp"))
    assert info.unit.shape("member", False, ("name", "strp")) is shape
    assert info.unit.shape("member", True, ("name", "strp")) is not shape
    with pytest.raises(ValueError, match="needs DWARF 5"):
        info.unit.shape("member", False, ("name", "line_strp"))
    with pytest.raises(KeyError):
        info.unit.shape("member", False, ("no_such_attribute", "strp"))


def test_broken_trees_are_refused() -> None:
    info = UnitSections(5)
    unit = info.unit
    with pytest.raises(ValueError, match="no entry is open"):
        unit.end()
    unit.add(UnitSections(5).unit.shape("compile_unit", True))
    with pytest.raises(ValueError, match="open"):
        unit.fragment()
    info = UnitSections(5)
    info.unit.add(info.unit.shape("member", False, ("type", "ref4")), info.unit.reserve())
    with pytest.raises(ValueError, match="never written"):
        info.unit.fragment()
    with pytest.raises(ValueError, match="version 3"):
        UnitSections(3)


@pytest.mark.parametrize("version", [4, 5])
def test_lists_read_back(version: int) -> None:
    info = UnitSections(version)
    unit = info.unit
    place = Expression().reg(3).data
    numbers = [info.ranges.add([("f", 0, 10), ("g", 300, 400)]), info.ranges.add_in("g", [(1, 2), (200, 300)])]
    located = [info.locations.add_in("f", [(4, 9, place)]), info.locations.add_in("g", [(0, 4, place), (130, 260, b"")])]
    unit.add(unit.shape("compile_unit", True, ("low_pc", "addr")), 0)
    for offset in numbers:
        unit.add(unit.shape("lexical_block", False, ("ranges", "sec_offset")), offset)
    for offset in located:
        unit.add(unit.shape("variable", False, ("location", "sec_offset")), offset)
    unit.end()
    info.lines.file("a")
    dwarf = Dwarf(resolved(info.fragments(), {"f": 0x1000, "g": 0x2000}))
    header, = dwarf.units()
    _, first, second, third, fourth = dwarf.entries(header)
    assert dwarf.code_range(header, first) == [(0x1000, 0x100A), (0x212C, 0x2190)]
    assert dwarf.code_range(header, second) == [(0x2001, 0x2002), (0x20C8, 0x212C)]
    assert dwarf.locations(header, third.attributes["location"]) == [(0x1004, 0x1009, place)]
    assert dwarf.locations(header, fourth.attributes["location"]) == [(0x2000, 0x2004, place), (0x2082, 0x2104, b"")]


def test_truncated_sections_give_typed_errors() -> None:
    info = UnitSections(5)
    info.unit.add(info.unit.shape("compile_unit", False, ("name", "line_strp")), info.line_strings["name"])
    info.lines.file("a")
    sections = {fragment.section: fragment.data for fragment in info.fragments()}
    for name, data in sections.items():
        for size in range(len(data)):
            dwarf = Dwarf(sections | {name: data[:size]})
            try:
                for unit in dwarf.units():
                    list(dwarf.entries(unit))
                list(line_units(dwarf))
            except DwarfError:
                continue
