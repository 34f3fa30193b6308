"""Compare both assembler front ends with nasm, GNU as and llvm-mc on random statements with symbols.

    python tools/fuzz_asm_symbols.py [--count N] [--seed S] [--bits 16|32|64] [--limit L]

Programs of statements with branches in all directions, far pointers, addresses as displacements and immediates, RIP-relative
operands and relocation operators. nasm is compared with our NASM front end, GNU as and llvm-mc with our GAS front end: bytes and
relocations of every statement. A difference, or a statement only one side takes, must be explained by a rule of KNOWN.
"""

from __future__ import annotations

import argparse
import random
import re
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Sequence
from io import BytesIO
from pathlib import Path
from typing import NamedTuple

sys.path[:0] = [str(Path(__file__).resolve().parent), str(Path(__file__).resolve().parent.parent / "src")]

import fuzz_asm as plain  # noqa: E402
from elftools.elf.elffile import ELFFile  # noqa: E402
from fuzz_asm import CLASS, GAS_SIZE, NASM_SIZE, TOOLS  # noqa: E402

from starklink.asm import forms as F  # noqa: E402
from starklink.asm import operands as O  # noqa: E402

BATCH = 150


class Statement(NamedTuple):
    """One statement as nasm and as GNU as spell it ("" if it cannot be said there)."""

    kind: str
    nasm: str
    gas: str


class Made(NamedTuple):
    """What became of a statement: its bytes; relocations as (offset, type, target, addend)."""

    data: bytes
    relocations: tuple[tuple[int, int, str, int], ...]

    def __str__(self) -> str:
        rows = [f"{at}:{kind} {name}{addend:+d}" for at, kind, name, addend in self.relocations]
        return f"{self.data.hex()} {', '.join(rows)}".strip()


# -- statements --------------------------------------------------------------------------------------------------------
JUMPS = [name for name in F.mnemonics() if name[0] == "j" and name not in ("jmp", "jmpe", "jecxz", "jcxz", "jrcxz")
         and any(form.masks and form.masks[0] & CLASS["rel"] for form in F.forms(name, 64))]  # fmt: skip
DISTANCES = (0, 4, 8, -4, 127, -128, 0x1000, -0x1000)
FILLERS = (1, 5, 20, 60, 100, 110, 118, 122, 124, 125, 126, 127, 128, 129, 130, 140, 300)


