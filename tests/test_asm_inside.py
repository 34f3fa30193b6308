"""What is tested by changing names inside the assembler's modules, which the compiled build has as constants."""

from __future__ import annotations

import pytest

from starklink.asm.nasm import assemble_text


def test_sources_without_end_are_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("starklink.asm.nasm.assembler.MAX_REFUSED", 100)
    monkeypatch.setattr("starklink.asm.nasm.pp.core.MAX_NESTED", 50_000)
    made = assemble_text("%rep 1000000\n no_instruction+1\n%endrep\n", "bin")
    assert made.data is None
    assert "more than 100 statements cannot be assembled" in made.messages
    made = assemble_text("%rmacro r 1\n%if %1 > 0\n r %1-1 %1\n r %1-1\n%endif\n%endmacro\n r 4\n", "bin")
    assert made.data is None
    assert "grow without end" in made.messages


def test_a_table_of_another_iced_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    from starklink.asm import select

    monkeypatch.setattr(select, "last_code", lambda: ("MOV_R32_RM32", 1))
    with pytest.raises(ImportError, match="another iced-x86"):
        select._check_version()
