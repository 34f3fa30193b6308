"""Objects that are loaded many at once leave the same tables as one by one, whatever is in them."""

from __future__ import annotations

import random
import subprocess
from pathlib import Path
from typing import Any

import pytest

from starklink.linker.elf import crew
from starklink.linker.elf import inputs as loading
from starklink.linker.elf import link as linking
from starklink.linker.elf.inputs import Loader
from starklink.linker.elf.link import link
from starklink.linker.elf.options import InputSpec, Options
from starklink.linker.elf.tables import Context
from starklink.linker.errors import LinkError

SOURCES = {
    "commons": ".comm pool, 8, 8\n.comm more, 64, 32\n.globl f\nf: call g\n mov pool(%rip), %eax\n",
    "strong": ".globl pool\n.data\npool: .quad 1\n.weak g\ng: .quad f\n",
    "twice": ".globl f, g\nf: g: ret\n.type f, @function\n.size f, 1\n.globl lonely\n.hidden lonely\nlonely:\n",
    "weak": ".weak f, h, odd\nf: call h\n call odd\n.protected h\n",
    "hidden": ".globl h, odd\n.hidden h\nh: call odd\n.internal odd\n",
    "threads": ".section .tdata,\"awT\",@progbits\n.globl tls\ntls: .long 1\n.text\n mov tls@tpoff, %eax\n",
    "thread": ".type tls, @tls_object\n.text\n mov %fs:tls@tpoff, %eax\n",
    "group": ".section .text.c,\"axG\",@progbits,c,comdat\n.weak c\nc: call f\n"
             ".section .data.c,\"awG\",@progbits,c,comdat\n.quad c\n",
    "group2": ".section .text.c,\"axG\",@progbits,c,comdat\n.weak c\nc: ret\n.data\n.quad c, d\n.globl d\nd = 5\n",
    "unique": ".type u, @gnu_unique_object\n.data\nu: .long 1\n.local here\n.comm here, 4, 4\n"
              ".section .debug_str,\"MS\",@progbits,1\n.asciz \"x\"\n",
    "unique2": ".type u, @gnu_unique_object\n.data\nu: .long 1\n.ident \"x\"\n.section .note.GNU-stack,\"x\",@progbits\n",
    "versions": ".globl old\nold: ret\n.symver old, new@@V1\n.symver bad, bad@V2\n call bad\n",
    "once": ".section .gnu.linkonce.t.c,\"ax\",@progbits\n.weak c\nc: call f\n.section .gnu.linkonce.r.c\n.quad 1\n",
    "empty": "",
    "late": ".globl late\nlate: call f\n call odd\n call lonely\n call tls\n .weak c\n call c\n",
}


def tables(ctx: Context, loader: Loader) -> dict[str, Any]:
    """Everything that loading leaves."""
    made: dict[str, Any] = {}
    for name in Context.__slots__:
        value = getattr(ctx, name)
        made[name] = [bytes(data) for data in value] if name == "sec_data" else value
    made["sec_rela"] = [data and bytes(data) for data in ctx.sec_rela]
    # What has no symbol table gets an empty one; nothing else may differ.
    made["files"] = [(file.shown, file.order, file.symbols, file.sections, max(file.first_global, 1), file.first_local_id,
                      file.execstack, file.stack_note) for file in ctx.files]
    made["opened"] = loader.opened
    del made["options"]
    return made


