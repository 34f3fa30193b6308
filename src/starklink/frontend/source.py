"""Source text from bytes (fluxsharp.md section 1)."""

from __future__ import annotations

from starklink.support.diagnostics import Bag
from starklink.support.spans import SourceFile, SourceMap

_MARK = b"\xef\xbb\xbf"


def decode_source(
    data: bytes, sources: SourceMap, bag: Bag, name: str, path: str = "", runtime: bool = False,
) -> SourceFile | None:
    """Register the text of a file, shown to users as `name`.

    Invalid UTF-8 is FS0008 at the first bad byte, and the result None. One leading byte order mark is skipped and takes no
    column.
    """
    data = data.removeprefix(_MARK)
    try:
        return sources.add(name, data.decode("utf-8"), path, runtime)
    except UnicodeDecodeError as error:
        # The caret needs a text: what is readable, with a replacement where it is not.
        file = sources.add(name, data.decode("utf-8", "replace"), path, runtime)
        at = file.base + len(data[:error.start].decode("utf-8"))
        byte = data[error.start]
        bag.error("FS0008", at, at + 1, f"byte 0x{byte:02X} is not valid UTF-8", "save the file in the UTF-8 encoding")
        return None


def readable(data: bytes) -> str:
    """The text of a file as far as it can be read."""
    return data.removeprefix(_MARK).decode("utf-8", "replace")
