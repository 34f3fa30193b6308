"""Interrupts may come at any instruction: what the run-time system does must not depend on memory below the stack pointer."""

from __future__ import annotations

import runpy
from pathlib import Path

from starklink import compile_text

KERNEL = Path(__file__).resolve().parent.parent / "samples" / "kernel"
MAIN = """
int Deep(int n) {
    if (n == 0) throw "deep";
    return Deep(n - 1) + 1;
}

void main() {
    PortIn(PIC1 + 1);
    StartTimer(5000);
    WaitForInterrupt();
    int thrown = 0, caught = 0;
    while (Ticks() < 1500) {
        thrown++;
        try {
            Deep(thrown % 4);
        } catch (e) {
            if (e.StackTrace().starts_with("Exception: deep\\nStack trace:\\n  at Deep:")) caught++;
        }
    }
    DisableInterrupts();
    print(thrown > 1000 && caught == thrown);
}
"""


def test_exceptions_survive_interrupts() -> None:
    source = (KERNEL / "kernel.fsh").read_text(encoding="utf-8")
    externs = source[source.index("extern int PortIn") : source.index("// -- memory")]
    timer = source[source.index("// Ports of the") : source.index("void CountTicks")]
    program = compile_text(externs + timer + MAIN, target="pc", level=2, debug=False)
    done = runpy.run_path(str(KERNEL / "build.py"))["complete"](program).run(timeout=60)
    assert (done.returncode, done.stdout) == (0, "true\n")
