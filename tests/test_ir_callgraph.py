"""Which programs can exhaust their stack: those start on a guarded one, the others on the kernel's."""

from __future__ import annotations

import pytest

from starklink import compile_text

GUARDED = {
    "recursion": "int f(int n) { if (n == 0) return 0; return f(n - 1); } void main() { print(f(3)); }",
    "mutual": "int f(int n) { return n == 0 ? 0 : g(n - 1); } int g(int n) { return f(n); } void main() { print(f(3)); }",
    "virtual": "class A { public virtual int F() { return 1; } } class B : A { public int F() { return 2; } }\n"
               "A pick(int n) { if (n) return new A(); return new B(); } void main() { print(pick(1).F()); }",
    "chain": "".join(f"void f{n}() {{ f{n + 1}(); }}\n" for n in range(300)) + "void f300() { print(1); } void main() { f0(); }",
}
PLAIN = {
    "hello": 'void main() { print("hello"); }',
    "calls": "int f(int n) { return g(n) + g(n + 1); } int g(int n) { return n * 2; } void main() { write(f(1) > 2); }",
}


@pytest.mark.parametrize("name", GUARDED)
def test_deep_calls_get_a_guarded_stack(name: str) -> None:
    program = compile_text(GUARDED[name], level=0)
    assert "__stack_guard" in program.module.symbol_ids
    assert program.link().run(timeout=10).returncode == 0


@pytest.mark.parametrize("name", PLAIN)
def test_shallow_calls_stay_on_the_stack_of_the_kernel(name: str) -> None:
    program = compile_text(PLAIN[name], level=0)
    assert "__stack_guard" not in program.module.symbol_ids
    image = program.link()
    assert image.symbol("_start")
    assert image.run(timeout=10).returncode == 0


def test_the_pc_always_has_its_exceptions() -> None:
    assert "__pc_exception" in compile_text(PLAIN["hello"], target="pc").module.symbol_ids
