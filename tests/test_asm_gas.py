"""The GAS front end: objects equal to GNU as's, what gcc and clang print runs, refusals."""

from __future__ import annotations

import random
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT / "tools"))

from check_gas import case, compare, contents, rows_of_lines  # noqa: E402
from gas_programs import programs  # noqa: E402

from starklink.asm.gas.api import assemble  # noqa: E402
from starklink.asm.gas.errors import AssemblyFailed  # noqa: E402

PROGRAMS = dict(programs(20, 7))
PADDINGS = (".p2align 4,,10", ".p2align 4", ".p2align 3", ".p2align 5,,7", ".balign 64", ".p2align 4,0x90,15")
FILLING = ("nop", "mov eax, [rsp+8]", "mov rax, 0x123456789", "add eax, 1000")


def gnu(folder: Path, text: str, machine: str = "64") -> bytes:
    """The object GNU as makes."""
    (folder / "x.s").write_text(text)
    subprocess.run(["as", f"--{machine}", "-o", str(folder / "x.o"), str(folder / "x.s")], check=True, capture_output=True)
    return (folder / "x.o").read_bytes()


@pytest.mark.parametrize(
    ("name", "compiler", "options", "syntax"),
    [
        ("switches14.c", "gcc", ["-O2"], "intel"),
        ("tls15.c", "clang", ["-O2", "-fPIC"], "intel"),
        ("floats4.c", "gcc", ["-O0"], "att"),
        ("vectors17.c", "clang", ["-O3", "-march=x86-64-v3"], "att"),
        ("exceptions3.cc", "gcc", ["-O2"], "intel"),
        ("weak19.c", "clang", ["-O0"], "att"),
        ("structs13.c", "gcc", ["-O2", "-g"], "intel"),
        ("exceptions3.cc", "gcc", ["-O2", "-m32", "-g"], "att"),
        ("tls15.c", "clang", ["-O1", "-fPIC", "-m32"], "att"),
        ("switches14.c", "gcc", ["-O0", "-fPIC", "-m32"], "intel"),
        ("tls15.c", "gcc", ["-O2", "-fPIC", "-mx32", "-g"], "att"),
    ],
)
def test_what_compilers_print_runs_and_equals_gnu_as(
    name: str, compiler: str, options: list[str], syntax: str, tmp_path: Path
) -> None:
    """All programs, compilers and levels: tools/check_gas.py."""
    (tmp_path / name).write_text(PROGRAMS[name])
    outcome = case(tmp_path, tmp_path / name, compiler, options, syntax)
    assert outcome is not None
    assert outcome.faults == []
    assert outcome.differences == []


HEAD = ".intel_syntax noprefix\n"
FOLDER = ROOT / "tests" / "gas"
SOURCES = sorted(str(path.relative_to(FOLDER)) for path in (*FOLDER.glob("*.s"), *FOLDER.glob("*/*.s")))
MACHINES = {"i386": "32", "x32": "x32"}


@pytest.mark.parametrize("name", SOURCES)
def test_sources_equal_gnu_as(name: str, tmp_path: Path) -> None:
    text = (FOLDER / name).read_text()
    machine = MACHINES.get(str(Path(name).parent), "64")
    assert compare(assemble(text, "x.s", machine=machine), gnu(tmp_path, text, machine)) == []


def refused(text: str, **options: str) -> str:
    with pytest.raises(AssemblyFailed) as caught:
        assemble(text, "x.s", **options)  # type: ignore[arg-type]
    return str(caught.value)


def test_refusals_name_the_place_and_go_on() -> None:
    text = refused(HEAD + "mov eax, rbx\n\tfoo 1\n.long 1/0\njmp 1b\n.byte \"a\nmov eax, [rax+rbx+rcx]\nend: end:\n")
    lines = [line for line in text.splitlines() if "error:" in line]
    assert [line.split(":")[1] for line in lines] == ["2", "3", "4", "5", "6", "7", "8"]
    assert "x.s:3:2: error: no instruction is called foo\n    \tfoo 1\n    \t^~~\n" in text
    assert "operand 2 (rbx) does not fit" in text
    assert "at most one base and one index" in text


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("jmp 3f\n", "there is no label 3: behind a 3f"),
        (".macro m\nm\n.endm\nm\n", "nested more than"),
        (".if 1\n", ".if without .endif"),
        (".rept 3\n", ".rept without .endr"),
        (".set a, b\n.set b, a\n.quad a\n", "depends on itself"),
        (".skip .Lend - . + 1\n.Lend:\n", "depends on its own size"),
        (".cfi_startproc\n", ".cfi_startproc without .cfi_endproc"),
        (".cfi_offset 3, 8\n", "between .cfi_startproc and .cfi_endproc"),
        ("x: .long y-z\n", "y-z"),
        ("loop f\n.skip 300\nf:\n", "out of reach of a 8-bit distance"),
        (".org 5\n.org 3\n", ".org cannot go back"),
        ('.incbin "/nonexistent"\n', "/nonexistent"),
        (".popsection\n", ".popsection without"),
        (".loc 3 4\n", "has no .file"),
        (".bss\nnop\n", "no content in the file"),
        ("lock addl %eax, %ebx\n", "lock"),
        (".float 1.2.3\n", "is no floating-point number"),
    ],
)
def test_refusals(text: str, message: str) -> None:
    assert message in refused(text)


