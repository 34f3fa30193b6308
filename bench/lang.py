"""What the language's own mechanisms cost, and how long a long program takes to compile.

    python bench/lang.py [--only compiling] [--level 2] [--rounds 3] [--large] [--json FILE]

Exceptions, virtual calls, allocation and strings: nanoseconds of CPU per operation, from the difference of a short and a long
run, so that starting the process does not count; the best of the rounds. Beside them C++ programs that do the same, when g++ is
there (-O2). C++ checks neither overflow nor null.

Then the CPU seconds of `starklink build` for a generated program of 24,000 lines with 2,000 methods, at -O0 and -O2; with --large
also for ten times as much, where the growth should be about ten. The pure Python build and the compiled one (make fast), if it is
there, stand side by side. `loops` is the time in times of a fixed Python loop run beside them: on a shared machine compare these.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

THROW = """
int Deep(int n) {
    if (n == 0) throw new ArithmeticException("deep");
    return Deep(n - 1) + n;
}

int main(string[] args) {
    int rounds = to_int(args[0]), caught = 0;
    for (int i = 0; i < rounds; i++) {
        try {
            caught += Deep(9);
        } catch (ArithmeticException e) {
            caught++;
        }
    }
    print(caught);
    return 0;
}
"""
THROW_CPP = """
#include <cstdio>
#include <cstdlib>
#include <stdexcept>
__attribute__((noinline)) long deep(long n) {
    if (n == 0) throw std::runtime_error("deep");
    return deep(n - 1) + n;
}
int main(int, char **argv) {
    long rounds = atol(argv[1]), caught = 0;
    for (long i = 0; i < rounds; i++) {
        try { caught += deep(9); } catch (std::runtime_error &e) { caught++; }
    }
    printf("%ld\\n", caught);
}
"""
TRY = """
int Work(int n) => n % 7 == 8 ? throw_it() : n;
int throw_it() { throw "never"; }

int main(string[] args) {
    int rounds = to_int(args[0]), sum = 0;
    for (int i = 0; i < rounds; i++) {
        try {
            sum ^= Work(i);
        } catch (string m) {
            sum = 0;
        }
    }
    print(sum);
    return 0;
}
"""
TRY_CPP = """
#include <cstdio>
#include <cstdlib>
__attribute__((noinline)) long throw_it() { throw "never"; }
static long work(long n) { return n % 7 == 8 ? throw_it() : n; }
int main(int, char **argv) {
    long rounds = atol(argv[1]), sum = 0;
    for (long i = 0; i < rounds; i++) {
        try { sum ^= work(i); } catch (const char *m) { sum = 0; }
    }
    printf("%ld\\n", sum);
}
"""
VIRTUAL = """
abstract class Shape {
    public int side;
    public abstract int Area(int scale);
}
class Square : Shape { public override int Area(int scale) => side ^ scale; }
class Circle : Shape { public override int Area(int scale) => side | scale; }
class Cube : Square { public override int Area(int scale) => side & scale; }

int main(string[] args) {
    int rounds = to_int(args[0]), sum = 0;
    Shape[] shapes = new Shape[64];
    for (int i = 0; i < 64; i++) {
        if (i % 3 == 0) shapes[i] = new Square();
        else if (i % 3 == 1) shapes[i] = new Circle();
        else shapes[i] = new Cube();
        shapes[i].side = i;
    }
    for (int i = 0; i < rounds; i++) sum ^= shapes[i & 63].Area(i);
    print(sum);
    return 0;
}
"""
VIRTUAL_CPP = """
#include <cstdio>
#include <cstdlib>
struct Shape { long side; virtual long area(long scale) = 0; };
struct Square : Shape { long area(long scale) override { return side ^ scale; } };
struct Circle : Shape { long area(long scale) override { return side | scale; } };
struct Cube : Square { long area(long scale) override { return side & scale; } };
int main(int, char **argv) {
    long rounds = atol(argv[1]), sum = 0;
    static Shape *shapes[64];
    for (int i = 0; i < 64; i++) {
        if (i % 3 == 0) shapes[i] = new Square();
        else if (i % 3 == 1) shapes[i] = new Circle();
        else shapes[i] = new Cube();
        shapes[i]->side = i;
    }
    for (long i = 0; i < rounds; i++) sum ^= shapes[i & 63]->area(i);
    printf("%ld\\n", sum);
}
"""
ALLOCATE = """
class Node {
    public int value;
    public Node next;
    public Node(int value, Node next) { this.value = value; this.next = next; }
}

