"""gdb on an image, with everything set: printers allowed, and for bootable images qemu behind a pipe.

The pipe needs no port, knows no race and leaves no process behind when gdb ends.
"""

from __future__ import annotations

import os
import sys
from typing import Final

from .cli import UserError

XEN_NOTE: Final = b"\x04\0\0\0\x08\0\0\0\x12\0\0\0Xen\0"
"""Header of the note that makes an image bootable, 8-byte form: name size, size, kind, name."""


def gdb_command(gdb: str, image: str, bootable: bool, script: str | None, interactive: bool) -> list[str]:
    """The command line that opens an image in gdb."""
    folder = os.path.dirname(os.path.abspath(image))
    command = [gdb, "-q", "-iex", f"add-auto-load-safe-path {folder}"]
    if not interactive:
        command += ["-batch", "-iex", "set confirm off", "-iex", "set pagination off"]
    if bootable:
        # Before paging is on, memory does not show what the file holds; prologues must be read from the file.
        command += ["-iex", "set trust-readonly-sections on"]
    command.append(image)
    if bootable:
        # gdb gives the pipe's command a socket as stderr, which cannot be opened by name: qemu gets it as a descriptor.
        remote = " ".join(_quoted(word) for word in remote_qemu(image))
        command += ["-ex", f"target remote | exec 3>&2; exec {remote}"]
        command += ["-ex", f"python exec(open({register_script()!r}).read())"]
    if script is not None:
        command += ["-x", script]
    return command


def register_script() -> str:
    """The Python script that makes gdb find a guest's floating-point registers."""
    import starklink.runtime

    return os.path.join(os.path.dirname(starklink.runtime.__file__), "gdb_qemu.py.in")


def remote_qemu(image: str) -> list[str]:
    """qemu that waits for gdb on its standard input and output; the guest's serial port goes to descriptor 3."""
    from ..linker.boot import qemu_command

    command = qemu_command(image, "/dev/null", serial="chardev:serial")
    serial = ["-chardev", "socket,id=serial,fd=3"]
    return [*command, *serial, "-S", "-gdb", "stdio"]


def debug_image(path: str, data: bytes, gdb: str, script: str | None) -> int:
    """Run gdb on an image file; the result is gdb's exit code."""
    import signal
    import subprocess

    command = gdb_command(gdb, path, is_bootable(data), script, sys.stdin.isatty())
    # Ctrl-C belongs to gdb and the program in it.
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        return subprocess.run(command, check=False).returncode
    except FileNotFoundError:
        raise UserError(f"{gdb} is not installed (Debian: apt install gdb), or name one with --gdb") from None
    finally:
        signal.signal(signal.SIGINT, before)


def debug_bytes(name: str, data: bytes, gdb: str, script: str | None) -> int:
    """Run gdb on an image that is not in a file yet."""
    import tempfile

    with tempfile.TemporaryDirectory(prefix="starklink-") as folder:
        path = os.path.join(folder, name)
        with open(path, "wb") as stream:
            stream.write(data)
        os.chmod(path, 0o755)
        return debug_image(path, data, gdb, script)


def is_bootable(data: bytes) -> bool:
    """True for an image with the note of the Xen boot protocol."""
    return XEN_NOTE in data[:0x2000]


def _quoted(word: str) -> str:
    # gdb hands the pipe's command to /bin/sh.
    safe = word and all(char.isalnum() or char in "-_=/.,:+@" for char in word)
    return word if safe else "'" + word.replace("'", "'\\''") + "'"
