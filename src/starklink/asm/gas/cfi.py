"""`.cfi_*`: the call frame instructions of the source, collected until the layout is known."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from .errors import GasError
from .expr import Tokens, parse, suffixed, value_of
from .machine import Machine
from .program import Expr, Symbol

if TYPE_CHECKING:
    from .source import Source

OMIT: Final = 0xFF


class Frame:
    """A function's frame description. `ops`: (place, name, numbers or bytes)."""

    __slots__ = ("column", "end", "lsda", "lsda_encoding", "ops", "personality", "personality_encoding", "place", "saved",
                 "signal", "simple", "start", "state")  # fmt: skip

    def __init__(self, start: Symbol, simple: bool, machine: Machine, place: Any) -> None:
        self.start = start
        self.end = start
        self.simple = simple
        self.signal = False
        self.column = machine.column
        self.personality: Expr = 0
        self.personality_encoding = OMIT
        self.lsda: Expr = 0
        self.lsda_encoding = OMIT
        self.ops: list[tuple[Symbol, str, tuple[Any, ...]]] = []
        self.state = machine.cell  # the CFA's offset
        self.saved: list[int] = []
        self.place = place


def _register(source: Source, text: str) -> int:
    name = text.strip().lower().removeprefix("%")
    if name.isdigit() and len(name) < 6:
        return int(name)
    found = source.machine.registers.get(name)
    if found is None:
        raise GasError(f"{text} has no DWARF number here", text)
    return found


def _number(source: Source, text: str) -> int:
    value = value_of(parse(Tokens(text), source), False)
    if value.plus is not None or value.minus is not None:
        raise GasError("this value must be known here", text)
    if not -(1 << 31) <= value.number < 1 << 31:
        raise GasError(f"{value.number} is out of range", text)
    return value.number


def _open(source: Source) -> Frame:
    if source.frame is None:
        raise GasError("this stands between .cfi_startproc and .cfi_endproc")
    return source.frame


def startproc(source: Source, text: str) -> None:
    """`.cfi_startproc [simple]`."""
    if source.frame is not None:
        raise GasError(".cfi_startproc inside of a function; .cfi_endproc is missing")
    if text not in ("", "simple"):
        raise GasError(f"'{text}' is not expected here", text)
    source.frame = Frame(source.here(), text == "simple", source.machine, source.place)


def endproc(source: Source, text: str) -> None:
    """`.cfi_endproc`."""
    frame = _open(source)
    frame.end = source.here()
    if frame.end.piece is not frame.start.piece:
        source.frame = None
        raise GasError(".cfi_endproc lies in another section than its .cfi_startproc")
    source.frames.append(frame)
    source.frame = None


def _two(text: str, what: str) -> tuple[str, str]:
    one, comma, two = text.partition(",")
    if not comma:
        raise GasError(f"{what} expected", text)
    return one, two


def _add(source: Source, name: str, *values: Any) -> None:
    frame = _open(source)
    frame.ops.append((source.here(), name, values))


def _def_cfa(source: Source, text: str) -> None:
    register, offset = _two(text, "a register and an offset are")
    _open(source).state = _number(source, offset)
    _add(source, "def_cfa", _register(source, register), _number(source, offset))


def _def_cfa_offset(source: Source, text: str) -> None:
    _open(source).state = _number(source, text)
    _add(source, "def_cfa_offset", _open(source).state)


def _adjust(source: Source, text: str) -> None:
    frame = _open(source)
    frame.state += _number(source, text)
    _add(source, "def_cfa_offset", frame.state)


def _offset(source: Source, text: str) -> None:
    register, offset = _two(text, "a register and an offset are")
    _add(source, "offset", _register(source, register), _number(source, offset))


def _rel_offset(source: Source, text: str) -> None:
    register, offset = _two(text, "a register and an offset are")
    _add(source, "offset", _register(source, register), _number(source, offset) - _open(source).state)


def _val_offset(source: Source, text: str) -> None:
    register, offset = _two(text, "a register and an offset are")
    _add(source, "val_offset", _register(source, register), _number(source, offset))


def _pair(source: Source, text: str) -> None:
    first, second = _two(text, "two registers are")
    _add(source, "register", _register(source, first), _register(source, second))


def _each(name: str) -> Callable[[Source, str], None]:
    def one(source: Source, text: str) -> None:
        for part in text.split(","):
            _add(source, name, _register(source, part))

    return one


def _remember(source: Source, text: str) -> None:
    frame = _open(source)
    frame.saved.append(frame.state)
    _add(source, "remember_state")


def _restore_state(source: Source, text: str) -> None:
    frame = _open(source)
    if not frame.saved:
        raise GasError(".cfi_restore_state without .cfi_remember_state")
    frame.state = frame.saved.pop()
    _add(source, "restore_state")


def _escape(source: Source, text: str) -> None:
    values = [_number(source, part) for part in text.split(",")]
    if any(not -128 <= value < 256 for value in values):
        raise GasError("bytes are 0 to 255", text)
    _add(source, "escape", bytes([value & 0xFF for value in values]))


def _encoded(source: Source, text: str, what: str) -> tuple[int, Expr]:
    encoding, comma, rest = text.partition(",")
    kind = _number(source, encoding)
    if kind == OMIT:
        return OMIT, 0
    if not comma or kind & 0x0F not in (0x00, 0x03, 0x04, 0x0B, 0x0C) or kind & 0x70 not in (0, 0x10) or not 0 <= kind < 256:
        raise GasError(
            f"{what} needs an encoding and a symbol; {encoding.strip()} is none of absptr, udata4, sdata4, sdata8", encoding
        )
    tokens = Tokens(rest)
    value = suffixed(parse(tokens, source), tokens)
    if not tokens.done:
        raise GasError(f"'{tokens.now}' is not expected here", tokens.now)
    return kind, value


def _personality(source: Source, text: str) -> None:
    frame = _open(source)
    frame.personality_encoding, frame.personality = _encoded(source, text, ".cfi_personality")


def _lsda(source: Source, text: str) -> None:
    frame = _open(source)
    frame.lsda_encoding, frame.lsda = _encoded(source, text, ".cfi_lsda")


def _signal(source: Source, text: str) -> None:
    _open(source).signal = True


def _column(source: Source, text: str) -> None:
    _open(source).column = _register(source, text)


def _sections(source: Source, text: str) -> None:
    names = tuple([part.strip() for part in text.split(",")])
    if not set(names) <= {".eh_frame", ".debug_frame"}:
        raise GasError(".cfi_sections takes .eh_frame and .debug_frame", text)
    source.frame_sections = names


DIRECTIVES: Final[dict[str, Callable[[Source, str], None]]] = {
    ".cfi_startproc": startproc, ".cfi_endproc": endproc, ".cfi_def_cfa": _def_cfa, ".cfi_def_cfa_offset": _def_cfa_offset,
    ".cfi_adjust_cfa_offset": _adjust, ".cfi_def_cfa_register": _each("def_cfa_register"), ".cfi_offset": _offset,
    ".cfi_rel_offset": _rel_offset, ".cfi_val_offset": _val_offset, ".cfi_register": _pair, ".cfi_restore": _each("restore"),
    ".cfi_undefined": _each("undefined"), ".cfi_same_value": _each("same_value"), ".cfi_remember_state": _remember,
    ".cfi_restore_state": _restore_state, ".cfi_escape": _escape, ".cfi_personality": _personality, ".cfi_lsda": _lsda,
    ".cfi_signal_frame": _signal, ".cfi_return_column": _column, ".cfi_sections": _sections,
}  # fmt: skip
