"""`.file` and `.loc`: rows of the line table while the source is read, and the numbers of views."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from .errors import GasError
from .expr import Tokens, number, unquote
from .program import Piece, Section, Symbol

if TYPE_CHECKING:
    from .source import Source

MAX_FILES = 100_000


class Row(NamedTuple):
    """A row: where, and the registers of the line machine. `options`: basic_block, prologue_end, epilogue_begin."""

    piece: Piece
    position: int
    file: int
    line: int
    column: int
    stmt: bool
    options: tuple[str, ...]
    isa: int
    discriminator: int
    reset: bool


class Lines:
    """Files by number: (directory, name, MD5 or b""); rows in source order."""

    def __init__(self) -> None:
        self.files: dict[int, tuple[str, str, bytes]] = {}
        self.rows: list[Row] = []
        self.pending: tuple[Any, ...] | None = None
        self.stmt = True
        self.isa = 0
        self.view: Symbol | None = None
        self.used = False
        self.own = False  # the source's own lines are wanted; it has no .loc
        self.marks: list[tuple[Piece, int, str, int]] = []
        self._sorted: dict[Section, list[Row]] = {}

    def mark(self, source: Source) -> None:
        """An instruction of the source's own line begins here."""
        file, line = source.line()
        piece = source.piece
        if self.marks and self.marks[-1][0] is piece and self.marks[-1][2:] == (file, line):
            return
        self.marks.append((piece, len(piece.buffer), file, line))

    def emit(self, source: Source) -> None:
        """The pending `.loc` takes effect here."""
        assert self.pending is not None
        piece = source.piece
        row = Row(piece, len(piece.buffer), *self.pending)
        self.pending = None
        self.rows.append(row)
        if self.view is not None:
            at = len(self.rows) - 1
            self.view.settle = lambda: self.view_of(at)
            self.view = None

    def view_of(self, at: int) -> int:
        """Rows before row `at` at the same address, back to one that resets the count."""
        row = self.rows[at]
        section = row.piece.section
        place = section.move(row.piece.start + row.position)
        count = 0
        while not self.rows[at].reset:
            at -= 1
            while at >= 0 and self.rows[at].piece.section is not section:
                at -= 1
            if at < 0:
                break
            before = self.rows[at]
            if section.move(before.piece.start + before.position) != place:
                break
            count += 1
        return count


def file(source: Source, text: str) -> None:
    """`.file "name"` or `.file number ["directory"] "name" [md5 0x...]`."""
    tokens = Tokens(text)
    if tokens.kinds[0] == "quoted" and tokens.kinds[1] == "end":
        source.files.append(unquote(tokens.now).decode("utf-8", "surrogateescape"))
        return
    if tokens.kinds[0] != "num" or tokens.now[-1] in "bf":
        raise GasError('.file takes "name", or a number, a directory and a name', text)
    count = number(tokens.now)
    if not 0 <= count <= MAX_FILES:
        raise GasError(f"file number {count} is out of range", tokens.now)
    tokens.at += 1
    names: list[str] = []
    while tokens.kinds[tokens.at] == "quoted" and len(names) < 2:
        names.append(unquote(tokens.now).decode("utf-8", "surrogateescape"))
        tokens.at += 1
    digest = b""
    if tokens.now.lower() == "md5":
        tokens.at += 1
        value = number(tokens.now) if tokens.kinds[tokens.at] == "num" else -1
        if not 0 <= value < 1 << 128:
            raise GasError("md5 needs a 128-bit number", tokens.now)
        digest = value.to_bytes(16, "big")
        tokens.at += 1
    elif tokens.now.lower() == "source":
        tokens.at += 2
    if not names or not tokens.done:
        raise GasError(f"'{tokens.now}' is not expected here", tokens.now)
    if "\0" in "".join(names):
        raise GasError("a file name cannot hold a NUL character")
    directory, name = (names[0], names[1]) if len(names) == 2 else ("", names[0])
    known = source.lines.files.get(count)
    if known is not None and known[1] != name and count:
        raise GasError(f"file number {count} is already {known[1]}", str(count))
    source.lines.files[count] = (directory, name, digest)
    source.lines.used = True


def loc(source: Source, text: str) -> None:
    """`.loc file line [column] [options]`."""
    lines = source.lines
    words = text.split()
    numbers: list[int] = []
    while words and len(numbers) < 3 and words[0].lstrip("-").isdigit():
        numbers.append(int(words.pop(0)))
    if len(numbers) < 2:
        raise GasError(".loc needs a file number and a line", text)
    if min(numbers) < 0 or max(numbers) > 0xFFFF_FFFF:
        raise GasError("a number of .loc is out of range", text)
    if numbers[0] not in lines.files and not (numbers[0] == 0 and lines.files):
        raise GasError(f"file number {numbers[0]} has no .file", str(numbers[0]))
    lines.own = False
    lines.marks.clear()
    if lines.pending is not None:
        lines.emit(source)
    options, discriminator, reset = [], 0, False
    view: str | None = None
    at = 0
    while at < len(words):
        word = words[at]
        value = words[at + 1] if at + 1 < len(words) else ""
        at += 1
        if word in ("basic_block", "prologue_end", "epilogue_begin"):
            options.append(word)
        elif word in ("is_stmt", "isa", "discriminator", "view"):
            at += 1
            if word == "view":
                reset = value == "-0"
                view = "" if value in ("0", "-0") else value
                if not value:
                    raise GasError("view needs a name or 0", word)
            elif not value.isdigit() or int(value) > 0xFFFF_FFFF or (word == "is_stmt" and value not in ("0", "1")):
                raise GasError(f"{word} needs a number", word)
            elif word == "is_stmt":
                lines.stmt = value == "1"
            elif word == "isa":
                lines.isa = int(value)
            else:
                discriminator = int(value)
        else:
            raise GasError(f"{word} is no option of .loc", word)
    lines.view = None
    if view:
        lines.view = source.symbol(view)
        if lines.view.defined:
            raise GasError(f"symbol {view} is already defined", view)
        lines.view.settle = lambda: 0
    column = numbers[2] if len(numbers) > 2 else 0
    lines.pending = (numbers[0], numbers[1], column, lines.stmt, tuple(options), lines.isa, discriminator, reset)
    lines.used = True
    if view is not None:  # the row stands here, not at the next instruction
        lines.emit(source)
