"""Compare the NASM front end with nasm: the same source through both, section by section, relocation by relocation.

    python tests/nasm_compare.py FILE.asm|FILE.cases ... [-f elf64]     prints the differences

A `.cases` file holds many small sources, each behind a line `;;; title`; words in the title: `format=bin` (only that one;
default: bin, elf32 and elf64), `only=asm` or `only=pp` (not preprocessed alone; nothing but that), `warnings=differ` (their
classes are not compared), `-option`.
"""

from __future__ import annotations

import io
import re
import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple

from elftools.elf.elffile import ELFFile

VERBOSE = False
FORMATS = ("bin", "elf32", "elf64")


class Case(NamedTuple):
    """A source with its name and how to assemble it."""

    name: str
    text: str
    formats: tuple[str, ...]
    options: tuple[str, ...]
    only: str
    warnings: bool = True

    def __str__(self) -> str:
        return self.name


def cases(path: Path) -> list[Case]:
    """The cases of a file."""
    out = []
    parts = re.split(r"^;;; (.*)\n", path.read_text(encoding="latin-1"), flags=re.MULTILINE)
    for title, text in zip(parts[1::2], parts[2::2]):
        words = title.split()
        formats = tuple(word[7:] for word in words if word.startswith("format=")) or FORMATS
        options = tuple(word for word in words if word.startswith("-"))
        only = "".join([word[5:] for word in words if word.startswith("only=")])
        plain = " ".join([word for word in words if not word.startswith(("format=", "only=", "warnings=", "-"))])
        out.append(Case(plain, text, formats, options, only, "warnings=differ" not in words))
    return out


def contents(data: bytes, strings: bool = False) -> dict[str, Any]:
    """What an object consists of: sections, symbols and relocations as values that compare well."""
    elf = ELFFile(io.BytesIO(data))
    found: dict[str, Any] = {"os": (elf["e_ident"]["EI_OSABI"], elf["e_ident"]["EI_ABIVERSION"], elf["e_machine"])}
    names = [section.name for section in elf.iter_sections()]
    table = elf.get_section_by_name(".symtab")
    symbols = []
    for symbol in table.iter_symbols():
        where = symbol["st_shndx"]
        home = names[where] if isinstance(where, int) else where
        kind = symbol["st_info"]["type"]
        name = symbol.name if kind not in ("STT_FILE",) else "FILE"
        if kind == "STT_SECTION" and home.startswith(".debug"):
            continue
        symbols.append((name or home, home, symbol["st_value"], symbol["st_size"], kind, symbol["st_info"]["bind"],
                        symbol["st_other"]["visibility"]))  # fmt: skip
    found["symbols"] = symbols
    for section in elf.iter_sections():
        name = section.name
        if name in (".symtab", ".strtab", ".shstrtab", "") or name.startswith(".debug"):
            continue
        if section["sh_type"] in ("SHT_REL", "SHT_RELA"):
            if name.startswith((".rel.debug", ".rela.debug")):
                continue
            rows = []
            for one in section.iter_relocations():
                symbol = table.get_symbol(one["r_info_sym"])
                shown = symbol.name or names[symbol["st_shndx"]]
                rows.append((one["r_offset"], one["r_info_type"], shown, one["r_addend"] if one.is_RELA() else 0))
            found[name] = sorted(rows)
            continue
        found[name] = (section["sh_type"], section["sh_flags"], section["sh_addralign"], section["sh_entsize"],
                       section["sh_size"], section.data() if section["sh_type"] != "SHT_NOBITS" else b"")  # fmt: skip
    return found


def theirs(path: Path, form: str, options: tuple[str, ...] = ()) -> tuple[bytes | None, str]:
    """(nasm's output or None after errors, its messages)."""
    out = path.parent / "theirs.out"
    out.unlink(missing_ok=True)
    command = ["nasm", "-f", form, *options, "-o", str(out), path.name]
    done = subprocess.run(command, capture_output=True, check=False, cwd=path.parent, timeout=60)
    messages = (done.stderr + done.stdout).decode("latin-1")
    if done.returncode:
        return None, messages
    return out.read_bytes(), messages


def ours(path: Path, form: str, options: tuple[str, ...] = ()) -> tuple[bytes | None, str]:
    """The same from our assembler, in this process."""
    import contextlib
    import os

    from starklink.driver.assemble import main

    out = path.parent / "ours.out"
    out.unlink(missing_ok=True)
    messages = io.StringIO()
    here = os.getcwd()
    os.chdir(path.parent)
    try:
        with contextlib.redirect_stderr(messages), contextlib.redirect_stdout(messages):
            code = main(["-f", form, *options, "-o", str(out), path.name])
    finally:
        os.chdir(here)
    if code:
        assert not out.exists(), "an output after an error"
        assert messages.getvalue().strip(), "failed without a word"
        return None, messages.getvalue()
    return out.read_bytes(), messages.getvalue()


