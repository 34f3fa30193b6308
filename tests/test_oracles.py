"""Independent tools find no fault with what the whole pipeline makes, and read in it what our own model says.

Everyday runs take one file of each kind; with STARKLINK_ORACLES=all every program goes through both targets, all levels and both
DWARF versions, and through the tools that rewrite files.
"""

from __future__ import annotations

import os
import subprocess
import sys
from itertools import product
from pathlib import Path

import pytest
from debug_programs import Maker

from starklink import compile_text
from starklink.dwarf.linereader import line_units
from starklink.dwarf.reader import Dwarf
from starklink.linker.image import Image
from starklink.objwriter.elf.reader import Elf
from starklink.objwriter.model import LINE_STMT

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT / "tools"))
import oracles  # noqa: E402

ALL = os.environ.get("STARKLINK_ORACLES") == "all"
NAMES = ("hello", "tour", "large")
EVERYDAY = (("hello", "linux", 2, 5), ("hello", "pc", 0, 4), ("tour", "linux", 0, 4), ("tour", "pc", 2, 5),
            ("large", "linux", 2, 5))
IMAGES = tuple(product(NAMES, ("linux", "pc"), (0, 2), (5, 4))) if ALL else EVERYDAY
OBJECTS = tuple(product(NAMES, (0, 2), (5, 4))) if ALL else (("hello", 0, 4), ("tour", 2, 5))


def source(name: str) -> str:
    """The text of a program; the large one has some 2,500 lines."""
    if name != "large":
        return (ROOT / "samples" / f"{name}.fsh").read_text(encoding="utf-8")
    return Maker(3, functions=40).program()


@pytest.mark.parametrize(("name", "target", "level", "version"), IMAGES)
def test_images(name: str, target: str, level: int, version: int, tmp_path: Path) -> None:
    path = tmp_path / name
    program = compile_text(source(name), f"{name}.fsh", target=target, level=level, dwarf=version)
    image = program.link()
    image.write(path)
    assert oracles.faults(path) == []
    compare_model(image)
    marks = [(image.symbol(one.symbol).value, one) for one in program.object(alone=True).fragments
             if one.kind == "func" and one.lines and own(program, one.symbol)]
    compare_lines(path, program, marks)
    if ALL:
        assert [one for one in oracles.rewritten(path) if one.state == "fault"] == []


@pytest.mark.parametrize(("name", "level", "version"), OBJECTS)
def test_objects(name: str, level: int, version: int, tmp_path: Path) -> None:
    path, linked = tmp_path / f"{name}.o", tmp_path / name
    program = compile_text(source(name), f"{name}.fsh", level=level, dwarf=version)
    path.write_bytes(program.object_bytes())
    assert oracles.faults(path) == []
    if ALL:
        assert [one for one in oracles.rewritten(path) if one.state == "fault"] == []
    # GNU ld pads FDEs to 4 bytes, which dwarfdump reports, and gives bss without data no place in the file, which eu-elflint
    # reports.
    subprocess.run(["ld", path, "-o", linked], check=True)
    complaints = [text for text in oracles.faults(linked) if not text.startswith(("dwarfdump", "eu-elflint"))]
    assert complaints == []
    done = subprocess.run([linked], capture_output=True, check=False, timeout=60, stdin=subprocess.DEVNULL)
    mine = program.link().run()
    assert (done.stdout, done.returncode) == (mine.stdout.encode("utf-8", "surrogateescape"), mine.returncode)


def compare_model(image: Image) -> None:
    """Sections and symbols of the file are those of the linker's model."""
    elf = Elf(bytes(image))
    read = {one.name: (one.address, one.memory_size, one.offset) for one in elf.sections}
    for section in image.sections:
        assert read[section.name] == (section.address, section.size, section.offset)
    symbols = {(one.name, one.value, one.size) for one in elf.symbols()}
    assert {(one.name, one.value, one.size) for one in image.symbols} <= symbols


def own(program: object, symbol: str) -> bool:
    """The program's source declares the symbol."""
    from starklink.driver.phases import _declared

    return _declared(program, symbol)  # type: ignore[arg-type]


def compare_lines(path: Path, program: object, marks: list[tuple[int, object]]) -> None:
    """Every place that code generation marked as a statement is a row of the line table, and rows say nothing else."""
    sources = program.session.sources  # type: ignore[attr-defined]
    statements: set[tuple[int, int]] = set()
    everything: set[tuple[int, int]] = set()
    for base, fragment in marks:
        before = None
        for mark in fragment.lines:  # type: ignore[attr-defined]
            place = (base + mark.offset, sources.locate(mark.pos).line)
            everything.add(place)
            if mark.flags & LINE_STMT and place[1] and mark[1:] != before:      # else the row before goes on
                statements.add(place)
            before = mark[1:]
    rows = [row for unit in line_units(Dwarf(Elf(path.read_bytes()).debug_sections())) for row in unit.rows if not row.end]
    assert statements and statements <= {(row.address, row.line) for row in rows if row.flags & 1}
    starts = {base for base, _ in marks}
    assert {(row.address, row.line) for row in rows if row.address not in starts} <= everything


def test_an_oracle_sees_damage(tmp_path: Path) -> None:
    """Line rows and names that differ from what others read are reported."""
    path = tmp_path / "hello"
    image = compile_text(source("hello"), "hello.fsh", level=0).link()
    data = bytearray(bytes(image))
    section = next(one for one in Elf(bytes(data)).sections if one.name == ".debug_info")
    data[section.offset + 12 + 1:section.offset + 12 + 5] = b"\xff\xff\xff\x7f"     # the offset of the producer's name
    path.write_bytes(data)
    assert len(oracles.faults(path)) >= 3
