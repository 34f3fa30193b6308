"""Compares what gdb shows of a program with the truth: at -O0 with what the program prints itself, at higher levels with -O0.

Programs come from debug_programs: a stop is identified by its line and the program's own counter `ticks`.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
from pathlib import Path
from typing import NamedTuple

from starklink import compile_text
from starklink.driver.debug import gdb_command
from starklink.dwarf.linereader import line_units
from starklink.dwarf.reader import Dwarf
from starklink.objwriter.elf.reader import Elf

TRACER = Path(__file__).parent / "debug" / "trace.py"
OBJECT_ADDRESS = re.compile(r"@0x[0-9a-f]+")
GONE = None


class Stop(NamedTuple):
    """A stop: `values` maps "name@line" to the text shown, None for <optimized out>."""

    function: str
    line: int
    ticks: int
    depth: int
    values: dict[str, str | None]


class Finding(NamedTuple):
    """A value that is not true."""

    stop: Stop
    variable: str
    shown: str
    expected: list[str | None]


def build(text: str, folder: Path, level: int, target: str = "linux", dwarf: int = 5) -> Path:
    """Compile a program to a file."""
    path = folder / f"traced-{target}-O{level}"
    compile_text(text, "traced.fsh", level=level, target=target, dwarf=dwarf).link().write(path)
    return path


def statements(image: Path, source: str) -> list[int]:
    """Addresses at which statements of a source file begin, as the line table says."""
    units = line_units(Dwarf(Elf(image.read_bytes()).debug_sections()))
    return sorted({row.address for unit in units for row in unit.rows
                   if row.flags & 1 and row.line and not row.end and unit.files[row.file].name.endswith(source)})


def trace(image: Path, mode: str = "lines", target: str = "linux", limit: int = 100000) -> list[Stop]:
    """What gdb sees at each line ("lines") or each instruction ("instructions") of the program's own functions."""
    out = image.with_suffix(".trace")
    start = "run" if target == "linux" else "continue"
    stops = statements(image, "traced.fsh")
    settings = {"out": str(out), "source": "traced.fsh", "mode": mode, "stops": stops, "limit": limit, "start": start}
    command = gdb_command("gdb", str(image), target == "pc", str(TRACER), False)
    command.insert(1, "-nx")
    done = subprocess.run(command, env={**os.environ, "TRACE": json.dumps(settings)}, stdin=subprocess.DEVNULL,
                          capture_output=True, timeout=600, check=False)
    stops = [Stop(*json.loads(line)) for line in out.read_text(encoding="utf-8").splitlines()]
    problems = [stop.values["error"] for stop in stops if stop.function == "error"]
    if not stops or any(text and "Remote connection closed" not in text for text in problems):
        raise AssertionError(f"gdb could not trace: {problems} {done.stderr.decode()}")
    stops = [stop for stop in stops if stop.function != "error"]
    return [stop._replace(values={name: text and OBJECT_ADDRESS.sub("", text) for name, text in stop.values.items()})
            for stop in stops]


def printed(output: str) -> dict[tuple[int, int], list[dict[str, str]]]:
    """What a program said about itself: values by (line, ticks); several times if it did not count in between."""
    out: dict[tuple[int, int], list[dict[str, str]]] = {}
    for line in output.splitlines():
        head = re.match(r"@(\d+) (\d+)", line)
        if head:
            out.setdefault((int(head[1]), int(head[2])), []).append(dict(re.findall(r" (\w+)=<([^>]*)>", line)))
    return out


def same(shown: str, said: str) -> bool:
    """gdb's text of a value and the program's own text mean the same."""
    if shown.startswith('"'):
        return shown[1:-1] == said.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    if shown.startswith("'"):
        return shown[1:-1] == said
    if re.fullmatch(r"-?[\d.]+(e[+-]?\d+)?", shown):
        return float(shown) == float(said) or abs(float(shown) - float(said)) <= 1e-6 * abs(float(shown))
    if "{" in shown:
        parts = re.findall(r'(?:= |[{] ?|, )("[^"]*"|[^{},=]+)(?=[,}])', shown[shown.index("{"):])
        return len(parts) == len(said.split(",")) and all(same(a.strip(), b) for a, b in zip(parts, said.split(",")))
    return shown.lower() == said.lower()