class Drawing:
    """Draws the statements of one program: `count` labels S0, S1, ... stand before them."""

    def __init__(self, seed: int, bits: int, count: int) -> None:
        self.draw = random.Random(seed)
        self.bits = bits
        self.count = count
        self.pools = plain._registers(bits)
        self.forms = [
            (name, form) for name in F.mnemonics() for form in F.forms(name, bits)
            if any(mask & (_MEMORY | _SYMBOLIC) for mask in form.masks) and "_far" not in name and name not in plain.SKIPPED
            and not any(mask & (CLASS["rel"] | O.C_FAR) for mask in form.masks) and not _troubled(name)
        ]  # fmt: skip

    def program(self) -> list[Statement]:
        """The statements."""
        makers: list[tuple[int, Callable[[int], Statement | None]]] = [
            (40, self.memory), (10, self.immediate), (30, self.branch), (8, self.data), (6, self.special), (6, self.filler),
        ]  # fmt: skip
        if self.bits != 64:
            makers.append((8, self.far))
        weights = [weight for weight, _ in makers]
        out: list[Statement] = []
        while len(out) < self.count:
            made = self.draw.choices(makers, weights)[0][1](len(out))
            if made is not None:
                out.append(made)
        return out

    def symbol(self, at: int) -> str:
        """A symbol, with or without a distance."""
        name = self.draw.choice(("ext", "ext", "dat", "dat2", self.label(at)))
        away = self.draw.choice(DISTANCES) if self.draw.random() < 0.4 else 0
        return f"{name}{away:+d}" if away else name

    def label(self, at: int) -> str:
        """A label near a statement."""
        return f"S{min(max(at + self.draw.randint(-9, 9), 0), self.count - 1)}"

    def memory(self, at: int) -> Statement | None:
        """A statement of any form with a symbol in its memory operand."""
        name, form = self.draw.choice(self.forms)
        if not any(mask & _MEMORY for mask in form.masks):
            return self.with_immediate(name, form, at)
        case = plain.draw_case(self.draw, name, form, self.bits, self.pools)
        if case is None or not case.ours:
            return None
        operands = list(case.operands)
        place = next((i for i, one in enumerate(operands) if isinstance(one, O.Mem)), -1)
        if place < 0:
            return None
        mem: O.Mem = operands[place]
        if mem.base is not None and mem.base.bits == 16 and self.bits == 64:
            return None
        symbol = self.symbol(at)
        relative = self.bits == 64 and mem.index is None and self.draw.random() < 0.6
        base = None if self.draw.random() < 0.3 and mem.index is None else mem.base
        spelled = {tool: _memory(mem, base, symbol, relative, tool, form) for tool in ("nasm", "gas")}
        texts = {}
        for tool in ("nasm", "gas"):
            text = plain.spell(name, operands, tool, form, self.bits)
            old = plain.spell_memory(mem, tool, 1 << (form.flags >> F.F_COUNT_SHIFT & 7), self.bits)
            if old not in text:
                return None
            texts[tool] = text.replace(old, spelled[tool])
        return Statement("memory", texts["nasm"], texts["gas"])

    def with_immediate(self, name: str, form: F.Form, at: int) -> Statement | None:
        """A statement with a symbol as an immediate operand and registers beside it."""
        places = [i for i, mask in enumerate(form.masks) if mask & _SYMBOLIC]
        case = plain.draw_case(self.draw, name, form, self.bits, self.pools)
        if case is None or not places or not isinstance(case.operands[places[-1]], int):
            return None
        symbol = self.symbol(at)
        if self.draw.random() < 0.2:
            symbol = f"{self.label(at)}-{self.label(at)}"
        texts = {}
        for tool in ("nasm", "gas"):
            parts = [plain.spell("", [one], tool, form, self.bits).strip() for one in case.operands]
            parts[places[-1]] = symbol if tool == "nasm" or "-S" in symbol else f"offset {symbol}"
            texts[tool] = f"{name} {', '.join(parts)}"
        return Statement("immediate", texts["nasm"], texts["gas"])

    def immediate(self, at: int) -> Statement | None:
        """The commonest statements with an address as an immediate."""
        symbol = self.symbol(at)
        registers = {16: ("ax", "cx", "ebx"), 32: ("eax", "ecx", "bx"), 64: ("eax", "rcx", "r9", "r9d")}
        register = self.draw.choice(registers[self.bits])
        name = self.draw.choice(("mov", "mov", "add", "cmp", "test", "push"))
        left = f"{name} " + ("" if name == "push" else f"{register}, ")
        return Statement("immediate", left + symbol, f"{left}offset {symbol}")

    def branch(self, at: int) -> Statement | None:
        """A branch to a label or a foreign symbol."""
        draw = self.draw
        target = self.label(at) if draw.random() < 0.85 else draw.choice(("ext", "ext+4", "dat"))
        kind = draw.random()
        if kind < 0.12:
            names = {16: ("loop", "loope", "loopne", "jcxz", "jecxz"), 32: ("loop", "loopz", "loopnz", "jcxz", "jecxz"),
                     64: ("loop", "loope", "loopne", "jecxz", "jrcxz")}[self.bits]  # fmt: skip
            text = f"{draw.choice(names)} {target}"
            return Statement("branch", text, text)
        if kind < 0.2:
            text = f"xbegin {target}"
            return Statement("branch", text, text)
        name = "jmp" if kind < 0.4 else "call" if kind < 0.55 else draw.choice(JUMPS)
        word = draw.choice(("", "", "", "", "near ", "short " if name != "call" else "", "strict near "))
        return Statement("branch", f"{name} {word}{target}", "" if word else f"{name} {target}")

    def far(self, at: int) -> Statement | None:
        """A far jump or call in 16- or 32-bit code."""
        draw = self.draw
        name = draw.choice(("jmp", "call"))
        selector = draw.choice((0, 8, 0x1234, 0xFFFF))
        offset = draw.choice((str(draw.choice((0, 0x10, 0x1234, 0xFFFF))), self.symbol(at), self.symbol(at)))
        size = draw.choice(("", "", "word ", "dword "))
        if draw.random() < 0.3:
            return Statement("far", f"{name} {size}far [{self.symbol(at)}]", "")
        plain_gas = f"l{name} {selector}, {offset}" if not size and offset.isdigit() else ""
        return Statement("far", f"{name} {size}{selector}:{offset}", plain_gas)

    def data(self, at: int) -> Statement | None:
        """Addresses and differences as data."""
        draw = self.draw
        nasm, gas = draw.choice((("dd", ".long"), ("dq", ".quad"), ("dw", ".word"), ("dd", ".long")))
        if draw.random() < 0.4:
            value = f"{self.label(at)}-{self.label(at)}{draw.choice(('', '+1'))}"
        elif draw.random() < 0.3:
            value = f"{self.symbol(at)}-{draw.choice(('.', self.label(at)))}"
        else:
            value = self.symbol(at)
        return Statement("data", f"{nasm} {value.replace('-.', '-$')}", f"{gas} {value}")

    def special(self, at: int) -> Statement | None:
        """Relocation operators."""
        draw = self.draw
        if self.bits == 64:
            register = draw.choice(("rax", "r10"))
            nasm, gas = draw.choice((
                (f"mov {register}, [rel ext wrt ..got]", f"mov {register}, [rip+ext@GOTPCREL]"),
                ("call [rel ext wrt ..got]", "call [rip+ext@GOTPCREL]"),
                ("call ext wrt ..plt", "call ext@PLT"), ("jmp ext wrt ..plt", "jmp ext@PLT"),
                (f"mov {register}, [rel tls wrt ..gottpoff]", f"mov {register}, [rip+tls@GOTTPOFF]"),
                ("", f"lea {register}, [rip+tls@TLSGD]"), ("", f"mov {register}, fs:[{register}+tls@TPOFF]"),
                ("dq ext wrt ..sym", ".quad ext"), ("", ".long ext@GOTOFF"), ("", ".quad ext@SIZE"),
                ("", f"cmp {register}, [rip+ext@GOTPCREL]"), ("", f"test [rip+ext@GOTPCREL], {register}"),
            ))  # fmt: skip
        elif self.bits == 32:
            nasm, gas = draw.choice((
                ("mov eax, [ebx+ext wrt ..got]", ""), ("call ext wrt ..plt", ""), ("lea eax, [ebx+dat wrt ..gotoff]", ""),
                ("dd ext wrt ..sym", ""), ("mov eax, [ext wrt ..gotpc]", ""), ("add ebx, ext wrt ..gotpc", ""),
            ))  # fmt: skip
        else:
            return None
        return Statement("operator", nasm, gas)

    def filler(self, at: int) -> Statement | None:
        """Bytes that bring branches to the ends of their reach."""
        size = self.draw.choice(FILLERS)
        return Statement("filler", f"times {size} db 0x90", f".fill {size}, 1, 0x90")