def test_damaged_sources_never_break_it() -> None:
    """More: tools/fuzz_gas.py."""
    from fuzz_gas import run

    assert run(150, 3) == []


def test_macro_errors_show_the_call() -> None:
    text = refused(".macro bad x\n  frob \\x\n.endm\nnop\nbad 5\n")
    assert "x.s:2:3: error" in text
    assert "x.s:5: note: in the expansion of bad" in text


def test_command(tmp_path: Path) -> None:
    source = tmp_path / "t.s"
    source.write_text(HEAD + ".globl main\nmain: mov eax, 42\nret\n.section .note.GNU-stack,\"\",@progbits\n")

    def run(*words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "starklink", "asm", *words], capture_output=True, text=True, cwd=tmp_path, check=False
        )

    done = run("t.s")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    subprocess.run(["gcc", "t.o", "-o", "t"], cwd=tmp_path, check=True)
    assert subprocess.run([tmp_path / "t"], check=False).returncode == 42
    assert run("--syntax", "gas", "-o", "u.o", "t.s").returncode == 0
    assert (tmp_path / "u.o").read_bytes() == (tmp_path / "t.o").read_bytes()
    source.write_text("frob\n")
    (tmp_path / "t.o").unlink()
    done = run("t.s")
    assert done.returncode == 1
    assert done.stderr == "t.s:1:1: error: no instruction is called frob\n    frob\n    ^~~~\n"
    assert not (tmp_path / "t.o").exists()


def test_lines_reach_the_debugger(tmp_path: Path) -> None:
    text = '.file 1 "dir" "a.c"\n.globl f\nf:\n.loc 1 3 5\nnop\n.loc 1 4 view .LVU1\n'
    text += ".loc 1 5 2 is_stmt 0 view .LVU2\nret\n.byte .LVU2\n"
    data = assemble(text, "a.s", directory="/src")
    (tmp_path / "a.o").write_bytes(data)
    done = subprocess.run(["llvm-dwarfdump", "--debug-line", str(tmp_path / "a.o")], capture_output=True, text=True, check=True)
    rows = [line.split()[:4] for line in done.stdout.splitlines() if line.startswith("0x")]
    assert [(int(row[0], 16), *map(int, row[1:])) for row in rows] == [(0, 3, 5, 1), (1, 4, 0, 1), (1, 5, 2, 1), (3, 5, 2, 1)]
    assert contents(data)["sections"][".text"]["data"] == b"\x90\xc3\x01"


def test_sequences_of_lines_follow_their_first_rows(tmp_path: Path) -> None:
    text = '.file 1 "a.c"\nnop\n.section .text.b,"ax"\n.loc 1 5\nnop\n.section .text.a,"ax"\n.loc 1 7\nnop\n'
    text += ".text\n.loc 1 9\nnop\n.section .text.b\n.loc 1 11\nret\n"
    (tmp_path / "a.s").write_text(text)
    subprocess.run(["as", "--gdwarf-5", "-o", "theirs.o", "a.s"], cwd=tmp_path, check=True)
    (tmp_path / "ours.o").write_bytes(assemble(text, "a.s", directory=str(tmp_path)))
    rows = rows_of_lines(tmp_path / "theirs.o")
    assert rows_of_lines(tmp_path / "ours.o") == rows
    assert [row.split()[0] for row in rows if row.split()[0] != "-"] == ["5", "11", "7", "9"]


OWN_LINES = """	.globl f
	.type f, @function
f:	nop
	mov $5, %eax
	.macro two x
	add $\\x, %eax
	sub $\\x, %eax
	.endm
	two 3
	.rept 2
	inc %ecx
	dec %ecx
	.endr
	.include "inc.s"
	jmp 1f ; nop; nop
	.byte 0x90
1:	ret
	.size f, .-f
	.type g, @function
g:	ret
	.size g, 1
	.section .text.b, "ax"
	nop
	.irp r, eax, ebx
	xor %\\r, %\\r
	.endr
	.data
	.long 5
	.text
	.p2align 4
	ret
"""


def readelf(path: Path, *words: str) -> str:
    done = subprocess.run(["readelf", "-W", *words, path.name], cwd=path.parent, capture_output=True, text=True, check=True)
    return done.stdout


