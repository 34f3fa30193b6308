"""Machine code: the assembler (`Assembler`), its operands (registers, `ptr[...]`, labels, symbols) and the disassembler.

Everything public is available from here; the parts are imported when first used, so that code which only needs single
encodings (`starklink.asm.encode`) does not pay for the rest.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .assembler import Assembler as Assembler
    from .assembler import dwarf_register as dwarf_register
    from .disasm import disassemble as disassemble
    from .operands import *  # noqa: F403


def _is_ours(value: object) -> bool:
    return getattr(value, "__module__", "").startswith(__name__)


def __getattr__(name: str) -> Any:
    from importlib import import_module

    if name == "__all__":  # of `from starklink.asm import *`
        found = vars(import_module(".operands", __name__)).items()
        ours = [one for one, value in found if type(value).__module__.startswith(__name__) or _is_ours(value)]
        return ["Assembler", "disassemble", "dwarf_register", *[one for one in ours if one[0] != "_"]]
    module = {"Assembler": ".assembler", "dwarf_register": ".assembler", "disassemble": ".disasm"}.get(
        name, ".operands"
    )
    if name.startswith("__") or name in (
        "assembler",
        "operands",
        "disasm",
        "forms",
        "select",
        "layout",
        "relax",
        "encode",
        "mnemonics",
    ):
        raise AttributeError(name)
    value = getattr(import_module(module, __name__), name)
    globals()[name] = value
    return value
