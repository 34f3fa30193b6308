"""String tables of debug sections: every text once, named by its offset."""

from __future__ import annotations

from ..objwriter.model import Fragment


class Strings(dict[str, int]):
    """`table[text]` is the text's offset; unknown texts are added. Offset 0 is the empty string.

    Texts hold no NUL character (it is replaced). Tails are not shared: a linker that merges strings would undo it.
    """

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name = name
        self._parts = [b"\0"]
        self.size = 1
        self[""] = 0

    def __missing__(self, text: str) -> int:
        data = text.encode("utf-8", "surrogateescape").replace(b"\0", b"\xef\xbf\xbd") + b"\0"
        offset = self[text] = self.size
        self._parts.append(data)
        self.size += len(data)
        return offset

    @property
    def data(self) -> bytes:
        """The table's bytes."""
        return b"".join(self._parts)

    def fragment(self) -> Fragment:
        """The table as a fragment."""
        return Fragment("", self.name, self.data)
