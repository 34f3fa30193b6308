"""A whole object module by hand: sections, functions, data, common symbols; out come an `ObjectModule` and the bytes of a `.o`.

    from starklink.asm import eax, edi, rip, ptr
    from starklink.asm.module import Module

    module = Module("demo.o")
    with module.function("twice", visibility="protected") as a:
        a.lea(eax, ptr[rdi + rdi])
        a.add(ptr[rip + "calls"], 1)
        a.ret()
    with module.data("table", ".rodata", align=8) as a:
        a.dq("twice", 0)
    module.common("calls", 4, 4)
    open("demo.o", "wb").write(module.object_bytes())
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from ..objwriter.model import Fragment, ObjectModule
from .assembler import Assembler
from .operands import AsmError

BINDINGS = ("local", "global", "weak")
VISIBILITIES = ("default", "internal", "hidden", "protected")


class Module:
    """Collects fragments in the order in which their blocks end. `bits`: code size of new functions."""

    def __init__(self, name: str = "", bits: int = 64) -> None:
        self.bits = bits
        self.object = ObjectModule(name)

    @contextmanager
    def function(
        self, name: str, section: str = ".text", *, binding: str = "global", visibility: str = "default", align: int = 16,
        cfi: bool = True, check_abi: bool = False,
    ) -> Iterator[Assembler]:  # fmt: skip
        """A block that assembles a function. `cfi`: follow the stack pointer for unwinders; `check_abi`: refuse code that leaves
        the stack unbalanced at a `ret` or loses registers of the caller. Raises AsmError at the block's end."""
        self._check(name, binding, visibility)
        a = Assembler(self.bits)
        with a.function(name, cfi=cfi):
            yield a
        fragment = a.finish(name, section, kind="func", binding=binding, align=align, visibility=visibility)
        if check_abi:
            from .abi import violations

            problems = violations(fragment)
            if problems:
                raise AsmError(f"{name} breaks the calling convention:\n  " + "\n  ".join(problems))
        self.object.fragments.append(fragment)

    @contextmanager
    def data(
        self, name: str, section: str = ".data", *, binding: str = "global", visibility: str = "default", align: int = 1,
        kind: str = "",
    ) -> Iterator[Assembler]:  # fmt: skip
        """A block that makes a datum with `db`, `dq`, `ascii` ...; `kind`: symbol type ("tls" by itself in .tdata)."""
        self._check(name, binding, visibility)
        a = Assembler(self.bits)
        yield a
        made = a.finish(
            name, section, kind=kind or ("tls" if section.startswith(".tdata") else "object"), binding=binding, align=align,
            visibility=visibility,
        )  # fmt: skip
        self.object.fragments.append(made)

    def zero(
        self, name: str, size: int, section: str = ".bss", *, align: int = 1, binding: str = "global", visibility: str = "default"
    ) -> None:
        """`size` bytes of zeros."""
        self._check(name, binding, visibility)
        kind = "tls" if section.startswith(".tbss") else "object"
        self.object.fragments.append(
            Fragment(name, section, b"", align, size, kind=kind, binding=binding, visibility=visibility)
        )

    def common(self, name: str, size: int, align: int = 1) -> None:
        """A common symbol: zeroed memory, shared with other modules that ask for it, unless one defines the symbol."""
        if align < 1 or align & align - 1:
            raise AsmError(f"alignment {align} of {name} is no power of two")
        self.object.common[name] = (size, align)

    def absolute(self, name: str, value: int) -> None:
        """A symbol that is a number."""
        self.object.absolute[name] = value

    def object_bytes(self) -> bytes:
        """The relocatable ELF file. Raises ElfError for a symbol defined twice."""
        from ..objwriter.elf.object import to_elf

        return to_elf(self.object)

    def listing(self) -> str:
        """Every fragment disassembled (code) or in hexadecimal (data)."""
        from .disasm import disassemble

        out: list[str] = []
        for fragment in self.object.fragments:
            if fragment.kind == "func":
                out += disassemble(fragment, bits=self.bits)
            else:
                out.append(f"{fragment.section} {fragment.symbol}: {fragment.size} bytes")
                out += [f"  {at:x}  {fragment.data[at : at + 16].hex(' ')}" for at in range(0, len(fragment.data), 16)]
        return "\n".join(out) + "\n"

    def _check(self, name: str, binding: str, visibility: str) -> None:
        if binding not in BINDINGS:
            raise AsmError(f"{name}: a symbol is {', '.join(BINDINGS)}, not {binding}")
        if visibility not in VISIBILITIES:
            raise AsmError(f"{name}: visibility is {', '.join(VISIBILITIES)}, not {visibility}")
