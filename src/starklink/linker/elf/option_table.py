"""Every option of the linker's command line, as rows: its names, whether it takes a value, what it does, one line of help.

`OPTIONS` are the ones that do something, `IGNORED` those that are accepted because they cannot change what the output means
(with the reason), `REFUSED` those that would change it and are not there (with what to do), `Z_KEYWORDS` what follows `-z`.
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple

FLAG: Final = 0
"""No value."""
VALUE: Final = 1
"""`--name VALUE`, `--name=VALUE`; one letter: `-n VALUE`, `-nVALUE`."""
JOINED: Final = 2
"""`--name`, or `--name=VALUE` with the value in the same word."""


class Row(NamedTuple):
    """One option. `names`: alternatives between blanks. `action` names a method of the parser (`cmdline.py`); "set" stores
    `value` in `field`, "text" the option's value, "texts" appends it, "number" reads it as a number.
    `two`: needs two dashes, because with one it reads as a short option and its value."""

    names: str
    form: int
    action: str
    field: str = ""
    value: Any = None
    help: str = ""
    meta: str = ""
    two: bool = False


def _on(names: str, field: str, help: str, value: Any = True, two: bool = False) -> Row:
    return Row(names, FLAG, "set", field, value, help, "", two)


def _text(names: str, field: str, meta: str, help: str, two: bool = False) -> Row:
    return Row(names, VALUE, "text", field, None, help, meta, two)


def _texts(names: str, field: str, meta: str, help: str) -> Row:
    return Row(names, VALUE, "texts", field, None, help, meta)


def _do(names: str, action: str, help: str, value: Any = None) -> Row:
    return Row(names, FLAG, action, "", value, help)


def _with(names: str, action: str, meta: str, help: str, value: Any = None, form: int = VALUE, two: bool = False) -> Row:
    return Row(names, form, action, "", value, help, meta, two)


OUTPUT_ROWS: Final = (
    _text("o output", "output", "FILE", "name of the output (default: a.out)", two=True),
    _on("no-pie no-pic-executable", "kind", "make a program at fixed addresses (default)", "exec"),
    _on("pie pic-executable", "kind", "make a program that runs at any address", "pie"),
    _on("shared Bshareable", "kind", "make a shared object", "shared"),
    _on("r i relocatable Ur", "kind", "make one object of all inputs, for a later link", "relocatable"),
    _do("static", "static", "no shared libraries: a program without dynamic linker"),
    _with("m", "emulation", "EMULATION", "elf_x86_64 (default) or elf_i386"),
    _with("oformat", "oformat", "FORMAT", "elf64-x86-64 (default), elf32-i386, binary or ihex", two=True),
    _text("e entry", "entry", "SYMBOL", "where the program starts: a symbol or an address (default: _start)"),
    _text("init", "init", "SYMBOL", "call SYMBOL when loaded (default: _init)"),
    _text("fini", "fini", "SYMBOL", "call SYMBOL when unloaded (default: _fini)"),
    _text("I dynamic-linker", "dynamic_linker", "FILE", "path of the dynamic linker"),
    _on("no-dynamic-linker", "dynamic_linker", "name no dynamic linker", ""),
    _text("h soname", "soname", "NAME", "name of the shared object"),
    _with("rpath", "rpath", "DIR", "add DIR to the run-time search path"),
    _on("enable-new-dtags", "new_dtags", "write --rpath as DT_RUNPATH (default)", True),
    _on("disable-new-dtags", "new_dtags", "write --rpath as DT_RPATH", False),
    _with("hash-style", "choice", "STYLE", "hash tables of symbols: gnu, sysv, both (default) or none",
          ("hash_style", ("gnu", "sysv", "both", "none"))),
    _texts("f auxiliary", "auxiliary", "NAME", "DT_AUXILIARY of a shared object"),
    _texts("F filter", "filters", "NAME", "DT_FILTER of a shared object"),
    _with("audit", "colons", "LIBRARY", "DT_AUDIT", "audit"),
    _with("P depaudit", "colons", "LIBRARY", "DT_DEPAUDIT", "depaudit"),
    _with("build-id", "build_id", "STYLE", "write a build id: sha1 (default), md5, uuid, fast, none or 0xDIGITS", None, JOINED),
    _do("no-build-id", "no_build_id", "write no build id (default)"),
    _text("package-metadata", "package_metadata", "JSON", "write a note with the package's metadata"),
    _with("z", "keyword", "KEYWORD", "see below"),
)

INPUT_ROWS: Final = (
    _with("l library", "library", "NAME", "link libNAME.so or libNAME.a; with :FILE that file"),
    _with("L library-path", "library_path", "DIR", "look for libraries in DIR"),
    _with("Y", "search_paths", "DIRS", "look for libraries in DIRS (colons between them) after those of -L"),
    _do("nostdlib", "nostdlib", "look for libraries only where -L says"),
    _with("sysroot", "sysroot", "DIR", "what '=' means at the start of paths"),
    _do("as-needed", "as_needed", "libraries that follow are recorded only if they are needed", True),
    _do("no-as-needed", "as_needed", "libraries that follow are recorded in any case (default)", False),
    _do("whole-archive", "whole", "take all members of the archives that follow", True),
    _do("no-whole-archive", "whole", "take needed members only (default)", False),
    _do("Bstatic dn non_shared", "archives_only", "-l finds archives only from here on", True),
    _do("Bdynamic dy call_shared", "archives_only", "-l prefers shared objects from here on (default)", False),
    _do("push-state", "push_state", "remember --as-needed, --whole-archive and -Bstatic"),
    _do("pop-state", "pop_state", "go back to what --push-state remembered"),
    _do("( start-group", "start_group", "begin of a group of archives; order does not matter here anyway"),
    _do(") end-group", "end_group", "end of the group"),
    _do("start-lib", "start_lib", "objects that follow are taken only when needed, as if in an archive"),
    _do("end-lib", "end_lib", "end of that"),
    _with("b format", "input_format", "FORMAT", "of the files that follow: binary embeds them as they are, elf or default"),
    _with("R just-symbols", "just_symbols", "FILE", "take the addresses of the symbols in FILE only; a folder: as --rpath"),
)

SYMBOL_ROWS: Final = (
    _texts("u undefined", "undefined", "SYMBOL", "start with SYMBOL undefined, so that a library's definition is taken"),
    _texts("undefined-glob", "undefined_globs", "GLOB", "as -u for all symbols of libraries that match"),
    _texts("require-defined", "required", "SYMBOL", "as -u, and an error if it stays undefined"),
    _with("defsym", "defsym", "SYMBOL=EXPRESSION", "define a symbol"),
    _texts("wrap", "wraps", "SYMBOL", "references to SYMBOL go to __wrap_SYMBOL, __real_SYMBOL is the original"),
    _on("E export-dynamic", "export_dynamic", "export all global symbols of a program"),
    _on("no-export-dynamic", "export_dynamic", "export what shared libraries need (default)", False),
    _texts("export-dynamic-symbol", "export_symbols", "GLOB", "export symbols that match"),
    _texts("export-dynamic-symbol-list", "export_lists", "FILE", "export symbols that match a pattern in FILE"),
    _texts("dynamic-list", "dynamic_lists", "FILE", "symbols to export, or to leave replaceable in a shared object"),
    _on("dynamic-list-data", "dynamic_list_data", "treat all data as if in a dynamic list"),
    _on("dynamic-list-cpp-new", "dynamic_list_new", "treat C++ operator new and delete as if in a dynamic list"),
    _on("dynamic-list-cpp-typeinfo", "dynamic_list_typeinfo", "treat C++ type information as if in a dynamic list"),
    _texts("version-script", "version_scripts", "FILE", "versions of the symbols of a shared object"),
    _on("undefined-version", "undefined_version", "version scripts may name undefined symbols (default)", True),
    _on("no-undefined-version", "undefined_version", "version scripts may not name undefined symbols", False),
    _on("default-symver", "default_symver", "exported symbols have the soname as version"),
    _on("Bsymbolic", "symbolic", "a shared object uses its own definitions", "all"),
    _on("Bsymbolic-functions", "symbolic", "a shared object uses its own functions", "functions"),
    _on("Bsymbolic-non-weak", "symbolic", "a shared object uses its own definitions unless they are weak", "non-weak"),
    _on("Bsymbolic-non-weak-functions", "symbolic", "a shared object uses its own functions unless they are weak",
        "non-weak-functions"),
    _on("Bno-symbolic", "symbolic", "symbols of a shared object are replaceable (default)", ""),
    _with("exclude-libs", "commas", "LIBS", "hide the symbols of these archives (commas between them, or ALL)", "exclude_libs"),
    _with("unresolved-symbols", "choice", "METHOD",
          "report-all, ignore-all, ignore-in-object-files or ignore-in-shared-libs",
          ("unresolved", ("report-all", "ignore-all", "ignore-in-object-files", "ignore-in-shared-libs"))),
    _texts("ignore-unresolved-symbol", "ignored_undefined", "SYMBOL", "SYMBOL may stay undefined"),
    _on("warn-unresolved-symbols", "warn_unresolved", "undefined symbols are warnings"),
    _on("error-unresolved-symbols", "warn_unresolved", "undefined symbols are errors (default)", False),
    _do("no-undefined", "no_undefined", "undefined symbols are errors in shared objects, too"),
    _on("allow-shlib-undefined", "shlib_undefined", "shared inputs may have undefined symbols", True),
    _on("no-allow-shlib-undefined", "shlib_undefined", "shared inputs may not have undefined symbols", False),
    _on("allow-multiple-definition", "multiple_definitions", "of several definitions the first counts"),
    _on("no-allow-multiple-definition", "multiple_definitions", "several definitions are an error (default)", False),
    _on("noinhibit-exec", "no_inhibit_exec", "write the output although there are errors"),
    _on("d dc dp define-common", "define_commons", "give common symbols a place in the output of -r, too"),
    _on("warn-common", "warn_common", "say where common symbols meet"),
    _on("no-warn-common", "warn_common", "do not (default)", False),
    _on("ignore-data-address-equality", "data_equality", "copy also protected objects of shared objects", False),
    _on("ignore-function-address-equality", "function_equality",
        "let fixed programs take addresses of protected functions", False),
    _on("force-group-allocation", "force_groups", "sections of groups are ordinary ones in the output of -r"),
    _on("no-force-group-allocation", "force_groups", "groups stay groups (default)", False),
    _on("gnu-unique", "gnu_unique", "keep the unique binding (default)", True),
    _on("no-gnu-unique", "gnu_unique", "make unique symbols global", False),
)

SECTION_ROWS: Final = (
    _on("gc-sections", "gc_sections", "leave out sections nothing refers to"),
    _on("no-gc-sections", "gc_sections", "keep all sections (default)", False),
    _on("print-gc-sections", "print_gc", "say which sections were left out"),
    _on("no-print-gc-sections", "print_gc", "do not (default)", False),
    _on("gc-keep-exported", "gc_keep_exported", "keep what a program exports"),
    _on("s strip-all", "strip", "no symbol table, no debug information", "all"),
    _on("S strip-debug", "strip", "no debug information", "debug"),
    _on("x discard-all", "discard", "no local symbols", "all"),
    _on("X discard-locals", "discard", "no temporary local symbols (.L)", "locals"),
    _on("discard-none", "discard", "all local symbols", "none"),
    _text("retain-symbols-file", "retain_symbols", "FILE", "keep only the symbols listed in FILE"),
    _on("q emit-relocs", "emit_relocs", "keep relocations in the output"),
    _with("icf", "icf", "MODE", "make identical functions one: none (default), all, or safe (whose address nobody takes)", None,
          JOINED),
    _on("no-icf", "icf", "do not (default)", ""),
    _texts("keep-unique", "keep_unique", "SYMBOL", "a function --icf leaves alone"),
    _on("print-icf-sections", "print_icf", "say which sections --icf made one"),
    _on("no-print-icf-sections", "print_icf", "do not (default)", False),
    _text("symbol-ordering-file", "symbol_order", "FILE", "place sections of symbols in the order FILE lists them"),
    _text("section-ordering-file", "section_order", "FILE", "place input sections first in output sections, as FILE says"),
    _with("shuffle-sections", "shuffle", "GLOB=SEED", "shuffle the input sections that match; without GLOB all, SEED -1 reverses",
          None, JOINED),
    _do("reverse-sections", "shuffle", "the last input sections first", "-1"),
    _on("warn-symbol-ordering", "warn_symbol_ordering", "warn of listed symbols that cannot be placed (default)", True),
    _on("no-warn-symbol-ordering", "warn_symbol_ordering", "do not", False),
    _with("sort-section", "choice", "ORDER", "sort input sections of wildcards: name, alignment or none",
          ("sort_section", ("name", "alignment", "none"))),
    _with("sort-common", "sort_common", "ORDER", "sort common symbols: descending (default) or ascending", None, JOINED),
    _with("unique", "unique", "GLOB", "do not merge input sections (that match)", None, JOINED),
    _with("O", "optimize", "LEVEL", "2 also merges the tails of strings, 0 merges nothing"),
    _with("compress-debug-sections", "choice", "METHOD", "none (default), zlib or zstd",
          ("compress_debug", ("none", "zlib", "zlib-gnu", "zlib-gabi", "zstd"))),
    _on("gdb-index", "gdb_index", "write an index of the debug information for gdb"),
    _on("no-gdb-index", "gdb_index", "do not (default)", False),
    _on("eh-frame-hdr", "eh_frame_hdr", "write the search table of exception handling"),
    _on("no-eh-frame-hdr", "eh_frame_hdr", "do not (default)", False),
    _on("relax", "relax", "replace accesses through tables by direct ones where possible (default)", True),
    _on("no-relax", "relax", "leave instructions as they are", False),
    _with("pack-dyn-relocs", "pack_dyn_relocs", "FORMAT", "none (default) or relr"),
)

LAYOUT_ROWS: Final = (
    _text("T script", "script", "FILE", "place sections as the linker script says"),
    _with("c mri-script", "commands", "FILE", "read a command file in the language of MRI's linkers"),
    _with("dT default-script", "default_script", "FILE", "the script to use if there is no -T"),
    _with("Ttext", "start", "ADDRESS", "address (hexadecimal) of .text", ".text"),
    _with("Tdata", "start", "ADDRESS", "address of .data", ".data"),
    _with("Tbss", "start", "ADDRESS", "address of .bss", ".bss"),
    _with("section-start", "section_start", "SECTION=ADDRESS", "address of a section"),
    _with("image-base", "number", "ADDRESS", "address of the file's first byte", "image_base"),
    _with("Ttext-segment", "hexadecimal", "ADDRESS", "address of the first segment", "text_segment"),
    _with("Trodata-segment", "hexadecimal", "ADDRESS", "address of the segment of constants", "rodata_segment"),
    _with("N omagic", "magic", "", "text is writable, nothing is aligned to pages; -l finds archives only", "omagic", FLAG,
          two=True),
    _on("no-omagic", "omagic", "the opposite (default)", False),
    _do("n nmagic", "magic", "nothing is aligned to pages; -l finds archives only from here on", "nmagic"),
    _on("no-nmagic", "nmagic", "the opposite (default)", False),
    _on("rosegment", "separate_code", "read-only data has a segment of its own (default)", True),
    _on("no-rosegment", "separate_code", "read-only data lies in the text segment", False),
    _on("check-sections", "check_sections", "overlapping sections are errors (default)", True),
    _on("no-check-sections", "check_sections", "sections may overlap", False),
    _with("orphan-handling", "choice", "MODE", "sections the script does not name: place (default), discard, warn or error",
          ("orphan_handling", ("place", "discard", "warn", "error"))),
    _with("spare-dynamic-tags", "number", "COUNT", "empty entries at the end of .dynamic", "spare_dynamic_tags"),
)

MESSAGE_ROWS: Final = (
    _do("help", "help", "print this"),
    _do("v", "version", "print the version, and go on if there are inputs", "version"),
    _do("version", "version", "print the version", "only"),
    _do("V", "version", "print the version and the emulations, and go on if there are inputs", "emulations"),
    _with("verbose", "verbose", "NUMBER", "print the version, the script and the files that are opened", None, JOINED),
    _do("t trace", "trace", "print the files as they are used; twice: also members of archives"),
    _texts("y trace-symbol", "trace_symbols", "SYMBOL", "say which files mention SYMBOL"),
    _texts("explain", "explain", "SYMBOL|SECTION", "say why it is in the output, where it came from and where it went"),
    _on("fatal-warnings", "fatal_warnings", "warnings are errors"),
    _on("no-fatal-warnings", "fatal_warnings", "warnings are warnings (default)", False),
    _on("w no-warnings", "warnings", "print no warnings", False),
    _with("demangle", "demangle", "STYLE", "show C++ names as written (default)", None, JOINED),
    _on("no-demangle", "demangle", "show names as they are in the files", False),
    _with("color-diagnostics", "color", "WHEN", "auto (default), always or never", None, JOINED),
    _do("no-color-diagnostics", "no_color", "no colours"),
    _with("error-limit", "number", "COUNT", "print so many errors (0: all; default: 20)", "error_limit"),
    _with("Map", "map", "FILE", "write a map: text, or JSON or a page if FILE ends with .json or .html; - is standard output"),
    _on("M print-map", "print_map", "write a map to standard output"),
    _on("cref", "cref", "add a table of who refers to what to the map"),
    _on("print-memory-usage", "memory_usage", "say how full the regions of the script are"),
    _text("dependency-file", "dependency_file", "FILE", "write the names of all inputs as a rule for make"),
    _text("reproduce", "reproduce", "FILE", "write the inputs and the command into a tar file"),
    _text("print-archive-stats", "archive_stats", "FILE", "say how many members each archive has, and how many were taken"),
    _text("why-extract", "why_extract", "FILE", "say why each member of an archive was taken"),
    _with("threads", "threads", "NUMBER", "so many processes at most (default: two for large outputs)", None, JOINED),
    _with("thread-count", "threads", "NUMBER", "the same"),
    _on("no-threads", "threads", "as --threads=1", 1),
    _on("time-phases perf", "time_phases", "say how long the phases took"),
    _do("print-output-format", "ask", "print the output format", "output-format"),
    _do("print-sysroot", "ask", "print the sysroot", "sysroot"),
    _do("target-help", "help", "print this"),
    _on("warn-search-mismatch", "warn_search_mismatch",
        "warn where -l passes over a library for another machine (default)", True),
    _on("no-warn-search-mismatch", "warn_search_mismatch", "do not", False),
    _on("warn-execstack", "warn_execstack", "warn of an executable stack", True),
    _on("no-warn-execstack", "warn_execstack", "do not", False),
    _on("warn-rwx-segments", "warn_rwx_segments", "warn of segments that are writable and executable", True),
    _on("no-warn-rwx-segments", "warn_rwx_segments", "do not", False),
    _on("warn-textrel warn-shared-textrel", "warn_textrel", "warn of relocations in read-only sections", True),
    _on("no-warn-textrel no-warn-shared-textrel", "warn_textrel", "do not", False),
    _with("C directory", "directory", "DIR", "go to DIR first"),
)

GROUPS: Final = (
    ("Output", OUTPUT_ROWS), ("Inputs", INPUT_ROWS), ("Symbols", SYMBOL_ROWS), ("Sections", SECTION_ROWS),
    ("Layout", LAYOUT_ROWS), ("Messages and other products", MESSAGE_ROWS),
)  # fmt: skip

IGNORED: Final[dict[str, tuple[int, str]]] = {
    "plugin": (VALUE, "gcc names its LTO plugin in every link; objects that need it are refused by content"),
    "plugin-opt": (VALUE, "belongs to --plugin"),
    "flto": (JOINED, "the compiler driver's business"),
    "flto-partition": (JOINED, "the compiler driver's business"),
    "fuse-ld": (JOINED, "the compiler driver's business"),
    "lto-O": (JOINED, "no object of a link needs LTO"), "lto-partitions": (JOINED, "no object of a link needs LTO"),
    "rpath-link": (VALUE, "libraries of libraries are not opened"),
    "g": (FLAG, "for compatibility"), "Qy": (FLAG, "for compatibility"), "qmagic": (FLAG, "for compatibility"),
    "p": (FLAG, "for compatibility"), "A": (VALUE, "the inputs say it"), "architecture": (VALUE, "the inputs say it"),
    "a": (VALUE, "for compatibility"), "assert": (VALUE, "for compatibility"), "G": (VALUE, "MIPS only"),
    "gpsize": (VALUE, "MIPS only"), "EL": (FLAG, "all targets are little endian"),
    "add-needed": (FLAG, "libraries of libraries are not searched"),
    "no-add-needed": (FLAG, "the default"), "copy-dt-needed-entries": (FLAG, "libraries of libraries are not searched"),
    "no-copy-dt-needed-entries": (FLAG, "the default"),
    "accept-unknown-input-arch": (FLAG, "the inputs say it"), "no-accept-unknown-input-arch": (FLAG, "the default"),
    "no-warn-mismatch": (FLAG, "only a message"), "warn-mismatch": (FLAG, "only a message"),
    "warn-constructors": (FLAG, "only a message"), "warn-multiple-gp": (FLAG, "only a message"),
    "warn-once": (FLAG, "undefined symbols are reported once with their references"),
    "warn-section-align": (FLAG, "only a message"), "warn-alternate-em": (FLAG, "only a message"),
    "warn-backrefs": (FLAG, "only a message; order does not matter"), "no-warn-backrefs": (FLAG, "only a message"),
    "warn-backrefs-exclude": (VALUE, "only a message"), "warn-ifunc-textrel": (FLAG, "only a message"),
    "no-warn-ifunc-textrel": (FLAG, "only a message"), "warn-drop-version": (FLAG, "only a message"),
    "no-warn-drop-version": (FLAG, "only a message"),
    "enable-non-contiguous-regions-warnings": (FLAG, "only a message"),
    "fork": (FLAG, "how, not what"), "no-fork": (FLAG, "how, not what"), "quick-exit": (FLAG, "how, not what"),
    "no-quick-exit": (FLAG, "how, not what"), "stats": (JOINED, "only a message"), "debug": (JOINED, "only a message"),
    "no-keep-memory": (FLAG, "how, not what"), "keep-memory": (FLAG, "how, not what"),
    "reduce-memory-overheads": (FLAG, "how, not what"), "max-cache-size": (VALUE, "how, not what"),
    "hash-size": (VALUE, "how, not what"), "hash-bucket-empty-fraction": (VALUE, "how, not what"),
    "map-whole-files": (FLAG, "how, not what"), "no-map-whole-files": (FLAG, "how, not what"),
    "keep-files-mapped": (FLAG, "how, not what"), "no-keep-files-mapped": (FLAG, "how, not what"),
    "mmap-output-file": (FLAG, "how, not what"), "no-mmap-output-file": (FLAG, "how, not what"),
    "posix-fallocate": (FLAG, "how, not what"), "no-posix-fallocate": (FLAG, "how, not what"),
    "preread-archive-symbols": (FLAG, "how, not what"), "detect-odr-violations": (FLAG, "only a message"),
    "no-detect-odr-violations": (FLAG, "only a message"),
    "traditional-format": (FLAG, "the output has nothing untraditional to leave out"),
    "no-export-dynamic-symbol": (FLAG, "the default"), "stub-group-size": (VALUE, "other machines"),
    "ld-generated-unwind-info": (FLAG, "the default"), "no-ld-generated-unwind-info": (FLAG, "more to unwind does no harm"),
    "apply-dynamic-relocs": (FLAG, "the dynamic linker overwrites the places"),
    "no-apply-dynamic-relocs": (FLAG, "the dynamic linker overwrites the places"),
    "call-graph-profile-sort": (JOINED, "an order is a matter of speed"),
    "no-call-graph-profile-sort": (FLAG, "the default"), "dependent-libraries": (FLAG, "gcc's objects have none"),
    "no-dependent-libraries": (FLAG, "the default"), "fortran-common": (FLAG, "the default"),
    "no-fortran-common": (FLAG, "a matter of old Fortran"), "strip-discarded": (FLAG, "the default"),
    "no-strip-discarded": (FLAG, "symbols without section have no meaning"), "no-execute-only": (FLAG, "the default"),
    "optimize-bb-jumps": (FLAG, "a matter of speed"), "no-optimize-bb-jumps": (FLAG, "the default"),
    "print-map-discarded": (FLAG, "the default"), "no-print-map-discarded": (FLAG, "only the map"),
    "error-handling-script": (VALUE, "messages stand for themselves"), "rsp-quoting": (VALUE, "posix is what is done"),
    "ctf-variables": (FLAG, "CTF is copied as it is"), "no-ctf-variables": (FLAG, "CTF is copied as it is"),
    "ctf-share-types": (VALUE, "CTF is copied as it is"), "build-id-chunk-size-for-treehash": (VALUE, "how, not what"),
    "strip-lto-sections": (FLAG, "the default"), "save-temps": (JOINED, "no object of a link needs LTO"),
    "text-reorder": (FLAG, "an order is a matter of speed"), "no-text-reorder": (FLAG, "an order is a matter of speed"),
    "disable-multiple-abs-defs": (FLAG, "only a check"), "force-exe-suffix": (FLAG, "other systems"),
    "use-android-relr-tags": (FLAG, "the standard tags are meant for the same"),
    "no-use-android-relr-tags": (FLAG, "the default"),
    "Bgroup": (FLAG, "the dynamic linker of Linux does not look at it"),
    "leading-underscore": (FLAG, "other systems"), "no-leading-underscore": (FLAG, "the default"),
    "power10-stubs": (JOINED, "other machines"), "no-toc-optimize": (FLAG, "other machines"),
    "mllvm": (VALUE, "there is no LTO"),
    "disable-verify": (FLAG, "there is no LTO"), "no-legacy-pass-manager": (FLAG, "there is no LTO"),
    "split-stack-adjust-size": (JOINED, "no object says that it splits stacks"),
    "no-incremental": (FLAG, "the default"), "no-warn-constructors": (FLAG, "only a message"),
    "ctors-in-init-array": (FLAG, "the default"), "icf-iterations": (JOINED, "how, not what"),
    "thread-count-initial": (JOINED, "how, not what"), "thread-count-middle": (JOINED, "how, not what"),
    "thread-count-final": (JOINED, "how, not what"), "build-id-min-file-size-for-treehash": (JOINED, "how, not what"),
    "tls-optimize": (FLAG, "the default"),
    "vs-diagnostics": (FLAG, "how messages look"), "time-trace": (JOINED, "how, not what"),
    "time-trace-file": (JOINED, "how, not what"), "time-trace-granularity": (JOINED, "how, not what"),
    "thinlto-cache-dir": (JOINED, "there is no LTO"), "thinlto-cache-policy": (JOINED, "there is no LTO"),
    "thinlto-jobs": (JOINED, "there is no LTO"), "thinlto-emit-imports-files": (JOINED, "there is no LTO"),
    "thinlto-object-suffix-replace": (JOINED, "there is no LTO"), "thinlto-prefix-replace": (JOINED, "there is no LTO"),
    "thinlto-single-module": (JOINED, "there is no LTO"), "lto-aa-pipeline": (JOINED, "there is no LTO"),
    "lto-basic-block-sections": (JOINED, "there is no LTO"), "lto-cs-profile-file": (JOINED, "there is no LTO"),
    "lto-cs-profile-generate": (JOINED, "there is no LTO"), "lto-debug-pass-manager": (JOINED, "there is no LTO"),
    "lto-newpm-passes": (JOINED, "there is no LTO"), "lto-obj-path": (JOINED, "there is no LTO"),
    "lto-pgo-warn-mismatch": (JOINED, "there is no LTO"), "no-lto-pgo-warn-mismatch": (JOINED, "there is no LTO"),
    "lto-sample-profile": (JOINED, "there is no LTO"), "lto-unique-basic-block-section-names": (JOINED, "there is no LTO"),
    "no-lto-unique-basic-block-section-names": (JOINED, "there is no LTO"),
    "lto-whole-program-visibility": (JOINED, "there is no LTO"), "no-lto-whole-program-visibility": (JOINED, "there is no LTO"),
    "opt-remarks-filename": (JOINED, "there is no LTO"), "opt-remarks-format": (JOINED, "there is no LTO"),
    "opt-remarks-hotness-threshold": (JOINED, "there is no LTO"), "opt-remarks-passes": (JOINED, "there is no LTO"),
    "opt-remarks-with-hotness": (JOINED, "there is no LTO"),
    "be8": (FLAG, "other machines"), "fix-cortex-a8": (FLAG, "other machines"), "fix-cortex-a53-843419": (FLAG, "other machines"),
}

REFUSED: Final[dict[str, tuple[int, str]]] = {
    "EB": (FLAG, "all targets are little endian"),
    "call-graph-ordering-file": (VALUE, "order sections with a linker script"),
    "section-order": (VALUE, "order sections with a linker script"),
    "execute-only": (FLAG, "x86-64 has no pages that cannot be read"),
    "embedded-relocs": (FLAG, "use --emit-relocs"),
    "split-by-file": (JOINED, "output sections are not split"),
    "split-by-reloc": (JOINED, "output sections are not split"),
    "out-implib": (VALUE, "ELF has no import libraries"),
    "task-link": (VALUE, "use -r with a version script"),
    "default-imported-symver": (FLAG, "versions come from the libraries"),
    "version-exports-section": (VALUE, "write a version script"),
    "no-define-common": (FLAG, "compile with -fno-common"),
    "enable-non-contiguous-regions": (FLAG, "place sections by patterns"),
    "repro": (FLAG, "use --reproduce=FILE.tar"),
    "chroot": (VALUE, "use --sysroot"),
    "run": (FLAG, "use gcc -B DIR after --install-dir DIR"),
    "Tldata-segment": (VALUE, "use a linker script"),
    "weak-unresolved-symbols": (FLAG, "use --unresolved-symbols=ignore-all"),
    "separate-debug-file": (JOINED, "use objcopy --only-keep-debug"),
    "thinlto-index-only": (JOINED, "there is no LTO"),
    "lto-emit-asm": (FLAG, "there is no LTO"),
}

Z_KEYWORDS: Final[dict[str, tuple[str, Any]]] = {
    "now": ("now", True), "lazy": ("now", False), "relro": ("relro", True), "norelro": ("relro", False),
    "execstack": ("execstack", True), "noexecstack": ("execstack", False), "execstack-if-needed": ("execstack", None),
    "text": ("text", "error"), "notext": ("text", "allow"), "textoff": ("text", "allow"), "ifunc-noplt": ("", None),
    "defs": ("no_undefined", True), "undefs": ("no_undefined", False), "nodefs": ("no_undefined", False),
    "muldefs": ("multiple_definitions", True), "copyreloc": ("copy_relocs", True), "nocopyreloc": ("copy_relocs", False),
    "separate-code": ("separate_code", True), "noseparate-code": ("separate_code", False),
    "separate-loadable-segments": ("separate_code", True),
    "pack-relative-relocs": ("relr", "glibc"), "nopack-relative-relocs": ("relr", ""),
    "ibt": ("ibt", True), "force-ibt": ("ibt", True), "shstk": ("shstk", True), "ibtplt": ("ibt_plt", True),
    "start-stop-gc": ("start_stop_gc", True), "nostart-stop-gc": ("start_stop_gc", False),
    "rodynamic": ("rodynamic", True), "norodynamic": ("rodynamic", False),
    "global": ("dynamic_flags", "global"), "initfirst": ("dynamic_flags", "initfirst"),
    "interpose": ("dynamic_flags", "interpose"), "nodefaultlib": ("dynamic_flags", "nodefaultlib"),
    "nodelete": ("dynamic_flags", "nodelete"), "nodlopen": ("dynamic_flags", "nodlopen"),
    "nodump": ("dynamic_flags", "nodump"), "origin": ("dynamic_flags", "origin"),
    "loadfltr": ("dynamic_flags", "loadfltr"), "globalaudit": ("dynamic_flags", "globalaudit"),
    "combreloc": ("", None), "nocombreloc": ("", None), "common": ("", None), "nocommon": ("", None),
    "unique-symbol": ("unique_symbols", True), "nounique-symbol": ("unique_symbols", False),
    "unique": ("dynamic_flags", "unique"), "nounique": ("", None),
    "dynamic-undefined-weak": ("dynamic_undefined_weak", True), "nodynamic-undefined-weak": ("dynamic_undefined_weak", False),
    "noextern-protected-data": ("", None), "extern-protected-data": ("", None),
    "noindirect-extern-access": ("", None), "report-relative-reloc": ("", None),
    "keep-text-section-prefix": ("keep_text_prefix", True), "nokeep-text-section-prefix": ("keep_text_prefix", False),
    "x86-64-baseline": ("isa_needed", 1), "x86-64-v2": ("isa_needed", 2), "x86-64-v3": ("isa_needed", 4),
    "x86-64-v4": ("isa_needed", 8),
    "sectionheader": ("section_headers", True), "nosectionheader": ("section_headers", False),
    "gnustack": ("stack_header", True), "nognustack": ("stack_header", False), "rela": ("", None), "nobndplt": ("", None),
    "bndplt": ("", None), "hazardplt": ("", None),
    "buildd": ("", None), "norewrite-endbr": ("", None), "noreloc-overflow": ("", None),
    "relax": ("relax", True), "norelax": ("relax", False), "mark-plt": ("", None), "nomark-plt": ("", None),
    "nomemory-seal": ("", None),
}  # fmt: skip
"""Keyword -> (field, value); no field: accepted, and nothing to do. Keywords with a value are in `Z_VALUES`."""

Z_REFUSED: Final[dict[str, str]] = {
    "indirect-extern-access": "use -z nocopyreloc",
    "rewrite-endbr": "compile with -fcf-protection",
    "lam-u48": "set the property in an object", "lam-u57": "set the property in an object",
    "memory-seal": "call mseal at run time", "wxneeded": "only OpenBSD looks at it",
    "retpolineplt": "compile with -fno-plt, and with the compiler's own retpolines", "rel": "x86-64 has RELA relocations",
}  # fmt: skip

Z_VALUES: Final[dict[str, str]] = {
    "max-page-size": "number of bytes, a power of two", "common-page-size": "number of bytes, a power of two",
    "stack-size": "number of bytes", "start-stop-visibility": "default, internal, hidden or protected",
    "cet-report": "none, warning or error", "call-nop": "ignored", "lam-report": "ignored", "lam-u48-report": "ignored",
    "lam-u57-report": "ignored", "pac-plt": "ignored", "bti-report": "ignored", "gcs-report": "ignored",
    "dead-reloc-in-nonalloc": "ignored",
}

DEFAULT_PATHS: Final = {
    "x86_64": ("=/usr/local/lib/x86_64-linux-gnu", "=/lib/x86_64-linux-gnu", "=/usr/lib/x86_64-linux-gnu",
               "=/usr/local/lib64", "=/lib64", "=/usr/lib64", "=/usr/local/lib", "=/lib", "=/usr/lib"),
    "i386": ("=/usr/local/lib/i386-linux-gnu", "=/lib/i386-linux-gnu", "=/usr/lib/i386-linux-gnu",
             "=/usr/local/lib32", "=/lib32", "=/usr/lib32", "=/usr/local/lib", "=/lib", "=/usr/lib"),
}
"""Where libraries are looked for behind the folders of -L, unless -nostdlib."""

EMULATIONS: Final = {"elf_x86_64": "x86_64", "elf_i386": "i386", "elf64_x86_64": "x86_64"}
OFORMATS: Final = {
    "elf": "elf", "default": "elf", "elf64-x86-64": "elf", "elf32-i386": "elf", "elf64-little": "elf",
    "binary": "binary", "ihex": "ihex",
}  # fmt: skip


def index() -> dict[str, Row]:
    """Every name of `OPTIONS` without dashes -> its row; ignored and refused ones as rows of these actions."""
    found: dict[str, Row] = {}
    for _, rows in GROUPS:
        for row in rows:
            for name in row.names.split():
                found[name] = row
    for action, table in (("ignore", IGNORED), ("refuse", REFUSED)):
        for name, (form, reason) in table.items():
            found[name] = Row(name, form, action, "", reason)
    return found
