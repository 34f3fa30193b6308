"""The stand-in for `typing`: its named tuples are those of `typing`, and what it does not know is the real module."""

from __future__ import annotations

import subprocess
import sys
import typing

import pytest

from starklink.support import lean


def _pairs() -> tuple[type, type]:
    body = ("class Row(NamedTuple):\n    name: str\n    size: int = 0\n    parts: tuple = ()\n\n"
            "    def wide(self):\n        return self.size * 2\n")
    made = []
    for base in (lean.NamedTuple, typing.NamedTuple):
        space: dict[str, typing.Any] = {"NamedTuple": base}
        exec("from __future__ import annotations\n" + body, space)
        made.append(space["Row"])
    return made[0], made[1]


@pytest.mark.parametrize("make", [
    lambda row: row("a"),
    lambda row: row("a", parts=(1,)),
    lambda row: row("a", 2, (3,))._replace(size=4),
    lambda row: row._make(["a", 2, 3]),
    lambda row: row(name="x", size=7),
])
def test_named_tuples_are_those_of_typing(make: typing.Any) -> None:
    ours, theirs = (make(row) for row in _pairs())
    assert tuple(ours) == tuple(theirs)
    assert repr(ours) == repr(theirs) and hash(ours) == hash(theirs)
    assert ours._asdict() == theirs._asdict() and ours.wide() == theirs.wide()
    assert (ours.name, ours.size, ours.parts) == (theirs.name, theirs.size, theirs.parts)
    name, *rest = ours
    assert [name, *rest] == list(theirs)


@pytest.mark.parametrize("wrong", [
    lambda row: row(), lambda row: row("a", 1, 2, 3), lambda row: row("a", other=1), lambda row: row("a", name="b"),
])
def test_wrong_arguments_are_type_errors(wrong: typing.Any) -> None:
    for row in _pairs():
        with pytest.raises(TypeError):
            wrong(row)
    with pytest.raises(ValueError):
        _pairs()[0]("a")._replace(other=1)


def test_descriptions_agree() -> None:
    ours, theirs = _pairs()
    for name in ("_fields", "_field_defaults", "__match_args__", "__slots__"):
        assert getattr(ours, name) == getattr(theirs, name)


def test_the_real_module_comes_when_it_is_needed() -> None:
    code = ("import sys; from starklink.support import lean; lean.install()\n"
            "import typing as first; assert first is lean and first.Final[int]\n"
            "from typing import Final, get_type_hints\n"
            "assert sys.modules['typing'] is not lean and sys.modules['typing'].__file__ != lean.__file__\n"
            "assert first.get_args(list[int]) == (int,)\n"
            "import collections, collections.abc, dataclasses, numpy\n"
            "assert isinstance([], collections.abc.Sized) and dataclasses.dataclass\n")
    paths = f"import sys; sys.path[:0] = {[path for path in sys.path if path]!r}\n"
    subprocess.run([sys.executable, "-ISc", paths + code], check=True)
