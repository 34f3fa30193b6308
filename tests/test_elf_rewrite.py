"""Writing a file that was read: the same bytes while nothing was edited, and the edits where something was."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from starklink.objwriter.elf.model import ElfError
from starklink.objwriter.elf.reader import Elf, open_elf
from starklink.objwriter.elf.rewrite import rewrite

FOLDER = Path("/usr/lib/x86_64-linux-gnu")
SYSTEM = [path for path in (*sorted(Path("/usr/bin").glob("*"))[::40], *sorted(FOLDER.glob("*.so.?"))[::20],
                            *sorted(FOLDER.glob("crt*.o")))
          if path.is_file() and path.stat().st_size < 2_000_000 and path.open("rb").read(4) == b"\x7fELF"]


def test_files_come_out_as_they_went_in() -> None:
    assert len(SYSTEM) >= 20
    for path in SYSTEM:
        assert rewrite(open_elf(path)) == path.read_bytes(), path


def test_edits_are_written_and_nothing_else(tmp_path: Path) -> None:
    content = (FOLDER / "crt1.o").read_bytes()
    elf = Elf(content)
    text = elf.section(".text")
    assert text is not None
    text.data = bytes(len(text.data))
    text.address = 0x1230
    elf.flags = 5
    path = tmp_path / "edited.o"
    path.write_bytes(rewrite(elf))
    header = subprocess.run(["readelf", "-hSW", path], capture_output=True, text=True, check=True).stdout
    assert "Flags:                             0x5\n" in header
    assert f"{'.text':<17} PROGBITS        0000000000001230" in header
    again = open_elf(path)
    for old, new in zip(Elf(content).sections, again.sections):
        assert bytes(new.data) == (bytes(len(text.data)) if new.name == ".text" else bytes(old.data))


def test_the_fields_are_those_of_the_model_not_of_the_old_bytes() -> None:
    content = (FOLDER / "libz.so.1").read_bytes()
    elf = Elf(content)
    elf.segments[0].align = 0x2000
    elf.entry = 0x77
    again = Elf(rewrite(elf))
    assert (again.segments[0].align, again.entry) == (0x2000, 0x77)
    assert again.segments[1:] != []


def test_what_cannot_stay_in_place_is_refused() -> None:
    elf = open_elf(FOLDER / "crt1.o")
    text = elf.section(".text")
    assert text is not None
    text.data = b"longer" * 100
    with pytest.raises(ElfError, match="changed its size"):
        rewrite(elf)
    other = open_elf(FOLDER / "crt1.o")
    other.flags = 1 << 40
    with pytest.raises(ElfError, match="cannot hold"):
        rewrite(other)
