"""The special functions by themselves, linked with a few lines of assembler instead of the library: entry, stack, faults,
system calls; on the PC every boot protocol. The last tests look at them through a debugger."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path
from struct import pack

import pytest

from starklink.asm.assembler import Assembler
from starklink.asm.operands import (
    al,
    byte,
    dword,
    eax,
    ebx,
    ecx,
    edi,
    edx,
    ptr,
    qword,
    r8,
    r12,
    r13,
    r13d,
    rax,
    rbx,
    rcx,
    rdi,
    rdx,
    rip,
    rsi,
    rsp,
    xmm0,
)
from starklink.linker.image import Image
from starklink.linker.link import link
from starklink.objwriter.model import Fragment, ObjectModule
from starklink.runtime.specials import GUARD, ROOTS, load

Body = Callable[[Assembler], None]


def write_text(a: Assembler, text: str, name: str) -> None:
    """Print a text from the middle of a function."""
    a.lea(rsi, ptr[rip + name])
    a.mov(edx, len(text))
    a.mov(edi, 1)
    a.call("__sys_write")
    a.jmp(name + "_end")
    a.label(name)
    a.ascii(text)
    a.label(name + "_end")


def exit_with(a: Assembler, code: int) -> None:
    a.mov(edi, code)
    a.call("__sys_exit")


def program(target: str, body: Body, extra: tuple[Fragment, ...] = ()) -> Image:
    """An image whose `__start` is `body`; bad addresses in the guard end with 106, others with 99, exceptions on the PC with
    100 + vector."""
    a = Assembler()
    a.mov(ptr[rip + "low"], rdi)
    a.mov(ptr[rip + "high"], rsi)
    a.ret()
    guard = a.finish("__stack_guard")
    a = Assembler()
    if target == "pc":
        a.lea(eax, ptr[rdi + 100])
        a.cmp(edi, 14)
        a.jne("end")
        a.mov(rdi, r8)
    a.sub(rdi, ptr[rip + "low"])
    a.mov(rcx, ptr[rip + "high"])
    a.sub(rcx, ptr[rip + "low"])
    a.cmp(rdi, rcx)
    a.mov(eax, 99)
    a.mov(ecx, 106)
    a.cmovb(eax, ecx)
    a.label("end")
    a.mov(edi, eax)
    a.call("__sys_exit")
    fault = a.finish("__fault" if target == "linux" else "__pc_exception")
    a = Assembler()
    body(a)
    variables = [Fragment(name, ".bss", b"", 8, 8) for name in ("low", "high")]
    fragments = [*load(target), guard, fault, a.finish("__start"), *variables, *extra]
    return link([ObjectModule("test", fragments)], target=target)


def recurse(a: Assembler) -> None:
    a.push(rax)
    a.sub(rsp, 40)
    a.call("__start")


def null(a: Assembler) -> None:
    a.mov(rax, ptr[8])


def wild(a: Assembler) -> None:
    a.mov(rax, 0x1234_5678_9ABC)
    a.mov(ptr[rax], al)


def print_arguments(a: Assembler) -> None:
    """One argument a line, then exit with their number."""
    a.mov(rbx, rdi)
    a.mov(r12, rsi)
    a.xor(r13d, r13d)
    a.label("next")
    a.cmp(r13, rbx)
    a.jae("done")
    a.mov(rsi, ptr[r12 + r13 * 8])
    a.xor(edx, edx)
    a.label("count")
    a.cmp(byte[rsi + rdx], 0)
    a.je("counted")
    a.inc(edx)
    a.jmp("count")
    a.label("counted")
    a.mov(edi, 1)
    a.call("__sys_write")
    write_text(a, "\n", "newline")
    a.inc(r13)
    a.jmp("next")
    a.label("done")
    a.cmp(qword[r12 + r13 * 8], 0)  # argv ends with a null pointer
    a.jne("fail")
    a.mov(edi, ebx)
    a.call("__sys_exit")
    a.label("fail")
    exit_with(a, 200)


def use_memory(a: Assembler) -> None:
    """Map 3 MiB, find both ends cleared and writable; a too large wish is refused; SSE works; rsp is aligned."""
    a.mov(rbx, rsp)
    a.call("__stack_pointer")
    a.cmp(rax, rbx)
    a.jne("fail")
    a.and_(ebx, 15)
    a.cmp(ebx, 8)  # a return address lies on an aligned stack
    a.jne("fail")
    a.mov(edi, 3 << 20)
    a.call("__sys_map")
    a.test(rax, rax)
    a.jz("fail")
    a.cmp(qword[rax], 0)
    a.jne("fail")
    a.cmp(qword[rax + (3 << 20) - 8], 0)
    a.jne("fail")
    a.movups(xmm0, ptr[rax])
    a.movups(ptr[rax + (3 << 20) - 16], xmm0)
    a.mov(rdi, 1 << 62)
    a.call("__sys_map")
    a.test(rax, rax)
    a.jnz("fail")
    exit_with(a, 7)
    a.label("fail")
    exit_with(a, 1)


# -- Linux -------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(("body", "code"), [(recurse, 106), (null, 99), (wild, 99), (use_memory, 7)])
def test_linux_stack_faults_and_memory(body: Body, code: int) -> None:
    assert program("linux", body).run().returncode == code


def test_linux_arguments() -> None:
    done = program("linux", print_arguments).run(["a", "", "b c"])
    assert (done.returncode, done.stdout.split("\n")[1:]) == (4, ["a", "", "b c", ""])


@pytest.mark.parametrize("limit", [8 << 20, 40 << 20])
def test_linux_with_little_address_space(limit: int, tmp_path: Path) -> None:
    """With `ulimit -v` the stack gets smaller or stays the one of the kernel; the program runs."""
    path = tmp_path / "program"
    program("linux", lambda a: exit_with(a, 5)).write(path)
    done = subprocess.run(["sh", "-c", f"ulimit -v {limit >> 10}; exec {path}"], check=False)
    assert done.returncode == 5


def test_linux_files(tmp_path: Path) -> None:
    def body(a: Assembler) -> None:
        a.lea(rdi, ptr[rip + "path"])
        a.mov(edx, 0o600)
        a.mov(rsi, 0o101)  # O_CREAT | O_WRONLY
        a.call("__sys_open")
        a.mov(ebx, eax)
        a.mov(edi, eax)
        a.lea(rsi, ptr[rip + "path"])
        a.mov(edx, 4)
        a.call("__sys_write")
        a.mov(edi, ebx)
        a.call("__sys_close")
        a.lea(rdi, ptr[rip + "nowhere"])
        a.xor(rsi, rsi)
        a.call("__sys_open")
        a.neg(eax)
        a.mov(edi, eax)
        a.call("__sys_exit")
        a.label("path")
        a.ascii(str(tmp_path / "file"), b"\0")
        a.label("nowhere")
        a.ascii(str(tmp_path / "nowhere"), b"\0")

    assert program("linux", body).run().returncode == 2  # ENOENT
    assert (tmp_path / "file").read_text() == str(tmp_path)[:4]


def test_linux_read_gives_the_end_of_input() -> None:
    def body(a: Assembler) -> None:
        a.sub(rsp, 24)
        a.xor(edi, edi)
        a.mov(rsi, rsp)
        a.mov(edx, 16)
        a.call("__sys_read")
        a.mov(edi, eax)
        a.call("__sys_exit")

    image = program("linux", body)
    assert image.run(stdin="abc").returncode == 3
    assert image.run(stdin="").returncode == 0


# -- PC ----------------------------------------------------------------------------------------------------------------
def boot(image: Image | bytes, folder: Path, *options: str) -> tuple[int, str, str]:
    """(qemu's status, serial output, debug console) of an image."""
    kernel, console = folder / "kernel", folder / "console"
    kernel.write_bytes(bytes(image))
    command = [
        "qemu-system-x86_64",
        "-accel",
        "tcg",
        "-display",
        "none",
        "-nodefaults",
        "-serial",
        "stdio",
        "-monitor",
        "none",
        "-no-reboot",
    ]
    command += ["-device", "isa-debug-exit,iobase=0xf4,iosize=0x04"]
    done = subprocess.run(
        [*command, "-debugcon", f"file:{console}", "-kernel", str(kernel), *options],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=60,
        check=False,
    )
    return done.returncode, done.stdout.decode(), console.read_text()


def status(code: int) -> int:
    """qemu's status for an exit code, by docs/runtime.md."""
    return (0x10 if code == 0 else 0x20 | code & 0x1F) << 1 | 1


def divide(a: Assembler) -> None:
    a.xor(ecx, ecx)
    a.div(ecx)


def no_instruction(a: Assembler) -> None:
    a.ud2()


def breakpoint_(a: Assembler) -> None:
    a.int3()


def protection(a: Assembler) -> None:
    a.mov(rax, 1 << 63)
    a.jmp(rax)


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (recurse, 106),
        (null, 99),
        (wild, 99),
        (divide, 100),
        (breakpoint_, 103),
        (no_instruction, 106),
        (protection, 113),
        (use_memory, 7),
        (lambda a: exit_with(a, 0), 0),
        (lambda a: exit_with(a, 256 + 33), 33),
    ],
)
def test_pc_exceptions_and_exit_codes(body: Body, code: int, tmp_path: Path) -> None:
    assert boot(program("pc", body), tmp_path, "-m", "128M", "-M", "microvm") == (status(code), "", f"{code}\n")


