"""The language's library as the checker asks for it: a file is read and parsed when a name of it is first used."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..runtime import library
from .session import Session

if TYPE_CHECKING:
    from ..frontend.ast import File


class Library:
    """Implements `frontend.context.Library` for one session."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.files: dict[str, File] = {}

    def find(self, name: str) -> File | None:
        """The parsed library file that declares `name`, or None."""
        file = library.find(name)
        if file is None:
            return None
        known = self.files.get(file)
        if known is None:
            from ..frontend.lexer import lex
            from ..frontend.parser import parse

            session = self.session
            source = session.sources.add(f"<{file}>", library.text(file), library.FOLDER + "/" + file, runtime=True)
            known = self.files[file] = parse(lex(source, session.bag), session.bag, session.ids)
        return known
