"""`ld.starklink` as a process of its own: a small link is over in the time that some of Python's modules take to load."""

from __future__ import annotations

from ..support import lean

lean.install()

from .link_command import entry  # noqa: E402

__all__ = ["entry"]
