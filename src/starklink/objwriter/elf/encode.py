"""The bytes of special sections from plain values: the inverse of `views.py`, one function per kind of section.

    strings = Strings();  data = dynamic(form, [Dynamic(DT["NEEDED"], 0, "libc.so.6"), Dynamic(0, 0, "")], strings)

`form` is anything with `bits` (32 or 64) and `order` ("<" or ">"): a file that was read or one in the making. Values that
their field cannot hold come out as ElfError.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from struct import error as StructError
from struct import pack
from typing import Final, Protocol, TypeVar

from .consts import SHN_LORESERVE, SHN_XINDEX
from .hashes import gnu_hash, sysv_hash
from .layouts import RECORDS
from .model import ElfError, Relocation, Section, Symbol
from .views import TEXT_TAGS, Dynamic, GnuHash, Hash, Note, Property, VersionDef, VersionNeed

T = TypeVar("T")


class Form(Protocol):
    """Class in bits and byte order of a file."""

    bits: int
    order: str


class Strings:
    """A string table that grows: `add` gives a string's offset, equal strings share one. `data`: the table's bytes.

    `known`: offsets of strings the table has already.
    """

    def __init__(self, data: bytes | bytearray | memoryview = b"\0", known: Mapping[str, int] | None = None) -> None:
        self._data = bytearray(data or b"\0")
        self._known: dict[str, int] = dict(known or {})
        self._budget = 1 << 26  # bytes to look for strings in: adding many to a great table must not take quadratic time

    def add(self, text: str, hint: int = 0) -> int:
        """Offset of a string, which is appended if the table does not hold it yet; `hint` if it stands there.

        Raises ElfError for a NUL in it.
        """
        at = self._known.get(text)
        if hint and self._data.startswith(text.encode("utf-8", "surrogateescape") + b"\0", hint):
            return hint
        if at is None:
            raw = text.encode("utf-8", "surrogateescape") + b"\0"
            if raw.find(0) != len(raw) - 1:
                raise ElfError(f"no name of an ELF file can hold a NUL: {text!r}")
            if not text and self._data[:1] == b"\0":
                at = 0
            else:
                self._budget -= len(self._data)
                at = self._data.find(raw) if self._budget > 0 else -1
                if at < 0:
                    at = len(self._data)
                    self._data += raw
            self._known[text] = at
        return at

    @property
    def data(self) -> bytes:
        """The table as it is now."""
        return bytes(self._data)


def guarded(make: Callable[..., T]) -> Callable[..., T]:
    """Let a function raise ElfError where a field cannot hold its value."""
    from functools import wraps

    @wraps(make)
    def wrapped(*args: object, **options: object) -> T:
        try:
            return make(*args, **options)
        except StructError as error:
            raise ElfError(f"{make.__name__.replace('_', ' ')}: a field cannot hold its value: {error}") from error
    return wrapped


@guarded
def symbols(form: Form, rows: Iterable[Symbol], strings: Strings, numbers: Mapping[int, int]) -> tuple[bytes, bytes]:
    """A symbol table (with its null symbol as the first row) and its extended section numbers, b"" if none is needed.

    `numbers`: section numbers by `id(section)`. Raises ElfError for symbols of sections that have no number.
    """
    record = RECORDS["sym", form.bits, form.order].pack
    wide = form.bits == 64
    out: list[bytes] = []
    far: list[int] = []
    for name, value, size, section, binding, kind, visibility in rows:
        if isinstance(section, int):
            home, extended = section, 0
        else:
            home = numbers.get(id(section), -1)
            if home < 0:
                raise ElfError(f"symbol {name} lies in section {section.name}, which is not in the file")
            extended = home if home >= SHN_LORESERVE else 0
            home = SHN_XINDEX if extended else home
        far.append(extended)
        info = binding << 4 | kind
        out.append(record(strings.add(name), info, visibility, home, value, size) if wide else
                   record(strings.add(name), value, size, info, visibility, home))
    return b"".join(out), words(form, far, 4) if any(far) else b""


@guarded
def relocations(form: Form, rows: Iterable[Relocation], addends: bool = True, pairs: bool = False) -> bytes:
    """A REL section, with `addends` a RELA section. Addends of REL entries must be 0: they lie in what is patched.

    `pairs`: r_info as little-endian 64-bit MIPS has it.
    """
    record = RECORDS["rela" if addends else "rel", form.bits, form.order].pack
    out: list[bytes] = []
    for offset, kind, symbol, addend, _ in rows:
        if form.bits == 32:
            if symbol >> 24 or kind >> 8:
                raise ElfError(f"relocation type {kind} or symbol {symbol} does not fit a 32-bit file")
            info = symbol << 8 | kind
        elif pairs:
            info = symbol | int.from_bytes(kind.to_bytes(4, "big"), "little") << 32
        else:
            info = symbol << 32 | kind
        if addends:
            out.append(record(offset, info, addend))
        elif addend:
            raise ElfError(f"the relocation at {offset:#x} has an addend, for which a REL section has no place")
        else:
            out.append(record(offset, info))
    return b"".join(out)


@guarded
def words(form: Form, values: Sequence[int], size: int) -> bytes:
    """Unsigned integers of 1, 2, 4 or 8 bytes."""
    return pack(f"{form.order}{len(values)}{ {1: 'B', 2: 'H', 4: 'I', 8: 'Q'}[size]}", *values)


def addresses(form: Form, values: Sequence[int]) -> bytes:
    """An INIT_ARRAY, FINI_ARRAY or PREINIT_ARRAY section: one address per function."""
    return words(form, values, form.bits // 8)


def group(form: Form, flags: int, members: Sequence[int]) -> bytes:
    """A group section: flags and the numbers of the member sections."""
    return words(form, (flags, *members), 4)


def relative_places(form: Form, places: Iterable[int]) -> bytes:
    """A RELR section for addresses to relocate: aligned to the word, in any order. Raises ElfError for odd ones."""
    word = form.bits // 8
    out: list[int] = []
    left = sorted(set(places))
    if any(place % word for place in left):
        raise ElfError(f"the places of a RELR section are not all multiples of {word}")
    at, count = 0, len(left)
    while at < count:
        base = left[at]
        out.append(base)
        base += word
        at += 1
        while True:
            bits = 0
            while at < count and left[at] < base + word * (form.bits - 1):
                bits |= 2 << (left[at] - base) // word
                at += 1
            if not bits:
                break
            out.append(bits | 1)
            base += word * (form.bits - 1)
    return addresses(form, out)


@guarded
def notes(form: Form, rows: Iterable[Note], align: int = 4) -> bytes:
    """A NOTE section of records aligned to 4, or 8 for GNU properties of 64-bit files."""
    record = RECORDS["nhdr", form.bits, form.order]
    out = bytearray()
    for owner, kind, payload in rows:
        name = owner.encode("utf-8", "surrogateescape") + b"\0" if owner else b""
        out += record.pack(len(name), len(payload), kind) + name
        out += bytes(-len(out) % align) + payload
        out += bytes(-len(out) % align)
    return bytes(out)


@guarded
def properties(form: Form, rows: Iterable[Property]) -> bytes:
    """The payload of a GNU property note (type 5), sorted by property number as loaders want it."""
    word = form.bits // 8
    out = bytearray()
    for kind, value in sorted(rows):
        out += pack(form.order + "2I", kind, len(value)) + value + bytes(-len(value) % word)
    return bytes(out)


@guarded
def dynamic(form: Form, rows: Iterable[Dynamic], strings: Strings) -> bytes:
    """A dynamic table. Tags that name a string take it from `text`; `value` is kept if it leads to that text already."""
    record = RECORDS["dyn", form.bits, form.order].pack
    return b"".join(record(tag, strings.add(text, value) if tag in TEXT_TAGS else value) for tag, value, text in rows)


@guarded
def version_needs(form: Form, rows: Iterable[VersionNeed], strings: Strings) -> bytes:
    """A GNU_verneed section. Neighbouring rows of one library share a record."""
    need, aux = (RECORDS[name, form.bits, form.order] for name in ("verneed", "vernaux"))
    files: list[tuple[str, list[VersionNeed]]] = []
    for row in rows:
        if not files or files[-1][0] != row.file:
            files.append((row.file, []))
        files[-1][1].append(row)
    out: list[bytes] = []
    for place, (file, found) in enumerate(files):
        after = 0 if place == len(files) - 1 else need.size + aux.size * len(found)
        out.append(need.pack(1, len(found), strings.add(file), need.size, after))
        out += [aux.pack(sysv_hash(_raw(row.name)), row.flags, row.number, strings.add(row.name),
                         0 if row is found[-1] else aux.size) for row in found]
    return b"".join(out)


@guarded
def version_defs(form: Form, rows: Sequence[VersionDef], strings: Strings) -> bytes:
    """A GNU_verdef section."""
    record, aux = (RECORDS[name, form.bits, form.order] for name in ("verdef", "verdaux"))
    out: list[bytes] = []
    for place, row in enumerate(rows):
        names = (row.name, *row.parents)
        after = 0 if place == len(rows) - 1 else record.size + aux.size * len(names)
        out.append(record.pack(1, row.flags, row.number, len(names), sysv_hash(_raw(row.name)), record.size, after))
        out += [aux.pack(strings.add(name), 0 if number == len(names) - 1 else aux.size) for number, name in enumerate(names)]
    return b"".join(out)


def symbol_versions(form: Form, values: Sequence[int]) -> bytes:
    """A GNU_versym section: the version index of each symbol."""
    return words(form, values, 2)


def hash_table(form: Form, table: Hash) -> bytes:
    """A HASH section as it is given."""
    return words(form, (len(table.buckets), len(table.chains), *table.buckets, *table.chains), 4)


def make_hash(names: Sequence[str], buckets: int = 0) -> Hash:
    """The System V hash table of a symbol table's names (the first is that of the null symbol). `buckets` 0: chosen."""
    count = buckets or _bucket_count(len(names))
    heads, chains = [0] * count, [0] * len(names)
    for number in range(len(names) - 1, 0, -1):
        bucket = sysv_hash(_raw(names[number])) % count
        chains[number], heads[bucket] = heads[bucket], number
    return Hash(tuple(heads), tuple(chains))


