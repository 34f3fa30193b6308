"""The debug information of a program: clean for every oracle, and true in a debugger."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest
from debug_sample import SOURCE, Sample

from starklink.codegen.debuginfo import debug_sections, frame_sections, map_path, split_name
from starklink.codegen.debuglocals import join, merge, place_expression
from starklink.dwarf.linereader import line_units
from starklink.dwarf.reader import Die, Dwarf
from starklink.dwarf.text import expression
from starklink.ir.module import DebugScope, DebugVar, Function, Signature
from starklink.ir.types import VOID
from starklink.objwriter.elf.object import to_elf
from starklink.objwriter.elf.reader import Elf
from starklink.objwriter.model import CfiMark, Fragment, LineMark, ObjectModule, ScopeRange, VarRange

sys.path.insert(0, str(Path(__file__).parent.parent / "tools"))
import oracles


def build(sample: Sample, **options: object) -> bytes:
    """The sample as an object file."""
    sections = debug_sections(sample.module, sample.fragments, sample.sources, **options)  # type: ignore[arg-type]
    return to_elf(ObjectModule("zoo.fsh", sample.fragments + sections))


@pytest.fixture(scope="module", params=[5, 4], ids=["v5", "v4"])
def program(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample as an executable linked by GNU ld, the object and the source beside it."""
    folder = tmp_path_factory.mktemp(f"v{request.param}")
    (folder / "zoo.fsh").write_text(SOURCE)
    (folder / "zoo.o").write_bytes(build(Sample(), version=request.param, comp_dir=str(folder)))
    subprocess.run(["ld", folder / "zoo.o", "-o", folder / "zoo"], check=True)
    return folder / "zoo"


@cache
def session(path: Path, *commands: str) -> str:
    """What gdb prints for commands."""
    arguments = [part for command in commands for part in ("-ex", command)]
    environment = {**os.environ, "LC_ALL": "C.UTF-8"}
    done = subprocess.run(["gdb", "-nx", "-batch", "-ex", "set debuginfod enabled off", *arguments, path], check=False,
                          capture_output=True, text=True, timeout=60, env=environment, stdin=subprocess.DEVNULL)
    assert done.returncode == 0, done.stderr
    return done.stdout


def dies(content: bytes) -> dict[str, list[Die]]:
    """All entries by name."""
    dwarf = Dwarf(Elf(content).debug_sections())
    out: dict[str, list[Die]] = {}
    for unit in dwarf.units():
        for die in dwarf.entries(unit):
            out.setdefault(die.get("name", ""), []).append(die)
    return out


# -- oracles
# -------------------------------------------------------------------------------------------------------------

def test_the_object_is_clean_for_every_oracle(program: Path) -> None:
    found = oracles.verdicts(program.with_suffix(".o"))
    assert [one for one in found if one.state == "fault"] == []
    assert len([one for one in found if one.state == "ok"]) >= 8


@pytest.mark.parametrize("version", [5, 4])
def test_our_own_image_is_clean_for_every_oracle(version: int, tmp_path: Path) -> None:
    link = pytest.importorskip("starklink.linker.link").link
    sample = Sample()
    sections = debug_sections(sample.module, sample.fragments, sample.sources, version=version, linked=True,
                              frames=("eh", "hdr", "debug"))
    image = link([ObjectModule("zoo.fsh", sample.fragments + sections)], entry="_start", target="linux")
    path = tmp_path / "zoo"
    path.write_bytes(bytes(image))
    path.chmod(0o755)
    assert oracles.faults(path) == []
    assert subprocess.run([path], check=False).returncode == 18


def test_oracles_see_damage(tmp_path: Path) -> None:
    content = bytearray(build(Sample()))
    elf = Elf(bytes(content))
    section = elf.section(".debug_abbrev")
    assert section is not None
    content[section.offset + 1] = 0x7E
    path = tmp_path / "bad.o"
    path.write_bytes(content)
    assert any("llvm-dwarfdump" in fault for fault in oracles.faults(path))


# -- debuggers
# -----------------------------------------------------------------------------------------------------------

