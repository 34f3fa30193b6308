"""Archives of object files (`.a`): the GNU / System V format, the BSD format, and thin archives; read and written.

    archive = open_archive(path)          # or read_archive(content)
    archive.members[0].name, archive.content(archive.members[0])
    archive = Archive([Member("a.o", data)]);  make_index(archive);  write_archive(archive)

What `ar` wrote comes out of `write_archive(read_archive(x))` byte for byte. The index says which member defines a symbol;
linkers want one. Everything wrong with an archive comes out as ArError.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from ..support.record import dataclass, field
from .elf.consts import SHN_UNDEF, STB_LOCAL
from .elf.model import AUTO
from .errors import ArError as ArError
from .errors import ElfError

if TYPE_CHECKING:
    from pathlib import Path

MAGIC: Final = b"!<arch>\n"
THIN_MAGIC: Final = b"!<thin>\n"
HEADER: Final = 60
"""Bytes of a member header: name 16, time 12, owner 6, group 6 (decimal), mode 8 (octal), size 10, two end marks."""
_END: Final = b"`\n"
_BSD_INDEX: Final = {"__.SYMDEF": 4, "__.SYMDEF SORTED": 4, "__.SYMDEF_64": 8, "__.SYMDEF_64 SORTED": 8}
_NESTING: Final = 8
"""Thin archives may name members of other archives; deeper than this they are taken for a cycle."""
_LONGEST: Final = 4096
"""Bytes of a member's name: a name table of 1 MB must not give every member a name of 1 MB."""


class Stamp(NamedTuple):
    """Time (seconds since 1970), owner, group and mode of a member. AUTO (-1): the field is blank."""

    time: int = 0
    owner: int = 0
    group: int = 0
    mode: int = 0o100644


@dataclass(slots=True, eq=False)
class Member:
    """A member. `size` AUTO: that of `data`.

    In a thin archive `data` is empty, `name` a path relative to the archive and `size` that of the file; `origin` not 0
    says that the file is an archive in turn and the member's header lies there at that offset.
    `lead` (BSD format): bytes the name occupies before the data, 0 for a name in the header, AUTO to derive.
    """

    name: str
    data: bytes | bytearray | memoryview = b""
    stamp: Stamp = Stamp()
    size: int = AUTO
    origin: int = 0
    lead: int = AUTO

    @property
    def length(self) -> int:
        """Bytes of content."""
        return len(self.data) if self.size == AUTO else self.size


class Entry(NamedTuple):
    """A row of the index: member number `member` of the archive defines `symbol`."""

    symbol: str
    member: int


def _here() -> Path:
    # Linkers read archives without ever asking for a path; pathlib takes longer to load than this module.
    from pathlib import Path

    return Path()


@dataclass(slots=True, eq=False)
class Archive:
    """An archive. `index` None: it has none. `kind`: "gnu" (System V release 4 is the same) or "bsd".

    `wide` makes the index one of 64-bit offsets (done by itself when 32 bits are too few); `index_name` is the name of
    a BSD index, `index_pad` the zeros at the end of an index (AUTO: as the GNU tools have it); `directory` is where a
    thin archive's members are looked for; `pad` is the byte behind members of odd size (Go's tools write a zero).
    """

    members: list[Member] = field(default_factory=list)
    index: list[Entry] | None = None
    kind: str = "gnu"
    thin: bool = False
    wide: bool = False
    index_stamp: Stamp = Stamp(0, 0, 0, 0)
    index_name: str = ""
    index_pad: int = AUTO
    directory: Path = field(default_factory=_here)
    pad: bytes = b"\n"

    def content(self, member: Member) -> bytes | bytearray | memoryview:
        """A member's bytes; those of a thin archive are read from their files. Raises ArError if a file is missing."""
        return _file_content(self.directory, member, 0) if self.thin else member.data

    def find(self, name: str) -> Member | None:
        """The first member of that name."""
        return next((member for member in self.members if member.name == name), None)


def is_archive(content: bytes | bytearray | memoryview) -> bool:
    """True if the first bytes are those of an archive, thin or not."""
    return bytes(content[:8]) in (MAGIC, THIN_MAGIC)


# -- reading -----------------------------------------------------------------------------------------------------------

def open_archive(path: str | Path) -> Archive:
    """Read an archive from a file. Raises OSError and ArError."""
    path = _here() / path
    return read_archive(path.read_bytes(), path.parent)


