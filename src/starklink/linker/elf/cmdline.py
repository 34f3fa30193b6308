"""The linker's command line: words in, `Options` out. Rows of `option_table.py` say what every option does.

    parse(["-o", "a", "main.o", "--as-needed", "-lm"]).options.inputs
    -> [InputSpec("file", "main.o"), InputSpec("lib", "m", as_needed=True)]

Long options take one or two dashes. Options that stand between inputs (--as-needed, -Bstatic ...) are recorded with each input.
Nothing is opened here but response files; `-R` asks whether its word is a folder.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

from ...support.record import dataclass, field
from .option_table import (
    DEFAULT_PATHS,
    EMULATIONS,
    FLAG,
    OFORMATS,
    VALUE,
    Z_KEYWORDS,
    Z_REFUSED,
    Z_VALUES,
    Row,
    index,
)
from .options import EXEC, PIE, RELOCATABLE, SHARED, InputSpec, Options
from .response import ResponseError, expand

if TYPE_CHECKING:
    from collections.abc import Sequence


class CommandLineError(Exception):
    """The command line asks for what cannot be. `problems`: one text per finding."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = list(problems)


@dataclass(slots=True, eq=False)
class CommandLine:
    """What the words say. `words` are those after response files; `opened` the response files.

    `ask`: something to print instead of a link: "", "help", "version", "sysroot", "output-format". `version`: print it and go
    on: "", "version" or "emulations". `color`: "auto", "always" or "never". `directory`: where to go first.
    """

    options: Options
    words: list[str] = field(default_factory=list)
    opened: list[str] = field(default_factory=list)
    ask: str = ""
    version: str = ""
    color: str = "auto"
    directory: str = ""
    warnings: list[str] = field(default_factory=list)


def parse(args: Sequence[str]) -> CommandLine:
    """Read a command line (without the program's name). Raises CommandLineError with everything that is wrong."""
    line = CommandLine(Options())
    try:
        line.words = expand(args, opened=line.opened)
    except ResponseError as error:
        raise CommandLineError([str(error)]) from None
    parser = _Parser(line)
    parser.read()
    if not line.ask:
        parser.finish()
    if parser.problems:
        raise CommandLineError(parser.problems)
    return line


_FORMATS: Final = {"binary": "binary", "default": "", "elf": "", "elf64-x86-64": "", "elf32-i386": ""}
_VISIBILITIES: Final = {"default": 0, "internal": 1, "hidden": 2, "protected": 3}


