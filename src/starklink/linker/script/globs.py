"""Name patterns as in fnmatch(3) without flags: `*` also matches '/', [!x] and [^x] negate, a backslash quotes."""

from __future__ import annotations

import re
from functools import lru_cache


def is_wild(pattern: str) -> bool:
    """Whether a pattern matches anything but itself."""
    return any(mark in pattern for mark in "*?[")


@lru_cache(maxsize=4096)
def compiled(pattern: str) -> re.Pattern[str]:
    """The regular expression of a pattern; use `.match`.

    Between two stars the leftmost match of a part is always enough, hence the atomic groups: no pattern takes exponential time.
    """
    parts = _parts(pattern)
    middle = "".join(f"(?>.*?{part})" for part in parts[1:-1] if part)
    text = parts[0] + middle + (f".*{parts[-1]}" if len(parts) > 1 else "")
    try:
        return re.compile(text + r"\Z", re.DOTALL)
    except re.error:        # a range such as [z-a] matches nothing
        return re.compile(r"(?!)")


def _parts(pattern: str) -> list[str]:
    """What stands before, between and behind the stars, as regular expressions of fixed width."""
    parts: list[list[str]] = [[]]
    at = 0
    while at < len(pattern):
        char = pattern[at]
        at += 1
        end = _class_end(pattern, at) if char == "[" else -1
        if char == "*":
            parts.append([])
        elif char == "?":
            parts[-1].append(".")
        elif end >= 0:
            parts[-1].append(_class(pattern[at:end]))
            at = end + 1
        elif char == "\\" and at < len(pattern):
            parts[-1].append(re.escape(pattern[at]))
            at += 1
        else:
            parts[-1].append(re.escape(char))
    return ["".join(part) for part in parts]


def matches(pattern: str, name: str) -> bool:
    """Whether a name matches; patterns without wildcards are compared."""
    if pattern == "*":
        return True
    if not is_wild(pattern) and "\\" not in pattern:
        return pattern == name
    return compiled(pattern).match(name) is not None


def _class_end(pattern: str, at: int) -> int:
    look = at
    if look < len(pattern) and pattern[look] in "!^":
        look += 1
    if look < len(pattern) and pattern[look] == "]":
        look += 1
    while look < len(pattern) and pattern[look] != "]":
        look += 2 if pattern[look] == "\\" else 1
    return look if look < len(pattern) else -1


def _class(text: str) -> str:
    negated = text[:1] in ("!", "^")
    body = text[1:] if negated else text
    quoted = re.sub(r"\\(.)|([\[\]^&~|])", lambda found: "\\" + (found[1] or found[2]) if not (found[1] or "").isalnum()
                    else found[1], body, flags=re.DOTALL)
    if quoted.endswith("\\") and not quoted.endswith("\\\\"):
        quoted += "\\"
    return f"[{'^' if negated else ''}{quoted}]"
