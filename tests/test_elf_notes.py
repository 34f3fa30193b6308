"""Notes made by us as readelf reads them: build id, ABI tag, properties, Xen and notes of one's own; properties come back."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from starklink import Elf, ElfError
from starklink.objwriter.elf import encode, notes, views
from starklink.objwriter.elf.model import ElfFile, Section
from starklink.objwriter.elf.writer import write

FORMS = [(bits, order) for bits in (32, 64) for order in "<>"]


@pytest.mark.parametrize("form", FORMS, ids=str)
def test_readelf_reads_every_kind(form: tuple[int, str], tmp_path: Path) -> None:
    bits, order = form
    image = ElfFile(1, bits=bits, order=order, machine=62 if bits == 64 else 3)
    identity = bytes(range(20))
    contents = {".note.gnu.build-id": (notes.note("GNU", 3, identity, order), 4),
                ".note.ABI-tag": (notes.abi_tag_note(0, 3, 2, 1, order=order), 4),
                ".note.gnu.property": (notes.property_note(image, [notes.x86_features("IBT", "SHSTK")])
                                       if order == "<" else b"", bits // 8),
                ".note.Xen": (encode.notes(image, [views.Note("Xen", 18, bytes(8))]), 4),
                ".note.own": (encode.notes(image, [views.Note("me", 7, b"abc"), views.Note("", 8, b"")]), 4)}
    image.sections = [Section(name, 7, 2, data=data, align=align) for name, (data, align) in contents.items() if data]
    path = tmp_path / "notes.o"
    path.write_bytes(write(image))
    elf = Elf.read(path)
    assert elf.verify() == []
    done = subprocess.run(["readelf", "-nW", path], capture_output=True, text=True, check=True)
    assert done.stderr == ""
    assert f"Build ID: {identity.hex()}" in done.stdout and "OS: Linux, ABI: 3.2.1" in done.stdout
    if order == "<":
        assert re.search(r"Properties: x86 feature: IBT, SHSTK", done.stdout)
    for name in ("Xen", "me"):
        assert re.search(rf"^  {name} ", done.stdout, re.M)
    own = elf.section(".note.own")
    assert own is not None and elf.value(own) == [views.Note("me", 7, b"abc"), views.Note("", 8, b"")]


@pytest.mark.parametrize("form", FORMS, ids=str)
@settings(max_examples=25, deadline=None, derandomize=True)
@given(rows=st.lists(st.builds(views.Property, st.integers(0, 2**32 - 1), st.binary(max_size=20))))
def test_properties_come_back(form: tuple[int, str], rows: list[views.Property]) -> None:
    image = ElfFile(1, bits=form[0], order=form[1])
    image.sections = [Section(".note.gnu.property", 7, 2, data=notes.property_note(image, rows), align=form[0] // 8)]
    elf = Elf(write(image))
    [note] = elf.value(elf.sections[1])
    assert (note.owner, note.type) == ("GNU", 5)
    assert views.properties(elf, note.payload) == sorted(rows)
    assert len(note.payload) % (form[0] // 8) == 0


def test_what_makes_no_note_is_refused() -> None:
    with pytest.raises(ElfError, match="three numbers, not 2"):
        notes.abi_tag_note(0, 3, 2)
    with pytest.raises(ElfError, match=r"unknown x86 features \['AVX'\]"):
        notes.x86_features("IBT", "AVX")
