"""Use records: left out where no pass needs them."""

from __future__ import annotations

from starklink import compile_text
from starklink.ir import pipeline
from starklink.ir.verify import verify_module


def test_uses_left_out_by_a_builder_are_completed_before_passes_run() -> None:
    program = compile_text("""
        int f(int n) {
            int s = 0;
            for (int i = 0; i < n; i++) s += i > 3 ? i : 1;
            return s;
        }
        int main() {
            print(f(9));
            return 0;
        }""", level=0)
    module = program.module
    assert not module.uses_recorded and verify_module(module) == []
    assert program.interpret() == (0, b"34\n", b"")
    pipeline.run(module, 2, verify=True)
    assert module.uses_recorded and verify_module(module) == []
    assert program.interpret() == (0, b"34\n", b"")
