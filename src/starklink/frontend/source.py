"""Reading source files (fluxsharp.md section 1)."""

from __future__ import annotations

from pathlib import Path

from starklink.support.diagnostics import Bag
from starklink.support.spans import SourceFile, SourceMap


def read_source(path: str | Path, sources: SourceMap, bag: Bag, name: str, runtime: bool = False) -> SourceFile | None:
    """Read and register the file at `path`, shown to users as `name`.

    Invalid UTF-8 is FS0008 at the first bad byte, and the result None. One leading byte order mark is skipped and takes no
    column. Raises OSError when the file cannot be read: the importer knows where to report that.
    """
    return decode_source(Path(path).read_bytes(), sources, bag, name, str(path), runtime)


def decode_source(
    data: bytes, sources: SourceMap, bag: Bag, name: str, path: str = "", runtime: bool = False,
) -> SourceFile | None:
    """As `read_source`, from bytes in memory."""
    if data.startswith(b"\xef\xbb\xbf"):
        data = data[3:]
    try:
        return sources.add(name, data.decode("utf-8"), path, runtime)
    except UnicodeDecodeError as error:
        file = sources.add(name, data.decode("utf-8", "replace"), path, runtime)
        at = file.base + len(data[:error.start].decode("utf-8"))
        byte = data[error.start]
        bag.error("FS0008", at, at + 1, f"byte 0x{byte:02X} is not valid UTF-8", "save the file in the UTF-8 encoding")
        return None
