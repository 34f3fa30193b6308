"""Long and deep programs (fluxsharp.md section 35): checked in linear time, without a stack."""

from __future__ import annotations

import pytest
from check_sample import Checked, problems

from starklink.frontend import ast
from starklink.support.deep import on_deep_stack

MANY = 20_000
DEEP = 20_000

PROGRAMS = {
    "operators": "void main() { int a = 0; print(" + " + ".join(["a"] * MANY) + "); }",
    "conditions": "void main() { bool a = true; print(" + " && ".join(["a"] * MANY) + "); }",
    "strings": "void main() { int a = 0; print(" + " + ".join(['"x"', "a"] * (MANY // 2)) + "); }",
    "else if": "int f(int n) { "
    + " else ".join(f"if (n == {i}) return {i};" for i in range(MANY))
    + " return -1; } void main() { f(1); }",
    "statements": "void main() { int a = 0;\n" + "a = a + 1;\n" * MANY + "}",
    "locals": "void main() {\n" + "".join(f"int a{i} = {i};\n" for i in range(MANY)) + "}",
    "parentheses": "void main() { print(" + "(" * DEEP + "1" + ")" * DEEP + "); }",
    "unary": "void main() { int a = 1; print(" + "- " * DEEP + "a); }",
    "blocks": "void main() " + "{" * DEEP + "}" * DEEP,
    "calls": "int f(int n) { return n; } void main() { f(" + "f(" * DEEP + "1" + ")" * DEEP + "); }",
    "conditionals": "void main() { int n = 3; print(" + "n == 1 ? 1 : " * DEEP + "2); }",
    "assignments": "void main() { int n; " + "n = " * DEEP + "1; }",
    "loops": "void main() { int n; " + "while (n > 0) " * DEEP + "n = 1; }",
    "functions": "".join(f"int f{i}() {{ return {i}; }}\n" for i in range(5_000)) + "void main() { f7(); }",
    "overrides": "class C0 { public virtual int F() { return 0; } }\n"
    + "".join(f"class C{i} : C{i - 1} {{ public override int F() {{ return {i}; }} }}\n" for i in range(1, 400))
    + "void main() { print(new C399().F()); }",
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_large(name: str) -> None:
    assert on_deep_stack(problems, PROGRAMS[name]) == []


def test_long_constant_text_is_joined_once() -> None:
    made = Checked("void main() { string s = " + " + ".join(['"ab"'] * MANY) + "; }")
    assert made.problems() == [] and made.typed is not None
    kept = sum(len(one) for one in made.typed.consts if isinstance(one, bytes))
    assert kept == 2 * MANY + 2 * MANY, "the literals and the whole, no text between"
    main = made.files[0].declarations[0]
    assert isinstance(main, ast.FunctionDecl) and main.body is not None
    local = main.body.body[0]
    assert isinstance(local, ast.LocalDecl) and local.declarators[0].init is not None
    assert made.typed.consts[local.declarators[0].init.id] == b"ab" * MANY


def test_a_flood_of_errors() -> None:
    made = Checked("void main() {\n" + "print(missing);\n" * MANY + "}")
    assert made.bag.error_count == MANY
