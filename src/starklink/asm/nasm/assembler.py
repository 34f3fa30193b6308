"""The assembler proper: statements into sections, passes until nothing moves, final bytes.

    assembler = Assembler(options, bag)         names, sections, modes
    assembler.run(files)                        -> every section has its final `bytes`, `relocations` are recorded

The source is read once (`_record`). Only items of variable size are measured again in later passes, except when the preprocessor
has looked at addresses (`%if $ > 512`): then the source itself depends on the passes and is read again for each.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from ..operands import AsmError
from ..places import Place
from ..shapes import code_of, learn, together
from .data import declared
from .errors import NOWHERE, Diagnostics, NasmError, Stop
from .expr import Names, Parser
from .floats import Rounding
from .known import Known, Mode
from .layout import finish, settle_sizes
from .limits import DEFAULTS, MAX_REFUSED
from .pp.core import Files, Preprocessor, Statement
from .program import EXTERN, Blank, Equ, Fixup, Item, Label, Reserve, Section
from .shapes import shape_of
from .statements import assemble, labels_and_jumps
from .values import Space, Sum, Value, settle

if TYPE_CHECKING:
    from .formats import Format
    from .instruction import Instruction
    from .options import Options


class Assembler(Names):
    """See the module."""

    def __init__(self, options: Options, bag: Diagnostics, output: Format) -> None:
        super().__init__()
        self.options = options
        self.refused = 0  # statements that were errors, however often the same one
        self.tasm = options.tasm
        self.most_operands = options.limits.evaluation
        self.bag = bag
        self.format = output
        self.space = Space()
        self.labels: dict[str, Label] = {}
        self.sections: list[Section] = []
        self.by_name: dict[str, Section] = {}
        self.items: list[Item] = []
        self.fixups: dict[Section, list[Fixup]] = {}
        self.marks: list[tuple[Section, int, int, str, int]] = []
        self.changes = 0
        self.looked = 0  # counts names that were looked up: what a statement gives may depend on them
        self.depends = False
        self.round = 0
        self.passes = 0
        self.encoding_place: Place | None = None
        self.plain: Instruction | None = None  # the instruction of the last statement that depends on nothing
        self.pp: Preprocessor  # made when the source is read
        self._modes: dict[tuple[int, bool, int, bool], Mode] = {}
        self.known: Known | None = None
        self._order = 0
        self.listing: Any = None
        self.cpu = 0  # as select.R_LEVEL_SHIFT says
        self.externs: list[Label] = []
        self.globals: list[Label] = []

    # -- names for expressions -----------------------------------------------------------------------------------------
    def symbol(self, name: str) -> Value:
        """The value of a symbol in an expression."""
        label = self.label(name)
        label.used = True
        self.looked += 1
        return label.term()

    def label(self, name: str) -> Label:
        """The label with that name, new if there was none. `.x` belongs to the last label without a dot."""
        if (name[0] == "." and name[1:2] != ".") or (self.tasm and name[:2] == "@@"):
            name = self.parent + name
        found = self.labels.get(name)
        if found is None:
            if name in ("ptr", "PTR"):
                self.warn("ptr", f"`{name}' is not a NASM keyword")
            found = self.labels[name] = Label(name)
            found.order = self._order
            self._order += 1
        return found

    def here(self) -> Value:
        """`$`"""
        section = self.section
        self.looked += 1
        return Sum(len(section.data), {section.chunk: 1})

    def base(self) -> Value:
        """`$$`"""
        section = self.section
        self.looked += 1
        first = section.pieces[0]
        assert type(first) is tuple
        return Sum(0, {first[0]: 1})

    def is_origin(self, atom: object) -> bool:
        """See Names."""
        if isinstance(atom, Label):
            return atom.kind >= EXTERN
        if not isinstance(atom, int):
            return False
        owner = self.space.owner[atom]
        if not isinstance(owner, Section):
            return False
        first = owner.pieces[0]
        return type(first) is tuple and first[0] == atom

    def place(self) -> Place:
        """Where the statement being assembled stands."""
        return self.pp.place()

    def warn(self, group: str, text: str) -> None:
        """A warning about the statement."""
        if self.bag.enabled(group):
            self.bag.warn(group, text, self.place())

    def warn_zeroing(self) -> None:
        """The warning about room without contents in a section with contents."""
        name = self.section.name
        what = f"{name} section" if self.format.name == "bin" else f"non-BSS section `{name}'"
        self.warn("zeroing", f"uninitialized space declared in {what}: zeroing")

    def warn_encoding(self, group: str, text: str) -> None:
        """A warning about an instruction: said when its final bytes are made, not while sizes are tried."""
        place = self.encoding_place
        if place is not None and self.bag.enabled(group):
            self.bag.warn(group, text, self.pp.place() if place is NOWHERE else place)

    def number_now(self, value: Value, message: str) -> int:
        """A number that must be known at once. Raises NasmError."""
        if type(value) is int:
            return value
        found = settle(value, self.space)
        if not found.known:
            raise NasmError(self.unknown_message(value))
        if found.segments:
            raise NasmError(message)
        return found.number

    def constant(self, text: str, late: bool = False) -> int:
        """The number a piece of text gives. Raises NasmError."""
        from .tokens import split_plain

        tokens = split_plain(text)
        parser = Parser(tokens, 0, self)
        value = parser.whole()
        if parser.pos < len(tokens):
            raise NasmError(f"`{tokens[parser.pos]}' is not part of a number", tokens[parser.pos])
        return self.number_now(value, f"`{text}' is not a plain number")

    def order(self, label: Label) -> None:
        """The label's place in the symbol table is the present one."""
        label.order = self._order
        self._order += 1

    def unknown_message(self, value: Value, late: bool = False) -> str:
        """What to say about a value with symbols that are not defined."""
        for name in self._unknown(value):
            return f"symbol `{name}' not defined{'' if late else ' before use'}"
        return "the value is not known here"

    def _unknown(self, value: Value) -> list[str]:
        found: list[str] = []
        if type(value) is Sum:
            for atom in value.terms:
                if isinstance(atom, Label):
                    if not atom.defined and atom.kind < EXTERN:
                        found.append(atom.name)
                    elif atom.defined and type(atom.value) is Sum and atom.chunk < 0:
                        found += self._unknown(atom.value)
                elif hasattr(atom, "operands"):
                    for operand in atom.operands:
                        found += self._unknown(operand)
        return found

    def relocatable(self, found: Any) -> Value:
        """A settled value as one that keeps its section."""
        terms: dict[Any, int] = {}
        for segment, factor in found.segments.items():
            if isinstance(segment, Section):
                first = segment.pieces[0]
                assert type(first) is tuple
                terms[first[0]] = factor
            else:
                terms[segment] = factor
        return Sum(found.number, terms)

    @staticmethod
    def differs(old: Value, new: Value) -> bool:
        """Whether a value has changed."""
        if type(old) is int or type(new) is int:
            return old != new
        return old.const != new.const or old.terms != new.terms  # type: ignore[union-attr]

    # -- running -------------------------------------------------------------------------------------------------------
    def run(self, files: Files) -> None:
        """Assemble; see the module. Errors are in the bag."""
        self._record(files)
        if self.bag.errors:
            return
        if self.depends:
            self._read_again(files)
        else:
            settle_sizes(self)
        if not self.bag.errors:
            finish(self)

    def start(self) -> None:
        """The state at the beginning of the source."""
        self.round += 1
        self.items = []
        self.fixups = {}
        self.marks = []
        for section in self.sections:
            section.pieces = []
            section.begin(self.space.chunk(section, 0))
        self.parent = ""
        self.parent_label: Label | None = None
        self.rounding = Rounding()
        self.relative = False
        self.bits = 16
        self.cpu = 0
        self.nowhere = Section("", True, True)
        self.nowhere.begin(self.space.chunk(None, 0))
        self.section = self.nowhere
        self.format.begin(self)
        self.enter(self.format.initial(self))

    def _record(self, files: Files) -> None:
        """Read the source."""
        options = self.options
        self.start()
        self.pp = pp = Preprocessor(files, self.bag, Watch(self), self.format.name, options.debug_format)
        pp.bits = lambda: self.bits
        pp.no_line = options.no_line
        pp.raw = options.raw
        options.prepare(pp)
        if options.limits.lines == DEFAULTS["lines"]:  # (lines of runs are not counted)
            pp.known = self.known = Known(self.mode, pp.macros, pp.multi, bool(options.dwarf_lines))
        if self.listing is not None:
            self.listing.attach(self, pp)
        try:
            if options.dwarf_lines or self.listing is not None:
                self._feed_slowly(pp)
            else:
                self._feed(pp)
        except Stop as stop:
            self.bag.error(str(stop), pp.place())

    def _statements(self, pp: Preprocessor) -> Iterator[Statement]:
        limits = self.options.limits
        return pp.lines() if limits.lines == DEFAULTS["lines"] else _counted(pp.lines(), limits.lines)

    def _feed(self, pp: Preprocessor) -> None:
        """Assemble line by line."""
        for statement in self._statements(pp):
            if statement.mode is self.mode:
                self.section.data += statement.code
                continue
            try:
                self._one(statement)
            except (NasmError, AsmError, RecursionError) as error:
                self._refuse(error)

    def _refuse(self, error: Exception) -> None:
        """A statement cannot be assembled."""
        near = error.near if isinstance(error, NasmError) else ""
        text = "the expression is nested too deeply" if isinstance(error, RecursionError) else str(error)
        self.bag.error(text, self.pp.place(), near)
        self.refused += 1
        if self.refused > MAX_REFUSED:
            raise Stop(f"more than {MAX_REFUSED} statements cannot be assembled")

    def _one(self, statement: Statement) -> None:
        """Assemble a statement that was not met before: by its shape if that is known."""
        if labels_and_jumps(self, statement.text):
            return
        made = declared(statement.text)
        if made is not None and type(self.section.data) is bytearray:
            self.section.data += made
            if self.known is not None:
                self.known.learn(statement.text, made, statement.stamp)
            return
        self._by_shape(statement)
        if self.known is not None and statement.mode is self.mode:
            self.known.learn(statement.text, statement.code, statement.stamp)

    def _by_shape(self, statement: Statement) -> None:
        """Assemble a statement by its shape, or learn it."""
        found = shape_of(statement.text)
        if found is None:
            assemble(self, statement)
            return
        key, values, pieces = found
        mode = self.mode
        shape = mode.shape(key, values)
        if shape is not None and type(self.section.data) is bytearray:
            statement.code = code = code_of(shape, values)
            statement.mode = mode
            self.section.data += code
            return
        assemble(self, statement)
        plain = self.plain
        if plain is not None and statement.mode is mode:
            learned = None
            if plain.template is not None and not any(one.by_name for one in plain.operands):
                learned = learn(pieces, values, plain.template, plain.given, statement.code)
            mode.shapes[key] = together(mode.shapes.get(key), learned)

    def _feed_slowly(self, pp: Preprocessor) -> None:
        """As `_feed`, with a mark for every statement that makes bytes and a listing if one is wanted."""
        for statement in self._statements(pp):
            section = self.section
            chunk, before = section.chunk, len(section.data)
            if self.listing is not None:
                self.listing.assembled(statement)
            try:
                if statement.mode is self.mode:
                    section.data += statement.code
                else:
                    self._one(statement)
            except (NasmError, AsmError, RecursionError) as error:
                self._refuse(error)
            if section.chunk != chunk or len(section.data) != before:
                where = pp.place()
                self.marks.append((section, chunk, before, where.file, where.line))
            if self.listing is not None:
                self.listing.statement(section, chunk, before, statement)

    def _mode(self) -> None:
        key = (self.bits, self.relative, self.cpu, type(self.section.data) is not bytearray)
        found = self._modes.get(key)
        if found is None:
            found = self._modes[key] = Mode(self.bits, self.relative, key[3])
        self.mode = found
        if self.known is not None:
            self.known.mode = found

    def enter(self, section: Section) -> None:
        """Go on in another section. Statements are not remembered in one without contents: each of them is worth a warning."""
        self.section = section
        self._mode()

    def set_bits(self, bits: int) -> None:
        """Code for 16-, 32- or 64-bit mode follows."""
        self.bits = bits
        self._mode()

    def set_cpu(self, cpu: int) -> None:
        """Which instructions may be used; see `select.R_LEVEL_SHIFT`."""
        self.cpu = cpu
        self._mode()

    def set_relative(self, relative: bool) -> None:
        """Whether plain addresses in 64-bit code are relative to rip."""
        self.relative = relative
        self._mode()

    def _read_again(self, files: Files) -> None:
        """Read the source again until its labels keep their values."""
        former: dict[str, Any] | None = None
        limits = self.options.limits
        most = min(limits.passes, limits.stalled)
        for _ in range(most):
            values = {
                name: settle(label.term(), self.space)[:2] for name, label in self.labels.items() if label.defined
            }
            if values == former:
                return
            former = values
            self._freeze()
            self.bag.restart()
            self.passes += 1
            self._record(files)
            if self.bag.errors:
                return
        self.bag.error(f"unable to find valid values for all labels after {most} passes", NOWHERE)

    def _freeze(self) -> None:
        """Labels keep their values of the last reading until they are defined again."""
        for label in self.labels.values():
            if label.defined:
                found = label.settle(self.space)
                if found is None or not found.known:
                    continue
                value: Value = found.number
                if found.segments:
                    value = Sum(found.number, dict(found.segments))
                label.chunk, label.value = -1, value

    # -- placing -------------------------------------------------------------------------------------------------------
    def add_item(self, item: Item) -> None:
        """Put an item at the present place and begin a new chunk behind it."""
        self.put_item(item, item.measure(self))

    def put_item(self, item: Item, size: int) -> None:
        """As `add_item`, for an item that is known to have that size now."""
        section = item.section
        self.items.append(item)
        section.pieces.append(item)
        item.size = size
        base = self.space.base[item.chunk] + item.offset + item.size
        item.following = self.space.chunk(None if section.absolute else section, base)
        section.begin(item.following)

    def define(self, name: str) -> None:
        """Define a label at the present place."""
        label = self.label(name)
        section = self.section
        if name[:2] == ".." and name[2:3] != "@":
            raise NasmError(f"unrecognised special symbol `{name}'", name)
        self._check_new(label)
        self.order(label)
        label.defined = True
        label.equ = False
        label.chunk = section.chunk
        label.offset = len(section.data)
        if name[0] != "." and not (self.tasm and name[:2] == "@@"):
            self.parent = label.name

    def _check_new(self, label: Label) -> None:
        if label.round == self.round and label.defined:
            here = f"{label.place.file}:{label.place.line}"
            name = label.name.rpartition(".")[2]
            raise NasmError(f"label `{label.name}' inconsistently redefined (first defined at {here})", name)
        if label.kind >= EXTERN and label.kind != 5:
            label.kind = 2
        label.round = self.round
        label.place = self.pp.place()

    def equate(self, name: str, value: Value) -> None:
        """Define a symbol by a value."""
        label = self.label(name)
        if label.round == self.round and label.defined and (label.chunk >= 0 or self.differs(label.value, value)):
            self._check_new(label)
        self.order(label)
        label.round = self.round
        label.place = self.pp.place()
        label.equ = True
        if type(value) is Sum:
            found = settle(value, self.space)
            constant = all(type(atom) is int for atom in value.terms)
            if not constant or not found.known or (not found.segments and len(value.terms) > 1):
                if value.wrt:
                    raise NasmError("bad syntax for EQU: WRT cannot be kept")
                label.chunk = -1
                if not found.known and label.defined:
                    label.defined = False
                if all(isinstance(atom, Label) and not atom.defined and atom.kind >= EXTERN for atom in value.terms):
                    label.defined, label.value = True, value
                    return
                item = Equ(self.nowhere, label.place, label, value)
                item.measure(self)
                self.items.append(item)
                return
        label.chunk = -1
        label.defined = True
        label.value = value

    def emit(self, data: bytes) -> None:
        """Bytes at the present place."""
        section = self.section
        if section.blank or section.absolute:
            if not data:
                return
            if section.absolute:
                raise NasmError("attempt to assemble code in [ABSOLUTE] space")
            what = "a nobits section" if self.format.name == "bin" else f"BSS section `{section.name}'"
            self.warn("other", f"attempt to initialize memory in {what}: ignored")
        section.data += data

    def reserve(self, count: int) -> None:
        """Room without contents at the present place."""
        section = self.section
        data = section.data
        if type(data) is Blank:
            data.size += count
        elif count:
            self.warn_zeroing()
            if count > 1 << 24:
                self.add_item(Reserve(section, self.place(), count, 1))
            else:
                section.data += bytes(count)

    def fix_here(
        self, offset: int, size: int, value: Value, relative: bool, end: int, check: str, place: Place
    ) -> None:
        """A field `offset` bytes into the present chunk takes a value at the end."""
        section = self.section
        self.fixups.setdefault(section, []).append(
            Fixup(section.chunk, offset, size, value, relative, end, check, place)
        )

    # -- the end -------------------------------------------------------------------------------------------------------
    def fix(
        self,
        section: Section,
        out: bytearray,
        size: int,
        value: Value,
        relative: bool,
        end: int,
        check: str,
        place: Place,
    ) -> None:
        """Append a field with its final value."""
        at = len(out)
        out += bytes(size)
        self.apply(section, out, at, size, value, relative, end, check, place)

    def apply(
        self,
        section: Section,
        out: bytearray,
        at: int,
        size: int,
        value: Value,
        relative: bool,
        end: int,
        check: str,
        place: Place,
    ) -> None:
        """Write the final value of a field at out[at:at + size], or record a relocation."""
        from .fields import apply

        try:
            apply(self, section, out, at, size, value, relative, end, check, place)
        except NasmError as error:
            self.bag.error(str(error), place, error.near)


