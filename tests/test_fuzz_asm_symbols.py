"""Short runs of tools/fuzz_asm_symbols.py."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent.parent / "tools"))

import fuzz_asm_symbols
from fuzz_asm_symbols import Finding, Made, Statement


@pytest.mark.parametrize("bits", [64, 32, 16])
def test_statements_with_symbols_agree_with_the_tools(bits: int) -> None:
    counts, unexplained = fuzz_asm_symbols.fuzz(150, 40 + bits, bits)
    assert not unexplained, "\n".join(map(str, unexplained))
    assert counts["nasm: identical"] > 130
    assert counts["gas: identical"] > 100


def test_differences_are_found(monkeypatch: pytest.MonkeyPatch) -> None:
    genuine = fuzz_asm_symbols.ours

    def wrong(tool: str, text: str, bits: int) -> fuzz_asm_symbols.Answer:
        return genuine(tool, text.replace(" jmp ext", " jmp dat"), bits)

    monkeypatch.setattr(fuzz_asm_symbols, "ours", wrong)
    _, unexplained = fuzz_asm_symbols.fuzz(150, 41, 64)
    assert unexplained
    assert all(" ext" in one.statement.nasm for one in unexplained)


def test_rules_explain_no_other_differences() -> None:
    statement = Statement("memory", "mov eax, [edi+ext]", "mov eax, [edi+ext]")
    we, they = Made(b"\x90", ((3, 10, "ext", 0),)), Made(b"\x90", ((3, 11, "ext", 0),))
    assert "signed" in fuzz_asm_symbols.explained(Finding("llvm", statement, we, they))
    assert not fuzz_asm_symbols.explained(Finding("gas", statement, we, they))
    assert not fuzz_asm_symbols.explained(Finding("llvm", statement, we, Made(b"\x90", ((3, 11, "ext", 4),))))
    assert not fuzz_asm_symbols.explained(Finding("nasm", statement._replace(kind="branch"), "accepted", "error"))
