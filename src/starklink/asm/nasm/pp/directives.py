"""The preprocessor's directives. A handler gets the tokens behind the directive's name and may return a statement."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from ..errors import NasmError, Stop
from ..strings import integer, quote, unquote
from ..tokens import QUOTES, SPACE, is_integer, is_name, is_string, split
from . import conditions
from .mmacros import parse_declaration
from .smacros import Param, number_tokens
from .states import DONE, ELSE_FALSE, ELSE_TRUE, FALSE, NEVER, TRUE

if TYPE_CHECKING:
    from .core import Preprocessor, Statement


def _strip(tokens: list[str]) -> list[str]:
    at = 0
    while at < len(tokens) and tokens[at] == SPACE:
        at += 1
    return tokens[at:] if at else tokens


def _plain(tokens: list[str]) -> list[str]:
    return [token for token in tokens if token != SPACE]


# -- single-line macros ------------------------------------------------------------------------------------------------
def template(tokens: list[str]) -> tuple[list[Param], list[str]]:
    """(parameters, body) of what follows a macro's name."""
    if not tokens or tokens[0] != "(":
        return [], _strip(tokens)
    params: list[Param] = []
    param = Param()
    named = False
    for at in range(1, len(tokens)):
        token = tokens[at]
        if token == "=":
            param.evaluate = True
        elif token == "&":
            param.string = True
        elif token == "&&":
            param.string = param.quoted = True
        elif token == "!":
            param.keep = True
        elif token == "+":
            param.greedy = param.optional = True
        elif token in (",", ")"):
            if param.greedy and token == ",":
                raise NasmError("greedy parameter must be last", param.name)
            params.append(param)
            param = Param()
            named = False
            if token == ")":
                return params, _strip(tokens[at + 1 :])
        elif is_name(token) and not named:
            param.name = token
            named = True
        elif token != SPACE:
            raise NasmError(f"garbage `{token}' in macro parameter list", token)
    raise NasmError("`)' expected to terminate macro template", "(")


def _define(pp: Preprocessor, tokens: list[str], op: str) -> None:
    found = pp.macro_name(tokens, op)
    if found is not None:
        params, body = template(found[1])
        pp.expander.define(found[0], op == "define", params, body)


def _xdefine(pp: Preprocessor, tokens: list[str], op: str) -> None:
    found = pp.macro_name(tokens, op)
    if found is None:
        return
    params, body = template(found[1])
    if params:
        names = {param.name for param in params}
        body = pp.expand(["\1" + token if token in names else token for token in body])
    else:
        body = pp.expand(body)
    pp.expander.define(found[0], op == "xdefine", params, body, protected=bool(params))


def _assign(pp: Preprocessor, tokens: list[str], op: str) -> None:
    found = pp.macro_name(tokens, op)
    if found is None:
        return
    value = pp.number(pp.expand(found[1]), f"%{op}")
    if value is not None:
        pp.expander.define(found[0], op == "assign", [], number_tokens(value))


def _alias(pp: Preprocessor, tokens: list[str], op: str) -> None:
    found = pp.macro_name(tokens, op)
    if found is None:
        return
    rest = _strip(found[1])
    if not rest or not is_name(rest[0]):
        raise NasmError(f"`%{op}' expects a macro identifier to alias")
    if _strip(rest[1:]):
        pp.warn("pp-trailing", "trailing garbage after aliasing identifier ignored", rest[1])
    pp.expander.define(found[0], op == "defalias", [], [rest[0]], rest[0])


def _undefine(pp: Preprocessor, tokens: list[str], op: str) -> None:
    found = pp.macro_name(tokens, op)
    if found is None:
        return
    if found[1]:
        pp.warn("pp-trailing", "trailing garbage after macro name ignored")
    table, name = pp.scope(found[0])
    if table is not None:
        table.remove(name, op == "undefalias")


def _string_macro(pp: Preprocessor, tokens: list[str], op: str) -> None:
    """%defstr, %deftok, %strlen, %strcat, %substr, %pathsearch and their case-insensitive forms."""
    sensitive = op in _STRING_MACROS
    found = pp.macro_name(tokens, op)
    if found is None:
        return
    name, rest = found
    made = _STRING_MACROS[op if sensitive else op[:0] + _without_i(op)](pp, pp.expand(rest), op)
    if made is not None:
        pp.expander.define(name, sensitive, [], made)


