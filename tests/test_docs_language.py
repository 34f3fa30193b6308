"""Every example of docs/language compiles, runs and prints what the page says.

    ```fluxsharp     a program; without a `main` it is the inside of one
    ```input         its standard input
    ```output        its standard output; `output exit 3` with an exit code
    ```stderr        its standard error
    ```error         it is refused: the codes line by line, or the report word by word
    ```warning       codes of its warnings

The blocks after a program belong to it until text follows.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from starklink.driver.compile import compile_text
from starklink.driver.errors import CompileError
from starklink.driver.session import Options, Session

PAGES = Path(__file__).resolve().parent.parent / "docs" / "language"
_FENCE = re.compile(r"^```([a-z]*)(?: exit (\d+))?\n(.*?)^```\n", re.MULTILINE | re.DOTALL)


@dataclass
class Example:
    """A program of a page with its blocks by kind."""

    page: str
    line: int
    text: str
    blocks: dict[str, str] = field(default_factory=dict)
    status: int = 0

    @property
    def program(self) -> str:
        if re.search(r"\bmain\(", self.text):
            return self.text
        return "void main() {\n" + "".join(f"    {line}\n" for line in self.text.splitlines()) + "}\n"


def examples() -> list[Example]:
    found: list[Example] = []
    for page in sorted(PAGES.glob("*.md")):
        text = page.read_text(encoding="utf-8")
        end = -1
        for block in _FENCE.finditer(text):
            kind, status, body = block.groups()
            if kind == "fluxsharp":
                found.append(Example(page.name, text.count("\n", 0, block.start()) + 1, body))
                end = block.end()
            elif kind in ("input", "output", "stderr", "error", "warning"):
                assert block.start() == end, f"{page.name}: {kind} without a program: {body}"
                found[-1].blocks[kind] = body
                found[-1].status = int(status or found[-1].status)
                end = block.end()
    return found


ALL = examples()


@pytest.mark.parametrize("example", ALL, ids=[f"{one.page[:-3]}:{one.line}" for one in ALL])
def test_example(example: Example, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    session = Session()
    blocks = example.blocks
    try:
        program = compile_text(example.program, "example.fsh", Options(level=2, debug=False), session)
    except CompileError as error:
        codes = "".join(one.code + "\n" for one in error.diagnostics if one.severity == "error")
        assert blocks.get("error") in (codes, str(error)), str(error)
        return
    assert "error" not in blocks, "it compiles"
    warnings = "".join(one.code + "\n" for one in session.bag.sorted() if one.severity == "warning")
    assert warnings == blocks.get("warning", ""), "warnings"
    done = program.link().run(stdin=blocks.get("input", "").encode(), timeout=20)
    assert done.returncode == example.status, done.stderr
    assert done.stdout == blocks.get("output", "")
    if not example.status or "stderr" in blocks:
        assert done.stderr == blocks.get("stderr", "")


def test_pages_are_linked_and_exist() -> None:
    index = (PAGES / "README.md").read_text(encoding="utf-8")
    for page in PAGES.glob("*.md"):
        assert page.name == "README.md" or f"({page.name})" in index, f"the index lacks {page.name}"
        for target in re.findall(r"\]\(([^)#:]+)\)", page.read_text(encoding="utf-8")):
            assert (page.parent / target).exists(), f"{page.name}: {target}"
    assert len(list(PAGES.glob("[0-9][0-9]-*.md"))) == 15


def test_the_index_of_documents_is_complete() -> None:
    index = (PAGES.parent / "README.md").read_text(encoding="utf-8")
    targets = re.findall(r"\]\(([^)#:]+)\)", index)
    assert all((PAGES.parent / target).exists() for target in targets)
    for page in PAGES.parent.glob("*.md"):
        assert page.name == "README.md" or page.name in targets, f"docs/README.md lacks {page.name}"


LATER = {
    "`switch`": "void main() { int n = 1; switch (n) { case 1: print(n); break; } }",
    "`foreach`": "void main() { foreach (char c in \"ab\") print(c); }",
    "interpolated strings": 'void main() { int n = 1; print($"{n}"); }',
    "properties": "class A { public int N { get; set; } } void main() { }",
    "indexers": "class A { public int this[int i] { get { return i; } } } void main() { }",
    "interfaces": "interface I { } void main() { }",
    "`impl`": "interface I { } impl I for int { } void main() { }",
    "delegates": "delegate int F(int n); void main() { }",
    "generic types and functions": "class A<T> { T x; } void main() { }",
    "`async` and `await`": "async void main() { await 0; }",
    "namespaces": "namespace N { void F() { } } void main() { N.F(); }",
    "`unsafe` code and pointers": "void main() { unsafe { int n = 1; int* p = &n; print(*p); } }",
}


@pytest.mark.parametrize("feature", LATER)
def test_what_is_not_compiled_yet_is_listed_and_says_so(feature: str) -> None:
    """If this fails because the feature compiles now: take it off the list in docs/language/README.md and below, and off
    coming-from-csharp.md."""
    later = (PAGES / "README.md").read_text(encoding="utf-8").split("## Not compiled yet")[1]
    assert feature in " ".join(later.split())
    with pytest.raises(CompileError) as caught:
        compile_text(LATER[feature], "example.fsh", Options(debug=False), Session())
    assert {one.code for one in caught.value.diagnostics} == {"FS0899"}


def test_the_python_of_the_last_page_completes_a_kernel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    code = (PAGES / "15-bare-pc.md").read_text(encoding="utf-8").split("```python\n")[1].split("```")[0]
    assert code.endswith("print(program.link().run().stdout)\n")
    monkeypatch.chdir(tmp_path)
    Path("kernel.fsh").write_text("extern int PortIn(int port);\nvoid main() { print(PortIn(0x21)); }\n", encoding="utf-8")
    exec(compile(code.replace(".run().stdout", ""), "15-bare-pc.md", "exec"), {})