def gnu_hash_table(form: Form, table: GnuHash) -> bytes:
    """A GNU_HASH section as it is given."""
    head = (len(table.buckets), table.first, len(table.bloom), table.shift)
    return b"".join((words(form, head, 4), words(form, table.bloom, form.bits // 8), words(form, table.buckets, 4),
                     words(form, table.values, 4)))


def gnu_hash_order(names: Sequence[str], buckets: int = 0) -> list[int]:
    """The order in which symbols to be found by a GNU hash table must stand: by bucket, otherwise unchanged."""
    count = buckets or _bucket_count(len(names))
    return sorted(range(len(names)), key=lambda number: gnu_hash(_raw(names[number])) % count)


def make_gnu_hash(form: Form, names: Sequence[str], first: int, buckets: int = 0) -> GnuHash:
    """The GNU hash table of the symbols `first`... with these names, which must be in the order of `gnu_hash_order`.

    Raises ElfError if they are not.
    """
    count = buckets or _bucket_count(len(names))
    hashes = [gnu_hash(_raw(name)) for name in names]
    homes = [value % count for value in hashes]
    if homes != sorted(homes):
        raise ElfError("the symbols of a GNU hash table are not sorted by bucket")
    heads = [0] * count
    for number in range(len(names) - 1, -1, -1):
        heads[homes[number]] = first + number
    last = [number + 1 == len(names) or homes[number + 1] != homes[number] for number in range(len(names))]
    # One filter word for about two symbols keeps wrong positives rare, as in the GNU linker.
    filters = 1 << max(len(names) // 2 - 1, 0).bit_length() if len(names) > 2 else 1
    shift = 6 if form.bits == 64 else 5
    bloom = [0] * filters
    for value in hashes:
        bloom[value // form.bits % filters] |= 1 << value % form.bits | 1 << (value >> shift) % form.bits
    values = tuple(value & ~1 | end for value, end in zip(hashes, last))
    return GnuHash(first, shift, tuple(bloom), tuple(heads), values)


def compressed(form: Form, data: bytes | bytearray | memoryview, align: int = 1, kind: int = 1) -> bytes:
    """The content of an SHF_COMPRESSED section: header and packed bytes. `kind`: 1 zlib, 2 zstd.

    Raises ElfError if this Python has no zstd.
    """
    record = RECORDS["chdr", form.bits, form.order]
    values = {"type": kind, "reserved": 0, "size": len(data), "addralign": align}
    if kind == 1:
        import zlib

        packed = zlib.compress(data, 9)
    elif kind == 2:
        from .packing import zstd_compress

        packed = zstd_compress(bytes(data))
    else:
        raise ElfError(f"no compression has the number {kind}")
    return record.pack(*[values[name] for name in record.fields]) + packed


def merged_strings(strings: Iterable[bytes], size: int = 1, tails: bool = False) -> tuple[bytes, list[int]]:
    """The content of an SHF_MERGE | SHF_STRINGS section and the offset of each string in it.

    Strings are given without terminator, in units of `size` bytes. With `tails` a string that ends another one lies in it.
    Raises ElfError for strings that are no whole number of units or hold a zero unit.
    """
    wanted = list(strings)
    end = bytes(size)
    for one in wanted:
        if len(one) % size or any(one[at:at + size] == end for at in range(0, len(one), size)):
            raise ElfError(f"{one!r} cannot stand in a section of zero-terminated strings of {size}-byte units")
    homes: dict[bytes, int] = {}
    out = bytearray()
    # Reversed and sorted downwards, a string that ends another one stands right behind it.
    order = sorted(set(wanted), key=lambda one: _units(one, size), reverse=True) if tails else dict.fromkeys(wanted)
    last = b""
    for one in order:
        if tails and homes and last.endswith(one):
            homes[one] = homes[last] + len(last) - len(one)
            continue
        homes[one] = len(out)
        out += one + end
        last = one
    return bytes(out), [homes[one] for one in wanted]


def _units(text: bytes, size: int) -> list[bytes]:
    return [text[at:at + size] for at in range(len(text) - size, -1, -size)]


_PRIMES: Final = (1, 3, 17, 37, 67, 97, 131, 197, 263, 521, 1031, 2053, 4099, 8209, 16411, 32771, 65537, 131101, 262147)


def _bucket_count(symbols: int) -> int:
    """Buckets for a number of symbols: the greatest prime of a short list below it."""
    return max((prime for prime in _PRIMES if prime <= symbols), default=1)


def _raw(name: str) -> bytes:
    return name.encode("utf-8", "surrogateescape")


def section_numbers(sections: Sequence[Section], first: int = 0) -> dict[int, int]:
    """Numbers of sections by `id(section)`; the first has number `first`."""
    return {id(section): number for number, section in enumerate(sections, first)}