def _without_i(op: str) -> str:
    """The case-sensitive directive behind %ideftok and the like."""
    return op[1:]


def _defstr(pp: Preprocessor, tokens: list[str], op: str) -> list[str]:
    return [quote(pp.text(_strip(tokens), False))]


def _deftok(pp: Preprocessor, tokens: list[str], op: str) -> list[str]:
    return split(_first_string(tokens, op))


def _strlen(pp: Preprocessor, tokens: list[str], op: str) -> list[str]:
    return [str(len(_first_string(tokens, op)))]


def _first_string(tokens: list[str], op: str) -> str:
    tokens = _strip(tokens)
    if not tokens or not is_string(tokens[0]):
        raise NasmError(f"`%{op}' requires string as second parameter", tokens[0] if tokens else "")
    return unquote(tokens[0])


def _strcat(pp: Preprocessor, tokens: list[str], op: str) -> list[str]:
    out = []
    for token in tokens:
        if token in (SPACE, ","):
            continue
        if not is_string(token):
            raise NasmError(f"non-string passed to `%{op}': {token}", token)
        out.append(unquote(token))
    return [quote("".join(out))]


def substring(text: str, start: int, count: int) -> str:
    """`count` characters from `start` (from 1); a negative count leaves so many minus one at the end."""
    start = max(start - 1, 0)
    if count < 0:
        count = len(text) + count + 1 - start
    if start + count > len(text):
        count = len(text) - start
    if count < 0 or start >= len(text):
        return ""
    return text[start : start + count]


def _substr(pp: Preprocessor, tokens: list[str], op: str) -> list[str] | None:
    from ..expr import Parser

    tokens = _plain(tokens)
    if not tokens or not is_string(tokens[0]):
        raise NasmError(f"`%{op}' requires a string as parameter", tokens[0] if tokens else "")
    rest = tokens[1:]
    if rest and rest[0] == ",":
        rest = rest[1:]
    if not rest:
        raise NasmError(f"`%{op}' requires a starting index")
    parser = Parser(rest, 0, pp.names)
    start = pp.settled(parser.whole(), f"%{op}")
    count: int | None = 1
    if parser.pos < len(rest):
        if rest[parser.pos] == ",":
            parser.pos += 1
        count = pp.settled(parser.whole(), f"%{op}")
    if start is None or count is None:
        return None
    return [quote(substring(unquote(tokens[0]), start, count))]


def _pathsearch(pp: Preprocessor, tokens: list[str], op: str) -> list[str]:
    name = _file_name(pp, tokens, op)
    return [quote(pp.files.find(name) or name)]


_STRING_MACROS: Final[dict[str, Callable[[Preprocessor, list[str], str], list[str] | None]]] = {
    "defstr": _defstr,
    "deftok": _deftok,
    "strlen": _strlen,
    "strcat": _strcat,
    "substr": _substr,
    "pathsearch": _pathsearch,
}


# -- multi-line macros and repetitions ------------------------------------------------------------------------------------
def _macro(pp: Preprocessor, tokens: list[str], op: str) -> None:
    from .mmacros import Definition, MultiMacro

    try:
        macro = parse_declaration(pp, tokens, op, op in ("macro", "rmacro"))
    except NasmError as error:
        pp.error(str(error), error.near)
        return
    if op in ("rmacro", "irmacro"):
        macro.depth = pp.limits.levels
    place = pp.place()
    macro.file, macro.line = place.file, place.line
    for other in pp.multi.get(macro.name.lower(), ()):
        if other.name == macro.name and macro.overlaps(other):
            pp.warn("pp-macro-redef-multi", f"redefining multi-line macro `{macro.name}'", macro.name)
            break
    pp.defining.append(Definition(macro, 0, len(pp.inc.frames)))
    assert MultiMacro is not None


def _end_macro(pp: Preprocessor, tokens: list[str], op: str) -> None:
    raise NasmError(f"`%{op}': not defining a macro")


