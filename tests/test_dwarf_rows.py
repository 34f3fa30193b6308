"""Every row of the tables (forms, attributes, tags, operations, call frame instructions) is written and read back; what a
version does not have is refused."""

from __future__ import annotations

import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from starklink.asm import Assembler, rbp, rbx, rsp
from starklink.dwarf import Address, Cfi, DebugFile, DebugInfo, Entry, Expression, Form, VersionError, frame_columns, units
from starklink.dwarf.consts import AT, FORM, OP, TAG
from starklink.dwarf.framereader import frames
from starklink.dwarf.frames import debug_frame
from starklink.dwarf.lines import LineTable
from starklink.dwarf.operations import check_expression, encode_operation, operations
from starklink.dwarf.reader import Dwarf
from starklink.dwarf.rows import ATTRIBUTES, FORMS, OPERATIONS, TAGS
from starklink.dwarf.strings import Strings
from starklink.objwriter.elf.object import to_elf
from starklink.objwriter.elf.reader import Elf
from starklink.objwriter.model import Fragment, ObjectModule

VERSIONS = (2, 3, 4, 5)


def read(module: ObjectModule) -> DebugFile:
    return DebugFile.of(Elf(to_elf(module)))


def value(form: str, rng: random.Random, entry: Entry, other: Entry) -> tuple[Any, Any]:
    """What to write in a form, and what must be read: None for a text or address behind a number."""
    bits = {"1": 8, "2": 16, "4": 32, "8": 64}.get(FORMS[form].layout, 0)
    if FORMS[form].classes == "s" and form not in ("strp_sup", "GNU_strp_alt"):
        if form == "GNU_str_index":
            number = rng.randrange(1 << 20)
            return number, number
        text = "".join(rng.choice("abcä ") for _ in range(rng.randrange(12)))
        return text, None if form.startswith("strx") else text
    if form.startswith("addrx"):
        return Address("", rng.randrange(1 << 64)), None
    if form == "addr":
        number = rng.randrange(1 << 64)
        return number, number
    if FORMS[form].layout.startswith("block"):
        data = rng.randbytes(rng.choice((0, 1, 127, 128, 200)))
        return (Expression(b"\x30" * len(data)), b"\x30" * len(data)) if form == "exprloc" else (data, data)
    if form == "data16":
        data = rng.randbytes(16)
        return data, data
    if form in ("sdata", "implicit_const"):
        number = rng.randrange(-(1 << 63), 1 << 63)
        return number, number
    if form == "flag_present":
        return None, 1
    if form == "flag":
        return 1, 1
    if form == "indirect":
        return ("udata", 300), 300
    if form == "ref4" or form == "ref_addr":
        return (entry if form == "ref4" else other), "entry"
    if form in ("ref1", "ref2", "ref8", "ref_udata"):
        number = rng.randrange(200)
        return number, ("unit", number)
    number = rng.randrange(1 << (bits or (32 if FORMS[form].layout == "offset" else 60)))
    return number, number


@pytest.mark.parametrize("offset_size", [4, 8])
@pytest.mark.parametrize("version", VERSIONS)
def test_every_attribute_in_every_form(version: int, offset_size: int) -> None:
    rng = random.Random(version)
    module = ObjectModule("m")
    debug = DebugInfo(module, version=version, offset_size=offset_size if version > 2 else 4, aranges=False, indexed=version == 5)
    debug.unit("b.c")
    other = debug.entry("base_type", name="elsewhere")
    debug.unit("a.c")
    target = debug.entry("base_type", name="here")
    expected: list[tuple[str, str, Any]] = []
    for name, row in ATTRIBUTES.items():
        if row.since > version:
            with pytest.raises(VersionError, match=f"needs DWARF {row.since}"):
                debug.entry(
                    "variable",
                    **{
                        name: b""
                        if "b" in row.classes
                        else True
                        if "f" in row.classes
                        else "x"
                        if "s" in row.classes
                        else target
                        if "r" in row.classes
                        else Expression()
                        if "e" in row.classes
                        else 1
                    },
                )
            continue
        for form, form_row in FORMS.items():
            letters = {letter for letter, since in row.classes.items() if since <= version}
            if form_row.since > version or not (set(form_row.classes) & letters or form == "indirect"):
                continue
            given, wanted = value(form, rng, target, other)
            debug.entry("variable", **{name: Form(form, given)})
            expected.append((name, form, wanted if wanted is not None else given))
    debug.finish()
    info = read(module)
    unit = info.units[1]
    nodes = [node for node in unit.walk() if node.tag == "variable"]
    assert len(nodes) == len(expected) > 100
    for node, (name, form, wanted) in zip(nodes, expected):
        got = node._die.attributes[name]
        assert got[0] == ("udata" if form == "indirect" else form)
        if form in ("ref4", "ref_addr"):
            found = node.follow(name)
            assert found is not None and found.get("name") == ("here" if form == "ref4" else "elsewhere")
        elif isinstance(wanted, tuple) and wanted[0] == "unit":
            assert got[1] == unit.header.offset + wanted[1]
        elif form.startswith(("strx", "addrx")):
            assert node.get(name) == (wanted if isinstance(wanted, str) else wanted.addend)
        else:
            assert got[1] == wanted, (name, form)
    used = {form for _, form, _ in expected}
    assert used == {form for form, row in FORMS.items() if row.since <= version}


