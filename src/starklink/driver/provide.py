"""Extern functions: from the API user's assembler callback to a fragment."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..asm.assembler import Assembler
from ..objwriter.model import Fragment

if TYPE_CHECKING:
    from ..ir.module import Module
    from .program import Provider


def assemble(module: Module, symbol: str, provider: Provider) -> Fragment:
    """The body a provider writes for the extern function `symbol`. Raises what the provider and the assembler raise."""
    number = module.symbol_ids[symbol]
    assembler = Assembler()
    provider(assembler, module.function(number).signature)
    return assembler.finish(symbol, ".text", binding="global", align=16, source="provided")
