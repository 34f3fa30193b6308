"""What a link is asked to do, as a value: the command line and the Python API both make one of these.

Nothing here opens a file. Defaults are those of GNU ld without options on x86-64 Linux, but for what the fields say.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from ...support.record import dataclass, field

EXEC, PIE, SHARED, RELOCATABLE = "exec", "pie", "shared", "relocatable"
"""Kinds of output: a program at fixed addresses, one at any address, a shared object, one object for a later link."""


class InputSpec(NamedTuple):
    """One input in command-line order, with the positional options in effect there.

    `kind`: "file" (a path), "lib" (`-l name`; a leading ':' asks for that file name), "bytes" (`data`, named `name`), "mri"
    (a command file, see `mri.py`).
    `format`: "" (recognised by content) or "binary" (embedded as it is, with _binary_*_start symbols).
    `as_needed`, `whole` (--whole-archive), `static` (-Bstatic: `lib` finds archives only), `lazy` (--start-lib: an object
    that is treated as an archive member), `just_symbols` (-R FILE: only its addresses).
    """

    kind: str
    name: str
    format: str = ""
    as_needed: bool = False
    whole: bool = False
    static: bool = False
    lazy: bool = False
    just_symbols: bool = False
    data: bytes = b""


@dataclass(slots=True, eq=False)
class Options:
    """Everything a link depends on besides the files themselves. Addresses and sizes are in bytes."""

    inputs: list[InputSpec] = field(default_factory=list)
    output: str = "a.out"
    kind: str = EXEC
    machine: str = "x86_64"                 # or "i386"
    machine_given: bool = False             # otherwise the first object says it
    library_paths: list[str] = field(default_factory=list)
    sysroot: str = ""
    entry: str = ""
    init: str = "_init"
    fini: str = "_fini"

    # What the dynamic linker is told.
    static: bool = False                    # -static: no dynamic section in an EXEC
    dynamic_linker: str = "/lib64/ld-linux-x86-64.so.2"     # "": none
    soname: str = ""
    rpaths: list[str] = field(default_factory=list)
    new_dtags: bool = True                  # DT_RUNPATH instead of DT_RPATH
    hash_style: str = "both"                # "gnu", "sysv", "both", "none"
    export_dynamic: bool = False
    dynamic_lists: list[str] = field(default_factory=list)          # paths
    export_symbols: list[str] = field(default_factory=list)         # --export-dynamic-symbol globs
    export_lists: list[str] = field(default_factory=list)           # --export-dynamic-symbol-list paths
    dynamic_list_data: bool = False
    dynamic_list_new: bool = False
    dynamic_list_typeinfo: bool = False
    default_symver: bool = False            # exported symbols have the soname as version
    version_scripts: list[str] = field(default_factory=list)        # paths
    undefined_version: bool = True          # version scripts may name undefined symbols
    symbolic: str = ""                      # -Bsymbolic: "all", "functions", "non-weak", "non-weak-functions"
    exclude_libs: list[str] = field(default_factory=list)
    auxiliary: list[str] = field(default_factory=list)              # DT_AUXILIARY
    filters: list[str] = field(default_factory=list)                # DT_FILTER
    audit: list[str] = field(default_factory=list)
    depaudit: list[str] = field(default_factory=list)

    # Symbols.
    undefined: list[str] = field(default_factory=list)              # -u
    undefined_globs: list[str] = field(default_factory=list)
    required: list[str] = field(default_factory=list)               # --require-defined
    defsyms: list[tuple[str, str]] = field(default_factory=list)    # name, expression text
    wraps: list[str] = field(default_factory=list)
    unresolved: str = ""                    # "", "report-all", "ignore-all", "ignore-in-object-files", "ignore-in-shared-libs"
    warn_unresolved: bool = False           # unresolved symbols are warnings
    ignored_undefined: list[str] = field(default_factory=list)      # --ignore-unresolved-symbol
    dynamic_undefined_weak: bool | None = None      # undefined weak symbols stay for the dynamic linker; None: by kind of output
    no_undefined: bool = False              # -z defs: also in shared objects
    shlib_undefined: bool | None = None     # undefined symbols of shared inputs: True allowed, None by kind of output
    multiple_definitions: bool = False
    no_inhibit_exec: bool = False
    trace_symbols: list[str] = field(default_factory=list)          # -y
    warn_common: bool = False
    define_commons: bool = False            # -d: common symbols get a place in the output of -r
    force_groups: bool = False
    """-r: what belongs to a group is joined as other sections are."""
    gnu_unique: bool = True
    data_equality: bool = True
    """Protected objects and (`function_equality`) functions of shared objects have one address in the whole program."""
    function_equality: bool = True

    # Sections.
    gc_sections: bool = False
    print_gc: bool = False
    gc_keep_exported: bool = False
    start_stop_gc: bool = False
    start_stop_visibility: int = 3          # STV_PROTECTED
    keep_symbols: list[str] = field(default_factory=list)
    strip: str = ""                         # "all" (-s), "debug" (-S)
    discard: str = ""                       # "all" (-x), "locals" (-X), "none"
    retain_symbols: str = ""                # path of --retain-symbols-file
    unique_symbols: bool = False            # local symbols get numbers behind their names
    emit_relocs: bool = False
    sort_section: str = ""                  # "name", "alignment"
    icf: str = ""                           # "all", "safe": fold identical functions
    keep_unique: list[str] = field(default_factory=list)
    print_icf: bool = False
    symbol_order: str = ""                  # path of --symbol-ordering-file
    warn_symbol_ordering: bool = True
    shuffle: list[tuple[str, int]] = field(default_factory=list)    # globs of sections to shuffle, seeds; -1 reverses
    section_order: str = ""                 # path of --section-ordering-file
    sort_common: str = ""                   # "ascending", "descending"
    unique: list[str] | None = None         # --unique[=glob]; [] for all
    optimize: int = 1                       # -O: 2 merges string tails, 0 merges nothing
    compress_debug: str = ""                # "zlib", "zstd"
    eh_frame_hdr: bool = False
    gdb_index: bool = False
    build_id: str = ""                      # "", "sha1", "md5", "uuid", "fast" or "0x..." digits
    package_metadata: str = ""
    relax: bool = True

    # Layout.
    script: str = ""                        # path of -T
    early_defsyms: int = 0                  # as many of `defsyms` stand before -T, whose assignments come later
    script_text: str = ""                   # instead of a path (API)
    absolute_names: frozenset[str] = frozenset()    # symbols of the script that an earlier attempt found to be absolute
    layout: Any = None                      # or a linker.plan.Plan or linker.memory.MemoryLayout
    section_starts: list[tuple[str, int]] = field(default_factory=list)     # -Ttext, --section-start
    image_base: int | None = None
    text_segment: int | None = None         # -Ttext-segment
    rodata_segment: int | None = None       # -Trodata-segment
    oformat: str = "elf"                    # "binary", "ihex"
    omagic: bool = False                    # -N
    nmagic: bool = False                    # -n
    separate_code: bool = True
    keep_text_prefix: bool = False          # .text.hot and its like stay sections of their own
    orphan_handling: str = "place"          # sections a script does not name: also "discard", "warn", "error"
    spare_dynamic_tags: int = 0
    max_page_size: int = 0x1000
    common_page_size: int = 0x1000
    fill: bytes | None = None

    # -z keywords.
    now: bool = False
    relro: bool = True
    stack_header: bool = True               # PT_GNU_STACK is written
    execstack: bool | None = None           # None: what the inputs say
    stack_size: int | None = None
    rodynamic: bool = False                 # .dynamic is not writable
    section_headers: bool = True
    text: str = "warn-shared"               # relocations in read-only sections: "error" (-z text), "allow" (-z notext)
    copy_relocs: bool = True
    relr: str = ""                          # "relr": pack relative relocations; "glibc": and ask glibc for support
    ibt: bool = False
    shstk: bool = False
    cet_report: str = ""                    # "warning", "error"
    ibt_plt: bool = False
    isa_needed: int = 0                     # GNU_PROPERTY_X86_ISA_1_NEEDED: 1 baseline, 2 x86-64-v2, 4 v3, 8 v4
    dynamic_flags: list[str] = field(default_factory=list)          # "nodelete", "nodlopen", "initfirst", "origin" ...

    # Messages and side products.
    verbose: bool = False
    trace: int = 0                          # -t: 1 files, 2 also members
    fatal_warnings: bool = False
    warnings: bool = True
    demangle: bool = True
    color: bool = False
    error_limit: int = 20
    map_path: str = ""                      # "-": standard output
    map_form: str = "text"                  # "json", "html"
    print_map: bool = False
    cref: bool = False
    memory_usage: bool = False
    dependency_file: str = ""
    archive_stats: str = ""                 # path of the list of how many members were extracted
    why_extract: str = ""                   # path of the list of extracted members
    warn_execstack: bool | None = None      # None: unless -z execstack asks for it
    warn_rwx_segments: bool = True
    warn_textrel: bool = False
    warn_search_mismatch: bool = True
    reproduce: str = ""                     # path of the tar file
    explain: list[str] = field(default_factory=list)
    time_phases: bool = False
    threads: int = 0                        # processes at most; 0: as many as pay

    check_sections: bool = True
