"""Random programs under gdb: at -O0 every variable shows what the program says itself, at -O1 and -O2 never anything else.

`tools/check_debug.py` runs as many as wanted.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from debug_programs import program
from debug_values import Stop, against, against_output, at_instructions, build, trace


@pytest.mark.parametrize("seed", [1, 6, 17])
def test_lines(seed: int, tmp_path: Path) -> None:
    text = program(seed)
    image = build(text, tmp_path, 0)
    reference = trace(image)
    wrong, compared = against_output(reference, said(image))
    assert compared > 10 and not wrong
    for level in (1, 2):
        found, stray, shown, possible = against(trace(build(text, tmp_path, level)), reference)
        assert not found
        assert not stray, "a stop at a line that is not reached then"
        assert shown > 0.3 * possible, "variables are lost"


@pytest.mark.parametrize("level", [0, 2])
def test_every_instruction(level: int, tmp_path: Path) -> None:
    text = program(2)
    reference = trace(build(text, tmp_path, 0))
    stops = trace(build(text, tmp_path, level), "instructions")
    wrong, shown = at_instructions(stops, reference)
    assert shown > 500 and not wrong


def test_the_bare_machine(tmp_path: Path) -> None:
    """The same code behind qemu's stub."""
    text = program(56)
    reference = trace(build(text, tmp_path, 0))
    for level in (0, 2):
        found, stray, shown, possible = against(trace(build(text, tmp_path, level, "pc"), target="pc"), reference)
        assert not found and not stray and shown > 0.3 * possible


def test_the_comparison_sees_wrong_values(tmp_path: Path) -> None:
    text = program(1)
    reference = trace(build(text, tmp_path, 0))

    def spoil(stop: Stop) -> Stop:
        return stop._replace(values={name: value and value.replace("1", "2") for name, value in stop.values.items()})

    spoiled = [spoil(stop) for stop in reference]
    assert against(spoiled, reference)[0]
    assert at_instructions(spoiled, reference)[0]
    assert against_output(spoiled, said(build(text, tmp_path, 0)))[0]
    assert against([stop._replace(ticks=stop.ticks + 10000) for stop in reference], reference)[1]


def said(image: Path) -> str:
    """What the program prints."""
    import subprocess

    done = subprocess.run([str(image)], capture_output=True, timeout=60, check=True, stdin=subprocess.DEVNULL)
    return done.stdout.decode("utf-8", "surrogateescape")
