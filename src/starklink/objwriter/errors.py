"""What the readers and writers of files raise."""

from __future__ import annotations


class ElfError(ValueError):
    """An ELF file that cannot be written or read; the text says what and where."""


class ArError(ValueError):
    """An archive that cannot be read or written; the text says what and where."""