MULTIBOOT1 = pack("<I", 0x1BADB002)


@pytest.mark.parametrize("options", [("-m", "512M"), ("-m", "64M", "-M", "q35"), ("-m", "128M", "-M", "microvm")])
def test_pc_boots_by_multiboot1(options: tuple[str, ...], tmp_path: Path) -> None:
    code, text, console = boot(program("pc", print_arguments), tmp_path, *options, "-append", "one  two")
    assert (code, text.split("\n")[1:], console) == (status(3), ["one", "two", ""], "3\n")


@pytest.mark.parametrize("machine", ["pc", "microvm"])
def test_pc_boots_by_pvh(machine: str, tmp_path: Path) -> None:
    """Without the Multiboot magic qemu looks for the note. There is no program name: argv[0] is empty."""
    image = program("pc", print_arguments)
    result = boot(bytes(image).replace(MULTIBOOT1, bytes(4), 1), tmp_path, "-M", machine, "-append", "one two")
    assert result == (status(3), "\none\ntwo\n", "3\n")


def test_pc_boots_by_multiboot2(tmp_path: Path) -> None:
    """qemu has no loader for it: a stub in front enters with the state and the information a loader gives."""
    a = Assembler(32)
    a.mov(eax, 0x36D76289)
    a.mov(ebx, "information")
    a.jmp("__boot32")
    stub = a.finish("stub", ".boot")
    line = b"one two\0"
    memory = (
        pack("<IIII", 6, 16 + 24 * 2, 24, 0) + pack("<QQII", 0, 0x9F000, 1, 0) + pack("<QQII", 1 << 20, 31 << 20, 1, 0)
    )
    tags = pack("<II", 1, 8 + len(line)) + line + memory + pack("<II", 0, 8)
    information = Fragment("information", ".data", pack("<II", 8 + len(tags), 0) + tags, 8)

    def body(a: Assembler) -> None:
        a.cmp(dword[rip + "__pc_ram_end"], 32 << 20)
        a.je("right")
        exit_with(a, 201)
        a.label("right")
        print_arguments(a)

    image = program("pc", body, (stub, information))
    addresses = {symbol.name: symbol.value for symbol in image.symbols}
    data = bytearray(bytes(image))
    entry = data.index(MULTIBOOT1) + 28
    assert data[entry : entry + 4] == pack("<I", addresses["__boot32"])
    data[entry : entry + 4] = pack("<I", addresses["stub"])
    assert boot(bytes(data), tmp_path, "-m", "64M") == (status(3), "\none\ntwo\n", "3\n")


