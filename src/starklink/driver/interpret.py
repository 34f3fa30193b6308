"""Run a program's IR by the interpreter: the oracle for the code generator."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .program import Program

OVERRIDDEN = ("__trace_collect", "__unwind")
"""Library functions that read the machine's stack: the interpreter has a stack of its own."""
STACK_OVERFLOW = 106
DEPTH = 200_000
"""Nested calls; the language promises 100,000."""


def interpret(
    program: Program, args: Sequence[str] = (), stdin: bytes = b"", steps: int = 2_000_000_000
) -> tuple[int, bytes, bytes]:
    """Exit code, standard output and standard error of a run. Raises ir.interp.InterpError for what no program may
    do."""
    from ..ir.interp import InterpError, Interpreter, default_externs

    externs, output = default_externs(stdin)

    def refuse(interp: Any, values: tuple[Any, ...]) -> int:
        return -2  # ENOENT: there are no files

    externs["__sys_open"] = externs["__sys_close"] = refuse
    entry = program.session.sources.entry
    interp = Interpreter(
        program.module,
        externs,
        override=OVERRIDDEN,
        locate=program.session.sources.locate,
        step_limit=steps,
        depth_limit=DEPTH,
        stack_size=64 << 20,
        entry_file=entry.name if entry is not None else "",
    )
    words = [b"program", *(arg.encode() for arg in args)]
    vector = interp.allocate(8 * len(words) + 8, 8)
    for index, word in enumerate(words):
        text = interp.allocate(len(word) + 1, 1)
        interp.write(text, word)
        interp.write(vector + 8 * index, text.to_bytes(8, "little"))
    try:
        interp.run(program.module.entry, [len(words), vector])
    except InterpError as error:
        if "stack overflow" not in error.message:
            raise
        flush = program.module.symbol_ids.get("__flush")
        if flush is not None:
            interp.run(flush, [])
        return STACK_OVERFLOW, bytes(output.stdout), b"StackOverflow: Stack overflow\n"
    code = output.exit_code
    return 0 if code is None else code, bytes(output.stdout), bytes(output.stderr)
