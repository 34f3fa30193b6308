"""Extern functions: from the API user's assembler callback to a fragment."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..asm.assembler import Assembler
from ..objwriter.model import Fragment

if TYPE_CHECKING:
    from ..ir.module import Module
    from .program import Provider


def assemble(module: Module, symbol: str, provider: Provider) -> Fragment:
    """The body a provider writes for the extern function `symbol`. Raises what the provider and the assembler raise, AsmError
    if the body breaks the calling convention."""
    from ..asm.abi import violations
    from ..asm.targets import AsmError

    number = module.symbol_ids[symbol]
    assembler = Assembler()
    provider(assembler, module.function(number).signature)
    fragment = assembler.finish(symbol, ".text", binding="global", align=16, source="provided")
    problems = violations(fragment)
    if problems:
        raise AsmError(f"{symbol} breaks the calling convention:\n  " + "\n  ".join(problems))
    return fragment
