"""Where the bytes of the output are made: in memory, or at once in the file that they will be.

Made in place, the file has no name until it is complete (`support.mapped`), so a link that fails leaves the old output untouched.
A mapping has one more use: processes that fork share it (`crew.py`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ...support.mapped import MappedFile
    from .options import Options


class Room:
    """The place of one output. `in_place`: the options say the path, and its bytes are the output as they are."""

    def __init__(self, in_place: bool) -> None:
        self.in_place = in_place
        self.file: MappedFile | None = None

    def make(self, options: Options, size: int, shared: bool = False) -> bytearray:
        """So many zeros (a bytearray, or a mapping, which can do the same as long as its size stays). Raises OSError."""
        from ...support.files import direct
        from ...support.mapped import MappedFile, is_fixed, reserves

        self.discard()
        as_it_is = options.oformat == "elf" and not options.compress_debug and options.section_headers
        if self.in_place and as_it_is and options.output != "-" and not direct(options.output):
            try:
                self.file = MappedFile(options.output, size)
            except OSError as error:
                if reserves(error) and not is_fixed(options.output, error):
                    raise
        if self.file is None and shared:
            try:
                self.file = MappedFile("", size)
            except OSError:         # a system that has no such files: then nothing is shared
                pass
        if self.file is None:
            return bytearray(size)
        made: Any = self.file.view
        image: bytearray = made
        return image

    def grow(self, image: bytearray, size: int) -> None:
        """More room behind what there is; nothing may refer to the image now. Raises OSError."""
        if self.file is not None:
            self.file.grow(size)
        else:
            image += bytes(size - len(image))

    def result(self, image: bytearray) -> bytearray:
        """The output as a value: what no file is made of becomes a bytearray."""
        if self.file is None or self.file.path:
            return image
        view: Any = self.file.view
        made = bytearray(image) if image is view else image
        self.discard()
        return made

    def discard(self) -> None:
        """Forget the file."""
        if self.file is not None:
            self.file.discard()
            self.file = None
