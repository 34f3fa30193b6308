"""Note sections: build id, ABI tag and properties of GNU tools, and the entry of the Xen/PVH boot protocol."""

from __future__ import annotations

from collections.abc import Iterable
from struct import pack
from typing import TYPE_CHECKING, Final

from .consts import SHF_ALLOC, SHT_NOTE
from .layouts import RECORDS
from .model import ElfError, Section

if TYPE_CHECKING:
    from .encode import Form
    from .views import Property

NT_GNU_ABI_TAG: Final = 1
NT_GNU_BUILD_ID: Final = 3
NT_GNU_PROPERTY: Final = 5
GNU_PROPERTY_X86_FEATURE_1_AND: Final = 0xC0000002
_FEATURES: Final = ("IBT", "SHSTK", "LAM_U48", "LAM_U57")
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


def abi_tag_note(system: int, *version: int, order: str = "<") -> bytes:
    """The content of `.note.ABI-tag`: the system (0 is Linux) and the oldest kernel version (three numbers) that will do."""
    if len(version) != 3:
        raise ElfError(f"an ABI tag has a version of three numbers, not {len(version)}")
    return note("GNU", NT_GNU_ABI_TAG, pack(f"{order}4I", system, *version), order)


def property_note(form: Form, properties: Iterable[Property]) -> bytes:
    """The content of `.note.gnu.property` (align it to the word size), with the properties in the order loaders want."""
    from . import encode  # not needed by links, which have notes as well
    from .views import Note

    return encode.notes(form, [Note("GNU", NT_GNU_PROPERTY, encode.properties(form, properties))], form.bits // 8)


def x86_features(*names: str) -> Property:
    """The property that says all code bears x86 features: "IBT", "SHSTK". Raises ElfError for unknown ones."""
    from .views import Property

    unknown = set(names) - set(_FEATURES)
    if unknown:
        raise ElfError(f"unknown x86 features {sorted(unknown)}; known are {', '.join(_FEATURES)}")
    bits = sum(1 << place for place, name in enumerate(_FEATURES) if name in names)
    return Property(GNU_PROPERTY_X86_FEATURE_1_AND, bits.to_bytes(4, "little"))
