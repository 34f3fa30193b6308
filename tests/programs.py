"""Test programs: `tests/programs/NAME.fsh` with their expectations in a block of comments at the end.

    // expect-exit: N                   exit code, default 0
    // expect-stdout:                   followed by lines `// | text`
    // expect-stderr-contains: text     repeatable
    // expect-error: FS0123 @LINE[:COL] repeatable; the program must not compile, and exactly these errors are reported
    // expect-warning: FS0901 @LINE     repeatable
    // stdin: text                      repeatable
    // args: a b                        arguments
"""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass, field
from pathlib import Path

FOLDER = Path(__file__).resolve().parent / "programs"
_DIRECTIVE = re.compile(r"// (expect-[a-z-]+|stdin|args):(?: (.*))?$")


@dataclass
class Case:
    """A program and what it must do. `errors` and `warnings` are texts like "FS0301@12" or "FS0301@12:5"."""

    name: str
    text: str
    exit: int = 0
    stdout: bytes | None = None
    stderr: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    stdin: bytes = b""
    args: list[str] = field(default_factory=list)


def load(path: Path) -> Case:
    """Read a program with its expectations. Raises ValueError for a directive it does not know."""
    text = path.read_text(encoding="utf-8")
    case = Case(path.stem, text)
    for line in text.splitlines():
        if line.startswith("// |") and case.stdout is not None:
            case.stdout += line[5:].encode() + b"\n"
            continue
        found = _DIRECTIVE.match(line)
        if not found:
            continue
        key, value = found.group(1), found.group(2) or ""
        if key == "expect-exit":
            case.exit = int(value)
        elif key == "expect-stdout":
            case.stdout = b""
        elif key == "expect-stderr-contains":
            case.stderr.append(value)
        elif key == "expect-error":
            case.errors.append(value.replace(" ", ""))
        elif key == "expect-warning":
            case.warnings.append(value.replace(" ", ""))
        elif key == "stdin":
            case.stdin += value.encode() + b"\n"
        elif key == "args":
            case.args = shlex.split(value)
        else:
            raise ValueError(f"{path.name}: {line}")
    return case


def cases() -> list[Case]:
    """All test programs by name."""
    return [load(path) for path in sorted(FOLDER.glob("*.fsh"))]