def test_gdb_stops_behind_prologues_and_unwinds(program: Path) -> None:
    out = session(program, "break Main", "run", "next", "step", "bt", "finish")
    assert "Breakpoint 1, Main () at zoo.fsh:14" in out
    assert re.search(r"^Dog.Sum \(this=0x[0-9a-f]+ <dog>, n=5\) at zoo.fsh:5$", out, re.MULTILINE)
    assert re.search(r"#0  Dog.Sum .*zoo.fsh:5\n#1  0x[0-9a-f]+ in Main \(\) at zoo.fsh:15\n#2  0x[0-9a-f]+ in _start \(\)$",
                     out, re.MULTILINE)
    assert "Value returned is $1 = 18" in out


def test_gdb_breaks_by_either_spelling_and_by_line(program: Path) -> None:
    out = session(program, "break Dog.Sum", "break Dog::Sum", "break zoo.fsh:7", "info breakpoints")
    places = re.findall(r"(0x[0-9a-f]+) in Dog[.:]+Sum.* at zoo.fsh:(\d+)", out)
    assert [line for _, line in places] == ["5", "5", "7"]
    assert places[0] == places[1]


def test_gdb_shows_true_values_or_none(program: Path) -> None:
    out = session(program, "break zoo.fsh:5", "run", "info args", "info locals", "next", "next", "info locals", "next", "next",
                  "info locals")
    before, inside, after = re.findall(r"((?:^\w+ = .*\n)+)", out, re.MULTILINE)
    assert re.sub(r"0x\w+ ", "", before) == ("this = <dog>\nn = 5\ntotal = <optimized out>\nseven = -993\nhalf = 0.5\n")
    assert inside == "twice = 18\ntotal = 9\nseven = -993\nhalf = 0.5\n"
    assert after == "total = 18\nseven = -993\nhalf = 0.5\n"


def test_gdb_prints_every_kind_of_type(program: Path) -> None:
    out = session(program, "break Main", "run", "next", "print *d", "print *d->Name", "print d->Mark", "print d->Hue",
                  "print numbers->data[1]", "print *numbers", "print Dog::counter", "whatis d", "whatis numbers",
                  "ptype d->Mark", "ptype d", "whatis Main")
    values = re.findall(r"^\$\d+ = (.*)$", out, re.MULTILINE)
    assert re.sub(r"0x\w+", "0x", values[0]) == (
        "{<Animal> = {<object> = {$type = 0x}, Legs = 4}, Name = 0x <name>, Weight = 30, Mark = 128054 U'🐶', "
        "Good = true, Hue = Color::Blue, static counter = 7}")
    assert values[1:] == ['{$type = 0x0, length = 6, data = "Rex ä"}', "128054 U'🐶'", "Color::Blue", "20",
                          "{$type = 0x0, length = 3, data = {10, 20, 30}}", "7"]
    assert "type = Dog *" in out
    assert "type = int [] *" in out
    assert "type = char32_t" in out
    assert "  private:\n    double Weight;" in out
    assert "    int Sum(int);" in out
    assert "type = int (void)" in out


def test_lldb_shows_the_same(program: Path) -> None:
    commands = ["b Dog.Sum", "run", "frame variable", "bt", "p this->Legs", "next", "next", "frame variable twice"]
    arguments = [part for command in commands for part in ("-o", command)]
    done = subprocess.run(["lldb", "-b", "-x", *arguments, program], capture_output=True, text=True, check=False, timeout=60,
                          stdin=subprocess.DEVNULL)
    out = done.stdout
    if "Process" not in out:
        pytest.skip("lldb cannot run programs here")
    assert "(Dog *) this = 0x" in out
    assert "n = 5" in out
    assert "seven = -993" in out
    assert "half = 0.5" in out
    assert re.search(r"frame #1: .*Main\(\) at zoo.fsh:15", out)
    assert re.search(r"\$\d+ = 4$", out, re.MULTILINE)
    assert "twice = 18" in out


# -- structure
# ------------------------------------------------------------------------------------------------------------

def test_methods_are_declared_in_their_class() -> None:
    found = dies(build(Sample()))
    declaration, = found["Sum"]
    assert declaration.get("declaration") == 1
    assert declaration.depth == 2
    definition = next(die for die in found[""] if die.get("specification") == declaration.offset)
    this = [die for die in found["this"] if die.offset == definition.get("object_pointer")]
    assert [die.tag for die in this] == ["formal_parameter"]
    assert this[0].get("artificial") == 1


def test_scopes_without_code_are_left_out() -> None:
    found = dies(build(Sample()))
    assert "gone" not in found
    assert found["twice"][0].depth == found["total"][0].depth + 1
    assert [die.get("artificial") for die in found["__helper"]] == [1]


