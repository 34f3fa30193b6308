"""The pages of docs/objects: their Python runs, block after block in one folder, and prints what the page says."""

from __future__ import annotations

import contextlib
import io
import re
from pathlib import Path

import pytest

from starklink.objwriter.elf.verify import CODES

PAGES = Path(__file__).resolve().parent.parent / "docs" / "objects"
FENCE = re.compile(r"^```(\w*)\n(.*?)^```\n", re.MULTILINE | re.DOTALL)
RUN = [page for page in sorted(PAGES.glob("*.md")) if "```python" in page.read_text(encoding="utf-8")]


@pytest.mark.parametrize("page", RUN, ids=lambda page: page.stem)
def test_the_examples_of_a_page_print_what_it_says(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    text = page.read_text(encoding="utf-8")
    names: dict[str, object] = {"__name__": page.stem}
    said, place = "", 0
    for block in FENCE.finditer(text):
        kind, body = block.groups()
        line = text.count("\n", 0, block.start()) + 1
        if kind == "python":
            assert said == "", f"{page.name}:{place} prints what the page does not say: {said}"
            out = io.StringIO()
            with contextlib.redirect_stdout(out):
                exec(compile("\n" * line + body, str(page), "exec"), names)
            said, place = out.getvalue(), line
        elif kind == "output":
            assert said == body, f"{page.name}:{line}"
            said = ""
    assert said == "", f"{page.name}:{place} prints what the page does not say: {said}"


def test_there_are_pages_with_examples() -> None:
    assert {"write-object", "write-executable", "read-and-edit", "archives"} <= {page.stem for page in RUN}


def test_the_page_of_the_verifier_lists_every_code() -> None:
    text = (PAGES / "verify.md").read_text(encoding="utf-8")
    assert dict(re.findall(r"^\| (EL\d\d) \| (.*?) \|", text, re.MULTILINE)) == CODES
