"""Every sample at -O0 and -O2 with input, against outputs worked out independently; two of them also booted."""

from __future__ import annotations

import json
import random
import runpy
from functools import cache
from pathlib import Path

import pytest
from sample_models import life, machine, marked, matrix, number, random_pattern

from starklink import Image, compile_file

ROOT = Path(__file__).resolve().parent.parent
SAMPLES = ROOT / "samples"
DATA = Path(__file__).resolve().parent / "data"
LEVELS = pytest.mark.parametrize("level", [0, 2])


@cache
def image(name: str, level: int, target: str = "linux") -> Image:
    return compile_file(SAMPLES / f"{name}.fsh", level=level, target=target, debug=False, werror=True).link()


def run(name: str, level: int, *args: str, stdin: str = "") -> tuple[int, str]:
    done = image(name, level).run(args, stdin=stdin.encode(), timeout=20)
    assert done.stderr == ""
    return done.returncode, done.stdout


def text(name: str) -> str:
    return (DATA / f"{name}.out").read_text(encoding="utf-8")


def test_all_samples_are_tested() -> None:
    tested = {"adventure", "bank", "calculator", "files", "hello", "json", "life", "matrix", "regex", "tour", "vm"}
    assert {path.stem for path in SAMPLES.glob("*.fsh")} == tested
    for path in SAMPLES.rglob("*.fsh"):
        assert path.name in ("hello.fsh", "adventure.fsh") or 50 <= path.read_text("utf-8").count("\n") <= 300


@LEVELS
@pytest.mark.parametrize(("name", "status"), [("hello", 0), ("tour", 6), ("bank", 0)])
def test_output_is_the_one_written_down(name: str, status: int, level: int) -> None:
    assert run(name, level) == (status, text(name))


CALCULATIONS: list[tuple[str, float | str | None]] = [
    ("1 + 2 * 3", 1 + 2 * 3),
    ("(1 + 2) * -3 - 4", (1 + 2) * -3 - 4),
    ("2 ^ 3 ^ 2", 2**3**2),
    ("-2 ^ 2", -(2**2)),
    ("7 / 2 / 2", 7 / 2 / 2),
    ("0.1 + .2", 0.1 + 0.2),
    ("17.5 % 5", 17.5 % 5),
    ("r = 2.5", 2.5),
    ("pi * r ^ 2", 3.141592653589793 * 2.5**2),
    ("max(r, sqrt(9)) + min(1, abs(-2)) + floor(2.7) + round(2.5)", 3 + 1 + 2 + 2),
    ("  ", None),
    ("1 / (r - 2.5)", "(r - 2.5): division by zero"),
    ("5 % 0", "0: division by zero"),
    ("2 * (3 + 4", ": ')' is missing here"),
    ("1 + sqrt(0 - 4)", "sqrt: square root of a negative number"),
    ("2 * radius", "radius: unknown name 'radius'"),
    ("2 * sin(1)", "sin: unknown function 'sin'"),
    ("1..2 + 1", "1..2: '1..2' is no number"),
    ("min(1)", "): ',' is missing here"),
    ("4 4", "4: this is too much"),
    ("3 +", ": the line ends too early"),
    ("3 + * 4", "* 4: a number is missing here"),
    ("x = y = 1", "y: unknown name 'y'"),
]


@LEVELS
def test_calculator(level: int) -> None:
    expected = ""
    for line, result in CALCULATIONS:
        expected += "> "
        if isinstance(result, str):
            place, message = result.split(": ")
            at = line.rindex(place) if place else len(line)
            expected += " " * (at + 2) + f"^ {message}\n"
            if line.startswith("x ="):
                expected = expected[: expected.rindex(">")] + "> " + " " * 6 + "^ unknown name 'y'\n"
        elif result is not None:
            expected += number(result) + "\n"
    lines = [line for line, _ in CALCULATIONS]
    assert run("calculator", level, stdin="\n".join(lines)) == (1, expected + "> \n")
    many = "".join(f"name{i} = {i}\n" for i in range(20))
    tail = "> " + "".join(f"  name{i} = {i}\n" for i in range(20)).replace("  name0", "  pi = 3.141592653589793\n"
                                                                          "  e = 2.718281828459045\n  name0") + "> "
    status, said = run("calculator", level, stdin=many + "vars\nquit\n1\n")
    assert (status, said) == (0, "".join(f"> {i}\n" for i in range(20)) + tail)