def _unmacro(pp: Preprocessor, tokens: list[str], op: str) -> None:
    wanted = parse_declaration(pp, tokens, op, op == "unmacro")
    key = wanted.name.lower()
    kept = []
    for macro in pp.multi.get(key, ()):
        same = macro.name == wanted.name if wanted.sensitive else macro.name.lower() == key
        if (
            same and macro.sensitive == wanted.sensitive and macro.least == wanted.least and macro.most == wanted.most
            and macro.greedy == wanted.greedy
        ):  # fmt: skip
            if macro.busy:
                raise NasmError("`%unmacro' can't undefine the macro being expanded", macro.name)
            continue
        kept.append(macro)
    if kept:
        pp.multi[key] = kept
    else:
        pp.multi.pop(key, None)


def _exit_macro(pp: Preprocessor, tokens: list[str], op: str) -> None:
    frames = pp.inc.frames
    for index in range(len(frames) - 1, -1, -1):
        frame = frames[index]
        if frame.macro is not None:
            del frames[index + 1 :]
            del pp.inc.conditions[frame.conditions :]
            pp.emitting = not pp.inc.conditions or pp.inc.conditions[-1] in (TRUE, ELSE_TRUE)
            frame.pos = len(frame.lines)
            pp.frame = frame
            return
    raise NasmError("`%exitmacro' not within `%macro' block")


def _exit_rep(pp: Preprocessor, tokens: list[str], op: str) -> None:
    for frame in reversed(pp.inc.frames):
        if frame.macro is None:
            frame.count = 0
            return
    raise NasmError("`%exitrep' not within `%rep' block")


def _end_rep(pp: Preprocessor, tokens: list[str], op: str) -> None:
    raise NasmError("`%endrep': no matching `%rep'")


def _rep(pp: Preprocessor, tokens: list[str], op: str) -> None:
    from .mmacros import Definition

    tokens = _strip(tokens)
    silent = bool(tokens) and tokens[0].lower() == ".nolist"
    if silent:
        tokens = _strip(tokens[1:])
    count = 0
    if not tokens:
        pp.error(f"`%{op}' expects a repeat count")
    else:
        value = pp.number(pp.expand(tokens), f"%{op}")
        if value is not None and value > pp.limits.rep:
            pp.error(f"`%{op}' count {value} exceeds limit (currently {pp.limits.rep})")
        elif value is not None and value < 0:
            pp.warn("pp-rep-negative", f"negative `%{op}' count: {value}")
        elif value is not None:
            count = value
    definition = Definition(None, count, len(pp.inc.frames))
    definition.silent = silent
    frame = pp.frame
    if frame is not None and pp.on_line is None:
        definition.home, definition.start = frame, frame.pos
        known = frame.loops.get(frame.pos)
        if known is not None:
            definition.lines, definition.jumps, frame.pos = known
            definition.known = True
            pp.repeat(definition)
            return
    pp.defining.append(definition)


def _rotate(pp: Preprocessor, tokens: list[str], op: str) -> None:
    tokens = _strip(tokens)
    if not tokens:
        raise NasmError(f"`%{op}' missing rotate count")
    value = pp.number(pp.expand(tokens), f"%{op}")
    if value is None:
        return
    frame = pp.frame.outer if pp.frame is not None else None
    if frame is None:
        raise NasmError(f"`%{op}' invoked outside a macro call")
    count = len(frame.params) - 1
    if not count:
        raise NasmError(f"`%{op}' invoked within macro without parameters")
    frame.rotation = (frame.rotation + value) % count


# -- conditionals --------------------------------------------------------------------------------------------------------
def _if(pp: Preprocessor, tokens: list[str], op: str) -> None:
    if not pp.emitting:
        pp.condition(NEVER)
        return
    result = conditions.test(pp, op[2:], tokens, op)
    pp.condition(NEVER if result is None else TRUE if result else FALSE)