def test_unused_debug_types_cost_nothing() -> None:
    found = dies(build(Sample()))
    assert "i32" not in found
    assert len(found["int"]) == 1


def test_marks_without_source_become_line_zero() -> None:
    sample = Sample()
    main = next(item for item in sample.fragments if item.symbol == "Main")
    main.lines = [*main.lines[:2], LineMark(15, 0, 1), *main.lines[3:]]
    unit, = line_units(Dwarf(Elf(build(sample)).debug_sections()))
    rows = [(row.line, row.flags) for row in unit.rows if not row.end and row.address >= 0x30]
    assert rows == [(13, 1), (14, 3), (0, 0), (16, 1), (0, 0)]


def test_functions_without_prologue_have_two_rows_at_their_start() -> None:
    sample = Sample()
    main = next(item for item in sample.fragments if item.symbol == "Main")
    main.lines = [LineMark(0, sample.pos(14), 3), *main.lines[2:]]
    unit, = line_units(Dwarf(Elf(build(sample)).debug_sections()))
    rows = [(row.address, row.line, row.flags) for row in unit.rows if row.address == 0x30]
    assert rows == [(0x30, 13, 1), (0x30, 14, 3)]


def test_the_prologue_ends_at_a_statement() -> None:
    sample = Sample()
    main = next(item for item in sample.fragments if item.symbol == "Main")
    main.lines = [LineMark(0, sample.pos(13), 1), LineMark(4, sample.pos(13), 2), *main.lines[2:]]
    unit, = line_units(Dwarf(Elf(build(sample)).debug_sections()))
    rows = [(row.line, row.flags) for row in unit.rows if not row.end and 0x30 <= row.address < 0x60]
    assert rows == [(13, 1), (15, 3), (16, 1)]  # gdb would stop a `step` at a second row of the first line


def test_paths_are_mapped_and_output_is_reproducible() -> None:
    one, two = (build(Sample(f"/home/{user}/zoo.fsh"), comp_dir=f"/home/{user}", prefix_map=[(f"/home/{user}", "/src")])
                for user in ("anna", "bert"))
    assert one == two
    assert b"/src/zoo.fsh\0" in one
    assert b"/home" not in one
    assert map_path("/a/b/c", [("/a", "x"), ("/a/b", "y")]) == "y/c"
    assert map_path("/q", [("/a", "x")]) == "/q"


def test_linked_sections_need_only_addresses() -> None:
    sample = Sample()
    for fragment in debug_sections(sample.module, sample.fragments, sample.sources, linked=True):
        assert not [fixup for fixup in fragment.fixups if fixup.symbol.startswith(".debug")]
    object_ = debug_sections(sample.module, sample.fragments, sample.sources)
    linked = debug_sections(sample.module, sample.fragments, sample.sources, linked=True)
    assert [fragment.section for fragment in object_] == [fragment.section for fragment in linked]
    assert object_[0].data == linked[0].data


def test_inlined_calls(tmp_path: Path) -> None:
    sample = Sample()
    module = sample.module
    callee = Function("Twice", "Twice", Signature((), VOID), pos=sample.pos(6))
    number = module.add_symbol(callee)
    callee.scope = sample.scope("function", 0, number, callee.pos)
    sample.var("value", callee.scope, sample.int, callee.pos, 1)
    main_number = module.symbol_ids["Main"]
    main = module.function(main_number)
    inlined = sample.scope("inlined", main.scope, number, callee.pos, sample.pos(15, "d.Sum"))
    copy = sample.var("value", inlined, sample.int, callee.pos, 1)
    local = sample.var("inner", inlined, sample.int, callee.pos)
    fragment = next(item for item in sample.fragments if item.symbol == "Main")
    fragment.scopes = [ScopeRange(main.scope, 0, 11), ScopeRange(inlined, 11, 15), ScopeRange(main.scope, 15, 25),
                       ScopeRange(inlined, 25, 30), ScopeRange(main.scope, 30, 35)]
    fragment.vars = [*fragment.vars, VarRange(copy, 11, 30, "const", 21), VarRange(local, 12, 15, "reg", 0)]
    path = tmp_path / "inlined.o"
    path.write_bytes(build(sample))
    assert oracles.faults(path) == []
    found = dies(path.read_bytes())
    abstract, = [die for die in found["Twice"] if die.get("inline") == 1]
    call = next(die for die in found[""] if die.tag == "inlined_subroutine")
    assert call.get("abstract_origin") == abstract.offset
    assert (call.get("call_line"), call.get("call_column")) == (15, 13)
    parameter = next(die for die in found[""] if die.tag == "formal_parameter")
    assert parameter.get("abstract_origin") == next(die.offset for die in found["value"])
    assert expression(parameter.get("location")) == "lit21, stack_value"
    assert found["inner"][0].depth == call.depth + 1


