"""The products of the pipeline that `--dump` prints."""

from __future__ import annotations

from typing import Final

NAMES: Final = {
    "tokens": "kinds, places and texts",
    "tree": "the syntax tree",
    "ir": "IR as lowered",
    "opt": "IR after the passes",
    "asm": "machine code of every fragment",
    "map": "the image's map",
}
