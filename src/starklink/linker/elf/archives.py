"""Archives as a linker needs them: the index at once, a member when something wants it.

Objects of a link come mostly from a few members of large archives, so the members in between are never looked at; what the
fast way does not know (BSD names, no index, nested thin archives) goes through `objwriter.ar`.
"""

from __future__ import annotations

import os
from struct import unpack_from
from typing import TYPE_CHECKING, Final

from ...objwriter.errors import ArError
from ...support.record import dataclass, field

if TYPE_CHECKING:
    from ...objwriter.ar import Archive

MAGIC: Final = b"!<arch>\n"
THIN_MAGIC: Final = b"!<thin>\n"
_HEADER: Final = 60


@dataclass(slots=True, eq=False)
class LazyArchive:
    """An archive with its index: symbol name (bytes) -> place of the member (header offset, or number in `whole`)."""

    path: str
    data: memoryview
    index: dict[bytes, int] = field(default_factory=dict)
    names: bytes = b""
    thin: bool = False
    whole: Archive | None = None
    _defined: dict[int, list[bytes]] | None = None

    def defined(self, place: int) -> list[bytes]:
        """What the index says the member at a place defines, as far as no earlier one does."""
        if self._defined is None:
            self._defined = {}
            for name, at in self.index.items():
                self._defined.setdefault(at, []).append(name)
        return self._defined.get(place, [])

    def size(self, place: int) -> int:
        """Bytes of the member at a place of the index; 0 if it is not known at once. Raises ArError."""
        return 0 if self.whole is not None or not self.path else _head(self.data, place, self.names)[2]

    def member(self, place: int) -> tuple[str, memoryview]:
        """Name and content of the member at a place of the index. Raises ArError."""
        if self.whole is not None:
            member = self.whole.members[place]
            return member.name, memoryview(self.whole.content(member))
        name, start, size = _head(self.data, place, self.names)
        if self.thin:
            return name, _file(os.path.join(os.path.dirname(self.path), name), size)
        return name, self.data[start:start + size]

    def all_members(self) -> list[int]:
        """The places of all members in archive order. Raises ArError."""
        if self.whole is not None:
            return list(range(len(self.whole.members)))
        places, at = [], 8
        while at + _HEADER <= len(self.data):
            raw = bytes(self.data[at:at + 16])
            _, start, size = _head(self.data, at, self.names)
            special = raw.rstrip() in (b"/", b"//", b"/SYM64/")
            if not special:
                places.append(at)
            at = start + (0 if self.thin and not special else size)
            at += at & 1
        return places


def open_lazy(path: str, data: memoryview) -> LazyArchive:
    """Read the index of an archive. Raises ArError."""
    archive = LazyArchive(path, data, thin=bytes(data[:8]) == THIN_MAGIC)
    at, found = 8, False
    while at + _HEADER <= len(data):
        name = bytes(data[at:at + 16]).rstrip()
        if name not in (b"/", b"/SYM64/", b"//"):
            break
        size = _size(data, at)
        start = at + _HEADER
        if start + size > len(data):
            raise ArError(f"the member at {at:#x} is longer than the archive")
        if name == b"//":
            archive.names = bytes(data[start:start + size])
        else:
            archive.index = _index(data[start:start + size], 8 if name == b"/SYM64/" else 4)
            found = True
        at = start + size + (size & 1)
    name = bytes(data[at:at + 16])
    if not found or name.startswith((b"#1/", b"__.SYMDEF")):
        _read_whole(archive)
    return archive


def first_object(path: str, data: memoryview) -> memoryview:
    """The first member that is an ELF file, found without reading the index; nothing if there is none, or only damage."""
    if bytes(data[:8]) == MAGIC:
        at = 8
        while at + _HEADER <= len(data):
            if bytes(data[at + _HEADER:at + _HEADER + 4]) == b"\x7fELF":
                return data[at + _HEADER:]
            try:
                at += _HEADER + _size(data, at)
            except ArError:
                break
            at += at & 1
    try:
        archive = open_lazy(path, data)
        for place in archive.all_members():
            member = archive.member(place)[1]
            if bytes(member[:4]) == b"\x7fELF":
                return member
    except (ArError, OSError):
        pass
    return data[:0]


def is_archive(data: memoryview) -> bool:
    """True if the content begins as an archive does."""
    return bytes(data[:8]) in (MAGIC, THIN_MAGIC)


def _read_whole(archive: LazyArchive) -> None:
    from pathlib import Path

    from ...objwriter.ar import defined_symbols, read_archive

    whole = archive.whole = read_archive(archive.data, Path(archive.path).parent)
    archive.index = {}
    rows = [(entry.symbol, entry.member) for entry in whole.index or ()]
    if whole.index is None:
        for number, member in enumerate(whole.members):
            content = whole.content(member)
            if bytes(content[:4]) == b"\x7fELF":
                rows += [(name, number) for name in defined_symbols(content)]
    for name, number in rows:
        archive.index.setdefault(name.encode("utf-8", "surrogateescape"), number)


def _index(data: memoryview, width: int) -> dict[bytes, int]:
    if len(data) < width:
        return {}
    count = int.from_bytes(data[:width], "big")
    if width * (count + 1) > len(data):
        raise ArError(f"the index promises {count} symbols, more than it holds")
    places = unpack_from(f">{count}{'IQ'[width == 8]}", data, width)
    names = bytes(data[width * (count + 1):]).split(b"\0")
    if len(names) < count:
        raise ArError(f"the index promises {count} symbols and names {len(names)}")
    # The first member that defines a name counts, so later ones are entered first.
    return dict(zip(reversed(names[:count]), reversed(places)))


def _size(data: memoryview, at: int) -> int:
    try:
        size = int(bytes(data[at + 48:at + 58]))
    except ValueError as error:
        raise ArError(f"the member header at {at:#x} has no size") from error
    if size < 0 or bytes(data[at + 58:at + 60]) != b"`\n":
        raise ArError(f"no member header at {at:#x}")
    return size


def _head(data: memoryview, at: int, names: bytes) -> tuple[str, int, int]:
    """Name, start of the content and size of the member whose header lies at `at`."""
    if not 8 <= at <= len(data) - _HEADER:
        raise ArError(f"the index points to {at:#x}, where there is no member")
    size = _size(data, at)
    raw = bytes(data[at:at + 16]).rstrip()
    if raw[:1] == b"/" and raw[1:].isdigit():
        place = int(raw[1:])
        end = names.find(b"\n", place)
        if place >= len(names) or end < 0:
            raise ArError(f"the member at {at:#x} has its name outside the name table")
        raw = names[place:end]
    return raw.rstrip(b"/").decode("utf-8", "surrogateescape"), at + _HEADER, size


def _file(path: str, size: int) -> memoryview:
    try:
        with open(path, "rb") as file:
            content = file.read()
    except OSError as error:
        raise ArError(f"the thin archive's member {path} cannot be read: {error.strerror}") from error
    if len(content) != size:
        raise ArError(f"the thin archive's member {path} has changed: {len(content)} bytes, not {size}")
    return memoryview(content)
