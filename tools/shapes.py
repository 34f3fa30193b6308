"""Sources of extreme shapes: one construct nested n deep, or n of one thing. Used by tests and tools that stress the compiler.

Every maker takes n and returns a program. Those of `DEEP` nest, those of `WIDE` repeat; all are correct programs, which
`compiles` says may only be refused for their depth (FS0802) or because a feature is not there yet (FS0899).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, TypeAlias

Maker: TypeAlias = Callable[[int], str]


def _main(body: str, before: str = "") -> str:
    return f"{before}\nint main() {{\n{body}\nreturn 0;\n}}\n"


def _wrap(opener: str, middle: str, closer: str, n: int) -> str:
    return opener * n + middle + closer * n


def _chain(opener: str, middle: str, closer: str, before: str = "", start: str = "int x = 1;") -> Maker:
    """An expression nested n deep, assigned to x."""
    return lambda n: _main(f"{start} x = {_wrap(opener, middle, closer, n)}; print(x);", before)


def _nested(opener: str, middle: str, closer: str, before: str = "", start: str = "int x = 1; bool c = x == 1;") -> Maker:
    """A statement nested n deep."""
    return lambda n: _main(f"{start} {_wrap(opener, middle, closer, n)} print(x);", before)


NODE: Final = (
    "class N { public N next; public int v; public N[] a; public N me() { return this; } public N to(N o) { return o; } }"
)

DEEP: Final[dict[str, Maker]] = {
    "parentheses": _chain("(", "x", ")"),
    "constant-parentheses": _chain("(1+", "1", ")"),
    "minus": _chain("- ", "x", ""),
    "not": _chain("!", "true", "", start="bool x = true;"),
    "complement": _chain("~", "x", ""),
    "plus": _chain("+ ", "x", ""),
    "casts": _chain("(int)", "x", ""),
    "narrow-casts": _chain("(int)(byte)", "x", ""),
    "sum-left": lambda n: _main("int x = 0; x = x" + " + x" * n + "; print(x);"),
    "sum-right": _chain("(x - ", "x", ")"),
    "sum-constants": lambda n: _main("int x = 1" + " + 1" * n + "; print(x);"),
    "string-sum": lambda n: _main('string x = "a"; x = x' + ' + "b"' * n + "; print(length(x));"),
    "string-sum-names": lambda n: _main('string y = "b"; string x = y' + " + y" * n + "; print(length(x));"),
    "and": lambda n: _main("bool x = true; x = x" + " && x" * n + "; print(x);"),
    "or-right": _chain("(x || ", "x", ")", start="bool x = true;"),
    "compare": lambda n: _main("bool x = true; x = x" + " == x" * n + "; print(x);"),
    "conditional-right": _chain("c ? 1 : ", "2", "", start="int x = 1; bool c = false;"),
    "conditional-middle": _chain("c ? ", "2", " : 1", start="int x = 1; bool c = true;"),
    "conditional-left": _chain("(", "c", " ? c : c)", start="bool x = true; bool c = true;"),
    "assignments": _chain("x = ", "2", ""),
    "compound": _chain("x += (", "1", ")", start="int x = 1;"),
    "increments": lambda n: _main("int x = 0; " + "++" * n + "x; print(x);"),
    "checked": _chain("checked(", "x", ")"),
    "unchecked": _chain("unchecked(", "x", ")"),
    "calls": _chain("f(", "x", ")", "int f(int x) { return x; }"),
    "calls-second": _chain("f(1, ", "x", ")", "int f(int y, int x) { return x; }"),
    "built-ins": _chain("abs(", "x", ")"),
    "indexing": _chain("a[", "0", "]", start="int x = 1; int[] a = new int[2];"),
    "members": lambda n: _main("N x = new N(); x.next = x; x = x" + ".next" * n + "; print(x.v);", NODE),
    "member-calls": lambda n: _main("N x = new N(); x = x" + ".me()" * n + "; print(x.v);", NODE),
    "member-arguments": _chain("x.to(", "x", ")", NODE, start="N x = new N();"),
    "member-elements": lambda n: _main("N x = new N(); x.a = new N[1]; x.a[0] = x; x = x" + ".a[0]" * n + "; print(x.v);", NODE),
    "is": _chain("(", "o", " is N)", NODE, start="bool x = true; object o = null;"),
    "as": lambda n: _main("N x = new N(); object o = x; x = o" + " as N" * n + "; print(x.v);", NODE),
    "to-string": lambda n: _main("int y = 1; string x = y" + ".ToString()" * n + "; print(x);"),
    "blocks": _nested("{", ";", "}"),
    "ifs": _nested("if (c) ", "x = 2;", ""),
    "if-blocks": _nested("if (c) { ", "x = 2;", " }"),
    "if-else-blocks": _nested("if (c) { x = 1; } else { ", "x = 2;", " }"),
    "else-ifs": lambda n: _main(
        "int x = 7; " + "".join(f"if (x == {one}) x = 1; else " for one in range(n)) + "x = 2; print(x);"
    ),
    "whiles": _nested("while (c) { c = false; ", "x = 2;", " }"),
    "bare-whiles": _nested("while (c) ", "{ c = false; x = 2; }", ""),
    "dos": _nested("do { ", "x = 2; c = false;", " } while (c);"),
    "fors": _nested("for (;c;) { c = false; ", "x = 2;", " }"),
    "checked-blocks": _nested("checked { unchecked { ", "x = 2;", " } }"),
    "try-catch": _nested("try { ", "x = 2;", " } catch { x = 3; }"),
    "catch-try": _nested("try { x = 1; } catch { ", "x = 2;", " }"),
    "try-finally": _nested("try { ", "x = 2;", " } finally { x = 3; }"),
    "finally-try": _nested("try { x = 1; } finally { ", "x = 2;", " }"),
    "switches": _nested("switch (x) { case 1: ", "x = 2; break;", " break; }"),
    "foreaches": lambda n: _main(
        "int[] a = new int[1]; int x = 0; " + "".join(f"foreach (int v{one} in a) " for one in range(n)) + "x = 1; print(x);"
    ),
    "array-types": lambda n: _main("int" + "[]" * n + " a = null; print(a == null);"),
    "sized-array-types": lambda n: _main("int" + "[1]" * n + " a; print(length(a));"),
    "new-arrays": lambda n: _main("print(length(new int" + "[1]" * n + "));"),
    "new-outer-array": lambda n: _main("print(length(new int[1]" + "[]" * n + "));"),
    "array-initialisers": lambda n: _main("int" + "[]" * n + " a = " + _wrap("{", "1", "}", n) + "; print(length(a));"),
    "new-initialisers": lambda n: _main(
        "int" + "[]" * n + " a = new int" + "[]" * n + _wrap("{", "1", "}", n) + "; print(length(a));"
    ),
    "pointer-types": lambda n: _main("unsafe { int" + "*" * n + " p = null; print(p == null); }"),
    "dereferences": lambda n: _main("unsafe { int x = 1; int* p = &x; print(" + "*&" * n + "x); }"),
    "type-arguments": lambda n: _main(_wrap("L<", "int", ">", n) + " a = null; print(a == null);", "class L<T> { T v; }"),
    "lambdas": lambda n: _main("Func<int, int> f = " + "x => " * 1 + _wrap("f(", "x", ")", n) + ";"),
    "nested-lambdas": lambda n: _main("var f = " + "".join(f"x{one} => " for one in range(n)) + "1;"),
    "interpolations": lambda n: _main("string x = " + _wrap('$"{', "1", '}"', n) + "; print(x);"),
    "namespaces": lambda n: _wrap("namespace A { ", "class B { }", " }", n) + _main(""),
    "qualified-name": lambda n: _main("A" + ".B" * n + " x = null;"),
    "awaits": lambda n: "async int f() { return " + "await " * n + "f(); } int main() { return 0; }",
    "constants": lambda n: (
        "".join(f"const int c{one + 1} = c{one} + 0; " for one in range(n)) + f"const int c0 = 1; int main() {{ return c{n}; }}"
    ),
    "base-chain": lambda n: (
        "class C0 { public int f() { return 1; } }\n"
        + "".join(f"class C{one} : C{one - 1} {{ }}\n" for one in range(1, n + 1))
        + f"int main() {{ return new C{n}().f(); }}"
    ),
    "structs": lambda n: (
        "struct S0 { public int v; }\n"
        + "".join(f"struct S{one} {{ public S{one - 1} v; }}\n" for one in range(1, n + 1))
        + f"int main() {{ S{n} s; return sizeof(S{n}); }}"
    ),
    "expression-bodies": lambda n: (
        "".join(f"int f{one}(int x) => f{one + 1}(x);\n" for one in range(n)) + f"int f{n}(int x) => x;\nint main() => f0(0);"
    ),
}


def _join(make: Callable[[int], str], n: int, between: str = "\n") -> str:
    return between.join(make(one) for one in range(n))


def _class_chains(n: int) -> str:
    """n classes in chains of at most 1,000 bases, each with a field and a method, of which one overrides."""
    rows = []
    for one in range(n):
        base = f" : C{one - 1}" if one % 1000 else ""
        methods = f"public int f() {{ return {one}; }} public int g{one}() {{ return v{one}; }}"
        rows.append(f"class C{one}{base} {{ public int v{one}; {methods} }}")
    last = n - 1
    return "\n".join(rows) + _main(f"C{last} c = new C{last}(); C{last - last % 1000} b = c; print(b.f() + c.g{last}());")


def _overloads(n: int) -> str:
    """n functions of one name, told apart by the types of their parameters."""
    bits = max(n, 2).bit_length()
    rows = []
    for one in range(n):
        params = ", ".join(f"{'int' if one >> bit & 1 else 'string'} a{bit}" for bit in range(bits))
        rows.append(f"int f({params}) {{ return {one}; }}")
    return "\n".join(rows) + _main("print(f(" + ", ".join(['"s"'] * bits) + "));")


WIDE: Final[dict[str, Maker]] = {
    "empty-statements": lambda n: _main(";" * n),
    "statements": lambda n: _main("int x = 0;\n" + "x = x + 1;\n" * n + "print(x);"),
    "statements-on-a-line": lambda n: _main("int x = 0; " + "x++; " * n + "print(x);"),
    "calls": lambda n: _main("int x = 0;\n" + "x = f(x);\n" * n + "print(x);", "int f(int x) { return x + 1; }"),
    "prints": lambda n: _main(_join(lambda one: f"print({one});", n)),
    "locals": lambda n: _main(_join(lambda one: f"int v{one} = {one};", n) + f"print(v0 + v{n - 1});"),
    "live-locals": lambda n: _main(
        "int s = g();\n"
        + _join(lambda one: f"int v{one} = s + {one};", n)
        + "\n"
        + _join(lambda one: f"s = s ^ v{one};", n)
        + "print(s);",
        "int g() { return 1; }",
    ),
    "live-over-calls": lambda n: _main(
        _join(lambda one: f"int v{one} = g();", n) + "\nint s = 0;\n" + _join(lambda one: f"s = s ^ v{one};", n) + "print(s);",
        "int k = 1; int g() { k++; return k; }",
    ),
    "blocks-of-locals": lambda n: _main("int s = 0;\n" + "{ int a = s; int b = a + 1; s = b; }\n" * n + "print(s);"),
    "ifs": lambda n: _main(
        "int x = g();\n" + _join(lambda one: f"if (x == {one}) {{ x = x + 1; }}", n) + "print(x);", "int g() { return 1; }"
    ),
    "ifs-of-many-locals": lambda n: _main(
        "int x = g();\n"
        + _join(lambda one: f"int v{one} = x;", max(n // 10, 1))
        + _join(lambda one: f"if (x == {one}) {{ v{one % max(n // 10, 1)} = x + 1; }}", n)
        + _join(lambda one: f"x = x ^ v{one};", max(n // 10, 1))
        + "print(x);",
        "int g() { return 1; }",
    ),
    "loops": lambda n: _main("int x = 0;\n" + "for (int i = 0; i < 3; i++) { x += i; }\n" * n + "print(x);"),
    "breaks": lambda n: _main(
        "int x = g(); while (true) {\n"
        + _join(lambda one: f"if (x == {one + 5}) {{ break; }} x = x + 1;", n)
        + "break; } print(x);",
        "int g() { return 1; }",
    ),
    "tries": lambda n: _main(
        "int x = 0;\n" + "try { x += g(x); } catch (Exception e) { x = 1; } finally { x++; }\n" * n + "print(x);",
        "int g(int x) { return x; }",
    ),
    "returns": lambda n: _main(
        "int x = g();\n" + _join(lambda one: f"if (x == {one + 5}) {{ return {one}; }}", n), "int g() { return 1; }"
    ),
    "else-ifs": DEEP["else-ifs"],
    "switch-cases": lambda n: _main(
        "int x = 5; switch (x) {\n" + _join(lambda one: f"case {one}: x = {one + 1}; break;", n) + "}\nprint(x);"
    ),
    "functions": lambda n: (
        _join(lambda one: f"int f{one}(int x) {{ return x + {one}; }}", n)
        + _main("int x = 0;\n" + _join(lambda one: f"x = f{one}(x);", n) + "print(x);")
    ),
    "unused-functions": lambda n: _join(lambda one: f"int f{one}(int x) {{ return x + {one}; }}", n) + _main(""),
    "calling-functions": lambda n: (
        _join(lambda one: f"int f{one}(int x) {{ if (x == 0) {{ return 0; }} return f{(one + 1) % n}(x - 1); }}", n)
        + _main("print(f0(3));")
    ),
    "overloads": _overloads,
    "classes": _class_chains,
    "methods": lambda n: (
        "class A {\n"
        + _join(lambda one: f"public int m{one}() {{ return {one}; }}", n)
        + "}"
        + _main("A a = new A(); int x = 0;\n" + _join(lambda one: f"x ^= a.m{one}();", n) + "print(x);")
    ),
    "fields": lambda n: (
        "class A {\n"
        + _join(lambda one: f"public int m{one} = {one};", n)
        + "}"
        + _main("A a = new A(); int x = 0;\n" + _join(lambda one: f"x ^= a.m{one};", n) + "print(x);")
    ),
    "globals": lambda n: (
        _join(lambda one: f"int g{one} = {one};", n) + _main("int x = 0;\n" + _join(lambda one: f"x ^= g{one};", n) + "print(x);")
    ),
    "computed-globals": lambda n: (
        _join(lambda one: f"int g{one} = f({one});", n) + _main("print(g0);", "int f(int x) { return x; }")
    ),
    "global-chain": lambda n: (
        "int g0 = f(0);"
        + _join(lambda one: f"int g{one + 1} = g{one} + 1;", n)
        + _main(f"print(g{n});", "int f(int x) { return x; }")
    ),
    "constants": lambda n: (
        "const int c0 = 1;" + _join(lambda one: f"const int c{one + 1} = c{one} + 1;", n) + _main(f"print(c{n});")
    ),
    "parameters": lambda n: (
        f"int f({_join(lambda one: f'int p{one}', n, ', ')}) {{ return p{n - 1}; }}" + _main(f"print(f({', '.join(['1'] * n)}));")
    ),
    "array-initialiser": lambda n: _main("int[] a = { " + ", ".join(map(str, range(n))) + " }; print(a[0] + length(a));"),
    "array-of-variables": lambda n: _main("int x = 1; int[] a = { " + "x, " * n + "}; print(a[0] + length(a));"),
    "array-of-strings": lambda n: _main(
        "string[] a = { " + _join(lambda one: f'"s{one}"', n, ", ") + " }; print(a[0] + length(a));"
    ),
    "array-of-arrays": lambda n: _main("int[][] a = { " + "{1, 2}, " * n + "}; print(a[0][0] + length(a));"),
    "global-array": lambda n: "int[] a = { " + ", ".join(map(str, range(n))) + " };" + _main("print(a[0] + length(a));"),
    "strings": lambda n: _main("int x = 0;\n" + _join(lambda one: f'x += length("text number {one}");', n) + "print(x);"),
    "equal-strings": lambda n: _main("int x = 0;\n" + 'x += length("text");\n' * n + "print(x);"),
    "long-string": lambda n: _main('print(length("' + "a" * n + '"));'),
    "long-escaped-string": lambda n: _main('print(length("' + "\\n" * n + '"));'),
    "long-unicode-string": lambda n: _main('print(length("' + "é" * n + '"));'),
    "long-line": lambda n: _main("int x = 0; " + " " * n + "x = 1; print(x);"),
    "long-name": lambda n: _main("int " + "x" * n + " = 1; print(" + "x" * n + ");"),
    "long-function-name": lambda n: "void " + "f" * n + "() { print(1); }" + _main("f" * n + "();"),
    "long-number": lambda n: _main("int x = " + "0" * n + "1; print(x);"),
    "long-real": lambda n: _main("double x = 0." + "1" * n + "; print(x);"),
    "comments": lambda n: "// a comment\n" * n + _main("print(1);"),
    "long-comment": lambda n: "/*" + "*" * n + "*/" + _main("print(1);"),
    "blank-lines": lambda n: "\n" * n + _main("print(1);"),
    "long-expression": lambda n: _main(
        "int x = g(); x = x" + "".join(f" ^ (x & {one})" for one in range(n)) + "; print(x);", "int g() { return 1; }"
    ),
    "checked-expression": lambda n: _main("int x = g(); x = x" + " - x * 3" * n + "; print(x);", "int g() { return 0; }"),
    "long-double-expression": lambda n: _main(
        "double x = g(); x = x" + " + x * 0.5" * n + "; print(x == 0);", "double g() { return 0.0; }"
    ),
    "index-stores": lambda n: _main(
        "int[] a = new int[10];\n" + _join(lambda one: f"a[{one % 10}] = a[{one * 7 % 10}] + {one};", n) + "print(a[0]);"
    ),
    "field-stores": lambda n: _main("N x = new N();\n" + "x.v = x.v + 1;\n" * n + "print(x.v);", NODE),
    "allocations": lambda n: _main("N x = null;\n" + "x = new N();\n" * n + "print(x.v);", NODE),
    "virtual-calls": lambda n: _main(
        "N x = new N();\nN y = x;\n" + "y = x.to(y);\n" * n + "print(y.v);",
        NODE + " class M : N { public N to(N o) { return this; } }",
    ),
    "string-building": lambda n: _main('string s = "";\n' + 's = s + "a" + 1;\n' * n + "print(length(s));"),
    "declarators": lambda n: _main("int " + _join(lambda one: f"v{one} = {one}", n, ", ") + "; print(v0);"),
    "commas-in-for": lambda n: _main("int x = 0; for (x = 0; x < 1; " + ", ".join(["x++"] * n) + ") { } print(x);"),
    "structs": lambda n: (
        "struct S { public int a; public int b; }"
        + _main("S s; s.a = 1; s.b = 2;\n" + "S t = s; s = t;\n" * 1 + "{ S u = s; s = u; }\n" * n + "print(s.a);")
    ),
}

BROKEN: Final[dict[str, Maker]] = {
    "open-parentheses": lambda n: "int main() { return " + "(" * n,
    "open-braces": lambda n: "int main() " + "{" * n,
    "open-brackets": lambda n: "int main() { return a" + "[" * n,
    "open-angles": lambda n: "int main() { L" + "<L" * n,
    "open-strings": lambda n: '"\n' * n,
    "open-comment": lambda n: "/*" * n,
    "close-parentheses": lambda n: "int main() { return 1" + ")" * n + "; }",
    "close-braces": lambda n: "int main() { }" + "}" * n,
    "close-brackets": lambda n: "int main() { return 1" + "]" * n + "; }",
    "mixed-brackets": lambda n: "int main() { return " + "([{" * n,
    "crossed-brackets": lambda n: "int main() { return " + "([{)]}" * n,
    "semicolons": lambda n: ";" * n,
    "colons": lambda n: "int main() { " + ":" * n + " }",
    "operators": lambda n: "int main() { return 1 " + "+ * " * n + "; }",
    "questions": lambda n: "int main() { return 1 " + "? " * n + "; }",
    "arrows": lambda n: "int main() { return x " + "=> " * n + "; }",
    "dots": lambda n: "int main() { return x" + "." * n + "; }",
    "elses": lambda n: "int main() { " + "else " * n + "}",
    "cases": lambda n: "int main() { " + "case 1: " * n + "}",
    "classes": lambda n: "class A { " * n,
    "modifiers": lambda n: "public static " * n,
    "attributes": lambda n: "[Packed]" * n + " class A { } int main() { return 0; }",
    "imports": lambda n: 'import "a.fsh";\n' * n + "int main() { return 0; }",
    "undefined-names": lambda n: _main(_join(lambda one: f"print(u{one});", n)),
    "undefined-types": lambda n: _main(_join(lambda one: f"U{one} u{one};", n)),
    "undefined-functions": lambda n: _main(_join(lambda one: f"u{one}();", n)),
    "undefined-members": lambda n: _main("N x = new N();" + _join(lambda one: f"x.u{one}();", n), NODE),
    "repeated-locals": lambda n: _main("int x;" * n),
    "repeated-functions": lambda n: "int f() { return 1; }\n" * n + _main(""),
    "repeated-classes": lambda n: "class A { }\n" * n + _main(""),
    "repeated-members": lambda n: "class A {" + "int v; int f() { return 1; }\n" * n + "}" + _main(""),
    "wrong-types": lambda n: _main("int x = 0;\n" + 'x = "a";\n' * n),
    "missing-semicolons": lambda n: _main("int x = 0\n" * n),
    "circular-classes": lambda n: _join(lambda one: f"class C{one} : C{(one + 1) % n} {{ }}", n) + _main(""),
    "circular-structs": lambda n: _join(lambda one: f"struct S{one} {{ S{(one + 1) % n} v; }}", n) + _main(""),
    "circular-constants": lambda n: _join(lambda one: f"const int c{one} = c{(one + 1) % n};", n) + _main(""),
    "bad-characters": lambda n: "§" * n,
    "bad-escapes": lambda n: _main('print("' + "\\q" * n + '");'),
    "long-character": lambda n: _main("char c = '" + "a" * n + "';"),
    "huge-number": lambda n: _main("int x = " + "9" * n + ";"),
    "huge-hexadecimal": lambda n: _main("int x = 0x" + "F" * n + ";"),
    "huge-exponent": lambda n: _main("double x = 1e" + "9" * n + ";"),
    "huge-array": lambda n: _main(f"int[{n}{'0' * 18}] a;"),
    "huge-arrays": lambda n: _main("int" + "[1000000]" * n + " a; print(1);"),
    "backslashes": lambda n: "\\" * n,
    "quotes": lambda n: "'" * n,
    "unreachable": lambda n: "int main() { return 0; " + "print(1); " * n + "}",
    "dead-branches": lambda n: _main("if (false) { print(1); }\n" * n),
    "warnings": lambda n: _main("int x = 0;\n" + "if (x = 1) { }\n" * n),
    "null-bytes": lambda n: "\0" * n,
    "carriage-returns": lambda n: "\r" * n,
    "marks": lambda n: "\ufeff" * n,
}
