"""Every test program at -O0 and -O2 as a Linux executable and by the IR interpreter, against its own expectations."""

from __future__ import annotations

import pytest
from programs import Case, cases

from starklink.driver.compile import compile_text
from starklink.driver.errors import CompileError
from starklink.driver.session import Options, Session

ALL = cases()
RUN = [case for case in ALL if not case.errors]
BAD = [case for case in ALL if case.errors]


def names(items: list[Case]) -> list[str]:
    return [case.name for case in items]


def matches(wanted: str, found: list[tuple[str, int, int]]) -> bool:
    """True if a wanted "CODE@LINE[:COL]" is among the reported (code, line, column)."""
    return any(wanted in (code, f"{code}@{line}", f"{code}@{line}:{column}") for code, line, column in found)


def reported(session: Session, severity: str) -> list[tuple[str, int, int]]:
    out = []
    for item in session.bag.sorted():
        if item.severity == severity:
            where = session.sources.locate(item.start)
            out.append((item.code, where.line, where.column))
    return out


def expect(case: Case, code: int, stdout: bytes, stderr: bytes) -> None:
    assert (code, stdout.decode(errors="replace")) == (
        case.exit, stdout.decode(errors="replace") if case.stdout is None else case.stdout.decode()), stderr.decode()
    for text in case.stderr:
        assert text in stderr.decode(errors="replace")


@pytest.mark.parametrize("level", [0, 2])
@pytest.mark.parametrize("case", RUN, ids=names(RUN))
def test_runs(case: Case, level: int) -> None:
    session = Session()
    program = compile_text(case.text, f"{case.name}.fsh", Options(level=level), session)
    for warning in case.warnings:
        assert matches(warning, reported(session, "warning"))
    done = program.link().run(case.args, stdin=case.stdin, timeout=20)
    expect(case, done.returncode, *(text.encode("utf-8", "surrogateescape") for text in (done.stdout, done.stderr)))


@pytest.mark.parametrize("case", RUN, ids=names(RUN))
def test_interpreted(case: Case) -> None:
    program = compile_text(case.text, f"{case.name}.fsh", Options(level=0))
    expect(case, *program.interpret(case.args, stdin=case.stdin))


@pytest.mark.parametrize("case", BAD, ids=names(BAD))
def test_is_refused(case: Case) -> None:
    session = Session()
    with pytest.raises(CompileError):
        compile_text(case.text, f"{case.name}.fsh", Options(), session)
    found = reported(session, "error")
    for wanted in case.errors:
        assert matches(wanted, found), found
    assert len(found) == len(case.errors), found