def load(specs: list[InputSpec], large: int, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    monkeypatch.setattr(loading, "LARGE", large)
    ctx = Context(Options(inputs=specs))
    loader = Loader(ctx)
    loader.load_all(specs)
    return tables(ctx, loader)


def agree(specs: list[InputSpec], monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    plain, columns = load(specs, 1 << 60, monkeypatch), load(specs, 0, monkeypatch)
    for name, value in plain.items():
        assert columns[name] == value, name
    return plain


@pytest.fixture(scope="module")
def objects(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    folder = tmp_path_factory.mktemp("objects")
    for name, text in SOURCES.items():
        subprocess.run(["as", "-o", f"{name}.o", "-"], input=text, text=True, check=True, cwd=folder)
    return {name: (folder / f"{name}.o").read_bytes() for name in SOURCES}


def specs(objects: dict[str, bytes], names: list[str]) -> list[InputSpec]:
    return [InputSpec("bytes", f"{number}.{name}", data=objects[name]) for number, name in enumerate(names)]


def test_archives_of_the_system(monkeypatch: pytest.MonkeyPatch) -> None:
    paths = [subprocess.run(["gcc", f"-print-file-name={name}"], capture_output=True, text=True, check=True).stdout.strip()
             for name in ("crt1.o", "libstdc++.a", "libgcc.a")]
    made = agree([InputSpec("file", path, whole=path.endswith(".a")) for path in paths], monkeypatch)
    assert len(made["files"]) > 300 and len(made["comdats"]) > 1000 and len(made["ids"]) > 5000


def test_all_kinds_of_symbols_in_any_order(objects: dict[str, bytes], monkeypatch: pytest.MonkeyPatch) -> None:
    seen: set[str] = set()
    for seed in range(60):
        names = random.Random(seed).choices(list(objects), k=30)
        made = agree(specs(objects, names), monkeypatch)
        seen.update(made["sym_name"])
    assert {"pool", "tls", "new", "bad@V2", "here"} <= seen


def test_damaged_objects(objects: dict[str, bytes], monkeypatch: pytest.MonkeyPatch) -> None:
    refused = 0
    for seed in range(250):
        chance = random.Random(seed)
        changed = dict(objects)
        name = chance.choice([one for one in objects if one not in ("empty", "versions", "once")])
        data = bytearray(objects[name])
        begin = int.from_bytes(data[40:48], "little")
        for _ in range(chance.randint(1, 2)):
            at = chance.randrange(len(data)) if chance.random() < 0.5 else chance.randrange(begin, len(data))
            data[at] = chance.choice((0, 1, 0xFF, data[at] ^ 1 << chance.randrange(8)))
        changed[name] = bytes(data[:chance.randrange(len(data))] if chance.random() < 0.05 else data)
        first = chance.choices([one for one in objects if one not in ("versions", "once")], k=10)
        made = agree(specs(changed, [*first, name, *first]), monkeypatch)
        refused += bool(made["problems"])
    assert 20 < refused < 240


def test_large_links_take_the_way_of_columns(objects: dict[str, bytes], monkeypatch: pytest.MonkeyPatch) -> None:
    from starklink.linker.elf import objects_bulk

    calls: list[int] = []
    monkeypatch.setattr(objects_bulk, "_enter", lambda ctx, files, parts: calls.append(len(files)))
    load(specs(objects, ["weak"] * 9), 0, monkeypatch)
    assert calls == [9]


def test_names_of_paths(tmp_path: Path, objects: dict[str, bytes], monkeypatch: pytest.MonkeyPatch) -> None:
    """A damaged object among many is told with its name, and the rest is loaded."""
    for number in range(10):
        (tmp_path / f"{number}.o").write_bytes(objects["weak"] if number != 4 else objects["weak"][:70])
    asked = [InputSpec("file", str(tmp_path / f"{number}.o")) for number in range(10)]
    made = load(asked, 0, monkeypatch)
    assert len(made["problems"]) == 1 and made["problems"][0].startswith(f"{tmp_path}/4.o: ")


def test_relocatable_output_and_messages_are_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Groups and source lines are read from files whose headers only the loading by rows keeps."""
    source = 'struct S { virtual ~S() {} int f(); }; inline int g(int x) { return x * 2; }\n' \
        'int F() { S s; return g(1) + s.f(); }\n'
    for number in range(9):
        text = source.replace("F()", f"f{number}()")
        subprocess.run(["g++", "-g", "-xc++", "-c", "-", "-o", f"{number}.o"], input=text, text=True, check=True, cwd=tmp_path)
    asked = [InputSpec("file", str(tmp_path / f"{number}.o")) for number in range(9)]
    made, told = [], []
    for large in (0, 1 << 60):
        monkeypatch.setattr(loading, "LARGE", large)
        made.append(link(Options(kind="relocatable", inputs=list(asked))).bytes)
        with pytest.raises(LinkError) as found:
            link(Options(inputs=list(asked)))
        told.append(found.value.problems)
    assert made[0] == made[1] and made[0].count(b"\x11\0\0\0") >= 3     # SHT_GROUP
    assert told[0] == told[1] and "<stdin>:2" in str(told[0])


def member(chance: random.Random, own: list[str], names: list[str]) -> str:
    """A member that defines its own names, some of them as commons or weakly, and refers to others."""
    text = []
    for name in dict.fromkeys(own):
        kind = chance.randrange(8)
        text.append(f".comm {name}, {chance.choice((4, 8, 64))}, 8" if kind == 0 else
                    f".weak {name}\n.text\n{name}: nop" if kind < 3 else f".globl {name}\n.data\n{name}: .quad 1")
    for name in chance.sample(names, chance.choice((0, 1, 1, 2, 3))):
        hint = chance.choice(("", "", "", f".weak {name}\n", f".hidden {name}\n"))
        text.append(f"{hint}.section .data.{len(text)},\"aw\"\n.quad {name}")
    return "\n".join(text) + "\n"


@pytest.mark.parametrize("seed", range(8))
def test_members_wanted_by_name(tmp_path: Path, seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """One by one and together, whoever else defines the same names in other archives; also objects of --start-lib."""
    chance = random.Random(seed)
    names = [f"n{number}" for number in range(40)]
    shared = chance.choice((0, 4, 12))
    asked = []
    for archive in range(3):
        files = []
        left = chance.sample(names[shared:] if archive else names, 40 - shared if archive else 40)
        for number in range(12):
            own = [left.pop() for _ in range(chance.randrange(3)) if left] + chance.sample(names[:shared], min(shared, 1))
            path = tmp_path / f"{archive}-{number}.o"
            subprocess.run(["as", "-o", path, "-"], input=member(chance, own, names), text=True, check=True)
            files.append(str(path))
        if archive == 1:
            asked += [InputSpec("file", path, lazy=True) for path in files]
        else:
            subprocess.run(["ar", "rcs", tmp_path / f"lib{archive}.a", *files], check=True)
            asked.append(InputSpec("file", str(tmp_path / f"lib{archive}.a")))
    text = ".globl _start\n_start:\n" + "".join(f" .quad {name}\n" for name in chance.sample(names, 9))
    subprocess.run(["as", "-o", tmp_path / "main.o", "-"], input=text, text=True, check=True)
    asked.insert(chance.randrange(len(asked)), InputSpec("file", str(tmp_path / "main.o")))
    made = []
    monkeypatch.setattr(loading, "FEW", 1)
    for large in (1 << 60, 0):
        monkeypatch.setattr(loading, "LARGE", large)
        options = Options(inputs=asked)
        ctx = Context(options)
        loader = Loader(ctx)
        loader.load_all(asked)
        loader.resolve()
        made.append(tables(ctx, loader) | {"wanted": [file.wanted_by for file in ctx.files]})
    for name, value in made[0].items():
        assert made[1][name] == value, name
    assert sum(bool(name) for name in made[0]["wanted"]) > 4


THROWS = """extern "C" int puts(const char *);
struct Base { virtual ~Base() {} virtual int f(int x) { return x; } };
struct Failure { const char *what; Failure(const char *what) : what(what) {} virtual ~Failure() {} };
template <int N> struct Kind : Base { int f(int x) override { if (x == N) throw Failure("kind"); return x + N; } };
static int unused(int x) { return Kind<77>().f(x); }
int (*keep)(int) = unused;
const char *text = "text NUMBER", *tail = "NUMBER";
extern thread_local int count;
int runNUMBER(int x) { ++count; try { return Kind<NUMBER>().f(x) + Kind<3>().f(x); } catch (Failure &e)
                       { puts(e.what); return -1; } }
"""
MAIN = "thread_local int count;\n" + "".join(f"int run{n}(int);\n" for n in range(9)) + \
    "int main() { int s = 0;\n" + "".join(f"s += run{n}({n} % 4);\n" for n in range(9)) + "return s + count & 127; }\n"


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Objects of a C++ program, and `theirs`: what GNU ld makes of them."""
    folder = tmp_path_factory.mktemp("program")
    for number in range(9):
        text = THROWS.replace("NUMBER", str(number)).replace("*keep", f"*keep{number}").replace("*text", f"*text{number}")
        (folder / f"{number}.cc").write_text(text.replace("*tail", f"*tail{number}"))
    (folder / "9.cc").write_text(MAIN)
    command = "g++ -O1 -g -fPIC -ffunction-sections -c ?.cc && g++ -static -o theirs ?.o"
    subprocess.run(command, shell=True, check=True, cwd=folder)
    return folder


def static_inputs(folder: Path, pie: bool) -> list[InputSpec]:
    start = ["rcrt1.o", "crti.o", "crtbeginS.o"] if pie else ["crt1.o", "crti.o", "crtbeginT.o"]
    names = [*start, *(str(folder / f"{number}.o") for number in range(10)), "libstdc++.a", "libm-2.36.a", "libmvec.a",
             "libgcc.a", "libgcc_eh.a", "libc.a", "crtend.o", "crtn.o"]
    found = subprocess.run(f"for name in {' '.join(names)}; do gcc -print-file-name=$name; done", shell=True, capture_output=True,
                           text=True, check=True).stdout.split()
    return [InputSpec("file", path) for path in found]


@pytest.mark.parametrize("more", [
    {}, {"gc_sections": True, "optimize": 2}, {"kind": "pie", "strip": "debug", "discard": "locals"},
    {"kind": "pie", "discard": "none", "hash_style": "gnu", "export_dynamic": True, "relr": True},
], ids=["plain", "collected", "pie", "exported"])
def test_whole_links_by_columns(program: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, more: dict[str, Any]) -> None:
    """Symbols, merged strings, frame descriptions and relocations, too; also when two processes do it."""
    made = []
    monkeypatch.setattr(crew, "PART", 1 << 14)
    for limit, two in ((1 << 60, False), (0, False), (0, True)):
        monkeypatch.setattr(loading, "LARGE", limit)
        monkeypatch.setattr(linking, "MANY", limit)
        monkeypatch.setattr(crew, "pays", lambda ctx, size, two=two: two)
        asked = Options(static=True, eh_frame_hdr=True, build_id="sha1", dynamic_linker="",
                        inputs=static_inputs(program, more.get("kind") == "pie"))
        for name, value in more.items():
            setattr(asked, name, value)
        made.append(link(asked))
    assert made[0].bytes == made[1].bytes == made[2].bytes
    made[2].write(tmp_path / "ours")
    ours, theirs = (subprocess.run([path], capture_output=True, text=True, check=False, timeout=60)
                    for path in (tmp_path / "ours", program / "theirs"))
    assert (ours.returncode, ours.stdout) == (theirs.returncode, theirs.stdout) and "kind" in ours.stdout


def test_addresses_of_32_bits_by_columns(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """They are constants in a program at a fixed address, and out of range in a high one, which both ways say alike."""
    text = (".globl _start\n_start: mov $_start, %eax\n mov $.Ltext, %edi\n mov table(,%rax,8), %rcx\n"
            " mov $table, %rdx\n call _start\n lea .Ltext(%rip), %rax\n .cfi_startproc\n ret\n .cfi_endproc\n"
            ".section .rodata.s,\"aMS\",@progbits,1\n.asciz \"one\"\n.Ltext: .asciz \"two\"\n"
            ".data\ntable: .long _start, .Ltext + 1\n.quad _start, .Ltext\n")
    subprocess.run(["as", "-o", "a.o", "-"], input=text, text=True, check=True, cwd=tmp_path)
    subprocess.run(["ld", "-o", "theirs", "a.o"], check=True, cwd=tmp_path)
    made, told = [], []
    for limit in (1 << 60, 0):
        monkeypatch.setattr(linking, "MANY", limit)
        made.append(link(Options(inputs=[InputSpec("file", str(tmp_path / "a.o"))])))
        for start in (0x80000000, 0xFFFFFFFF80000000, 0x7FFFF0000000):
            with pytest.raises(LinkError) as found:
                link(Options(inputs=[InputSpec("file", str(tmp_path / "a.o"))], image_base=start))
            told.append(found.value.problems)
    assert made[0].bytes == made[1].bytes and told[:3] == told[3:] and all("out of range" in one[0] for one in told)
    made[1].write(tmp_path / "ours")
    for name in ("ours", "theirs"):
        code = subprocess.run(["objdump", "-d", tmp_path / name], capture_output=True, text=True, check=True).stdout
        start = code[:code.index(" <_start>:")].rsplit("\n", 1)[1].lstrip("0")
        assert f"mov    $0x{start},%eax" in code
    kernel = text.replace("mov $_start, %eax", "mov $_start, %rax").replace("mov $.Ltext, %edi", "").replace(".long", ".quad")
    subprocess.run(["as", "-o", "k.o", "-"], input=kernel, text=True, check=True, cwd=tmp_path)
    high = []
    for limit in (1 << 60, 0):
        monkeypatch.setattr(linking, "MANY", limit)
        high.append(link(Options(inputs=[InputSpec("file", str(tmp_path / "k.o"))], image_base=0xFFFFFFFF80000000,
                                 eh_frame_hdr=True)).bytes)
    assert high[0] == high[1]
