"""Puts a written file on the disk with the access rights its type asks for."""

from __future__ import annotations

import os
from pathlib import Path

from ...support import files
from .consts import ET_REL


def write_file(path: str | Path, content: bytes, kind: int) -> None:
    """Write `content` by rename. `kind`: an ELF type; all but objects become executable.

    Raises OSError; the old file is then as it was.
    """
    mask = os.umask(0)
    os.umask(mask)
    files.write_file(path, content, (0o666 if kind == ET_REL else 0o777) & ~mask)
