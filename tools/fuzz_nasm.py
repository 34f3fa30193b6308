"""Mutate assembly sources, token by token and byte by byte: a diagnostic or an object must come out, never anything else.

    python tools/fuzz_nasm.py [--count N] [--seed S] [--seconds LIMIT]

The sources are the samples and the cases of the tests. A failure is a traceback, an error without a message, or more time or
memory than the limits: each source has LIMIT seconds of CPU, the process 3 GiB.
"""

from __future__ import annotations

import argparse
import random
import re
import resource
import signal
import sys
import traceback
from pathlib import Path
from types import FrameType

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "src"))

from starklink.asm.nasm.api import run  # noqa: E402
from starklink.asm.nasm.errors import Diagnostics  # noqa: E402
from starklink.asm.nasm.options import Options  # noqa: E402
from starklink.asm.nasm.pp.core import Files  # noqa: E402

TOKEN = re.compile(r"%?[\w.$?@]+|\s+|'[^']*'|\"[^\"]*\"|.", re.DOTALL)
WORDS = (
    "%if", "%else", "%endif", "%macro", "%endmacro", "%rep 3", "%endrep", "%1", "%%x", "%$x", "%{1}", "%[", "%]", "%+", "%push",
    "%pop", "%rotate", "%define", "%xdefine", "%assign", "times", "db", "dq", "equ", "resb", "struc", "endstruc", "istruc",
    "iend", "align", "section", "global", "extern", "common", "bits 16", "bits 64", "org", "absolute", "incbin", "(", ")", "[",
    "]", "{",
    "}", ",", ":", "$", "$$", "0", "-1", "0x7fffffffffffffff", "1e400", "'", '"', "`", "\\", ";", "\n", "\0", "\xff", "rax",
    "[rel x]", "wrt ..plt", "strict", "short", "{k1}{z}", "1 <<", "//", "%%", "?", "dup", "%include 'case.asm'", "%exitrep",
    "%use smartalign", "%rep 1000000", "times 1 << 40", "resb 1 << 50", "..@x", ".x", "seg", "lock", "o64", "nosplit",
    "%line 5 x", "%deftok", "%substr",
)  # fmt: skip


class TooLong(Exception):
    """A source took more than its time."""


def sources() -> list[str]:
    """What is mutated."""
    out = [path.read_text("latin-1") for path in sorted((ROOT / "samples" / "asm").glob("*.asm"))]
    for path in sorted((ROOT / "tests" / "nasm").glob("*.cases")):
        out += re.split(r"^;;; .*\n", path.read_text("latin-1"), flags=re.MULTILINE)[1:]
    return out


def mutated(text: str, draw: random.Random, others: list[str]) -> str:
    """A source with some changes."""
    if draw.random() < 0.25:
        data = list(text)
        for _ in range(draw.choice((1, 1, 2, 5))):
            at = draw.randrange(len(data) + 1)
            change = draw.randrange(3)
            if change == 0 and data:
                del data[at : at + draw.choice((1, 1, 3, 20))]
            elif change == 1:
                data.insert(at, chr(draw.choice((0, 10, 13, 26, 32, 37, 39, 44, 92, 96, 128, 255, draw.randrange(256)))))
            elif at < len(data):
                data[at] = chr(ord(data[at]) ^ 1 << draw.randrange(8))
        return "".join(data)
    tokens = TOKEN.findall(text)
    for _ in range(draw.choice((1, 1, 2, 4, 8))):
        at = draw.randrange(len(tokens) + 1)
        change = draw.randrange(6)
        if change == 0:
            del tokens[at : at + draw.choice((1, 2, 5))]
        elif change == 1:
            tokens.insert(at, f" {draw.choice(WORDS)} ")
        elif change == 2 and at < len(tokens):
            tokens[at] = draw.choice(WORDS)
        elif change == 3:
            start = draw.randrange(len(tokens) + 1)
            tokens[at:at] = tokens[start : start + draw.choice((1, 3, 10, 40))]
        elif change == 4 and at < len(tokens):
            other = draw.randrange(len(tokens))
            tokens[at], tokens[other] = tokens[other], tokens[at]
        else:
            lines = draw.choice(others).splitlines(True)
            start = draw.randrange(len(lines) + 1)
            tokens[at:at] = ["\n", *lines[start : start + draw.choice((1, 4))]]
    return "".join(tokens)


def assembled(text: str, form: str) -> str:
    """What is wrong with how a source is assembled, "" if nothing is."""
    options = Options()
    options.source, options.format = "case.asm", form
    options.paths = [str(ROOT / "samples" / "asm" / "include")]
    files = Files(options.paths)
    files.give("case.asm", text)
    bag = Diagnostics()
    try:
        assembler = run(options, bag, files)
        if assembler is not None and not bag.errors:
            assembler.format.write(assembler)
        text = bag.render()
    except TooLong:
        return "it takes too long\n" + traceback.format_exc()
    except MemoryError:
        return "it takes too much memory\n" + traceback.format_exc()
    except Exception:
        return traceback.format_exc()
    if bag.errors and "error:" not in text:
        return "an error without a message"
    return ""


def _expired(number: int, frame: FrameType | None) -> None:
    raise TooLong


def fuzz(count: int, seed: int, seconds: float, show: bool = False) -> list[tuple[int, str, str]]:
    """(number, source, what is wrong) of the failures among `count` sources."""
    originals = sources()
    failures = []
    signal.signal(signal.SIGVTALRM, _expired)
    for number in range(count):
        draw = random.Random(f"{seed}:{number}")
        text = mutated(draw.choice(originals), draw, originals)
        form = draw.choice(("bin", "elf32", "elf64"))
        signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
        try:
            wrong = assembled(text, form)
        except TooLong:
            wrong = "it takes too long"
        finally:
            signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        if wrong:
            failures.append((number, text, f"{form}: {wrong}"))
            if show:
                print(f"--- {number} {form}: {wrong}", flush=True)
    return failures


def main() -> int:
    """Run the command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=20.0, help="CPU time one source may take")
    parser.add_argument("--save", metavar="FOLDER", help="write failing sources there")
    options = parser.parse_args()
    resource.setrlimit(resource.RLIMIT_AS, (3 << 30, 3 << 30))
    failures = fuzz(options.count, options.seed, options.seconds, True)
    if options.save:
        Path(options.save).mkdir(parents=True, exist_ok=True)
        for number, text, _ in failures:
            Path(options.save, f"{number}.asm").write_text(text, "latin-1")
    print(f"{options.count} sources, {len(failures)} failures")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
