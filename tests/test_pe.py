"""PE32+ images: booted by UEFI firmware they print a line; LIEF and objdump read what was written; refusals; damage."""

from __future__ import annotations

import random
import subprocess
from pathlib import Path
from typing import Any

import lief
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_elf_layouts import agree, values

from starklink.objwriter import pe_layouts, pe_schema
from starklink.objwriter.pe import EFI_RUNTIME_DRIVER, PeError, PeImage, PeSection, checksum, read_pe, write_pe

FIRMWARE = Path("/usr/share/ovmf/OVMF.fd")
CODE = bytes.fromhex(
    "53"              # push rbx
    "4889d3"          # mov rbx, rdx            the system table
    "4883ec20"        # sub rsp, 32
    "488b4b40"        # mov rcx, [rbx+0x40]     ConOut
    "488b1500000000"  # mov rdx, [pointer]      displacement at 15, next instruction at 19
    "ff5108"          # call [rcx+8]            OutputString
    "488b4358"        # mov rax, [rbx+0x58]     RuntimeServices
    "b902000000"      # mov ecx, 2              EfiResetShutdown
    "31d2" "4531c0" "4531c9"
    "ff5068")         # call [rax+0x68]         ResetSystem


def hello() -> PeImage:
    """An application that prints through a pointer, which is right only if the firmware relocates it, and shuts down."""
    text = bytearray(CODE)
    text[15:19] = (0x2000 - 0x1000 - 19).to_bytes(4, "little")
    message = "hello from UEFI\r\n\0".encode("utf-16-le")
    data = (0x2010).to_bytes(8, "little") + bytes(8) + message
    return PeImage([PeSection(".text", bytes(text), 0x1000, "RX"), PeSection(".data", data, 0x2000, "RW", 0x1800)],
                   entry=0x1000, relocations=[0x2000])


def test_it_boots_and_prints_a_line(tmp_path: Path) -> None:
    assert FIRMWARE.exists(), "install the package ovmf"
    home = tmp_path / "EFI" / "BOOT"
    home.mkdir(parents=True)
    (home / "BOOTX64.EFI").write_bytes(write_pe(hello()))
    done = subprocess.run(["qemu-system-x86_64", "-bios", FIRMWARE, "-drive", f"format=raw,file=fat:rw:{tmp_path}", "-net",
                           "none", "-display", "none", "-serial", "stdio", "-m", "256", "-no-reboot"],
                          capture_output=True, timeout=240, check=False)
    assert b"hello from UEFI\r\n" in done.stdout
    assert done.returncode == 0


def test_others_read_what_was_written(tmp_path: Path) -> None:
    image = hello()
    image.subsystem = EFI_RUNTIME_DRIVER
    path = tmp_path / "hello.efi"
    path.write_bytes(write_pe(image))
    read = lief.PE.parse(str(path))
    assert read is not None
    assert read.optional_header.subsystem == lief.PE.OptionalHeader.SUBSYSTEM.EFI_RUNTIME_DRIVER
    assert read.entrypoint == 0x1000 and read.header.machine == lief.PE.Header.MACHINE_TYPES.AMD64
    assert read.optional_header.checksum == read.compute_checksum() == read_pe(path.read_bytes()).checksum
    assert [(one.name, one.virtual_address, one.virtual_size) for one in read.sections] == [
        (".text", 0x1000, len(CODE)), (".data", 0x2000, 0x1800), (".reloc", 0x4000, 12)]
    assert [bytes(one.content)[:len(mine.data)] for one, mine in zip(read.sections, image.sections)] == [
        mine.data for mine in image.sections]
    assert [(entry.address, entry.type) for block in read.relocations for entry in block.entries
            if entry.type != lief.PE.RelocationEntry.BASE_TYPES.ABS] == [(0x2000, lief.PE.RelocationEntry.BASE_TYPES.DIR64)]
    said = subprocess.run(["objdump", "-x", path], capture_output=True, text=True, check=True)
    assert said.stderr == "" and "pei-x86-64" in said.stdout and "reloc    0 offset    0 [2000] DIR64" in said.stdout


@settings(max_examples=25, deadline=None, derandomize=True)
@given(data=st.data())
def test_every_image_comes_back(data: st.DataObject) -> None:
    at, sections = 0x1000, []
    for number in range(data.draw(st.integers(1, 8))):
        body = data.draw(st.binary(max_size=0x1100)) if number else b"\xc3" * 20
        size = data.draw(st.sampled_from([0, 1, 0x1000, 0x5000])) or len(body) or 1
        access = data.draw(st.sampled_from(["R", "RW", "RX", "RWX"])) if number else "RX"
        sections.append(PeSection(f".s{number}", body, at, access, max(size, len(body))))
        at += -max(size, len(body)) // 0x1000 * -0x1000 + 0x1000 * data.draw(st.integers(0, 2))
    places = sorted({one.address + data.draw(st.integers(0, len(one.data) - 8)) for one in sections if len(one.data) >= 8})
    image = PeImage(sections, 0x1003, places, data.draw(st.sampled_from([0, 0x140000000])))
    content = write_pe(image)
    again = read_pe(content)
    assert write_pe(again) == content
    for one in (*image.sections, *again.sections):  # zeros at the end may be in the file or not
        one.data = one.data.rstrip(b"\0")
    image.checksum = checksum(content)
    assert again == image


@pytest.mark.parametrize("name", sorted(pe_schema.records()))
@settings(max_examples=10, deadline=None)
@given(data=st.data())
def test_layouts_agree_with_construct_and_numpy(name: str, data: st.DataObject) -> None:
    record = getattr(pe_layouts, name.upper())
    agree(pe_schema.records()[name], record, data.draw(values(record)))


@pytest.mark.parametrize(("change", "message"), [
    (lambda one: one.sections.clear(), "1 to 95 sections, not 0"), (lambda one: setattr(one, "entry", 0x2000), "entry 0x2000"),
    (lambda one: setattr(one, "relocations", [0x2FFF9]), "relocation at 0x2fff9"),
    (lambda one: setattr(one, "section_align", 100), "section alignment 0x64"),
    (lambda one: setattr(one.sections[1], "address", 0x1800), "0x1800 is no positive multiple"),
    (lambda one: setattr(one.sections[0], "size", 0x1001), r"\.data at 0x2000 begins before \.text ends at 0x2001"),
    (lambda one: setattr(one.sections[0], "name", ".toolong!"), "has not 1 to 8 bytes"),
    (lambda one: setattr(one.sections[0], "access", "RQ"), "'RQ' is no combination"),
    (lambda one: setattr(one, "base", 1 << 70), "cannot hold its values")])
def test_what_makes_no_image_is_refused(change: Any, message: str) -> None:
    image = hello()
    change(image)
    with pytest.raises(PeError, match=message):
        write_pe(image)


def test_damage_gives_typed_errors() -> None:
    good = write_pe(hello())
    chance = random.Random(3)
    refused = 0
    for number in range(1500):
        bad = bytearray(good)
        for _ in range(chance.choice((1, 2, 8))):
            bad[chance.randrange(0x240 if number % 2 else len(bad))] = chance.choice((0, 1, 0x7F, 0xFF, chance.randrange(256)))
        if number % 10 == 0:
            del bad[chance.randrange(len(bad)):]
        try:
            read_pe(bytes(bad))
        except PeError:
            refused += 1
    assert refused > 100