_MEMORY = 0
for _name in ("m8", "m16", "m32", "m64", "m128", "m256", "m512", "m", "m80", "m48", "b16", "b32", "b64"):
    _MEMORY |= CLASS[_name]
_SYMBOLIC = CLASS["i32"] | CLASS["i32s64"] | CLASS["i64"] | CLASS["i16"] | CLASS["i8"]


def _troubled(name: str) -> bool:
    """Mnemonics on which some tool is known to be wrong without symbols already: fuzz_asm.py has the rules."""
    return (
        "ph" in name[-6:] or "sh" in name[-4:] or "ph2" in name or "bf16" in name
        or name in ("vmovw", "movdir64b", "enqcmd", "enqcmds", "ptwrite", "vextractps", "call", "jmp", "vcvtusi2ss", "vcvtusi2sd")
    )  # fmt: skip


def _memory(mem: O.Mem, base: O.Reg | None, symbol: str, relative: bool, tool: str, form: F.Form) -> str:
    """A memory operand with a symbol."""
    count = 1 << (form.flags >> F.F_COUNT_SHIFT & 7)
    tail = (f"{{1to{count}}}" if mem.count else "") + (f"{{k{mem.opmask}}}" if mem.opmask else "")
    prefix = f"{mem.segment.name}:" if mem.segment is not None else ""
    parts = [] if relative or base is None else [base.name]
    if mem.index is not None:
        parts.append(f"{mem.index.name}*{mem.scale}" if mem.scale > 1 else mem.index.name)
    size = (NASM_SIZE if tool == "nasm" else GAS_SIZE)[mem.bits]
    if mem.count and tool == "nasm":
        size = ""
    if relative and tool == "nasm":
        return f"{size}[rel {prefix}{symbol}]{tail}"
    parts = ["rip"] if relative else parts
    inner = "+".join([*parts, symbol])
    return f"{size}[{prefix}{inner}]{tail}" if tool == "nasm" else f"{size}{prefix}[{inner}]{tail}"


