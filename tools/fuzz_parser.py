"""Throws damaged programs at the lexer and parser: the outcome must be a tree and diagnostics, never an exception or a hang.

    python tools/fuzz_parser.py [--seconds 60] [--seed 1] [FOLDER]

Texts are the syntax cases of tests/syntax, or the .fsh files of a folder. Each is cut anywhere, or loses, gains, repeats or swaps
tokens and characters. A failing text is written to fuzz_parser_failure.fsh.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from pathlib import Path

from starklink.frontend.lexer import lex
from starklink.frontend.parser import IdCounter, parse
from starklink.frontend.printer import dump_ast, dump_tokens
from starklink.support.diagnostics import Bag
from starklink.support.spans import SourceMap

ROOT = Path(__file__).parent.parent
JUNK = [
    "(", ")", "[", "]", "{", "}", "<", ">", ";", ",", "=", "=>", "?", ":", '"', "'", '$"', '@"', "/*", "//", "\n", "\\", "#", "é",
    "\x00", "class", "if", "else", "case", "public", "int", "new", "catch", "namespace", "using", "where", "1", "0x", "x", ".",
]


def check(text: str) -> int:
    """Parse and print a text; the number of errors. Raises AssertionError if tokens or diagnostics make no sense."""
    sources = SourceMap()
    bag = Bag(sources)
    file = sources.add("fuzz.fsh", text)
    tokens = lex(file, bag)
    assert len(tokens.kinds) == len(tokens.syms) == len(tokens.starts) == len(tokens.ends)
    dump_tokens(tokens)
    ids = IdCounter()
    tree = parse(tokens, bag, ids)
    dumped = dump_ast(tree, file)
    assert bag.error_count or "<error>" not in dumped
    last = file.base + len(text)
    for one in bag.items:
        assert file.base <= one.start <= one.end <= last, one
    bag.render()
    return bag.error_count


def damage(text: str, rng: random.Random) -> str:
    """The text with a few random changes."""
    sources = SourceMap()
    tokens = lex(sources.add("x.fsh", text), Bag(sources))
    pieces = [tokens.text(row) for row in range(len(tokens.kinds))]
    spots = [start - 1 for start in tokens.starts]
    for _ in range(rng.choice((1, 1, 1, 2, 5))):
        row = rng.randrange(len(pieces))
        start, end = spots[row], spots[row] + len(pieces[row])
        if end > len(text):
            continue
        kind = rng.randrange(6)
        if kind == 0:
            text = text[:start] + text[end:]
        elif kind == 1:
            text = text[:end] + " " + text[start:end] + text[end:]
        elif kind == 2:
            text = text[:start] + rng.choice(JUNK) + text[start:]
        elif kind == 3:
            text = text[:start] + rng.choice(pieces) + text[end:]
        elif kind == 4:
            text = text[:start]
        else:
            at = rng.randrange(len(text) + 1)
            text = text[:at] + text[at + rng.randrange(4):]
    return text


def run(texts: list[str], rng: random.Random, seconds: float) -> int:
    """Check damaged texts for a time; the number of texts. A failure is written to a file and raised."""
    end = time.monotonic() + seconds
    count = 0
    while time.monotonic() < end:
        text = damage(rng.choice(texts), rng)
        started = time.monotonic()
        try:
            check(text)
            assert time.monotonic() - started < 10, "too slow"
        except BaseException:
            Path("fuzz_parser_failure.fsh").write_text(text, encoding="utf-8")
            raise
        count += 1
    return count


def main() -> int:
    """The command line, see the module's text."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", nargs="?")
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    if args.folder:
        texts = [path.read_bytes().decode("utf-8-sig") for path in sorted(Path(args.folder).rglob("*.fsh"))]
    else:
        texts = []
        for path in sorted((ROOT / "tests" / "syntax").glob("*.txt")):
            cases = path.read_text(encoding="utf-8").split("=== ")[1:]
            texts += [case.partition("\n")[2].partition("---\n")[0] for case in cases]
    count = run(texts, random.Random(args.seed), args.seconds)
    print(f"{count} texts, no failure")
    return 0


if __name__ == "__main__":
    sys.exit(main())
