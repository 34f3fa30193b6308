"""Sessions, options, extern functions and the report of internal failures, on IR made by hand."""

from __future__ import annotations

import pytest

from starklink.driver.errors import CompileError, InternalError
from starklink.driver.failure import position
from starklink.driver.program import Program
from starklink.driver.provide import assemble
from starklink.driver.session import Options, Session
from starklink.ir.module import Function, Module, Signature
from starklink.ir.types import F64, I64, VOID
from starklink.support.arena import ArenaFull


def program() -> Program:
    """A program that calls the extern functions Ticks and Wait and has one function of its own."""
    session = Session()
    file = session.sources.add("main.fsh", "extern uint Ticks();\nextern void Wait(double s);\nvoid main() {}\n")
    module = Module()
    at = file.base + file.text.index("Ticks")
    module.add_symbol(Function("Ticks", "Ticks", Signature((), I64), pos=at))
    module.add_symbol(Function("Wait", "Wait$double", Signature((F64,), VOID), pos=file.base + file.text.index("Wait")))
    module.add_symbol(Function("main", "main", Signature((), VOID), blocks=[1]))
    module.add_symbol(Function("__sys_write", "__sys_write", Signature((), VOID), runtime=True))
    return Program(session, Options(), module)


def test_provide_takes_externs_by_name_and_checks_the_signature() -> None:
    made = program()

    @made.provide("Ticks", params=(), result="i64")
    def ticks(a, signature):  # type: ignore[no-untyped-def]
        assert signature == Signature((), I64)
        a.rdtsc()
        a.ret()

    fragment = assemble(made.module, "Ticks", made.providers["Ticks"])
    assert fragment.data == b"\x0f\x31\xc3"
    assert fragment.symbol == "Ticks"
    assert [one.name for one in made.externs()] == ["Wait"]


@pytest.mark.parametrize(
    ("name", "wanted", "message"),
    [
        ("Nobody", {}, "no function 'Nobody'"),
        ("main", {}, "'main' is not extern"),
        ("__sys_write", {}, "'__sys_write' is not extern"),
        ("Ticks", {"params": ("i64",)}, r"'Ticks' is declared \(\) -> i64, provided \(i64\) -> i64"),
        ("Wait", {"result": "i64"}, r"'Wait' is declared \(f64\) -> void, provided \(f64\) -> i64"),
    ],
)
def test_provide_refuses_what_does_not_fit(name: str, wanted: dict[str, str], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        program().provide(name, **wanted)  # type: ignore[arg-type]


def test_provide_refuses_a_second_body() -> None:
    made = program()
    made.provide("Wait")(lambda a, signature: a.ret())
    with pytest.raises(ValueError, match="provided twice"):
        made.provide("Wait")


def test_extern_without_body_is_an_error_at_its_declaration() -> None:
    with pytest.raises(CompileError) as caught:
        program().link()
    assert "main.fsh:1:13: error FS0805: extern function 'Ticks' has no body" in str(caught.value)
    assert "main.fsh:2:13: error FS0805" in str(caught.value)


def test_options_are_checked() -> None:
    for wrong in ({"target": "dos"}, {"level": 3}, {"dwarf": 3}):
        with pytest.raises(ValueError, match=r"target|level|DWARF"):
            Options(**wrong)  # type: ignore[arg-type]


def test_prefix_map_last_match_wins() -> None:
    options = Options(prefix_map=(("/a", "X"), ("/a/b", "Y")))
    assert [options.mapped(path) for path in ("/a/b/f", "/a/f", "/c/f")] == ["Y/f", "X/f", "/c/f"]


class Node:
    """Something with a place, as tree nodes have."""

    def __init__(self, start: int) -> None:
        self.start = start


def fail_at(node: Node, deep: int = 3) -> None:
    if deep:
        fail_at(node, deep - 1)
    raise ZeroDivisionError("cause")


def test_internal_failure_names_phase_and_source_line() -> None:
    session = Session()
    file = session.sources.add("a.fsh", "one\ntwo three\n")
    with pytest.raises(InternalError) as caught, session.phase("lower"):
        fail_at(Node(file.base + 8))
    assert str(caught.value) == "internal failure in phase lower at a.fsh:2:5 (two three): ZeroDivisionError: cause"
    assert [name for name, _ in session.times] == ["lower"]


def test_innermost_position_wins() -> None:
    def outer(node: Node) -> None:
        fail_at(Node(7))

    try:
        outer(Node(3))
    except ZeroDivisionError as error:
        assert position(error) == 7


@pytest.mark.parametrize("error", [MemoryError(), ArenaFull("x")])
def test_exhausted_memory_is_a_diagnostic(error: Exception) -> None:
    session = Session()
    with pytest.raises(CompileError, match="error FS0803: compiler out of memory"), session.phase("check"):
        raise error


def test_too_deep_recursion_is_a_diagnostic_with_a_place() -> None:
    session = Session()
    file = session.sources.add("deep.fsh", "((((1))))")

    def descend(node: Node) -> None:
        descend(node)

    with pytest.raises(CompileError, match=r"deep\.fsh:1:3: error FS0802"), session.phase("check"):
        descend(Node(file.base + 2))
