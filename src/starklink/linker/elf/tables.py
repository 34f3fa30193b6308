"""The tables of a link: files, input sections, symbols and output sections as columns; a thing is its index.

Invariants
* Section ids follow the order files were loaded in; output order is by `File.order`, not by id.
* Symbol ids: the local symbols of a file are consecutive (`File.symbols[i]` maps the file's own index to the id); a global
  name has one id for the whole link, however many files mention it.
* `sym_section` is a section id, or one of the negative numbers below. `sym_value` is relative to that section.
* A section id that was dropped (COMDAT duplicate, garbage, /DISCARD/) has `sec_live` 0; nothing is moved or renumbered.
* After `resolve`, no file, section or symbol name is added but by `synth`; after `layout`, no size changes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from ...support.record import dataclass, field
from .machine import MACHINES, Machine
from .options import Options

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..script.placement import Usage

STT_NOTYPE: Final = 0

UNDEFINED: Final = -1
ABSOLUTE: Final = -2
COMMON: Final = -3
SHARED_OBJECT: Final = -4
LINKER: Final = -5
"""A symbol the linker defines: `ctx.linker_defined[id]` says where."""
DROPPED: Final = -6
"""A local symbol whose section is not part of the link."""

REFERENCED: Final = 1
"""An object of the link (not only a shared one) mentions the symbol."""
STRONG_REFERENCE: Final = 2
SHARED_REFERENCE: Final = 4
"""A shared input needs it: a definition must be exported."""
EXPORTED: Final = 8
IMPORTED: Final = 16
"""The dynamic linker decides what the symbol is (also for a preemptible definition in a shared object)."""
NEEDS_GOT: Final = 32
NEEDS_PLT: Final = 64
NEEDS_CANONICAL: Final = 128
"""Its address is that of its PLT entry."""
NEEDS_COPY: Final = 256
NEEDS_GOTTPOFF: Final = 512
NEEDS_TLSGD: Final = 1024
NEEDS_TLSDESC: Final = 2048
NEEDS_DYNSYM: Final = 4096
FORCED_LOCAL: Final = 8192
"""A version script or --exclude-libs makes it local to the output."""
DEFAULT_VERSION: Final = 32768
WEAK_REFERENCE: Final = 65536
ASSIGNED: Final = 131072
"""A script or --defsym gives it its value."""

ShdrRow = tuple[int, int, int, int, int, int, int, int, int, int]
"""name, type, flags, address, offset, size, link, info, alignment, entry size."""


@dataclass(slots=True, eq=False)
class File:
    """An input that takes part. `order` sorts files as the command line and archives do.

    `kind`: "object", "shared" or "internal". `symbols` maps the file's symbol numbers to symbol ids, `sections` its section
    numbers to section ids (-1: not one). `archive` names the archive a member came from.
    """

    name: str
    kind: str
    order: tuple[int, int]
    data: memoryview
    archive: str = ""
    symbols: list[int] = field(default_factory=list)
    sections: list[int] = field(default_factory=list)
    shdrs: list[ShdrRow] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    first_global: int = 0
    first_local_id: int = 0
    # Shared objects
    soname: str = ""
    needed: list[str] = field(default_factory=list)
    as_needed: bool = False
    used: bool = False
    versions: list[str] = field(default_factory=list)
    exports: dict[str, int] = field(default_factory=dict)
    """Shared objects: name (or name@version) -> row of `dynsyms`."""
    dynsyms: list[tuple[str, int, int, int, int, int, str]] = field(default_factory=list)
    """Shared objects: (name, value, size, type, binding, visibility, version) of what they define."""
    undefined: list[tuple[str, bool, str]] = field(default_factory=list)
    """Shared objects: (name, weak, version) of what they need."""
    execstack: bool = False
    stack_note: bool = False
    """Objects: says whether its code needs an executable stack; `execstack` is what it says."""
    wanted_by: str = ""
    """What made an archive member part of the link: a symbol's name."""
    readonly: list[tuple[int, int]] = field(default_factory=list)
    """Shared objects: address ranges that are not writable once relocated (segments without write, RELRO)."""

    @property
    def shown(self) -> str:
        """The name for messages: "libc.a(printf.o)" for members."""
        return f"{self.archive}({self.name})" if self.archive else self.name


@dataclass(slots=True, eq=False)
class Output:
    """An output section. `members` are section ids in order; `content` the bytes of one the linker makes itself."""

    name: str
    type: int
    flags: int
    align: int = 1
    entsize: int = 0
    members: list[int] = field(default_factory=list)
    content: bytearray | None = None
    size: int = 0
    address: int = 0
    offset: int = 0
    physical: int = -1
    link: Output | int = 0
    info: Output | int = 0
    index: int = 0
    relro: bool = False
    fill: bytes = b""
    placed: bool = False
    """A script gave the members their offsets, in a link that has no layout otherwise (-r)."""
    keep: bool = False
    """Written even when it is empty."""
    phdrs: list[str] = field(default_factory=list)
    extra: list[tuple[int, bytes]] = field(default_factory=list)
    """(offset, bytes) a script places between the members."""
    symbol_at: dict[str, int] = field(default_factory=dict)
    access: str = ""
    """Rights of the segment, as a layout asks for ("rx"); "" follows the flags."""
    parent: tuple[Output, int] | None = None
    """A section the linker made that a layout places inside another one, at this offset: it has no header of its own."""


