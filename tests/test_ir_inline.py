"""Inlining: what a copy looks like, what is not copied, and random programs that must behave the same."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest
from codegen_fuzz import clear_slots
from ir_random import Generator, observe, random_arguments
from programs import FOLDER, load

from starklink.driver.compile import compile_text
from starklink.driver.session import Options
from starklink.ir import pipeline
from starklink.ir.analysis.callgraph import call_graph
from starklink.ir.module import Module
from starklink.ir.passes import inline
from starklink.ir.text import parse, print_function, print_module
from starklink.ir.verify import check

HALF = """func @half(i64) -> i64 {
b0(v1: i64):
  v2: i64 = iconst 1
  v3: i64 = ashr v1, v2
  ret v3
}
"""


def inlined(text: str, name: str = "f") -> str:
    """The function `name` with its calls inlined."""
    module = parse(text)
    known = inline.plan(module, [symbol for symbol, function in module.functions() if function.blocks])
    for symbol in known.order:
        inline.run(module, symbol, known)
        check(module, symbol)
    return print_function(module, module.symbol_ids[name])


def test_a_small_leaf_function() -> None:
    assert inlined(HALF + """func @f(i64) -> i64 {
b0(v1: i64):
  v2: i64 = call @half(v1)
  v3: i64 = add v2, v1
  ret v3
}
""") == """func @f(i64) -> i64 {
b0(v1: i64):
  jump b1()
b1:
  v2: i64 = iconst 1
  v3: i64 = ashr v1, v2
  jump b2(v3)
b2(v4: i64):
  v5: i64 = add v4, v1
  ret v5
}
"""


def test_several_returns_slots_and_a_handler() -> None:
    """A copy keeps its blocks, its slots move to the caller's entry, and the caller's landing pad guards it."""
    assert inlined("""func @g(i64) -> void {
b0(v1: i64):
  v2: ptr = slot 8, 8
  store v2, v1, 0
  v3: i64 = iconst 0
  v4: bool = slt v1, v3
  br v4, b1(), b2()
b1:
  ret
b2:
  trapif v4, div_zero
  ret
}
func @f(i64) -> i64 {
b0(v1: i64):
  jump b1()
b1: handler b2
  call @g(v1)
  ret v1
b2: weight 0
  v2: ptr = landing
  v3: i64 = bitcast v2
  ret v3
}
""") == """func @f(i64) -> i64 {
b0(v1: i64):
  v2: ptr = slot 8, 8
  jump b1()
b1: handler b6
  jump b2()
b2: handler b6
  store v2, v1, 0
  v3: i64 = iconst 0
  v4: bool = slt v1, v3
  br v4, b3(), b4()
b3: handler b6
  jump b5()
b4: handler b6
  trapif v4, div_zero
  jump b5()
b5: handler b6
  ret v1
b6: weight 0
  v5: ptr = landing
  v6: i64 = bitcast v5
  ret v6
}
"""


CALLER = "func @f(i64) -> i64 {\nb0(v1: i64):\n  v2: i64 = call @g(v1)\n  ret v2\n}\n"


@pytest.mark.parametrize("callee", [
    "func @g(i64) -> i64\n",
    "func @s() -> void\nfunc @g(i64) -> i64 {\nb0(v1: i64):\n  call @s()\n  ret v1\n}\n",
    "func @g(i64) -> i64 {\nb0(v1: i64):\n  v2: i64 = call @g(v1)\n  ret v2\n}\n",
    "func @g(i64) -> i64 {\nb0(v1: i64):\n  trap unreachable\n}\n",
    "func @g(i64) -> i64 {\nb0(v1: i64):\n  v2: ptr = slot 4096, 8\n  store v2, v1, 0\n  ret v1\n}\n",
    "func @g(i64) -> i64 {\nb0(v1: i64):\n" + "".join(f"  v{n}: i64 = add v1, v{n - 1}\n" for n in range(2, 95)) + " ret v9\n}\n",
    "func @g(i64) -> i64 {\nb0(v1: i64):\n  jump b1()\nb1: handler b2\n  ret v1\nb2: weight 0\n  ret v1\n}\n",
], ids=["no body", "calls a special function", "recursion", "no return", "much stack", "too big", "handlers"])
def test_what_stays_a_call(callee: str) -> None:
    assert "call @g(v1)" in inlined(callee + CALLER)


def test_visible_functions_do_not_go_into_hidden_ones() -> None:
    assert "call @half" in inlined(HALF + CALLER.replace("@g", "@half").replace("-> i64 {", "-> i64 runtime {"))
    hidden = HALF.replace("-> i64 {", "-> i64 runtime {")
    assert "call @half" not in inlined(hidden + CALLER.replace("@g", "@half"))


def test_callees_come_first() -> None:
    body = "func @{}() -> void {{\nb0:\n{}  ret\n}}\n"
    text = "".join(body.format(name, "".join(f"  call @{callee}()\n" for callee in callees))
                   for name, callees in (("main", "ac"), ("a", "b"), ("b", "ad"), ("c", "c"), ("d", "")))
    module = parse(text)
    names = {symbol: function.name for symbol, function in module.functions()}
    graph = call_graph(module, names)
    assert "".join(names[symbol] for symbol in graph.order) == "d" + "ba" + "c" + "main"
    assert {names[symbol] for symbol in graph.recursive} == {"a", "b", "c"}
    assert {names[symbol]: count for symbol, count in graph.sites.items()} == {"a": 2, "b": 1, "c": 2, "d": 1}


@pytest.fixture
def without_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("TINY", "SMALL", "ONLY", "GROWTH"):
        monkeypatch.setattr(inline, name, 100_000)


def same_behaviour(module: Module, seed: int, level: int = 2) -> bool:
    arguments = [random_arguments(seed * 3 + k) for k in range(2)]
    wanted = [observe(module, args) for args in arguments]
    known = inline.plan(module, [symbol for symbol, _ in module.functions()])
    done = sum(inline.run(module, symbol, known) for symbol in known.order)
    check(module)
    assert parse(print_module(module)) == module
    assert [observe(module, args) for args in arguments] == wanted
    pipeline.run(module, level, verify=True)
    assert [observe(module, args) for args in arguments] == wanted
    return done > 0


def fuzz(first: int, count: int) -> int:
    """Inline everything that can be, in random programs of three functions; how many had a call that was replaced."""
    done = 0
    for seed in range(first, first + count):
        module = Generator(seed, size=8, count=3).module
        clear_slots(module)     # a copy in a loop finds in its slots what it left there
        done += same_behaviour(module, seed)
    return done


@pytest.mark.usefixtures("without_limits")
def test_smoke_of_random_programs() -> None:
    assert fuzz(0, 10) > 3


def test_traces_of_the_interpreter_after_inlining() -> None:
    """test_programs runs the interpreter on code that is not optimised; frames of inlined calls are found here."""
    case = load(FOLDER / "inlined_traces.fsh")
    program = compile_text(case.text, f"{case.name}.fsh", Options(level=2))
    assert sum(scope.kind == "inlined" for scope in program.module.debug_scopes) > 10
    code, stdout, stderr = program.interpret()
    assert (code, stdout) == (case.exit, case.stdout)
    for text in case.stderr:
        assert text in stderr.decode()


def test_traces_without_debug_information() -> None:
    case = load(FOLDER / "inlined_traces.fsh")
    done = compile_text(case.text, f"{case.name}.fsh", Options(level=2, debug=False)).link().run()
    assert done.stdout.encode() == case.stdout


def test_library_code_takes_the_position_of_the_call() -> None:
    program = compile_text('void main() {\n  string s = "ab";\n  print(s[1]);\n  print(s.substring(0, 1));\n}\n',
                           "a.fsh", Options(level=2))
    module = program.module
    main = module.symbol_ids["main"]
    source = program.session.sources.entry
    assert source is not None
    for block in module.function(main).blocks:
        for inst in module.instructions(block):
            assert module.insts.pos[inst] <= source.base + len(source.text)
            assert all(module.debug_scopes[scope].kind != "inlined" for scope in (module.insts.scope[inst],) if scope)


DEBUGGED = """class P {
    int a;
    public P(int a) { this.a = a; }
    public int Get(int k) {
        int t = a + k;
        return t * 2;
    }
}
int inner(int x, int y) {
    int q = x - 1;
    return q / y;
}
int mid(int x) {
    int t = inner(x, x - 3);
    return t + 1;
}
void main() {
    P p = new P(7);
    int s = 0;
    for (int i = 5; i > 3; i--) {
        s += mid(i);
        s += p.Get(i);
    }
    print(s);
}
"""


@pytest.mark.skipif(shutil.which("gdb") is None, reason="needs gdb")
def test_debuggers_see_inlined_frames(tmp_path: Path) -> None:
    source, image = tmp_path / "p.fsh", tmp_path / "p"
    source.write_text(DEBUGGED)
    compile_text(DEBUGGED, "p.fsh", Options(level=2, directory=str(tmp_path)), path=str(source)).link().write(str(image))
    commands = ["break inner", "break p.fsh:21", "run", "bt", "continue", "bt", "info args", "finish", "delete", "break P.Get",
                "continue", "bt", "step", "step", "bt"]
    words = [word for command in commands for word in ("-ex", command)]
    done = subprocess.run(["gdb", "-q", "-nx", "-batch", *words, str(image)], stdin=subprocess.DEVNULL, capture_output=True,
                          text=True, check=True, timeout=60)
    shown = re.findall(r"^(?:#\d+ .*|\w+ = .*|\d+\t.*)$", done.stdout, re.MULTILINE)
    text = re.sub("this=[^,]*", "this=...", "\n".join(shown).replace(str(source), "p.fsh"))
    assert text == """\
14\t    int t = inner(x, x - 3);
#0  mid (x=5) at p.fsh:14
#1  main () at p.fsh:21
10\t    int q = x - 1;
#0  inner (x=5, y=2) at p.fsh:10
#1  mid (x=5) at p.fsh:14
#2  main () at p.fsh:21
x = 5
y = 2
15\t    return t + 1;
5\t        int t = a + k;
#0  P.Get (this=..., k=5) at p.fsh:5
#1  main () at p.fsh:22
6\t        return t * 2;
20\t    for (int i = 5; i > 3; i--) {
#0  main () at p.fsh:20"""