def test_pc_multiboot2_header_is_whole() -> None:
    """Magic, length, checksum, the entry tag and the end tag of the specification (3.1.2 to 3.1.5)."""
    data = bytes(program("pc", null))
    at = data.index(pack("<I", 0xE85250D6))
    assert at % 8 == 0
    assert at < 32768
    words = [int.from_bytes(data[at + i : at + i + 4], "little") for i in range(0, 40, 4)]
    assert sum(words[:4]) & 0xFFFFFFFF == 0
    assert words[1] == 0
    assert words[2] == 40
    assert words[4:6] == [3, 12]
    assert words[8:10] == [0, 8]


def test_pc_writes_much(tmp_path: Path) -> None:
    def body(a: Assembler) -> None:
        a.mov(ebx, 2000)
        a.label("again")
        write_text(a, "0123456789abcdefg\n", "text")
        a.dec(ebx)
        a.jnz("again")
        exit_with(a, 0)

    code, text, _ = boot(program("pc", body), tmp_path, "-M", "microvm")
    assert (code, text) == (status(0), "0123456789abcdefg\n" * 2000)


def test_pc_says_that_it_needs_a_64_bit_processor(tmp_path: Path) -> None:
    kernel = tmp_path / "kernel"
    program("pc", null).write(kernel)
    command = (
        "qemu-system-x86_64 -accel tcg -cpu qemu32 -display none -nodefaults -serial stdio -monitor none -no-reboot"
    )
    with subprocess.Popen(
        [*command.split(), "-kernel", str(kernel)], stdout=subprocess.PIPE, stdin=subprocess.DEVNULL
    ) as qemu:
        assert qemu.stdout is not None
        assert b"64-bit processor" in qemu.stdout.readline()
        qemu.kill()


