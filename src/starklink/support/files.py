"""Files that appear complete or not at all."""

from __future__ import annotations

import os
import stat


def direct(path: str) -> bool:
    """Whether a path cannot be replaced but only written to: a device, a pipe, an open file of a process."""
    folder = os.path.dirname(os.path.abspath(path))
    if folder in ("/dev", "/dev/fd") or folder.startswith("/proc/"):
        return os.path.exists(path)
    try:
        kind = os.stat(path).st_mode
    except OSError:
        return False
    return not stat.S_ISREG(kind) and not stat.S_ISDIR(kind)


def write_file(path: str | os.PathLike[str], data: bytes | bytearray, mode: int = 0o644) -> None:
    """Replace a file by rename: it appears complete or not at all, and no other file is left behind.

    Devices and pipes are written directly. Raises OSError.
    """
    given = os.fspath(path)
    target = os.path.realpath(given)
    if os.path.isdir(target):
        raise IsADirectoryError(21, "Is a directory", target)
    if direct(given):           # (where the link /dev/stdout leads to has no name)
        handle = os.open(given, os.O_WRONLY | os.O_TRUNC)
        try:
            _write_all(handle, data)
        finally:
            os.close(handle)
        return
    folder = os.path.dirname(target)
    temporary = os.path.join(folder, f".{os.path.basename(target)[:200]}.{os.getpid()}.tmp")
    try:
        # A file without a name: the system forgets it if this process is killed or the disk is full.
        handle = os.open(folder, os.O_TMPFILE | os.O_WRONLY, mode)
        named = False
    except OSError:
        try:
            handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
        except OSError as error:
            error.filename = target         # the name that was asked for, not that of the file on its way there
            raise
        named = True
    try:
        try:
            _write_all(handle, data)
            if not named:
                # Naming a directory descriptor is what makes Python follow the link (linkat); an absolute path
                # ignores it.
                os.link(f"/proc/self/fd/{handle}", temporary, src_dir_fd=handle, follow_symlinks=True)
                named = True
        finally:
            os.close(handle)
        os.replace(temporary, target)
    except BaseException:
        if named:
            try:
                os.unlink(temporary)
            except OSError:
                pass
        raise


def _write_all(handle: int, data: bytes | bytearray) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(handle, view) :]