def test_own_lines_are_those_of_gnu_as(tmp_path: Path) -> None:
    (tmp_path / "a.s").write_text(OWN_LINES)
    (tmp_path / "inc.s").write_text("\tnop\n\tinc %eax\n")
    subprocess.run(["as", "-g", "--gdwarf-5", "-o", "theirs.o", "a.s"], cwd=tmp_path, check=True)
    words = [sys.executable, "-m", "starklink", "asm", "-g", "-o", "ours.o", "a.s"]
    subprocess.run(words, cwd=tmp_path, check=True)
    ours, theirs = tmp_path / "ours.o", tmp_path / "theirs.o"
    rows = [line.split() for line in readelf(theirs, "--debug-dump=decodedline").splitlines() if ".s  " in line]
    assert [line.split() for line in readelf(ours, "--debug-dump=decodedline").splitlines() if ".s  " in line] == rows
    assert len(rows) > 12
    assert "aranges" in readelf(ours, "-S")
    for what in ("low_pc", "high_pc", "DW_AT_name", "DW_AT_language", "DW_TAG_subprogram"):
        found = [
            [int(line.split()[-1], 0) if "_pc" in what else line.split()[-1] for line in dump.splitlines() if what in line]
            for dump in (readelf(ours, "--debug-dump=info"), readelf(theirs, "--debug-dump=info"))
        ]
        assert found[0][-2:] == found[1][-2:], what
    subprocess.run(["llvm-dwarfdump", "--verify", str(ours)], check=True, capture_output=True)
    for machine in ("32", "x32"):
        subprocess.run([*words[:-1], f"--{machine}", "a.s"], cwd=tmp_path, check=True)
        subprocess.run(["as", "-g", "--gdwarf-5", f"--{machine}", "-o", "theirs.o", "a.s"], cwd=tmp_path, check=True)
        shown = [readelf(one, "--debug-dump=decodedline").splitlines() for one in (ours, theirs)]
        rows, others = [[line.split() for line in one if ".s  " in line] for one in shown]
        assert rows == others and len(rows) > 12
        if machine == "32":  # it does not know x32's relocations
            subprocess.run(["llvm-dwarfdump", "--verify", str(ours)], check=True, capture_output=True)
    # what a compiler printed has lines already
    assert b".debug_info" not in assemble('.file 1 "a.c"\nnop\n.loc 1 1\nnop\n', "x.s", debug=True)


def test_listing_shows_the_final_bytes(tmp_path: Path) -> None:
    (tmp_path / "a.s").write_text(OWN_LINES + "\tjmp far\n\t.skip 200, 7\nfar:\tret\n")
    (tmp_path / "inc.s").write_text("\tnop\n\tinc %eax\n")
    words = [sys.executable, "-m", "starklink", "asm", "-al=a.lst", "-o", "a.o", "a.s"]
    subprocess.run(words, cwd=tmp_path, check=True)
    data = contents((tmp_path / "a.o").read_bytes())["sections"][".text"]["data"]
    shown = (tmp_path / "a.lst").read_text()
    assert "... 200 bytes" in shown
    assert [line for line in shown.splitlines() if line.split()[:1] == ["15"]] == [
        f"   15 {data.index(bytes.fromhex('eb039090')):04x} EB039090          " + "\tjmp 1f ; nop; nop"
    ]
    assert any(line.startswith("    > ") and line.endswith("sub $3, %eax") for line in shown.splitlines())
    at = 0
    for line in shown.splitlines():
        fields = line[6:].split()
        if len(fields) > 1 and line[6:10].strip() and len(fields[0]) == 4 and line[-4:] != "\tnop" and ".long" not in line:
            if "%r" not in line and "xor" not in line:
                code = bytes.fromhex(fields[1])
                assert data[int(fields[0], 16) :][: len(code)] == code, line
                at += len(code)
    assert at > 60


@pytest.mark.parametrize(("seed", "reach", "often"), [(1, 6, 4), (2, 12, 8), (3, 30, 20), (4, 3, 2)])
def test_branches_over_many_paddings_grow_as_those_of_gnu_as(seed: int, reach: int, often: int, tmp_path: Path) -> None:
    """Paddings that take another size push branches out of reach, here and there and again: which ones, the order decides."""
    draw = random.Random(seed)
    count = 3000
    lines = [".intel_syntax noprefix"]
    for number in range(count):
        lines.append(f"L{number}:")
        if not draw.randrange(often):
            lines.append(draw.choice(PADDINGS))
        lines.append(f"{draw.choice(('jmp', 'je', 'jg'))} L{min(max(number + draw.randint(-reach, reach), 0), count - 1)}")
        lines += draw.choices(FILLING, k=draw.randrange(6))
    text = "\n".join(lines) + "\n"
    assert contents(assemble(text, "x.s", syntax="intel")) == contents(gnu(tmp_path, text))
