"""The parser against section 3 of the language reference.

The files in tests/syntax hold cases `=== name`, source, `---`, expected dump (or expected diagnostics `CODE LINE:COLUMN` when the
source has errors). With STARKLINK_UPDATE=1 the expectations are rewritten, to be reviewed as a diff.
"""

from __future__ import annotations

import os
import random
import sys
from pathlib import Path

import pytest
from frontend_samples import children, expression_text, found, lexed, nodes, parsed, tree_text

from starklink.frontend import ast
from starklink.frontend.cursor import MAX_DEPTH, MAX_TYPE_DEPTH
from starklink.frontend.lexer import lex
from starklink.frontend.parser import IdCounter, parse
from starklink.frontend.printer import dump_ast
from starklink.support.diagnostics import Bag
from starklink.support.spans import SourceMap

HERE = Path(__file__).parent
FILES = sorted((HERE / "syntax").glob("*.txt"))


def cases() -> list[tuple[Path, str, str, str]]:
    """(file, name, source, expectation) of all cases."""
    rows = []
    for path in FILES:
        for text in path.read_text(encoding="utf-8").split("=== ")[1:]:
            name, _, rest = text.partition("\n")
            source, _, wanted = rest.partition("---\n")
            rows.append((path, name, source, wanted))
    return rows


def outcome(name: str, source: str) -> str:
    """What the expectation of a case should be."""
    tree, bag = parsed(source)
    if bag.items:
        return "".join(line + "\n" for line in found(bag))
    return dump_ast(tree, bag.sources.files[0] if "positions" in name else None).partition("\n")[2]


@pytest.mark.parametrize(("path", "name", "source", "wanted"), cases(), ids=lambda value: value if isinstance(value, str) else "")
def test_cases(path: Path, name: str, source: str, wanted: str) -> None:
    got = outcome(name, source)
    if os.environ.get("STARKLINK_UPDATE"):
        whole = path.read_text(encoding="utf-8")
        path.write_text(whole.replace(f"=== {name}\n{source}---\n{wanted}", f"=== {name}\n{source}---\n{got}"), encoding="utf-8")
        return
    assert got == wanted


def test_case_names_are_unique() -> None:
    names = [(path, name) for path, name, _, _ in cases()]
    assert len(names) == len(set(names))


# -- what the text form does not show ------------------------------------------------------------------------------------------


def samples() -> list[str]:
    """All sources without errors, and those of a folder of programs if STARKLINK_PROGRAMS names one."""
    texts = [source for _, _, source, wanted in cases() if not wanted.startswith("FS")]
    folder = os.environ.get("STARKLINK_PROGRAMS")
    paths = [HERE / "syntax" / "everything.fsh", *(sorted(Path(folder).rglob("*.fsh")) if folder else [])]
    return texts + [path.read_bytes().decode("utf-8-sig") for path in paths]


PLACED = (ast.Expr, ast.Stmt, ast.Decl)


def test_expression_ids_are_dense_and_spans_nest() -> None:
    """Ids count from 1 over all files, each used once; an expression lies inside its parent and inside the text."""
    sources = SourceMap()
    bag = Bag(sources)
    ids = IdCounter()
    seen: list[int] = []
    for number, text in enumerate(samples()):
        file = sources.add(f"{number}.fsh", text)
        errors = bag.error_count
        tree = parse(lex(file, bag), bag, ids)
        if bag.error_count > errors:
            continue
        for node in nodes(tree):
            if isinstance(node, ast.Expr):
                seen.append(node.id)
                assert file.base <= node.start <= node.pos <= node.end <= file.base + len(text)
            for child in children(node):
                if isinstance(node, PLACED) and isinstance(child, PLACED):
                    assert node.start <= child.start <= child.end <= node.end, (node, child, sources.locate(child.start))
    assert sorted(seen) == list(range(1, ids.next)) or bag.error_count
    assert len(seen) == len(set(seen))


def test_children_have_smaller_ids_than_their_parents() -> None:
    for text in samples():
        for node in nodes(parsed(text)[0]):
            for child in children(node):
                if isinstance(node, ast.Expr) and isinstance(child, ast.Expr):
                    assert child.id < node.id


