"""Note sections: the build id of GNU tools and the entry of the Xen/PVH boot protocol."""

from __future__ import annotations

from typing import Final

from .consts import SHF_ALLOC, SHT_NOTE
from .layouts import RECORDS
from .model import Section

NT_GNU_BUILD_ID: Final = 3
XEN_ELFNOTE_PHYS32_ENTRY: Final = 18
BUILD_ID_SIZE: Final = 20


def note(name: str, kind: int, payload: bytes, order: str = "<") -> bytes:
    """One note record: name with NUL and payload, both padded to 4 bytes."""
    owner = name.encode() + b"\0"
    header = RECORDS["nhdr", 64, order].pack(len(owner), len(payload), kind)
    return header + owner + bytes(-len(owner) % 4) + payload + bytes(-len(payload) % 4)


def build_id_note(identity: bytes = bytes(BUILD_ID_SIZE)) -> bytes:
    """The content of `.note.gnu.build-id`. Lay the file out with the zero identity, then put in the real one."""
    return note("GNU", NT_GNU_BUILD_ID, identity)


def build_id(*contents: bytes | bytearray | memoryview) -> bytes:
    """A build id (SHA-1, 20 bytes) over the given contents in order."""
    from hashlib import sha1  # loads OpenSSL, which costs more than a small link

    digest: bytes = sha1(b"".join(contents), usedforsecurity=False).digest()
    return digest


def build_id_section(identity: bytes = bytes(BUILD_ID_SIZE), address: int = 0) -> Section:
    """The build-id section, 36 bytes, aligned to 4."""
    return Section(".note.gnu.build-id", SHT_NOTE, SHF_ALLOC, address, build_id_note(identity), align=4)


def pvh_note(entry: int) -> bytes:
    """The Xen note that tells a PVH loader the 32-bit physical entry address (as 8 bytes, like Linux has it)."""
    return note("Xen", XEN_ELFNOTE_PHYS32_ENTRY, entry.to_bytes(8, "little"))


def set_build_id(file: bytes, identity: bytes) -> bytes:
    """A written file with its zero build-id note filled in. Raises ValueError if it has none."""
    at = file.find(build_id_note())
    if at < 0:
        raise ValueError("the file has no empty build-id note")
    start = at + len(build_id_note()) - len(identity)
    return file[:start] + identity + file[start + len(identity):]
