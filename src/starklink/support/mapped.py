"""Output files made in place: a mapping of a file without a name, which gets its name when it is complete.

    file = MappedFile("prog", size)     # room on the disk is there from now on, or OSError says why not
    file.view[0:4] = b"\x7fELF"         # also from forked processes: the mapping is shared
    file.publish(0o755)                 # `prog` appears, or is replaced, in one step; `discard` instead leaves no trace

What a linker leaves as its output is what GNU ld leaves: a link in place of the name is replaced and what it leads to stays as it
is, unless that is an empty file, which is filled and keeps owner and permissions. Devices, pipes and what is already open
(/dev/stdout) cannot be replaced: `files.direct` says so, and `write_direct` writes to them.
"""

from __future__ import annotations

import mmap
import os
import stat
from typing import Final

from .files import direct, write_file

_NO_ROOM: Final = (22, 38, 95)
"""EINVAL, ENOSYS, EOPNOTSUPP: the file system does not reserve room, so a mapping could not be told that the disk is full."""
_FIXED: Final = (1, 13, 16, 18, 30)
"""EPERM, EACCES, EBUSY, EXDEV, EROFS: what happens to names in a folder that is not ours, or that are mount points."""


class MappedFile:
    """A file that is being made. `view`: its bytes, zeros at first. Without a path it stays in memory for good."""

    def __init__(self, path: str, size: int) -> None:
        """Raises OSError: no such folder, no rights, no room (with the path that was asked for)."""
        self.path, self.keeps = _target(path) if path else ("", None)
        self.named = ""
        self.handle = -1
        try:
            self.handle = self._open() if path else os.memfd_create("starklink")
            self._reserve(0, size)
            self.view = mmap.mmap(self.handle, size)
        except OSError as error:
            self.discard()
            error.filename = path
            raise

    def _open(self) -> int:
        folder, name = os.path.split(self.path)
        try:
            # A file without a name: the system forgets it if this process is killed.
            return os.open(folder or ".", os.O_TMPFILE | os.O_RDWR, 0o600)
        except OSError:
            temporary = os.path.join(folder, f".{name[:200]}.{os.getpid()}.tmp")
            handle = os.open(temporary, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
            self.named = temporary
            return handle

    def _reserve(self, old: int, size: int) -> None:
        if not self.path:
            os.ftruncate(self.handle, size)
            return
        os.posix_fallocate(self.handle, old, size - old)

    def grow(self, size: int) -> None:
        """More bytes at the end; nothing may refer to `view` now. Raises OSError."""
        old = len(self.view)
        if size > old:
            try:
                self._reserve(old, size)
            except OSError as error:
                error.filename = self.path
                raise
            self.view.resize(size)

    def publish(self, mode: int) -> None:
        """Give the file its name. `mode`: permission bits, of which the umask takes some. Raises OSError."""
        mask = os.umask(0)
        os.umask(mask)
        old = self.keeps
        try:
            os.fchmod(self.handle, mode & ~mask if old is None else old.st_mode & 0o777 | mode & 0o111 & ~mask)
            if old is not None and (old.st_uid, old.st_gid) != (os.geteuid(), os.getegid()):
                try:
                    os.fchown(self.handle, old.st_uid, old.st_gid)
                except OSError:
                    pass
            if not self.named:
                folder, name = os.path.split(self.path)
                self.named = os.path.join(folder, f".{name[:200]}.{os.getpid()}.tmp")
                # Naming a directory descriptor is what makes Python follow the link (linkat).
                os.link(f"/proc/self/fd/{self.handle}", self.named, src_dir_fd=self.handle, follow_symlinks=True)
            os.replace(self.named, self.path)
            self.named = ""
        except OSError as error:
            if is_fixed(self.path, error):
                write_direct(self.path, self.view)
                return
            error.filename, error.filename2 = self.path, None
            raise
        finally:
            self.discard()

    def discard(self) -> None:
        """Close the file; without `publish` before, it is gone. `view` goes on."""
        if self.named:
            try:
                os.unlink(self.named)
            except OSError:
                pass
            self.named = ""
        if self.handle >= 0:
            os.close(self.handle)
            self.handle = -1


def is_fixed(path: str, error: OSError) -> bool:
    """Whether an error says that a file cannot be replaced, though it can be written to."""
    return error.errno in _FIXED and os.path.isfile(path) and os.access(path, os.W_OK)


def _target(path: str) -> tuple[str, os.stat_result | None]:
    """The path to replace, and the empty file whose owner and permissions stay. Raises IsADirectoryError."""
    try:
        known = os.stat(path)
    except OSError:
        return os.path.realpath(path), None         # nothing there, or a link to nothing
    if stat.S_ISDIR(known.st_mode):
        raise IsADirectoryError(21, "Is a directory", path)
    return (path, None) if known.st_size else (os.path.realpath(path), known)


def write_direct(path: str, data: bytes | bytearray | mmap.mmap | memoryview) -> None:
    """Write to what `direct` is true of. Raises OSError."""
    handle = os.open(path, os.O_WRONLY | os.O_TRUNC)
    try:
        with memoryview(data) as view:
            done = 0
            while done < len(view):
                done += os.write(handle, view[done:done + (1 << 26)])
    except OSError as error:
        error.filename = path
        raise
    finally:
        os.close(handle)


def reserves(error: OSError) -> bool:
    """False if an error says that the file system knows no reserving of room, so that a file must be written instead."""
    return error.errno not in _NO_ROOM


def write_output(path: str, data: bytes | bytearray | mmap.mmap | memoryview, mode: int) -> None:
    """Write a file by the rules of `MappedFile`, whatever the path is. Raises OSError."""
    if direct(path):
        write_direct(path, data)
        return
    if not len(data):
        raise ValueError("an output is never empty")
    try:
        file = MappedFile(path, len(data))
    except OSError as error:
        if is_fixed(path, error):
            write_direct(path, data)
            return
        if reserves(error):
            raise
        write_file(path, bytes(data), mode)
        return
    file.view[:] = data
    file.publish(mode)