# -- running -----------------------------------------------------------------------------------------------------------
NASM_HEAD = "bits {bits}\ndefault abs\nextern ext, tls\nsection .data\ndat: dd 1, 2\ndat2: dd 3\nsection .text\nSTART: nop\n"
GAS_HEAD = ".intel_syntax noprefix\n.code{bits}\n.data\ndat: .long 1, 2\ndat2: .long 3\n.text\nSTART: nop\n"
COMMANDS = {
    "nasm": lambda bits: ["nasm", "-f", "elf64" if bits == 64 else "elf32", "-w-all", "-o", "x.o", "x.s"],
    "gas": lambda bits: ["as", "-o", "x.o", "x.s"],
    "llvm": lambda bits: plain.COMMANDS["llvm"]("x.s", "x.o", bits),
}
Answer = tuple[bytes | None, dict[int, str]]


def theirs(tool: str, text: str, bits: int, folder: str) -> Answer:
    """(the object or None, refused line -> message) of a tool."""
    Path(folder, "x.s").write_text(text)
    done = subprocess.run(COMMANDS[tool](bits), cwd=folder, capture_output=True, text=True, check=False, timeout=120)
    bad: dict[int, str] = {}
    for line in done.stderr.splitlines():
        found = re.match(r"(?:panic: )?x\.s:(\d+):(?:\d+:)? *(.*)", line)
        if found and ("rror" in line or "panic" in line):
            bad[int(found.group(1))] = found.group(2)
    if done.returncode and not bad:
        raise SystemExit(f"{tool} ended with {done.returncode}: {done.stderr[:500]!r}")
    return (None if bad else Path(folder, "x.o").read_bytes()), bad


def ours(tool: str, text: str, bits: int) -> Answer:
    """The same from our front end."""
    if tool == "nasm":
        from starklink.asm.nasm import assemble_text

        result = assemble_text(text, "elf64" if bits == 64 else "elf32", name="x.s")
        data, messages = result.data, result.messages
    else:
        from starklink.asm.gas.api import assemble
        from starklink.asm.gas.errors import AssemblyFailed

        try:
            data, messages = assemble(text, "x.s"), ""
        except AssemblyFailed as error:
            data, messages = None, str(error)
    found = re.findall(r"^x\.s:(\d+):(?:\d+:)? *error: (.*)$", messages, re.MULTILINE)
    bad = {int(number): message for number, message in found}
    if data is None and not bad:
        raise SystemExit(f"we refuse without a line: {messages[:500]}")
    return data, bad


def pieces(data: bytes) -> dict[int, Made]:
    """The statements of an object's .text, by the number of the label before them."""
    elf = ELFFile(BytesIO(data))
    names = [section.name for section in elf.iter_sections()]
    text = names.index(".text")
    rows = list(elf.get_section_by_name(".symtab").iter_symbols())
    starts = sorted((row["st_value"], int(row.name[1:])) for row in rows if re.fullmatch(r"S\d+", row.name))
    code = elf.get_section(text).data()
    relocations: list[tuple[int, int, str, int]] = []
    for name in (".rel.text", ".rela.text"):
        section = elf.get_section_by_name(name)
        for one in section.iter_relocations() if section is not None else ():
            target = rows[one["r_info_sym"]]
            addend = one["r_addend"] if one.is_RELA() else 0
            home = target["st_shndx"]
            if isinstance(home, int) and target["st_info"]["bind"] == "STB_LOCAL":
                relocations.append((one["r_offset"], one["r_info_type"], names[home], addend + target["st_value"]))
            else:
                relocations.append((one["r_offset"], one["r_info_type"], target.name, addend))
    relocations.sort()
    found: dict[int, Made] = {}
    at = 0
    for index, (start, number) in enumerate(starts):
        end = starts[index + 1][0] if index + 1 < len(starts) else len(code)
        while at < len(relocations) and relocations[at][0] < start:
            at += 1
        mine = []
        while at < len(relocations) and relocations[at][0] < end:
            where, *rest = relocations[at]
            mine.append((where - start, *rest))
            at += 1
        found[number] = Made(code[start:end], tuple(mine))  # type: ignore[arg-type]
    return found


