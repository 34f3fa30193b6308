"""Throws damaged and extreme sources at the whole compiler: each must give a diagnostic or a working program.

    python tools/fuzz_input.py [--mutations 10000] [--seed 1] [FILE ...]    random damage to tokens and bytes
    python tools/fuzz_input.py --prefixes [FILE ...]                        every prefix
    python tools/fuzz_input.py --shapes 100000 [--only NAME]                the nests and masses of tools/shapes.py

FILEs default to samples/ and tests/programs/. A failure is any exception but CompileError, a crash, more than 30 seconds, and a
program that dies by a signal; its source is kept as fuzz_input_failure.fsh.
"""

from __future__ import annotations

import argparse
import os
import random
import re
import resource
import signal
import subprocess
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Iterable
from pathlib import Path

from starklink import CompileError
from starklink.driver.compile import compile_file
from starklink.driver.session import Options

sys.path.insert(0, str(Path(__file__).parent))
import shapes

ROOT = Path(__file__).parent.parent
SECONDS = 30
BATCH = 250
TOKEN = re.compile(rb"//[^\n]*|/\*.*?\*/|\"(?:[^\"\\\n]|\\.)*\"|'[^'\n]*'|\w+|\s+|.", re.DOTALL)
_JUNK = """
( ) [ ] { } < > ; , . = == => ? : + - * / % ++ -- && || ! ~ << >> += $" @" " ' /* */ // \\ # \0 é class struct if else while
foreach switch case default break continue return throw try catch finally public static const int byte double string bool object
do for void new null this base is as true false checked unchecked unsafe sizeof await async import namespace abstract virtual
override 0 1 -1 255 256 9223372036854775807 1.5 1e999 0x "s" 'c' x main Main Exception length print
"""
JUNK = _JUNK.split()


# -- damage ------------------------------------------------------------------------------------------------------------


def damage_tokens(data: bytes, rng: random.Random) -> bytes:
    """The source with a few tokens deleted, inserted, doubled, swapped or moved."""
    tokens = TOKEN.findall(data)
    for _ in range(rng.choice((1, 1, 1, 2, 3, 8))):
        if not tokens:
            break
        at, other = rng.randrange(len(tokens)), rng.randrange(len(tokens))
        kind = rng.randrange(6)
        if kind == 0:
            del tokens[at]
        elif kind == 1:
            tokens.insert(at, rng.choice(JUNK).encode())
        elif kind == 2:
            tokens[at : at + 1] = [tokens[at], b" ", tokens[at]]
        elif kind == 3:
            tokens[at], tokens[other] = tokens[other], tokens[at]
        elif kind == 4:
            tokens[at] = tokens[other]
        else:
            size = rng.randrange(1, 30)
            piece = tokens[other : other + size]
            tokens[at:at] = piece
    return b"".join(tokens)


def damage_bytes(data: bytes, rng: random.Random) -> bytes:
    """The source with a few bytes changed, lost or doubled."""
    out = bytearray(data)
    for _ in range(rng.choice((1, 1, 2, 5, 50))):
        at = rng.randrange(len(out) + 1)
        kind = rng.randrange(4)
        if kind == 0 and at < len(out):
            out[at] = rng.randrange(256)
        elif kind == 1:
            del out[at : at + rng.choice((1, 1, 5, 100))]
        elif kind == 2:
            out[at:at] = bytes(rng.randrange(256) for _ in range(rng.choice((1, 4))))
        else:
            out[at:at] = out[at : at + rng.randrange(60)]
    return bytes(out)


def mutations(files: Iterable[Path], count: int, rng: random.Random) -> Iterable[bytes]:
    """`count` damaged sources."""
    texts = [path.read_bytes() for path in files]
    for _ in range(count):
        damage = damage_tokens if rng.random() < 0.8 else damage_bytes
        yield damage(rng.choice(texts), rng)


def prefixes(files: Iterable[Path]) -> Iterable[bytes]:
    """Every beginning of every file."""
    for path in files:
        data = path.read_bytes()
        for end in range(len(data)):
            yield data[:end]


# -- outcome -----------------------------------------------------------------------------------------------------------


def outcome(data: bytes, folder: Path, level: int = 1, run: bool = True) -> str:
    """ "program", or the codes of the errors. Raises AssertionError for senseless diagnostics and a program that crashes."""
    path = folder / "case.fsh"
    path.write_bytes(data)
    try:
        image = bytes(compile_file(path, Options(level=level, directory=str(folder))).link())
    except CompileError as error:
        codes = [one.code for one in error.diagnostics if one.severity == "error"]
        assert codes, "no error"
        assert all(re.fullmatch(r"FS\d{4}", code) for code in codes)
        assert re.search(r"\d+ errors, \d+ warnings\n$", str(error))
        for one in error.diagnostics:
            assert 0 <= one.start <= one.end, one
        return " ".join(codes)
    if run:
        program = folder / "case"
        program.write_bytes(image)
        program.chmod(0o755)
        done = subprocess.run([program], cwd=folder, stdin=subprocess.DEVNULL, capture_output=True, preexec_fn=_limits)
        # What is damaged may loop or print for ever; anything else ends by itself.
        assert done.returncode >= 0 or -done.returncode in (signal.SIGXCPU, signal.SIGKILL, signal.SIGXFSZ), (
            f"the program died by signal {-done.returncode}"
        )
        assert done.returncode != 99 and b"MemoryFault" not in done.stderr, "the program touched memory that is not its own"
    return "program"