def _counted(statements: Iterator[Statement], limit: int) -> Iterator[Statement]:
    for number, statement in enumerate(statements):
        if number >= limit:
            raise Stop(f"more than {limit} statements")
        yield statement


class Watch(Names):
    """The names the preprocessor sees: the assembler's, with a note that the source depends on addresses."""

    def __init__(self, assembler: Assembler) -> None:
        super().__init__()
        self.assembler = assembler
        self.most_operands = assembler.most_operands

    def symbol(self, name: str) -> Value:
        """A symbol: it must be defined."""
        assembler = self.assembler
        label = assembler.label(name)
        if not label.defined or label.round != assembler.round:
            raise NasmError(f"symbol `{label.name}' not defined before use", name)
        value = assembler.symbol(name)
        if type(value) is not int:
            assembler.depends = True
        return value

    def here(self) -> Value:
        """`$`"""
        self.assembler.depends = True
        return self.assembler.here()

    def base(self) -> Value:
        """`$$`"""
        return self.assembler.base()

    def resolve(self, value: Value) -> int | None:
        """The number a value has in this pass, None if it is none."""
        found = settle(value, self.assembler.space)
        if found.known and not found.segments:
            return found.number
        return None

    def warn(self, group: str, text: str) -> None:
        """A warning about an expression."""
        self.assembler.warn(group, text)