# -- verdicts ----------------------------------------------------------------------------------------------------------
class Finding(NamedTuple):
    """A statement on which a tool and we differ: `we` and `they` are bytes with relocations, or messages."""

    tool: str
    statement: Statement
    we: Made | str
    they: Made | str

    def __str__(self) -> str:
        text = self.statement.nasm if self.tool == "nasm" else self.statement.gas
        return f"{self.tool}: {text}\n      we:   {self.we}\n      they: {self.they}"


class Rule(NamedTuple):
    """Explains findings with a tool ("" = any)."""

    tool: str
    why: str
    applies: Callable[[Finding], bool]


def _types(finding: Finding, we: int, they: int) -> bool:
    """Whether nothing but the type of a relocation differs."""
    if isinstance(finding.we, str) or isinstance(finding.they, str) or finding.we.data != finding.they.data:
        return False
    return [(at, we if kind == they else kind, *rest) for at, kind, *rest in finding.they.relocations] == [
        tuple(one) for one in finding.we.relocations
    ]


def _longer(finding: Finding) -> bool:
    """Whether the tool's encoding is longer, with the same relocation."""
    if isinstance(finding.we, str) or isinstance(finding.they, str) or len(finding.they.data) <= len(finding.we.data):
        return False
    return [one[1:3] for one in finding.they.relocations] == [one[1:3] for one in finding.we.relocations]


def _refused(*kinds: str) -> Callable[[Finding], bool]:
    return lambda finding: finding.we == "accepted" and finding.statement.kind in kinds


def _named(*names: str) -> Callable[[Finding], bool]:
    return lambda finding: finding.statement.gas.split(" ")[0].startswith(names)


def _off_by_one(finding: Finding) -> bool:
    """Whether an addend does not count the byte behind the field."""
    if isinstance(finding.we, str) or isinstance(finding.they, str) or finding.we.data != finding.they.data:
        return False
    return [(at, kind, name, addend - 1) for at, kind, name, addend in finding.they.relocations] == list(finding.we.relocations)


def _rex_w(finding: Finding) -> bool:
    """Whether the tool leaves out a REX.W that changes nothing."""
    if isinstance(finding.we, str) or isinstance(finding.they, str) or len(finding.they.data) >= len(finding.we.data):
        return False
    return plain._rex_w(plain.Case("", (), None, finding.we.data, {}), finding.they.data)  # type: ignore[arg-type]


def _shorter(finding: Finding, name: str) -> bool:
    """Whether the tool's encoding of that instruction is shorter, with the same relocation."""
    return _named(name)(finding) and _longer(finding._replace(we=finding.they, they=finding.we))


def _kept_long(finding: Finding) -> bool:
    """Whether a branch whose target is just in reach has its long form."""
    if finding.statement.kind != "branch" or isinstance(finding.we, str) or isinstance(finding.they, str):
        return False
    if len(finding.we.data) != 2 or len(finding.they.data) < 5 or finding.they.relocations:
        return False
    return abs(int.from_bytes(finding.we.data[1:], "little", signed=True)) >= 0x70


KNOWN: list[Rule] = [
    Rule("nasm", "nasm does not shorten a branch again that was out of reach in an earlier pass", _kept_long),
    Rule("", "REX.W does not matter here", lambda f: _rex_w(f) or _shorter(f, "extractps")),
    Rule("nasm", "nasm takes these to have an operand size in 16-bit code", _named("incsspd", "rdsspd", "wrssd", "wrussd")),
    Rule("", "both forms of pextrw from a register mean the same", _named("pextrw", "vpextrw")),
    Rule("gas", "as has 32-bit addresses for these in 16-bit code", _named("bnd")),
    Rule("llvm", "llvm moves 64 bits of xmm16 and up to memory by the other opcode", _named("vmovq")),
    Rule("llvm", "llvm sees no branch in xbegin", _named("xbegin")),
    Rule("llvm", "llvm takes tables of six bytes for those of 16-bit code", _named("sgdt", "sidt", "lgdt", "lidt")),
    Rule("llvm", "llvm 14 pushes symbols as 16-bit numbers in 32-bit code", lambda f: f.statement.gas.startswith("push offset")),
    Rule("llvm", "llvm calls with 32 bits in 16-bit code", lambda f: str(f.they).startswith("66e8")),
    Rule("llvm", "llvm clears the last bit of the first mask register of a pair", _named("vp2intersect")),
    Rule("llvm", "llvm 14 forgets that the opcode of 3DNow! stands behind the address", _off_by_one),
    Rule("llvm", "llvm has 32-bit GOTOFF relocations, which the psABI of x86-64 has not", lambda f: "@GOTOFF" in f.statement.gas),
    Rule("", "the tool does not know the instruction, or not with this size of operand", _refused("memory", "immediate")),
    Rule("llvm", "llvm leaves branches to local symbols of other sections to the linkage table, too", lambda f: _types(f, 2, 4)),
    Rule("llvm", "llvm 14 has signed addresses with 32-bit registers", lambda f: _types(f, 10, 11)),
    Rule("llvm", "llvm has no accumulator form with a symbol", _longer),
]


