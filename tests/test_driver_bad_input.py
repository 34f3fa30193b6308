"""Damaged sources through the whole pipeline: a diagnostic or a program, never another exception."""

from __future__ import annotations

import random
import re
from pathlib import Path

import pytest

from starklink import CompileError, compile_text

SAMPLES = sorted((Path(__file__).parent.parent / "samples").glob("*.fsh"))
TOKEN = re.compile(r"//[^\n]*|\"(?:[^\"\\\n]|\\.)*\"|'[^'\n]*'|\w+|\s+|.", re.DOTALL)
TOUR = (Path(__file__).parent.parent / "samples" / "tour.fsh").read_text(encoding="utf-8")


def outcome(text: str) -> str:
    """ "program" or the codes of the errors; anything else raises."""
    try:
        bytes(compile_text(text).link())
    except CompileError as error:
        codes = [one.code for one in error.diagnostics if one.severity == "error"]
        assert codes
        assert all(re.fullmatch(r"FS\d{4}", code) for code in codes)
        assert str(error).endswith(" warnings\n")
        return " ".join(codes)
    return "program"


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.stem)
def test_prefixes_of_samples(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    step = max(1, len(text) // 100)
    seen = {outcome(text[:end]) for end in range(0, len(text), step)}
    assert "FS0706" in seen
    assert any("FS0105" in one for one in seen)


@pytest.mark.parametrize("seed", range(4))
def test_random_token_deletions(seed: int) -> None:
    rng = random.Random(seed)
    tokens = TOKEN.findall(TOUR)
    assert "".join(tokens) == TOUR
    found = set()
    for _ in range(15):
        kept = list(tokens)
        for _ in range(rng.randint(1, 3)):
            del kept[rng.randrange(len(kept))]
        found.add(outcome("".join(kept)))
    assert len(found) > 3


def test_random_bytes_as_text() -> None:
    rng = random.Random(1)
    for _ in range(50):
        assert outcome("".join(chr(rng.choice((rng.randrange(128), rng.randrange(0xD800)))) for _ in range(200))) != "program"


@pytest.mark.parametrize(
    "text",
    [
        "int main() { return " + "(" * 20000 + "1" + ")" * 20000 + "; }",
        "int main() { return " + "- " * 20000 + "1; }",
        "int main() { int x = 0; return " + " + ".join(["x"] * 20000) + "; }",
        "void main() { " + "{" * 5000 + "}" * 5000 + " }",
        "void main() { " + "if (true) " * 3000 + ";" + " }",
        "int f(int x) { return x; } int main() { return " + "f(" * 3000 + "1" + ")" * 3000 + "; }",
    ],
    ids=["parentheses", "signs", "sum", "blocks", "ifs", "calls"],
)
def test_deep_nesting_compiles_or_is_refused(text: str) -> None:
    assert outcome(text) in ("program", "FS0802")
