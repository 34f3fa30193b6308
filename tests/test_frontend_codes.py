"""The catalogue of diagnostics against the sources that report them."""

from __future__ import annotations

import re
from pathlib import Path

from starklink.frontend.codes import CODES

SOURCES = sorted((Path(__file__).parent.parent / "src" / "starklink").rglob("*.py"))


def test_every_reported_code_is_in_the_catalogue() -> None:
    used = {code for path in SOURCES for code in re.findall(r'"(FS\d{4})"', path.read_text(encoding="utf-8"))}
    assert used - set(CODES) <= {"FS0899"}  # not in the language: what lowering cannot do yet


def test_categories_follow_the_numbers() -> None:
    wanted = {
        "FS00": {"lexical"}, "FS01": {"syntax"}, "FS02": {"names"}, "FS03": {"types"}, "FS04": {"classes", "generics"},
        "FS05": {"flow"}, "FS06": {"imports"}, "FS07": {"entry"}, "FS08": {"limits", "entry"}, "FS09": {"warning"},
    }
    found: dict[str, set[str]] = {}
    for code, entry in CODES.items():
        found.setdefault(code[:4], set()).add(entry.category)
        assert entry.meaning
    assert found == wanted
    assert list(CODES) == sorted(CODES)