def _elif(pp: Preprocessor, tokens: list[str], op: str) -> None:
    if not pp.inc.conditions:
        raise NasmError(f"`%{op}': no matching `%if'")
    state = pp.inc.conditions[-1]
    if state == TRUE:
        pp.change_condition(DONE)
    elif state in (ELSE_TRUE, ELSE_FALSE):
        pp.warn("pp-else-elif", f"`%{op}' after `%else', ignoring content")
        pp.change_condition(NEVER)
    elif state == FALSE:
        frame = pp.frame.outer if pp.frame is not None else None
        tokens = pp.substituted("".join([token + "]" if token[:2] == "%[" else token for token in tokens]), frame)
        result = conditions.test(pp, op[4:], tokens, op)
        pp.change_condition(NEVER if result is None else TRUE if result else FALSE)


def _else(pp: Preprocessor, tokens: list[str], op: str) -> None:
    if not pp.inc.conditions:
        raise NasmError("`%else': no matching `%if'")
    state = pp.inc.conditions[-1]
    if tokens and state != NEVER:
        pp.warn("pp-trailing", "trailing garbage after `%else' ignored")
    if state in (TRUE, DONE):
        pp.change_condition(ELSE_FALSE)
    elif state == FALSE:
        pp.change_condition(ELSE_TRUE)
    elif state in (ELSE_TRUE, ELSE_FALSE):
        pp.warn("pp-else-else", "`%else' after `%else', ignoring content")
        pp.change_condition(NEVER)


def _endif(pp: Preprocessor, tokens: list[str], op: str) -> None:
    if not pp.inc.conditions:
        raise NasmError("`%endif': no matching `%if'")
    if tokens and pp.inc.conditions[-1] != NEVER:
        pp.warn("pp-trailing", "trailing garbage after `%endif' ignored")
    pp.end_condition()


# -- contexts ------------------------------------------------------------------------------------------------------------
def _context(pp: Preprocessor, tokens: list[str], op: str) -> None:
    from .core import Context

    tokens = pp.joined_name(tokens)
    name = ""
    if tokens:
        name = tokens[0]
        if not is_name(name):
            raise NasmError(f"`%{op}' expects a context identifier", name)
        if _strip(tokens[1:]):
            pp.warn("pp-trailing", f"trailing garbage after `%{op}' ignored")
    if op == "push":
        pp.contexts.append(Context(name, pp.unique))
        pp.unique += 1
        return
    if not pp.contexts:
        raise NasmError(f"`%{op}': context stack is empty")
    top = pp.contexts[-1]
    if op == "repl":
        top.name = name
    elif name and name.lower() != top.name.lower():
        raise NasmError(f"`%pop' in wrong context: {top.name or 'anonymous'}, expected {name}", name)
    else:
        pp.contexts.pop()


# -- messages ------------------------------------------------------------------------------------------------------------
def _message(pp: Preprocessor, tokens: list[str], op: str) -> None:
    tokens = _strip(pp.expand(tokens))
    while tokens and tokens[-1] == SPACE:
        tokens = tokens[:-1]
    text = unquote(tokens[0]) if len(tokens) == 1 and is_string(tokens[0]) else pp.text(tokens, False)
    if op == "error":
        pp.error(text)
    elif op == "warning":
        pp.warn("user", text)
    else:
        raise Stop(text)


# -- files ---------------------------------------------------------------------------------------------------------------
def _file_name(pp: Preprocessor, tokens: list[str], op: str) -> str:
    tokens = _strip(tokens)
    if not tokens or tokens[0][0] not in QUOTES:
        raise NasmError(f"`%{op}' expects a file name", tokens[0] if tokens else "")
    if _strip(tokens[1:]):
        pp.warn("pp-trailing", f"trailing garbage after `%{op}' ignored", tokens[1])
    return unquote(tokens[0])


def _include(pp: Preprocessor, tokens: list[str], op: str) -> None:
    include(pp, _file_name(pp, pp.expand(tokens), op), op == "require")


def include(pp: Preprocessor, name: str, once: bool = False) -> None:
    """Go on reading in a file."""
    import os

    path = pp.files.find(name)
    pp.dependencies[path or name] = None
    if path is None:
        if not pp.missing_ok:
            pp.error(f"unable to open include file `{name}': No such file or directory", name)
        return
    real = os.path.realpath(path)
    if once and real in pp.required:
        return
    pp.required.add(real)
    try:
        lines, numbers = pp.files.lines(path)
    except OSError as error:
        pp.error(f"unable to open include file `{name}': {error.strerror}", name)
        return
    pp.push_file(path, lines, numbers)


