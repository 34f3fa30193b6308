"""The stand-in for `typing`: its named tuples are those of `typing`, and what it does not know is the real module."""

from __future__ import annotations

import subprocess
import sys
import typing
from pathlib import Path

import pytest

from starklink.support import lean


def _pairs() -> tuple[type, type]:
    body = ("class Row(NamedTuple):\n    name: str\n    size: int = 0\n    parts: tuple = ()\n\n"
            "    def wide(self):\n        return self.size * 2\n")
    made = []
    for base in (lean.NAMES["NamedTuple"], typing.NamedTuple):
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


def test_other_modules_get_the_real_one(tmp_path: Path) -> None:
    (tmp_path / "stranger.py").write_text("from typing import Any, Final, Generic, NamedTuple, TypeVar\n"
                                          "T = TypeVar('T')\nclass Box(Generic[T]): pass\nclass Row(NamedTuple):\n    x: int\n")
    code = ("from starklink.support import lean; lean.install()\n"
            "import starklink.linker.elf.relocs as ours, sys, typing as first\n"
            "assert ours.NamedTuple is lean.NAMES['NamedTuple'] and '_tuplegetter' not in dir(first)\n"
            "import stranger\n"
            "real = sys.modules['typing']\n"
            "assert real is not first and stranger.Final is real.Final and stranger.NamedTuple is real.NamedTuple\n"
            "assert first.get_args(list[int]) == (int,) and first.Any is real.Any\n"
            "import dataclasses, numpy, collections.abc\n")
    paths = f"import sys; sys.path[:0] = {[str(tmp_path), *(path for path in sys.path if path)]!r}\n"
    subprocess.run([sys.executable, "-ISc", paths + code], check=True)


def test_a_large_link_works_with_it(tmp_path: Path) -> None:
    """Columns need numpy, which needs the real module."""
    rows = "".join(f"    .quad place{number % 7}\n" for number in range(60_000))
    (tmp_path / "a.s").write_text(".globl _start\n_start: mov $60, %eax\n mov $42, %edi\n syscall\n.data\n" + rows +
                                  "".join(f"place{number}: .byte 0\n" for number in range(7)))
    subprocess.run(["gcc", "-c", "a.s"], cwd=tmp_path, check=True)
    code = f"import sys; sys.path[:0] = {[path for path in sys.path if path]!r}\nfrom starklink.driver.ld import entry; entry()"
    subprocess.run([sys.executable, "-ISc", code, "-o", "a", "a.o"], cwd=tmp_path, check=True)
    assert subprocess.run([str(tmp_path / "a")], check=False).returncode == 42
