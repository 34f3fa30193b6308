"""Puts a written file on the disk: complete or not at all, with the access rights its type asks for."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from tempfile import mkstemp

from .consts import ET_REL


def write_file(path: str | Path, content: bytes, kind: int) -> None:
    """Write `content` under a name of its own and rename it. `kind`: an ELF type; all but objects become executable.

    Raises OSError; the old file is then as it was.
    """
    target = Path(path)
    mask = os.umask(0)
    os.umask(mask)
    handle, name = mkstemp(prefix=f".{target.name}.", dir=target.parent)
    try:
        with open(handle, "wb") as file:
            file.write(content)
        os.chmod(name, (0o666 if kind == ET_REL else 0o777) & ~mask)
        os.replace(name, target)
    except BaseException:
        with suppress(OSError):
            os.unlink(name)
        raise