def explained(finding: Finding) -> str:
    """The rule that explains a finding, "" if there is none."""
    for rule in KNOWN:
        if rule.tool in ("", finding.tool) and rule.applies(finding):
            return rule.why
    return ""


def compared(tool: str, statements: Sequence[Statement], bits: int, folder: str) -> tuple[int, list[Finding]]:
    """(statements that are equal, findings) of one program."""
    head = (NASM_HEAD if tool == "nasm" else GAS_HEAD).format(bits=bits)
    first = head.count("\n") + 1
    texts = [one.nasm if tool == "nasm" else one.gas for one in statements]
    alive = {index for index, text in enumerate(texts) if text}
    findings: list[Finding] = []

    def source(kept: set[int]) -> str:
        return head + "\n".join([f"S{index}: {text if index in kept else ''}" for index, text in enumerate(texts)]) + "\n"

    for _ in range(60):
        text = source(alive)
        (their_data, their_bad), (our_data, our_bad) = theirs(tool, text, bits, folder), ours(tool, text, bits)
        dead = {number - first for number in {*their_bad, *our_bad}} & alive
        for index in sorted(dead):
            they, we = their_bad.get(index + first, ""), our_bad.get(index + first, "")
            if not (they and we):
                # early errors hide later ones: the verdict of each on this statement alone
                alone = source({index})
                they = theirs(tool, alone, bits, folder)[1].get(index + first, "")
                we = ours(tool, alone, bits)[1].get(index + first, "")
            if bool(they) != bool(we):
                findings.append(Finding(tool, statements[index], we or "accepted", they or "accepted"))
        if dead:
            alive -= dead
            continue
        assert their_data is not None and our_data is not None
        they_made, we_made = pieces(their_data), pieces(our_data)
        different = [index for index in sorted(alive) if they_made[index] != we_made[index]]
        shifted = [index for index in different if len(they_made[index].data) != len(we_made[index].data)]
        sized = [index for index in shifted if statements[index].kind not in ("branch", "data", "filler")] or shifted[:1]
        for index in sized or different:  # (what follows a statement of another size is not comparable)
            findings.append(Finding(tool, statements[index], we_made[index], they_made[index]))
            alive.discard(index)
        if not shifted:
            return len(alive), findings
    raise SystemExit(f"{tool}: too many differences")


def fuzz(count: int, seed: int, bits: int) -> tuple[Counter[str], list[Finding]]:
    """(count per verdict, findings nobody explains)."""
    counts: Counter[str] = Counter()
    open_findings: list[Finding] = []
    with tempfile.TemporaryDirectory() as folder:
        for number in range(0, count, BATCH):
            statements = Drawing(seed * 100_003 + number, bits, min(BATCH, count - number)).program()
            for tool in TOOLS:
                same, findings = compared(tool, statements, bits, folder)
                counts[f"{tool}: identical"] += same
                for finding in findings:
                    why = explained(finding)
                    if isinstance(finding.we, Made):
                        counts[f"{tool}: other encoding"] += 1
                    counts[f"{tool}: " + (f"explained: {why}" if why else "open")] += 1
                    if not why:
                        open_findings.append(finding)
    return counts, open_findings


def main() -> int:
    """Run the command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=3000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--bits", type=int, default=64, choices=(16, 32, 64))
    parser.add_argument("--limit", type=int, default=40)
    options = parser.parse_args()
    counts, open_findings = fuzz(options.count, options.seed, options.bits)
    for kind, number in counts.most_common():
        print(f"{number:7} {kind}")
    print(f"{len(open_findings)} without explanation")
    for finding in open_findings[: options.limit]:
        print(finding)
    return 1 if open_findings else 0


if __name__ == "__main__":
    raise SystemExit(main())