def warned(messages: str) -> set[str]:
    """The classes of the warnings in messages."""
    return set(re.findall(r"\[-w\+(?:error=)?([a-z-]+)\]$", messages, re.MULTILINE))


def squeezed(data: bytes | None) -> list[str] | None:
    """Preprocessed lines without white space; without blank lines and %line."""
    if data is None:
        return None
    out = []
    for line in data.decode("latin-1").split("\n"):
        line = re.sub(r"\s+", "", line)
        if line and not line.startswith("%line"):
            out.append(line)
    return out


def compare(path: Path, form: str, options: tuple[str, ...] = (), warnings: bool = True) -> str:
    """What is different between nasm's result and ours, "" if nothing is."""
    expected, their_messages = theirs(path, form, options)
    made, our_messages = ours(path, form, options)
    if expected is None or made is None:
        if expected is made:
            if VERBOSE:
                print(f"both refused: {their_messages.splitlines()[0]} | {our_messages.splitlines()[0]}")
            return ""
        who = "nasm" if expected is None else "we"
        return f"only {who} refused:\n{their_messages if expected is None else our_messages}"
    if "-E" in options:
        left, right = squeezed(expected), squeezed(made)
        assert left is not None and right is not None
        for number, (one, two) in enumerate(zip([*left, "END"], [*right, "END"])):
            if one != two:
                return f"line {number}: nasm {one!r}, we {two!r}"
        return ""
    left_classes, right_classes = warned(their_messages), warned(our_messages)
    if warnings and left_classes != right_classes:
        return f"warnings: only nasm {left_classes - right_classes}, only we {right_classes - left_classes}"
    if form == "bin":
        return difference("bytes", expected, made)
    left_contents, right_contents = contents(expected), contents(made)
    out = []
    for name in sorted({*left_contents, *right_contents}):
        one, two = left_contents.get(name), right_contents.get(name)
        if one != two:
            out.append(difference(name, one, two))
    return "\n".join(out)


def difference(name: str, one: Any, two: Any) -> str:
    """The first difference of two values, readable; "" if they are equal."""
    if one == two:
        return ""
    if isinstance(one, bytes) and isinstance(two, bytes):
        at = next((i for i, (a, b) in enumerate(zip(one, two)) if a != b), min(len(one), len(two)))
        start = max(at - 4, 0)
        return f"{name}: from {at:#x}: nasm {one[start:at + 16].hex()}, we {two[start:at + 16].hex()} ({len(one)}/{len(two)})"
    if isinstance(one, (list, tuple)) and isinstance(two, (list, tuple)):
        for index, (a, b) in enumerate(zip(one, two)):
            if a != b:
                return difference(f"{name}[{index}]", a, b)
        return f"{name}: lengths {len(one)} and {len(two)}: {one[len(two):]!r} {two[len(one):]!r}"
    return f"{name}: nasm {one!r}, we {two!r}"


def check(case: Case, folder: Path) -> list[str]:
    """The differences of a case in all its formats and as preprocessed text."""
    path = folder / "case.asm"
    path.write_text(case.text, encoding="latin-1")
    out = []
    if case.only != "pp":
        for form in case.formats:
            found = compare(path, form, case.options, case.warnings)
            if found:
                out.append(f"{form}: {found}")
    if case.only != "asm":
        found = compare(path, case.formats[0], (*case.options, "-E"))
        if found:
            out.append(f"-E: {found}")
    return out


def main() -> None:
    import tempfile

    args = sys.argv[1:]
    forms: tuple[str, ...] = ()
    if "-v" in args:
        global VERBOSE
        VERBOSE = True
        args.remove("-v")
    if "-f" in args:
        at = args.index("-f")
        forms = (args[at + 1],)
        del args[at : at + 2]
    bad = count = 0
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for one in args:
            path = Path(one)
            found = cases(path) if path.suffix == ".cases" else [Case(one, path.read_text("latin-1"), forms or FORMATS, (), "")]
            for case in found:
                count += 1
                try:
                    wrong = check(case, folder)
                except Exception as error:
                    import traceback

                    wrong = [f"{type(error).__name__}: {error}", "".join(traceback.format_exc().splitlines(True)[-6:])]
                if wrong:
                    bad += 1
                    print(f"--- {path.name}: {case.name}")
                    print("\n".join(wrong))
    print(f"{count} cases, {bad} different")


if __name__ == "__main__":
    main()
