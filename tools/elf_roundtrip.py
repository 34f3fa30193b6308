"""Reads every ELF file and archive under some folders and writes it again: the bytes must be the same.

    tools/elf_roundtrip.py [--verify] [--rebuild] [FOLDER|FILE...]      (default: /usr/bin /usr/lib)

`--verify` also runs the ELF verifier and prints what it finds; `--rebuild` stores every typed section from its own value and
compares what the file says before and after. Exit code 1 if a file comes out changed or cannot be read.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from starklink.objwriter.ar import ArError, is_archive, read_archive, write_archive
from starklink.objwriter.elf.consts import SHT_STRTAB
from starklink.objwriter.elf.content import KINDS
from starklink.objwriter.elf.model import ElfError, Section
from starklink.objwriter.elf.reader import Elf, open_elf
from starklink.objwriter.elf.rewrite import rewrite

LIMIT = 1 << 28


def files(places: list[str]) -> Iterator[Path]:
    """The regular files under the places in order."""
    for place in places:
        path = Path(place)
        for one in sorted(path.rglob("*")) if path.is_dir() else [path]:
            if one.is_file() and not one.is_symlink() and one.stat().st_size < LIMIT:
                yield one


def objects(path: Path) -> Iterator[tuple[str, Elf]]:
    """The ELF files in a file: itself, or the members of an archive, which must round-trip, too."""
    with path.open("rb") as file:
        magic = file.read(8)
    if magic[:4] == b"\x7fELF":
        yield str(path), open_elf(path)
    elif is_archive(magic):
        content = path.read_bytes()
        archive = read_archive(content, path.parent)
        if write_archive(archive) != content:
            raise ArError("the archive comes out changed")
        for member in archive.members:
            data = archive.content(member)
            if bytes(data[:4]) == b"\x7fELF":
                yield f"{path}({member.name})", Elf(data)


def said(elf: Elf) -> list[object]:
    """What all typed sections but string tables say, with names for the sections they refer to."""
    return [_plain(elf.value(section)) for section in elf.sections if section.type != SHT_STRTAB]


def _plain(value: object) -> object:
    if isinstance(value, Section):
        return value.name
    if isinstance(value, (list, tuple)):
        return [_plain(one) for one in value]
    return value


def rebuild(elf: Elf) -> None:
    """Store every typed section from its own value. Raises ElfError if the file then says something else."""
    before = said(elf)
    for section in list(elf.sections):
        if section.type in KINDS and section.type != SHT_STRTAB:
            elf.store(section, elf.value(section))
    if said(elf) != before:
        raise ElfError("stored from their own values, the sections say something else")


def main(arguments: list[str]) -> int:
    """Check the places named; print problems and a summary."""
    places = [word for word in arguments if not word.startswith("--")] or ["/usr/bin", "/usr/lib"]
    bad, codes, count, size = 0, Counter[str](), 0, 0
    for path in files(places):
        try:
            for name, elf in objects(path):
                count += 1
                size += len(elf.content)
                if rewrite(elf) != elf.content:
                    raise ElfError("the file comes out changed")
                if "--verify" in arguments:
                    for finding in elf.verify():
                        codes[finding.code] += 1
                        print(f"{name}: {finding.code} {finding.message}")
                if "--rebuild" in arguments:
                    rebuild(elf)
        except (ElfError, ArError) as error:
            bad += 1
            print(f"{path}: {error}")
    print(f"{count} ELF files of {size >> 20} MiB, {bad} with problems, findings: {dict(codes) or 'none'}")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