@dataclass(slots=True, eq=False)
class Context:
    """All tables of one link."""

    options: Options
    files: list[File] = field(default_factory=list)

    # Input sections.
    sec_file: list[int] = field(default_factory=list)
    sec_index: list[int] = field(default_factory=list)
    sec_name: list[str] = field(default_factory=list)
    sec_type: list[int] = field(default_factory=list)
    sec_flags: list[int] = field(default_factory=list)
    sec_align: list[int] = field(default_factory=list)
    sec_size: list[int] = field(default_factory=list)
    sec_entsize: list[int] = field(default_factory=list)
    sec_data: list[memoryview | bytearray | bytes] = field(default_factory=list)
    sec_rela: list[memoryview | None] = field(default_factory=list)
    """The relocation records of the section, as in its file."""
    sec_live: bytearray = field(default_factory=bytearray)
    sec_output: list[Output | None] = field(default_factory=list)
    sec_offset: list[int] = field(default_factory=list)
    """Bytes from the start of the output section; for pieces of merged sections see `merged`."""
    merged: dict[int, tuple[list[int], list[int], int]] = field(default_factory=dict)
    """Section id -> (piece starts, their offsets in the output section, end): a mergeable section has no place of its own."""
    merged_columns: list[Any] = field(default_factory=list)
    """`merge_bulk.MergedColumns` of what was merged by columns."""
    eh_frames: dict[int, tuple[list[int], list[int], int]] = field(default_factory=dict)
    """The same for .eh_frame sections; -1 for records that were dropped."""
    frame_records: dict[int, list[Any]] = field(default_factory=dict)
    """Section id -> its `ehframe.FrameRecord`s."""
    frame_relocations: Any = None
    """`frames_bulk.FrameRelocations` of a link by columns."""
    sec_group: dict[int, list[int]] = field(default_factory=dict)
    """Section id -> ids of the whole section group it belongs to."""
    link_order: dict[int, int] = field(default_factory=dict)
    """Section id -> id of the section its sh_link names (SHF_LINK_ORDER)."""

    # Symbols.
    sym_name: list[str] = field(default_factory=list)
    sym_file: list[int] = field(default_factory=list)
    sym_section: list[int] = field(default_factory=list)
    sym_value: list[int] = field(default_factory=list)
    sym_size: list[int] = field(default_factory=list)
    sym_type: list[int] = field(default_factory=list)
    sym_binding: list[int] = field(default_factory=list)
    sym_visibility: list[int] = field(default_factory=list)
    sym_flags: list[int] = field(default_factory=list)
    sym_version: dict[int, str] = field(default_factory=dict)
    ids: dict[str, int] = field(default_factory=dict)
    """Global name -> symbol id."""
    many: bool = False
    """So many relocations that columns pay for importing numpy."""
    name_lists: Any = None
    """`gdb_index.Listed` of a link that makes an index for gdb."""
    scripted: bool = False
    """A script or a layout places the sections."""
    columns: Any = None
    """`columns.SymbolColumns` of such a link once addresses are known."""
    symbol_maps: Any = None
    """`bulk.Maps` of a link by columns."""
    lines: dict[int, dict[int, list[tuple[int, int, str]]]] = field(default_factory=dict)
    """Line tables that were read to explain an error: file -> section number -> (start, end, "file:line")."""
    duplicates: list[str] = field(default_factory=list)
    """Problems with definitions; they are told together with what is missing."""
    missing: list[int] = field(default_factory=list)
    """Undefined symbols that are an error if a section that stays needs them."""
    weak_undefined: list[int] = field(default_factory=list)
    """Symbols that are left to the dynamic linker, which need not find them."""
    first_reference: dict[int, int] = field(default_factory=dict)
    """Symbol id -> file that first mentioned it without defining it."""
    linker_defined: dict[int, tuple[Output | None, int, str]] = field(default_factory=dict)
    """Symbol id -> (output section, offset, "start"/"end"/"absolute"); the section may be found only by layout."""
    comdats: dict[str, tuple[int, int]] = field(default_factory=dict)
    """Signature -> (file, group section) that was kept."""
    early: int = -1
    """The file whose code runs before anything is relocated: that of a static PIE's entry."""
    section_rank: dict[int, int] = field(default_factory=dict)
    """Section id -> place in the order of --symbol-ordering-file or --section-ordering-file."""
    section_home: dict[int, str] = field(default_factory=dict)
    """Section id -> the output section --section-ordering-file names."""
    linkonce: set[str] = field(default_factory=set)
    """Names of the .gnu.linkonce sections that were kept."""

    outputs: list[Output] = field(default_factory=list)
    inner: list[Output] = field(default_factory=list)
    """Sections the linker made that a layout places inside `outputs`."""
    address: list[int] = field(default_factory=list)
    """After layout: the address of every symbol id."""
    warnings: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    execstack: bool = False
    properties: list[tuple[str, dict[int, int] | None]] = field(default_factory=list)
    symbol_warnings: dict[str, str] = field(default_factory=dict)
    trace: list[str] = field(default_factory=list)
    usage: list[Usage] = field(default_factory=list)
    """How much of each memory region the layout uses."""

    @property
    def machine(self) -> Machine:
        """What the link is for; settled when the first object is loaded."""
        return MACHINES[self.options.machine]

    def add_symbol(self, name: str, file: int, section: int, value: int = 0, size: int = 0, kind: int = STT_NOTYPE,
                   binding: int = 0, visibility: int = 0, flags: int = 0) -> int:
        """Append a symbol row; the result is its id."""
        self.sym_name.append(name)
        self.sym_file.append(file)
        self.sym_section.append(section)
        self.sym_value.append(value)
        self.sym_size.append(size)
        self.sym_type.append(kind)
        self.sym_binding.append(binding)
        self.sym_visibility.append(visibility)
        self.sym_flags.append(flags)
        return len(self.sym_name) - 1

    def add_symbols(self, names: list[str], file: int, sections: list[int], values: Sequence[int], sizes: Sequence[int],
                    kinds: list[int], visibilities: list[int]) -> None:
        """Append the rows of a file's local symbols."""
        count = len(names)
        self.sym_name += names
        self.sym_file += [file] * count
        self.sym_section += sections
        self.sym_value += values
        self.sym_size += sizes
        self.sym_type += kinds
        self.sym_binding += [0] * count
        self.sym_visibility += visibilities
        self.sym_flags += [0] * count

    def add_rows(self, rows: list[tuple[str, int, int, int, int, int, int, int, int]]) -> None:
        """Append symbol rows: (name, file, section, value, size, type, binding, visibility, flags)."""
        names, files, sections, values, sizes, kinds, bindings, visibilities, flags = zip(*rows)
        self.sym_name += names
        self.sym_file += files
        self.sym_section += sections
        self.sym_value += values
        self.sym_size += sizes
        self.sym_type += kinds
        self.sym_binding += bindings
        self.sym_visibility += visibilities
        self.sym_flags += flags

    def global_id(self, name: str) -> int:
        """The id of a global name; a new one is undefined."""
        known = self.ids.get(name)
        if known is None:
            known = self.ids[name] = self.add_symbol(name, -1, UNDEFINED, binding=1)
        return known

    def add_section(self, file: int, index: int, name: str, kind: int, flags: int, align: int, size: int, entsize: int,
                    data: memoryview | bytearray | bytes, rela: memoryview | None = None) -> int:
        """Append a section row; the result is its id."""
        self.sec_file.append(file)
        self.sec_index.append(index)
        self.sec_name.append(name)
        self.sec_type.append(kind)
        self.sec_flags.append(flags)
        self.sec_align.append(align)
        self.sec_size.append(size)
        self.sec_entsize.append(entsize)
        self.sec_data.append(data)
        self.sec_rela.append(rela)
        self.sec_live.append(1)
        self.sec_output.append(None)
        self.sec_offset.append(0)
        return len(self.sec_name) - 1

    def add_sections(self, files: list[int], indices: list[int], names: list[str], kinds: Sequence[int], flags: Sequence[int],
                     aligns: list[int], sizes: Sequence[int], entsizes: Sequence[int],
                     data: Sequence[memoryview | bytes]) -> int:
        """Append the rows of a file's sections; the result is the id of the first."""
        first, count = len(self.sec_name), len(indices)
        self.sec_file += files
        self.sec_index += indices
        self.sec_name += names
        self.sec_type += kinds
        self.sec_flags += flags
        self.sec_align += aligns
        self.sec_size += sizes
        self.sec_entsize += entsizes
        self.sec_data += data
        self.sec_rela += [None] * count
        self.sec_live += b"\1" * count
        self.sec_output += [None] * count
        self.sec_offset += [0] * count
        return first

    def place(self, section: int, offset: int) -> str:
        """A place in an input for messages: "main.o:(.text+0x1c)"."""
        file = self.sec_file[section]
        owner = self.files[file].shown if file >= 0 else "<internal>"
        return f"{owner}:({self.sec_name[section]}+{offset:#x})"

    def output(self, name: str) -> Output | None:
        """The first output section of that name."""
        return next((out for out in self.outputs if out.name == name), None)
