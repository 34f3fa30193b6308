"""Modifiers and attributes: parsing them, and which may stand where (fluxsharp.md sections 3, 5, 8-10)."""

from __future__ import annotations

from typing import Final

from starklink.support.record import dataclass

from . import ast, parse_exprs
from .cursor import Cursor
from .tokens import (
    IDENT,
    KW_EXTERN,
    LBRACKET,
    LPAREN,
    MODIFIER_KEYWORDS,
    STRING,
)


@dataclass(frozen=True, slots=True)
class Owner:
    """What a declaration stands in. `kind` is "file" (or a namespace), "class", "struct", "interface" or "impl"."""

    kind: str
    name: str = ""
    abstract: bool = False
    static: bool = False


FILE: Final = Owner("file")
_VISIBILITY: Final = ("public", "private", "protected", "internal")


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_TYPE_WORDS: Final = _words("public private internal")
_MEMBER_WORDS: Final = _words("public private protected internal static virtual override abstract sealed unsafe")
_STRUCT_WORDS: Final = _words("public private internal static override unsafe")
_ALLOWED: Final = {
    "class": _TYPE_WORDS | _words("static abstract sealed"),
    "struct": _TYPE_WORDS,
    "interface": _TYPE_WORDS,
    "enum": _TYPE_WORDS,
    "delegate": _TYPE_WORDS,
    "namespace": frozenset[str](),
    "impl": frozenset[str](),
    "file function": _words("public private internal static async unsafe extern"),
    "class function": _MEMBER_WORDS | _words("async extern"),
    "struct function": _STRUCT_WORDS | _words("async extern"),
    "interface function": _words("public async unsafe"),
    "impl function": _words("public async unsafe"),
    "class constructor": _words("public private protected internal unsafe"),
    "struct constructor": _words("public private internal unsafe"),
    "interface constructor": _words("public"),
    "impl constructor": _words("public"),
    "file field": _words("public private internal static const readonly"),
    "class field": _words("public private protected internal static const readonly"),
    "struct field": _words("public private internal static const readonly"),
    "interface field": _words("public static const readonly"),
    "impl field": _words("public static const readonly"),
    "file property": _MEMBER_WORDS,
    "class property": _MEMBER_WORDS,
    "struct property": _STRUCT_WORDS,
    "interface property": _words("public unsafe"),
    "impl property": _words("public unsafe"),
    "file indexer": _MEMBER_WORDS,
    "class indexer": _MEMBER_WORDS - {"static"},
    "struct indexer": _STRUCT_WORDS - {"static"},
    "interface indexer": _words("public unsafe"),
    "impl indexer": _words("public unsafe"),
}
"""Modifiers a declaration may have, by where it stands and what it is."""

_CONTRADICTIONS: Final = (
    ("static", "virtual"), ("static", "override"), ("static", "abstract"), ("static", "sealed"), ("abstract", "sealed"),
    ("abstract", "private"), ("virtual", "private"), ("abstract", "extern"), ("virtual", "extern"), ("override", "extern"),
    ("async", "extern"), ("const", "readonly"),
)


def parse_modifiers(p: Cursor) -> ast.Modifiers:
    """Attributes and modifiers in any order of words; a word written twice is FS0108."""
    kinds = p.kinds
    modifiers = ast.Modifiers()
    while kinds[p.i] == LBRACKET and kinds[p.i + 1] == IDENT:
        modifiers.attributes.append(_attribute(p))
    while kinds[p.i] in MODIFIER_KEYWORDS:
        row = p.i
        word = p.names[p.syms[row]]
        p.i = row + 1
        if modifiers.has(word):
            p.error("FS0108", p.starts[row], p.ends[row], f"modifier '{word}' is repeated")
            continue
        modifiers.words.append(ast.Name(word, p.starts[row], p.ends[row]))
        if kinds[row] == KW_EXTERN and kinds[p.i] == STRING:
            modifiers.linkage = p.strings[p.syms[p.i]]
            if modifiers.linkage != b"C":
                p.unexpected('"C"', 'the only linkage is extern "C"')
            p.i += 1
    return modifiers


