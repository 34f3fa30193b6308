"""From the command line's inputs to loaded files: search, recognise, open; archive members when a name wants them.

The worklist at the end is what makes order irrelevant: every name that is needed and not defined is looked for in all archives
and shared objects, the earliest of the command line first. It goes by rounds: the members a round asks for are loaded together,
which columns are made for, and what they mention is looked for in the next one.
"""

from __future__ import annotations

import mmap
import os
from typing import TYPE_CHECKING, Final

from ...objwriter.errors import ArError, ElfError
from . import tables as t
from .archives import LazyArchive, first_object, is_archive, open_lazy
from .libscripts import ScriptInput, library_script
from .objects import InputError, load_object
from .options import RELOCATABLE, InputSpec, Options
from .resolve import bind_shared, mention, rank
from .shared import PROGRAM, load_shared
from .tables import Context, File

if TYPE_CHECKING:
    from collections.abc import Iterable

    Wanted = tuple[int, bytes, int, int]

STB_GLOBAL: Final = 1
_NESTING: Final = 10
FEW: int = 16
"""Members that are not worth looking at how large they are."""
LARGE: int = 4 << 20
"""Bytes of objects from which columns pay for importing numpy."""


class Loader:
    """Opens the inputs of one link. `archives` in command-line order, each with its position."""

    def __init__(self, ctx: Context) -> None:
        self.ctx = ctx
        self.options: Options = ctx.options
        self.archives: list[tuple[int, LazyArchive]] = []
        self.loaded: set[tuple[int, int]] = set()
        self.seen_shared: dict[str, int] = {}
        self.position = 0
        self.opened: list[str] = []
        """Paths that were read, for dependency files."""
        self.scripts: list[tuple[str, str]] = []
        """(path, text) of inputs that turned out to be full linker scripts."""
        self.by_columns = False
        """Whether numpy is loaded already."""
        self._waiting: list[tuple[File, str]] = []
        """Objects that are to be loaded next, and what a message about each begins with."""
        self._lazy_objects: dict[int, tuple[str, memoryview]] = {}
        self._mapped: dict[str, memoryview] = {}

    def load_all(self, specs: Iterable[InputSpec]) -> None:
        """Open every input in order; problems go to the context."""
        for spec in specs:
            self.position += 1
            self._open(spec, "", 0)
        self._load_waiting()

    def _load_waiting(self) -> None:
        """Load the objects that were opened; by columns if they are large."""
        waiting, self._waiting = self._waiting, []
        options = self.options
        if sum([len(file.data) for file, _ in waiting]) >= LARGE and options.machine == "x86_64" and not options.wraps:
            from .objects_bulk import load_many

            self.by_columns = True
            prefixes = {id(file): prefix for file, prefix in waiting}
            for file, error in load_many(self.ctx, [file for file, _ in waiting]):
                self.ctx.problems.append(f"{prefixes[id(file)]}{error}")
            return
        for file, prefix in waiting:
            try:
                load_object(self.ctx, file)
            except InputError as error:
                self.ctx.problems.append(f"{prefix}{error}")

    # -- finding ------------------------------------------------------------------------------------------------------

    def _open(self, spec: InputSpec, near: str, depth: int) -> None:
        problems = self.ctx.problems
        if spec.kind == "bytes":
            self._take(spec, spec.name, memoryview(spec.data), depth)
            return
        path = self.find(spec, near)
        if path is None:
            if spec.kind == "lib":
                text = f"unable to find library -l{spec.name}"
                where = ", ".join(self.options.library_paths[:4]) or "no -L given"
                extra = f" (a static link looks for lib{spec.name}.a only)" if spec.static and spec.name[:1] != ":" else ""
                problems.append(f"{text}{extra}\n>>> searched in {where}{self._similar(spec.name)}")
            else:
                problems.append(f"cannot open {spec.name}: No such file or directory")
            return
        try:
            data = self.map(path)
        except OSError as error:
            problems.append(f"cannot open {path}: {error.strerror}")
            return
        self._take(spec, path, data, depth)

    def map(self, path: str) -> memoryview:
        """The content of a file, mapped. Raises OSError."""
        known = self._mapped.get(path)
        if known is not None:
            return known
        with open(path, "rb") as file:
            size = os.fstat(file.fileno()).st_size
            if size and os.path.isfile(path):
                data = memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
            else:
                data = memoryview(file.read())
        self.opened.append(path)
        self._mapped[path] = data
        return data

    def find(self, spec: InputSpec, near: str = "") -> str | None:
        """The path of an input, or None."""
        options = self.options
        if spec.kind == "file":
            name = spec.name
            if name.startswith(("=", "$SYSROOT")):
                name = _below(options.sysroot, name.removeprefix("=").removeprefix("$SYSROOT"))
            if os.path.isabs(name) and near and options.sysroot and _inside(near, options.sysroot):
                name = options.sysroot + name
            if not near or os.path.isabs(name):
                return name if os.path.exists(name) else None
            folders = [folder for folder in ("", os.path.dirname(near), *options.library_paths) if folder or near]
            found = [path for path in dict.fromkeys(os.path.join(folder, name) for folder in folders) if os.path.exists(path)]
            return next((path for path in found[:-1] if self._suits(path, name)), found[-1] if found else None)
        names = [spec.name[1:]] if spec.name.startswith(":") else \
            ([] if spec.static or options.kind == RELOCATABLE else [f"lib{spec.name}.so"]) + [f"lib{spec.name}.a"]
        for folder in options.library_paths:
            if folder.startswith("="):
                folder = _below(options.sysroot, folder[1:])
            for name in names:
                path = os.path.join(folder, name)
                if os.path.isfile(path) and self._suits(path, f"-l{spec.name}"):
                    return path
        return None

    def _suits(self, path: str, name: str) -> bool:
        """Whether a file found for -l or a script is for the machine of the link; others are passed over with a warning."""
        if not self.options.machine_given:
            return True
        try:
            data = self.map(path)
        except OSError:
            return True         # told when it is opened
        known = library_machine(path, data)
        if known in ("", self.options.machine):
            return True
        if path in self.opened:
            self.opened.remove(path)
        text = f"skipping incompatible {path} when searching for {name}: it is for {known}"
        if self.options.warn_search_mismatch and text not in self.ctx.warnings:
            self.ctx.warnings.append(text)
        return False

    def _similar(self, name: str) -> str:
        from difflib import get_close_matches

        known: set[str] = set()
        for folder in self.options.library_paths:
            try:
                known.update(entry[3:].rsplit(".", 1)[0] for entry in os.listdir(folder)
                             if entry.startswith("lib") and entry.endswith((".so", ".a")))
            except OSError:
                continue
        if name in known:
            return f"\n>>> lib{name}.so exists, but no lib{name}.a"
        close = get_close_matches(name, sorted(known), 1, 0.75)
        return f"\n>>> did you mean -l{close[0]}?" if close else ""

    # -- taking -------------------------------------------------------------------------------------------------------

    def _take(self, spec: InputSpec, path: str, data: memoryview, depth: int) -> None:
        order = (self.position, len(self.ctx.files) + len(self._waiting))
        try:
            if spec.format == "binary":
                self._binary(path, data, order)
            elif is_archive(data):
                self._archive(spec, path, data)
            elif bytes(data[:4]) == b"\x7fELF":
                self._elf(spec, path, data, order)
            else:
                self._script(spec, path, data, depth)
        except (InputError, ArError, ElfError) as error:
            self.ctx.problems.append(f"{path}: {error}")

    def _elf(self, spec: InputSpec, path: str, data: memoryview, order: tuple[int, int]) -> None:
        kind = int.from_bytes(data[16:18], "little")
        file = File(path, "object" if kind == 1 else "shared", order, data)
        if kind != 3:
            if kind == 2 and not spec.just_symbols:
                raise InputError(PROGRAM)
            if spec.just_symbols:
                self._addresses(file)
                return
            if spec.lazy:
                self._lazy(file)
                return
            self._trace(path)
            if not self.options.machine_given:
                self._machine(data)
            self._waiting.append((file, f"{path}: "))
            return
        if self.options.kind == RELOCATABLE:
            raise InputError("is a shared object, which -r cannot take in")
        if not self.options.machine_given:
            self._machine(data)
        if self.options.static:
            raise InputError("is a shared object, but the link is static (-static)")
        file.as_needed = spec.as_needed
        self._load_waiting()
        load_shared(self.ctx, file)
        file.soname = file.soname or (os.path.basename(path) if spec.kind == "lib" else path)
        if file.soname in self.seen_shared:
            self.ctx.files.pop()        # the same library twice
            if not spec.as_needed:
                self.ctx.files[self.seen_shared[file.soname]].as_needed = False
            return
        self.seen_shared[file.soname] = len(self.ctx.files) - 1
        self._trace(path)

    def _machine(self, data: memoryview) -> None:
        """Without -m the first object says what is linked."""
        self.options.machine_given = True
        if len(data) >= 20 and data[4] == 1 and int.from_bytes(data[18:20], "little") == 3:
            self.options.machine = "i386"
            if self.options.dynamic_linker == "/lib64/ld-linux-x86-64.so.2":
                self.options.dynamic_linker = "/lib/ld-linux.so.2"

    def _trace(self, name: str) -> None:
        if self.options.trace:
            self.ctx.trace.append(name)

    def _lazy(self, file: File) -> None:
        from ...objwriter.ar import defined_symbols

        number = len(self.archives)
        archive = LazyArchive("", file.data, {name.encode("utf-8", "surrogateescape"): 0 for name in defined_symbols(file.data)})
        self._lazy_objects[number] = (file.name, file.data)
        self.archives.append((self.position, archive))

    def _addresses(self, file: File) -> None:
        """-R FILE, or a linked program among the inputs: its global symbols as absolute ones."""
        from ...objwriter.elf.reader import Elf

        self._load_waiting()
        internal = File(file.name, "internal", file.order, memoryview(b""))
        self.ctx.files.append(internal)
        for symbol in Elf(file.data).symbols():
            if symbol.binding == STB_GLOBAL and symbol.section != 0 and symbol.name:
                mention(self.ctx, internal, len(self.ctx.files) - 1, symbol.name, t.ABSOLUTE, symbol.value, symbol.size,
                        symbol.type, 1, 0)

    def _binary(self, path: str, data: memoryview, order: tuple[int, int]) -> None:
        """-b binary: the bytes as .data, between _binary_NAME_start and _binary_NAME_end."""
        self._load_waiting()
        self._trace(path)
        ctx = self.ctx
        file = File(path, "object", order, memoryview(b""), used=True)
        number = len(ctx.files)
        ctx.files.append(file)
        section = ctx.add_section(number, 1, ".data", 1, 3, 1, len(data), 0, data)
        file.sections = [-1, section]
        stem = "".join(letter if letter.isalnum() and letter.isascii() else "_" for letter in path)
        file.symbols = [ctx.add_symbol("", number, t.UNDEFINED)]
        for name, where, value in (("start", section, 0), ("end", section, len(data)), ("size", t.ABSOLUTE, len(data))):
            file.symbols.append(mention(ctx, file, number, f"_binary_{stem}_{name}", where, value, 0, 0, 1, 0))

    def _archive(self, spec: InputSpec, path: str, data: memoryview) -> None:
        archive = open_lazy(path, data)
        number = len(self.archives)
        self.archives.append((self.position, archive))
        self._trace(path)
        if spec.whole:
            for place in archive.all_members():
                file = self._member(number, place, "--whole-archive")
                if file is not None:
                    self._waiting.append((file, f"{path}: member {file.name} "))

    def member(self, number: int, place: int, wanted_by: str) -> list[int]:
        """Load a member of archive `number`; the ids of the names it mentions."""
        file = self._member(number, place, wanted_by)
        try:
            return load_object(self.ctx, file) if file is not None else []
        except InputError as error:
            raise InputError(f"member {file.name if file is not None else ''} {error}") from error

    def _member(self, number: int, place: int, wanted_by: str) -> File | None:
        """A member of archive `number` as a file to load; None if it was one before, or is no object."""
        if (number, place) in self.loaded:
            return None
        self.loaded.add((number, place))
        position, archive = self.archives[number]
        if number in self._lazy_objects:
            name, data = self._lazy_objects[number]
            file = File(name, "object", (position, 0), data, wanted_by=wanted_by)
        else:
            name, data = archive.member(place)
            if bytes(data[:4]) != b"\x7fELF":
                if bytes(data[:4]) == b"BC\xc0\xde":
                    raise InputError(f"member {name} is LLVM bitcode: compile without -flto, or with -ffat-lto-objects")
                raise InputError(f"member {name} is not an ELF object")
            file = File(name, "object", (position, place), data, archive.path, wanted_by=wanted_by)
        if self.options.trace > 1:
            self.ctx.trace.append(file.shown)
        return file

    def _script(self, spec: InputSpec, path: str, data: memoryview, depth: int) -> None:
        if not len(data):
            raise InputError("is empty")
        if depth >= _NESTING:
            raise InputError("is a script that includes itself")
        text = bytes(data).decode("utf-8", "surrogateescape")
        inputs = library_script(text)
        if inputs is None:
            from .foreign import foreign

            what = foreign(path, data)
            if what:
                raise InputError(what)
            self.scripts.append((path, text))
            return
        for one in inputs:
            self._open(_script_spec(spec, one), path, depth + 1)

    # -- the worklist --------------------------------------------------------------------------------------------------

    def resolve(self) -> None:
        """Load what is missing until nothing more is found, then bind names to shared objects."""
        ctx = self.ctx
        index: dict[bytes, int] = {}
        for number in range(len(self.archives) - 1, -1, -1):
            index.update(dict.fromkeys(self.archives[number][1].index, number))
        shared: dict[str, int] = {}
        for number in range(len(ctx.files) - 1, -1, -1):
            if ctx.files[number].kind == "shared":
                shared.update(dict.fromkeys(ctx.files[number].exports, number))
        work = list(ctx.ids.values())
        for name in [*self._globbed(index), *self.options.undefined, *self.options.required, self.options.entry]:
            if name and not name[0].isdigit():
                symbol = ctx.global_id(name)
                ctx.sym_flags[symbol] |= t.REFERENCED | (t.STRONG_REFERENCE if name != self.options.entry else 0)
                work.append(symbol)
        for file in ctx.files:
            for name, weak, _ in file.undefined:
                if name in ctx.ids:
                    ctx.sym_flags[ctx.ids[name]] |= t.SHARED_REFERENCE
                elif not weak and name not in shared and name.encode("utf-8", "surrogateescape") in index:
                    work.append(ctx.global_id(name))
                    ctx.sym_flags[work[-1]] |= t.SHARED_REFERENCE | t.STRONG_REFERENCE
        while work:
            work = self._load_wanted(*self._wanted(work, index, shared))
        self._bind(shared)

    def _wanted(self, work: list[int], index: dict[bytes, int], shared: dict[str, int]) -> tuple[list[Wanted], list[int]]:
        """Which members the undefined ones of some symbols ask for, as things are now; and what members that give a common
        symbol a value mention, which are loaded at once."""
        ctx, homes = self.ctx, self.ctx.sym_section
        wanted: list[Wanted] = []
        mentioned: list[int] = []
        for symbol in work:
            if homes[symbol] >= 0:
                continue
            name = ctx.sym_name[symbol]
            if homes[symbol] == t.COMMON and self.archives:
                mentioned += self._common(symbol)
                continue
            if rank(ctx, symbol) != 9 or (not ctx.sym_flags[symbol] & t.STRONG_REFERENCE and name != self.options.entry):
                continue
            key = name.encode("utf-8", "surrogateescape")
            number = index.get(key, -1)
            if number < 0:
                continue
            provider = shared.get(name) if ctx.sym_visibility[symbol] not in (1, 2) else None
            if provider is None or ctx.files[provider].order[0] >= self.archives[number][0]:
                wanted.append((symbol, key, number, self.archives[number][1].index[key]))
        return wanted, mentioned

    def _load_wanted(self, wanted: list[Wanted], mentioned: list[int]) -> list[int]:
        """Load members, but for what an earlier one defines; what all of them mention."""
        if len(wanted) >= FEW and self._pays([(number, place) for _, _, number, place in wanted]):
            return mentioned + self._load_together(wanted)
        ctx = self.ctx
        for symbol, _, number, place in wanted:
            if rank(ctx, symbol) != 9:
                continue
            try:
                mentioned += self.member(number, place, ctx.sym_name[symbol])
            except (InputError, ArError) as error:
                ctx.problems.append(f"{self.archives[number][1].path}: {error}")
        return mentioned

    def _pays(self, places: list[tuple[int, int]]) -> bool:
        """Whether members are so large that loading by columns pays."""
        if self.options.machine != "x86_64" or self.options.wraps:
            return False
        try:
            size = sum([self.archives[number][1].size(place) for number, place in set(places) - self.loaded])
        except ArError:
            return False
        return size >= (LARGE // 16 if self.by_columns else LARGE)

    def _load_together(self, wanted: list[Wanted]) -> list[int]:
        """The same by columns: what a member defines is known from the index before it is loaded."""
        from .objects_bulk import load_many

        self.by_columns = True
        defined: set[bytes] = set()
        files: list[File] = []
        told: list[tuple[File | None, str]] = []
        for symbol, key, number, place in wanted:
            if key in defined:
                continue
            archive = self.archives[number][1]
            try:
                file = self._member(number, place, self.ctx.sym_name[symbol])
            except (InputError, ArError) as error:
                told.append((None, f"{archive.path}: {error}"))
                continue
            if file is not None:
                defined.update(archive.defined(place))
                files.append(file)
                told.append((file, f"{archive.path}: member {file.name} "))
        damaged = {id(file): error for file, error in load_many(self.ctx, files)}
        self.ctx.problems += [text if file is None else f"{text}{damaged[id(file)]}" for file, text in told
                              if file is None or id(file) in damaged]
        return [symbol for file in files if id(file) not in damaged for symbol in file.symbols[file.first_global:]]

    def _globbed(self, index: dict[bytes, int]) -> list[str]:
        """Names of archives that --undefined-glob asks for."""
        if not self.options.undefined_globs:
            return []
        from .exports import globs

        wanted = globs(self.options.undefined_globs)
        names = [name.decode("utf-8", "surrogateescape") for name in index]
        return sorted(name for name in names if wanted(name)) + [name for name in self.ctx.ids if wanted(name)]

    def _common(self, symbol: int) -> list[int]:
        """A common symbol takes a member that gives it a value, as GNU ld does for the block data of Fortran."""
        name = self.ctx.sym_name[symbol]
        key = name.encode("utf-8", "surrogateescape")
        for number, (_, archive) in enumerate(self.archives):
            first = archive.index.get(key)
            if first is None:
                continue
            try:
                if number in self._lazy_objects:
                    if gives_value(self._lazy_objects[number][1], key):
                        return self.member(number, first, name)
                    continue
                # The index names one member, which may have the name as a common symbol, too.
                places = [first] if gives_value(archive.member(first)[1], key) else archive.all_members()
                for place in places:
                    if gives_value(archive.member(place)[1], key):
                        return self.member(number, place, name)
            except (InputError, ArError, ElfError) as error:
                self.ctx.problems.append(f"{archive.path}: {error}")
        return []

    def _bind(self, shared: dict[str, int]) -> None:
        ctx = self.ctx
        homes, ids = ctx.sym_section, ctx.ids
        for name, symbol in [(name, symbol) for name, symbol in ids.items() if homes[symbol] == t.UNDEFINED]:
            if "@" in name and self._own_version(name, symbol):
                continue
            number = shared.get(name)
            if number is None or ctx.sym_visibility[symbol] in (1, 2):
                continue
            file = ctx.files[number]
            if ctx.sym_flags[symbol] & t.STRONG_REFERENCE:
                file.used = True
            bind_shared(ctx, symbol, number, file.exports[name])
        for file in ctx.files:
            for name, _, _ in file.undefined:
                symbol = ctx.ids.get(name, -1)
                if symbol >= 0:
                    ctx.sym_flags[symbol] |= t.SHARED_REFERENCE
        for name, number in shared.items():      # a common symbol is as large as the object of a library it stands in for
            symbol = ids.get(name, -1)
            if symbol >= 0 and homes[symbol] == t.COMMON:
                row = ctx.files[number].dynsyms[ctx.files[number].exports[name]]
                ctx.sym_size[symbol] = max(ctx.sym_size[symbol], row[2] if row[3] == ctx.sym_type[symbol] or row[3] == 1 else 0)
        # A definition here stands in for that of a shared object, whose users must find it.
        for name in shared:
            symbol = ids.get(name, -1)
            if symbol >= 0 and rank(ctx, symbol) < 4:
                ctx.sym_flags[symbol] |= t.SHARED_REFERENCE

    def _own_version(self, name: str, symbol: int) -> bool:
        """`f@V` that this link itself defines as `f@@V`."""
        base, _, version = name.partition("@")
        other = self.ctx.ids.get(base, -1)
        if other < 0 or self.ctx.sym_version.get(other) != version or rank(self.ctx, other) > 3:
            return False
        for column in (self.ctx.sym_file, self.ctx.sym_section, self.ctx.sym_value, self.ctx.sym_size, self.ctx.sym_type,
                       self.ctx.sym_binding):
            column[symbol] = column[other]
        return True


def _below(root: str, path: str) -> str:
    return root + path if not root or root.endswith("/") or path.startswith("/") else f"{root}/{path}"


def _inside(path: str, folder: str) -> bool:
    home = os.path.realpath(folder)
    return os.path.realpath(path).startswith(home if home.endswith("/") else home + "/")


def gives_value(data: memoryview, name: bytes) -> bool:
    """Whether an object defines a symbol other than as a common one. Raises ElfError."""
    from ...objwriter.elf.reader import Elf

    if bytes(data[:4]) != b"\x7fELF":
        return False
    wanted = name.decode("utf-8", "surrogateescape")
    return any(symbol.name == wanted and symbol.binding != 0 and symbol.section not in (0, 0xFFF2)
               for symbol in Elf(data).symbols())


def library_machine(path: str, data: memoryview) -> str:
    """"x86_64", "i386", or "another machine" of a shared object, an archive's first object or a script's OUTPUT_FORMAT; "" if
    nothing says it."""
    if is_archive(data):
        return library_machine("", first_object(path, data))
    if bytes(data[:4]) != b"\x7fELF" or len(data) < 20:
        _, found, behind = bytes(data[:4096]).partition(b"OUTPUT_FORMAT")
        named = behind.lstrip(b" \t\n(").split(b")")[0].split(b",")[0].strip(b' \t"')
        return {b"elf64-x86-64": "x86_64", b"elf32-i386": "i386"}.get(named, "another machine") if found else ""
    kind = data[4], data[5], int.from_bytes(data[18:20], "little")
    return "x86_64" if kind == (2, 1, 62) else "i386" if kind == (1, 1, 3) else "another machine"


def _script_spec(spec: InputSpec, one: ScriptInput) -> InputSpec:
    kind, name = ("lib", one.name[2:]) if one.name.startswith("-l") else ("file", one.name)
    return InputSpec(kind, name, as_needed=spec.as_needed or one.as_needed, whole=spec.whole, static=spec.static)


