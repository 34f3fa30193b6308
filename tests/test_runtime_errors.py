"""Reports of uncaught errors: message, position, trace and exit code (sections 13 and 18)."""

from __future__ import annotations

from runtime_sample import run


def failure(statements: str, declarations: str = "") -> tuple[int, str]:
    """Exit code and first line of the report of a main function that fails on line 2."""
    done = run(f"{declarations}void main() {{\n{statements} }}")
    assert done.stderr.split("\n")[1] == "Stack trace:"
    assert "  at main:2\n" in done.stderr
    return done.returncode, done.stderr.split("\n")[0]


def test_integer_overflow() -> None:
    most = "int m = 9223372036854775807;"
    for expression, word in (
        ("m + m", "addition"), ("-m - 2", "subtraction"), ("m * 2", "multiplication"), ("-(-m - 1)", "negation"),
        ("(-m - 1) / (m - m - 1)", "division"), ("(-m - 1) % (m - m - 1)", "modulo"), ("abs(-m - 1)", "abs"),
    ):
        code, report = failure(f"{most} print({expression});")
        assert code == 103
        assert report.endswith(f": ArithmeticException: Integer overflow in {word}")


def test_division_by_zero() -> None:
    assert failure("int z = 0; print(7 / z);") == (104, "main.fsh:2:20: ArithmeticException: Division by zero")
    assert failure("uint z = 0; print(7 % z);") == (104, "main.fsh:2:21: ArithmeticException: Division by zero")


def test_casts() -> None:
    whole = "[-9223372036854775808, 9223372036854775807]"
    for statements, tail in (
        ("int n = 300; print((byte)n);", "value 300 out of byte range [0, 255]"),
        ("int n = -129; print((i8)n);", "value -129 out of i8 range [-128, 127]"),
        ("int n = 40000; print((i16)n);", "value 40000 out of i16 range [-32768, 32767]"),
        ("int n = -1; print((u16)n);", "value -1 out of u16 range [0, 65535]"),
        ("int n = 4294967296; print((u32)n);", "value 4294967296 out of u32 range [0, 4294967295]"),
        ("int n = 2147483648; print((i32)n);", "value 2147483648 out of i32 range [-2147483648, 2147483647]"),
        ("int n = -5; print((uint)n);", "value -5 out of uint range [0, 18446744073709551615]"),
        ("uint n = 18446744073709551615; print((int)n);", f"value 18446744073709551615 out of int range {whole}"),
        ("int n = 55296; print((char)n);", "value 55296 out of char range [0, 1114111]"),
        ("double d = 1e20; print((int)d);", f"value 1E+20 out of int range {whole}"),
        ("double d = -0.0 / 0.0; print((int)d);", f"value NaN out of int range {whole}"),
        ("float f = 3.5e9f; print((i32)f);", "value 3.5E+09 out of i32 range [-2147483648, 2147483647]"),
    ):
        column = statements.index("print") + 7
        assert failure(statements) == (105, f"main.fsh:2:{column}: TypeError: Unsafe cast: {tail}"), statements


def test_arrays() -> None:
    for statements, tail in (
        ("int[] a = new int[3]; int i = 3; print(a[i]);", "index 3, length 3"),
        ("int[] a = new int[3]; int i = -2; a[i] = 1;", "index -2, length 3"),
        ("int[] a = new int[3]; uint i = 18446744073709551615; print(a[i]);", "index 18446744073709551615, length 3"),
        ("int[] a = new int[3]; int[] b = new int[2]; copy(a, b);", "copy of 3 elements into length 2"),
    ):
        code, report = failure(statements)
        assert code == 101
        assert report.endswith(f": IndexOutOfBoundsException: Index out of bounds: {tail}")
    code, report = failure("int n = -4; int[] a = new int[n];")
    assert (code, report.split(": ", 1)[1]) == (101, "IndexOutOfBoundsException: Negative array size: -4")


def test_null() -> None:
    code, report = failure("int[] a = null; print(a.Length);")
    assert (code, report.split(": ", 1)[1]) == (102, "NullPointerException: Null pointer dereference")


def test_assertions() -> None:
    assert failure("assert(1 > 2);") == (109, "main.fsh:2:1: AssertionException: Assertion failed")
    assert failure('assert(1 > 2, "order");') == (109, "main.fsh:2:1: AssertionException: Assertion failed: order")


def test_memory() -> None:
    code, report = failure("int n = 4611686018427387904; int[] a = new int[n];")
    assert code == 107
    assert report.endswith("OutOfMemory: Out of memory")


def test_stack_overflow_says_where() -> None:
    done = run("int down(int n) {\n    return down(n + 1) + 1;\n}\nvoid main() { print(1); print(down(0)); }")
    assert (done.returncode, done.stdout) == (106, "1\n")
    assert done.stderr == "main.fsh:2:12: StackOverflow: Stack overflow\n"


def test_stack_overflow_inside_the_library_says_where_it_was_called() -> None:
    done = run('void down(int n) {\n    write("" + n % 7);\n    down(n + 1);\n    write(n);\n}\nvoid main() { down(0); }')
    assert done.returncode == 106
    assert done.stderr in {f"main.fsh:{place}: StackOverflow: Stack overflow\n" for place in ("2:5", "2:14", "3:5")}


def test_trace_names_lines_and_limit() -> None:
    program = """class Order {
    int total;
    public Order(int n) { if (n == 0) throw "none"; }
    public void Add(int n) {
        total = 7 / n;
    }
}
void deep(int n) {
    if (n == 0) new Order(1).Add(0);
    else deep(n - 1);
}
void main() {
    print("before");
    deep(%d);
    print("after");
}
"""
    done = run(program % 2)
    assert (done.returncode, done.stdout) == (104, "before\n")
    assert done.stderr.split("\n") == ["main.fsh:5:19: ArithmeticException: Division by zero", "Stack trace:", "  at Order.Add:5",
                                       "  at deep:9", "  at deep:10", "  at deep:10", "  at main:14", ""]
    done = run(program % 500)
    rows = done.stderr.split("\n")
    assert rows[2:5] == ["  at Order.Add:5", "  at deep:9", "  at deep:10"]
    assert rows[101:] == ["  at deep:10", "  ... and 403 more", ""]


def test_thrown_text_and_constructor_frames() -> None:
    done = run('class A { public A() { throw "x" + 1; } }\nvoid main() {\n    new A();\n}')
    assert done.returncode == 1
    assert done.stderr == "main.fsh:1:24: Exception: x1\nStack trace:\n  at A.new:1\n  at main:3\n"