def read_archive(content: bytes | bytearray | memoryview, directory: Path | None = None) -> Archive:
    """The archive in `content` (member data are views into it). `directory`: where a thin archive's files are."""
    view = memoryview(content)
    if not is_archive(view):
        raise ArError("not an archive")
    archive = Archive(thin=bytes(view[:8]) == THIN_MAGIC, directory=directory or _here())
    names = b""
    index: memoryview | None = None
    width = 4
    numbers: dict[int, int] = {}
    at = len(MAGIC)
    while at < len(view):
        title, stamp, size = _header(view, at)
        start = at + HEADER
        special = title in ("/", "/SYM64/", "//")
        held = size if special or not archive.thin else 0
        if start + held > len(view):
            raise ArError(f"the member at {at:#x} is longer than the archive")
        data = view[start:start + held]
        if title == "//":
            names = bytes(data)
        elif special or (index is None and not archive.members and _bsd_name(title, data)[0] in _BSD_INDEX):
            if index is not None:
                raise ArError(f"a second index at {at:#x}")
            archive.index_stamp = stamp
            index, width = data, 8 if title == "/SYM64/" else 4
            if not special:
                archive.kind = "bsd"
                archive.index_name, lead = _bsd_name(title, data)
                index, width = data[lead:], _BSD_INDEX[archive.index_name]
            archive.wide = width == 8
        else:
            numbers[at] = len(archive.members)
            archive.members.append(_member(archive, title, stamp, data, size, names, at))
            if held & 1 and bytes(view[start + held:start + held + 1]) == b"\0":
                archive.pad = b"\0"
        at = start + held + (held & 1)
    if index is not None:
        gnu = not archive.index_name  # by the index itself: tools of LLVM 14 put a GNU one before BSD members
        archive.index = list((_read_index if gnu else _read_bsd_index)(index, width, numbers))
        archive.index_pad = max(0, len(index) - len(_index_content(archive.index, list(numbers), width, gnu)))
    return archive


def _header(view: memoryview, at: int) -> tuple[str, Stamp, int]:
    """Name field (without trailing blanks), stamp and size of the header at an offset."""
    raw = bytes(view[at:at + HEADER])
    if len(raw) < HEADER or raw[58:] != _END:
        raise ArError(f"no member header at {at:#x}")
    stamp = Stamp(_number(raw[16:28], 10, at), _number(raw[28:34], 10, at), _number(raw[34:40], 10, at),
                  _number(raw[40:48], 8, at))
    size = _number(raw[48:58], 10, at)
    if size < 0:
        raise ArError(f"the member at {at:#x} has no size")
    return _text(raw[:16].rstrip(b" ")), stamp, size


def _number(raw: bytes, base: int, at: int) -> int:
    digits = raw.rstrip(b" ")
    if not digits:
        return AUTO
    # int() alone would take signs, underscores and blanks.
    if not digits.isdigit() or (base == 8 and (b"8" in digits or b"9" in digits)):
        raise ArError(f"the member header at {at:#x} holds {_text(raw)!r} for a number")
    return int(digits, base)


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", "surrogateescape")


def _bsd_name(title: str, data: memoryview) -> tuple[str, int]:
    """Name of a BSD member and the bytes it occupies before the content; (title, 0) for a name in the header."""
    if not title.startswith("#1/"):
        return title, 0
    digits = title[3:]
    if not (digits.isascii() and digits.isdigit()) or int(digits) > len(data):
        raise ArError(f"a member is named {title!r}")
    lead = int(digits)
    return _text(bytes(data[:lead]).rstrip(b"\0")), lead


def _member(archive: Archive, title: str, stamp: Stamp, data: memoryview, size: int, names: bytes, at: int) -> Member:
    if title.startswith("#1/"):
        archive.kind = "bsd"
        name, lead = _bsd_name(title, data)
        return Member(name, data[lead:], stamp, AUTO, 0, lead)
    origin = 0
    if len(title) > 1 and title[0] == "/":
        place, _, inner = title[1:].partition(":")
        if not all(part.isascii() and part.isdigit() for part in (place, inner or "0")):
            raise ArError(f"the member at {at:#x} is named {title!r}")
        origin = int(inner or "0")
        name = _long_name(names, int(place), at)
    elif title.endswith("/") and title != "/":
        name = title[:-1]
    else:
        name = title
        if not archive.members and archive.index is None:
            archive.kind = "bsd"
    if not name:
        raise ArError(f"the member at {at:#x} has no name")
    return Member(name, data, stamp, size if archive.thin else AUTO, origin, 0 if archive.kind == "bsd" else AUTO)


