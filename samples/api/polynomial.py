"""A compiler of one page: a polynomial becomes machine code that runs in this process.

    python samples/api/polynomial.py 2 -3 5        # 2 - 3x + 5x^2, at x = 0 .. 9, and its code
"""

import sys

from starklink.asm import Assembler, rax, rdi
from starklink.jit.load import assemble_and_load


def polynomial(a: Assembler, coefficients: list[int]) -> None:
    """rax = the polynomial at rdi, by Horner's rule. Macros are Python: the loop runs here, its body in the code."""
    a.mov(rax, coefficients[-1])
    for coefficient in reversed(coefficients[:-1]):
        a.imul(rax, rdi)
        if coefficient:
            a.add(rax, coefficient)
    a.ret()


assembler = Assembler()
polynomial(assembler, [int(word) for word in sys.argv[1:]] or [2, -3, 5])
with assemble_and_load(assembler, "f") as code:
    f = code.function("f", "i64", "i64")
    print(*[f(x) for x in range(10)])
    print("\n".join([line.split("  ", 3)[-1].strip() for line in code.disassemble("f")[1:]]))
