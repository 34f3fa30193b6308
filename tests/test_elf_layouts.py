"""The generated record layouts against their construct schemas, numpy and the system's <elf.h>."""

from __future__ import annotations

import io
import subprocess
import sys
from pathlib import Path
from typing import Any

import construct
import numpy
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from starklink.dwarf import layouts as dwarf_layouts
from starklink.dwarf import schema as dwarf_schema
from starklink.objwriter.elf import schema as elf_schema
from starklink.objwriter.elf.layouts import RECORDS
from starklink.objwriter.elf.pack import Layout, layout

ELF_RECORDS = sorted(RECORDS)
DWARF_RECORDS = sorted(dwarf_schema.records("<"))


def values(record: Layout) -> st.SearchStrategy[dict[str, Any]]:
    """Random field values of a record."""
    ranges = {}
    for name, code in zip(record.fields, record.types):
        if code[0] in "iu":
            bits = 8 * int(code[1:])
            low = -(1 << bits - 1) if code[0] == "i" else 0
            ranges[name] = st.integers(low, low + (1 << bits) - 1)
        else:
            size = int(code[:-2])
            ranges[name] = st.binary(min_size=size, max_size=size)
    return st.fixed_dictionaries(ranges)


def agree(schema: Any, record: Layout, row: dict[str, Any]) -> None:
    """One record built in three ways, and read back in three ways."""
    stream = io.BytesIO()
    schema.build_stream(row, stream)
    data = stream.getvalue()
    assert record.build(**row) == data
    table = numpy.zeros(1, record.dtype())
    for name, value in row.items():
        table[name] = numpy.frombuffer(value, "u1") if isinstance(value, bytes) else value
    assert table.tobytes() == data
    assert record.size == schema.sizeof() == table.dtype.itemsize
    assert dict(zip(record.fields, record.unpack_from(data, 0))) == row
    assert {name: value for name, value in schema.parse(data).items() if name != "_io"} == row


@pytest.mark.parametrize("key", ELF_RECORDS, ids=str)
@settings(max_examples=10, deadline=None)
@given(data=st.data())
def test_elf_layouts_agree_with_construct_and_numpy(key: tuple[str, int, str], data: st.DataObject) -> None:
    name, bits, order = key
    agree(elf_schema.records(bits, order)[name], RECORDS[key], data.draw(values(RECORDS[key])))


@pytest.mark.parametrize("name", DWARF_RECORDS)
@settings(max_examples=10, deadline=None)
@given(data=st.data())
def test_dwarf_layouts_agree_with_construct_and_numpy(name: str, data: st.DataObject) -> None:
    record: Layout = getattr(dwarf_layouts, name.upper())
    agree(dwarf_schema.records("<")[name], record, data.draw(values(record)))


def test_every_schema_has_a_layout() -> None:
    assert {name for name, _, _ in RECORDS} == set(elf_schema.records(64, "<")) == set(elf_schema.records(32, ">"))
    assert len(RECORDS) == 4 * len(elf_schema.records(64, "<"))


def test_sizes_and_offsets_are_those_of_elf_h(tmp_path: Path) -> None:
    prefixes = {"ehdr": "e_", "shdr": "sh_", "phdr": "p_", "sym": "st_", "rela": "r_", "rel": "r_", "chdr": "ch_",
                "nhdr": "n_"}
    lines = []
    for (name, bits, order), record in RECORDS.items():
        if order == "<" and name in prefixes:
            kind = f"Elf{bits}_{name.capitalize()}"
            lines.append(f'printf("{name} {bits} %zu", sizeof({kind}));')
            lines += [f'printf(" %zu", offsetof({kind}, {prefixes[name]}{field}));' for field in record.fields]
            lines.append('puts("");')
    source = tmp_path / "sizes.c"
    source.write_text("#include <elf.h>\n#include <stddef.h>\n#include <stdio.h>\nint main(void){" + "\n".join(lines) + "}")
    subprocess.run(["gcc", "-o", tmp_path / "sizes", source], check=True)
    out = subprocess.run([tmp_path / "sizes"], capture_output=True, text=True, check=True).stdout
    assert len(out.splitlines()) == 2 * len(prefixes)
    for line in out.splitlines():
        name, bits, *numbers = line.split()
        record = RECORDS[name, int(bits), "<"]
        offsets = [record.dtype().fields[field][1] for field in record.fields]
        assert [record.size, *offsets] == [int(number) for number in numbers], line


@pytest.mark.parametrize("node", [construct.VarInt, construct.GreedyBytes, construct.CString("utf8"),
                                  construct.BitStruct("a" / construct.Nibble, "b" / construct.Nibble)])
def test_slow_nodes_are_refused(node: Any) -> None:
    with pytest.raises(TypeError, match="no fixed layout"):
        layout("bad", construct.Struct("field" / node))


def test_mixed_byte_orders_are_refused() -> None:
    with pytest.raises(TypeError, match="mixed"):
        layout("bad", construct.Struct("a" / construct.Int32ul, "b" / construct.Int32ub))


def test_nested_structs_and_arrays_are_flattened() -> None:
    inner = construct.Struct("x" / construct.Int16ul, "y" / construct.Int8ub)
    record = layout("nested", construct.Struct("a" / inner, "b" / construct.Array(2, construct.Int32sl)))
    assert record.fields == ("a_x", "a_y", "b0", "b1")
    assert record.format == "<HBii"


def test_writing_needs_neither_construct_nor_numpy() -> None:
    script = ("import sys; sys.path.insert(0, 'tests')\n"
              "from debug_sample import Sample\n"
              "from starklink.codegen.debuginfo import debug_sections\n"
              "from starklink.objwriter.elf.object import to_elf\n"
              "from starklink.objwriter.model import ObjectModule\n"
              "s = Sample(); to_elf(ObjectModule('x', s.fragments + debug_sections(s.module, s.fragments, s.sources)))\n"
              "print([m for m in ('construct', 'numpy', 'elftools', 'lief') if m in sys.modules])")
    root = Path(__file__).parent.parent
    out = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=root).stdout
    assert out == "[]\n"
