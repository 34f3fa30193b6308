"""The link, phase by phase. Each phase takes values and returns one; nothing is written before all of them
succeeded."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from struct import pack
from typing import Final

from ..objwriter.model import Fragment, ObjectModule
from .checks import check
from .errors import LinkError
from .image import BUILD_ID, Image
from .inputs import Inputs, gather, settle_bss
from .layout import DEFINED, SHAPES, Layout, addresses, layout
from .output import ImageSymbol
from .relocate import relocate
from .symbols import resolve

NT_GNU_BUILD_ID: Final = 3


def link(
    modules: Sequence[ObjectModule],
    *,
    entry: str = "",
    target: str = "linux",
    strip: bool = False,
    build_id: bool = True,
    hide: Collection[str] = (),
) -> Image:
    """Make an image of object modules.

    `entry` names the symbol the program starts at (default: the first module's `entry`, then "_start"); `target` is a
    name of `layout.SHAPES`; `strip` leaves out the symbol table,
    `hide` names of local symbols. Raises LinkError, and ValueError for an unknown
    target.
    """
    if target not in SHAPES:
        raise ValueError(f"unknown target {target!r}, known are {', '.join(SHAPES)}")
    # The id's note is an input like any other, so that it takes part in the layout; its digest is filled in by Image.
    extra = [ObjectModule("build-id", [_build_id_note()])] if build_id else []
    inputs = gather([*modules, *extra])
    settle_bss(inputs)
    found = resolve(inputs, DEFINED)
    made = layout(inputs, target)
    address = addresses(inputs, found, made)
    contents = relocate(inputs, made, address)
    _sort_frames(made, contents)
    start = entry or inputs.entry or "_start"
    if start not in address:
        raise LinkError([f"the entry symbol {start} is not defined"])
    symbols = [] if strip else image_symbols(inputs, made, address, hide)
    image = Image(target, inputs, made, contents, symbols, address[start])
    # An image that is wrong must not leave the linker: the checks read the finished bytes, not the tables they were
    # made from.
    check(image)
    return image


def image_symbols(inputs: Inputs, made: Layout, address: dict[str, int], hide: Collection[str] = ()) -> list[ImageSymbol]:
    """The symbol table: named functions and objects of loaded sections, labels and absolute values, in placement order.

    Names that begin with ".L" stay inside.
    """
    out: list[ImageSymbol] = []
    for number, fragment in enumerate(inputs.fragments):
        home = made.home[number]
        if not made.sections[home].loaded:
            continue
        name = fragment.symbol
        if name and not name.startswith(".L") and (fragment.binding != "local" or name not in hide):
            out.append(ImageSymbol(name, address[name], fragment.size, fragment.binding, fragment.kind, home))
        for label in fragment.labels:
            if not label.startswith(".L"):
                out.append(ImageSymbol(label, address[label], 0, "local", "none", home))
    out += [ImageSymbol(name, value, 0, "global", "none", -1) for name, (value, _) in inputs.absolute.items()]
    return out


def _sort_frames(made: Layout, contents: list[bytearray]) -> None:
    """The table of .eh_frame_hdr is searched by halves, so its rows follow the final addresses."""
    for number, section in enumerate(made.sections):
        if section.name == ".eh_frame_hdr":
            from ..dwarf.frames import sort_eh_frame_hdr

            contents[number][:] = sort_eh_frame_hdr(contents[number])


def _build_id_note() -> Fragment:
    return Fragment("", BUILD_ID, pack("<III4s20x", 4, 20, NT_GNU_BUILD_ID, b"GNU\0"), align=4)