def _long_name(names: bytes, place: int, at: int) -> str:
    """A name of the name table: to the end of its line, without the slash there (NUL ends it too)."""
    if place >= len(names):
        raise ArError(f"the name of the member at {at:#x} lies outside the name table")
    ends = [end for end in (names.find(b"\n", place), names.find(b"\0", place)) if end >= 0]
    if not ends:
        raise ArError(f"the name of the member at {at:#x} does not end")
    raw = names[place:min(ends)]
    if len(raw) > _LONGEST:
        raise ArError(f"the name of the member at {at:#x} has {len(raw)} bytes")
    return _text(raw[:-1] if raw.endswith(b"/") else raw)


def _read_index(data: memoryview, width: int, numbers: dict[int, int]) -> Iterator[Entry]:
    """The rows of a GNU index: count, offsets of headers (all big endian), then the names."""
    count = int.from_bytes(data[:width], "big")
    start = width * (count + 1)
    if start > len(data):
        raise ArError(f"the index of {len(data)} bytes cannot hold {count} symbols")
    names = bytes(data[start:])
    at = 0
    for row in range(width, start, width):
        end = names.find(b"\0", at)
        if end < 0:
            raise ArError("the names of the index are cut off")
        yield _entry(names[at:end], int.from_bytes(data[row:row + width], "big"), numbers)
        at = end + 1


def _read_bsd_index(data: memoryview, width: int, numbers: dict[int, int]) -> Iterator[Entry]:
    """The rows of a BSD index (little endian): bytes of rows, (name, header offset) rows, bytes of names, the names."""
    size = int.from_bytes(data[:width], "little")
    after = width + size
    if size % (2 * width) or after + width > len(data):
        raise ArError(f"the index of {len(data)} bytes cannot hold {size} bytes of rows")
    names = bytes(data[after + width:after + width + int.from_bytes(data[after:after + width], "little")])
    budget = 4 * len(names)  # names may overlap; without a limit a small index could unfold to gigabytes
    for row in range(width, after, 2 * width):
        at = int.from_bytes(data[row:row + width], "little")
        end = names.find(b"\0", at) if at < len(names) else -1
        if end < 0:
            raise ArError("a name of the index lies outside its names")
        budget -= end - at
        if budget < 0:
            raise ArError("the names of the index overlap")
        yield _entry(names[at:end], int.from_bytes(data[row + width:row + 2 * width], "little"), numbers)


def _entry(name: bytes, offset: int, numbers: dict[int, int]) -> Entry:
    member = numbers.get(offset)
    if member is None:
        raise ArError(f"the index says that {_text(name)} is defined at {offset:#x}, where no member begins")
    return Entry(_text(name), member)


def _file_content(directory: Path, member: Member, depth: int) -> bytes | bytearray | memoryview:
    """What the file of a thin archive's member holds."""
    path = directory / member.name
    try:
        if path.exists() and not path.is_file():
            raise ArError(f"member {member.name!r} is not a file")
        content = path.read_bytes()
    except (OSError, ValueError) as error:  # ValueError: a NUL in the name
        raise ArError(f"member {member.name!r}: {getattr(error, 'strerror', None) or error}") from error
    if not member.origin:
        return content
    if depth >= _NESTING:
        raise ArError(f"member {member.name!r}: archives within archives without end")
    view = memoryview(content)
    inner = read_archive(view, path.parent)
    found = [one for one, at in zip(inner.members, _offsets(view, inner)) if at == member.origin]
    if not found:
        raise ArError(f"{member.name} has no member at {member.origin:#x}")
    return _file_content(inner.directory, found[0], depth + 1) if inner.thin else found[0].data


def _offsets(view: memoryview, archive: Archive) -> Iterator[int]:
    """The header offsets of the members of an archive that was read from `view`."""
    at = len(MAGIC)
    first = True
    while at < len(view):
        title, _, size = _header(view, at)
        special = title in ("/", "/SYM64/", "//")
        start = at + HEADER
        if not special and not (first and _bsd_name(title, view[start:start + size])[0] in _BSD_INDEX):
            first = False
            yield at
        held = size if special or not archive.thin else 0
        at = start + held + (held & 1)


# -- writing -----------------------------------------------------------------------------------------------------------

def make_index(archive: Archive) -> None:
    """Give the archive the index of its members' global, weak and common symbols, in the order of members."""
    archive.index_pad = AUTO
    archive.index = [Entry(name, number) for number, member in enumerate(archive.members)
                     for name in defined_symbols(archive.content(member))]