def test_positions_of_names_and_statements() -> None:
    text = "class Foo { void bar(int baz) { qux = a.b; } }"
    tree, _ = parsed(text)
    names = {node.text: (node.start - 1, node.end - 1) for node in nodes(tree) if isinstance(node, ast.Name)}
    for name in ("Foo", "bar", "baz", "b"):
        start, end = names[name]
        assert text[start:end] == name
    statement = next(node for node in nodes(tree) if isinstance(node, ast.ExprStmt))
    assert text[statement.start - 1:statement.end - 1] == "qux = a.b;"


def test_second_file_continues_positions_and_ids() -> None:
    sources = SourceMap()
    bag = Bag(sources)
    ids = IdCounter()
    parse(lex(sources.add("a.fsh", "int a = 1 + 2;"), bag), bag, ids)
    second = sources.add("b.fsh", "int b = 3;", runtime=True)
    tree = parse(lex(second, bag), bag, ids)
    literal = next(node for node in nodes(tree) if isinstance(node, ast.IntLit))
    assert literal.id == 4
    assert sources.locate(literal.start) == ("b.fsh", 1, 9)
    assert (tree.name, tree.base, tree.runtime) == ("b.fsh", second.base, True)


def test_messages_say_what_was_expected_and_help() -> None:
    _, bag = parsed("void f() { int x = 5 +; if (a == 1) b == 2; g(1; y = a ?? b; }")
    assert [(one.message, one.hint) for one in bag.sorted()] == [
        ("unexpected ';', expected an expression", ""),
        ("this expression does nothing on its own and is not a statement", "did you mean '='?"),
        ("'(' is never closed", "add ')' before ';'"),
        ("unexpected '?', expected an expression", "'??' is not part of the language"),
    ]


def test_hint_about_indentation() -> None:
    _, bag = parsed("class A {\n    void f() {\n        if (x) {\n            g();\n    }\n}\n")
    assert bag.items[0].hint == "the '{' of line 3 ends with the '}' of line 5, which is indented differently"


@pytest.mark.parametrize(("text", "wanted"), [
    ("a<b>(c)", "(call a<b> c)"), ("(a)-b", "(- a b)"), ("(int)-b", "(cast int (- b))"), ("a & b == c", "(== (& a b) c)"),
])
def test_settled_choices(text: str, wanted: str) -> None:
    assert expression_text(text) == wanted


# -- limits (section 35) -------------------------------------------------------------------------------------------------------

DEEP = 100_000
NESTED = {
    "parentheses": ("int x = " + "(" * DEEP + "1" + ")" * DEEP + ";"),
    "unary": ("int x = " + "- " * DEEP + "1;"),
    "casts": ("int x = " + "(int)" * DEEP + "1;"),
    "calls": ("void f() { " + "g(" * DEEP + ")" * DEEP + "; }"),
    "indices": ("int x = " + "a[" * DEEP + "1" + "]" * DEEP + ";"),
    "blocks": ("void f() " + "{" * DEEP + "}" * DEEP),
    "ifs": ("void f() { " + "if (a) " * DEEP + "b(); }"),
    "loops": ("void f() { " + "while (a) " * DEEP + "b(); }"),
    "lambdas": ("F x = " + "a => " * DEEP + "1;"),
    "conditionals": ("int x = " + "a ? b : " * DEEP + "1;"),
    "assignments": ("void f() { " + "a = " * DEEP + "1; }"),
    "initialisers": ("int[] x = " + "{" * DEEP + "}" * DEEP + ";"),
    "comparisons in parentheses": ("int x = " + "(a < " * DEEP + "1" + ")" * DEEP + ";"),
    "types": ("A" + "<B" * 1000 + ">" * 1000 + " x;"),
    "arrays": ("int" + "[]" * 1000 + " x;"),
    "pointers": ("void f() { int" + "*" * 1000 + " x; }"),
}


@pytest.mark.parametrize("text", NESTED.values(), ids=NESTED)
def test_deep_nesting_is_parsed(text: str) -> None:
    assert found(parsed(text)[1]) == []
    assert sys.getrecursionlimit() < 10_000


def test_deep_trees_are_printed() -> None:
    depth = 15_000
    for text in ("x = " + "a => f(" * depth + "1" + ")" * depth + ";", "if (a) { " * depth + "}" * depth):
        tree, _ = parsed("void f() { " + text + " }")
        assert sum(1 for _ in nodes(tree)) > 2 * depth
        assert len(dump_ast(tree)) > 2 * depth


