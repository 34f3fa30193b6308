"""Running images: Linux programs from memory, bootable ones in qemu.

How a `pc` guest ends is described in docs/runtime.md: decimal exit code on the debug console, then a value on
isa-debug-exit. qemu's own status tells the rest: 0 is a reset (with -no-reboot a triple fault looks like success), 1
a qemu that did not start.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Sequence
from typing import Final

QEMU: Final = "qemu-system-x86_64"
MEMORY: Final = "512M"
SUCCESS: Final = 33
"""qemu's status when the guest wrote 0x10 to isa-debug-exit."""


class BootError(Exception):
    """The guest did not end by the exit protocol, or qemu could not be started. `output` is what the serial port
    said."""

    def __init__(self, message: str, output: bytes = b"") -> None:
        super().__init__(message)
        self.output = output


def qemu_command(kernel: str, console: str, serial: str = "stdio") -> list[str]:
    """The command line that boots an image; `console` is the file that takes the debug console.

    Always TCG: KVM is slower for images that live some milliseconds, and breakpoints would be written into memory.
    """
    return [
        QEMU,
        "-accel",
        "tcg",
        "-m",
        MEMORY,
        "-display",
        "none",
        "-nodefaults",
        "-serial",
        serial,
        "-monitor",
        "none",
        "-no-reboot",
        "-device",
        "isa-debug-exit,iobase=0xf4,iosize=0x04",
        "-debugcon",
        f"file:{console}",
        "-kernel",
        kernel,
    ]


def memory_file(name: str, data: bytes) -> int:
    """A descriptor of an anonymous file in memory with these bytes; the caller closes it."""
    handle = os.memfd_create(name, 0)
    view = memoryview(data)
    while view:
        view = view[os.write(handle, view) :]
    return handle


def run_linux(data: bytes, args: Sequence[str], stdin: bytes, timeout: float | None) -> subprocess.CompletedProcess[str]:
    """Run an executable from memory."""
    handle = memory_file("program", data)
    try:
        done = subprocess.run(
            [f"/proc/self/fd/{handle}", *args],
            input=stdin,
            capture_output=True,
            timeout=timeout,
            pass_fds=(handle,),
            check=False,
        )
    finally:
        os.close(handle)
    return subprocess.CompletedProcess(list(args), done.returncode, _text(done.stdout), _text(done.stderr))


def run_pc(data: bytes, timeout: float | None) -> subprocess.CompletedProcess[str]:
    """Boot an image; stdout is what the serial port said. Raises BootError."""
    handle = memory_file("image", data)
    try:
        code, output = boot(f"/proc/self/fd/{handle}", timeout, capture=True, keep=(handle,))
    finally:
        os.close(handle)
    return subprocess.CompletedProcess([], code, _text(output), "")


def boot(kernel: str, timeout: float | None = None, capture: bool = False, keep: Sequence[int] = ()) -> tuple[int, bytes]:
    """Boot a file: the guest's exit code and, with `capture`, its serial output (otherwise that goes to stdout as it
    comes).

    `keep` are descriptors qemu must inherit. Raises BootError for a missing qemu, a triple fault, a timeout (seconds).
    """
    console = memory_file("console", b"")
    try:
        command = qemu_command(kernel, f"/proc/self/fd/{console}")
        output = b""
        try:
            done = subprocess.run(
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE if capture else None,
                timeout=timeout,
                pass_fds=(console, *keep),
                check=False,
            )
            output = done.stdout or b""
        except FileNotFoundError:
            raise BootError(f"{QEMU} is not installed (Debian: apt install qemu-system-x86)") from None
        except subprocess.TimeoutExpired as late:
            raise BootError(f"the guest did not end within {timeout:g} s", late.stdout or b"") from None
        said = os.pread(console, 64, 0)
    finally:
        os.close(console)
    return _exit_code(done.returncode, said, output), output


def _exit_code(status: int, said: bytes, output: bytes) -> int:
    """The guest's exit code from qemu's status and the debug console."""
    text = said.strip()
    if status == SUCCESS or (status & 1 and 0x41 <= status <= 0x7F):
        if not text.isdigit():
            raise BootError(f"the guest ended with qemu status {status} but wrote no exit code to the debug console", output)
        code = int(text) & 255
        if (code == 0) != (status == SUCCESS):
            raise BootError(f"the guest's exit code {code} contradicts qemu's status {status}", output)
        return code
    if status == 0:
        raise BootError("the guest was reset without ending by the exit protocol: most likely a triple fault", output)
    if status < 0:
        raise BootError(f"qemu was ended by signal {-status}", output)
    if status == 1:
        raise BootError("qemu did not boot the image (its message is above)", output)
    raise BootError(f"the guest ended with qemu status {status}, which is none of the exit protocol", output)


def _text(data: bytes) -> str:
    return data.decode("utf-8", "surrogateescape")