def against_output(stops: list[Stop], output: str) -> tuple[list[Finding], int]:
    """Values at -O0 that differ from what the program printed, and the number of those compared."""
    said = printed(output)
    found: list[Finding] = []
    compared = 0
    for stop in stops:
        truth = said.get((stop.line, stop.ticks), [])
        for name, shown in stop.values.items():
            expected = [one[name.partition("@")[0]] for one in truth if name.partition("@")[0] in one]
            if expected:
                compared += 1
                if shown is GONE or not any(same(shown, one) for one in expected):
                    found.append(Finding(stop, name, str(shown), list(expected)))
    return found, compared


def against(stops: list[Stop], reference: list[Stop]) -> tuple[list[Finding], list[Stop], int, int]:
    """Stops of an optimised program against those at -O0: (wrong values, stops that -O0 does not have, values shown, values
    that could have been shown). Behind a call that was inlined the rest of its statement may be a stop of its own, and so may
    a condition that -O0 has no code for."""
    known: dict[tuple[str, int, int], list[Stop]] = {}
    frames: dict[tuple[str, int], list[Stop]] = {}
    for stop in reference:
        known.setdefault((stop.function, stop.line, stop.ticks), []).append(stop)
        frames.setdefault((stop.function, stop.depth), []).append(stop)
    wrong: list[Finding] = []
    stray: list[Stop] = []
    shown = possible = 0
    for stop in stops:
        truth = known.get((stop.function, stop.line, stop.ticks))
        if truth is None:
            mine = frames.get((stop.function, stop.depth), [])
            behind = next((k for k, one in enumerate(mine) if one.ticks > stop.ticks), len(mine))
            begun = next((k for k in range(behind - 1, -1, -1) if mine[k].ticks < stop.ticks), 0)
            truth = mine[begun:behind + 1]
            if not truth or not (truth[0].line == stop.line or truth[0].line < stop.line < truth[-1].line):
                stray.append(stop)
                continue
        for name, text in stop.values.items():
            possible += 1
            if text is GONE:
                continue
            shown += 1
            expected = [one.values.get(name) for one in truth]
            if text not in expected:
                wrong.append(Finding(stop, name, text, expected))
    return wrong, stray, shown, possible


def at_instructions(stops: list[Stop], reference: list[Stop]) -> tuple[list[Finding], int]:
    """Values at single instructions: each must be the one at the last -O0 stop of the running call up to this count of
    `ticks`, or at the first one from it on. Calls of one function that overlap in `ticks` stand for each other."""
    calls: dict[tuple[str, int], list[list[Stop]]] = {}
    for (function, depth, _), truth in activations(reference).items():
        calls.setdefault((function, depth), []).append(truth)
    wrong: list[Finding] = []
    shown = 0
    for stop in stops:
        near: list[Stop] = []
        for truth in calls.get((stop.function, stop.depth), ()):
            if truth[0].ticks <= stop.ticks <= truth[-1].ticks + 1:
                first = next((k for k, one in enumerate(truth) if one.ticks >= stop.ticks), len(truth))
                behind = next((k for k, one in enumerate(truth) if one.ticks > stop.ticks), len(truth))
                near += truth[max(first - 1, 0):behind + 1]
        for name, text in stop.values.items():
            if text is GONE:
                continue
            shown += 1
            expected = [one.values.get(name) for one in near]
            if text not in expected and not pieced(text, expected):
                wrong.append(Finding(stop, name, text, expected))
    return wrong, shown


def pieced(text: str, expected: list[str | None]) -> bool:
    """A struct that is being copied holds fields of what it was and of what it will be."""
    parts = [one.strip("{}").split(", ") for one in expected if one and one.startswith("{")]
    mine = text.strip("{}").split(", ")
    return text.startswith("{") and all(any(part in other for other in parts) for part in mine)


def activations(stops: list[Stop]) -> dict[tuple[str, int, int], list[Stop]]:
    """Stops by call: (function, depth, number of the call among those of that function and depth)."""
    out: dict[tuple[str, int, int], list[Stop]] = {}
    counts: dict[tuple[str, int], int] = {}
    running: list[tuple[str, int, int]] = []
    for stop in stops:
        while len(running) > stop.depth:
            running.pop()
        if len(running) == stop.depth and running[-1][0] != stop.function:
            running.pop()
        while len(running) < stop.depth:
            key = (stop.function, stop.depth)
            counts[key] = counts.get(key, 0) + 1
            running.append((*key, counts[key]))
        out.setdefault(running[-1], []).append(stop)
    return out
