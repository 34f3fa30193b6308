"""Rendering of diagnostics: the caret, tabs, long lines, and characters a terminal must not see."""

from __future__ import annotations

from starklink.support.diagnostics import Bag
from starklink.support.spans import SourceMap


def rendered(text: str, start: int, end: int, hint: str = "") -> str:
    sources = SourceMap()
    file = sources.add("main.fsh", text)
    bag = Bag(sources)
    bag.error("FS0201", file.base + start, file.base + end, "undefined variable 'y'", hint)
    return bag.render()


def test_the_example_of_the_reference() -> None:
    assert rendered("a\nb\nc\nd\nprint(y);\n", 14, 15, "declare 'y' before using it").splitlines() == [
        "main.fsh:5:7: error FS0201: undefined variable 'y'",
        "    print(y);",
        "          ^",
        "    hint: declare 'y' before using it",
        "1 errors, 0 warnings",
    ]


def test_tabs_of_the_line_stand_under_the_caret() -> None:
    assert rendered("\tx = yy;\n", 5, 7).splitlines()[1:3] == ["    \tx = yy;", "    \t    ^~"]


def test_control_characters_do_not_reach_the_terminal() -> None:
    shown = rendered("int \x1b[31m\x00\x9b = 1;\n", 4, 5)
    assert not any((ord(ch) < 32 and ch != "\n") or 127 <= ord(ch) < 160 for ch in shown)


def test_a_long_line_is_cut_around_the_caret() -> None:
    lines = rendered("x" * 5_000_000 + "y" + "z" * 5_000_000, 5_000_000, 5_000_001).splitlines()
    assert max(map(len, lines)) < 500
    assert lines[1][lines[2].index("^")] == "y"