def _depend(pp: Preprocessor, tokens: list[str], op: str) -> None:
    pp.dependencies[_file_name(pp, pp.expand(tokens), op)] = None


def _use(pp: Preprocessor, tokens: list[str], op: str) -> None:
    from .packages import PACKAGES, load

    rest = _strip(pp.expand(tokens))
    if not rest or not (is_name(rest[0]) or is_string(rest[0])):
        raise NasmError(f"`%{op}' expects a package name", rest[0] if rest else "")
    name = (unquote(rest[0]) if is_string(rest[0]) else rest[0]).lower()
    if _strip(rest[1:]):
        pp.warn("pp-trailing", f"trailing garbage after `%{op}' ignored")
    if name not in PACKAGES:
        raise NasmError(f"unknown `%{op}' package: `{name}'", name)
    if name not in pp.used:
        pp.used.add(name)
        load(pp, name)


def _line(pp: Preprocessor, tokens: list[str], op: str) -> None:
    if pp.no_line or pp.frame is not None:
        return
    tokens = _strip(tokens)
    if not tokens or not is_integer(tokens[0]):
        raise NasmError("`%line' expects a line number")
    number = integer(tokens[0]) or 0
    step = 1
    at = 1
    if tokens[at : at + 1] in (["+"], ["-"]):
        if at + 1 >= len(tokens) or not is_integer(tokens[at + 1]):
            raise NasmError("`%line' expects a line increment")
        step = (integer(tokens[at + 1]) or 0) * (1 if tokens[at] == "+" else -1)
        at += 2
    rest = _strip(tokens[at:])
    inc = pp.inc
    if rest:
        inc.file = unquote(rest[0]) if rest[0][0] in QUOTES else "".join(rest)
    index = inc.index
    inc.base = inc.numbers[index] - 1 if inc.numbers is not None and index < len(inc.numbers) else index
    inc.first, inc.step = number + step, step


def _pragma(pp: Preprocessor, tokens: list[str], op: str) -> Statement | None:
    tokens = _strip(pp.expand(tokens))
    if not tokens or not is_name(tokens[0]):
        return None
    if tokens[0].lower() == "preproc":
        rest = _strip(tokens[1:])
        if rest and rest[0].lower() == "sane_empty_expansion":
            pp.sane = boolean(pp, _strip(rest[1:]), pp.sane)
        return None
    return pp.statement(f"[pragma {pp.text(tokens)}]")


def boolean(pp: Preprocessor, tokens: list[str], default: bool) -> bool:
    """A switch: nothing (on), yes, no, true, false, on, off or an expression."""
    if not tokens:
        return True
    word = tokens[0].lower()
    if word in ("no", "false", "off"):
        return False
    if word in ("yes", "true", "on"):
        return True
    value = pp.number(tokens, "boolean flag")
    return default if value is None else value != 0


# -- the rest ------------------------------------------------------------------------------------------------------------
def _clear(pp: Preprocessor, tokens: list[str], op: str) -> None:
    words = [token.lower() for token in _plain(pp.expand(tokens))]
    context = False
    for word in words or ["define", "macro"]:
        kinds = _CLEAR.get(word)
        if word in ("context", "ctx"):
            context = True
        elif word == "global":
            context = False
        elif kinds is None:
            raise NasmError(f"invalid option to %{op}: {word}", word)
        else:
            tables = [one.macros for one in pp.contexts] if context else [pp.macros]
            for table in tables:
                for names in (table.exact, table.folded):
                    for key in list(names):
                        kept = [one for one in names[key] if ("alias" if one.alias else "define") not in kinds]
                        if kept:
                            names[key] = kept
                        else:
                            del names[key]
            if "macro" in kinds and not context:
                pp.multi.clear()


_CLEAR: Final[dict[str, tuple[str, ...]]] = {
    "all": ("define", "alias", "macro"), "define": ("define",), "def": ("define",), "smacro": ("define",),
    "defalias": ("alias",), "alias": ("alias",), "salias": ("alias",), "alldef": ("define", "alias"),
    "alldefine": ("define", "alias"), "macro": ("macro",), "mmacro": ("macro",), "nothing": (), "none": (), "ignore": (),
    "-": (), "--": (),
}  # fmt: skip