int main(string[] args) {
    int rounds = to_int(args[0]);
    Node list = null;
    for (int i = 0; i < rounds; i++) list = new Node(i, i % 16 == 0 ? null : list);
    print(list.value);
    return 0;
}
"""
ALLOCATE_CPP = """
#include <cstdio>
#include <cstdlib>
struct Node { void *type; long value; Node *next; Node(long v, Node *n) : type(0), value(v), next(n) {} };
int main(int, char **argv) {
    long rounds = atol(argv[1]);
    Node *list = 0;
    for (long i = 0; i < rounds; i++) list = new Node(i, i % 16 == 0 ? 0 : list);
    printf("%ld\\n", list->value);
}
"""
CONCATENATE = """
int main(string[] args) {
    int rounds = to_int(args[0]), size = 0;
    for (int i = 0; i < rounds; i += 100) {
        string s = "";
        for (int k = 0; k < 100; k++) s += "x";
        size += s.Length;
    }
    print(size);
    return 0;
}
"""
CONCATENATE_CPP = """
#include <cstdio>
#include <cstdlib>
#include <string>
int main(int, char **argv) {
    long rounds = atol(argv[1]), size = 0;
    for (long i = 0; i < rounds; i += 100) {
        std::string s;
        for (int k = 0; k < 100; k++) s = s + "x";
        size += s.size();
    }
    printf("%ld\\n", size);
}
"""
BUILD = """
using "std/text.fsh";

int main(string[] args) {
    int rounds = to_int(args[0]);
    StringBuilder s = new StringBuilder();
    for (int i = 0; i < rounds; i++) s.Append("piece").Append(i);
    print(s.Length);
    return 0;
}
"""
BUILD_CPP = """
#include <cstdio>
#include <cstdlib>
#include <string>
int main(int, char **argv) {
    long rounds = atol(argv[1]);
    std::string s;
    for (long i = 0; i < rounds; i++) { s += "piece"; s += std::to_string(i); }
    printf("%zu\\n", s.size());
}
"""


@dataclass
class Measure:
    """One row: operations of the short and of the long run."""

    name: str
    source: str
    cpp: str
    short: int
    long: int


MEASURES = [
    Measure("throw and catch, 10 frames up", THROW, THROW_CPP, 10_000, 110_000),
    Measure("try around a call, nothing thrown", TRY, TRY_CPP, 1_000_000, 101_000_000),
    Measure("virtual call, 3 targets", VIRTUAL, VIRTUAL_CPP, 1_000_000, 101_000_000),
    Measure("new object of 24 bytes, kept", ALLOCATE, ALLOCATE_CPP, 100_000, 5_100_000),
    Measure("s += x, 100 in a row", CONCATENATE, CONCATENATE_CPP, 10_000, 1_010_000),
    Measure("StringBuilder, text and number", BUILD, BUILD_CPP, 10_000, 1_010_000),
]

METHOD = """\
    public int Method{n}(int a, int b) {{
        int total = a * {k} + b;
        for (int i = 0; i < count; i++) {{
            if (values[i] > total && i != {k}) total += values[i] & 255;
            else total -= i >> 1;
        }}
        string text = name + total;
        if (text.Length > 12) throw new Exception("long: " + text);
        total += text.Length;
        return total % 1000;
    }}
"""
CLASS = """\
class Class{c} : Base {{
    int[] values = new int[8];
    int count = 8;
    string name = "class {c}";

    public override int Run(int a) {{
        int sum = 0;
        try {{
{calls}
        }} catch (Exception e) {{
            sum = -1;
        }}
        return sum;
    }}

{methods}}}

"""
PER_CLASS = 20


def generated(methods: int) -> str:
    """A program with that many methods of eleven lines, in classes of 20, all of them called."""
    out = ["abstract class Base { public abstract int Run(int a); }\n\n"]
    classes = methods // PER_CLASS
    for c in range(classes):
        numbers = range(PER_CLASS)
        calls = "\n".join(f"            sum += Method{n}(a, {n * 7 % 13});" for n in numbers if n % 4 == 0)
        calls += "\n            sum += " + " + ".join(f"Method{n}(sum, {n})" for n in numbers if n % 4) + ";"
        body = "".join(METHOD.format(n=n, k=(c * 31 + n * 7) % 97 + 2) for n in numbers)
        out.append(CLASS.format(c=c, calls=calls, methods=body))
    out.append("int main() {\n    int sum = 0;\n    Base[] all = new Base[" + str(classes) + "];\n")
    out += [f"    all[{c}] = new Class{c}();\n" for c in range(classes)]
    out.append("    for (int i = 0; i < all.Length; i++) sum += all[i].Run(i);\n    print(sum);\n    return 0;\n}\n")
    return "".join(out)


def cpu(command: list[str], build: str = "") -> tuple[float, str]:
    """CPU seconds (user and system) of a command, and its output; `build` is the compiler's build to use."""
    environment = {**os.environ, "STARKLINK_BUILD": build} if build else None
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(command, check=True, capture_output=True, text=True, env=environment)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime, done.stdout


