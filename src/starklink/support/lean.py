"""What a module of this package needs of `typing` when it runs, for commands that are over in the time `typing` takes to load.

    install()       # before any other module of the package: from here on its modules find `NAMES` when they import `typing`

Annotations are never evaluated here (every module has `from __future__ import annotations`), so `Final`, `Any` and the like only
have to exist. A named tuple is what `typing.NamedTuple` makes, but its constructor is compiled when the first one is made. Any
other name, and any module that is not of this package, gets the real module, which stands in `sys.modules` from then on.
"""

from __future__ import annotations

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any as Something


def install() -> None:
    """Stand in for `typing`, unless it is loaded."""
    if "typing" not in sys.modules:
        stand_in = type(sys)("typing")
        stand_in.__getattr__ = _find        # type: ignore[method-assign]
        sys.modules["typing"] = stand_in


def _find(name: str) -> Something:
    """What `from typing import NAME` asks its module for."""
    asking = sys._getframe(1).f_globals.get("__name__", "")
    if name in NAMES and asking.startswith("starklink."):
        return NAMES[name]
    if name[:2] == "__":
        raise AttributeError(f"module 'typing' has no attribute {name!r}")
    known = sys.modules.get("typing")
    if known is not None and getattr(known, "__getattr__", None) is _find:
        del sys.modules["typing"]
    import typing

    return getattr(typing, name)


class _Form:
    """A name for annotations: `Final`, `Final[int]`."""

    def __getitem__(self, index: object) -> _Form:
        return self

    def __or__(self, other: object) -> _Form:
        return self

    __ror__ = __or__


def _overload(function: Callable[..., object]) -> Callable[..., object]:
    """Only type checkers read overloads."""
    return function


def _dataclass_transform(**options: object) -> Callable[[object], object]:
    """Only type checkers read it."""
    return lambda decorator: decorator


class _NamedTupleMaker(type):
    """Turns the body of a class into a tuple with names."""

    def __new__(cls, name: str, bases: tuple[type, ...], namespace: dict[str, Something]) -> type:
        if not bases:
            return super().__new__(cls, name, bases, namespace)
        fields = tuple(namespace.get("__annotations__", ()))
        defaults = {field: namespace.pop(field) for field in fields if field in namespace}
        getter = __import__("_collections")._tuplegetter
        for number, field in enumerate(fields):
            namespace[field] = getter(number, f"Alias for field number {number}")
        namespace.update(_METHODS)
        namespace.update(__slots__=(), _fields=fields, _field_defaults=defaults, __match_args__=fields, __new__=_first)
        return type(name, (tuple,), namespace)


class NamedTuple(metaclass=_NamedTupleMaker):
    """The base that marks a class as a tuple with names."""


def _first(cls: Something, *args: object, **named: object) -> object:
    """The constructor of a named tuple until the first one is made."""
    owner = next(one for one in cls.__mro__ if "_fields" in one.__dict__)
    defaults = owner._field_defaults
    parameters = ", ".join(f"{field}=_default_{field}" if field in defaults else field for field in owner._fields)
    values = {f"_default_{field}": value for field, value in defaults.items()}
    values["_make"] = tuple.__new__
    exec(f"def __new__(_cls, {parameters}): return _make(_cls, ({''.join(field + ', ' for field in owner._fields)}))", values)
    made = owner.__new__ = values["__new__"]
    return made(cls, *args, **named)


def _replace(self: Something, /, **changed: object) -> object:
    row = dict(zip(self._fields, self)) | changed
    if len(row) > len(self):
        raise ValueError(f"Got unexpected field names: {[name for name in changed if name not in self._fields]!r}")
    return type(self)(**row)


def _asdict(self: Something) -> dict[str, object]:
    return dict(zip(self._fields, self))


def _repr(self: Something) -> str:
    return f"{type(self).__name__}({', '.join(f'{name}={value!r}' for name, value in zip(self._fields, self))})"


def _make(cls: Something, values: Something) -> object:
    return cls(*values)


_METHODS = {"_replace": _replace, "_asdict": _asdict, "__repr__": _repr, "_make": classmethod(_make)}


NAMES: dict[str, Something] = {
    "TYPE_CHECKING": False, "Any": _Form(), "Final": _Form(), "NamedTuple": NamedTuple, "overload": _overload,
    "dataclass_transform": _dataclass_transform,
}  # fmt: skip
"""What there is without the real module."""