@pytest.mark.parametrize("version", VERSIONS)
def test_every_tag(version: int) -> None:
    module = ObjectModule("m")
    debug = DebugInfo(module, version=version, aranges=False)
    debug.unit("a.c")
    names = []
    for tag, since in TAGS.items():
        if since > version:
            with pytest.raises(VersionError, match=f"DW_TAG_{tag} needs DWARF {since}"):
                debug.entry(tag)
        else:
            debug.entry(tag, name=tag)
            names.append(tag)
    debug.finish()
    found = [(node.tag, node.get("name")) for node in read(module).units[0].walk()][1:]
    assert found == [(name, name) for name in names]
    with pytest.raises(KeyError, match="no tag DW_TAG_thing"):
        debug.entry("thing")


def test_tables_cover_all_names() -> None:
    assert set(FORMS) == set(FORM.values)
    assert set(TAGS) == set(TAG.values) - {"null"}
    assert {row.name for row in OPERATIONS.values()} == set(OP.values)
    assert set(ATTRIBUTES) <= set(AT.values)
    assert {name for name in AT.values if name not in ATTRIBUTES} <= {
        "use_GNAT_descriptive_type",
        "GNAT_descriptive_type",
        "GNU_numerator",
        "GNU_denominator",
        "GNU_bias",
    }


def operand(letter: str, draw: Any) -> Any:
    if letter in "BED":
        return draw(st.binary(max_size=200))
    if letter == "S":
        return draw(st.integers(-(1 << 63), (1 << 63) - 1))
    signed = {"b": 8, "h": 16, "i": 32, "q": 64, "G": 16}.get(letter)
    if signed:
        return draw(st.integers(-(1 << signed - 1), (1 << signed - 1) - 1))
    bits = {"1": 8, "2": 16, "4": 32, "8": 64, "a": 64, "R": 32}.get(letter, 64)
    return draw(st.integers(0, (1 << bits) - 1))


@settings(deadline=None, max_examples=10)
@given(st.data())
def test_every_operation_reads_back(data: st.DataObject) -> None:
    code = b""
    wanted = []
    for row in data.draw(st.permutations(sorted(OPERATIONS.values()))):
        operands = tuple(operand(letter, data.draw) for letter in row.operands) if row.name[-1] in "sutex" else None
        operands = operands if operands is not None else tuple(operand(letter, data.draw) for letter in row.operands)
        code += encode_operation(row.name, *operands)
        wanted.append((row.name, operands))
    assert [(op.row.name, op.operands) for op in operations(code)] == wanted


