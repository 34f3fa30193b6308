"""What every NASM source finds defined: predefined macros, and directives that are macros (`section`, `struc`, `align`, ...)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ..strings import quote
from ..tokens import split
from .mmacros import MANY, MultiMacro
from .smacros import Native, SingleMacro
from .source import Line

if TYPE_CHECKING:
    from .core import Preprocessor

VERSION: Final = (2, 16, 1, 0)
VERSION_TEXT: Final = "2.16.01"

# name -> (parameters as in %macro, body)
_LIST: Final = ("%rep %0", "[%?? %1]", "%rotate 1", "%endrep")
_WHOLE: Final = ("[%?? %1]",)
_SECTION: Final = ("%xdefine __?SECT?__ [%?? %1]", "__?SECT?__")
_PADDING: Final = "(((%1) - (($-$$) % (%1))) % (%1))"
MACROS: Final[dict[str, tuple[str, tuple[str, ...]]]] = {
    "section": ("1+", _SECTION),
    "segment": ("1+", _SECTION),
    "absolute": ("1+", _SECTION),
    "struc": ("1-2 0", ("%push", "%define %$strucname %1", "[absolute %2]", "%$strucname:")),
    "endstruc": ("0", ("%{$strucname}_size equ ($-%$strucname)", "%pop", "__?SECT?__")),
    "istruc": ("1", ("%push", "%define %$strucname %1", "%$strucstart:")),
    "at": (
        "1-2+",
        (
            "%defstr %$member %1",
            "%substr %$first %$member 1",
            "%ifidn %$first, '.'",
            "times (%$strucname%1-%$strucname)-($-%$strucstart) db 0",
            "%else",
            "times (%1-%$strucname)-($-%$strucstart) db 0",
            "%endif",
            "%2",
        ),
    ),
    "iend": ("0", ("times %{$strucname}_size-($-%$strucstart) db 0", "%pop")),
    "align": (
        "1-2+ nop",
        (
            "%if __?SECTALIGN_ALIGN_UPDATES_SECTION?__",
            "sectalign %1",
            "%endif",
            f"times {_PADDING} %2",
        ),
    ),
    "alignb": (
        "1-2+",
        (
            "%if __?SECTALIGN_ALIGN_UPDATES_SECTION?__",
            "sectalign %1",
            "%endif",
            "%ifempty %2",
            "[warning push]",
            "[warning -zeroing]",
            f"resb {_PADDING}",
            "[warning pop]",
            "%else",
            f"times {_PADDING} %2",
            "%endif",
        ),
    ),
    "sectalign": (
        "1",
        (
            "%ifidni %1,off",
            "%define __?SECTALIGN_ALIGN_UPDATES_SECTION?__ 0",
            "%elifidni %1,on",
            "%define __?SECTALIGN_ALIGN_UPDATES_SECTION?__ 1",
            "%else",
            "[sectalign %1]",
            "%endif",
        ),
    ),
    "extern": ("1-*", _LIST),
    "static": ("1-*", _LIST),
    "global": ("1-*", _LIST),
    "required": ("1-*", _LIST),
    "common": ("1-*", _LIST),
    "cpu": ("1+", _WHOLE),
    "default": ("1+", _WHOLE),
    "bits": ("1+", _WHOLE),
    "use16": ("0", ("[bits 16]",)),
    "use32": ("0", ("[bits 32]",)),
    "use64": ("0", ("[bits 64]",)),
    "float": (
        "1-*",
        (
            "%rep %0",
            "%ifidni %1,daz",
            "%define __?FLOAT_DAZ?__ daz",
            "%elifidni %1,nodaz",
            "%define __?FLOAT_DAZ?__ nodaz",
            "%elifidni %1,near",
            "%define __?FLOAT_ROUND?__ near",
            "%elifidni %1,up",
            "%define __?FLOAT_ROUND?__ up",
            "%elifidni %1,down",
            "%define __?FLOAT_ROUND?__ down",
            "%elifidni %1,zero",
            "%define __?FLOAT_ROUND?__ zero",
            "%elifidni %1,default",
            "%define __?FLOAT_DAZ?__ nodaz",
            "%define __?FLOAT_ROUND?__ near",
            "%endif",
            "%xdefine __?FLOAT?__ __?FLOAT_DAZ?__,__?FLOAT_ROUND?__",
            "[float %1]",
            "%rotate 1",
            "%endrep",
        ),
    ),
    "incbin": ("1-2+ 0", ("%push", "%pathsearch %$file %1", "%depend %$file", "incbin %$file,%2", "%pop")),
}
FORMAT_MACROS: Final[dict[str, dict[str, tuple[str, tuple[str, ...]]]]] = {
    "bin": {"org": ("1+", _WHOLE)},
    "elf32": {"osabi": ("1+", _WHOLE)},
    "elf64": {"osabi": ("1+", _WHOLE)},
}
# Names with and without the question marks mean the same.
_ALIASED: Final = (
    "BITS", "DATE", "DATE_NUM", "DEBUG_FORMAT", "FILE", "FLOAT", "FLOAT_DAZ", "FLOAT_ROUND", "LINE", "NASM_MAJOR", "NASM_MINOR",
    "NASM_PATCHLEVEL", "NASM_SNAPSHOT", "NASM_SUBMINOR", "NASM_VER", "NASM_VERSION_ID", "OUTPUT_FORMAT", "PASS", "POSIX_TIME",
    "PTR", "SECT", "SECTALIGN_ALIGN_UPDATES_SECTION", "TIME", "TIME_NUM", "UTC_DATE", "UTC_DATE_NUM", "UTC_TIME", "UTC_TIME_NUM",
)  # fmt: skip
_FOLDED: Final = (
    "infinity", "nan", "qnan", "snan", "float8", "float16", "bfloat16", "float32", "float64", "float80m", "float80e", "float128l",
    "float128h", "ilog2e", "ilog2w", "ilog2f", "ilog2c", "utf16", "utf16le", "utf16be", "utf32", "utf32le", "utf32be",
)  # fmt: skip


def multi_macro(
    pp: Preprocessor, name: str, signature: str, body: tuple[str, ...], sensitive: bool = False
) -> MultiMacro:
    """A macro of the standard set: not listed, and its lines count at the place of the call."""
    macro = MultiMacro(name, sensitive)
    counts, _, default = signature.partition(" ")
    macro.greedy = counts.endswith("+")
    least, _, most = counts.rstrip("+").partition("-")
    macro.least = int(least)
    macro.most = MANY if most == "*" else int(most or least)
    macro.quiet = True
    macro.defaults = [split(default)] if default else []
    macro.body = [Line(text, "", 0) for text in body]
    return macro


class Standard:
    """Enters the standard macros into a preprocessor."""

    def __init__(self, pp: Preprocessor) -> None:
        self.pp = pp
        for name, (signature, body) in (*MACROS.items(), *FORMAT_MACROS.get(pp.output_format, {}).items()):
            pp.multi[name] = [multi_macro(pp, name, signature, body)]
        define = self.define
        major, minor, subminor, patch = VERSION
        define("NASM_MAJOR", str(major))
        define("NASM_MINOR", str(minor))
        define("NASM_SUBMINOR", str(subminor))
        define("NASM_PATCHLEVEL", str(patch))
        define("NASM_VERSION_ID", f"0{major:02x}{minor:02x}{subminor:02x}{patch:02x}h")
        define("NASM_VER", f'"{VERSION_TEXT}"')
        define("OUTPUT_FORMAT", pp.output_format)
        if pp.debug_format:
            define("DEBUG_FORMAT", pp.debug_format)
        define("SECT", "[section .text]")
        define("SECTALIGN_ALIGN_UPDATES_SECTION", "1")
        define("FLOAT_DAZ", "nodaz")
        define("FLOAT_ROUND", "near")
        define("FLOAT", "nodaz,near")
        define("PASS", "3" if pp.preprocess_only else "1")
        self.natives()
        for name in _ALIASED:
            self.alias(f"__{name}__", f"__?{name}?__", True)

    def define(self, name: str, text: str) -> None:
        """Define `__?name?__`."""
        self.pp.macros.add(SingleMacro(f"__?{name}?__", True, [], list(split(text))))

    def alias(self, name: str, target: str, sensitive: bool) -> None:
        """Let `name` mean `target`."""
        macro = SingleMacro(name, sensitive, [], [target])
        macro.alias = target
        self.pp.macros.add(macro)

    def natives(self) -> None:
        """Macros whose value changes from line to line, and dates, which are asked for rarely."""
        pp = self.pp

        def file(pp: Preprocessor, arguments: list[list[str]]) -> list[str]:
            return [quote(pp.place().file)]

        def line(pp: Preprocessor, arguments: list[list[str]]) -> list[str]:
            return [str(pp.place().line)]

        def bits(pp: Preprocessor, arguments: list[list[str]]) -> list[str]:
            return [str(pp.bits())]

        def pointer(pp: Preprocessor, arguments: list[list[str]]) -> list[str]:
            return [{16: "word", 32: "dword", 64: "qword"}.get(pp.bits(), "word")]

        for name, native in (("FILE", file), ("LINE", line), ("BITS", bits), ("PTR", pointer)):
            macro = SingleMacro(f"__?{name}?__", True, [], [])
            macro.native = native
            pp.macros.add(macro)
        for name in (
            *[zone + what for zone in ("", "UTC_") for what in ("DATE", "DATE_NUM", "TIME", "TIME_NUM")],
            "POSIX_TIME",
        ):
            macro = SingleMacro(f"__?{name}?__", True, [], [])
            macro.native = _clock(name)
            pp.macros.add(macro)


_now: Final[list[float]] = []


def _clock(name: str) -> Native:
    def native(pp: Preprocessor, arguments: list[list[str]]) -> list[str]:
        import os
        import time

        if not _now:
            _now.append(time.time())
        epoch = os.environ.get("SOURCE_DATE_EPOCH", "")
        seconds = int(epoch) if epoch.isdigit() else int(_now[0])
        if name == "POSIX_TIME":
            return [str(seconds)]
        now = time.gmtime(seconds) if name.startswith("UTC") or epoch else time.localtime(seconds)
        form = {"DATE": '"%Y-%m-%d"', "DATE_NUM": "%Y%m%d", "TIME": '"%H:%M:%S"', "TIME_NUM": "%H%M%S"}
        return [time.strftime(form[name.removeprefix("UTC_")], now)]

    return native


def fold_old_names(pp: Preprocessor, text: str) -> None:
    """Aliases such as `__float32__` for `__?float32?__`, entered only if a source uses them: the assembler knows both spellings,
    so they matter only for what the preprocessor prints."""
    for name in _FOLDED:
        if f"__{name}__" in text.lower():
            macro = SingleMacro(f"__{name}__", False, [], [f"__?{name}?__"])
            macro.alias = f"__?{name}?__"
            pp.macros.add(macro)
