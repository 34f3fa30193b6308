"""Modules made by hand: symbols of every sort against readelf and gcc; code loaded and called in this process."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from starklink.asm import (
    Assembler,
    dword,
    eax,
    ecx,
    edi,
    fs,
    ptr,
    qword,
    r12,
    rax,
    rbx,
    rdi,
    rip,
    rsi,
    rsp,
    sym,
    xmm0,
    xmm1,
)
from starklink.asm.module import Module
from starklink.asm.operands import AsmError
from starklink.jit.load import LoadError, assemble_and_load, load
from starklink.linker.inputs import gather
from starklink.objwriter.model import Fragment, Reloc


def sample() -> Module:
    module = Module("sample")
    with module.function("twice", visibility="protected") as a:
        a.add(dword[rip + "calls"], 1)
        a.lea(eax, ptr[rdi + rdi])
        a.ret()
    with module.function("weakly", binding="weak") as a:
        a.mov(eax, dword[fs : sym("tls_value").tpoff])
        a.ret()
    with module.function("hidden", visibility="hidden", check_abi=True) as a:
        a.push(rbx)
        a.mov(rax, qword[rip + sym("elsewhere").gotpcrel])
        a.pop(rbx)
        a.ret()
    with module.data("table", ".rodata", align=8) as a:
        a.dq("twice", 7)
    with module.data("tls_value", ".tdata", align=4) as a:
        a.dd(42)
    module.zero("buffer", 100, align=32)
    module.common("calls", 4, 4)
    module.absolute("magic", 0x1234)
    return module


def test_symbols_as_readelf_sees_them(tmp_path: Path) -> None:
    (tmp_path / "m.o").write_bytes(sample().object_bytes())
    text = subprocess.run(["readelf", "-sW", str(tmp_path / "m.o")], capture_output=True, text=True, check=True).stdout
    rows = {fields[7]: fields[2:7] for fields in map(str.split, text.splitlines()) if len(fields) == 8 and fields[0] != "Num:"}
    assert rows["twice"][1:4] == ["FUNC", "GLOBAL", "PROTECTED"]
    assert rows["weakly"][1:4] == ["FUNC", "WEAK", "DEFAULT"]
    assert rows["hidden"][1:4] == ["FUNC", "GLOBAL", "HIDDEN"]
    assert rows["tls_value"][:3] == ["4", "TLS", "GLOBAL"]
    assert rows["calls"] == ["4", "OBJECT", "GLOBAL", "DEFAULT", "COM"]
    assert rows["buffer"][:2] == ["100", "OBJECT"]
    assert rows["magic"][4] == "ABS"


def test_a_module_links_with_c(tmp_path: Path) -> None:
    (tmp_path / "m.o").write_bytes(sample().object_bytes())
    (tmp_path / "c.c").write_text(
        "int twice(int); int weakly(void); void *hidden(void); int calls; extern char buffer[]; extern void *table[];\n"
        "int elsewhere;\n"
        "int main(void) { int t = twice(10) + twice(11); return t + weakly() + calls + ((long)buffer & 31) +\n"
        "  (hidden() == &elsewhere) + (table[0] == (void *)twice) - 88; }\n"
    )
    subprocess.run(["gcc", "-no-pie", "-o", "c", "c.c", "m.o"], cwd=tmp_path, check=True)
    assert subprocess.run([str(tmp_path / "c")], check=False).returncode == 42 + 42 + 2 + 0 + 1 + 1 - 88


def test_common_symbols_get_memory_in_our_link() -> None:
    one, other = Module("one"), Module("two")
    one.common("shared", 8, 4)
    other.common("shared", 16, 2)
    made = gather([one.object, other.object]).fragments
    assert [(f.symbol, f.size, f.align, f.section) for f in made] == [("shared", 16, 4, ".bss")]
    with other.data("shared") as a:
        a.dq(1)
    assert [f.section for f in gather([one.object, other.object]).fragments] == [".data"]


def test_the_stack_is_checked_on_request() -> None:
    module = Module()
    wanted = r"f breaks the calling convention:\n  .*ret: 8 bytes too much on the stack"
    with pytest.raises(AsmError, match=wanted), module.function("f", check_abi=True) as a:
        a.push(rbx)
        a.ret()
    with pytest.raises(AsmError, match="visibility is"), module.function("g", visibility="odd"):
        pass


def test_code_runs_in_this_process() -> None:
    a = Assembler()
    a.lea(eax, ptr[rdi + rdi])
    a.ret()
    with assemble_and_load(a, "twice") as code:
        twice = code.function("twice", "i32", "i32")
        assert [twice(x) for x in (0, 21, -5)] == [0, 42, -10]
        assert code.disassemble("twice")[1].endswith("lea eax, [rdi+rdi]")
        with pytest.raises(TypeError, match="takes 1 arguments, not 2"):
            twice(1, 2)
        with pytest.raises(LoadError, match="has no symbol nothing; it has twice"):
            code.address("nothing")
    with pytest.raises(LoadError, match="unmapped"):
        twice(1)


def test_loaded_code_calls_python_and_the_c_library_and_keeps_data() -> None:
    a = Assembler()
    a.push(r12)
    a.mov(r12, rdi)
    a.inc(dword[rip + "count"])
    a.lea(rdi, ptr[rip + "text"])
    a.call("strlen")
    a.add(rax, r12)
    a.mov(rdi, rax)
    a.call(sym("back").plt)
    a.mov(ecx, dword[rip + "count"])
    a.add(rax, qword[rip + "numbers"])
    a.pop(r12)
    a.ret()
    extra = [
        Fragment("text", ".rodata", b"seven!!\0"),
        Fragment("numbers", ".rodata", (1000).to_bytes(8, "little"), 8),
        Fragment("count", ".bss", b"", 4, 4),
    ]
    calls: list[int] = []

    def back(value: int) -> int:
        calls.append(value)
        return value * 2

    with assemble_and_load(a, "f", bind={"back": (back, "i64 i64")}, extra=extra) as code:
        f = code.function("f", "i64", "i64")
        assert (f(1), f(2)) == (1016, 1018)
        assert calls == [8, 9]
        assert code.bytes_of("count") == b"\2\0\0\0"


def test_floats_and_addresses() -> None:
    a = Assembler()
    a.addsd(xmm0, xmm1)
    a.mov(qword[rsi], rdi)
    a.ret()
    with assemble_and_load(a, "f") as code:
        import ctypes

        out = ctypes.c_uint64()
        f = code.function("f", "f64", "f64", "f64", "i64", "ptr")
        assert f(1.5, 2.25, -1, ctypes.addressof(out)) == 3.75
        assert out.value == (1 << 64) - 1


def test_memory_is_never_writable_and_executable() -> None:
    a = Assembler()
    a.ret()
    with assemble_and_load(a, "f", extra=[Fragment("d", ".data", b"x")]) as code:
        place = code.address("f")
        rights = {}
        for line in Path("/proc/self/maps").read_text().splitlines():
            low, _, high = line.split()[0].partition("-")
            for name in ("f", "d"):
                if int(low, 16) <= code.address(name) < int(high, 16):
                    rights[name] = line.split()[1]
        assert rights == {"f": "r-xp", "d": "rw-p"}
        assert place % 16 == 0


def test_loading_refuses_what_cannot_be() -> None:
    a = Assembler()
    a.call("surely_nothing_is_called_so")
    with pytest.raises(LoadError, match="nothing defines surely_nothing_is_called_so"):
        assemble_and_load(a)
    b = Assembler()
    b.mov(eax, dword[fs : sym("x").tpoff])
    with pytest.raises(LoadError, match="TPOFF32 against x cannot be done in memory"):
        load([b.finish("f")], {"x": 5})
    c = Assembler()
    c.mov(rax, rsp)
    c.add(edi, sym("x").reloc(Reloc.ABS32))
    with pytest.raises(LoadError, match="does not fit into 32 bits"):
        load([c.finish("f")], {"x": 1 << 40})
