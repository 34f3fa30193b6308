"""Programs of great size and depth (fluxsharp.md section 35): CPU seconds and peak memory of a build, and how both grow.

    python bench/scale.py [--only GLOB ...] [--level 0|1|2] [--factor F] [--growth] [--run] [--target linux|pc]

Each row is one construct repeated or nested `n` times, compiled and linked in a process of its own. `--growth` also builds a
quarter of it and shows by what the cost grew: 4 is linear, 16 quadratic. `--factor 0.01` makes all of them smaller.
`--run` runs the images and checks what they print. A row whose build refuses the program with a diagnostic says so.
"""

from __future__ import annotations

import argparse
import fnmatch
import json
import os
import resource
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

Maker = Callable[[int], "tuple[str, str]"]
"""n -> source text and what the program prints ("?" where that is not checked)."""

DEEP = 100_000
ROWS: dict[str, tuple[int, Maker]] = {}


def row(n: int) -> Callable[[Maker], Maker]:
    """Decorator: enter a maker under its name."""
    def enter(maker: Maker) -> Maker:
        ROWS[maker.__name__.replace("_", "-")] = n, maker
        return maker

    return enter


def expression(n: int, head: str, text: str, result: str, declare: str = "") -> tuple[str, str]:
    """A program that prints one expression."""
    return f"{declare}\nvoid main() {{ {head} print({text}); }}\n", result


def nested(name: str, head: str, opening: str, inner: str, closing: str, result: str | Callable[[int], object], declare: str = "",
           size: int = DEEP) -> None:
    """Enter a row whose expression is nested: opening^n inner closing^n."""
    def maker(n: int) -> tuple[str, str]:
        value = result if isinstance(result, str) else str(result(n))
        return expression(n, head, opening * n + inner + closing * n, value, declare)

    ROWS[name] = size, maker


def chained(name: str, head: str, first: str, link: str, result: str | Callable[[int], object], declare: str = "",
            size: int = DEEP) -> None:
    """Enter a row whose expression is a chain: first link^n."""
    nested(name, head, "", first, link, result, declare, size)


def stacked(name: str, opening: str, closing: str, result: str = "1", inner: str = "print(1);", head: str = "", declare: str = "",
            size: int = DEEP) -> None:
    """Enter a row whose statements are nested."""
    def maker(n: int) -> tuple[str, str]:
        return f"{declare}\nvoid main() {{ {head} {opening * n}{inner}{closing * n} }}\n", result

    ROWS[name] = size, maker


IDENTITY = "int f(int n) { return n; }"
NODE = "class Node { public Node next; public int value; public Node() { next = this; } public Node(Node n) { next = n; } " \
       "public Node Me() { return this; } }"

# -- nesting ----------------------------------------------------------------------------------------------------------