@pytest.mark.parametrize("text", ["int x = " + "a + " * 100_000 + "1;", "void f() { " + "if (a) b(); else " * 40_000 + "c(); }",
                                  "void f() { " + "x = x + 1;\n" * 30_000 + "}", "int x = " + "a && b || " * 50_000 + "c;"],
                         ids=["sum", "else if", "statements", "logic"])
def test_chains_of_any_length_are_parsed(text: str) -> None:
    tokens, bag = lexed(text)
    ids = IdCounter()
    parse(tokens, bag, ids)
    assert found(bag) == []
    assert ids.next > 80_000


@pytest.mark.parametrize(("text", "column"), [
    ("int x = " + "(" * (MAX_DEPTH + 5) + "1" + ")" * (MAX_DEPTH + 5) + ";", 9 + MAX_DEPTH),
    ("int x = " + "-(" * MAX_DEPTH + "1" + ")" * MAX_DEPTH + ";", 9 + MAX_DEPTH),
    ("void f() " + "{" * (MAX_DEPTH + 5) + "}" * (MAX_DEPTH + 5), 10 + MAX_DEPTH),
    ("int x = " + "!" * (MAX_DEPTH + 5) + "1;", 9 + MAX_DEPTH),
    ("void f(int" + "*" * (MAX_TYPE_DEPTH + 5) + " x) { }", 11 + MAX_TYPE_DEPTH),
    ("A" + "<B" * (MAX_TYPE_DEPTH + 5) + ">" * (MAX_TYPE_DEPTH + 5) + " x;", None),
    ("void f() { " + "if (a) " * (MAX_DEPTH + 5) + "; } int y = ;", None),
], ids=["parentheses", "signs and parentheses", "blocks", "not", "pointers", "types", "ifs"])
def test_deeper_nesting_is_refused(text: str, column: int | None) -> None:
    """FS0802 at the token that exceeds the limit, and nothing else."""
    bag = parsed(text)[1]
    assert [one.code for one in bag.items] == ["FS0802"]
    if column is not None:
        assert bag.sources.locate(bag.items[0].start)[1:] == (1, column)


@pytest.mark.parametrize("text", [
    "void f() { " + "a < " * 20_000 + "; }", "x = " + "f(a < " * 5000, "void f() { x = " + "(a<b" * 5000 + "; }", "(" * 50_000,
    "void f() {" * 5000, "}" * 20_000, "class A { void f() { if (" * 3000, "void f() { a[" + "a[b < " * 5000, "< " * 20_000,
    '$"{' * 3000, "void f() { try { " * 3000, "x = () => {" * 5000, "A<A<" * 5000 + "; ",
], ids=range(13))
def test_unfinished_nesting_costs_no_more_than_linear_time(text: str) -> None:
    """Each of these took minutes if anything looked ahead or back repeatedly."""
    assert parsed(text)[1].error_count > 0


# -- any text ------------------------------------------------------------------------------------------------------------------

def test_fuzz_smoke() -> None:
    """A second of what tools/fuzz_parser.py does for longer."""
    sys.path.insert(0, str(HERE.parent / "tools"))
    try:
        import fuzz_parser
    finally:
        sys.path.pop(0)
    fuzz_parser.run([text for text in samples() if len(text) < 4000], random.Random(1), 1.0)


def test_every_prefix_of_a_program() -> None:
    text = (HERE / "syntax" / "everything.fsh").read_text(encoding="utf-8")
    for end in range(0, len(text), 7):
        tree, bag = parsed(text[:end])
        dump_ast(tree)
        bag.render()


def test_the_whole_program_parses_and_prints() -> None:
    dumped = tree_text((HERE / "syntax" / "everything.fsh").read_text(encoding="utf-8"))
    assert "<error>" not in dumped
    kinds = {type(node) for text in samples() for node in nodes(parsed(text)[0])}
    bases = (ast.Expr, ast.Stmt, ast.Decl, ast.TypeNode)
    wanted = {one for one in vars(ast).values() if isinstance(one, type) and issubclass(one, bases)}
    assert wanted - kinds == {*bases, ast.ErrorExpr}


def test_tokens_of_a_file_are_never_changed_by_looking_ahead() -> None:
    text = "void f() { x = a < b >= c; y = d<e>>=f; z = a<b>==c; }"
    before = lexed(text)[0]
    assert found(parsed(text)[1]) == []
    assert len(before.kinds) == len(lexed(text)[0].kinds)
