"""Sections no pattern matches: GNU ld's rules of where they go (GNU ld manual, "Orphan Sections").

An orphan joins an output section of its name with the same loading properties; otherwise it becomes an output section of
its own behind the last one of its kind: code behind .text, read-only data behind .rodata, and so on; what has no address goes
to the end.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

from ...support.record import dataclass
from ..plan import DISCARD, Assign, Expr, Input, OutputSection
from .table import ALLOC, CODE, CONTENTS, DEBUG, LOAD, READONLY, SHT_NOTE, SHT_REL, SHT_RELA, TLS, Out, Placed, Sections

_KINDS: Final = {
    "text": (".text", CONTENTS | ALLOC | LOAD | READONLY | CODE),
    "rodata": (".rodata", CONTENTS | ALLOC | LOAD | READONLY),
    "tdata": (".tdata", CONTENTS | ALLOC | LOAD | TLS),
    "data": (".data", CONTENTS | ALLOC | LOAD),
    "bss": (".bss", ALLOC),
    "rel": ("", CONTENTS | ALLOC | LOAD | READONLY),
    "interp": (".interp", CONTENTS | ALLOC | LOAD | READONLY),
    "nonalloc": (".comment", CONTENTS),
}
_ALL: Final = CONTENTS | ALLOC | LOAD | READONLY | CODE | TLS


@dataclass(slots=True, eq=False)
class _Node:
    """A statement in a linked list: orphans are inserted in the middle, and there may be thousands."""

    statement: Placed | None
    next: _Node | None = None


@dataclass(slots=True, eq=False)
class _Place:
    """Where orphans of a kind go: the output section in front of them, and the last one placed."""

    after: _Node | None = None
    searched: bool = False
    last: _Node | None = None


def insert_point(statements: Sequence[Any], after: int, near: Callable[[Any], bool]) -> int:
    """Index at which to insert behind the output section `after` (-1: the start): behind the assignments that follow it, but in
    front of a `. = ...` that another output section (one that `near` holds for) comes behind."""
    assign = -1
    ignore_first = after < 0
    at = after + 1
    while at < len(statements):
        one = statements[at]
        if isinstance(one, Assign):
            if assign < 0 and one.name == ".":
                if not ignore_first:
                    assign = at
                ignore_first = False
        elif isinstance(one, Out | OutputSection):
            return assign if assign >= 0 and near(one) else at
        at += 1
    return at


def place_orphans(statements: list[Placed], table: Sections, left: list[int], common: Out | None) -> list[Placed]:
    """The statements with the sections `left` (ids in link order) placed. `common`: the home of sections named COMMON."""
    head = _Node(None)
    tail = head
    for one in statements:
        tail.next = _Node(one)
        tail = tail.next
    by_name: dict[str, list[_Node]] = {}
    node = head.next
    while node is not None:
        if isinstance(node.statement, Out) and not node.statement.dropped:
            by_name.setdefault(node.statement.name, []).append(node)
        node = node.next
    first = {name: by_name[wanted][0] for name, (wanted, _) in _KINDS.items() if wanted in by_name}
    places = {name: _Place(first.get(name), name in first) for name in _KINDS}
    for number in left:
        name = table.name[number]
        if name == "COMMON":
            home = common or next((node.statement for node in by_name.get(".bss", ()) if isinstance(node.statement, Out)), None)
            if home is not None:
                _append(home, table, number)
                continue
            name = ".bss"
        if name == DISCARD:
            name = "/discard/"
        added = table.properties(number)
        if _joins(by_name.get(name, ()), table, number, added):
            continue
        made = _Node(_orphan(name, table, number, added))
        by_name.setdefault(name, []).append(made)
        _insert(head, places, made, added, table.type[number])
    out: list[Placed] = []
    node = head.next
    while node is not None:
        if node.statement is not None:
            out.append(node.statement)
        node = node.next
    return out


def _joins(nodes: Sequence[_Node], table: Sections, number: int, added: int) -> bool:
    """Put a section into an output section of its name, if one fits."""
    unused: Out | None = None
    for node in nodes:
        out = node.statement
        if not isinstance(out, Out):
            continue
        if out.exists and (not out.properties or not (out.properties ^ added) & (LOAD | ALLOC)):
            _append(out, table, number)
            return True
        if not out.exists:
            unused = out
    if unused is None:
        return False
    _append(unused, table, number)
    return True


def _append(out: Out, table: Sections, number: int) -> None:
    last = out.commands[-1] if out.commands else None
    if not (isinstance(last, Input) and last.sections == []):
        out.commands.append(Input(sections=[]))
        out.members.append([])
    out.add(table, number, len(out.commands) - 1)


def _orphan(name: str, table: Sections, number: int, added: int) -> Out:
    spec = OutputSection(name, orphan=True)
    if not added & (LOAD | ALLOC):
        spec.address = Expr("num", (0,))
    out = Out(spec)
    _append(out, table, number)
    return out


def _kind(added: int, elf_type: int) -> str:
    if not added & (ALLOC | DEBUG):
        return "nonalloc"
    if not added & ALLOC:
        return ""
    if added & LOAD and elf_type == SHT_NOTE:
        return "interp"
    if not added & (LOAD | CONTENTS | TLS):
        return "bss"
    if added & TLS:
        return "tdata"
    if not added & READONLY:
        return "data"
    if elf_type in (SHT_RELA, SHT_REL) and added & LOAD:
        return "rel"
    return "text" if added & CODE else "rodata"


def _insert(head: _Node, places: dict[str, _Place], made: _Node, added: int, elf_type: int) -> None:
    kind = _kind(added, elf_type)
    if not kind:
        node = head
        while node.next is not None:
            node = node.next
        node.next = made
        return
    place = places[kind]
    if not place.searched:
        place.after = _by_flags(head, added, elf_type)
        place.searched = place.after is not None
    after = place.after
    out = made.statement
    if isinstance(out, Out) and after is not None and isinstance(after.statement, Out) and added & (LOAD | ALLOC):
        model = after.statement.spec
        out.spec.region, out.spec.lma_region, out.spec.phdrs = model.region, model.lma_region, list(model.phdrs)
    before = place.last if place.last is not None else _point(after if after is not None else head, head)
    made.next, before.next = before.next, made
    place.last = made


def _point(after: _Node, head: _Node) -> _Node:
    """The node to insert behind; see `insert_point`."""
    nodes: list[_Node] = []
    node = after.next
    while node is not None:
        nodes.append(node)
        if isinstance(node.statement, Out):
            break
        node = node.next
    at = insert_point([None, *(one.statement for one in nodes)], -1 if after is head else 0, _near)
    # Index 0 of that list is `after` itself (or nothing, which insert_point passes over).
    return nodes[at - 2] if at >= 2 else after


def _near(out: Out) -> bool:
    return not any(out.members) or bool(out.properties & ALLOC)


def _by_flags(head: _Node, wanted: int, elf_type: int, typed: bool = True) -> _Node | None:
    """The output section to stand behind, by properties: the last one that is like it, then less and less alike."""
    rows: list[tuple[_Node, int, bool]] = []
    node = head.next
    while node is not None:
        out = node.statement
        if isinstance(out, Out) and not out.dropped:
            alike = not typed or not out.exists or out.type == elf_type
            rows.append((node, _look(out), alike))
        node = node.next

    def last(differs: int) -> _Node | None:
        return next((node for node, flags, _ in reversed(rows) if not (flags ^ wanted) & differs), None)

    found = next((node for node, flags, alike in reversed(rows) if alike and not (flags ^ wanted) & _ALL), None)
    if found is not None:
        return found
    if wanted & CODE and wanted & ALLOC:
        found = last(CONTENTS | ALLOC | LOAD | CODE | TLS)
    elif wanted & READONLY and wanted & ALLOC:
        found = last(CONTENTS | ALLOC | LOAD | READONLY)
    elif wanted & TLS and wanted & ALLOC:
        found = _tls(rows, wanted)
    elif wanted & CONTENTS and wanted & ALLOC:
        found = last(CONTENTS | ALLOC | LOAD | TLS)
    elif wanted & ALLOC:
        found = last(ALLOC)
    else:
        return next((node for node, flags, _ in reversed(rows) if not (flags ^ wanted) & DEBUG), None)
    if found is not None or not typed:
        return found
    return _by_flags(head, wanted, elf_type, False)


def _look(out: Out) -> int:
    """Properties of an output section; those of well-known empty ones follow their names."""
    if out.exists:
        return out.properties
    return next((flags for name, flags in _KINDS.values() if name == out.name), 0)


def _tls(rows: list[tuple[_Node, int, bool]], wanted: int) -> _Node | None:
    """.tdata goes behind .data, .tbss behind .tdata; both stay together."""
    found: _Node | None = None
    seen = False
    for node, flags, _ in rows:
        differ = flags ^ (wanted | LOAD | CONTENTS)
        if not differ & (TLS | ALLOC):
            if not flags & LOAD and wanted & LOAD:
                break
            found, seen = node, True
        elif seen:
            break
        elif not differ & (CONTENTS | ALLOC | LOAD):
            found = node
    return found