def defined_symbols(content: bytes | bytearray | memoryview) -> list[str]:
    """The symbols of an object file that others may refer to, in the order of its table; [] if it is no ELF file."""
    if bytes(content[:4]) != b"\x7fELF":
        return []
    from .elf.reader import Elf

    try:
        return [symbol.name for symbol in Elf(content).symbols()
                if symbol.binding != STB_LOCAL and symbol.section != SHN_UNDEF and symbol.name]
    except ElfError as error:
        raise ArError(str(error)) from error


def write_archive(archive: Archive) -> bytes:
    """The bytes of an archive. Raises ArError for names and numbers that the format cannot hold."""
    if archive.kind not in ("gnu", "bsd"):
        raise ArError(f"unknown kind of archive {archive.kind!r}")
    if archive.kind == "bsd" and archive.thin:
        raise ArError("the BSD format has no thin archives")
    for entry in archive.index or ():
        if not 0 <= entry.member < len(archive.members):
            raise ArError(f"the index names member {entry.member} of {len(archive.members)}")
    make = _gnu_pieces if archive.kind == "gnu" else _bsd_pieces
    wide = archive.wide
    while True:
        index, pieces, offsets = make(archive, wide)
        if wide or not offsets or offsets[-1] < 1 << 32:
            break
        wide = True
    if archive.index is not None:
        index(offsets)
    return b"".join(pieces)


def _index_content(entries: list[Entry], offsets: list[int], width: int, gnu: bool) -> bytes:
    """The index without padding. GNU: count, offsets, names; BSD: bytes of rows, (name, offset) rows, bytes of names, names."""
    names = [_raw(entry.symbol) + b"\0" for entry in entries]
    text = b"".join(names)
    if gnu:
        rows = [offsets[entry.member].to_bytes(width, "big") for entry in entries]
        return b"".join((len(entries).to_bytes(width, "big"), *rows, text))
    rows, at = [], 0
    for entry, name in zip(entries, names):
        rows += [at.to_bytes(width, "little"), offsets[entry.member].to_bytes(width, "little")]
        at += len(name)
    return b"".join(((2 * width * len(entries)).to_bytes(width, "little"), *rows, len(text).to_bytes(width, "little"), text))


class _Index:
    """Fills the place of the index among the pieces once the members' offsets are known."""

    def __init__(self, archive: Archive, pieces: list[bytes], name: str, wide: bool) -> None:
        self.entries = archive.index or []
        self.gnu = archive.kind == "gnu"
        self.width = 8 if wide else 4
        self.pieces = pieces
        blank = _index_content(self.entries, [0] * len(archive.members), self.width, self.gnu)
        pad = archive.index_pad if archive.index_pad != AUTO else -len(blank) % (2 if self.gnu and not wide else 8)
        self.size = len(blank) + pad
        head = _head if self.gnu else _bsd_index_head
        self.place = len(pieces) + 1
        pieces += [head(name, archive.index_stamp, self.size), bytes(self.size), b"\n" * (self.size & 1)]

    def __call__(self, offsets: list[int]) -> None:
        """Write the index: `offsets` are those of the members' headers."""
        content = _index_content(self.entries, offsets, self.width, self.gnu)
        self.pieces[self.place] = content.ljust(self.size, b"\0")


def _gnu_pieces(archive: Archive, wide: bool) -> tuple[_Index, list[bytes], list[int]]:
    """The archive in pieces, the index still blank, and the offsets of the members' headers."""
    pieces = [THIN_MAGIC if archive.thin else MAGIC]
    index = _Index(archive, pieces if archive.index is not None else [], "/SYM64/" if wide else "/", wide)
    fields, table = _gnu_names(archive)
    if table:
        table += b"\n" * (len(table) & 1)
        pieces += [_head("//", Stamp(AUTO, AUTO, AUTO, AUTO), len(table)), table]
    at = sum(map(len, pieces))
    offsets = []
    for member, name in zip(archive.members, fields):
        offsets.append(at)
        pieces.append(_head(name, member.stamp, member.length))
        at += HEADER
        if not archive.thin:
            pieces += [bytes(member.data), archive.pad * (len(member.data) & 1)]
            at += len(member.data) + (len(member.data) & 1)
    return index, pieces, offsets


