"""Null checks that accesses stand for: which ones do, and that the others stay a test and a branch (codegen/isel_null.py)."""

from __future__ import annotations

import pytest

from starklink import compile_text
from starklink.codegen.generate import Options, generate
from starklink.ir.text import parse
from starklink.ir.verify import check

IR = """func @f(ptr, i64, ptr) -> i64 {{
b0(v1: ptr, v2: i64, v3: ptr):
{}
}}
func @g() -> void
func @__trap_null() -> void
func @__trap_index(i64, i64) -> void
func @__trap_ovf_add() -> void
"""
CASES = {
    "load": ("  nullchk v1\n  v4: i64 = load v1, 8\n  ret v4", True),
    "last offset": ("  nullchk v1\n  v4: i64 = load v1, 4088\n  ret v4", True),
    "beyond the page": ("  nullchk v1\n  v4: i64 = load v1, 4089\n  ret v4", False),
    "before the object": ("  nullchk v1\n  v4: i64 = load v1, -8\n  ret v4", False),
    "store": ("  nullchk v1\n  store v1, v2, 8\n  ret v2", True),
    "store of a constant": ("  nullchk v1\n  v4: i64 = iconst 7\n  store v1, v4, 8\n  ret v2", True),
    "store of a large constant": ("  nullchk v1\n  v4: i64 = iconst 78187493530\n  store v1, v4, 8\n  ret v2", False),
    "pure code between": ("  nullchk v1\n  v4: i64 = add v2, v2\n  v5: i64 = load v1, 8\n  v6: i64 = add v4, v5\n  ret v6", True),
    "dead load": ("  nullchk v1\n  v4: i64 = load v1, 8\n  ret v2", False),
    "store elsewhere between": ("  nullchk v1\n  store v3, v2, 0\n  v4: i64 = load v1, 8\n  ret v4", False),
    "call between": ("  nullchk v1\n  call @g()\n  v4: i64 = load v1, 8\n  ret v4", False),
    "other trap between": (
        "  nullchk v1\n  v5: i64 = sadd_trap v2, v2, ovf_add\n  v4: i64 = load v1, 8\n  v6: i64 = add v4, v5\n  ret v6", False),
    "other object": ("  nullchk v1\n  v4: i64 = load v3, 8\n  ret v4", False),
    "index": (
        "  nullchk v1\n  v4: i64 = iconst 3\n  v5: i64 = shl v2, v4\n  v6: ptr = add v1, v5\n  v7: i64 = load v6, 16\n  ret v7",
        False),
    "bounds": ("  nullchk v1\n  v4: i64 = load v1, 8\n  bounds v2, v4, index\n  ret v2", True),
    "load before a trap": (
        "  nullchk v1\n  v4: i64 = load v1, 8\n  v5: i64 = sadd_trap v2, v2, ovf_add\n  v6: i64 = add v5, v4\n  ret v6", True),
    "trap between length and bounds":
        ("  nullchk v1\n  v4: i64 = load v1, 8\n  v5: i64 = sadd_trap v2, v2, ovf_add\n  bounds v5, v4, index\n  ret v5", True),
    "only use behind a store":
        ("  nullchk v1\n  v4: i64 = load v1, 8\n  store v3, v2, 0\n  v6: i64 = add v2, v4\n  ret v6", True),
}


@pytest.mark.parametrize("name", CASES)
def test_folded(name: str) -> None:
    text, folds = CASES[name]
    module = parse(IR.format(text))
    check(module)
    number = module.symbol_ids["f"]
    for wanted in (True, False):
        (fragment, *_) = generate(module, [number], 2, Options(fold_null=wanted, check=True))
        handlers = [fixup.symbol for fixup in fragment.fixups if "__trap" in fixup.symbol]
        assert ("__trap_null" in handlers) == (not (folds and wanted))
        assert len(fragment.sites) == text.count("call") + len(handlers) + (folds and wanted)
        assert sorted(site.offset for site in fragment.sites) == [site.offset for site in fragment.sites]


BIG = """class Big {{ {} public int far; public int[] list; }}
int read(Big b, int n) {{ if (n > 0) return read(b, n - 1); return b.{}; }}
void main() {{ try {{ print(read(null, 3)); }} catch (NullPointerException e) {{ print(e.StackTrace()); }} }}"""


@pytest.mark.parametrize("level", [0, 2])
@pytest.mark.parametrize("field", ["f3", "f600", "far", "list[0]"])
def test_near_and_far_fields_behave_alike(field: str, level: int) -> None:
    text = BIG.format(" ".join(f"public int f{one};" for one in range(700)), field)
    done = compile_text(text, "main.fsh", level=level).link().run(timeout=20)
    calls = "".join("\n  at read:2" for _ in range(4))
    assert done.stdout == f"NullPointerException: Null pointer dereference\nStack trace:{calls}\n  at main:3\n"


def test_many_checks_bring_the_handler_of_faults() -> None:
    head = "class N { public int v; public N next; }\nvoid main() { N n = new N(); int s = 0;\n"
    line = "try { s += n.next.v; } catch (NullPointerException e) { s++; }\n"
    for count, wanted in ((2, False), (30, True)):
        program = compile_text(head + line * count + "print(s); n = n.next; print(n.v); }", "main.fsh", level=2)
        assert ("__stack_guard" in program.module.symbol_ids) == wanted
        done = program.link().run(timeout=20)
        assert (done.returncode, done.stdout) == (102, f"{count}\n")
        assert f"main.fsh:{3 + count}:30: NullPointerException" in done.stderr
