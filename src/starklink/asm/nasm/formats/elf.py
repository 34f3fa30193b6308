"""ELF relocatable objects for x86-64 (RELA) and i386 (REL)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from ....objwriter.elf.consts import (
    EM_X86_64,
    ET_REL,
    SHF_ALLOC,
    SHF_EXECINSTR,
    SHF_MERGE,
    SHF_STRINGS,
    SHF_WRITE,
    SHN_ABS,
    SHN_COMMON,
    SHN_UNDEF,
    SHT_NOBITS,
    SHT_PROGBITS,
    SHT_REL,
    SHT_RELA,
    STB_GLOBAL,
    STB_LOCAL,
    STB_WEAK,
    STT_FILE,
    STT_FUNC,
    STT_NOTYPE,
    STT_OBJECT,
    STT_SECTION,
)
from ....objwriter.elf.layouts import RECORDS
from ....objwriter.elf.model import ElfFile, Symbol
from ....objwriter.elf.model import Section as ElfSection
from ....objwriter.elf.writer import symbol_sections, write
from ...places import Place
from ..errors import NasmError
from ..expr import Parser
from ..program import COMMON, EXTERN, GLOBAL, Label, Section, Start
from ..strings import integer
from ..tokens import split_plain
from ..values import settle
from .base import Format, create

if TYPE_CHECKING:
    from ..assembler import Assembler

EM_386: Final = 3
SHF_TLS: Final = 0x400
STT_TLS: Final = 6
SHT_NOTE: Final = 7
SHT_INIT_ARRAY, SHT_FINI_ARRAY, SHT_PREINIT_ARRAY = 14, 15, 16
STT_COMMON: Final = 5
_TYPES: Final = {
    "progbits": SHT_PROGBITS, "nobits": SHT_NOBITS, "note": SHT_NOTE, "init_array": SHT_INIT_ARRAY, "fini_array": SHT_FINI_ARRAY,
    "preinit_array": SHT_PREINIT_ARRAY,
}  # fmt: skip
_FLAGS: Final = {
    "alloc": SHF_ALLOC, "exec": SHF_EXECINSTR, "write": SHF_WRITE, "tls": SHF_TLS, "merge": SHF_MERGE, "strings": SHF_STRINGS,
}  # fmt: skip
_A, _AW, _AX = SHF_ALLOC, SHF_ALLOC | SHF_WRITE, SHF_ALLOC | SHF_EXECINSTR
# name -> (type, flags, alignment; 0 = the size of an address, and entries of that size)
_KNOWN: Final = {
    ".text": (SHT_PROGBITS, _AX, 16), ".rodata": (SHT_PROGBITS, _A, 4), ".lrodata": (SHT_PROGBITS, _A, 4),
    ".data": (SHT_PROGBITS, _AW, 4), ".ldata": (SHT_PROGBITS, _AW, 4), ".bss": (SHT_NOBITS, _AW, 4),
    ".lbss": (SHT_NOBITS, _AW, 4), ".tdata": (SHT_PROGBITS, _AW | SHF_TLS, 4), ".tbss": (SHT_NOBITS, _AW | SHF_TLS, 4),
    ".comment": (SHT_PROGBITS, 0, 1), ".preinit_array": (SHT_PREINIT_ARRAY, _A, 0), ".init_array": (SHT_INIT_ARRAY, _A, 0),
    ".fini_array": (SHT_FINI_ARRAY, _A, 0), ".note": (SHT_NOTE, 0, 4),
}  # fmt: skip
_ENTRY: Final = {"byte": 1, "word": 2, "dword": 4, "qword": 8, "tword": 10, "oword": 16, "yword": 32, "zword": 64}
_VISIBILITY: Final = {"default": 0, "internal": 1, "hidden": 2, "protected": 3}
_SYMBOL_TYPES: Final = {"function": STT_FUNC, "data": STT_OBJECT, "object": STT_OBJECT, "notype": STT_NOTYPE}

# (field size, relative) -> relocation
_PLAIN64: Final = {
    (8, False): 1, (4, False): 10, (2, False): 12, (1, False): 14, (8, True): 24, (4, True): 2, (2, True): 13, (1, True): 15,
}  # fmt: skip
_PLAIN32: Final = {(4, False): 1, (2, False): 20, (1, False): 22, (4, True): 2, (2, True): 21, (1, True): 23}
# (special symbol, field size, relative) -> (relocation, whether a symbol of its own is needed)
_SPECIAL64: Final = {
    ("..plt", 4, True): (4, True), ("..got", 4, True): (9, True), ("..got", 8, True): (28, True),
    ("..got", 4, False): (3, True), ("..got", 8, False): (27, True), ("..gotpcrel", 4, True): (9, True),
    ("..gotoff", 8, False): (25, False), ("..gotpc", 4, False): (26, False), ("..gotpc", 8, False): (26, False),
    ("..gotpc", 2, False): (26, False), ("..gotpc", 1, False): (26, False), ("..gotpc", 4, True): (9, True),
    ("..gottpoff", 4, True): (22, True), ("..tlsie", 4, True): (22, True), ("..tlsgd", 4, True): (19, True),
    ("..tlsld", 4, True): (20, True), ("..tpoff", 4, False): (23, True), ("..dtpoff", 4, False): (21, True),
}  # fmt: skip
_SPECIAL32: Final = {
    ("..plt", 4, True): (4, True), ("..got", 4, False): (3, True), ("..gotoff", 4, False): (9, False),
    ("..gotpc", 4, False): (10, False), ("..tlsie", 4, False): (15, True),
}  # fmt: skip
_EXACT: Final = ("..got", "..tlsie", "..gottpoff")
"""Of these a symbol has one entry in the table."""


class Elf(Format):
    """See the module. Relocations are kept per section as (offset, type, target, addend, by symbol)."""

    def __init__(self, width: int) -> None:
        super().__init__("elf64" if width == 64 else "elf32")
        self.width = width
        self.relocations: dict[Section, list[tuple[int, int, Section | Label, int, bool]]] = {}
        self.os_abi = self.abi_version = 0
        self.ordered: dict[Section, None] = {}  # the sections of the output

    def begin(self, assembler: Assembler) -> None:
        assembler.set_bits(self.width)
        self.relocations = {}

    def initial(self, assembler: Assembler) -> Section:
        self.ordered.clear()
        return self._named(assembler, ".text", "")

    # -- sections ------------------------------------------------------------------------------------------------------
    def section(self, assembler: Assembler, name: str, attributes: str) -> Section:
        section = self._named(assembler, name, attributes)
        self.ordered.setdefault(section, None)
        return section

    def _implicit(self, assembler: Assembler) -> None:
        """A source need not name `.text` to use it: then it comes last, and is left out if it is empty."""
        text = assembler.sections[0]
        if text in self.ordered:
            return
        if (
            len(text.pieces) > 1
            or len(text.data)
            or any(label.chunk == text.chunk for label in assembler.labels.values())
        ):
            self.ordered[text] = None

    def _named(self, assembler: Assembler, name: str, attributes: str) -> Section:
        section = assembler.by_name.get(name)
        wanted = _parse_attributes(assembler, attributes, name, self.width)
        if section is None:
            kind, flags, align = _KNOWN.get(name, (SHT_PROGBITS, SHF_ALLOC, 1))
            entry = 0
            if not align:
                align = entry = self.width // 8
            kind = wanted.type or kind
            flags = flags & ~wanted.mask | wanted.flags
            if flags & SHF_STRINGS and flags & SHF_MERGE and not wanted.entry:
                wanted.entry = 1
            section = create(assembler, name, kind == SHT_NOBITS)
            section.attributes.update(type=kind, flags=flags, entry=wanted.entry or entry)
            section.align = wanted.align or (1 if attributes else align)
            if wanted.entry and not wanted.align and wanted.aligned:
                section.align = max(section.align, wanted.entry)
            if flags & SHF_MERGE and not section.attributes["entry"]:
                raise NasmError("section attribute merge specified without an entry size or `strings'", "merge")
            return section
        values = section.attributes
        if (wanted.type and wanted.type != values["type"]) or (
            wanted.mask & (values["flags"] ^ wanted.flags) & wanted.mask
        ):
            assembler.warn("other", f"incompatible section attributes ignored on redeclaration of section `{name}'")
        if wanted.align > section.align:
            section.align = wanted.align
        return section

    def directive(self, assembler: Assembler, name: str, text: str) -> bool:
        if name == "osabi":
            parts = split_plain(text)
            numbers = [integer(part) for part in parts[::2]]
            if not numbers or len(numbers) > 2 or any(one is None or not 0 <= one <= 255 for one in numbers):
                raise NasmError("osabi takes one or two numbers from 0 to 255", text)
            self.os_abi = numbers[0] or 0
            if len(numbers) > 1:
                self.abi_version = numbers[1] or 0
            return True
        return False

    # -- references ----------------------------------------------------------------------------------------------------
    def relocate(
        self, assembler: Assembler, section: Section, out: bytearray, at: int, size: int, target: Section | Start | Label | None,
        number: int, relative: bool, wrt: str | None, check: str, place: Place,
    ) -> None:  # fmt: skip
        assert not isinstance(target, Start)  # (those belong to flat images)
        wide = self.width == 64
        by_symbol = False
        if size == 8 and not wide and not relative and target is not None:
            if assembler.bag.enabled("zext-reloc"):
                assembler.bag.warn("zext-reloc", "64-bit unsigned relocation zero-extended from 32 bits", place)
            size = 4
        if wrt is None:
            if target is None:
                # a jump to a number: there is no symbol to relate it to, so the number stays as it is
                _store(out, at, size, number)
                return
            kind = (_PLAIN64 if wide else _PLAIN32).get((size, relative))
            if kind is None:
                what = "relative references" if relative else "references"
                raise NasmError(f"{size * 8}-bit {what} to other sections do not exist in ELF")
            if wide and kind == 10 and check == "signed":
                kind = 11
        elif wrt == "..sym":
            if target is None:
                raise NasmError("WRT ..sym needs a symbol")
            found = (_PLAIN64 if wide else _PLAIN32).get((size, relative))
            if found is None or (relative and check != "data"):
                raise NasmError("this use of WRT is not supported")
            kind, by_symbol = found, True
            if wide and kind == 10 and check == "signed":
                kind = 11
        else:
            entry = (_SPECIAL64 if wide else _SPECIAL32).get((wrt, size, relative))
            if entry is None:
                raise NasmError(f"{self.name.upper()} does not support this use of WRT {wrt}", wrt)
            kind, by_symbol = entry
            if wrt == "..gotpc" and not relative:
                number += at  # the table's address is counted from the field
            if target is None:
                raise NasmError(f"WRT {wrt} needs a symbol")
        if isinstance(target, Section) and by_symbol:
            label, offset = self._global_at(assembler, target, number, relative, at)
            target, number = label, number - offset
        assert target is not None
        if wrt in _EXACT and number and not relative:
            name = target.name
            raise NasmError(f"WRT {wrt} means the entry of {name}; what lies {number} bytes behind has none", name)
        if wide:
            _store(out, at, size, 0)
        else:
            _store(out, at, size, number)
        self.relocations.setdefault(section, []).append((at, kind, target, number, by_symbol))

    def _global_at(
        self, assembler: Assembler, section: Section, number: int, relative: bool, at: int
    ) -> tuple[Label, int]:
        """The global symbol at an address of a section, and its offset."""
        best: Label | None = None
        where = 0
        limit = number + (4 if relative else 0)
        for label in assembler.labels.values():
            if label.kind != GLOBAL or not label.defined:
                continue
            found = label.settle(assembler.space)
            if found is None or found.segments != {section: 1} or found.number > limit:
                continue
            if best is None or found.number > where:
                best, where = label, found.number
        if best is None:
            raise NasmError("there is no global symbol that this reference could name")
        return best, where

    # -- the file ------------------------------------------------------------------------------------------------------
    def write(self, assembler: Assembler) -> bytes:
        sections: dict[Section, ElfSection] = {}
        self._implicit(assembler)
        for section in self.ordered:
            values = section.attributes
            made = ElfSection(
                section.name, values["type"], values["flags"], align=section.align, entsize=values["entry"]
            )
            made.data = section.bytes
            if section.blank:
                made.size = values.get("size", 0)
            sections[section] = made
        make_debug = assembler.options.debug
        extra = make_debug(assembler, self, sections) if make_debug is not None else []
        symbols, index, section_index = self._symbols(assembler, sections, extra)
        relocations = self._relocations(sections, index, section_index)
        for made, rows in extra:
            if rows:
                packed = [(at, kind, section_index[id(where)], addend) for at, kind, where, addend in rows]
                relocations.append(self._table(made, packed))
        image = ElfFile(ET_REL, EM_X86_64 if self.width == 64 else EM_386, bits=self.width, symbols=symbols)
        image.os_abi, image.abi_version = self.os_abi, self.abi_version
        ordered = [*sections.values(), *[made for made, _ in extra], *relocations]
        tables = symbol_sections(image, ordered)
        for table in relocations:
            table.link = tables[0]
        image.symbols = []
        image.sections = ordered + tables
        return write(image)

    def _symbols(
        self, assembler: Assembler, sections: dict[Section, ElfSection], extra: list[Any]
    ) -> tuple[list[Symbol], dict[Label, int], dict[int, int]]:
        """(symbols in order, number of each label, number of each section's symbol)."""
        source = assembler.options.source
        local = [Symbol(_name(source), section=SHN_ABS, binding=STB_LOCAL, type=STT_FILE)]
        section_index: dict[int, int] = {}
        for made in (*sections.values(), *[one for one, _ in extra]):
            section_index[id(made)] = len(local) + 1
            local.append(Symbol("", 0, 0, made, STB_LOCAL, STT_SECTION))
        labels = sorted(assembler.labels.values(), key=lambda label: label.order)
        index: dict[Label, int] = {}
        outside: list[tuple[Label, Symbol]] = []
        for label in labels:
            made_symbol = self._symbol(assembler, label, sections)
            if made_symbol is None:
                continue
            if made_symbol.binding == STB_LOCAL:
                local.append(made_symbol)
                index[label] = len(local)
            else:
                outside.append((label, made_symbol))
        for label, symbol in outside:
            local.append(symbol)
            index[label] = len(local)
        return local, index, section_index

    def _symbol(self, assembler: Assembler, label: Label, sections: dict[Section, ElfSection]) -> Symbol | None:
        name = label.name
        if name.startswith("..") and not name.startswith("..@"):
            return None
        if not label.defined and label.kind < EXTERN:
            return None
        if label.kind == EXTERN and not label.used:
            return None
        prefix, suffix = assembler.options.affixes(label.kind)
        special = _parse_special(assembler, label)
        name = _name(prefix + name + suffix)
        binding = (STB_WEAK if special.weak else STB_GLOBAL) if label.kind >= GLOBAL else STB_LOCAL
        if not label.defined:
            if label.kind == COMMON:
                size = settle(label.size, assembler.space).number & ((1 << self.width) - 1)
                return Symbol(name, special.value, size, SHN_COMMON, STB_GLOBAL, special.type, special.visibility)
            return Symbol(name, 0, special.value, SHN_UNDEF, binding, special.type, special.visibility)
        found = label.settle(assembler.space)
        if found is None or not found.known:
            return None
        home: Any = SHN_ABS
        value = found.number
        kind = special.type
        if found.segments:
            segment, factor = next(iter(found.segments.items()))
            if len(found.segments) > 1 or factor != 1 or not isinstance(segment, Section):
                return None
            if segment in sections:
                home = sections[segment]
                if segment.attributes["flags"] & SHF_TLS and label.kind >= GLOBAL and kind == STT_NOTYPE:
                    kind = STT_TLS
        mask = (1 << self.width) - 1
        return Symbol(name, value & mask, special.value & mask, home, binding, kind, special.visibility)

    def _relocations(
        self, sections: dict[Section, ElfSection], index: dict[Label, int], section_index: dict[int, int]
    ) -> list[ElfSection]:
        tables: list[ElfSection] = []
        for section, made in sections.items():
            rows = self.relocations.get(section)
            if not rows:
                continue
            packed = []
            for at, kind, target, addend, _by_symbol in sorted(rows, key=lambda row: row[0]):
                if isinstance(target, Section):
                    number = section_index[id(sections[target])]
                else:
                    number = index[target]
                packed.append((at, kind, number, addend))
            tables.append(self._table(made, packed))
        return tables

    def _table(self, made: ElfSection, rows: list[tuple[int, int, int, int]]) -> ElfSection:
        if self.width == 64:
            record = RECORDS["rela", 64, "<"]
            data = b"".join([record.pack(at, number << 32 | kind, addend) for at, kind, number, addend in rows])
            return ElfSection(".rela" + made.name, SHT_RELA, data=data, align=8, entsize=record.size, info=made)
        record = RECORDS["rel", 32, "<"]
        data = b"".join([record.pack(at, number << 8 | kind) for at, kind, number, _ in rows])
        return ElfSection(".rel" + made.name, SHT_REL, data=data, align=4, entsize=record.size, info=made)


def _store(out: bytearray, at: int, size: int, number: int) -> None:
    out[at : at + size] = (number & (1 << size * 8) - 1).to_bytes(size, "little")


def _name(text: str) -> str:
    """Source bytes as the writer of string tables wants them."""
    return text.encode("latin-1").decode("utf-8", "surrogateescape")


class _Attributes:
    """What a section directive asks for; `mask`: flags that were mentioned."""

    __slots__ = ("align", "aligned", "entry", "flags", "mask", "type")

    def __init__(self) -> None:
        self.type = self.flags = self.mask = self.align = self.entry = 0
        self.aligned = True


def _parse_attributes(assembler: Assembler, text: str, name: str, width: int) -> _Attributes:
    out = _Attributes()
    for word in _words(text):
        lower = word.lower()
        key, _, value = lower.partition("=")
        if key == "align" and value:
            align = assembler.constant(value)
            if align & (align - 1) or align < 0:
                raise NasmError(f"section alignment {align} is not a power of two", word)
            out.align = align
        elif lower in _TYPES:
            out.type = _TYPES[lower]
        elif lower in _FLAGS:
            out.flags |= _FLAGS[lower]
            out.mask |= _FLAGS[lower]
        elif lower.startswith("no") and lower[2:] in _FLAGS:
            out.flags &= ~_FLAGS[lower[2:]]
            out.mask |= _FLAGS[lower[2:]]
        elif key in _ENTRY and (not value or value.isdigit()):
            out.entry = _ENTRY[key]
        elif lower == "pointer":
            out.entry = width // 8
        else:
            assembler.warn("other", f"unknown section attribute '{word}' ignored on declaration of section `{name}'")
    return out


def _words(text: str) -> list[str]:
    """Attributes separated by spaces; spaces around = do not count."""
    out: list[str] = []
    for word in text.replace("=", " = ").split():
        if out and (word == "=" or out[-1].endswith("=")):
            out[-1] += word
        else:
            out.append(word)
    return out


class _Special:
    """What stands behind the colon of a symbol declaration. `value`: the size, or the alignment of a common symbol."""

    __slots__ = ("type", "value", "visibility", "weak")

    def __init__(self) -> None:
        self.type = STT_NOTYPE
        self.value = 0
        self.visibility = 0
        self.weak = False


def _parse_special(assembler: Assembler, label: Label) -> _Special:
    out = _Special()
    if not label.special:
        return out
    text = label.special
    if label.kind == COMMON:
        first, _, text = text.strip().partition(" ")
        if first and first.lower() not in _SYMBOL_TYPES and first.lower() not in _VISIBILITY:
            try:
                out.value = assembler.constant(first)
            except NasmError:
                assembler.bag.error(f"alignment constraint `{first}' is not a valid number", label.place, label.name)
                return out
            if out.value & (out.value - 1) or out.value <= 0:
                assembler.bag.error(f"alignment constraint `{first}' is not a power of two", label.place, label.name)
        else:
            text = f"{first} {text}"
    while text.strip():
        text = text.strip()
        word, _, rest = text.partition(" ")
        lower = word.lower()
        if lower in _SYMBOL_TYPES:
            out.type = _SYMBOL_TYPES[lower]
        elif lower in _VISIBILITY:
            out.visibility = _VISIBILITY[lower]
        elif lower == "weak":
            out.weak = True
        elif lower == "strong":
            out.weak = False
        else:
            former, assembler.parent = assembler.parent, label.name
            try:
                tokens = split_plain(text)
                parser = Parser(tokens, 0, assembler)
                out.value = assembler.number_now(parser.whole(), "the size of a symbol must be a number")
                if parser.pos < len(tokens):
                    rest = " ".join(tokens[parser.pos :])
                    assembler.bag.warn("other", f"`{rest}' behind the size is ignored", label.place, label.name)
            except NasmError as error:
                assembler.bag.error(str(error), label.place, label.name)
            finally:
                assembler.parent = former
            break
        text = rest
    return out