class _Parser:
    """The state between words."""

    def __init__(self, line: CommandLine) -> None:
        self.line = line
        self.options = line.options
        self.rows = index()
        self.problems: list[str] = []
        self.as_needed = self.whole = self.archives_only = self.lazy = False
        self.format = ""
        self.saved: list[tuple[bool, bool, bool, bool]] = []
        self.default_script = ""
        self.default_paths = True
        self.extra_paths: list[str] = []
        self.linker_given = False
        self.group = False
        self.shown = ""
        self.kinds: dict[str, str] = {}

    # -- words --------------------------------------------------------------------------------------------------------

    def read(self) -> None:
        words, at = self.line.words, 0
        plain = False
        while at < len(words) and not self.line.ask:
            word = words[at]
            at += 1
            if plain or len(word) < 2 or word[0] != "-":
                self.input("file", word)
            elif word == "--":
                plain = True
            else:
                at = self.option(word, words, at)

    def option(self, word: str, words: Sequence[str], at: int) -> int:
        """One option; the result is the index of the word behind it and its value."""
        found = self.find(word)
        if found is None:
            self.unknown(word)
            return at
        row, name, value = found
        self.shown = name
        if row.form == FLAG:
            if value is not None:
                self.problems.append(f"{name} takes no value, but there is '{value}'")
                return at
            self.act(row, "")
        elif row.form == VALUE:
            if value is None:
                if at == len(words):
                    self.problems.append(f"{name} needs a value behind it")
                    return at
                value = words[at]
                at += 1
            self.act(row, value)
        else:
            self.act(row, value or "")
        return at

    def find(self, word: str) -> tuple[Row, str, str | None] | None:
        """The row a word names, the name as shown, and the value in the word (None: none)."""
        two = word.startswith("--")
        name, equals, value = word[2 if two else 1 :].partition("=")
        row = self.rows.get(name)
        if row is not None and (two or len(name) == 1 or not row.two) and not (two and len(name) == 1 and name not in "()"):
            if len(name) > 1 or not equals:
                return row, word[: 2 if two else 1] + name, value if equals else None
        if two:
            return self.abbreviation(name, value if equals else None)
        # One letter with the value in the same word.
        row = self.rows.get(word[1])
        if row is not None and row.form == VALUE:
            return row, word[:2], word[2:]
        if row is not None and row.form == FLAG and len(set(word[1:])) == 1:
            return row, word[:2], None
        return None

    def abbreviation(self, name: str, value: str | None) -> tuple[Row, str, str | None] | None:
        """A long option may be cut short as long as it is clear which is meant."""
        if len(name) < 3:
            return None
        found = [other for other in self.rows if other.startswith(name) and len(other) > 1]
        same = {id(self.rows[other]) for other in found}
        if len(same) != 1:
            return None
        return self.rows[found[0]], "--" + found[0], value

    def unknown(self, word: str) -> None:
        from difflib import get_close_matches

        dashes = "--" if word.startswith("--") else "-"
        name, _, value = word.lstrip("-").partition("=")
        close = get_close_matches(name, sorted(other for other in self.rows if len(other) > 1), 1, 0.7)
        hint = ""
        if close:
            dashes = "--" if self.rows[close[0]].two else dashes
            hint = f"; did you mean {dashes}{close[0]}{'=' + value if value else ''}?"
        self.problems.append(f"unknown option: {word}{hint}")

    def input(self, kind: str, name: str, just_symbols: bool = False) -> None:
        self.options.inputs.append(InputSpec(
            kind, name, self.format if kind == "file" else "", self.as_needed, self.whole, self.archives_only, self.lazy,
            just_symbols))

    # -- actions: one method per action of the table ------------------------------------------------------------------

    def act(self, row: Row, value: str) -> None:
        action = row.action
        if action == "set":
            setattr(self.options, row.field, row.value)
            if row.field == "kind":
                self.kinds[row.value] = self.shown
        elif action == "text":
            setattr(self.options, row.field, value)
            self.linker_given |= row.field == "dynamic_linker"
            if row.field == "script":
                self.options.early_defsyms = len(self.options.defsyms)
        elif action == "texts":
            getattr(self.options, row.field).append(value)
        elif action != "ignore":
            getattr(self, "do_" + action)(row, value)

    def do_refuse(self, row: Row, value: str) -> None:
        self.problems.append(f"{self.shown} is not supported: {row.value}")

    def number(self, text: str, base: int = 0) -> int:
        """A number as C writes it (base 0), or hexadecimal with or without 0x (base 16)."""
        try:
            digits = text.strip()
            if base == 0 and len(digits) > 1 and digits[0] == "0" and digits[1] in "01234567":
                return int(digits, 8)
            found = int(digits, base)
            if "_" not in digits and 0 <= found < 1 << 64:
                return found
        except ValueError:
            pass
        self.problems.append(f"{self.shown}: '{text}' is not a number")
        return 0

    def do_number(self, row: Row, value: str) -> None:
        setattr(self.options, row.value, self.number(value))

    def do_threads(self, row: Row, value: str) -> None:
        """For lld, 0 is an error and "all" is meant without a number."""
        self.options.threads = self.number(value) if value and value != "all" else 0
        if value and value != "all" and not self.options.threads and not self.problems:
            self.problems.append(f"{self.shown}: expected a positive number, but there is '{value}'")

    def do_shuffle(self, row: Row, value: str) -> None:
        """`GLOB=SEED`, `SEED` for all sections, or nothing."""
        glob, equals, seed = value.rpartition("=")
        seed = row.value or seed or "0"
        try:
            self.options.shuffle.append((glob if equals else "*", int(seed)))
        except ValueError:
            self.problems.append(f"{self.shown}: '{seed}' is no number to begin with")

    def do_hexadecimal(self, row: Row, value: str) -> None:
        setattr(self.options, row.value, self.number(value, 16))

    def do_choice(self, row: Row, value: str) -> None:
        name, choices = row.value
        if value not in choices:
            self.problems.append(f"{self.shown}: '{value}' is none of {', '.join(choices)}")
            return
        if name == "compress_debug":
            if value == "zlib-gnu":
                self.problems.append(f"{self.shown}=zlib-gnu is not supported: the old form is not written; use zlib")
            value = "" if value == "none" else value.removesuffix("-gabi")
        elif name == "unresolved":      # it also says what to think of shared objects
            self.options.shlib_undefined = value in ("ignore-all", "ignore-in-shared-libs")
        elif name == "sort_section" and value == "none":
            value = ""
        setattr(self.options, name, value)

    def do_icf(self, row: Row, value: str) -> None:
        if value not in ("", "none", "all", "safe"):
            self.problems.append(f"{self.shown}: '{value}' is none of none, all, safe")
        self.options.icf = "all" if not value else value.removeprefix("none")

    def do_commas(self, row: Row, value: str) -> None:
        getattr(self.options, row.value).extend(one for one in value.replace(":", ",").split(",") if one)

    def do_colons(self, row: Row, value: str) -> None:
        known = getattr(self.options, row.value)
        known.extend(one for one in value.split(":") if one and one not in known)

    def do_static(self, row: Row, value: str) -> None:
        self.archives_only = self.options.static = True

    def do_magic(self, row: Row, value: str) -> None:
        """The dynamic linker needs pages, so no shared libraries are looked for, as with GNU ld."""
        setattr(self.options, row.value, True)
        self.archives_only = True

    def do_emulation(self, row: Row, value: str) -> None:
        machine = EMULATIONS.get(value)
        if machine is None:
            self.problems.append(f"unknown emulation: {value}; there are elf_x86_64 and elf_i386")
        else:
            self.options.machine, self.options.machine_given = machine, True

    def do_oformat(self, row: Row, value: str) -> None:
        form = OFORMATS.get(value)
        if form is None:
            self.problems.append(f"--oformat: unknown format {value}; there are elf64-x86-64, elf32-i386, binary and ihex")
        else:
            self.options.oformat = form

    def do_rpath(self, row: Row, value: str) -> None:
        for one in value.split(":"):
            if one not in self.options.rpaths:
                self.options.rpaths.append(one)

    def do_build_id(self, row: Row, value: str) -> None:
        digits = value[2:].replace("-", "").replace(":", "")
        if value in ("md5", "uuid", "fast"):
            self.options.build_id = value
        elif value in ("", "sha1", "tree", "sha256"):
            self.options.build_id = "sha1"
        elif value == "none":
            self.options.build_id = ""
        elif value[:2].lower() == "0x" and digits and not len(digits) % 2 and not digits.strip("0123456789abcdefABCDEF"):
            self.options.build_id = "0x" + digits.lower()
        else:
            self.problems.append(f"{self.shown}: '{value}' is none of sha1, md5, uuid, fast, none and 0xDIGITS")

    def do_no_build_id(self, row: Row, value: str) -> None:
        self.options.build_id = ""

    def do_keyword(self, row: Row, value: str) -> None:
        keyword, equals, text = value.partition("=")
        if keyword in Z_VALUES and equals:
            self.keyword_value(keyword, text)
        elif value in Z_REFUSED:
            self.problems.append(f"-z {value} is not supported: {Z_REFUSED[value]}")
        elif value in Z_KEYWORDS:
            name, setting = Z_KEYWORDS[value]
            if name == "dynamic_flags":
                if setting not in self.options.dynamic_flags:
                    self.options.dynamic_flags.append(setting)
            elif name:
                setattr(self.options, name, setting)
        elif keyword in Z_VALUES:
            self.problems.append(f"-z {keyword} needs a value: {Z_VALUES[keyword]}")
        else:
            from difflib import get_close_matches

            close = get_close_matches(keyword, [*Z_KEYWORDS, *Z_VALUES], 1, 0.6)
            hint = f"; did you mean -z {close[0]}?" if close else ""
            self.line.warnings.append(f"unknown keyword is ignored: -z {value}{hint}")

    def keyword_value(self, keyword: str, text: str) -> None:
        options = self.options
        self.shown = f"-z {keyword}"
        if keyword in ("max-page-size", "common-page-size"):
            size = self.number(text)
            if size & (size - 1) or not size:
                self.problems.append(f"-z {keyword}: {text} is not a power of two")
            elif keyword == "max-page-size":
                options.max_page_size = size
            else:
                options.common_page_size = size
        elif keyword == "stack-size":
            options.stack_size = self.number(text)
        elif keyword == "start-stop-visibility":
            if text not in _VISIBILITIES:
                self.problems.append(f"-z {keyword}: '{text}' is none of {', '.join(_VISIBILITIES)}")
            else:
                options.start_stop_visibility = _VISIBILITIES[text]
        elif keyword == "cet-report":
            if text not in ("none", "warning", "error"):
                self.problems.append(f"-z {keyword}: '{text}' is none of none, warning, error")
            options.cet_report = "" if text == "none" else text

    def do_commands(self, row: Row, value: str) -> None:
        self.input("mri", value)

    def do_library(self, row: Row, value: str) -> None:
        self.input("lib", value)

    def do_library_path(self, row: Row, value: str) -> None:
        if value.startswith("$SYSROOT"):
            value = "=" + value[8:]
        self.options.library_paths.append(value)

    def do_search_paths(self, row: Row, value: str) -> None:
        self.extra_paths += [one for one in value.removeprefix("P,").split(":") if one]

    def do_nostdlib(self, row: Row, value: str) -> None:
        self.default_paths = False

    def do_sysroot(self, row: Row, value: str) -> None:
        self.options.sysroot = value

    def do_as_needed(self, row: Row, value: str) -> None:
        self.as_needed = row.value

    def do_whole(self, row: Row, value: str) -> None:
        self.whole = row.value

    def do_archives_only(self, row: Row, value: str) -> None:
        self.archives_only = row.value
        if not row.value:
            self.options.static = False

    def do_push_state(self, row: Row, value: str) -> None:
        self.saved.append((self.as_needed, self.whole, self.archives_only, self.options.static))

    def do_pop_state(self, row: Row, value: str) -> None:
        if not self.saved:
            self.problems.append("--pop-state without --push-state")
            return
        self.as_needed, self.whole, self.archives_only, self.options.static = self.saved.pop()

    def do_start_group(self, row: Row, value: str) -> None:
        """Archives are searched in any order, so nothing is to be done."""
        if self.group:
            self.problems.append(f"{self.shown} inside a group: groups do not nest")
        self.group = True

    def do_end_group(self, row: Row, value: str) -> None:
        if not self.group:
            self.problems.append(f"{self.shown} ends a group that did not begin")
        self.group = False

    def do_no_undefined(self, row: Row, value: str) -> None:
        """Undefined symbols are errors, whatever was said of them before."""
        self.options.no_undefined, self.options.unresolved = True, ""

    def do_start_lib(self, row: Row, value: str) -> None:
        if self.lazy:
            self.problems.append("--start-lib inside --start-lib")
        self.lazy = True

    def do_end_lib(self, row: Row, value: str) -> None:
        if not self.lazy:
            self.problems.append("--end-lib without --start-lib")
        self.lazy = False

    def do_input_format(self, row: Row, value: str) -> None:
        form = _FORMATS.get(value)
        if form is None:
            self.problems.append(f"{self.shown}: unknown input format {value}; there are binary, elf and default")
        else:
            self.format = form

    def do_just_symbols(self, row: Row, value: str) -> None:
        if self.shown == "-R" and not os.path.isfile(value):      # also a folder that is only where the program will run
            self.do_rpath(row, value)
        else:
            self.input("file", value, True)

    def do_defsym(self, row: Row, value: str) -> None:
        name, equals, expression = value.partition("=")
        if not name.strip() or not equals or not expression.strip():
            self.problems.append(f"--defsym needs SYMBOL=EXPRESSION, not '{value}'")
        else:
            self.options.defsyms.append((name.strip(), expression.strip()))

    def do_sort_common(self, row: Row, value: str) -> None:
        if value not in ("", "ascending", "descending"):
            self.problems.append(f"--sort-common: '{value}' is neither ascending nor descending")
        self.options.sort_common = value or "descending"

    def do_unique(self, row: Row, value: str) -> None:
        known = self.options.unique or []
        self.options.unique = [*known, value] if value else known

    def do_optimize(self, row: Row, value: str) -> None:
        self.options.optimize = min(self.number(value) if value.isdigit() else 1, 2)

    def do_pack_dyn_relocs(self, row: Row, value: str) -> None:
        if value not in ("none", "relr"):
            self.problems.append(f"--pack-dyn-relocs={value} is not supported: there are none and relr")
        self.options.relr = "" if value == "none" else value

    def do_start(self, row: Row, value: str) -> None:
        self.section_at(row.value, value)

    def do_section_start(self, row: Row, value: str) -> None:
        name, equals, address = value.rpartition("=")
        if not name or not equals:
            self.problems.append(f"--section-start needs SECTION=ADDRESS, not '{value}'")
        else:
            self.section_at(name, address)

    def section_at(self, name: str, address: str) -> None:
        """The last address given for a section counts."""
        starts = self.options.section_starts
        starts[:] = [one for one in starts if one[0] != name]
        starts.append((name, self.number(address, 16)))

    def do_help(self, row: Row, value: str) -> None:
        self.line.ask = "help"

    def do_version(self, row: Row, value: str) -> None:
        if row.value == "only":
            self.line.ask = "version"
        else:
            self.line.version = row.value

    def do_verbose(self, row: Row, value: str) -> None:
        self.options.verbose = value != "0"

    def do_trace(self, row: Row, value: str) -> None:
        self.options.trace += 1

    def do_demangle(self, row: Row, value: str) -> None:
        self.options.demangle = True

    def do_color(self, row: Row, value: str) -> None:
        if value not in ("", "auto", "always", "never"):
            self.problems.append(f"--color-diagnostics: '{value}' is none of auto, always, never")
        self.line.color = value or "always"

    def do_no_color(self, row: Row, value: str) -> None:
        self.line.color = "never"

    def do_map(self, row: Row, value: str) -> None:
        self.options.map_path = value
        self.options.map_form = {".json": "json", ".html": "html"}.get(os.path.splitext(value)[1].lower(), "text")

    def do_ask(self, row: Row, value: str) -> None:
        self.line.ask = row.value

    def do_directory(self, row: Row, value: str) -> None:
        self.line.directory = value

    # -- the end ------------------------------------------------------------------------------------------------------

    def finish(self) -> None:
        """What depends on several words."""
        options = self.options
        if self.lazy:
            self.line.warnings.append("--start-lib without --end-lib")
        if self.default_script and not options.script:
            options.script = self.default_script
        options.library_paths += self.extra_paths
        if self.default_paths:
            options.library_paths += DEFAULT_PATHS[options.machine]
        if options.machine == "i386" and not self.linker_given and options.dynamic_linker:
            options.dynamic_linker = "/lib/ld-linux.so.2"
        if options.map_path and os.path.isdir(options.map_path):
            options.map_path = os.path.join(options.map_path, os.path.basename(options.output) + ".map")
        if not (options.inputs or options.script or self.line.version or self.problems):
            self.problems.append("no input files")
        self.contradictions()

    def contradictions(self) -> None:
        options = self.options
        if RELOCATABLE in self.kinds:
            for kind in (SHARED, PIE):
                if kind in self.kinds:
                    self.problems.append(f"{self.kinds[RELOCATABLE]} and {self.kinds[kind]} contradict each other")
        if options.kind in (EXEC, PIE) and (options.filters or options.auxiliary):
            self.problems.append(f"{'-F' if options.filters else '-f'} is for shared objects: add -shared")
        if options.oformat != "elf" and options.kind in (SHARED, RELOCATABLE):
            kind = "-shared" if options.kind == SHARED else "-r"
            self.problems.append(f"--oformat={options.oformat} cannot hold the output of {kind}")

    def do_default_script(self, row: Row, value: str) -> None:
        self.default_script = value
