"""Flat images and Intel HEX: objcopy reads the one we write back to the bytes we put in."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from starklink.linker.errors import LinkError
from starklink.linker.flat import Piece, flat_image, intel_hex

PIECES = [Piece(0x1FFF0, bytes(range(70)), ".data"), Piece(0x10000, b"code" * 9, ".text"), Piece(0x30000, b"", ".bss")]


def test_flat_image_by_address() -> None:
    image = flat_image(PIECES, fill=0xFF)
    assert len(image) == 0xFFF0 + 70
    assert (image[:36], image[36:0xFFF0], image[0xFFF0:]) == (b"code" * 9, b"\xff" * (0xFFF0 - 36), bytes(range(70)))
    assert flat_image(PIECES, base=0xFFFE)[:4] == b"\0\0co"
    assert len(flat_image([Piece(4, b"x")], size=512)) == 512
    assert flat_image([]) == b""


def test_intel_hex_is_read_by_objcopy(tmp_path: Path) -> None:
    """Records cross a 64 KiB border; gaps are filled by objcopy."""
    (tmp_path / "a.hex").write_text(intel_hex(PIECES, entry=0x10000))
    subprocess.run(["objcopy", "-I", "ihex", "-O", "binary", "a.hex", "a.bin"], cwd=tmp_path, check=True)
    assert (tmp_path / "a.bin").read_bytes() == flat_image(PIECES)
    shown = subprocess.run(["objdump", "-f", "a.hex"], cwd=tmp_path, capture_output=True, text=True, check=True).stdout
    assert "start address 0x00010000" in shown


def test_what_is_refused() -> None:
    for make, words in ((lambda: flat_image([Piece(0, b"abcd", "a"), Piece(2, b"x", "b")]),
                         "b at 0x2 overlaps a (0x0 to 0x4) by 1 bytes"),
                        (lambda: flat_image([Piece(0, b"a", "a")], base=4), "below the start"),
                        (lambda: flat_image([Piece(0, b"a", "a"), Piece(1 << 40, b"b", "b")]), "between a and b"),
                        (lambda: intel_hex([Piece((1 << 32) - 1, b"ab", "z")]), "4 GiB")):
        with pytest.raises(LinkError) as caught:
            make()
        assert words in str(caught.value)
