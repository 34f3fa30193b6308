"""C++ names for people: the Itanium ABI's mangling read back as far as messages need it (nested names, templates, operators)."""

from __future__ import annotations


def demangle(name: str) -> str:
    """The C++ name, or the text as it is where it is not understood."""
    try:
        return _Reader(name[2:]).encoding()
    except (IndexError, ValueError, KeyError):
        return name


_BUILTIN = {"v": "void", "w": "wchar_t", "b": "bool", "c": "char", "a": "signed char", "h": "unsigned char", "s": "short",
            "t": "unsigned short", "i": "int", "j": "unsigned int", "l": "long", "m": "unsigned long", "x": "long long",
            "y": "unsigned long long", "n": "__int128", "o": "unsigned __int128", "f": "float", "d": "double",
            "e": "long double", "g": "__float128", "z": "..."}
_OPERATORS = {"nw": " new", "na": " new[]", "dl": " delete", "da": " delete[]", "pl": "+", "mi": "-", "ml": "*", "dv": "/",
              "rm": "%", "eq": "==", "ne": "!=", "lt": "<", "gt": ">", "le": "<=", "ge": ">=", "ls": "<<", "rs": ">>",
              "aS": "=", "pL": "+=", "mI": "-=", "cl": "()", "ix": "[]", "nt": "!", "an": "&", "or": "|", "eo": "^",
              "aa": "&&", "oo": "||", "pp": "++", "mm": "--", "pt": "->", "de": "*", "ad": "&", "co": "~", "ng": "-", "ss": "<=>"}
_STD = {"St": "std", "Sa": "std::allocator", "Sb": "std::basic_string", "Ss": "std::string", "Si": "std::istream",
        "So": "std::ostream", "Sd": "std::iostream"}
_SPECIAL = {"TV": "vtable for ", "TI": "typeinfo for ", "TS": "typeinfo name for ", "TT": "VTT for ", "GV": "guard variable for "}


class _Reader:
    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.seen: list[str] = []
        self.arguments: list[str] = []

    def peek(self, count: int = 1) -> str:
        return self.text[self.at:self.at + count]

    def take(self, count: int = 1) -> str:
        if self.at + count > len(self.text):
            raise ValueError
        self.at += count
        return self.text[self.at - count:self.at]

    def encoding(self) -> str:
        if self.peek(2) in _SPECIAL:
            return _SPECIAL[self.take(2)] + (self.name() if self.text[self.at - 2] == "G" else self.type())
        name = self.name()
        if self.at >= len(self.text) or self.peek() in "E.":
            return name
        parameters = []
        if name.endswith(">") and not self.constructor:     # a template's result type comes first
            self.type()
        while self.at < len(self.text) and self.peek() not in "E.":
            parameters.append(self.type())
        shown = "" if parameters == ["void"] else ", ".join(parameters)
        return f"{name}({shown}){self.suffix}"

    constructor = False
    suffix = ""

    def name(self) -> str:
        if self.peek() == "N":
            return self.nested()
        if self.peek() == "Z":
            self.take()
            inner = self.encoding()
            self.take()
            return f"{inner}::{self.name()}"
        if self.peek(2) == "St":
            self.take(2)
            result = f"std::{self.unqualified('')}"
        elif self.peek() == "S":
            result = self.substitution()
        else:
            result = self.unqualified("")
        if self.peek() == "I":
            self.seen.append(result)
            result += self.template_arguments()
        return result

    def nested(self) -> str:
        self.take()
        self.suffix = ""
        while self.peek() in ("r", "V", "K"):
            if self.take() == "K":
                self.suffix = " const"
        while self.peek() in ("R", "O"):
            self.take()
        result, last = "", ""
        while self.peek() != "E":
            if self.peek() == "S" and not result:
                result = self.substitution()
                last = result.rsplit("::", 1)[-1]
                continue
            if self.peek() == "I":
                result += self.template_arguments()
            elif self.peek() == "T" and not result:
                result = self.template_parameter()
            else:
                part = self.unqualified(last)
                last = part
                result = f"{result}::{part}" if result else part
            if self.peek() != "E":
                self.seen.append(result)
        self.take()
        return result

    def unqualified(self, enclosing: str) -> str:
        letter = self.peek()
        if letter.isdigit():
            return self.source_name()
        if letter == "L":
            self.take()
            return self.unqualified(enclosing)
        two = self.take(2)
        if two[0] == "C" and two[1] in "123":
            self.constructor = True
            return enclosing.split("<")[0]
        if two[0] == "D" and two[1] in "012":
            self.constructor = True
            return "~" + enclosing.split("<")[0]
        if two == "cv":
            self.constructor = True
            return f"operator {self.type()}"
        if two == "Ut" or two == "Ul":
            raise ValueError
        return f"operator{_OPERATORS[two]}"

    def source_name(self) -> str:
        digits = ""
        while self.peek().isdigit():
            digits += self.take()
        name = self.take(int(digits))
        while self.peek() == "B":       # ABI tags
            self.take()
            self.source_name()
        return "(anonymous namespace)" if name.startswith("_GLOBAL__N") else name

    def substitution(self) -> str:
        two = self.peek(2)
        if two in _STD:
            self.take(2)
            if two == "St":
                return f"std::{self.unqualified('')}"
            return _STD[two]
        self.take()
        digits = ""
        while self.peek() != "_":
            digits += self.take()
        self.take()
        return self.seen[int(digits, 36) + 1 if digits else 0]

    def template_parameter(self) -> str:
        self.take()
        digits = ""
        while self.peek() != "_":
            digits += self.take()
        self.take()
        result = self.arguments[int(digits, 36) + 1 if digits else 0]
        self.seen.append(result)
        return result

    def template_arguments(self) -> str:
        self.take()
        found: list[str] = []
        while self.peek() != "E":
            if self.peek() == "L":
                self.take()
                kind = self.type()
                digits = ""
                while self.peek() != "E":
                    digits += self.take()
                self.take()
                digits = digits.replace("n", "-")
                found.append({"0": "false", "1": "true"}[digits] if kind == "bool" else
                             digits if kind == "int" else f"({kind}){digits}")
            elif self.peek() == "J":
                self.take()
                while self.peek() != "E":
                    found.append(self.type())
                self.take()
            elif self.peek() == "X":
                raise ValueError
            else:
                found.append(self.type())
        self.take()
        self.arguments = found
        return "<" + ", ".join(found) + ">"

    def type(self) -> str:
        letter = self.peek()
        if letter in _BUILTIN:
            return _BUILTIN[self.take()]
        if letter in "PROK":
            self.take()
            inner = self.type()
            result = inner + {"P": "*", "R": "&", "O": "&&", "K": " const"}[letter]
            self.seen.append(result)
            return result
        if letter == "F":
            self.take()
            parts = []
            while self.peek() != "E":
                parts.append(self.type())
            self.take()
            shown = "" if parts[1:] == ["void"] else ", ".join(parts[1:])
            result = f"{parts[0]} ({shown})"
        elif letter == "A":
            self.take()
            digits = ""
            while self.peek() != "_":
                digits += self.take()
            self.take()
            result = f"{self.type()} [{digits}]"
        elif letter == "T":
            return self.template_parameter()
        elif letter == "S" and self.peek(2) != "St":
            result = self.substitution()
            if self.peek() != "I":
                return result
            result += self.template_arguments()
        elif self.peek(2) == "Dn":
            self.take(2)
            return "decltype(nullptr)"
        elif self.peek(2) == "Dp":
            self.take(2)
            return self.type() + "..."
        else:
            result = self.name()
        self.seen.append(result)
        return result