@LEVELS
def test_adventure(level: int) -> None:
    moves = [line[2:] for line in text("adventure").splitlines() if line.startswith("> ")]
    expected = "".join(
        "> " if line.startswith("> ") else line + "\n" for line in text("adventure").splitlines()
    )
    assert run("adventure", level, stdin="\n".join(moves)) == (0, expected)
    status, said = run("adventure", level, stdin="look\n" * 30)
    assert status == 1
    assert said.count("> ") == 25
    assert said.endswith("You hear wood break on rocks. It is too late.\n")
    assert run("adventure", level, stdin="quit\n")[1].endswith("> The sea keeps its secrets.\n")


def random_json(source: random.Random, depth: int) -> object:
    kind = source.randrange(8 if depth else 5)
    if kind == 0:
        return source.choice([None, True, False])
    if kind == 1:
        return source.choice([0, -1, 7, 10**30, -0.5, 12.25, 1e22, 1e-7])
    if kind < 5:
        return "".join(source.choice(['"', "\\", "/", "\n", "\t", "\r", "\b", "\f", "\x01", "a", "é", "€", "😀", " "])
                       for _ in range(source.randrange(6)))
    count = source.randrange(9)
    if kind < 7:
        return [random_json(source, depth - 1) for _ in range(count)]
    return {f"k{source.randrange(20)}{source.choice(['', 'é', chr(34)])}": random_json(source, depth - 1) for _ in range(count)}


@LEVELS
def test_json(level: int) -> None:
    source = random.Random(7)
    for number_of in range(25):
        value = random_json(source, 4)
        given = json.dumps(value, ensure_ascii=number_of % 2 == 0, indent=(None, 1)[number_of % 3 == 0])
        assert run("json", level, stdin=given) == (0, json.dumps(value, indent=2, ensure_ascii=False) + "\n")
    users = '{"users": [{"name": "Ada"}, {"name": "Ben", "name": "Eve"}]}'
    assert run("json", level, "users.1.name", stdin=users) == (0, '"Eve"\n')
    assert run("json", level, "users.2", stdin=users) == (1, "error: there is no '2' in 'users.2'\n")


@LEVELS
@pytest.mark.parametrize(
    ("given", "message"),
    [
        ("", "line 1, column 1: a value is missing"),
        ("[1,\n  2 3]", "line 2, column 5: ',' or ']' is missing"),
        ('{"a" 1}', "line 1, column 6: ':' is missing"),
        ('{"a": 1, }', "line 1, column 10: a key is missing"),
        ("[01]", "line 1, column 2: a value is missing"),
        ("[1.]", "line 1, column 2: a value is missing"),
        ("nul", "line 1, column 1: a value is missing"),
        ("{} {}", "line 1, column 4: the end is missing"),
        ('"abc', "line 1, column 5: '\"' is missing"),
        (r'"\x"', "line 1, column 3: an escape is missing"),
        (r'"\u12g4"', "line 1, column 6: a hexadecimal digit is missing"),
        (r'"\ud83d."', "line 1, column 8: the other half of a character is missing"),
    ],
)
def test_json_errors(given: str, message: str, level: int) -> None:
    if "ud83d" not in given:  # Python takes half a character for one
        with pytest.raises(json.JSONDecodeError):
            json.loads(given)
    assert run("json", level, stdin=given) == (1, f"error: {message}\n")


