"""Fast packers derived from record schemas: one walk gives the `struct` format, the field names and the numpy types.

A schema may hold fixed-size integers, `Bytes(n)`, constant arrays and nested fixed structs of those; anything else is
an error, so nobody can add a slow node to a bulk record unnoticed.
"""

from __future__ import annotations

from struct import Struct
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Literal

_CODES: Final = {"b": "i1", "B": "u1", "h": "i2", "H": "u2", "l": "i4", "L": "u4", "q": "i8", "Q": "u8"}


def endian(order: str) -> Literal["little", "big"]:
    """The name of a byte order for `int.from_bytes`."""
    return "little" if order == "<" else "big"


class Layout:
    """A fixed-size record: `pack(*values)`, `unpack_from(buffer, offset)`, `size` in bytes, `dtype()` for numpy tables.

    `types` are numpy type codes without byte order, one per field ("u4"; "16u1" for 16 bytes). Values stand in field
    order.
    """

    __slots__ = ("fields", "format", "iter_unpack", "name", "pack", "pack_into", "size", "types", "unpack_from")

    def __init__(self, name: str, format: str, fields: str, types: str) -> None:
        record = Struct(format)
        self.name = name
        self.format = format
        self.fields: tuple[str, ...] = tuple(fields.split())
        self.types: tuple[str, ...] = tuple(types.split())
        self.size: int = record.size
        self.pack: Callable[..., bytes] = record.pack
        self.pack_into: Callable[..., None] = record.pack_into
        self.unpack_from: Callable[..., tuple[Any, ...]] = record.unpack_from
        self.iter_unpack: Callable[..., Any] = record.iter_unpack

    def dtype(self) -> Any:
        """The numpy structured type of the record (imports numpy)."""
        import numpy

        order = self.format[0]
        return numpy.dtype([(name, f"{order}{code}") if code[0] in "iu" else (name, "u1", (int(code[:-2]),))
                            for name, code in zip(self.fields, self.types)])

    def build(self, **values: Any) -> bytes:
        """One record from named values. Raises KeyError for a missing field, struct.error for a value out of range."""
        return self.pack(*[values[name] for name in self.fields])


def layout(name: str, schema: Any) -> Layout:
    """Derive a layout from a construct Struct. Raises TypeError for a node that has no fixed layout."""
    order, codes, fields, types = "", [], [], []
    for field_name, code, order_char in _walk(schema, ""):
        if order_char:
            if order and order != order_char:
                raise TypeError(f"{name}: byte orders are mixed")
            order = order_char
        fields.append(field_name)
        codes.append(code)
        types.append(f"{code[:-1]}u1" if code[-1] == "s" else _CODES[code])
    # struct's l/L are 4 bytes in standard mode; I/i say the same and read better.
    text = "".join(codes).replace("l", "i").replace("L", "I")
    return Layout(name, (order or "<") + text, " ".join(fields), " ".join(types))


def _walk(schema: Any, prefix: str) -> list[tuple[str, str, str]]:
    """(field name, format code, byte order) of every leaf."""
    import construct as c

    out: list[tuple[str, str, str]] = []
    for node in schema.subcons:
        name, inner = prefix + node.name, node.subcon
        if isinstance(inner, c.FormatField) and inner.fmtstr[1] in _CODES:
            out.append((name, inner.fmtstr[1], "" if inner.length == 1 else inner.fmtstr[0]))
        elif isinstance(inner, c.Bytes) and isinstance(inner.length, int):
            out.append((name, f"{inner.length}s", ""))
        elif isinstance(inner, c.Struct):
            out.extend(_walk(inner, name + "_"))
        elif isinstance(inner, c.Array) and isinstance(inner.count, int):
            for index in range(inner.count):
                out.extend(_walk(c.Struct(f"{node.name}{index}" / inner.subcon), prefix))
        else:
            raise TypeError(f"{name}: {type(inner).__name__} has no fixed layout")
    return out