def test_expressions_are_checked() -> None:
    good = (
        Expression().fbreg(-8),
        Expression().reg(3),
        Expression().reg(3).piece(4).reg(5).piece(4),
        Expression(),
        Expression().constu(7).stack_value(),
        Expression().lit(1).branch("bra", 1).op("nop").lit(4),
    )
    assert [one.check(5) for one in good]
    for bad, why in (
        (Expression().plus(), "needs 2 stack entries"),
        (Expression().reg(3).reg(4), "names a place"),
        (Expression().lit(1).branch("bra", 77), "no operation begins"),
        (Expression(b"\x01"), "unknown operation"),
        (Expression().lit(1).branch("bra", 1).lit(3), "stack entries meet"),
        (Expression(b"\x0c\x01"), "ends inside"),
    ):
        with pytest.raises(ValueError, match=why):
            bad.check(5)
    with pytest.raises(ValueError, match="DW_OP_stack_value needs DWARF 4"):
        Expression().lit(3).stack_value().check(3)
    with pytest.raises(ValueError, match="takes 1 operands"):
        Expression().do("fbreg")
    with pytest.raises(ValueError, match="out of range"):
        Expression().do("const1u", 256)
    assert check_expression(b"\x97", 2) == ["DW_OP_push_object_address needs DWARF 3"]


def test_wrong_values_are_refused_with_a_reason() -> None:
    debug = DebugInfo(ObjectModule("m"), version=3)
    debug.unit("a.c")
    for attributes, why in (
        ({"name": 5}, "DW_AT_name takes string, not constant"),
        ({"type": "int"}, "takes reference, not string"),
        ({"signature": 5}, "needs DWARF 4"),
        ({"name": Form("strx", "a")}, "DW_FORM_strx needs DWARF 5"),
        ({"decl_line": Form("string", "a")}, "no value of form string"),
    ):
        with pytest.raises(VersionError, match=why):
            debug.entry("variable", **attributes)
    with pytest.raises(KeyError, match="DW_AT_colour"):
        debug.entry("variable", colour=3)
    with pytest.raises(KeyError, match="DW_ATE_integer"):
        debug.entry("base_type", encoding="integer")
    with pytest.raises(TypeError, match="cannot be"):
        debug.entry("variable", name=object())
    for options in (
        {"version": 6},
        {"version": 2, "offset_size": 8},
        {"version": 4, "indexed": True},
        {"version": 4, "split": "a"},
    ):
        with pytest.raises(ValueError):
            DebugInfo(ObjectModule("m"), **options)  # type: ignore[arg-type]


# -- call frames -------------------------------------------------------------------------------------------------------


def rows_of(marks: Any) -> list[tuple[int, int, int, dict[int, Any]]]:
    section = debug_frame([Fragment("f", ".text", b"", size=100, cfi=marks)], 4, True)
    (fde,) = frames(Dwarf({".debug_frame": section.data}), ".debug_frame")
    return [(row.address, row.register, row.offset, row.rules) for row in fde.rows()]


def test_every_call_frame_instruction() -> None:
    place = Expression().breg(7, 8)
    cfi = Cfi()
    cfi.at(1).push("rbp").at(2).frame("rbp").at(3).save("rbx", -24).in_register("r12", "rax").val_offset("rsp", 0)
    cfi.at(4).expression("r13", place).val_expression("r14", place).same_value("r15").undefined("rax")
    cfi.at(5).remember().at(300).def_cfa("rsp", 8).restore("rbx").at(70000).restore_state().at(70001)
    cfi.def_cfa_expression(place)
    rows = rows_of(cfi.marks)
    start = {16: ("offset", -8)}
    three = start | {6: ("offset", -16), 3: ("offset", -24), 12: ("register", 0), 7: ("value", 0)}
    four = three | {13: ("expression", place.data), 14: ("value expression", place.data), 15: ("same", 0), 0: ("undefined", 0)}
    assert rows == [
        (0, 7, 8, start),
        (1, 7, 16, start | {6: ("offset", -16)}),
        (2, 6, 16, start | {6: ("offset", -16)}),
        (3, 6, 16, three),
        (4, 6, 16, four),
        (5, 6, 16, four),
        (300, 7, 8, {key: rule for key, rule in four.items() if key != 3}),
        (70000, 6, 16, four),
        (70001, -1, 0, four | {-1: ("cfa expression", place.data)}),
    ]


def test_verbs_say_what_the_assembler_says() -> None:
    a = Assembler()
    with a.function("f"):
        a.push(rbp)
        a.mov(rbp, rsp)
        a.push(rbx)
        a.sub(rsp, 24)
        a.add(rsp, 24)
        a.pop(rbx)
        a.pop(rbp)
        a.ret()
    theirs = a.finish("f")
    cfi = Cfi()
    cfi.at(1).push(rbp).at(4).frame(rbp).at(5).push(rbx).at(9).allocate(24).at(13).allocate(-24).at(14).pop(rbx).at(15).pop(rbp)
    assert rows_of(cfi.marks) == rows_of(theirs.cfi)


