"""Multi-line macros: declarations (`%macro name 1-3+.nolist default,...`), matching of calls, parameters."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from ..errors import NasmError
from ..tokens import SPACE, is_integer, is_name
from .source import Frame, Line

if TYPE_CHECKING:
    from .core import Preprocessor

MANY: Final = 1 << 31


class MultiMacro:
    """A multi-line macro. `most` is MANY for `*`; `greedy`: the last parameter takes the rest of the line; `defaults[i]` is the
    default of parameter `least + 1 + i`. `captures`: the body uses %00. `busy`: expansions in progress."""

    __slots__ = (
        "body", "busy", "captures", "defaults", "depth", "file", "greedy", "jumps", "least", "line", "loops", "most", "name",
        "quiet", "sensitive",
    )  # fmt: skip

    def __init__(self, name: str, sensitive: bool) -> None:
        self.name = name
        self.sensitive = sensitive
        self.least = self.most = 0
        self.greedy = False
        self.quiet = False
        self.defaults: list[list[str]] = []
        self.body: list[Line] = []
        self.captures = False
        self.jumps: dict[int, int] = {}
        self.loops: dict[int, tuple[list[Line], dict[int, int], int]] = {}
        self.busy = 0
        self.depth = 0
        self.file = ""
        self.line = 0

    def takes(self, count: int) -> bool:
        """Whether a call with so many parameters means this macro."""
        return self.least <= count and (self.greedy or count <= self.most)

    def overlaps(self, other: MultiMacro) -> bool:
        """Whether some call could mean either."""
        return (self.least <= other.most or other.greedy) and (other.least <= self.most or self.greedy)


class Definition:
    """A macro or repetition whose body is being read. `depth`: expansions that were open when it began."""

    __slots__ = ("count", "depth", "home", "jumps", "known", "lines", "macro", "macros", "reps", "silent", "start")

    def __init__(self, macro: MultiMacro | None, count: int, depth: int) -> None:
        self.macro = macro
        self.count = count
        self.depth = depth
        self.lines: list[Line] = []
        self.macros = 0
        self.reps = 0
        self.silent = False
        self.home: Frame | None = None  # the body a repetition stands in, at `start`
        self.start = 0
        self.known = False
        self.jumps: dict[int, int] = {}


class Call(NamedTuple):
    """A call that was matched: the macro, its parameters as text (from 1; [0] unused), the count it sees as %0."""

    macro: MultiMacro
    params: list[str]


def parse_declaration(pp: Preprocessor, tokens: list[str], directive: str, sensitive: bool) -> MultiMacro:
    """The macro that `%macro` or `%unmacro` with these tokens names. Raises NasmError."""
    tokens = pp.joined_name(tokens)
    if not tokens or not is_name(tokens[0]):
        raise NasmError(f"`%{directive}' expects a macro name")
    macro = MultiMacro(tokens[0], sensitive)
    rest = pp.expand(tokens[1:])
    at = _skip(rest, 0)
    if at >= len(rest) or not is_integer(rest[at]):
        raise NasmError(f"`%{directive}' expects a parameter count", macro.name)
    macro.least = macro.most = pp.count(rest[at])
    at += 1
    if at < len(rest) and rest[at] == "-":
        at += 1
        if at < len(rest) and rest[at] == "*":
            macro.most = MANY
            at += 1
        elif at < len(rest) and is_integer(rest[at]):
            macro.most = pp.count(rest[at])
            at += 1
            if macro.least > macro.most:
                pp.error("minimum parameter count exceeds maximum", macro.name)
                macro.most = macro.least
        else:
            pp.error(f"`%{directive}' expects a parameter count after `-'", macro.name)
    if at < len(rest) and rest[at] == "+":
        macro.greedy = True
        at += 1
    if at < len(rest) and rest[at].lower() == ".nolist":
        macro.quiet = True
        at += 1
    defaults = rest[at:]
    if any(token != SPACE for token in defaults):
        starts, empty = split_params(pp, defaults)
        if empty and not pp.sane and starts:
            starts.pop()
            pp.warn(
                "pp-macro-params-legacy",
                f"dropping trailing empty default parameter in definition of multi-line macro `{macro.name}'",
            )
        macro.defaults = [_tokens_of(defaults, start, True) for start in starts]
        if len(macro.defaults) > macro.most - macro.least and not macro.greedy:
            pp.warn("pp-macro-defaults", f"too many default macro parameters in macro `{macro.name}'")
    return macro


def _skip(tokens: list[str], at: int) -> int:
    while at < len(tokens) and tokens[at] == SPACE:
        at += 1
    return at


def split_params(pp: Preprocessor, tokens: list[str]) -> tuple[list[int], bool]:
    """(where the parameters begin, whether the last one is an empty one behind a comma)."""
    size = len(tokens)
    at = _skip(tokens, 0)
    starts: list[int] = []
    if at >= size:
        return starts, False
    trailing = False
    while True:
        starts.append(at)
        if at < size and tokens[at] == "{":
            level = 0
            trailing = False
            while at < size:
                level += (tokens[at] == "{") - (tokens[at] == "}")
                if not level:
                    break
                at += 1
            if at < size:
                at = _skip(tokens, at + 1)
                if at < size and tokens[at] != ",":
                    pp.error("braces do not enclose all of macro parameter", "{")
            else:
                pp.error("expecting closing brace in macro parameter", "{")
        if at >= size:
            return starts, trailing
        while at < size and tokens[at] != ",":
            trailing = trailing and tokens[at] == SPACE
            at += 1
        if at >= size:
            return starts, trailing
        trailing = True
        at = _skip(tokens, at + 1)


def _tokens_of(tokens: list[str], start: int, comma: bool) -> list[str]:
    """The tokens of the parameter that begins at `start`, without outer spaces and braces. `comma`: it ends at a comma."""
    at = _skip(tokens, start)
    size = len(tokens)
    if at < size and tokens[at] == "{":
        level = 1
        end = at + 1
        while end < size:
            level += (tokens[end] == "{") - (tokens[end] == "}")
            if not level:
                break
            end += 1
        return tokens[at + 1 : end]
    end = at
    if comma:
        level = 0
        while end < size:
            token = tokens[end]
            if token == "," and not level:
                break
            level += (token == "{") - (token == "}")
            end += 1
    else:
        end = size
    while end > at and tokens[end - 1] == SPACE:
        end -= 1
    return tokens[at:end]


def match(pp: Preprocessor, tokens: list[str], at: int) -> Call | None:
    """The macro call whose name is `tokens[at]`, None if there is none."""
    name = tokens[at]
    found = pp.multi.get(name.lower())
    if not found:
        return None
    candidates = [one for one in found if not one.sensitive or one.name == name]
    if not any(one.busy != 1 or one.depth > 0 for one in candidates):
        return None
    arguments = tokens[at + 1 :]
    if len(candidates) == 1 and "{" not in arguments:
        params = _simple(candidates[0], "".join(arguments))
        if params is not None:
            return Call(candidates[0], params)
    starts, empty = split_params(pp, arguments)
    raw = count = len(starts)
    macro_found = _select(pp, candidates, raw)
    if macro_found is False:
        return None
    sources: list[tuple[list[str], int]] = [(arguments, start) for start in starts]
    if not pp.sane:
        macro_found, count, sources, arguments = _legacy(
            pp, candidates, macro_found, raw, empty, arguments, sources, name
        )
        if macro_found is False:
            return None
    if macro_found is None:
        pp.warn(
            "pp-macro-params-multi",
            f"multi-line macro `{name}' exists, but not taking {count} parameter{'' if count == 1 else 's'}",
            name,
        )
        return None
    assert isinstance(macro_found, MultiMacro)
    macro = macro_found
    out = [""]
    full = count
    if macro.defaults and count < macro.least + len(macro.defaults):
        full = macro.least + len(macro.defaults)
    if macro.greedy and full > macro.most:
        full = macro.most
    for index in range(1, full + 1):
        if index <= len(sources):
            tokens_, start = sources[index - 1]
            out.append("".join(_tokens_of(tokens_, start, not macro.greedy or index < full)))
        else:
            place = index - 1 - macro.least
            out.append("".join(macro.defaults[place]) if 0 <= place < len(macro.defaults) else "")
    return Call(macro, out)


def _simple(macro: MultiMacro, text: str) -> list[str] | None:
    """The parameters of a call in the common case: no quotes, no braces, and nothing for which the inherited rules about empty
    parameters matter; None otherwise."""
    if macro.busy > macro.depth or "%" in text or "'" in text or '"' in text or "`" in text:
        return None
    params = [""]
    text = text.strip(" ")
    if text:
        params += [one.strip(" ") for one in text.split(",")]
        if len(params) > 2 and not params[-1]:
            return None
    count = len(params) - 1
    if not macro.least <= count <= macro.most or (macro.greedy and macro.defaults):
        return None
    if count - macro.least < len(macro.defaults):
        params += ["".join(one) for one in macro.defaults[count - macro.least :]]
    return params


def _select(pp: Preprocessor, candidates: list[MultiMacro], count: int) -> MultiMacro | bool | None:
    """The first macro that takes `count` parameters, None if there is none, False if it must not be called again."""
    for macro in candidates:
        if macro.takes(count):
            if macro.busy > macro.depth:
                if macro.depth:
                    pp.warn("other", f"reached maximum recursion depth of {macro.depth}", macro.name)
                return False
            return macro
    return None


def _legacy(
    pp: Preprocessor, candidates: list[MultiMacro], found: MultiMacro | bool | None, raw: int, empty: bool, arguments: list[str],
    sources: list[tuple[list[str], int]], name: str,
) -> tuple[MultiMacro | bool | None, int, list[tuple[list[str], int]], list[str]]:  # fmt: skip
    """The rules about empty parameters that NASM keeps for old sources (until `%pragma preproc sane_empty_expansion`)."""
    count = raw
    if found is None:
        if raw == 0 and arguments:
            found = _select(pp, candidates, 1)
        elif raw > 1 and empty:
            found = _select(pp, candidates, raw - 1)
            if found:
                count = raw - 1
                arguments, sources = _without_last(arguments, sources)
        if found is False:
            return False, count, sources, arguments
    elif empty and type(found) is MultiMacro:
        arguments, sources = _without_last(arguments, sources)
        if raw > found.least and raw <= found.least + len(found.defaults):
            sources.append((found.defaults[raw - found.least - 1], 0))
        elif raw > found.most and found.greedy:
            sources.append(([], 0))
        else:
            count = raw - 1
    if type(found) is MultiMacro:
        if raw < found.least or (raw > found.most and not found.greedy):
            pp.warn(
                "pp-macro-params-legacy",
                f"improperly calling multi-line macro `{found.name}' with {raw} parameters",
                name,
            )
        elif empty:
            pp.warn(
                "pp-macro-params-legacy",
                f"dropping trailing empty parameter in call to multi-line macro `{found.name}'",
                name,
            )
    return found, count, sources, arguments


def _without_last(
    arguments: list[str], sources: list[tuple[list[str], int]]
) -> tuple[list[str], list[tuple[list[str], int]]]:
    """The arguments without the last comma and what follows it."""
    end = len(arguments) - 1
    while end >= 0 and arguments[end] != ",":
        end -= 1
    shorter = arguments[:end]
    return shorter, [(shorter, start) for _, start in sources[:-1]]


# -- parameters in the body ----------------------------------------------------------------------------------------------
CONDITIONS: Final = (
    "a", "ae", "b", "be", "c", "cxz", "e", "ecxz", "g", "ge", "l", "le", "na", "nae", "nb", "nbe", "nc", "ne", "ng", "nge", "nl",
    "nle", "no", "np", "ns", "nz", "o", "p", "pe", "po", "rcxz", "s", "z",
)  # fmt: skip
_INVERSE: Final = {
    "a": "na", "ae": "nae", "b": "nb", "be": "nbe", "c": "nc", "e": "ne", "g": "ng", "ge": "nge", "l": "nl", "le": "nle",
    "na": "a", "nae": "ae", "nb": "b", "nbe": "be", "nc": "c", "ne": "e", "ng": "g", "nge": "ge", "nl": "l", "nle": "le",
    "no": "o", "np": "p", "ns": "s", "nz": "z", "o": "no", "p": "np", "pe": "po", "po": "pe", "s": "ns", "z": "nz",
}  # fmt: skip


def substitute(pp: Preprocessor, line: Line, frame: Frame | None) -> str:
    """The text of a body line with parameters and local names put in. `frame`: the macro they belong to, None outside."""
    out: list[str] = []
    parts = line.parts
    assert parts is not None
    for part in parts:
        if type(part) is str:
            out.append(part)
        elif type(part) is int:
            if frame is None:
                pp.error(f"`%{part}': not in a macro call", f"%{part}")
                continue
            params = frame.params
            count = len(params) - 1
            if part == 0:
                out.append(params[0])
            elif part <= count:
                out.append(params[(part - 1 + frame.rotation) % count + 1] if frame.rotation else params[part])
        else:
            out.append(_special(pp, part, frame))  # type: ignore[arg-type]
    return "".join(out)


def _special(pp: Preprocessor, part: tuple[str, str | int], frame: Frame | None) -> str:
    what, detail = part
    if frame is not None:
        if what == "%%":
            return f"..@{frame.unique}.{detail}"
        if what == "0":
            return str(len(frame.params) - 1)
    if what == "[":
        return pp.text(pp.expand(pp.substituted(str(detail), frame)), False)
    if what == "?":
        return (
            str(detail)
            if frame is None or frame.macro is None
            else (frame.call_name if detail == "%?" else frame.macro.name)
        )
    shown = {"0": "%0", "%%": f"%%{detail}", ":": f"%{{{detail}}}", "!": str(detail)}.get(what, f"%{what}{detail}")
    if frame is None:
        pp.error(f"`{shown}': not in a macro call", shown)
        return ""
    if what == ":":
        return _range(pp, str(detail), frame)
    if what == "!":
        pp.error(f"invalid macro parameter: `{shown}'", shown)
        return ""
    number = int(detail)
    count = len(frame.params) - 1
    text = frame.params[(number - 1 + frame.rotation) % count + 1].strip().lower() if 0 < number <= count else ""
    if text not in CONDITIONS:
        pp.error(f"macro parameter `{shown}' is not a condition code", shown)
        return ""
    if what == "+":
        return text
    if text not in _INVERSE:
        pp.error(f"condition code `{text}' is not invertible", shown)
        return ""
    return _INVERSE[text]


def _range(pp: Preprocessor, text: str, frame: Frame) -> str:
    """`%{first:last}`: several parameters, in either direction, counted from the end if negative."""
    count = len(frame.params) - 1
    try:
        first, last = (int(one) for one in text.split(":"))
    except ValueError:
        first = last = 0
    if not first or not last or abs(first) > count or abs(last) > count:
        pp.error(f"`%{{{text}}}': macro parameters out of range", text)
        return ""
    first += count + 1 if first < 0 else 0
    last += count + 1 if last < 0 else 0
    step = 1 if first < last else -1
    numbers = range(first, last + step, step)
    return ",".join([frame.params[(number - 1 + frame.rotation) % count + 1] for number in numbers])
