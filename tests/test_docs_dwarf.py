"""The examples of the pages about debug information run as they stand, one behind the other."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

DOCS = Path(__file__).parent.parent / "docs"


@pytest.mark.parametrize("page", ["dwarf-write", "dwarf-cfi", "dwarf-read"])
def test_examples_run(page: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(tmp_path)
    blocks = re.findall(r"```python\n(.*?)```", (DOCS / f"{page}.md").read_text(encoding="utf-8"), re.DOTALL)
    assert len(blocks) >= 2
    names: dict[str, object] = {}
    for number, block in enumerate(blocks):
        exec(compile(block, f"{page}.md, example {number + 1}", "exec"), names)
    said = capsys.readouterr().out
    if page == "dwarf-read":
        assert "    formal_parameter n" in said
        assert "lies outside .debug_str" in said
