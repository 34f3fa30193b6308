"""Single-line macros: tables, calls, expansion, pasting.

NASM expands the body of a macro from its last token to its first, and each macro it meets there may take arguments from what
follows in the body. The lists called `rest` below are therefore token lists in reverse order: their last element comes first.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Final, TypeAlias

from ..errors import NasmError
from ..limits import MAX_SINGLE_LEVELS
from ..strings import quote
from ..tokens import DIGITS, ID_START, SPACE, is_string, kind, split
from ..tokens import DIRECTIVE as K_DIRECTIVE
from ..tokens import ENVIRON as K_ENVIRON
from ..tokens import FLOAT as K_FLOAT
from ..tokens import LOCAL as K_LOCAL
from ..tokens import NAME as K_NAME
from ..tokens import NUMBER as K_NUMBER
from ..tokens import QUESTION as K_QUESTION

if TYPE_CHECKING:
    from .core import Preprocessor

Body: TypeAlias = list[str | int]
Native: TypeAlias = "Callable[[Preprocessor, list[list[str]]], list[str]]"



class Param:
    """A parameter of a single-line macro: `=` evaluate, `&` make a string, `&&` unless it is one, `!` keep spaces, `+` greedy."""

    __slots__ = (
        "default",
        "evaluate",
        "greedy",
        "keep",
        "name",
        "optional",
        "quoted",
        "string",
        "variadic",
    )

    def __init__(self, name: str = "", evaluate: bool = False, string: bool = False, quoted: bool = False) -> None:
        self.name = name
        self.evaluate = evaluate
        self.string = string
        self.quoted = quoted
        self.keep = False
        self.greedy = False
        self.optional = False
        self.variadic = False
        self.default: list[str] | None = None


class SingleMacro:
    """A single-line macro. `body` holds tokens and, as numbers, places of parameters. `plain`: only tokens that mean themselves
    unless they are macros. `native`: a function instead of a body."""

    __slots__ = ("alias", "body", "busy", "least", "name", "native", "params", "plain", "sensitive", "serial")

    def __init__(self, name: str, sensitive: bool, params: list[Param], body: Body) -> None:
        self.name = name
        self.sensitive = sensitive
        self.params = params
        self.body = body
        self.alias = ""
        self.native: Native | None = None
        self.busy = 0
        self.serial = 0
        least = len(params)
        while least > 1 and params[least - 1].optional:
            least -= 1
        self.least = least
        self.plain = not params
        for token in body:
            if type(token) is str and token[0] == "%" and len(token) > 1:
                self.plain = False

    def takes(self, count: int) -> bool:
        """Whether a call with so many arguments means this macro."""
        return self.least <= count and (count <= len(self.params) or self.params[-1].greedy or self.params[-1].variadic)


class Table:
    """The single-line macros of one scope: the whole program's or a context's. Newest first under each name."""

    __slots__ = ("exact", "folded", "serial")

    def __init__(self) -> None:
        self.exact: dict[str, list[SingleMacro]] = {}
        self.folded: dict[str, list[SingleMacro]] = {}
        self.serial = 0

    def find(self, name: str) -> list[SingleMacro]:
        """All macros that a name in the source can mean, newest first."""
        found = self.exact.get(name)
        if self.folded:
            more = self.folded.get(name.lower())
            if more:
                return sorted([*(found or ()), *more], key=lambda macro: -macro.serial) if found else more
        return found or []

    def defined(self, name: str, count: int, alias: bool = False) -> SingleMacro | None:
        """The macro `name` with `count` parameters (0 or less: any)."""
        for macro in self.find(name):
            if count <= 0 or not macro.params or macro.takes(count):
                if macro.alias and not alias:
                    return self.defined(macro.alias, count)
                return macro
        return None

    def add(self, macro: SingleMacro) -> None:
        """Enter a macro in front of others of its name."""
        self.serial += 1
        macro.serial = self.serial
        table, key = (self.exact, macro.name) if macro.sensitive else (self.folded, macro.name.lower())
        table.setdefault(key, []).insert(0, macro)

    def remove(self, name: str, alias: bool) -> None:
        """Forget what a name means."""
        for table, key in ((self.exact, name), (self.folded, name.lower())):
            found = table.get(key)
            if not found:
                continue
            kept: list[SingleMacro] = []
            for macro in found:
                if macro.alias and not alias:
                    kept.append(macro)
                    if not macro.busy:
                        macro.busy += 1
                        self.remove(macro.alias, False)
                        macro.busy -= 1
            if kept:
                table[key] = kept
            else:
                del table[key]


class Expander:
    """Expands single-line macros for a preprocessor."""

    __slots__ = ("calls", "ended", "levels", "macros", "pp")

    def __init__(self, pp: Preprocessor) -> None:
        self.pp = pp
        self.macros = Table()
        self.calls = 0  # steps of the line's expansion
        self.levels = 0
        self.ended = False  # the line is not expanded further

    # -- definition ----------------------------------------------------------------------------------------------------
    def define(
        self, name: str, sensitive: bool, params: list[Param], body: list[str], alias: str = "", protected: bool = False
    ) -> None:
        """Define a macro; a name with %$ belongs to a context. `protected`: parameters in the body are marked by \\1."""
        if not params and not alias and name[0] != "%":
            # the common case: a name without parameters that is not defined, or so already
            known = self.macros.exact.get(name)
            if (known is None or len(known) == 1) and sensitive and not self.macros.folded:
                macro = SingleMacro(name, True, params, list(body))
                if known is None:
                    self.macros.add(macro)
                    return
                former = known[0]
                if not former.params and not former.alias:
                    macro.serial = former.serial
                    known[0] = macro
                    return
        table, name = self.pp.scope(name)
        if table is None:
            return
        found = self._former(table, name, len(params))
        if found is not None and found.alias and not alias and self.pp.aliases:
            if found.busy:
                raise NasmError("macro alias loop", name)
            found.busy += 1
            try:
                self.define(found.alias, sensitive, params, body, alias, protected)
            finally:
                found.busy -= 1
            return
        macro = SingleMacro(name, sensitive, params, _compiled(body, params, protected))
        macro.alias = alias
        if found is not None and self._replaces(found, macro):
            home, key = (table.exact, name) if found.sensitive else (table.folded, name.lower())
            macros = home[key]
            macro.serial = found.serial
            macros[macros.index(found)] = macro
        else:
            table.add(macro)

    def _former(self, table: Table, name: str, count: int) -> SingleMacro | None:
        for macro in table.find(name):
            if count <= 0 or not macro.params or macro.takes(count):
                return macro
        return None

    def _replaces(self, old: SingleMacro, new: SingleMacro) -> bool:
        """Whether a definition takes the place of the former one (else it hides it)."""
        warn = self.pp.warn
        if old.sensitive != new.sensitive:
            one, two = ("", "in") if new.sensitive else ("in", "")
            warn(
                "pp-macro-def-case-single",
                f"case {one}sensitive definition of macro `{new.name}' will shadow {two}sensitive macro `{old.name}'",
            )
            return False
        if bool(old.params) != bool(new.params):
            warn("pp-macro-def-param-single", f"macro `{new.name}' defined both with and without parameters")
            return False
        if len(old.params) < len(new.params):
            warn("pp-macro-def-greedy-single", f"defining macro `{new.name}' shadows previous greedy definition")
            return False
        return True

    # -- expansion -----------------------------------------------------------------------------------------------------
    def expand(self, tokens: list[str]) -> list[str]:
        """The tokens with all macros expanded. The given list is not changed (but may be returned)."""
        macros = self.macros
        if not macros.folded and macros.exact.keys().isdisjoint(tokens):
            kinds = kinds_of(tokens)
            if "%" not in kinds and "+" not in kinds:
                return tokens
        self.calls = 0
        self.levels = 0
        self.ended = False
        return self._lines(tokens)

    def _lines(self, tokens: list[str]) -> list[str]:
        exact, folded = self.macros.exact, self.macros.folded
        pp = self.pp
        first = True
        while True:
            if folded:
                hits = [at for at, token in enumerate(tokens) if token in exact or token[0] == "%" or token.lower() in folded]
            else:
                hits = [at for at, token in enumerate(tokens) if token in exact or token[0] == "%"]
            out: list[str] = []
            holding = False  # of warnings: a line that is pasted together is gone through again
            expanded = first
            first = False
            at, count = 0, len(tokens)
            for hit in hits:
                if hit < at:  # it was an argument
                    continue
                out += tokens[at:hit]
                token = tokens[hit]
                at = hit + 1
                known = exact.get(token) if not folded else None
                if known is not None:
                    macro = known[0]
                    if macro.plain and macro.native is None and not macro.alias and not macro.busy:
                        body: list[str] = macro.body  # type: ignore[assignment]
                        if exact.keys().isdisjoint(body):  # there is nothing to expand in it
                            out += body
                            expanded = True
                            continue
                if not holding:
                    pp.bag.hold()
                    holding = True
                if known is not None and len(known) == 1 and not known[0].params:
                    rest: list[str] = []  # it takes no arguments
                    made = self._call(token, rest)
                else:
                    rest = tokens[: at - 1 : -1]
                    made = self._call(token, rest)
                    if made is not None:
                        at = count - len(rest)
                if made is not None:
                    out += made
                    expanded = True
                    continue
                out.append(token)
            if at < count:
                out += tokens[at:]
            pasted = paste(out) if expanded else None
            if holding:
                pp.bag.release(pasted is None)
            if pasted is None:
                return out
            tokens = pasted

    def _call(self, token: str, rest: list[str]) -> list[str] | None:
        """The expansion of the macro `token` whose arguments stand at the end of `rest` (and are removed); None if it is none."""
        if token[0] == "%":
            found = self._percent(token)
        else:
            found = self.macros.find(token)
        if not found:
            return None
        pp = self.pp
        macro = found[0]
        if macro.alias and not pp.aliases:
            found = [one for one in found if not one.alias]
            if not found:
                return None
            macro = found[0]
        arguments: list[list[str]] = []
        end = 0
        if macro.params:
            count, end = self._count(rest)
            if not count:
                return None
            for macro in found:
                if macro.params and macro.takes(count):
                    break
            else:
                pp.warn(
                    "pp-macro-params-single",
                    f"single-line macro `{token}' exists, but not taking {count} parameter{'s' if count > 1 else ''}",
                    token,
                )
                return None
        if macro.busy and not (macro.native is not None and token[0] == "%"):
            return None
        if macro.plain and macro.native is None and not macro.alias:
            body: list[str] = macro.body  # type: ignore[assignment]
            if self.macros.exact.keys().isdisjoint(body) and not self.macros.folded:
                return body
        self.calls += 1
        limits = pp.limits
        if self.calls > limits.tokens or self.levels >= min(limits.levels, MAX_SINGLE_LEVELS):
            if not self.ended:
                pp.error("interminable macro recursion", token)
            self.ended = True
            self.calls = limits.tokens
            return None
        if macro.params:
            arguments = self._arguments(rest, end, macro, count)
        return self._body(macro, token, arguments)

    def _percent(self, token: str) -> list[SingleMacro] | None:
        """Macros behind a token that begins with %: those of a context, and functions."""
        if len(token) < 2:
            return None
        if token[1] == "$" and len(token) > 2:
            table, name = self.pp.scope(token)
            return table.find(name) if table is not None else None
        if token[1] in ID_START:
            return self.pp.function(token)
        return None

    @staticmethod
    def _count(rest: list[str]) -> tuple[int, int]:
        """(number of arguments at the end of `rest`, index of the closing parenthesis); (0, 0) if no call follows."""
        at = len(rest) - 1
        while at >= 0 and rest[at] == SPACE:
            at -= 1
        if at < 0 or rest[at] != "(":
            return 0, 0
        count = depth = 1
        braces = 0
        at -= 1
        while at >= 0:
            token = rest[at]
            if token == ",":
                count += not braces and depth == 1
            elif token == "{":
                braces += 1
            elif token == "}":
                braces -= braces > 0
            elif token == "(":
                depth += not braces
            elif token == ")" and not braces:
                depth -= 1
                if not depth:
                    return count, at
            at -= 1
        raise NasmError("macro call expects terminating `)'", "(")

    @staticmethod
    def _arguments(rest: list[str], end: int, macro: SingleMacro, count: int) -> list[list[str]]:
        """Cut the arguments of a call from `rest`: stripped of outer spaces and braces, as the parameters ask."""
        params = macro.params
        at = len(rest) - 1
        while rest[at] == SPACE:
            at -= 1
        total = max(count, len(params)) if params[-1].variadic else len(params)
        out: list[list[str]] = [[] for _ in range(total)]
        index = 0
        param = params[0]
        current = out[0]
        depth = 1
        braces = white = 0
        bracketed = False
        for position in range(at - 1, end, -1):
            token = rest[position]
            if token == SPACE:
                if not param.keep:
                    if braces or current:
                        white = 1
                    continue
            elif token == ",":
                if not braces and depth == 1 and not param.greedy:
                    index += 1
                    current = out[index]
                    bracketed = False
                    white = 0
                    if not param.variadic:
                        param = params[index]
                    continue
            elif token == "{":
                braces += 1
                if not bracketed and braces == 1:
                    bracketed = not current and not param.keep
                    if bracketed:
                        continue
            elif token == "}":
                if braces > 0:
                    braces -= 1
                    if not braces and bracketed:
                        continue
            elif token == "(":
                depth += not braces
            elif token == ")":
                depth -= not braces
            if white:
                current.append(SPACE)
                white = 0
            current.append(token)
        del rest[end:]
        return out

    def _body(self, macro: SingleMacro, called: str, arguments: list[list[str]]) -> list[str]:
        """The expansion of one call."""
        macro.busy += 1
        self.levels += 1
        try:
            if arguments:
                self._prepare(macro, arguments)
            if macro.native is not None:
                body: Body = list(macro.native(self.pp, arguments))
            elif macro.alias:
                body = [macro.alias]
            else:
                body = macro.body
            exact, folded = self.macros.exact, self.macros.folded
            rest: list[str] = []
            filled = False  # something follows since the last parameter: the condition of `%,`
            for token in reversed(_filled(body, arguments)):
                if token[0] != "%" and token not in exact and not folded:
                    rest.append(token)
                    if token != SPACE:
                        filled = True
                    continue
                if token is _PARAMETER:
                    filled = False
                    continue
                if token[0] == "%" and len(token) > 1 and token[1] in "?*,":
                    token = self._special(token, macro, called, filled)
                    if not token:
                        continue
                    rest.append(token)
                elif token in exact or token[0] == "%" or token.lower() in folded:
                    made = self._call(token, rest)
                    if made is None:
                        rest.append(token)
                    else:
                        rest += made[::-1]
                        filled = filled or any(one != SPACE for one in made)
                        continue
                else:
                    rest.append(token)
                filled = filled or token != SPACE
            rest.reverse()
            return rest
        finally:
            macro.busy -= 1
            self.levels -= 1

    @staticmethod
    def _special(token: str, macro: SingleMacro, called: str, filled: bool) -> str:
        """`%?` (as called), `%??` (as defined), `%,` (a comma if something follows)."""
        if token in ("%?", "%*?"):
            return called
        if token in ("%??", "%*??"):
            dollars = len(called) - len(called[1:].lstrip("$")) if called[0] == "%" else 0
            return called[:dollars] + macro.name
        if token == "%,":
            return "," if filled else ""
        return token

    def _prepare(self, macro: SingleMacro, arguments: list[list[str]]) -> None:
        """Evaluate and quote arguments whose parameters ask for it."""
        params = macro.params
        kind_of = "function" if macro.name[0] == "%" else "macro"
        for index in range(len(arguments)):
            param = params[min(index, len(params) - 1)]
            if param.evaluate:
                tokens = self._lines(arguments[index])
                if not any(token != SPACE for token in tokens):
                    if param.default is not None:
                        arguments[index] = list(param.default)
                        continue
                    if param.optional:
                        continue
                value = self.pp.number(tokens, f"parameter {index + 1} of {kind_of} `{macro.name}'")
                arguments[index] = number_tokens(value or 0)
            if param.string:
                tokens = self._lines(arguments[index])
                if not (param.quoted and len(tokens) == 1 and is_string(tokens[0])):
                    tokens = [quote(self.pp.text(tokens, False))]
                arguments[index] = tokens


_PARAMETER: Final = "%\0"
"""Stands behind the tokens of an argument in a body."""


def _filled(body: Body, arguments: list[list[str]]) -> list[str]:
    """A body with its arguments in place."""
    if not arguments:
        return body  # type: ignore[return-value]
    out: list[str] = []
    for item in body:
        if type(item) is int:
            out += arguments[item]
            out.append(_PARAMETER)
        else:
            out.append(item)  # type: ignore[arg-type]
    return out


def number_tokens(value: int) -> list[str]:
    """The tokens of a number."""
    return ["-", str(-value)] if value < 0 else [str(value)]


def _compiled(body: list[str], params: list[Param], protected: bool) -> Body:
    """A body with numbers in the places of parameters."""
    if not params:
        return list(body)
    places = {param.name: index for index, param in enumerate(params) if param.name}
    if protected:
        return [places[token[1:]] if token[0] == "\1" else token for token in body]
    return [places.get(token, token) for token in body]


# -- pasting ---------------------------------------------------------------------------------------------------------
_HEAD: Final = frozenset((K_NAME, K_QUESTION, K_LOCAL, K_ENVIRON, K_DIRECTIVE))
_TAIL: Final = _HEAD | {K_NUMBER, K_FLOAT}


_JOINING: Final = ID_START | DIGITS
_TO_PASTE: Final = re.compile(r"[a%$]{2}|\+").search
_WINDOW: Final = re.compile(r"(?:[a%$]{2}|\+[+ ]*\.?)(?:[a%$ ]|\+[+ ]*\.?)*").finditer
"""From where something may be joined to where nothing more can be: up to a token that is no part of names."""
_kinds: Final[dict[str, str]] = {}
_roles: Final[dict[str, int]] = {}
MAX_KINDS: Final = 200_000
"""Tokens whose kind is remembered."""


def kinds_of(tokens: list[str]) -> str:
    """A letter for each token, for quick looks: `a` name or number, `%` or `$` what begins with it and goes on, `+` for %+, a
    space, `.` anything else."""
    try:
        return "".join([_kinds[token] for token in tokens])
    except KeyError:
        if len(_kinds) > MAX_KINDS:
            _kinds.clear()
        for token in tokens:
            if token not in _kinds:
                _kinds[token] = _letter(token)
        return "".join([_kinds[token] for token in tokens])


def _letter(token: str) -> str:
    if token == "%+":
        return "+"
    if token[0] in _JOINING:
        return "a"
    return token[0] if token[0] in "%$" and len(token) > 1 else " " if token == SPACE else "."


def _pasting(token: str) -> int:
    """Which ends of names a token can be when neighbours are joined: 1 the beginning, 2 what follows; 3 both."""
    found = _roles.get(token)
    if found is None:
        if len(_roles) > MAX_KINDS:
            _roles.clear()
        what = kind(token)
        found = _roles[token] = (what in _HEAD) + 2 * (what in _TAIL)
    return found


def paste(tokens: list[str]) -> list[str] | None:
    """Join what `%+` joins and neighbouring names; None if nothing had to be joined."""
    kinds = kinds_of(tokens)
    if "  " in kinds:
        tokens[:] = [one for index, one in enumerate(tokens) if one != SPACE or not index or tokens[index - 1] != SPACE]
        kinds = kinds_of(tokens)
    if _TO_PASTE(kinds) is None:
        return None
    out: list[str] = []
    done = False
    at = 0
    for window in _WINDOW(kinds):
        out += tokens[at : window.start()]
        at = window.end()
        done |= _joined(out, tokens[window.start() : at])
    out += tokens[at:]
    return out if done else None


def _joined(out: list[str], window: list[str]) -> bool:
    """Join the tokens of a window and append them to `out`, whose last token may be one of those joined; False for nothing."""
    rest = window[::-1]
    done = False
    while rest:
        token = rest.pop()
        if token == "%+":
            done = True
            while out and out[-1] == SPACE:
                out.pop()
            while rest and rest[-1] in ("%+", SPACE):
                rest.pop()
            if out and rest:
                joined = split(out.pop() + rest.pop())
                rest += joined[::-1] if joined else [SPACE]
            continue
        if token == SPACE:
            if not out or out[-1] != SPACE:
                out.append(token)
            continue
        if rest and _pasting(token) & 1 and _pasting(rest[-1]) & 2:
            parts = [token]
            while rest and _pasting(rest[-1]) & 2:
                parts.append(rest.pop())
            joined = split("".join(parts))
            out += joined
            done = done or joined != parts
            continue
        out.append(token)
    return done
