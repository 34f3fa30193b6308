"""The phases one by one: each times itself, fills the dump that was asked for, and imports what it needs when it
runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .session import Options, Session

if TYPE_CHECKING:
    from ..frontend import ast
    from ..frontend.typed import Typed
    from ..ir.module import Module
    from ..linker.image import Image
    from ..objwriter.model import Fragment, ObjectModule
    from .imports import Source
    from .program import Program


def parse(session: Session, files: list[Source]) -> list[ast.File]:
    """Texts to trees, in import order; imports that do not work are reported where they stand."""
    from .imports import report

    trees = []
    for source in files:
        file = source.file
        if file is None:
            continue
        with session.phase("lex"):
            from ..frontend.lexer import lex

            tokens = lex(file, session.bag)
        dump(session, "tokens", tokens)
        with session.phase("parse"):
            from ..frontend.parser import parse as parse_tokens

            tree = parse_tokens(tokens, session.bag, session.ids)
        dump(session, "tree", tree)
        tree.standard = source.standard
        report(session, source, tree)
        trees.append(tree)
    return trees


def check(session: Session, trees: list[ast.File]) -> Typed:
    """Names, types and flow; the library's files are parsed as they are needed."""
    with session.phase("check"):
        from ..frontend.check import check as check_files
        from .library import Library

        return check_files(trees, session.sources, session.bag, Library(session), session.ids)


def lower(session: Session, typed: Typed, options: Options) -> Module:
    """Typed tree to IR, from the entry and what the target's special functions call."""
    with session.phase("lower"):
        from ..frontend.lower import lower as lower_tree
        from ..runtime.specials import GUARD, ROOTS

        roots, guard = ROOTS[options.target], GUARD[options.target]
        module = lower_tree(typed, session.bag, level=options.level, debug=options.debug, roots=roots, guard=guard)
    dump(session, "ir", module)
    return module


def optimise(session: Session, module: Module, options: Options) -> None:
    """The passes of the level."""
    with session.phase("optimise"):
        from ..ir.pipeline import run

        run(module, options.level)
    dump(session, "opt", module)


def generate(program: Program) -> list[Fragment]:
    """IR to everything that is in memory at run time: code, data, special functions, site table."""
    session, module, options = program.session, program.module, program.options
    with session.phase("place"):
        from ..codegen.placement import place

        symbols = place(module)
    with session.phase("generate"):
        from ..codegen.generate import Options as CodeOptions
        from ..codegen.generate import generate as generate_code

        # Faults raise exceptions only where their handler is; debuggers would stop at them, so not below -O2.
        handled = options.target == "linux" and "__stack_guard" in module.symbol_ids
        faults = handled and options.null_faults and options.level == 2
        code_options = CodeOptions(debug=options.debug, fold_null=faults)
        fragments = generate_code(module, symbols, options.level, code_options)
    with session.phase("specials"):
        fragments += specials(program, fragments)
    with session.phase("sites"):
        from ..codegen.sitetable import site_table
        from .sites import prune_sites

        prune_sites(module, fragments)
        fragments += site_table(module, fragments, session.sources)
    dump(session, "asm", fragments)
    return fragments


def complete(program: Program, code: list[Fragment], alone: bool) -> ObjectModule:
    """The program as a module for linkers and object files, with debug sections if they are wanted."""
    from ..objwriter.model import ObjectModule

    entry = program.session.sources.entry
    sections = debug_sections(program, code, alone) if program.options.debug else []
    return ObjectModule(entry.name if entry is not None else "", code + sections, entry="_start")


def specials(program: Program, fragments: list[Fragment]) -> list[Fragment]:
    """The target's special functions that are reached, and the bodies the API's user provides for extern functions."""
    from ..linker.reachable import pull, undefined
    from ..runtime.specials import load

    provided = []
    for symbol, provider in program.providers.items():
        from .provide import assemble

        provided.append(assemble(program.module, symbol, provider))
    names = [*undefined([*fragments, *provided]), "_start"]
    guarded = "__stack_guard" in program.module.symbol_ids
    return provided + pull(names, load(program.options.target, guarded))


def debug_sections(program: Program, fragments: list[Fragment], alone: bool) -> list[Fragment]:
    """DWARF of the program's own functions and data, unwind tables of all code, and the debugger's printers.

    The library is not described: so debuggers step over them, and images do not name the compiler's folder.
    """
    session, options, module = program.session, program.options, program.module
    with session.phase("debug info"):
        from ..codegen.debuginfo import debug_sections as make
        from ..codegen.debuginfo import frame_sections
        from .printers import fragment as printers

        own = [fragment for fragment in fragments if _declared(program, fragment.symbol)]
        sections = make(
            module,
            own,
            session.sources,
            version=options.dwarf,
            producer=producer(),
            comp_dir=options.directory,
            prefix_map=options.prefix_map,
            linked=alone,
            frames=(),
        )
        sections += frame_sections(fragments, ("eh", "debug"), version=options.dwarf, linked=alone)
        return [*sections, printers()]


def producer() -> str:
    """Name and version for DW_AT_producer."""
    from .. import __version__

    return f"starklink {__version__}"


def link(program: Program, entry: str, strip: bool) -> Image:
    """Fragments to an image."""
    session, options = program.session, program.options
    made = program.object(alone=True)
    with session.phase("link"):
        from ..linker.link import link as link_modules

        hidden = () if options.debug else library_symbols(program, made)
        image = link_modules([made], entry=entry, target=options.target, strip=strip, hide=hidden)
    dump(session, "map", image)
    return image


def library_symbols(program: Program, made: ObjectModule) -> set[str]:
    """Local names that an image without debug information leaves out: all that the program's source does not
    declare."""
    return {fragment.symbol for fragment in made.fragments if not _declared(program, fragment.symbol)}


def _declared(program: Program, name: str) -> bool:
    """True if the program's own source declares the symbol."""
    module = program.module
    symbol = module.symbols[module.symbol_ids.get(name, 0)]
    file = program.session.sources.file_at(symbol.pos) if symbol is not None else None
    return file is not None and not file.runtime


def relocatable(session: Session, module: ObjectModule) -> bytes:
    """Fragments to the bytes of a relocatable object file."""
    with session.phase("object"):
        from ..objwriter.elf.object import to_elf

        return to_elf(module)


def listing(image: Image) -> str:
    """The code of an image as assembly text, with source lines where there is debug information."""
    from .inspect import text

    return text(bytes(image), "disasm")


def dump(session: Session, name: str, product: object) -> None:
    """Make the text of a product if it is wanted."""
    if name in session.wanted:
        from .dumps import text

        session.dumps.append((name, text(name, product)))
        if session.on_dump is not None:
            session.on_dump(session.dumps[-1][1])
