"""The products of the pipeline as text, for `--dump` and golden tests."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

from ..objwriter.model import Fragment

NAMES: Final = {
    "tokens": "kinds, places and texts",
    "tree": "the syntax tree",
    "ir": "IR as lowered",
    "opt": "IR after the passes",
    "asm": "machine code of every fragment",
    "map": "the image's map",
}


def text(name: str, product: Any) -> str:
    """A product as text. `name` is one of NAMES."""
    make: Callable[[Any], str] = _PRINTERS[name]
    return make(product)


def _tokens(tokens: Any) -> str:
    out = []
    for kind, sym, start, end in zip(tokens.kinds, tokens.syms, tokens.starts, tokens.ends):
        out.append(f"{start:6} {end:6} {kind:3} {tokens.names[sym]}")
    return "\n".join(out) + "\n"


def _tree(tree: Any) -> str:
    """Nodes with their places and plain values; children are indented. Without recursion, so deep trees print too."""
    out: list[str] = []
    pending: list[tuple[int, str, Any]] = [(0, "", tree)]
    while pending:
        depth, label, node = pending.pop()
        if isinstance(node, list):
            out.append(f"{'  ' * depth}{label}[{len(node)}]")
            pending += [(depth + 1, "", one) for one in reversed(node)]
            continue
        plain, deeper = [], []
        for name in type(node).__match_args__:
            value = getattr(node, name)
            if hasattr(type(value), "__match_args__") or (isinstance(value, list) and value):
                deeper.append((depth + 1, name + ": ", value))
            elif value not in (None, "", False, 0, [], ()):
                plain.append(f"{name}={value!r}")
        out.append(f"{'  ' * depth}{label}{type(node).__name__} {' '.join(plain)}".rstrip())
        pending += reversed(deeper)
    return "\n".join(out) + "\n"


def _module(module: Any) -> str:
    from ..ir.text import print_module

    return print_module(module, with_positions=True)


def _fragments(fragments: Sequence[Fragment]) -> str:
    """Fragments with their fixups, 16 bytes a line."""
    out = []
    for fragment in fragments:
        out.append(f"{fragment.section} {fragment.symbol or '-'} size {fragment.size} align {fragment.align}")
        fixups = {one.offset: one for one in fragment.fixups}
        for at in range(0, len(fragment.data), 16):
            out.append(f"  {at:6x}  {fragment.data[at : at + 16].hex(' ')}")
            for offset in range(at, min(at + 16, len(fragment.data))):
                if offset in fixups:
                    one = fixups[offset]
                    out.append(f"          {offset:x}: {one.symbol}{one.addend:+#x} kind {int(one.kind)}")
    return "\n".join(out) + "\n"


def _image(image: Any) -> str:
    made: str = image.map()
    return made


_PRINTERS: Final = {"tokens": _tokens, "tree": _tree, "ir": _module, "opt": _module, "asm": _fragments, "map": _image}
