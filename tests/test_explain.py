"""`starklink explain`: a page for every code, whose wrong example gives that diagnostic and whose right one gives none.

What the diagnostics look like for programs (`--json`), and which warnings there are (`-W`).
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from starklink.driver import cli
from starklink.driver.compile import compile_file
from starklink.driver.errors import CompileError
from starklink.driver.explain import FOLDER, load
from starklink.driver.session import Options, Session
from starklink.frontend.codes import CODES

WITHOUT_EXAMPLE = {"FS0802", "FS0803"}
"""Only very large programs give these."""
PENDING = {
    "FS0212", "FS0325", "FS0326", "FS0409", "FS0410", "FS0411", "FS0412", "FS0413", "FS0414", "FS0415", "FS0506", "FS0510",
    "FS0511", "FS0513", "FS0514", "FS0515", "FS0517", "FS0804", "FS0806",
}
"""Pages whose examples need parts of the language that may not be compiled yet: those are reported as FS0899."""


def written(block: str, folder: Path) -> Path:
    """The files of an example; the first is main.fsh. `<E9>` stands for a byte."""
    name, lines = "main.fsh", dict[str, list[str]]()
    for line in block.splitlines():
        if line.startswith("// file: "):
            name = line.removeprefix("// file: ")
        else:
            lines.setdefault(name, []).append(line)
    for file, text in lines.items():
        (folder / file).parent.mkdir(parents=True, exist_ok=True)
        (folder / file).write_bytes("\n".join(text).encode().replace(b"<E9>", b"\xe9"))
    return folder / "main.fsh"


def codes(block: str, folder: Path) -> set[str]:
    """The codes of what compiling an example up to the machine code reports."""
    folder.mkdir()
    session = Session()
    try:
        compile_file(written(block, folder), Options(debug=False), session).object()
    except CompileError as error:
        return {item.code for item in error.diagnostics}
    return {item.code for item in session.bag.items}


@pytest.mark.parametrize("code", CODES)
def test_examples(code: str, tmp_path: Path) -> None:
    page = load(code)
    assert len(page.meaning) > 30
    if code in WITHOUT_EXAMPLE:
        assert not page.wrong and not page.right
        return
    wrong, right = codes(page.wrong, tmp_path / "wrong"), codes(page.right, tmp_path / "right")
    if code in PENDING:
        wrong -= {"FS0899"} if "FS0899" in wrong else set()
        assert wrong <= {code}
        assert right <= {"FS0899"}
    else:
        assert wrong == {code}
        assert right == set()


def test_pages_are_in_the_order_of_the_catalogue_and_of_nothing_else() -> None:
    categories = {entry.category for entry in CODES.values()}
    assert {path.stem for path in Path(FOLDER).glob("*")} == categories
    for category in categories:
        lines = (Path(FOLDER) / f"{category}.md").read_text(encoding="utf-8").splitlines()
        wanted = [code for code, entry in CODES.items() if entry.category == category]
        assert [line.removeprefix("## ") for line in lines if line.startswith("## ")] == wanted
        assert max(map(len, lines)) <= 140


def run(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    code = cli.main(list(words))
    said = capsys.readouterr()
    return code, said.out, said.err


@pytest.mark.parametrize("spelling", ["FS0301", "fs0301", "301", "FS301"])
def test_explain_prints_a_page(spelling: str, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = run(capsys, "explain", spelling)
    assert (code, err) == (0, "")
    assert out.startswith("FS0301: no implicit conversion (types)\n\n")
    assert "\nWrong:\n\n    void main() {\n        double d = 2.5;\n" in out
    assert "\nRight:\n\n    void main() {\n" in out
    assert "to_int" in out
    assert max(map(len, out.splitlines())) <= 90
    assert "```" not in out


def test_explain_lists_all_codes(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = run(capsys, "explain")
    assert (code, err) == (0, "")
    assert [line.split()[0] for line in out.splitlines() if line.startswith("  ")] == list(CODES)
    assert "\nwarning\n  FS0901  entry point" in out


def test_explain_knows_no_other_codes(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = run(capsys, "explain", "FS0310x")
    assert (code, out) == (2, "")
    assert err.startswith("starklink: there is no diagnostic FS0310x; did you mean FS0310")
    assert run(capsys, "explain", "zzz")[2] == "starklink: there is no diagnostic zzz; `starklink explain` lists all codes\n"
    assert run(capsys, "explain", "9" * 5000)[0] == 2


PROGRAM = """\
class Prog {
    static void main() {
        int x = 0;
        if (x = 1) print(x / 0);
    }
}
"""


@pytest.fixture
def program(tmp_path: Path) -> Path:
    path = tmp_path / "warn.fsh"
    path.write_text(PROGRAM)
    return path


def built(capsys: pytest.CaptureFixture[str], program: Path, *words: str) -> tuple[int, list[str], list[str]]:
    """Exit code, (severity, code) of the diagnostics, files made."""
    out = program.with_name("out")
    code, _, err = run(capsys, "build", str(program), "-g0", "-o", str(out), *words)
    found = [" ".join(line.split(": ")[1].split()) for line in err.splitlines() if line.startswith("warn.fsh:")]
    made = out.exists()
    out.unlink(missing_ok=True)
    return code, found, ["out"] if made else []


ALL = ["warning FS0901", "warning FS0905", "warning FS0902"]


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ((), ALL),
        (("-W",), ALL),
        (("-Wall",), ALL),
        (("-Wno-FS0905",), [ALL[0], ALL[2]]),
        (("-Wno-FS0905", "-Wno-FS0901"), [ALL[2]]),
        (("-Wno-FS0905", "-WFS0905"), ALL),
        (("-Wno-FS0905", "-W"), ALL),
        (("-W", "-Wno-FS0905"), [ALL[0], ALL[2]]),
    ],
)
def test_warnings_can_be_chosen(
    words: tuple[str, ...], found: list[str], program: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert built(capsys, program, *words) == (0, found, ["out"])


def test_warnings_can_be_errors(program: Path, capsys: pytest.CaptureFixture[str]) -> None:
    errors = [one.replace("warning", "error") for one in ALL]
    assert built(capsys, program, "-Werror") == (2, errors, [])
    assert built(capsys, program, "-Werror", "-Wno-FS0905", "-Wno-FS0901") == (2, errors[2:], [])
    assert built(capsys, program, "-Werror", "-Wno-FS0905", "-Wno-FS0901", "-Wno-FS0902") == (0, [], ["out"])
    program.write_text(PROGRAM.replace("x / 0", "y"))
    assert built(capsys, program, "-Werror") == (2, ["warning FS0901", "warning FS0905", "error FS0201"], [])


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("-Wno-FS0301", "FS0301 is an error"),
        ("-Wno-FS0999", "'no-FS0999' is none of"),
        ("-Wnone", "'none' is none of"),
    ],
)
def test_unknown_warnings_are_refused(word: str, said: str, program: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        cli.main(["build", str(program), word])
    assert caught.value.code == 2
    assert said in capsys.readouterr().err


def test_diagnostics_as_json(program: Path, capsys: pytest.CaptureFixture[str]) -> None:
    program.write_text('void main() {\n    prnt("ä");\n    int x = 0;\n    while (x = 0) { }\n}\n')
    code, out, err = run(capsys, "build", str(program), "--json")
    assert (code, out) == (2, "")
    assert [json.loads(line) for line in err.splitlines()] == [
        {"file": "warn.fsh", "path": str(program), "line": 2, "column": 5, "end": {"line": 2, "column": 9}, "severity": "error",
         "code": "FS0202", "message": "undefined function 'prnt'", "hint": "did you mean 'print'?"},
        {"file": "warn.fsh", "path": str(program), "line": 4, "column": 14, "end": {"line": 4, "column": 15},
         "severity": "warning", "code": "FS0905", "message": json.loads(err.splitlines()[1])["message"],
         "hint": json.loads(err.splitlines()[1])["hint"]},
    ]
    program.write_text(PROGRAM)
    code, out, err = run(capsys, "build", str(program), "--json", "-o", str(program.with_name("out")))
    assert (code, out) == (0, "")
    assert [json.loads(line)["code"] for line in err.splitlines()] == ["FS0901", "FS0905", "FS0902"]
