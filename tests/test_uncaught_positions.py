"""The report of an uncaught error: `FILE:LINE:COL: TYPE: MESSAGE`, the trace and the exit code (fluxsharp.md sections 13, 18).

Every case is a statement with a mark before the operation whose position the specification names: the operator, the `[`,
the `.`, the cast's `(`, `throw`, or a called built-in's name. All statements are functions of one program, which runs the
one its argument names.
"""

from __future__ import annotations

from functools import cache

import pytest

from starklink.driver.compile import compile_text
from starklink.driver.session import Options

MARK = "\u00a4"
HEAD = """\
class Node {
    public Node next; public int value; public int[] list; public Pair pair;
    public void Run() { }
    public int Get(int n) { return n; }
}
class Leaf : Node { } class MyError : Exception { }
struct Pair { int a; Node node; }
int zero; int one = 1; int top = 9223372036854775807; int low = -9223372036854775808;
uint u = 1; i8 tiny = 127; byte full = 255; i32 w = 2147483647; double big = 1e30; char last = '\\U0010FFFF';
int[] none; int[] arr = new int[3]; int[][] rows = new int[2][]; Node[] nodes = new Node[2];
Node empty; Node node = new Node(); string nil; string str = "abc"; object box = 5; object noBox; Exception noError; Pair pair;
int ret(int x) { return x; }
"""
NULL = ("NullPointerException: Null pointer dereference", 102)
ADD = ("ArithmeticException: Integer overflow in addition", 103)
SUB = ("ArithmeticException: Integer overflow in subtraction", 103)
MUL = ("ArithmeticException: Integer overflow in multiplication", 103)
NEG = ("ArithmeticException: Integer overflow in negation", 103)
ZERO = ("ArithmeticException: Division by zero", 104)


def index(at: int, length: int) -> tuple[str, int]:
    return f"IndexOutOfBoundsException: Index out of bounds: index {at}, length {length}", 101