def nanoseconds(program: Path, measure: Measure, rounds: int) -> tuple[float, str]:
    """Per operation, and the output of the long run."""
    best, said = float("inf"), ""
    for _ in range(rounds):
        short, _ = cpu([str(program), str(measure.short)])
        long, said = cpu([str(program), str(measure.long)])
        best = min(best, (long - short) / (measure.long - measure.short) * 1e9)
    return best, said


def mechanisms(here: Path, level: int, rounds: int) -> dict[str, list[float | None]]:
    from starklink import compile_text

    gcc = shutil.which("g++")
    print(f"-O{level}".ljust(38), "ns".rjust(10), "ns in C++".rjust(10), "ratio".rjust(7))
    found: dict[str, list[float | None]] = {}
    for measure in MEASURES:
        ours, theirs = here / "ours", here / "theirs"
        compile_text(measure.source, level=level).link().write(ours)
        spent, said = nanoseconds(ours, measure, rounds)
        row: list[float | None] = [spent, None]
        if gcc:
            (here / "it.cpp").write_text(measure.cpp)
            subprocess.run([gcc, "-O2", "-o", str(theirs), str(here / "it.cpp")], check=True)
            row[1], expected = nanoseconds(theirs, measure, rounds)
            if said != expected:
                raise SystemExit(f"{measure.name}: {said!r}, C++ says {expected!r}")
        found[measure.name] = row
        other = "" if row[1] is None else f"{row[1]:10.1f} {spent / row[1]:7.2f}" if row[1] > 0 else f"{row[1]:10.1f}"
        print(measure.name.ljust(38), f"{spent:10.1f}", other)
    return found


def loop() -> float:
    """CPU seconds of ten million additions in plain Python: how fast the machine is for Python at this moment."""
    return cpu([sys.executable, "-S", "-E", "-c", "x = 0\nfor i in range(10**7): x += i"])[0]


def compiling(here: Path, large: bool, rounds: int) -> dict[str, float]:
    from starklink import compiled

    trouble = compiled.problem(compiled.FOLDER, Path(compiled.__file__).parent)
    builds = ["pure"] if trouble else ["pure", "compiled"]
    if trouble:
        print(f"\n{trouble}: make fast")
    print()
    print("compiling".ljust(33), *(f"{build:>10} {'lines/s':>9} {'loops':>6} {'growth':>6}" for build in builds),
          "" if trouble else "  ratio")
    found: dict[str, float] = {}
    for level in (0, 2):
        before: dict[str, float] = {}
        for methods in (2000, 20000) if large else (2000,):
            text = generated(methods)
            lines = text.count("\n")
            (here / "long.fsh").write_text(text)
            command = [sys.executable, "-m", "starklink", "build", str(here / "long.fsh"), f"-O{level}", "-o", str(here / "long")]
            times: dict[str, list[float]] = {build: [] for build in ("loop", *builds)}
            for _ in range(rounds if methods < 10000 else 1):       # in turn: all meet the same load of the machine
                times["loop"].append(loop())
                for build in builds:
                    times[build].append(cpu(command, build)[0])
            subprocess.run([str(here / "long")], check=True, stdout=subprocess.DEVNULL)
            best = {build: min(some) for build, some in times.items()}
            row = [f"{lines} lines, {methods} methods, -O{level}".ljust(33)]
            for build in builds:
                spent = found[f"{lines} lines, {methods} methods, -O{level}, {build}"] = best[build]
                growth = f"{spent / before[build]:6.1f}" if before else " " * 6
                row.append(f"{spent:10.2f} {lines / spent:9.0f} {spent / best['loop']:6.2f} {growth}")
            print(*row, "" if trouble else f"{best['pure'] / best['compiled']:7.2f}", flush=True)
            before = best
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", choices=("mechanisms", "compiling"), help="only one of the tables")
    parser.add_argument("--level", type=int, choices=(0, 1, 2), default=2, help="of the first table")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--large", action="store_true", help="also compile 240,000 lines")
    parser.add_argument("--json", help="write the numbers to this file")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        here = Path(folder)
        found: dict[str, object] = {}
        if options.only != "compiling":
            found["nanoseconds"] = mechanisms(here, options.level, options.rounds)
        if options.only != "mechanisms":
            found["seconds"] = compiling(here, options.large, options.rounds)
    if options.json:
        Path(options.json).write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