def test_columns_of_rules() -> None:
    marks = frame_columns([0, 1, 4, 20], ["rsp", "rsp", "rbp", "rsp"], [8, 16, 16, 8], {"rbp": [0, -16, -16, 0]})
    assert [(row[:3], row[3].get(6)) for row in rows_of(marks)] == [
        ((0, 7, 8), None),
        ((1, 7, 16), ("offset", -16)),
        ((4, 6, 16), ("offset", -16)),
        ((20, 7, 8), None),
    ]
    with pytest.raises(ValueError, match="different lengths"):
        frame_columns([0, 1], ["rsp"], [8, 8])
    with pytest.raises(ValueError, match="come behind"):
        frame_columns([4, 1], ["rsp", "rsp"], [8, 16])
    for wrong in (lambda: Cfi().pop(), lambda: Cfi().restore_state(), lambda: Cfi().allocate(-8), lambda: Cfi().push("rax2")):
        with pytest.raises(ValueError):
            wrong()


# -- lines -------------------------------------------------------------------------------------------------------------


@settings(deadline=None, max_examples=40)
@given(
    st.lists(
        st.tuples(
            st.integers(0, 300),
            st.integers(0, 400),
            st.integers(0, 70000),
            st.integers(0, 300),
            st.sampled_from((0, 1, 1, 1, 3, 5, 7)),
        ),
        max_size=60,
    ),
    st.sampled_from(VERSIONS),
    st.integers(0, 9),
)
def test_columns_are_the_rows(rows: list[tuple[int, int, int, int, int]], version: int, rest: int) -> None:
    at = 0
    placed = []
    for step, *others in rows:
        at += step
        placed.append((at, *others))
    one, other = (LineTable(version, "/", Strings("s")) for _ in range(2))
    one.sequence("f", at + rest, placed)  # type: ignore[arg-type]
    names = ("offset", "file", "line", "column", "flags")
    other.columns("f", at + rest, **{name: list(column) for name, column in zip(names, zip(*placed) if placed else [[]] * 5)})
    assert one.program == other.program


def test_columns_are_checked_and_may_have_discriminators() -> None:
    table = LineTable(5, "/", Strings("s"))
    for columns, why in (
        ({"offset": [4, 2], "line": [1, 2]}, "not in order"),
        ({"offset": [0]}, "column of lines"),
        ({"offset": [0], "line": [1, 2]}, "rows"),
        ({"offset": [0], "line": [1], "colour": [3]}, "no column colour"),
        ({"offset": [99], "line": [1]}, "outside"),
        ({"offset": [0], "line": [1], "column": [-1]}, "negative"),
    ):
        with pytest.raises(ValueError, match=why):
            table.columns("f", 10, **columns)
    plain = LineTable(5, "/", Strings("s"))
    plain.columns("f", 10, offset=[0, 4], line=[1, 1])
    marked = LineTable(5, "/", Strings("s"))
    marked.columns("f", 10, offset=[0, 4], line=[1, 1], discriminator=[0, 300])
    assert b"\x00\x03\x04\xac\x02" in bytes(marked.program)
    assert b"\x00\x03\x04" not in bytes(plain.program)


# -- entries -----------------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("linked", [False, True])
def test_units_patched_by_columns_are_the_same(linked: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    def build() -> list[Fragment]:
        debug = DebugInfo(ObjectModule("m"), linked=linked, aranges=False)
        debug.unit("b.c")
        elsewhere = debug.base_type("long", 8, "signed")
        src = debug.file("a.c")
        debug.unit("a.c")
        integer = debug.base_type("int", 4, "signed")
        for number in range(40):
            debug.entry("variable", name=f"variable {number}", type=elsewhere if number % 9 == 4 else integer, decl_line=number,
                        location=Expression().address("here", number))
            debug.entry("label", name="a label", low_pc=Address("code", number) if number % 3 else Address("", number))
        assert src
        return debug.finish()

    plain = build()
    monkeypatch.setattr(units, "MANY", 0)
    columns = build()
    assert [(one.section, one.data, one.fixups) for one in plain] == [(one.section, one.data, one.fixups) for one in columns]
