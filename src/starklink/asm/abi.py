"""Check that hand-written code keeps the System V calling convention: the stack is balanced at every return and the registers
that belong to the caller are saved before they are written.

    push rbx                    rbx is saved: writing it is fine from here on
    mov rbx, rdi
    call f
    ret                         refused: 8 bytes too much on the stack (the missing pop rbx)

All paths through direct jumps are followed. Behind a computation of the stack pointer that cannot be followed (`and rsp, -16`,
`leave`, `mov rsp, rbp`) only registers are checked.
"""

from __future__ import annotations

from typing import Final

from ..objwriter.model import Fragment
from .encode import Effect, effects
from .operands import REGISTERS

_SAVED: Final = {REGISTERS[name].number: name for name in ("rbx", "rbp", "r12", "r13", "r14", "r15")}


def violations(fragment: Fragment) -> list[str]:
    """Sentences about every place that breaks the convention, by offset; [] if there is none."""
    code = {effect.offset: effect for effect in effects(fragment.data)}
    found: dict[int, str] = {}
    # the state on entry of every instruction: bytes on the stack (None = not known), registers saved so far
    seen: dict[int, tuple[int | None, frozenset[int]]] = {}
    pending: list[tuple[int, int | None, frozenset[int]]] = [(0, 0, frozenset())]
    while pending:
        at, depth, saved = pending.pop()
        effect = code.get(at)
        if effect is None:
            continue
        if at in seen:
            if depth is not None and seen[at][0] not in (None, depth):
                found.setdefault(at, f"{at:#x}: {effect.text}: reached with {seen[at][0]} and with {depth} bytes on the stack")
            continue
        seen[at] = (depth, saved)
        problem = _problem(effect, depth, saved)
        if problem:
            found.setdefault(at, f"{at:#x}: {effect.text}: {problem}")
        if effect.pushed in _SAVED:
            saved |= {effect.pushed}
        elif effect.popped in _SAVED:
            saved -= {effect.popped}
        depth = None if depth is None or effect.stack is None else depth + effect.stack
        if effect.flow in ("next", "call", "branch"):
            pending.append((at + effect.length, depth, saved))
        if effect.flow in ("jump", "branch") and effect.target >= 0:
            pending.append((effect.target, depth, saved))
    return [found[at] for at in sorted(found)]


def _problem(effect: Effect, depth: int | None, saved: frozenset[int]) -> str:
    if effect.flow == "return" and depth:
        return f"{abs(depth)} bytes too {'much on' if depth > 0 else 'little on'} the stack"
    if effect.popped in _SAVED:
        return ""
    lost = [name for number, name in _SAVED.items() if number in effect.written and number not in saved]
    return f"{' and '.join(lost)} belongs to the caller and is not saved" if lost and effect.flow != "call" else ""