@LEVELS
def test_life(level: int) -> None:
    assert run("life", level) == (0, life(6))
    assert run("life", level, "300") == (0, life(300))
    assert run("life", level, "many") == (2, "usage: life [GENERATIONS]\n")


@LEVELS
def test_matrix(level: int) -> None:
    assert run("matrix", level) == (0, matrix())


@LEVELS
def test_virtual_machine(level: int) -> None:
    assert run("vm", level) == (0, machine((SAMPLES / "vm.fsh").read_text(encoding="utf-8")))


@LEVELS
def test_regular_expressions(level: int) -> None:
    source = random.Random(level)
    for _ in range(60):
        pattern = random_pattern(source)
        pattern = source.choice(["", "", "", "^"]) + pattern + source.choice(["", "", "", "$"])
        lines = ["".join(source.choice("abc1 .") for _ in range(source.randrange(10))) for _ in range(12)]
        expected = marked(pattern, lines)
        assert run("regex", level, pattern, stdin="\n".join(lines) + "\n") == (0 if expected else 1, expected), pattern
    for pattern, message in (("a)", "a ')' too many at 1"), ("(a", "a ')' is missing"), ("*", "nothing to repeat at 0"),
                             ("[a", "a ']' is missing"), ("a\\", "a character is missing behind the last \\")):
        assert run("regex", level, pattern) == (2, f"pattern: {message}\n")


@LEVELS
def test_files(level: int, tmp_path: Path) -> None:
    one, two = tmp_path / "one.txt", tmp_path / "two.txt"
    lines = ["pear 1", "apple 22 é", "", "pear 1", "élan 3 x"]
    one.write_text("\n".join(lines) + "\n", encoding="utf-8")
    size = len(one.read_bytes())
    assert run("files", level, "count", str(one)) == (0, f"{5:8}{10:8}{size:8}  one.txt\n")
    assert run("files", level, "sort", str(one), str(two)) == (0, "4 of 5 lines written\n")
    ordered = sorted(set(lines), key=str.encode)
    assert two.read_text(encoding="utf-8").splitlines() == ordered
    assert run("files", level, "find", "pear", str(one), str(two)) == (
        0, f"one.txt:1: pear 1\none.txt:4: pear 1\ntwo.txt:{ordered.index('pear 1') + 1}: pear 1\n")
    assert run("files", level, "find", "plum", str(one)) == (1, "")
    assert run("files", level, "replace", "a", "AA", str(one)) == (0, "4 places changed\n")
    assert one.read_text(encoding="utf-8") == ("\n".join(lines) + "\n").replace("a", "AA")
    assert run("files", level, "table", str(two)) == (0, "\napple  22  é\npear   1\nélan   3   x\n")
    hint = " (count, find, sort, replace, table)\n"
    assert run("files", level) == (2, "files: what shall be done?" + hint)
    assert run("files", level, "sort", "x") == (2, "files: sort takes 2 arguments" + hint)
    assert run("files", level, "count", str(tmp_path / "none")) == (
        2, f'files: Cannot read "{tmp_path}/none": No such file or directory\n')


def test_life_boots() -> None:
    done = image("life", 2, "pc").run(timeout=60)
    assert (done.returncode, done.stdout) == (0, life(6))


KERNEL = """kernel: running
memory: 8 MiB, 5 patterns, 0 bad words
fault: IndexOutOfBoundsException: Index out of bounds: index 4, length 4 at Device.Read:60
fault: NullPointerException: Null pointer dereference at Provoke:68
fault: ArithmeticException: Division by zero at Device.Scale:61
timer: interrupts masked 254
timer: 10 ticks
timer: 20 ticks
timer: 30 ticks
timer: work was done: true
timer: stopped: true
kernel: done
"""


def test_kernel_boots() -> None:
    build = runpy.run_path(str(SAMPLES / "kernel" / "build.py"))["build"]
    done = build(level=2).run(timeout=60)
    assert (done.returncode, done.stdout) == (42, KERNEL)
