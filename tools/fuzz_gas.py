"""Damage GAS sources by bytes and by tokens: the front end has to give an object or diagnostics, never anything else.

    python tools/fuzz_gas.py [--count N] [--seed S] [FILE.s ...]

A case is one of tests/gas/*.s (or the files named) with a few mutations. A traceback, a case of more than `--seconds` of
CPU time, or an object that is no ELF file, is a fault and is printed with its source.
"""

from __future__ import annotations

import argparse
import random
import re
import resource
import signal
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "src"))

from starklink.asm.gas.api import assemble  # noqa: E402
from starklink.asm.gas.directives import DIRECTIVES  # noqa: E402
from starklink.asm.gas.errors import AssemblyFailed  # noqa: E402
from starklink.asm.gas.listing import Listed, listing  # noqa: E402

_TOKEN = re.compile(r"[\w.$@]+|\s+|.", re.DOTALL)
_NUMBERS = "0 -1 1 127 128 255 256 65536 0x7fffffff 0x80000000 0xffffffffffffffff 1<<62 1f 1b 'a 0x 08 99999999999"
_WORDS = """rax %rax xmm31 st(9) [rax (%rax,%rbx,3) . \\ \\x " /* */ # ; OFFSET @PLT @GOTPCREL @@
lock rep {k1} {z} {1to16} %fs: fs: $ *
<< \x00 \x01 é mov jmp call vaddps lea push fld .if .endif .else .endm label: 1: = == , : ~ ! ((((((((((( -------"""
NUMBERS = _NUMBERS.split(" ")
WORDS = [*sorted(DIRECTIVES), *re.split("[ \n]", _WORDS), "QWORD PTR", ".macro m"]


def sources() -> list[str]:
    """The texts that are damaged."""
    return [path.read_text(encoding="utf-8") for path in sorted((ROOT / "tests" / "gas").glob("*.s"))]


def mutate(draw: random.Random, texts: list[str]) -> str:
    """A damaged text."""
    text = draw.choice(texts)
    if draw.random() < 0.4:
        data = list(text)
        for _ in range(draw.randint(1, 8)):
            at = draw.randrange(len(data)) if data else 0
            kind = draw.randrange(4)
            if kind == 0 and data:
                del data[at : at + draw.randint(1, 6)]
            elif kind == 1:
                data.insert(at, chr(draw.choice((draw.randrange(128), draw.randrange(32, 127), draw.randrange(0x800)))))
            elif kind == 2 and data:
                data[at] = chr(draw.randrange(32, 127))
            else:
                data[at:at] = data[at : at + draw.randint(1, 40)]
        return "".join(data)
    tokens = _TOKEN.findall(text)
    for _ in range(draw.randint(1, 6)):
        at = draw.randrange(len(tokens)) if tokens else 0
        kind = draw.randrange(6)
        if kind == 0 and tokens:
            del tokens[at]
        elif kind == 1 and tokens:
            tokens[at] = draw.choice(WORDS)
        elif kind == 2 and tokens:
            tokens[at] = draw.choice(NUMBERS)
        elif kind == 3:
            tokens.insert(at, draw.choice(WORDS))
        elif kind == 4:
            other = _TOKEN.findall(draw.choice(texts))
            start = draw.randrange(len(other))
            tokens[at:at] = other[start : start + draw.randint(1, 30)]
        elif tokens:
            end = draw.randrange(len(tokens))
            tokens[at], tokens[end] = tokens[end], tokens[at]
    return "".join(tokens)


def check(text: str) -> str:
    """What is wrong with what the front end makes of a text; '' if nothing is."""
    odd = len(text) % 2 == 1  # every other case with all extras
    listed: list[Listed] | None = [] if odd else None
    try:
        data = assemble(text, "fuzz.s", syntax="att", debug=odd, alternate=len(text) % 5 == 0, listed=listed)
        if listed is not None:
            listing(listed)
    except AssemblyFailed as error:
        return "" if "error" in str(error) else "a failure without an error"
    except TimeoutError:
        return "it takes too long"
    except Exception as error:
        import traceback

        return f"{type(error).__name__}: {error}\n" + "".join(traceback.format_tb(error.__traceback__)[-3:])
    return "" if data[:4] == b"\x7fELF" else "no ELF file"


def _late(*_: object) -> None:
    raise TimeoutError


def run(count: int, seed: int, seconds: int = 20, texts: list[str] | None = None) -> list[tuple[str, str]]:
    """(fault, source) of the cases that have one."""
    found = []
    chosen = texts or sources()
    signal.signal(signal.SIGVTALRM, _late)
    for index in range(count):
        text = mutate(random.Random(f"{seed}.{index}"), chosen)
        signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
        fault = check(text)
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        if fault:
            found.append((fault, text))
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("files", nargs="*", type=Path)
    parser.add_argument("--count", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--seconds", type=int, default=20)
    options = parser.parse_args()
    resource.setrlimit(resource.RLIMIT_AS, (3 << 30, 3 << 30))
    texts = [path.read_text(errors="surrogateescape") for path in options.files] or None
    found = run(options.count, options.seed, options.seconds, texts)
    for fault, text in found[:10]:
        print(f"--- {fault}\n{text[:2000]}")
    print(f"{options.count} cases, {len(found)} faults")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