def _gnu_names(archive: Archive) -> tuple[list[str], bytes]:
    """The name fields of the members and the name table: long names, and all those of thin archives."""
    fields, table = [], bytearray()
    last, place = "", 0
    for member in archive.members:
        raw = _raw(member.name)
        if b"\n" in raw or not raw:
            raise ArError(f"no member can be named {member.name!r}")
        if not archive.thin and len(raw) < 16 and b"/" not in raw and not raw.endswith(b" "):
            fields.append(member.name + "/")
            continue
        # Members of one nested archive share its name.
        if not (member.origin and member.name == last):
            last, place = member.name, len(table)
            table += raw + b"/\n"
        fields.append(f"/{place}:{member.origin}" if member.origin else f"/{place}")
    return fields, bytes(table)


def _bsd_pieces(archive: Archive, wide: bool) -> tuple[_Index, list[bytes], list[int]]:
    pieces = [MAGIC]
    name = archive.index_name
    if _BSD_INDEX.get(name) != (8 if wide else 4):
        name = "__.SYMDEF_64" if wide else "__.SYMDEF"
    index = _Index(archive, pieces if archive.index is not None else [], name, wide)
    at = sum(map(len, pieces))
    offsets = []
    for member in archive.members:
        offsets.append(at)
        head = _bsd_head(member.name, member.stamp, len(member.data), at, member.lead)
        size = len(head) - HEADER + len(member.data)
        pieces += [head, bytes(member.data), archive.pad * (size & 1)]
        at += HEADER + size + (size & 1)
    return index, pieces, offsets


def _bsd_index_head(name: str, stamp: Stamp, size: int) -> bytes:
    return _bsd_head(name, stamp, size, len(MAGIC), AUTO)


def _bsd_head(name: str, stamp: Stamp, size: int, at: int, lead: int) -> bytes:
    """Header at offset `at` with the name behind it, padded so that the content begins at a multiple of 8."""
    raw = _raw(name)
    if not raw or b"\0" in raw:
        raise ArError(f"no member can be named {name!r}")
    if lead == 0 and len(raw) <= 16 and b" " not in raw:
        return _head(name, stamp, size)
    if lead < len(raw):
        lead = len(raw) + -(at + HEADER + len(raw)) % 8
    return _head(f"#1/{lead}", stamp, size + lead) + raw + bytes(lead - len(raw))


def _head(name: str, stamp: Stamp, size: int) -> bytes:
    time, owner, group, mode = ("" if value == AUTO else f"{value:o}" if octal else f"{value}"
                                for value, octal in zip(stamp, (False, False, False, True)))
    out = b""
    for text, width in ((name, 16), (time, 12), (owner, 6), (group, 6), (mode, 8), (str(size), 10)):
        raw = _raw(text)
        if len(raw) > width:
            raise ArError(f"{text} does not fit the {width} characters it has in the header of a member")
        out += raw.ljust(width)
    return out + _END


def _raw(name: str) -> bytes:
    return name.encode("utf-8", "surrogateescape")


# -- text --------------------------------------------------------------------------------------------------------------

def dump_archive(archive: Archive) -> str:
    """The members and the index as text, one a line."""
    from .elf.text import printable

    kind = {"gnu": "GNU", "bsd": "BSD"}[archive.kind] + (" thin" if archive.thin else "")
    lines = [f"Archive: {kind}, {len(archive.members)} members",
             "   Num: Mode    Owner  Group        Time     Size Name"]
    for number, member in enumerate(archive.members):
        time, owner, group, mode = member.stamp
        where = f" at {member.origin:#x}" if member.origin else ""
        lines.append(f"  {number:4}: {mode:06o} {owner:6} {group:6} {time:11} {member.length:8} {member.name}{where}")
    if archive.index is None:
        lines.append("No index.")
    else:
        lines.append(f"Index of {8 * (8 if archive.wide else 4)}-bit offsets contains {len(archive.index)} entries:")
        lines += [f"  {entry.symbol} in {archive.members[entry.member].name}" for entry in archive.index]
    return "\n".join(map(printable, lines)) + "\n"


def archive_data(archive: Archive) -> dict[str, Any]:
    """The same as plain data: kind, members and index."""
    members = [{"name": member.name, "time": member.stamp.time, "owner": member.stamp.owner, "group": member.stamp.group,
                "mode": member.stamp.mode, "size": member.length, "origin": member.origin} for member in archive.members]
    index = archive.index
    return {"kind": archive.kind, "thin": archive.thin, "wide": archive.wide, "members": members,
            "index": None if index is None else [{"symbol": one.symbol, "member": archive.members[one.member].name}
                                                 for one in index]}