def _limits() -> None:
    resource.setrlimit(resource.RLIMIT_CPU, (1, 2))
    resource.setrlimit(resource.RLIMIT_AS, (1 << 30, 1 << 30))
    resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, 1 << 20))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def check(cases: Iterable[bytes], levels: tuple[int, ...], run: bool, say: Callable[[str], object] = print) -> int:
    """Check many sources in child processes, so that a crash of the interpreter is noticed, too; the number of failures."""
    failures, done = 0, 0
    pending = iter(cases)
    with tempfile.TemporaryDirectory() as name:
        while batch := [data for _, data in zip(range(BATCH), pending)]:
            while batch:
                finished = _child(batch, levels, run, Path(name))
                done += finished
                batch = batch[finished:]
                if batch:
                    failures += 1
                    Path("fuzz_input_failure.fsh").write_bytes(batch.pop(0))
                    say(f"case {done} failed, see fuzz_input_failure.fsh")
                    done += 1
    return failures


def _child(batch: list[bytes], levels: tuple[int, ...], run: bool, folder: Path) -> int:
    """How many of a batch went well before one did not."""
    counter = folder / "counter"
    counter.write_text("0")
    child = os.fork()
    if child == 0:
        code = 0
        try:
            for at, data in enumerate(batch):
                signal.alarm(SECONDS * len(levels))
                for level in levels:
                    outcome(data, folder, level, run)
                counter.write_text(str(at + 1))
        except BaseException:
            traceback.print_exc()
            code = 1
        finally:
            sys.stderr.flush()
            os._exit(code)
    os.waitpid(child, 0)
    return int(counter.read_text())


# -- extreme shapes ----------------------------------------------------------------------------------------------------


def check_shape(name: str, text: str, level: int, gigabytes: float = 4.0) -> tuple[bool, str]:
    """Build a source by the command with limited time and memory: whether all went well, and a line that tells how it went."""

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_CPU, (4 * SECONDS, 4 * SECONDS))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))

    with tempfile.TemporaryDirectory() as folder:
        source, output = Path(folder, "case.fsh"), Path(folder, "case")
        source.write_text(text, encoding="utf-8")
        command = [sys.executable, "-m", "starklink.driver.cli", "build", str(source), "-o", str(output), f"-O{level}"]
        with open(Path(folder, "log"), "w+", encoding="utf-8") as log:
            child = subprocess.Popen(command, stdout=log, stderr=log, preexec_fn=limit)
            _, status, used = os.wait4(child.pid, 0)
            code = child.returncode = os.waitstatus_to_exitcode(status)
            log.seek(0)
            said = log.readline().strip()[-100:]
        seconds, peak = used.ru_utime + used.ru_stime, used.ru_maxrss / (1 << 20)
        good = code in (0, 2) and output.exists() == (code == 0)
        if code == 0:
            ran = subprocess.run([output], capture_output=True, preexec_fn=_limits)
            good = good and ran.returncode >= 0
            said = f"exit code {ran.returncode}"
        slow = "  TOO SLOW" if seconds > SECONDS else "  TOO LARGE" if peak > gigabytes else "" if good else "  FAILED"
        return good and not slow, f"{name:24} -O{level} {seconds:7.2f} s {peak:5.2f} GiB  code {code:3}  {said}{slow}"


def check_shapes(size: int, levels: tuple[int, ...], only: str) -> int:
    """Build all shapes; the number of failures."""
    failures = 0
    for name, make in (
        shapes.DEEP
        | {f"many {name}": make for name, make in shapes.WIDE.items()}
        | {f"broken {name}": make for name, make in shapes.BROKEN.items()}
    ).items():
        if only in name:
            for level in levels:
                good, line = check_shape(name, make(size), level)
                print(line, flush=True)
                failures += not good
    return failures


def main() -> int:
    """The command line, see the module's text."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="*", type=Path, metavar="FILE")
    parser.add_argument("--mutations", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--prefixes", action="store_true")
    parser.add_argument("--shapes", type=int, metavar="N")
    parser.add_argument("--only", default="", metavar="NAME")
    parser.add_argument("--levels", default="0,2", help="optimisation levels (default: %(default)s)")
    args = parser.parse_args()
    levels = tuple(int(one) for one in args.levels.split(","))
    files = args.files or sorted([*(ROOT / "samples").glob("*.fsh"), *(ROOT / "tests" / "programs").glob("*.fsh")])
    started = time.monotonic()
    if args.shapes:
        failures = check_shapes(args.shapes, levels, args.only)
    elif args.prefixes:
        failures = check(prefixes(files), levels[:1], run=False)
    else:
        failures = check(mutations(files, args.mutations, random.Random(args.seed)), levels, run=True)
    print(f"{failures} failures, {time.monotonic() - started:.0f} s")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