def test_pc_fault_inside_the_fault_handler_ends_the_machine(tmp_path: Path) -> None:
    """The second exception does not call the library again."""

    def body(a: Assembler) -> None:
        a.mov(byte[rip + "__pc_in_fault"], 1)
        a.ud2()

    assert boot(program("pc", body), tmp_path, "-M", "microvm") == (status(99), "", "99\n")


def test_roots_are_what_the_functions_need() -> None:
    for target, roots in ROOTS.items():
        fragments = load(target)
        defined = {name for fragment in fragments for name in (fragment.symbol, *fragment.labels)}
        wanted = {fixup.symbol for fragment in fragments for fixup in fragment.fixups} - defined
        from_linker = {"__image_start", "__image_end", "__load_end"} if target == "pc" else set()
        assert wanted - from_linker == {*roots, *GUARD[target]}


def test_a_plain_start_needs_no_guard() -> None:
    start = next(one for one in load("linux", guarded=False) if one.symbol == "_start")
    assert {fixup.symbol for fixup in start.fixups} == {"__start"}


# -- unwinding ---------------------------------------------------------------------------------------------------------
PROGRAM = """
int[] data;
int inner(int n) { return raw(n) + 1; }
extern int raw(int n);
void main() { print(inner(5)); }
"""


@pytest.mark.parametrize("target", ["linux", "pc"])
def test_gdb_walks_through_the_fault_handlers(target: str, tmp_path: Path) -> None:
    """From the library's handler through the machine's frame into the function that faulted, and no further than _start."""
    import starklink

    program = starklink.compile_text(PROGRAM, level=0, target=target)

    @program.provide("raw")
    def raw(a: Assembler, signature: object) -> None:
        a.mov(rax, ptr[0])
        a.ret()

    path = tmp_path / "program"
    program.link().write(path)
    script = ["set debuginfod enabled off", "set confirm off", "set backtrace past-main on"]
    if target == "linux":
        handler = "__fault"
        script += ["handle SIGSEGV nostop noprint pass", f"break {handler}", "run"]
    else:
        handler = "__pc_exception"
        qemu = f"qemu-system-x86_64 -M microvm -display none -nodefaults -monitor none -kernel {path} -S -gdb stdio"
        script += [f"target remote | exec {qemu}", f"hbreak {handler}", "continue"]
    (tmp_path / "script").write_text("\n".join([*script, "bt", "kill"]))
    command = ["gdb", "-nx", "-batch", "-x", str(tmp_path / "script"), str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    frames = [line[4:].split(" in ")[-1].split(" (")[0] for line in done.stdout.splitlines() if line.startswith("#")]
    assert frames[:5] == [handler, "<signal handler called>", "raw", "inner", "main"], done.stdout + done.stderr
    assert frames[-1] == "_start"
