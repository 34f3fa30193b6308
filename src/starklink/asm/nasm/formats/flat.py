"""Flat binaries: several sections with addresses, and map files."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from ...places import Place
from ..errors import NOWHERE, NasmError
from ..program import COMMON, EXTERN, Label, Section, Start
from .base import Format, create

if TYPE_CHECKING:
    from ..assembler import Assembler

_MAPS: Final = {
    "all": {"origin", "summary", "sections", "symbols"}, "brief": {"origin", "summary"}, "symbols": {"symbols"},
    "sections": {"origin", "summary", "sections"}, "segments": {"origin", "summary", "sections"},
}  # fmt: skip


class Flat(Format):
    """See the module. A section's attributes: start, vstart, align, valign (numbers or missing), follows, vfollows, previous."""

    def __init__(self) -> None:
        super().__init__("bin")
        self.origin: int | None = None
        self.maps: set[str] = set()
        self.map_file = ""
        self.starts: dict[Section, int] = {}
        self.addresses: dict[Section, int] = {}
        self.progbits: list[Section] = []
        self.empty: list[Section] = []

    def begin(self, assembler: Assembler) -> None:
        self.origin = None

    def initial(self, assembler: Assembler) -> Section:
        return self.section(assembler, ".text", "")

    def section(self, assembler: Assembler, name: str, attributes: str) -> Section:
        section = assembler.by_name.get(name)
        if section is None:
            previous = assembler.sections[-1] if assembler.sections else None
            words = attributes.lower().split()
            section = create(assembler, name, name == ".bss" or "nobits" in words)
            section.attributes["previous"] = None if name == ".bss" else previous
            for suffix in ("start", "vstart"):
                label = assembler.label(f"section.{name}.{suffix}")
                label.defined = True
                label.chunk = assembler.space.chunk(section if suffix == "vstart" else Start(section), 0)
        self._assign(assembler, section, attributes)
        return section

    def _assign(self, assembler: Assembler, section: Section, attributes: str) -> None:
        values = section.attributes
        for word in _words(attributes):
            key, separator, value = word.partition("=")
            key = key.lower()
            if separator and key in ("start", "vstart", "align", "valign"):
                number = assembler.constant(value)
                if key.endswith("align") and (number <= 0 or number & (number - 1)):
                    raise NasmError(f"argument to `{key}' is not a power of two", word)
                if key in values and values[key] != number and key.endswith("start"):
                    raise NasmError(f"section {key} address redefined", word)
                values[key] = number
            elif separator and key in ("follows", "vfollows"):
                values[key] = value
            elif word.lower() in ("progbits", "nobits"):
                if (word.lower() == "nobits") != section.blank:
                    now = "nobits" if section.blank else "progbits"
                    raise NasmError(f"attempt to change section type from {now} to {word.lower()}", word)
            else:
                assembler.warn("other", f'ignoring unknown section attribute: "{word}"')
        section.align = max(section.align, values.get("align", 1))

    def align(self, assembler: Assembler, section: Section, boundary: int) -> None:
        section.attributes["align"] = max(section.attributes.get("align", 0), boundary)

    def directive(self, assembler: Assembler, name: str, text: str) -> bool:
        if name == "org":
            number = assembler.constant(text)
            if self.origin is not None and self.origin != number:
                raise NasmError("program origin redefined", text)
            self.origin = number
            return True
        if name == "map":
            for word in text.split():
                for part in filter(None, word.split(",")):
                    if part.lower() in _MAPS:
                        self.maps |= _MAPS[part.lower()]
                    else:
                        self.map_file = part
            self.maps = self.maps or set(_MAPS["brief"])
            return True
        return False

    # -- addresses -----------------------------------------------------------------------------------------------------
    def layout(self, assembler: Assembler) -> None:
        """Give every section its addresses: in the file, and the ones its labels have."""
        base = assembler.space.base
        sections = [section for section in assembler.sections if not section.absolute]
        for section in sections:
            last = section.pieces[-1]
            assert type(last) is tuple
            section.attributes["length"] = base[last[0]] + len(last[1])
        try:
            progbits = self._ordered([section for section in sections if not section.blank])
            self._place(progbits)
            self._virtual(progbits, [section for section in sections if section.blank])
        except NasmError as error:
            assembler.bag.error(str(error), NOWHERE)

    @staticmethod
    def _ordered(sections: list[Section]) -> list[Section]:
        """Sections with contents in the order of the file. What stands behind one with `follows` or `start` moves with it."""
        groups: list[list[Section]] = []
        for section in sections:
            if not groups or "follows" in section.attributes or "start" in section.attributes:
                groups.append([section])
            else:
                groups[-1].append(section)
        fixed = [group for group in groups if "follows" not in group[0].attributes]
        loose = [group for group in groups if "follows" in group[0].attributes]
        fixed = [fixed[0]] * bool(fixed) + sorted(fixed[1:], key=lambda group: group[0].attributes["start"])
        if fixed and "start" in fixed[0][0].attributes:
            fixed.sort(key=lambda group: group[0].attributes["start"])
        out = [section for group in fixed for section in group]
        while loose:
            for group in loose:
                wanted = group[0].attributes["follows"]
                at = next((i for i, section in enumerate(out) if section.name == wanted), -1)
                if at >= 0:
                    out[at + 1 : at + 1] = group
                    loose.remove(group)
                    break
            else:
                name = loose[0][0]
                raise NasmError(
                    f"section {name.name} follows an invalid or unknown section ({name.attributes['follows']})"
                )
        return out

    def _place(self, progbits: list[Section]) -> None:
        self.starts = {}
        self.addresses = {}
        self.progbits = progbits
        first = progbits[0].attributes
        if self.origin is not None:
            if "start" in first and first["start"] < self.origin:
                raise NasmError(f"section {progbits[0].name} begins before program origin")
            begin = first.get("start", -(-self.origin // first.get("align", 1)) * first.get("align", 1))
        else:
            begin = first.get("start", 0)
            self.origin = begin
        end = begin
        for number, section in enumerate(progbits):
            values = section.attributes
            if number == 0:
                start = begin
            elif "start" in values:
                start = values["start"]
                if start % values.get("align", 1):
                    raise NasmError(f"the start address of section {section.name} conflicts with its alignment")
            else:
                start = -(-end // values.get("align", 4)) * values.get("align", 4)
            self.starts[section] = start
            if "vstart" in values:
                self.addresses[section] = values["vstart"]
            elif "vfollows" not in values:
                valign = values.get("valign")
                self.addresses[section] = -(-end // valign) * valign if valign else start
            if values["length"]:
                if start < end:
                    raise NasmError(f"section {section.name} overlaps the section before it")
                end = start + values["length"]
            elif start >= end:
                end = start

    def _virtual(self, progbits: list[Section], empty: list[Section]) -> None:
        self.empty = empty
        names = {section.name: section for section in (*progbits, *empty)}
        for section in empty:
            values = section.attributes
            real = [key for key in ("start", "align", "follows") if key in values]
            if real and any("v" + key in values for key in ("start", "align", "follows")):
                raise NasmError(f"cannot mix real and virtual attributes in nobits section ({section.name})")
            for key in real:
                values["v" + key] = values[key]
            if "vstart" in values:
                self.addresses[section] = self.starts[section] = values["vstart"]
        left = [section for section in (*progbits, *empty) if section not in self.addresses]
        while left:
            for section in left:
                values = section.attributes
                if "vfollows" in values:
                    before = names.get(values["vfollows"])
                    if before is None:
                        raise NasmError(f"section {section.name} vfollows unknown section ({values['vfollows']})")
                else:
                    before = values["previous"] or progbits[-1]
                if before in self.addresses:
                    valign = values.setdefault("valign", 4)
                    end = self.addresses[before] + before.attributes["length"]
                    self.addresses[section] = -(-end // valign) * valign
                    if section.blank:
                        self.starts[section] = self.addresses[section]
                    left.remove(section)
                    break
            else:
                raise NasmError(f"circular vfollows path detected: cannot compute vstart for section {left[0].name}")

    # -- references ----------------------------------------------------------------------------------------------------
    def relocate(
        self, assembler: Assembler, section: Section, out: bytearray, at: int, size: int, target: Section | Start | Label | None,
        number: int, relative: bool, wrt: str | None, check: str, place: Place,
    ) -> None:  # fmt: skip
        if wrt is not None:
            raise NasmError("WRT not supported by binary output format", wrt)
        if isinstance(target, Label):
            raise NasmError(f"binary output format does not support external references: `{target.name}'", target.name)
        if isinstance(target, Start):
            number += self.starts[target.section]
        elif target is not None:
            number += self.addresses[target]
        if relative:
            number -= self.addresses[section] + at
            if size == 1 and check == "short" and not -128 <= number <= 127:
                raise NasmError("short jump is out of range")
        out[at : at + size] = (number & (1 << size * 8) - 1).to_bytes(size, "little")

    # -- the file ------------------------------------------------------------------------------------------------------
    def write(self, assembler: Assembler) -> bytes:
        out = bytearray()
        assert self.origin is not None
        for section in self.progbits:
            if not section.bytes:
                continue
            offset = self.starts[section] - self.origin
            out += bytes(offset - len(out))
            out += section.bytes
        for label in assembler.labels.values():
            if label.kind == COMMON:
                assembler.bag.error("binary output format does not support common variables", label.place, label.name)
            elif label.special and label.kind < EXTERN:
                assembler.bag.error("binary format does not support any special symbol types", label.place, label.name)
        return bytes(out)

    def extras(self, assembler: Assembler, source: str, output: str, put: Callable[[str, str], None]) -> None:
        if self.maps:
            put(self.map_file, self.map_text(assembler, source, output))

    def map_text(self, assembler: Assembler, source: str, output: str) -> str:
        """The map file `[map]` asked for."""
        out = [f"\n- NASM Map file {'-' * 63}\n\nSource file:  {source}\nOutput file:  {output}\n\n"]
        if "origin" in self.maps:
            out.append(f"-- Program origin {'-' * 61}\n\n{self.origin:08X}\n\n")
        sections = [*self.progbits, *self.empty]
        if "summary" in self.maps:
            out.append(f"-- Sections (summary) {'-' * 57}\n\nVstart            Start             Stop              "
                       "Length    Class     Name\n")  # fmt: skip
            for one in sections:
                start, length = self.starts[one], one.attributes["length"]
                kind = "nobits    " if one.blank else "progbits  "
                out.append(
                    f"{self.addresses[one]:16X}  {start:16X}  {start + length:16X}  {length:08X}  {kind}{one.name}\n"
                )
            out.append("\n")
        if "sections" in self.maps:
            out.append(f"-- Sections (detailed) {'-' * 56}\n\n")
            for one in sections:
                out.append(self._details(one))
        if "symbols" in self.maps:
            out.append(f"-- Symbols {'-' * 68}\n\n")
            out += self._symbols(assembler, sections)
        return "".join(out)

    def _details(self, section: Section) -> str:
        values = section.attributes

        def number(key: str) -> str:
            return f"{values[key]:16X}" if key in values else "not defined"

        kind = "nobits" if section.blank else "progbits"
        if not section.blank and section is not self.progbits[0] and "start" not in values:
            values.setdefault("align", 4)
        return (
            f"---- Section {section.name} {'-' * (65 - len(section.name))}\n\n"
            f"class:     {kind}\nlength:    {values['length']:16X}\n"
            f"start:     {self.starts[section]:16X}\nalign:     {number('align')}\n"
            f"follows:   {values.get('follows', 'not defined')}\n"
            f"vstart:    {self.addresses[section]:16X}\nvalign:    {number('valign')}\n"
            f"vfollows:  {values.get('vfollows', 'not defined')}\n\n"
        )

    def _symbols(self, assembler: Assembler, sections: list[Section]) -> list[str]:
        plain: list[str] = []
        inside: dict[Section, list[str]] = {section: [] for section in sections}
        for label in sorted(assembler.labels.values(), key=lambda label: label.order):
            if not label.defined or label.name.startswith("section."):
                continue
            found = label.settle(assembler.space)
            assert found is not None
            home = settle_home(found.segments)
            if home is None:
                plain.append(f"{found.number & 0xFFFFFFFFFFFFFFFF:08X}  {label.name}\n")
            elif home in inside:
                inside[home].append(
                    f"{self.starts[home] + found.number:16X}  {self.addresses[home] + found.number:16X}  {label.name}\n"
                )
        out = [f"---- No Section {'-' * 63}\n\nValue     Name\n", *plain, "\n\n"] if plain else []
        for section, lines in inside.items():
            if lines:
                head = f"---- Section {section.name} {'-' * (65 - len(section.name))}\n\n"
                out += [head, "Real              Virtual           Name\n", *lines, "\n"]
        return out


def settle_home(segments: dict[object, int]) -> Section | None:
    """The section behind a settled value."""
    for segment in segments:
        return segment if isinstance(segment, Section) else None
    return None


def _words(text: str) -> list[str]:
    """Attributes; a value in parentheses may contain spaces."""
    out: list[str] = []
    word = ""
    depth = 0
    for char in text:
        depth += (char == "(") - (char == ")")
        if char.isspace() and not depth:
            if word:
                out.append(word)
            word = ""
        else:
            word += char
    return [*out, word] if word else out