CASES: list[tuple[str, tuple[str, int]]] = [
    # operators
    ("print(ret(1) ¤+ top);", ADD),
    ("print((one + one) ¤- low);", SUB),
    ("print(top\n      ¤* 2);", MUL),
    ("print(1 + 2 * (3 ¤/ zero));", ZERO),
    ("print(one ¤% zero);", ZERO),
    ("print(low ¤/ -one);", ("ArithmeticException: Integer overflow in division", 103)),
    ("print(low ¤% -one);", ("ArithmeticException: Integer overflow in modulo", 103)),
    ("print(¤-low);", NEG),
    ("top¤++;", ADD),
    ("¤++top;", ADD),
    ("low¤--;", SUB),
    ("tiny ¤+= 1;", ADD),
    ("full ¤-= 256;", SUB),
    ("w ¤*= 2;", MUL),
    ("one ¤/= zero;", ZERO),
    ("arr[0] ¤%= zero;", ZERO),
    ("node.value = top; node.value¤++;", ADD),
    ("u = 0; u¤--;", SUB),
    ("last¤++;", ADD),
    ("print(w ¤+ (i32)1);", ADD),
    ("full ¤<<= 1;", ("ArithmeticException: Integer overflow in left shift", 103)),
    # index
    ("print(arr¤[3]);", index(3, 3)),
    ("arr¤[ret(-1)] = ret(5);", index(-1, 3)),
    ("arr¤[3]++;", index(3, 3)),
    ("arr¤[4] += 1;", index(4, 3)),
    ("print(none¤[0]);", NULL),
    ("none¤[0] = 1;", NULL),
    ("print(rows[0]¤[1]);", NULL),
    ("print(rows¤[2][1]);", index(2, 2)),
    ("print(str¤[3]);", index(3, 3)),
    ("print(nil¤[0]);", NULL),
    ("print(node.list¤[0]);", NULL),
    ("print(nodes¤[2].value);", index(2, 2)),
    # member
    ("print(empty¤.value);", NULL),
    ("empty¤.value = 1;", NULL),
    ("empty¤.value++;", NULL),
    ("empty¤.value += 2;", NULL),
    ("print(node.next¤.value);", NULL),
    ("empty¤.Run();", NULL),
    ("print(empty¤.Get(2));", NULL),
    ("print(node.next¤.ToString());", NULL),
    ("print(nodes[1]¤.next);", NULL),
    ("print(none¤.Length);", NULL),
    ("print(nil¤.length);", NULL),
    ("print(nil¤.length());", NULL),
    ("print(pair.node¤.value);", NULL),
    ("print(empty¤.pair.a);", NULL),
    ("empty¤.pair.a = 1;", NULL),
    ("print(noBox¤.ToString());", NULL),
    ("print(noBox¤.Equals(box));", NULL),
    # casts
    ("print(¤(byte)ret(300));", ("TypeError: Unsafe cast: value 300 out of byte range [0, 255]", 105)),
    ("print(1 + ¤(i32)big);", ("TypeError: Unsafe cast: value 1E+30 out of i32 range [-2147483648, 2147483647]", 105)),
    ("print(¤(uint)-one);", ("TypeError: Unsafe cast: value -1 out of uint range [0, 18446744073709551615]", 105)),
    ("print((¤(Leaf)node).value);", ("TypeError: Unsafe cast: object of type Node is not Leaf", 105)),
    ("print(¤(string)box);", ("TypeError: Unsafe cast: object of type int is not string", 105)),
    ("print(¤(byte)box);", ("TypeError: Unsafe cast: object of type int is not byte", 105)),
    ("print(¤(int)noBox);", NULL),
    # throw
    ('¤throw "text";', ("Exception: text", 1)),
    ("¤throw MyError;", ("MyError: MyError", 1)),
    ('¤throw new IOException("io");', ("IOException: io", 1)),
    ('¤throw ArithmeticException("mine");', ("ArithmeticException: mine", 1)),
    ("¤throw noError;", NULL),
    ("try { print(one ¤/ zero); } catch (e) { throw; }", ZERO),
    ("try { print(one / zero); } catch (e) { ¤throw e; }", ZERO),
    ("try { print(one / zero); } finally { print(arr¤[7]); }", index(7, 3)),
    # built-ins
    ("print(¤abs(low));", ("ArithmeticException: Integer overflow in abs", 103)),
    ("print(¤pow(10, 19));", ("ArithmeticException: Integer overflow in pow", 103)),
    ("print(¤pow(0, -1));", ZERO),
    ("print(¤sqrt(-1));", ("ArithmeticException: Square root of a negative number", 1)),
    ("print(¤mod(one, zero));", ZERO),
    ("print(¤abs_diff(top, low));", SUB),
    ("¤assert(one == 2);", ("AssertionException: Assertion failed", 109)),
    ('¤assert(zero, "why");', ("AssertionException: Assertion failed: why", 109)),
    ('print(¤to_int("x"));', ('TypeError: Cannot convert "x" to int', 105)),
    ('print(¤to_double("x"));', ('TypeError: Cannot convert "x" to double', 105)),
    ("print(¤substring(str, 2, 1));", ("IndexOutOfBoundsException: Index out of bounds: range 2..1, length 3", 101)),
    ("print(str.¤substring(2,\n  9));", ("IndexOutOfBoundsException: Index out of bounds: range 2..9, length 3", 101)),
    ("print(str\n  .¤char_at(4));", index(4, 3)),
    ("print(¤length(none));", NULL),
    ("print(¤to_upper(nil));", NULL),
    ("print(¤contains(str, nil));", NULL),
    ("¤copy(arr, new int[1]);", ("IndexOutOfBoundsException: Index out of bounds: copy of 3 elements into length 1", 101)),
    ("¤fill(none, 1);", NULL),
    ("print(¤char_at(str, 9));", index(9, 3)),
    ("print(¤read_int());", ("IOException: End of input", 1)),
    ("print(¤malloc(-one));", ("IndexOutOfBoundsException: Negative array size: -1", 101)),
    ('print(¤read_file("/no/such/file"));', ("IOException: ", 1)),
    # new
    ("print(¤new int[-one]);", ("IndexOutOfBoundsException: Negative array size: -1", 101)),
]


def program() -> tuple[str, list[tuple[int, int]]]:
    """The program and the (line, column) of every mark."""
    text, places = HEAD, []
    for number, (statement, _) in enumerate(CASES):
        text += f"void f{number}() {{\n    "
        before = text + statement[: statement.index(MARK)]
        places.append((before.count("\n") + 1, len(before) - before.rindex("\n")))
        text += statement.replace(MARK, "") + "\n}\n"
    calls = "".join(f"    if (n == {number}) f{number}();\n" for number in range(len(CASES)))
    return text + f"void main(string[] args) {{\n    int n = to_int(args[0]);\n{calls}}}\n", places


TEXT, PLACES = program()


@cache
def built(level: int):  # type: ignore[no-untyped-def]
    return compile_text(TEXT, "case.fsh", Options(level=level))


def check(number: int, code: int, stderr: str) -> None:
    wanted, exit_code = CASES[number][1]
    line, column = PLACES[number]
    lines = stderr.split("\n")
    assert lines[0].startswith(f"case.fsh:{line}:{column}: {wanted}"), stderr
    assert lines[1:3] == ["Stack trace:", f"  at f{number}:{line}"], stderr
    assert lines[3].startswith("  at main:"), stderr
    assert len(lines) == 5, stderr
    assert code == exit_code


@pytest.mark.parametrize("level", [0, 2])
def test_built(level: int) -> None:
    image = built(level).link()
    for number in range(len(CASES)):
        done = image.run([str(number)], timeout=20)
        check(number, done.returncode, done.stderr)


def test_interpreted() -> None:
    for number in range(len(CASES)):
        code, _, stderr = built(0).interpret([str(number)])
        check(number, code, stderr.decode())