def test_frames_cover_only_64_bit_code() -> None:
    fragments = [Fragment("a", ".text", b"\xc3", kind="func"), Fragment("stub", ".boot", b"\xc3", kind="func"),
                 Fragment("b", ".boot", b"\xc3", kind="func", cfi=[CfiMark(0, "undefined", 16)]),
                 Fragment("data", ".rodata", b"x", kind="object")]
    made = frame_sections(fragments, ("eh", "hdr", "debug"))
    assert [item.section for item in made] == [".eh_frame", ".eh_frame_hdr", ".debug_frame"]
    assert {fixup.symbol for fixup in made[0].fixups} == {"a", "b"}


def test_a_program_without_code_or_files_is_described() -> None:
    sample = Sample()
    sections = debug_sections(sample.module, [], sample.sources)
    dwarf = Dwarf({section.section: section.data for section in sections})
    unit, = dwarf.units()
    assert [die.tag for die in dwarf.entries(unit)] == ["compile_unit"]


# -- small parts
# ----------------------------------------------------------------------------------------------------------

@pytest.mark.parametrize(("name", "parts"), [
    ("Main", ("", "Main")), ("Dog.Sum", ("Dog", "Sum")), ("List<Foo.Bar>.Add", ("List<Foo.Bar>", "Add")),
    ("Ns.List<A.B>.Map<C.D>", ("Ns.List<A.B>", "Map<C.D>")), (".ctor", ("", ".ctor")), ("F(a.b)", ("", "F(a.b)"))])
def test_names_are_split_at_the_last_dot(name: str, parts: tuple[str, str]) -> None:
    assert split_name(name) == parts


def test_ranges_are_merged_and_places_joined() -> None:
    assert merge([(5, 9), (0, 3), (3, 4), (8, 12)]) == [(0, 4), (5, 12)]
    places = [VarRange(1, 4, 8, "reg", 0), VarRange(1, 0, 4, "reg", 0), VarRange(1, 8, 9, "cfa", -8),
              VarRange(1, 12, 13, "cfa", -8)]
    assert join(places) == [VarRange(1, 0, 8, "reg", 0), VarRange(1, 8, 9, "cfa", -8), VarRange(1, 12, 13, "cfa", -8)]


@pytest.mark.parametrize(("kind", "value", "signed", "text"), [
    ("cfa", -24, True, "fbreg -24"), ("reg", 5, True, "reg5"), ("xmm", 17, False, "reg17"), ("xmm", 32, False, "regx 32"),
    ("const", 7, True, "lit7, stack_value"), ("const", 2**64 - 7, True, "consts -7, stack_value"),
    ("const", 2**64 - 7, False, f"constu {2**64 - 7}, stack_value")])
def test_places_become_expressions(kind: str, value: int, signed: bool, text: str) -> None:
    assert expression(place_expression(kind, value, signed).data) == text


def test_unknown_places_are_refused() -> None:
    with pytest.raises(ValueError, match="nowhere"):
        place_expression("nowhere", 0, False)


def test_deeply_nested_blocks_are_described() -> None:
    sample = Sample()
    main = sample.module.function(sample.module.symbol_ids["Main"])
    scope = main.scope
    for depth in range(3000):
        sample.module.debug_scopes.append(DebugScope("block", scope, 1, sample.pos(14)))
        scope = len(sample.module.debug_scopes) - 1
        sample.module.debug_vars.append(DebugVar(f"v{depth}", scope, sample.int, sample.pos(14)))
    fragment = next(item for item in sample.fragments if item.symbol == "Main")
    fragment.scopes = [ScopeRange(scope, 4, 20)]
    found = dies(build(sample))
    assert found["v2999"][0].depth == 3000 + 2


def test_data_behind_an_external_function_is_no_function() -> None:
    sample = Sample()
    sample.module.add_symbol(Function("__table", "__table", Signature((), VOID)))
    sample.fragments.append(Fragment("__table", ".rodata", bytes(8), kind="object"))
    assert "__table" not in dies(build(sample))
