"""Record classes behave as the standard library's data classes do; every case runs with both decorators."""

from __future__ import annotations

import dataclasses
from typing import Any, ClassVar

import pytest

from starklink.support import record

BOTH = [pytest.param(dataclasses, id="dataclasses"), pytest.param(record, id="record")]


@pytest.mark.parametrize("kind", BOTH)
def test_fields_defaults_factories_and_bases(kind: Any) -> None:
    @kind.dataclass(slots=True, eq=False)
    class Base:
        KIND: ClassVar[int] = 3
        a: int
        b: str = "x"

        def double(self) -> int:
            return self.a * 2

    @kind.dataclass(slots=True, eq=False)
    class Derived(Base):
        b: str = "y"
        c: list[int] = kind.field(default_factory=list)
        d: int = kind.field(init=False)

        def __post_init__(self) -> None:
            self.d = self.a + 1

    one, two = Derived(1), Derived(a=2, b="z", c=[5])
    assert (one.a, one.b, one.c, one.d, one.double(), one.KIND) == (1, "y", [], 2, 2, 3)
    assert (two.a, two.b, two.c, two.d) == (2, "z", [5], 3)
    assert one.c is not Derived(1).c
    assert repr(one).endswith("Derived(a=1, b='y', c=[], d=2)")
    assert Base(4, "q").b == "q"
    assert one != Derived(1)
    assert not hasattr(one, "__dict__")
    assert Derived.__match_args__ == ("a", "b", "c")
    for wrong in ({}, {"a": 1, "e": 2}):
        with pytest.raises(TypeError):
            Derived(**wrong)
    with pytest.raises(AttributeError):
        one.e = 1  # type: ignore[attr-defined]


@pytest.mark.parametrize("kind", BOTH)
def test_equality_and_frozen(kind: Any) -> None:
    @kind.dataclass(frozen=True, slots=True)
    class Point:
        x: int
        y: int = 0

    @kind.dataclass
    class Open:
        x: int

    assert Point(1, 2) == Point(1, 2)
    assert Point(1) != Point(1, 2)
    assert hash(Point(1)) == hash(Point(1, 0))
    assert len({Point(1), Point(1), Point(2)}) == 2
    with pytest.raises(AttributeError):
        Point(1).x = 2
    assert Open(1) == Open(1)
    with pytest.raises(TypeError):
        hash(Open(1))
    assert [one.name for one in kind.fields(Point(1))] == ["x", "y"]


def test_record_of_an_undecorated_subclass() -> None:
    @record.dataclass(eq=False)
    class Base:
        a: int

    class Sub(Base):
        pass

    assert Sub(1).a == 1
    assert Base(2).a == 2
    assert record.is_record(Sub(1))
    assert not record.is_record(1)
