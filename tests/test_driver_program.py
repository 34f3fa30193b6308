"""Sessions, options, extern functions and the report of internal failures, on IR made by hand."""

from __future__ import annotations

from pathlib import Path

import pytest

from starklink import compile_text, link
from starklink.driver.errors import CompileError, InternalError
from starklink.driver.failure import position
from starklink.driver.program import Program
from starklink.driver.provide import assemble
from starklink.driver.session import Options, Session
from starklink.ir.module import Function, Module, Signature
from starklink.ir.types import F64, I64, VOID
from starklink.objwriter.model import Fragment, ObjectModule
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


def test_the_readme_example_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = (Path(__file__).parent.parent / "README.md").read_text(encoding="utf-8")
    code = text.split("```python\n")[1].split("```")[0]
    monkeypatch.chdir(tmp_path)
    exec(compile(code, "README.md", "exec"), {})
    assert (tmp_path / "ticks").exists()


def test_programs_and_hand_made_modules_link_together() -> None:
    first = compile_text('extern int Answer();\nint main() { print("asked"); return Answer(); }')
    helper = ObjectModule("helper", [Fragment("Answer", ".text", b"\xb8\x2a\0\0\0\xc3", 16, kind="func", binding="global")])
    with pytest.raises(CompileError, match="FS0805"):
        first.link()
    done = link([first, helper]).run()
    assert (done.returncode, done.stdout) == (42, "asked\n")


@pytest.mark.parametrize("target", ["linux", "pc"])
def test_compile_link_run_in_one_go(target: str) -> None:
    program = compile_text("int main() { print(6 * 7); return 3; }", target=target, level=2, debug=False)
    image = program.link()
    done = image.run()
    assert (done.returncode, done.stdout) == (3, "42\n")
    assert bytes(image) == bytes(
        compile_text("int main() { print(6 * 7); return 3; }", target=target, level=2, debug=False).link()
    )
    assert ".text" in image.map()


def test_compile_error_carries_diagnostics() -> None:
    with pytest.raises(CompileError) as caught:
        compile_text("void main() { print(a); print(b); }")
    assert [(one.code, one.severity) for one in caught.value.diagnostics] == [("FS0201", "error")] * 2
    assert "main.fsh:1:21: error FS0201" in str(caught.value)