def _attribute(p: Cursor) -> ast.Attribute:
    """`"[" IDENT [ "(" expr ")" ] "]"`."""
    opener = p.i
    p.i += 1
    name = p.name("an attribute name")
    arg: ast.Expr | None = None
    if p.kinds[p.i] == LPAREN:
        inner = p.i
        p.i += 1
        arg = parse_exprs.expr(p)
        p.close(inner)
    p.close(opener)
    return ast.Attribute(name, arg)


def check_modifiers(p: Cursor, modifiers: ast.Modifiers, what: str, owner: Owner | None = None) -> None:
    """FS0109 for words that cannot stand before a `what` ("class", ..., or with an owner "function", "field", ...).

    FS0115 for attributes that cannot.
    """
    if modifiers.attributes:
        _check_attributes(p, modifiers.attributes, what)
    if not modifiers.words:
        return
    allowed = _ALLOWED[f"{owner.kind} {what}" if owner else what]
    place = f"a {what}" if owner is None or owner.kind == "file" else f"a {what} of {_article(owner.kind)}"
    visibility = ""
    for name in modifiers.words:
        word = name.text
        if word not in allowed:
            p.error("FS0109", name.start, name.end, f"modifier '{word}' is not allowed on {place}")
        elif word in _VISIBILITY:
            if visibility:
                p.error("FS0109", name.start, name.end, f"modifier '{word}' contradicts '{visibility}'")
            visibility = word
    for first, second in _CONTRADICTIONS:
        one, other = modifiers.find(first), modifiers.find(second)
        if one and other and first in allowed and second in allowed:
            later, earlier = (one, other) if one.start > other.start else (other, one)
            p.error("FS0109", later.start, later.end, f"modifier '{later.text}' contradicts '{earlier.text}'")
    if owner is not None and owner.kind == "class":
        abstract = modifiers.find("abstract")
        if abstract and not owner.abstract and "abstract" in allowed:
            p.error("FS0109", abstract.start, abstract.end, "abstract members only stand in abstract classes",
                    f"make the class '{owner.name}' abstract")
    external = modifiers.find("extern")
    in_type = owner is not None and owner.kind in ("class", "struct")
    if external and in_type and what == "function" and not modifiers.has("static"):
        p.error("FS0109", external.start, external.end, "an extern function of a type must be static", "add 'static'")


def _article(kind: str) -> str:
    return f"an {kind}" if kind[0] in "aeiou" else f"a {kind}"


def _check_attributes(p: Cursor, attributes: list[ast.Attribute], what: str) -> None:
    """FS0115: only `[Align(n)]` and `[Packed]` exist, on classes and structs. Whether n fits is the checker's question."""
    for one in attributes:
        name = one.name
        if what not in ("class", "struct"):
            message = f"attributes are not allowed on a {what}"
            hint = "'[Align(n)]' and '[Packed]' stand before classes and structs"
        elif name.text not in ("Align", "Packed"):
            message, hint = f"unknown attribute '{name.text}'", "the attributes are '[Align(n)]' and '[Packed]'"
        elif name.text == "Align" and one.arg is None:
            message, hint = "attribute 'Align' needs a number", "a power of two from 1 to 65536, as in '[Align(16)]'"
        elif name.text == "Packed" and one.arg is not None:
            message, hint = "attribute 'Packed' takes no argument", ""
        else:
            continue
        p.error("FS0115", name.start, name.end, message, hint)


def take_readonly(p: Cursor, modifiers: ast.Modifiers, written: ast.TypeNode) -> None:
    """In front of anything but a field, a `readonly` that stands last belongs to the type."""
    if modifiers.words and modifiers.words[-1].text == "readonly":
        modifiers.words.pop()
        while isinstance(written, (ast.ArrayType, ast.PointerType, ast.NullableType)):
            written = written.target if isinstance(written, ast.PointerType) else (
                written.element if isinstance(written, ast.ArrayType) else written.inner)
        if isinstance(written, ast.NamedType):
            written.readonly = True