nested("parentheses", "", "(", "1", ")", "1")
nested("unary-minus", "int a = 1;", "- ", "a", "", lambda n: 1 if n % 2 == 0 else -1)
nested("unary-not", "bool a = true;", "!", "a", "", lambda n: "true" if n % 2 == 0 else "false")
nested("unary-complement", "int a = 1;", "~", "a", "", lambda n: 1 if n % 2 == 0 else -2)
nested("casts", "int a = 1;", "(int)", "a", "", "1")
nested("casts-in-parentheses", "int a = 1;", "(int)(", "a", ")", "1")
nested("calls", "", "f(", "1", ")", "1", IDENTITY)
nested("constructions", "", "new Node(", "null", ")", "Node", NODE)
nested("indices", "int[] a = new int[4];", "a[", "0", "]", "0")
nested("right-sums", "int a = 1;", "a + (", "a", ")", lambda n: n + 1)
nested("right-and", "bool a = true;", "a && (", "a", ")", "true")
nested("right-text", 'string a = "";', "a + (", '"x"', ")", "x")
nested("checked", "int a = 1;", "unchecked(checked(", "a", "))", "1", "", DEEP // 2)
nested("conditionals-right", "int n = 3;", "n == 2 ? 2 : ", "1", "", "1")
nested("conditionals-middle", "int n = 3;", "n == 3 ? ", "1", " : 2", "1")
nested("conditionals-left", "bool n = true;", "(", "n", " ? true : false)", "true")
nested("max", "int a = 1;", "max(a, ", "a", ")", "1")
nested("concat-calls", 'string a = "";', "Concatenate(a, ", "a", ")", "")
chained("sums", "int a = 1;", "a", " + a", lambda n: n + 1)
chained("constant-sums", "", "1", " + 1", lambda n: n + 1)
chained("double-sums", "double a = 1.0;", "a", " + a", lambda n: n + 1)
chained("text-sums", 'string a = "x"; int b = 1;', "(a", " + b", "?")
chained("shifts", "int a = 1;", "a", " << 0", "1")
chained("ands", "bool a = true;", "a", " && a", "true")
chained("ors", "bool a = false;", "a", " || a", "false")
chained("equalities", "bool a = true;", "a", " == a", "true")
chained("members", "Node n = new Node();", "n", ".next", "Node", NODE)
chained("method-calls", "Node n = new Node();", "n", ".Me()", "Node", NODE)
chained("as", "object n = new Node();", "n", " as Node", "Node", NODE)
ROWS["text-sums"] = DEEP, lambda n: expression(n, 'string a = "x"; int b = 1;', "(a" + " + b" * n + ").Length", str(n + 1))
ROWS["text-constants"] = DEEP, lambda n: expression(n, "", '("x"' + ' + "y"' * n + ").Length", str(n + 1))
ROWS["assignments"] = DEEP, lambda n: (f"void main() {{ int n; {'n = ' * n}1; print(n); }}\n", "1")
ROWS["compound-assignments"] = DEEP, lambda n: (f"void main() {{ int n; {'n += ' * n}1; print(n > 0); }}\n", "?")

stacked("blocks", "{", "}")
stacked("ifs", "if (n > 0) ", "", head="int n = 3;")
stacked("if-blocks", "if (n > 0) {", "}", head="int n = 3;")
stacked("if-else-blocks", "if (n < 0) { n = 1; } else {", "}", head="int n = 3;")
stacked("else-ifs", "if (n == 1) n = 2; else ", "", head="int n = 3;")
stacked("whiles", "while (n > 0) ", "", head="int n = 1;", inner="{ print(n); n = 0; }")
stacked("dos", "do ", " while (n > 0);", head="int n = 0;")
stacked("fors", "for (; n > 0; n--) ", "", head="int n = 1;")
stacked("tries", "try {", "} catch { n++; }", head="int n = 1;")
stacked("finallies", "try {", "} finally { n++; }", head="int n = 1;")
stacked("catches", 'try { throw "x"; } catch {', "}", head="int n = 1;")
stacked("in-finally", "try { n++; } finally {", "}", head="int n = 1;")
stacked("unchecked-blocks", "unchecked {", "}")
ROWS["types"] = 1_000, lambda n: (f"void main() {{ int{'[]' * n} a = null; print(a == null); }}\n", "true")
ROWS["array-literals"] = 1_000, lambda n: (
    f"void main() {{ int{'[]' * n} a = {'{' * n}1{'}' * n}; print(a.Length); }}\n", "1")

# -- numbers ----------------------------------------------------------------------------------------------------------


def many(n: int, line: str, separator: str = "\n") -> str:
    """A line n times; `#` is its number."""
    return separator.join(line.replace("#", str(index)) for index in range(n)) + "\n"


@row(1_000_000)
def statements(n: int) -> tuple[str, str]:
    return "void main() { int a = 0;\n" + "a = a + 1;\n" * n + "print(a); }\n", str(n)


@row(200_000)
def call_statements(n: int) -> tuple[str, str]:
    return "int total;\nvoid f(int n) { total += n; }\nvoid main() {\n" + many(n, "f(#);") + "print(total); }\n", \
        str(n * (n - 1) // 2)


@row(100_000)
def functions(n: int) -> tuple[str, str]:
    return many(n, "int f#(int a) { return a + #; }") + "void main() { int s = 0;\n" + many(n, "s += f#(1);") + "print(s); }\n", \
        str(n * (n - 1) // 2 + n)


@row(100_000)
def functions_unused(n: int) -> tuple[str, str]:
    return many(n, "int f#(int a) { return a + #; }") + "void main() { print(1); }\n", "1"


@row(100_000)
def functions_in_a_chain(n: int) -> tuple[str, str]:
    return "int f0(int a) { return a; }\n" + "".join(f"int f{k}(int a) {{ return f{k - 1}(a) + 1; }}\n" for k in range(1, n)) \
        + f"void main() {{ print(f{n - 1}(1)); }}\n", str(n)


@row(100_000)
def locals_used(n: int) -> tuple[str, str]:
    return "int f(int n) { return n; }\nvoid main() {\n" + many(n, "int a# = f(#);") + "int s = 0;\n" + many(n, "s += a#;") \
        + "print(s); }\n", str(n * (n - 1) // 2)


@row(20_000)
def locals_in_branches(n: int) -> tuple[str, str]:
    return "int f(int n) { return n; }\nvoid main() {\n" + many(n, "int a# = 0;") + many(n, "if (f(#) > 5) { a# = 1; }") \
        + "int s = 0;\n" + many(n, "s += a#;") + "print(s); }\n", str(n - 6)


@row(100_000)
def loops(n: int) -> tuple[str, str]:
    return "void main() { int s = 0;\n" + many(n, "for (int i = 0; i < 2; i++) { s += i; }") + "print(s); }\n", str(n)


@row(100_000)
def tries_in_a_row(n: int) -> tuple[str, str]:
    return "int f(int n) { return n; }\nvoid main() { int s = 0;\n" + many(n, "try { s += f(1); } catch (e) { s = 0; }") \
        + "print(s); }\n", str(n)


@row(100_000)
def finallies_in_a_row(n: int) -> tuple[str, str]:
    return "int f(int n) { return n; }\nvoid main() { int s = 0;\n" + many(n, "try { s += f(1); } finally { s++; }") \
        + "print(s); }\n", str(2 * n)


@row(100_000)
def calls_in_a_try(n: int) -> tuple[str, str]:
    return "int f(int n) { return n; }\nvoid main() { int s = 0; try {\n" + many(n, "s += f(1);") \
        + "} catch (e) { s = 0; }\nprint(s); }\n", str(n)


@row(2_000)
def catch_clauses(n: int) -> tuple[str, str]:
    return many(n, "class E# : Exception { }") + "void main() { try { throw new E3(); }\n" \
        + many(n, "catch (E# e) { print(#); }") + "}\n", "3"


@row(100_000)
def throws(n: int) -> tuple[str, str]:
    return "void f(int n) {\n" + many(n, 'if (n == #) throw "t#";') + "}\nvoid main() { try { f(7); } " \
        "catch (string e) { print(e); } }\n", "t7"


@row(10_000)
def parameters(n: int) -> tuple[str, str]:
    names, values = ", ".join(f"int a{k}" for k in range(n)), ", ".join(map(str, range(n)))
    return f"int f({names}) {{ return a{n - 1} + a0; }}\nvoid main() {{ print(f({values})); }}\n", str(n - 1)


@row(100_000)
def classes(n: int) -> tuple[str, str]:
    return many(n, "class C# { int x; public C#() { x = #; } public int F() { return x; } }") + "void main() { int s = 0;\n" \
        + many(n, "s += new C#().F();") + "print(s); }\n", str(n * (n - 1) // 2)


@row(10_000)
def class_chains(n: int) -> tuple[str, str]:
    length = max(2, n // 10)
    text = []
    for k in range(n):
        base, kind = ("", "virtual") if k % length == 0 else (f" : C{k - 1}", "override")
        text.append(f"class C{k}{base} {{ public {kind} int F() {{ return {k}; }} public int f{k}; }}\n")
    end, last = length - 1, (n // length) * length - 1
    text.append(f"void main() {{ C0 c = new C{end}(); print(c.F() + new C{last}().F()); print(c is C{end}); }}\n")
    return "".join(text), f"{end + last}\ntrue"


@row(10_000)
def class_bush(n: int) -> tuple[str, str]:
    return "class B { public virtual int F() { return 1; } }\n" \
        + many(n, "class C# : B { public override int F() { return #; } }") + "int call(B b) { return b.F(); }\n" \
        "void main() { int s = 0;\n" + many(n, "s += call(new C#());") + "print(s); }\n", \
        str(n * (n - 1) // 2)


@row(100_000)
def fields(n: int) -> tuple[str, str]:
    return "class C {\n" + many(n, "public int f#;") \
        + f"}}\nvoid main() {{ C c = new C(); c.f{n - 1} = 5; print(c.f{n - 1} + c.f0); }}\n", "5"


@row(100_000)
def fields_initialised(n: int) -> tuple[str, str]:
    return "class C {\n" + many(n, "public int f# = #;") \
        + f"}}\nvoid main() {{ C c = new C(); print(c.f{n - 1}); }}\n", str(n - 1)


@row(100_000)
def methods(n: int) -> tuple[str, str]:
    return "class C {\n" + many(n, "public int F#() { return #; }") + "}\nvoid main() { C c = new C(); int s = 0;\n" \
        + many(n, "s += c.F#();") + "print(s); }\n", str(n * (n - 1) // 2)


@row(100_000)
def virtual_methods(n: int) -> tuple[str, str]:
    return "class B {\n" + many(n, "public virtual int F#() { return 0; }") + "}\nclass C : B {\n" \
        + many(n, "public override int F#() { return #; }") + "}\nvoid main() { B c = new C(); B b = new B(); int s = b.F0();\n" \
        + many(n, "s += c.F#();") + "print(s); }\n", str(n * (n - 1) // 2)


@row(2_000)
def overloads(n: int) -> tuple[str, str]:
    return many(n, "class C# { }") + many(n, "int f(C# c) { return #; }") + "void main() { int s = 0;\n" \
        + many(n, "s += f(new C#());") + "print(s); }\n", str(n * (n - 1) // 2)


@row(100_000)
def struct_types(n: int) -> tuple[str, str]:
    return many(n, "struct S# { int x; }") + f"void main() {{ S{n - 1} s; s.x = 3; print(s.x); }}\n", "3"


@row(10_000)
def struct_fields(n: int) -> tuple[str, str]:
    return "struct S {\n" + many(n, "int f#;") + f"}}\nS g(S s) {{ s.f0 = 1; return s; }}\n" \
        f"void main() {{ S s; s.f{n - 1} = 5; S t = g(s); print(t.f{n - 1} + t.f0 + s.f0); }}\n", "6"


@row(100_000)
def global_constants(n: int) -> tuple[str, str]:
    return many(n, "int g# = #;") + "void main() { int s = 0;\n" + many(n, "s += g#;") + "print(s); }\n", str(n * (n - 1) // 2)


@row(100_000)
def global_calls(n: int) -> tuple[str, str]:
    return "int f(int n) { return n; }\n" + many(n, "int g# = f(#);") + f"void main() {{ print(g{n - 1}); }}\n", str(n - 1)


@row(100_000)
def constants_in_a_chain(n: int) -> tuple[str, str]:
    return "const int g0 = 1;\n" + "".join(f"const int g{k} = g{k - 1} + 1;\n" for k in range(1, n)) \
        + f"void main() {{ print(g{n - 1}); }}\n", str(n)


@row(100_000)
def constants_backwards(n: int) -> tuple[str, str]:
    return "".join(f"const int g{k} = g{k - 1} + 1;\n" for k in range(n - 1, 0, -1)) \
        + f"const int g0 = 1;\nvoid main() {{ print(g{n - 1}); }}\n", str(n)


@row(100_000)
def texts(n: int) -> tuple[str, str]:
    return "int f(string s) { return s.Length; }\nvoid main() { int s = 0;\n" + many(n, 's += f("text #");') + "print(s); }\n", \
        str(sum(len(f"text {k}") for k in range(n)))


@row(1_000_000)
def array_elements(n: int) -> tuple[str, str]:
    return "int[] a = new int[] {\n" + many(n, "#,") + "};\nvoid main() { print(a.Length); }\n", str(n)


@row(100_000)
def array_elements_of_calls(n: int) -> tuple[str, str]:
    return "int f(int n) { return n; }\nvoid main() { int[] a = {\n" + many(n, "f(#),") + "};\nprint(a.Length); }\n", str(n)


@row(50_000_000)
def one_long_text(n: int) -> tuple[str, str]:
    return f"void main() {{ print(\"{'x' * n}\".Length); }}\n", str(n)


@row(50_000_000)
def one_long_comment(n: int) -> tuple[str, str]:
    return f"/*{'x' * n}*/ void main() {{ print(1); }}\n", "1"


@row(5_000_000)
def one_long_name(n: int) -> tuple[str, str]:
    return f"void main() {{ int {'x' * n} = 1; print({'x' * n}); }}\n", "1"


@row(100_000)
def imports(n: int) -> tuple[str, str]:
    return 'using "std/text.fsh";\n' * n + "void main() { print(1); }\n", "1"


@row(100_000)
def errors(n: int) -> tuple[str, str]:
    return "void main() {\n" + many(n, "print(missing#);") + "}\n", f"{n} errors"


@row(100_000)
def syntax_errors(n: int) -> tuple[str, str]:
    return "void main() {\n" + many(n, "int a# = ;") + "}\n", f"{n} errors"


@row(100_000)
def warnings(n: int) -> tuple[str, str]:
    return "void main() {\n" + many(n, "int a# = 1; if (a# = 2) { print(0); }").replace("print(0);", "") + "print(1); }\n", "1"


@row(100_000)
def open_parentheses(n: int) -> tuple[str, str]:
    return "void main() { print(" + "(" * n, "errors"


@row(100_000)
def open_braces(n: int) -> tuple[str, str]:
    return "void main() " + "{" * n, "errors"


@row(100_000)
def closing_braces(n: int) -> tuple[str, str]:
    return "void main() { }" + "}\n" * n, "errors"


# -- measuring --------------------------------------------------------------------------------------------------------


def build(text: str, options: argparse.Namespace, folder: Path) -> dict[str, object]:
    """Build a program in a child process: CPU seconds, peak memory in MB, exit code and the end of what it said."""
    source = folder / "scale.fsh"
    source.write_text(text)
    image = folder / "scale"
    image.unlink(missing_ok=True)
    command = [sys.executable, "-m", "starklink", "build", str(source), "-o", str(image), f"-O{options.level}",
               "--target", options.target, *(["-g0"] if options.plain else [])]
    child = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, preexec_fn=lambda: resource.setrlimit(
        resource.RLIMIT_CPU, (options.limit, options.limit)))
    assert child.stdout is not None
    said = child.stdout.read().decode(errors="replace")
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    return {"cpu": usage.ru_utime + usage.ru_stime, "memory": usage.ru_maxrss / 1024, "code": child.returncode,
            "said": said[-300:], "image": image.stat().st_size if image.exists() else 0}


def verdict(found: dict[str, object], wanted: str, options: argparse.Namespace, folder: Path) -> str:
    """How it ended: what was printed, a refusal, or a fault."""
    said = str(found["said"])
    last = said.strip().splitlines()[-1] if said.strip() else ""
    if found["code"] == 2:
        return f"refused: {last}" if wanted in last or "errors" not in wanted else f"WRONG: {last}"
    if found["code"] != 0:
        return f"FAULT: exit {found['code']}: {last}"
    if options.run and options.target == "linux" and wanted != "?":
        done = subprocess.run([str(folder / "scale")], capture_output=True, text=True)
        if done.stdout.strip() != wanted:
            return f"WRONG: printed {done.stdout[-60:]!r} {done.stderr[-200:]!r}, not {wanted[-60:]!r}"
    return "ok"


def measure(name: str, options: argparse.Namespace) -> dict[str, object]:
    """One row of the table."""
    full, maker = ROWS[name]
    n = max(8, int(full * options.factor))
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        small = build(maker(n // 4)[0], options, folder) if options.growth else None
        text, wanted = maker(n)
        found = build(text, options, folder)
        out: dict[str, object] = {"name": name, "n": n, "source": len(text), "cpu": found["cpu"], "memory": found["memory"],
                                  "image": found["image"], "result": verdict(found, wanted, options, folder)}
    if small is not None:
        for key, least in (("cpu", 0.2), ("memory", 5)):
            floor = float(str(options.floor[key]))
            if float(str(small[key])) - floor > least:      # less says nothing
                out[f"{key}_growth"] = (float(str(found[key])) - floor) / (float(str(small[key])) - floor)
    return out


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", nargs="+", action="extend", default=[], metavar="GLOB")
    parser.add_argument("--level", type=int, choices=(0, 1, 2), default=0)
    parser.add_argument("--target", choices=("linux", "pc"), default="linux")
    parser.add_argument("--plain", action="store_true", help="without debug information")
    parser.add_argument("--factor", type=float, default=1.0, help="of the size")
    parser.add_argument("--growth", action="store_true", help="also build a quarter of it")
    parser.add_argument("--run", action="store_true", help="run the images")
    parser.add_argument("--limit", type=int, default=1200, help="CPU seconds a build may take")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    if options.growth:
        with tempfile.TemporaryDirectory() as place:
            options.floor = build("void main() { }\n", options, Path(place))
    names = [name for name in ROWS if not options.only or any(fnmatch.fnmatchcase(name, glob) for glob in options.only)]
    rows = []
    print(f"{'construct':26} {'n':>9} {'CPU s':>8} {'MB':>6} {'x CPU':>6} {'x MB':>6}  result")
    for name in names:
        one = measure(name, options)
        rows.append(one)
        growth = [f"{one[key]:6.1f}" if key in one else "      " for key in ("cpu_growth", "memory_growth")]
        print(f"{name:26} {one['n']:9} {one['cpu']:8.1f} {one['memory']:6.0f} {' '.join(growth)}  {one['result']}", flush=True)
    if options.json:
        options.json.write_text(json.dumps(rows, indent=1))
    return any(str(one["result"]).startswith(("FAULT", "WRONG")) for one in rows)


if __name__ == "__main__":
    sys.exit(main())
