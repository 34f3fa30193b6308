"""Hostile sources through the whole compiler: a diagnostic or a working program, in bounded time (tools/fuzz_input.py)."""

from __future__ import annotations

import random
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT / "tools"))

import fuzz_input  # noqa: E402
import shapes  # noqa: E402

from starklink import CompileError, compile_text  # noqa: E402

PROGRAMS = sorted([*(ROOT / "samples").glob("*.fsh"), *(ROOT / "tests" / "programs").glob("*.fsh")])


def built(text: str, level: int) -> str:
    """Standard output and exit code of the program, or the codes of the errors."""
    try:
        done = compile_text(text, level=level).link().run(timeout=20)
    except CompileError as error:
        return " ".join(sorted({one.code for one in error.diagnostics if one.severity == "error"}))
    assert done.returncode >= 0
    return f"{done.returncode} {done.stdout}"


# -- shapes ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", shapes.DEEP)
def test_nested(name: str) -> None:
    text = shapes.DEEP[name](60)
    plain, optimised = built(text, 0), built(text, 2)
    assert plain == optimised
    assert not plain.startswith("FS") or plain in ("FS0899", "FS0112", "FS0211", "FS0317")


@pytest.mark.parametrize("name", shapes.WIDE)
def test_many(name: str) -> None:
    text = shapes.WIDE[name](120)
    plain, optimised = built(text, 0), built(text, 2)
    assert plain == optimised
    assert not plain.startswith("FS") or plain == "FS0899"


@pytest.mark.parametrize("name", shapes.BROKEN)
def test_broken(name: str, tmp_path: Path) -> None:
    for size in (1, 2, 300):
        fuzz_input.outcome(shapes.BROKEN[name](size).encode("utf-8"), tmp_path, run=False)


@pytest.mark.parametrize(
    "name", ["parentheses", "plus", "not", "casts", "blocks", "members", "open-parentheses"]
)
def test_nested_100_000_deep(name: str) -> None:
    make = shapes.DEEP.get(name) or shapes.BROKEN[name]
    assert built(make(100_000), 1) == built(make(10), 1)


def test_deeper_than_the_limit_is_refused_at_the_token() -> None:
    with pytest.raises(CompileError) as caught:
        compile_text(shapes.DEEP["parentheses"](200_000))
    (one,) = caught.value.diagnostics
    assert one.code == "FS0802"
    assert one.start > 100_000


def test_long_things() -> None:
    assert built(shapes.WIDE["long-string"](10_000_000), 0) == "0 10000000\n"
    assert built(shapes.WIDE["long-line"](10_000_000), 0) == "0 1\n"
    assert built(shapes.WIDE["long-comment"](10_000_000), 0) == "0 1\n"
    assert built(shapes.WIDE["long-name"](1_000_000), 0) == "0 1\n"


GROWING = [
    ("WIDE", "statements", 0, 300),
    ("WIDE", "calls", 2, 100),
    ("WIDE", "ifs-of-many-locals", 2, 100),
    ("WIDE", "functions", 0, 60),
    ("WIDE", "methods", 2, 50),
    ("WIDE", "classes", 0, 50),
    ("WIDE", "fields", 2, 100),
    ("DEEP", "catch-try", 2, 25),
    ("DEEP", "else-ifs", 2, 150),
]


@pytest.mark.parametrize(("group", "name", "level", "size"), GROWING, ids=lambda one: str(one))
def test_time_grows_with_size(group: str, name: str, level: int, size: int) -> None:
    """Eight times the source takes less than 20 times the time: a quadratic step would take up to 64 times."""
    make = getattr(shapes, group)[name]
    for _ in range(3):
        times = []
        for n in (size, size, 8 * size):
            started = time.process_time()
            bytes(compile_text(make(n), level=level).link())
            times.append(time.process_time() - started)
        if times[2] < 20 * times[1] + 0.1:
            return
    pytest.fail(f"{size}: {times[1]:.3f} s, {8 * size}: {times[2]:.3f} s")


# -- damage ------------------------------------------------------------------------------------------------------------


def test_random_damage(tmp_path: Path) -> None:
    rng = random.Random(1)
    found = {fuzz_input.outcome(data, tmp_path, level=rng.choice((0, 2)), run=False)
             for data in fuzz_input.mutations(PROGRAMS, 20, rng)}
    assert len(found) > 3


def test_prefixes(tmp_path: Path) -> None:
    for path in random.Random(2).sample(PROGRAMS, 3):
        data = path.read_bytes()
        for end in range(0, len(data), max(1, len(data) // 6)):
            fuzz_input.outcome(data[:end], tmp_path, run=False)


@pytest.mark.parametrize(
    ("data", "codes"),
    [
        (b"", "FS0706"),
        (b"\n\n", "FS0706"),
        (b"\xef\xbb\xbf", "FS0706"),
        (b"\xff\xfe\x00\x00", "FS0008"),
        (b"int main() { return 0; } \xc3", "FS0008"),
        (b'int main() { print("\xed\xa0\x80"); return 0; }', "FS0008"),
        (b"\x7fELF\x02\x01\x01\x00", "FS0001 FS0001"),
        (b"\0" * 5000, "FS0001"),
        (bytes(range(256)) * 40, "FS0008"),
        (b"int main() { return 0; }\0", "FS0001"),
    ],
    ids=["empty", "lines", "mark", "UTF-16", "half a character", "surrogate", "ELF", "zeros", "all bytes", "zero at the end"],
)
def test_what_is_no_text(data: bytes, codes: str, tmp_path: Path) -> None:
    assert fuzz_input.outcome(data, tmp_path) == codes


# -- things too large --------------------------------------------------------------------------------------------------

DOUBLING = "struct S0 { public int v; }\n" + "".join(
    f"struct S{one} {{ public S{one - 1} a; public S{one - 1} b; }}\n" for one in range(1, 61)
)


@pytest.mark.parametrize(
    "text",
    [
        DOUBLING + "int main() { S60 s; return 0; }",
        DOUBLING.partition("struct S25 ")[0]
        + "int main() { "
        + "".join(f"S24 s{one}; s{one} = s0; " for one in range(30))
        + "return 0; }",
        DOUBLING.partition("struct S25 ")[0]
        + "".join(f"S24 g{one};\n" for one in range(30))
        + "int main() { "
        + "".join(f"g{one} = g0; " for one in range(30))
        + "return 0; }",
    ],
    ids=["struct", "frame", "statics"],
)
def test_too_large_is_refused(text: str) -> None:
    with pytest.raises(CompileError) as caught:
        bytes(compile_text(text).link())
    assert {one.code for one in caught.value.diagnostics} == {"FS0803"}
    assert all(one.start > 0 for one in caught.value.diagnostics)
