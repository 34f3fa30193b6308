"""Order of symbols, and the site table built from placed fragments."""

from __future__ import annotations

import struct

from starklink.codegen.generate import generate
from starklink.codegen.placement import place, reachable
from starklink.codegen.sitetable import site_table
from starklink.ir.module import Module
from starklink.ir.text import parse
from starklink.objwriter.model import Fixup, Fragment
from starklink.support.spans import SourceMap

TEXT = """module m
entry @main
data @unused section .rodata size 8 align 8 {
}
data @first section .rodata size 8 align 8 {
}
data @table section .rodata size 16 align 8 {
  addr 0: @virtual + 0
}
func @lonely() -> void {
b0:
  ret
}
func @deep() -> void {
b0:
  ret
}
func @virtual() -> void {
b0:
  ret
}
func @second() -> void {
b0:
  ret
}
func @__trap_null() -> void {
b0:
  ret
}
func @helper(ptr) -> void {
b0(v1: ptr):
  nullchk v1
  call @deep()
  ret
}
func @main() -> void {
b0:
  v1: ptr = symaddr @first, 0
  call @helper(v1)
  v2: ptr = symaddr @table, 0
  call @helper(v2)
  call @second()
  ret
}
func @kept() -> void exported {
b0:
  ret
}
"""


def names(module: Module, numbers: list[int]) -> list[str]:
    return [symbol.symbol for number in numbers if (symbol := module.symbols[number]) is not None]


def test_callees_follow_callers_and_data_its_first_user() -> None:
    module = parse(TEXT)
    order = names(module, place(module))
    assert order == ["main", "first", "helper", "deep", "table", "virtual", "second", "kept", "__trap_null"]
    assert {module.symbols[n].symbol for n in reachable(module)} == set(order)   # type: ignore[union-attr]


def test_wanted_limits_and_completes() -> None:
    module = parse(TEXT)
    wanted = reachable(module) - {module.symbol_ids["second"]} | {module.symbol_ids["lonely"]}
    order = names(module, place(module, wanted))
    assert "second" not in order and order[-1] == "lonely"


def words(fragment: Fragment, width: int = 4) -> list[int]:
    return list(struct.unpack(f"<{len(fragment.data) // width}{'I' if width == 4 else 'Q'}", fragment.data))


def test_site_table() -> None:
    sources = SourceMap()
    entry = sources.add("main.fsh", "void main() {\n    helper();\n}\n")
    other = sources.add("other.fsh", "void helper() {\n  deep();\n}\n")
    module = parse(f"""module m
func @lib() -> void {{
b0:
  ret
}}
func @helper() -> void {{
b0:
  call @lib() pos {other.base + 18} scope 0
  ret
}}
func @main() -> void {{
b0:
  call @helper() pos {entry.base + 18} scope 0
  call @lib() pos {entry.base + 18} scope 0
  ret
}}
func @library() -> void {{
b0:
  call @lib()
  ret
}}
""")
    for number, pos in ((2, other.base), (3, entry.base)):
        module.function(number).pos = pos
    module.function(3).name = "Main"
    module.function(4).runtime = True
    fragments = generate(module, [3, 2, 4, 1])
    assert site_table(module, fragments, sources) == []
    user = Fragment("__trace", ".text", bytes(8), fixups=[Fixup(0, 10, "__sites_pc", 0)])
    table = {f.symbol: f for f in site_table(module, [*fragments, user], sources)}
    count = words(table["__site_count"], 8)[0]
    assert len(table["__sites_pc"].fixups) == count
    # One fixup a site, in the order of the text: addresses ascend.
    code = {f.symbol: f for f in fragments}
    pcs = [(fixup.symbol, fixup.addend) for fixup in table["__sites_pc"].fixups]
    assert pcs[:3] == [("main", code["main"].sites[0].offset), ("main", code["main"].sites[1].offset),
                       ("helper", code["helper"].sites[0].offset)]
    rows = words(table["__sites_row"])
    scopes = words(table["__scopes"])
    named = {fixup.offset: fixup.symbol for fixup in table["__scopes"].fixups}

    def text(offset: int) -> str:
        fragment = table[named[offset]]
        assert fragment.fixups == [Fixup(0, 1, "string$desc", 0)]
        length = struct.unpack_from("<Q", fragment.data, 8)[0]
        assert fragment.size % 8 == 0 and fragment.size > 16 + length
        return fragment.data[16:16 + length].decode()
    sites = [rows[4 * k:4 * k + 4] for k in range(3)]
    assert [(text(16 * scope), text(16 * scope + 4), scopes[4 * scope + 2]) for scope, *_ in sites] == [
        ("Main", "main.fsh", 0), ("Main", "main.fsh", 0), ("helper", "other.fsh", 1)]
    assert [(place >> 12, place & 4095) for _, place, _, _ in sites] == [(2, 5), (2, 5), (2, 3)]
    assert [frame for _, _, frame, _ in sites] == [code["main"].sites[0].frame] * 2 + [code["helper"].sites[0].frame]
