"""Remembered bytes of machine rows: with and without them a function has the same fragment."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ir_random import random_module

from starklink.codegen import rowcode
from starklink.codegen.generate import Options, generate
from starklink.codegen.machine import INFOS, NUMBERS
from starklink.ir import pipeline


def fragments(seed: int, level: int, options: Options) -> list[tuple[Any, ...]]:
    """What is generated for a random module: bytes and everything that refers to places in them."""
    module = random_module(seed, size=30)
    pipeline.run(module, level)
    return [(one.symbol, one.data, one.fixups, one.lines, one.cfi, one.sites, one.vars)
            for one in generate(module, level=max(level, 1), options=options)]


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10**9), st.sampled_from((0, 1, 2)), st.booleans(), st.booleans())
def test_a_function_is_the_same_with_and_without_remembered_rows(seed: int, level: int, pointer: bool, absolute: bool) -> None:
    options = Options(absolute=absolute, debug=True, frame_pointer=pointer)
    warm = fragments(seed, level, options)
    assert rowcode.KNOWN
    hot = fragments(seed, level, options)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rowcode, "REPEATED", frozenset())
        rowcode.KNOWN.clear()
        plain = fragments(seed, level, options)
        assert not rowcode.KNOWN
    assert warm == hot == plain


def test_rows_that_look_beyond_their_shape_are_not_remembered() -> None:
    """Edges, calls, lists of operands and labels of their own belong to one function."""
    beyond = {"entry", "movsym", "br", "cmov", "jump", "switch", "ret", "call", "trap", "copy", "zero", "dbg", "landing",
              "umulo", "uitof"}
    assert {info.name for number, info in enumerate(INFOS) if number not in rowcode.REPEATED} == beyond
    assert all(NUMBERS[name] not in rowcode.REPEATED for name in beyond)


def test_remembered_rows_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rowcode, "LIMIT", 3)
    rowcode.KNOWN.clear()
    for number in range(10):
        rowcode.remember((NUMBERS["movi"], 0, number, 0, rowcode.NO_PLACE, rowcode.NO_PLACE, rowcode.NO_PLACE, rowcode.NO_PLACE,
                          (0, 0, 0)), b"\x90", -1)
        assert 1 <= len(rowcode.KNOWN) <= 3
    rowcode.KNOWN.clear()
