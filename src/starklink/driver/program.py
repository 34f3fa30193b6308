"""A compiled program: IR that is checked and optimised, and everything that can be made of it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

from ..support.diagnostics import Bag
from .errors import CompileError
from .session import Options, Session, compiling

if TYPE_CHECKING:
    from ..ir.module import Function, Module, Signature
    from ..linker.image import Image
    from ..objwriter.model import Fragment, ObjectModule

Provider: TypeAlias = "Callable[[Any, Signature], None]"
"""Writes the body of an extern function: takes the assembler and the function's signature."""


class Program:
    """The result of `compile_file` and `compile_text`."""

    def __init__(self, session: Session, options: Options, module: Module) -> None:
        self.session = session
        self.options = options
        self.module = module
        self.providers: dict[str, Provider] = {}
        self._code: list[Fragment] | None = None
        self._objects: dict[bool, ObjectModule] = {}

    # -- extern functions --------------------------------------------------------------------------------------------

    def provide(
        self, name: str, params: tuple[str, ...] | None = None, result: str | None = None
    ) -> Callable[[Provider], Provider]:
        """Decorator: the function below writes the body of extern function `name` with the assembler.

            @program.provide("Ticks")
            def ticks(a, signature): ...

        `params` and `result` (IR type names, "i64", "void") state the signature the body is written for; it is
        checked. Raises ValueError if the program declares no such extern function, if it has a body already, or if
        the signature differs.
        """
        function = self._extern(name)
        if params is not None or result is not None:
            self._check_signature(name, function.signature, params, result)
        if function.symbol in self.providers:
            raise ValueError(f"function {name!r} is provided twice")

        def register(provider: Provider) -> Provider:
            if not callable(provider):
                raise ValueError(f"the body of {name!r} must be a function of the assembler and the signature")
            self.providers[function.symbol] = provider
            self._code = None
            self._objects.clear()
            return provider

        return register

    def externs(self) -> list[Function]:
        """The extern functions the program calls that have no body yet; what only the compiler mentions has no
        position."""
        return [
            function
            for _, function in self.module.functions()
            if not function.blocks and not function.runtime and function.pos and function.symbol not in self.providers
        ]

    def _extern(self, name: str) -> Function:
        found = [function for _, function in self.module.functions() if name in (function.name, function.symbol)]
        if not found:
            raise ValueError(f"the program calls no function {name!r}")
        for function in found:
            if not function.blocks and not function.runtime:
                return function
        raise ValueError(f"function {name!r} is not extern: it has a body")

    def _check_signature(self, name: str, signature: Signature, params: tuple[str, ...] | None, result: str | None) -> None:
        from ..ir.types import NAMES

        declared = tuple(NAMES[one] for one in signature.params), NAMES[signature.result]
        wanted = declared[0] if params is None else tuple(params), declared[1] if result is None else result
        if declared != wanted:

            def show(one: tuple[tuple[str, ...], str]) -> str:
                return f"({', '.join(one[0])}) -> {one[1]}"

            raise ValueError(f"extern function {name!r} is declared {show(declared)}, provided {show(wanted)}")

    # -- products ----------------------------------------------------------------------------------------------------

    def object(self, elsewhere: Collection[str] = (), *, alone: bool = False) -> ObjectModule:
        """Machine code, data and debug sections as fragments. `alone`: no other module of the link has debug sections, so
        offsets into them need no fixups.

        Raises CompileError (FS0805) for extern functions without a body whose symbols are not in `elsewhere`.
        """
        self._check_externs(elsewhere)
        found = self._objects.get(alone)
        if found is None:
            from . import phases

            with compiling():
                if self._code is None:
                    self._code = phases.generate(self)
                found = self._objects[alone] = phases.complete(self, self._code, alone)
        return found

    def link(self, *, entry: str = "", strip: bool | None = None) -> Image:
        """The program as an image for its target. Raises CompileError and linker.errors.LinkError."""
        from . import phases

        with compiling():
            return phases.link(self, entry, self.options.strip if strip is None else strip)

    def object_bytes(self) -> bytes:
        """The program as a relocatable ELF object."""
        from . import phases

        return phases.relocatable(self.session, self.object())

    def listing(self) -> str:
        """The program as assembly text for reading, with addresses, bytes and source lines."""
        from . import phases

        return phases.listing(self.link())

    def interpret(self, args: Sequence[str] = (), stdin: bytes = b"") -> tuple[int, bytes, bytes]:
        """Run the IR by the interpreter: (exit code, standard output, standard error). Slow; the oracle for tests."""
        from .interpret import interpret

        with compiling():
            return interpret(self, args, stdin)

    def _check_externs(self, elsewhere: Collection[str]) -> None:
        # A bag of its own: the same program links once the bodies are there.
        bag = Bag(self.session.sources)
        for function in self.externs():
            if function.symbol in elsewhere:
                continue
            bag.error(
                "FS0805",
                function.pos,
                function.pos + len(function.name),
                f"extern function '{function.name}' has no body",
                f"give it one with program.provide({function.name!r})",
            )
        if bag.error_count:
            raise CompileError(bag)