def _aliases(pp: Preprocessor, tokens: list[str], op: str) -> None:
    pp.aliases = boolean(pp, _strip(pp.expand(tokens)), pp.aliases)


def _null(pp: Preprocessor, tokens: list[str], op: str) -> None:
    return None


_STACKS: Final = {"flat": (4, "ebp", 8), "flat64": (8, "rbp", 16), "large": (2, "bp", 4), "small": (2, "bp", 6)}
_SIZES: Final = {"byte": 1, "word": 2, "dword": 4, "qword": 8, "tword": 10, "oword": 16, "yword": 32}


def _stacksize(pp: Preprocessor, tokens: list[str], op: str) -> None:
    tokens = _strip(tokens)
    if not tokens or not is_name(tokens[0]):
        raise NasmError(f"`%{op}' missing size parameter")
    found = _STACKS.get(tokens[0].lower())
    if found is None:
        raise NasmError(f"`%{op}' invalid size type", tokens[0])
    pp.stack_size, pp.stack_pointer, pp.argument_offset = found
    pp.local_offset = 0


def _variables(pp: Preprocessor, tokens: list[str], op: str) -> None:
    """%arg and %local: names of stack slots."""
    rest = _plain(tokens)
    offset = pp.argument_offset if op == "arg" else pp.local_offset
    total = at = 0
    while True:
        if at >= len(rest) or not is_name(rest[at]):
            raise NasmError(f"`%{op}' missing argument parameter")
        if rest[at + 1 : at + 2] != [":"]:
            raise NasmError(f"syntax error processing `%{op}' directive", rest[at])
        if at + 2 >= len(rest) or not is_name(rest[at + 2]):
            raise NasmError(f"`%{op}' missing size type parameter", rest[at])
        kind = pp.expand([rest[at + 2]])
        size = _SIZES.get(kind[0].lower() if kind else "", 0)
        if not size:
            raise NasmError(f"invalid size type for `%{op}' missing directive", rest[at + 2])
        size = -(-size // pp.stack_size) * pp.stack_size
        if op == "local":
            offset += size
            total += size
        place = offset if op == "arg" else -offset
        number = number_tokens(place)
        pp.expander.define(rest[at], True, [], ["(", pp.stack_pointer, *(["+"] if place >= 0 else []), *number, ")"])
        if op == "arg":
            offset += size
        at += 3
        if rest[at : at + 1] != [","]:
            break
        at += 1
    if op == "arg":
        pp.argument_offset = offset
        return
    value = pp.number(pp.expand(["%$localsize", "+", str(total)]), f"%{op}")
    if value is not None:
        pp.expander.define("%$localsize", True, [], number_tokens(value))
    pp.local_offset = offset


Handler = Callable[["Preprocessor", list[str], str], "Statement | None"]
TABLE: Final[dict[str, Handler]] = {
    "define": _define, "idefine": _define, "xdefine": _xdefine, "ixdefine": _xdefine, "assign": _assign, "iassign": _assign,
    "defalias": _alias, "idefalias": _alias, "undef": _undefine, "undefalias": _undefine, "macro": _macro, "imacro": _macro,
    "rmacro": _macro, "irmacro": _macro, "endmacro": _end_macro, "endm": _end_macro, "unmacro": _unmacro,
    "unimacro": _unmacro, "exitmacro": _exit_macro, "rep": _rep, "endrep": _end_rep, "exitrep": _exit_rep, "rotate": _rotate,
    "else": _else, "endif": _endif, "push": _context, "pop": _context, "repl": _context, "error": _message,
    "warning": _message, "fatal": _message, "include": _include, "require": _include, "depend": _depend, "use": _use,
    "line": _line, "pragma": _pragma, "clear": _clear, "aliases": _aliases, "null": _null, "stacksize": _stacksize,
    "arg": _variables, "local": _variables,
}  # fmt: skip
for _name in _STRING_MACROS:
    TABLE[_name] = TABLE["i" + _name] = _string_macro
for _name in conditions.names():
    TABLE["if" + _name] = _if
    TABLE["elif" + _name] = _elif
