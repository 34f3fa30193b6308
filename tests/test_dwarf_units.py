"""Units that others refer to: type units, split units, references ahead and across, scripts for gdb; evaluation of variables."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from starklink import link
from starklink.asm import Assembler, dword, eax, edi, rbp, rsp
from starklink.dwarf import Context, DebugFile, DebugInfo, DwarfError, Expression, Ranges, evaluate, frame_base, verify
from starklink.dwarf.consts import REGISTERS
from starklink.dwarf.evaluator import BaseType
from starklink.objwriter.elf.object import to_elf
from starklink.objwriter.elf.reader import Elf
from starklink.objwriter.model import Fragment, ObjectModule

sys.path.insert(0, str(Path(__file__).parent.parent / "tools"))
import oracles


def main_function(module: ObjectModule, debug: DebugInfo, type_: Any = None, where: int = -24) -> None:
    """_start, which has a local variable at rbp - 8 and exits with 5."""
    code = Assembler()
    src = debug.file("m.c")
    with debug.subprogram("_start", code, src, 1) as f, code.function("_start"):
        if type_ is not None:
            f.local("it", type_, where)
        code.push(rbp)
        code.mov(rbp, rsp)
        code.mov(dword[rbp - 8], 7)
        code.mov(dword[rbp - 4], 9)
        f.at(2)
        code.mov(edi, 5)
        f.at(3)
        code.mov(eax, 60)
        code.syscall()
    module.fragments.append(code.finish("_start", binding="global"))


def gdb(path: Path, *commands: str) -> str:
    words = [word for command in commands for word in ("-ex", command)]
    return subprocess.run(
        ["gdb", "-nx", "-batch", "-iex", "set auto-load safe-path /", "-iex", "set debuginfod enabled off", *words, path],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        cwd=path.parent,
        stdin=subprocess.DEVNULL,
    ).stdout


@pytest.mark.parametrize("version", [4, 5])
def test_type_units(version: int, tmp_path: Path) -> None:
    module = ObjectModule("m")
    debug = DebugInfo(module, version=version, directory="/src")
    debug.file("m.c")
    unit = debug.type_unit()
    integer = unit.root.add("base_type", name="int", byte_size=4, encoding="signed")
    pair = unit.root.add("structure_type", name="pair", byte_size=8)
    pair.add("member", name="low", type=integer, data_member_location=0)
    pair.add("member", name="high", type=integer, data_member_location=4)
    unit.described = pair
    main_function(module, debug, pair)
    debug.finish()
    (tmp_path / "m.o").write_bytes(to_elf(module))
    link([module]).write(tmp_path / "m")
    for name in ("m.o", "m"):
        # dwarfdump says that it does not follow signatures, and pyelftools iterates type units in an order of its own.
        assert [
            text for text in oracles.faults(tmp_path / name) if not text.startswith(("pyelftools", "dwarfdump", "pahole"))
        ] == []
    said = gdb(tmp_path / "m", "break m.c:2", "run", "print it", "ptype it")
    assert "$1 = {low = 7, high = 9}" in said
    assert "int high;" in said
    info = DebugFile.read(tmp_path / "m")
    assert verify(info) == []
    local = next(die for one in info.units for die in one.walk() if die.get("name") == "it")
    found = local.follow("type")
    assert found is not None and found.get("name") == "pair" and local.form("type") == "ref_sig8"
    other = DebugInfo(ObjectModule("o"), version=version)
    other.file("o.c")
    same = other.type_unit()
    number = same.root.add("base_type", name="int", byte_size=4, encoding="signed")
    same.described = same.root.add("structure_type", name="pair", byte_size=8)
    same.described.add("member", name="low", type=number, data_member_location=0)
    same.described.add("member", name="high", type=number, data_member_location=4)
    assert same.signature() == unit.signature()
    same.described.children[1].set("name", "top")
    same._signature = 0
    assert same.signature() != unit.signature()


def test_split_units(tmp_path: Path) -> None:
    module = ObjectModule("m")
    debug = DebugInfo(module, producer="m 1", directory=str(tmp_path), split="m.dwo")
    debug.file("m.c")
    integer = debug.base_type("int", 4, "signed")
    module.fragments.append(Fragment("counter", ".data", (77).to_bytes(4, "little"), 4, kind="object", binding="global"))
    debug.variable("counter", integer, "counter")
    main_function(module, debug, integer)
    code = Assembler()
    code.ret()
    with debug.subprogram("other", None, debug.file("m.c"), 9, size=1) as other:
        other.local("x", integer, [(0, 1, Expression().reg(5)), (1, 1, Expression().reg(2))])
    module.fragments.append(code.finish("other"))
    debug.finish()
    (tmp_path / "m.o").write_bytes(to_elf(module))
    link([module]).write(tmp_path / "m")
    (tmp_path / "m.dwo").write_bytes(debug.dwo_bytes())
    for name in ("m.o", "m", "m.dwo"):
        done = subprocess.run(["llvm-dwarfdump", "--verify", tmp_path / name], capture_output=True, text=True, check=False)
        assert (done.returncode, done.stderr) == (0, ""), done.stdout
        assert "error" not in done.stdout.replace("No errors", "")
    assert not [one for one in Elf((tmp_path / "m.dwo").read_bytes()).sections if one.name.startswith(".rela")]
    said = gdb(tmp_path / "m", "break m.c:2", "run", "print it", "print counter", "bt", "info scope other")
    assert re.findall(r"^\$\d = (.*)$", said, re.MULTILINE) == ["7", "77"]
    assert "#0  _start () at m.c:2" in said
    assert "Symbol x is multi-location" in said
    done = subprocess.run(
        ["lldb", "-b", "-x", "-o", "b m.c:2", "-o", "run", "-o", "frame variable it", tmp_path / "m"],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        stdin=subprocess.DEVNULL,
        cwd=tmp_path,
    )
    assert "(int) it = 7" in done.stdout
    skeleton = DebugFile.read(tmp_path / "m").units[0]
    split = DebugFile.read(tmp_path / "m.dwo").units[0]
    assert (skeleton.kind, split.kind, skeleton.header.identity) == ("skeleton", "split_compile", split.header.identity)
    assert skeleton.root.get("dwo_name") == "m.dwo"
    assert split.root.get("name") == "m.c"
    assert {die.get("name") for die in split.walk()} >= {"it", "int", "_start", "counter", "other", "x"}


def test_references_ahead_and_across(tmp_path: Path) -> None:
    module = ObjectModule("m")
    debug = DebugInfo(module)
    debug.unit("a.c")
    node = debug.structure("node", 8)
    pointer = debug.pointer(None)
    debug.member(node, "next", pointer, 0)
    pointer.set("type", node)  # a cycle through a pointer
    ahead = debug.entry("variable", name="first")
    partial = debug.unit("shared", kind="partial")
    number = debug.base_type("int", 4, "signed")
    ahead.set("type", number)  # in a unit that comes later
    debug.unit("b.c")
    debug.entry("imported_unit", import_=partial.root)
    debug.entry("variable", name="second", type=node)  # in a unit before
    debug.finish()
    (tmp_path / "m.o").write_bytes(to_elf(module))
    # dwarfdump wants imported units elsewhere; abidw finds no code.
    assert [text for text in oracles.faults(tmp_path / "m.o") if not text.startswith(("dwarfdump", "abidw"))] == []
    info = DebugFile.read(tmp_path / "m.o")
    assert verify(info, relocatable=True) == []
    names = {die.get("name"): die for unit in info.units for die in unit.walk() if die.tag == "variable"}
    assert [names[one].follow("type").get("name") for one in ("first", "second")] == ["int", "node"]
    assert [names[one].form("type") for one in ("first", "second")] == ["ref_addr", "ref_addr"]


def test_typed_expressions_and_calls() -> None:
    """Operations that name base types and other entries: llvm-dwarfdump and we read the same."""
    module = ObjectModule("m")
    debug = DebugInfo(module)
    debug.unit("a.c")
    double, integer = debug.base_type("double", 8, "float"), debug.base_type("int", 4, "signed")
    place = debug.entry("variable", name="p", type=integer, location=Expression().do("const1u", 9).stack_value())
    typed = Expression().typed("const_type", double.number, b"\0\0\0\0\0\0\x04\x40")
    typed.typed("convert", integer.number).stack_value()
    debug.entry("variable", name="q", type=integer, location=typed)
    debug.entry("variable", name="r", type=integer, location=Expression().call(place.number))
    debug.finish()
    info = DebugFile.of(Elf(to_elf(module)))
    (unit,) = info.units
    assert verify(info, relocatable=True) == []
    dies = {die.get("name"): die for die in unit.walk()}

    class Types(Context):
        def base_type(self, offset: int) -> BaseType:
            die = unit.entry(unit.header.offset + offset)
            return BaseType(die.get("encoding"), die.get("byte_size"))

        def called(self, kind: str, offset: int) -> bytes:
            return bytes(unit.entry(unit.header.offset + offset).get("location"))

    assert evaluate(dies["q"].get("location"), Types())[0][:2] == ("value", 2)
    assert evaluate(dies["r"].get("location"), Types())[0][:2] == ("value", 9)


def test_scripts_for_gdb(tmp_path: Path) -> None:
    module = ObjectModule("m")
    debug = DebugInfo(module)
    debug.file("m.c")
    main_function(module, debug)
    debug.gdb_script("inline.py", "print('hello from the image')")
    (tmp_path / "beside.py").write_text("print('hello from beside')\n")
    debug.gdb_script(str(tmp_path / "beside.py"))
    debug.finish()
    link([module]).write(tmp_path / "m")
    said = gdb(tmp_path / "m")
    assert "hello from the image" in said
    assert "hello from beside" in said
    assert oracles.faults(tmp_path / "m") == []


def test_macros_in_gdb(tmp_path: Path) -> None:
    for version in (4, 5):
        module = ObjectModule("m")
        debug = DebugInfo(module, version=version, directory=str(tmp_path))
        src = debug.file("m.c")
        macros = debug.current.macros
        macros.start_file(0, src.number)
        macros.define(1, "TWICE(x) ((x) * 2)")
        macros.end_file()
        main_function(module, debug)
        debug.finish()
        link([module]).write(tmp_path / "m")
        assert "$1 = 42" in gdb(tmp_path / "m", "break m.c:2", "run", "print TWICE(21)")


def test_unfinished_things_are_refused() -> None:
    debug = DebugInfo(ObjectModule("m"))
    with pytest.raises(ValueError, match="no unit yet"):
        debug.entry("variable")
    debug.file("m.c")
    debug.subprogram("f")
    with pytest.raises(ValueError, match=r"no fragment f: give its size"):
        debug.finish()
    with pytest.raises(ValueError, match="finished already"):
        debug.finish()
    debug = DebugInfo(ObjectModule("m"))
    debug.file("m.c")
    f = debug.subprogram("f", None, debug.file("m.c"), size=9)
    with pytest.raises(ValueError, match="needs an extent"):
        f.block()
    with pytest.raises(ValueError, match="give an offset"):
        f.at(3)
    split = DebugInfo(ObjectModule("m"), split="x.dwo")
    with pytest.raises(ValueError, match="not finished"):
        split.dwo_bytes()
    assert Ranges([("f", 0, 1)]).items


def test_many_ranges(tmp_path: Path) -> None:
    """A scope in two pieces, by offsets."""
    for version in (3, 4, 5):
        module = ObjectModule("m", [Fragment("f", ".text", b"\x90" * 64, kind="func", binding="global")])
        debug = DebugInfo(module, version=version)
        src = debug.file("m.c")
        integer = debug.base_type("int", 4, "signed")
        with debug.subprogram("f", None, src, 1) as f:
            f.at(2, offset=4)
            with f.block((4, 8), (16, 24)) as inner:
                inner.local("x", integer, 0)
        debug.finish()
        (tmp_path / "m.o").write_bytes(to_elf(module))
        info = DebugFile.read(tmp_path / "m.o")
        block = next(die for unit in info.units for die in unit.walk() if die.tag == "lexical_block")
        assert block.ranges == [(4, 8), (16, 24)]
        assert oracles.faults(tmp_path / "m.o") == []


# -- evaluation against gdb --------------------------------------------------------------------------------------------

PROGRAM = """
struct pair { long low; int high; };
__attribute__((noinline)) long work(struct pair *p, int n, const long *q)
{
    volatile long array[4] = {1, 2, 3, 4};
    long sum = p->low;
    for (int i = 0; i < n; i++) {
        sum += array[i & 3] * q[i & 1];
        array[i & 3] = sum;
    }
    return sum;
}
int main(int c, char **v)
{
    struct pair one = {c * 3, 4};
    long two[2] = {c, 2};
    return work(&one, c + 6, two) & 0x7f;
}
"""


class Stopped(Context):
    """A process that gdb looks at: registers and the bytes of its stack."""

    def __init__(self, info: DebugFile, registers: dict[int, int], start: int, stack: bytes) -> None:
        self.info = info
        self.registers = registers
        self.start = start
        self.stack = stack

    def register(self, number: int) -> int:
        return self.registers[number]

    def memory(self, address: int, size: int) -> bytes:
        if not self.start <= address <= self.start + len(self.stack) - size:
            raise DwarfError(f"{address:#x} is not on the stack at {self.start:#x}+{len(self.stack):#x}")
        return self.stack[address - self.start : address - self.start + size]

    def cfa(self) -> int:
        row = self.info.unwind(self.registers[16])
        assert row is not None
        return self.registers[row.register] + row.offset

    def frame_base(self) -> int:
        node = self.info.unit_at(self.registers[16]).chain(self.registers[16])[-1]
        return frame_base(node.get("frame_base"), self)


@pytest.mark.parametrize("options", ["gcc -O0 -gdwarf-5", "gcc -O2 -gdwarf-4", "clang -O0 -gdwarf-5", "clang -O1 -gdwarf-5"])
def test_variables_have_the_values_gdb_sees(options: str, tmp_path: Path) -> None:
    """At every tenth instruction of a function: CFA, and the value of every variable gdb can print."""
    (tmp_path / "a.c").write_text(PROGRAM)
    subprocess.run([*options.split(), "-no-pie", "-fcf-protection=none", "a.c", "-o", "a"], cwd=tmp_path, check=True)
    names = ("p", "n", "q", "sum", "i")
    probe = ['printf "\\n@ %#lx\\n", $pc', "info registers", "x/96xg $sp-256", "info frame"]
    probe += [command for name in names for command in (f"echo ={name}=", f"print (long){name}")]
    words = [word for command in ["break work", "run", *([*probe, "stepi 10"] * 6)] for word in ("-ex", command)]
    said = subprocess.run(
        ["gdb", "-nx", "-batch", "-iex", "set debuginfod enabled off", *words, "a"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        stdin=subprocess.DEVNULL,
    ).stdout
    info = DebugFile.read(tmp_path / "a")
    compared = 0
    for stop in said.split("\n@ ")[1:]:
        values = dict(re.findall(r"^(r\w+|rip) +(0x[0-9a-f]+)", stop, re.MULTILINE))
        registers = {REGISTERS.index(name): int(text, 16) for name, text in values.items() if name in REGISTERS}
        registers[16] = int(values["rip"], 16)
        words = re.findall(r"^(0x[0-9a-f]+)[^:\n]*:\s+(0x[0-9a-f]+)\s+(0x[0-9a-f]+)", stop, re.MULTILINE)
        stack = b"".join(int(word, 16).to_bytes(8, "little") for _, *pair in words for word in pair)
        context = Stopped(info, registers, int(words[0][0], 16), stack)
        frame = re.search(r"frame at (0x[0-9a-f]+)", stop)
        assert frame is not None and context.cfa() == int(frame[1], 16)
        function = info.unit_at(registers[16]).chain(registers[16])[-1]
        for name, text in re.findall(r"=(\w+)=\$\d+ = (.*)$", stop, re.MULTILINE):
            node = next((die for die in function.walk() if die.inherited("name") == name), None)
            if node is None or not re.fullmatch(r"-?\d+", text):
                continue
            code = next((code for low, high, code in node.locations() if low <= registers[16] < high), None)
            if code is None:
                continue
            kind = node.follow("type")
            size = 4 if kind is not None and kind.get("name") == "int" else 8
            if b"\xa3" in code or b"\xf3" in code:
                continue  # values on entry need the caller
            mine = _value(evaluate(code, context), context, size)
            if mine is not None:
                assert mine == int(text), f"{name} at {registers[16]:#x}"
                compared += 1
    assert compared >= 12


def _value(places: Any, context: Stopped, size: int) -> int | None:
    (place,) = places
    if place.kind == "memory":
        data = context.memory(place.value, size)
    elif place.kind in ("register", "value"):
        number = context.register(place.value) if place.kind == "register" else place.value
        data = (number & (1 << 8 * size) - 1).to_bytes(size, "little")
    else:
        return None
    return int.from_bytes(data, "little", signed=True)
