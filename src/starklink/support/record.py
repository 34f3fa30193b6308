"""Record classes: what `dataclasses.dataclass(slots=True)` gives, at a price a command can pay for hundreds of them.

The standard decorator compiles several methods per class when the module is imported (0.3 ms a class, and 15 ms for
what it imports itself). Here a class's `__init__` is compiled when the first object is made, and the other methods
are shared. The decorator takes the standard one's arguments and type checkers know it as such; slots are always made.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, dataclass_transform, overload

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeVar

    T = TypeVar("T")


class _Missing:
    __slots__ = ()

    def __repr__(self) -> str:
        return "..."


_MISSING: Final = _Missing()


class Field:
    """A field's default. `init` False: no parameter of `__init__`, the attribute is set by `__post_init__`."""

    __slots__ = ("default", "default_factory", "init", "name", "repr")

    def __init__(self, default: Any, default_factory: Any, init: bool, repr: bool) -> None:
        self.default = default
        self.default_factory = default_factory
        self.init = init
        self.repr = repr
        self.name = ""


def field(*, default: Any = _MISSING, default_factory: Any = _MISSING, init: bool = True, repr: bool = True) -> Any:
    """A field with a factory or special treatment, as in `dataclasses.field`."""
    return Field(default, default_factory, init, repr)


@overload
def dataclass(cls: type[T], /) -> type[T]: ...
@overload
def dataclass(*, slots: bool = True, eq: bool = True, frozen: bool = False) -> Callable[[type[T]], type[T]]: ...


@dataclass_transform(field_specifiers=(field,))
def dataclass(cls: Any = None, /, *, slots: bool = True, eq: bool = True, frozen: bool = False) -> Any:
    """Make a record class of the annotated attributes; fields of record base classes come first.

    `eq` compares by fields (and, with `frozen`, hashes by them); without it identity counts. `frozen` forbids
    assignment.
    """
    if cls is None:
        return lambda made: _record(made, eq, frozen)
    return _record(cls, eq, frozen)


def fields(record: Any) -> tuple[Field, ...]:
    """The fields of a record class or object in order."""
    known: dict[str, Field] = record.__record_fields__
    return tuple(known.values())


def copied(record: T) -> T:
    """A record with the same values (`copy.copy`, which takes longer to load than to run)."""
    made = object.__new__(type(record))
    for name in type(record).__record_fields__:     # type: ignore[attr-defined]
        object.__setattr__(made, name, getattr(record, name))
    return made


def is_record(value: Any) -> bool:
    """True for objects of record classes."""
    return hasattr(type(value), "__record_fields__")


def _record(cls: type[Any], eq: bool, frozen: bool) -> type[Any]:
    namespace = dict(cls.__dict__)
    known: dict[str, Field] = {}
    for base in reversed(cls.__mro__[1:]):
        known.update(base.__dict__.get("__record_fields__", {}))
    own: list[str] = []
    for name, annotation in namespace.get("__annotations__", {}).items():
        if str(annotation).startswith(("ClassVar", "typing.ClassVar")):
            continue
        default = namespace.pop(name, _MISSING)
        one = default if isinstance(default, Field) else Field(default, _MISSING, True, True)
        one.name = name
        if name not in known:
            own.append(name)
        known[name] = one
    namespace.pop("__dict__", None)
    namespace.pop("__weakref__", None)
    namespace["__slots__"] = (*namespace.get("__slots__", ()), *own)
    namespace["__record_fields__"] = known
    namespace["__match_args__"] = tuple(one.name for one in known.values() if one.init)
    namespace.setdefault("__repr__", _repr)
    if eq:
        namespace.setdefault("__eq__", _eq)
        namespace.setdefault("__hash__", _hash if frozen else None)
    if frozen:
        namespace["__setattr__"] = namespace["__delattr__"] = _refuse
    if "__init__" not in namespace:

        def first(self: Any, *args: Any, **kwargs: Any) -> None:
            # The real one replaces this when the first object is made.
            init = _make_init(made, frozen)
            setattr(made, "__init__", init)  # noqa: B010
            init(self, *args, **kwargs)

        namespace["__init__"] = first
    made: type[Any] = type(cls.__name__, cls.__bases__, namespace)
    return made


def _make_init(cls: Any, frozen: bool) -> Callable[..., None]:
    """Compile `__init__`."""
    values: dict[str, Any] = {"_missing": _MISSING, "_set": object.__setattr__}
    parameters, body = ["self"], []
    for name, one in cls.__record_fields__.items():
        value = name
        if one.default_factory is not _MISSING:
            values[f"_make_{name}"] = one.default_factory
            value = f"_make_{name}() if {name} is _missing else {name}" if one.init else f"_make_{name}()"
            if one.init:
                parameters.append(f"{name}=_missing")
        elif one.default is not _MISSING:
            values[f"_value_{name}"] = one.default
            if one.init:
                parameters.append(f"{name}=_value_{name}")
            else:
                value = f"_value_{name}"
        elif one.init:
            parameters.append(name)
        else:
            continue
        body.append(f"    _set(self, {name!r}, {value})" if frozen else f"    self.{name} = {value}")
    if hasattr(cls, "__post_init__"):
        body.append("    self.__post_init__()")
    source = f"def __init__({', '.join(parameters)}):\n" + ("\n".join(body) or "    pass")
    exec(source, values)
    init: Callable[..., None] = values["__init__"]
    init.__qualname__ = f"{cls.__qualname__}.__init__"
    return init


def _values(record: Any) -> tuple[Any, ...]:
    return tuple(getattr(record, name) for name in record.__record_fields__)


def _repr(self: Any) -> str:
    shown = (f"{name}={getattr(self, name, _MISSING)!r}" for name, one in self.__record_fields__.items() if one.repr)
    return f"{type(self).__qualname__}({', '.join(shown)})"


def _eq(self: Any, other: Any) -> Any:
    return _values(self) == _values(other) if type(self) is type(other) else NotImplemented


def _hash(self: Any) -> int:
    return hash(_values(self))


def _refuse(self: Any, name: str, *value: Any) -> None:
    raise AttributeError(f"{type(self).__name__} is frozen: {name} cannot be changed")
