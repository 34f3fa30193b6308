"""Which output section each input section goes to: the first pattern in script order that matches it (GNU ld manual,
"Input Section Basics"); within a pattern, link order unless it is sorted."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cmp_to_key
from typing import Final

from ..plan import DISCARD, Assert, Assign, Data, Expr, Fill, Input, OutputSection, Plan, SectionPattern, Statement
from .globs import is_wild, matches
from .orphans import insert_point, place_orphans
from .table import ALLOC, CONTENTS, LOAD, READONLY, Matched, Out, Placed, Sections

Hit = tuple[int, int]
"""Section id and the index of the section pattern that matched it."""

_SECTION_CALLS: Final = ("ADDR", "LOADADDR", "SIZEOF", "ALIGNOF")


def match(plan: Plan, table: Sections, *, sort_section: str = "", orphans: str = "place", discard: Iterable[str] = (),
          dropped: bool = False) -> Matched:
    """Place every live section of the table.

    `sort_section`: "name" or "alignment" for patterns with wildcards that have no sort of their own; `orphans`: "place" or
    "discard"; `discard`: globs of sections dropped before any pattern is asked; `dropped`: also list output sections that are
    left out for their constraint. The plan is not changed.
    """
    problems: list[str] = []
    statements = [_instance(one) for one in _with_inserts(plan, problems)]
    outputs = [one for one in statements if isinstance(one, Out)]
    inputs: list[tuple[Out, int, Input]] = []
    for out in outputs:
        inputs += [(out, number, one) for number, one in enumerate(out.commands) if isinstance(one, Input)]
    hits = _hits([one for _, _, one in inputs], table, list(discard))
    early = sorted((one.early, number) for number, (_, _, one) in enumerate(inputs) if one.early)
    if early:
        _reserve(hits, [number for _, number in early])
    keep = {section for (_, _, one), found in zip(inputs, hits) if one.keep for section, _ in found}
    taken = bytearray(len(table.name))
    discarded = _drop(table, list(discard), taken)
    at = 0
    for out in outputs:
        own: list[tuple[int, Input, list[Hit]]] = []
        while at < len(inputs) and inputs[at][0] is out:
            own.append((inputs[at][1], inputs[at][2], hits[at]))
            at += 1
        _claim(out, own, table, taken, discarded, sort_section)
    _create_mentioned(plan, statements, outputs)
    left = [number for number in range(len(table.name)) if not taken[number] and (not table.alive or table.alive[number])]
    if orphans == "discard":
        discarded += left
    else:
        statements = place_orphans(statements, table, left, _common_home(outputs))
    final = [one for one in statements if not (isinstance(one, Out) and (one.name == DISCARD or (one.dropped and not dropped)))]
    return Matched(final, [one for one in final if isinstance(one, Out)], discarded, left, keep, problems)


def _reserve(hits: list[list[Hit]], early: list[int]) -> None:
    """Take from all other patterns what the early ones match, from each of these what one before it matches."""
    owner: dict[int, int] = {}
    for number in early:
        for section, _ in hits[number]:
            owner.setdefault(section, number)
    for number, found in enumerate(hits):
        found[:] = [hit for hit in found if owner.get(hit[0], number) == number]


def arranged(inputs: list[Input], table: Sections) -> list[tuple[Input, list[int]]]:
    """For every pattern the sections it matches in the order it asks for, whoever else matches them."""
    return [(one, _sorted(one, found, table, "")) for one, found in zip(inputs, _hits(inputs, table, []))]


def kept(plan: Plan, table: Sections) -> set[int]:
    """Sections a KEEP pattern names: roots for the garbage collector."""
    inputs = [one for out in plan.output_sections() for one in out.commands if isinstance(one, Input) and one.keep]
    inputs += [one for more in plan.inserts for out in more.statements if isinstance(out, OutputSection)
               for one in out.commands if isinstance(one, Input) and one.keep]
    return {section for found in _hits(inputs, table, []) for section, _ in found}


def _instance(statement: Statement) -> Placed:
    if not isinstance(statement, OutputSection):
        return statement
    out = Out(statement, list(statement.commands))
    out.members = [[] for _ in out.commands]
    return out


def _with_inserts(plan: Plan, problems: list[str]) -> list[Statement]:
    """The statements with those of INSERT at their places."""
    out = list(plan.statements)
    for one in plan.inserts:
        at = next((number for number, old in enumerate(out) if isinstance(old, OutputSection) and old.name == one.where), -1)
        if at < 0:
            problems.append(f"INSERT {'BEFORE' if one.before else 'AFTER'} {one.where}: there is no such output section")
            out += one.statements
            continue
        if one.before:
            at = max((number for number in range(at) if isinstance(out[number], OutputSection)), default=-1)
        place = insert_point(out, at, lambda old: True)
        out[place:place] = one.statements
    return out


def _drop(table: Sections, discard: list[str], taken: bytearray) -> list[int]:
    out: list[int] = []
    for number, name in enumerate(table.name if discard else []):
        if any(matches(pattern, name) for pattern in discard):
            taken[number] = 1
            out.append(number)
    return out


# -- which sections each pattern matches -----------------------------------------------------------------------------------


def _hits(inputs: list[Input], table: Sections, discard: list[str]) -> list[list[Hit]]:
    """For every pattern the sections it matches, in link order, whoever else matches them."""
    hits: list[list[Hit]] = [[] for _ in inputs]
    candidates = _by_name(inputs)
    tests = [_file_test(one) for one in inputs]
    by_name: dict[str, list[Hit]] = {}
    files: dict[tuple[int, int, str, str], bool] = {}
    alive = table.alive
    for number, name in enumerate(table.name):
        if alive and not alive[number]:
            continue
        found = by_name.get(name)
        if found is None:
            found = by_name[name] = candidates(name)
        last = -1
        for which, spec in found:
            if which == last:
                continue            # an earlier pattern of the same command has it
            test = tests[which][spec]
            if test is not None:
                key = (which, spec, table.file[number], table.archive[number])
                good = files.get(key)
                if good is None:
                    good = files[key] = test(table.file[number], table.archive[number])
                if not good:
                    continue
            one = inputs[which]
            if one.flags_on or one.flags_off:
                if table.flags[number] & one.flags_on != one.flags_on or table.flags[number] & one.flags_off:
                    continue
            if one.where is not None and not one.where(table.view(number)):
                continue
            last = which
            hits[which].append((number, spec))
    return hits


def _by_name(inputs: list[Input]) -> Callable[[str], list[Hit]]:
    """A function from a section name to (pattern, section pattern) pairs in order; exact names and `prefix*` cost a lookup."""
    exact: dict[str, list[Hit]] = {}
    prefixes: dict[int, dict[str, list[Hit]]] = {}
    globs: list[tuple[str, Hit]] = []
    always: list[Hit] = []
    for which, one in enumerate(inputs):
        for spec, pattern in enumerate(one.sections if one.sections is not None else [SectionPattern("*")]):
            text = pattern.name
            if not is_wild(text):
                exact.setdefault(text, []).append((which, spec))
            elif text == "*":
                always.append((which, spec))
            elif text[-1] == "*" and not is_wild(text[:-1]) and "\\" not in text:
                prefixes.setdefault(len(text) - 1, {}).setdefault(text[:-1], []).append((which, spec))
            else:
                globs.append((text, (which, spec)))

    def find(name: str) -> list[Hit]:
        out = list(always)
        out += exact.get(name, ())
        for length, table in prefixes.items():
            out += table.get(name[:length], ())
        out += [hit for text, hit in globs if matches(text, name)]
        out.sort()
        return out

    return find


def _file_test(one: Input) -> list[Callable[[str, str], bool] | None]:
    """For every section pattern the test of a file; None if every file passes."""
    tests: list[Callable[[str, str], bool] | None] = []
    for pattern in one.sections if one.sections is not None else [SectionPattern("*")]:
        excluded = one.exclude + pattern.exclude
        if one.file in ("*", "") and not excluded:
            tests.append(None)
        else:
            tests.append(_test(one.file, excluded))
    return tests


def _test(wanted: str, excluded: list[str]) -> Callable[[str, str], bool]:
    every = wanted in ("*", "")
    return lambda file, archive: (every or file_matches(wanted, file, archive)) and \
        not any(excludes(name, file, archive) for name in excluded)


def file_matches(pattern: str, file: str, archive: str) -> bool:
    """Whether an input is meant: a glob over its name, or "archive:member", "archive:" (all members), ":file" (no member)."""
    before, colon, after = pattern.partition(":")
    if not colon:
        return matches(pattern, file)
    if not before:
        return not archive and matches(after, file)
    return bool(archive) and matches(before, archive) and (not after or matches(after, file))


def excludes(pattern: str, file: str, archive: str) -> bool:
    """The same for EXCLUDE_FILE, where the name of an archive alone also means its members."""
    return file_matches(pattern, file, archive) or (":" not in pattern and bool(archive) and matches(pattern, archive))


# -- who gets them ---------------------------------------------------------------------------------------------------------


def _claim(out: Out, own: list[tuple[int, Input, list[Hit]]], table: Sections, taken: bytearray, discarded: list[int],
           sort_section: str) -> None:
    """Give an output section what its patterns match and nobody has."""
    if out.spec.constraint:
        readonly = all(table.properties(section) & READONLY for _, _, found in own for section, _ in found if not taken[section])
        if readonly != (out.spec.constraint == "ONLY_IF_RO"):
            out.dropped = True
            return
    for command, one, found in own:
        fresh = [hit for hit in found if not taken[hit[0]]]
        for section, _ in fresh:
            taken[section] = 1
        ordered = _sorted(one, fresh, table, sort_section)
        if out.name == DISCARD:
            discarded += ordered
            continue
        for section in ordered:
            out.add(table, section, command)
    for statement in out.commands:
        if isinstance(statement, Data):
            out.grow(CONTENTS | ALLOC | LOAD | (0 if out.exists and out.properties else READONLY), 1, 2, False)
        elif not isinstance(statement, Input):
            out.exists = True
            if isinstance(statement, Assign) and statement.name != ".":
                out.touched = True


def _common_home(outputs: list[Out]) -> Out | None:
    """The output section that asks for common symbols."""
    for out in outputs:
        for one in out.commands:
            if isinstance(one, Input) and any(part.name == "COMMON" for part in one.sections or ()):
                return out
    return None


def _sorted(one: Input, found: list[Hit], table: Sections, sort_section: str) -> list[int]:
    if one.order is not None:
        key = one.order
        return [section for section, _ in sorted(found, key=lambda hit: key(table.view(hit[0])))]
    specs = one.sections if one.sections is not None else [SectionPattern("*")]
    sorts = [_sort_of(spec, sort_section) for spec in specs]
    if not one.sort_files and not any(sorts):
        return [section for section, _ in found]
    if len(set(sorts)) == 1:
        return sorted([section for section, _ in found], key=cmp_to_key(_comparison(sorts[0], one.sort_files, table)))
    return _sorted_tree(one, found, sorts, table)


def _sort_of(spec: SectionPattern, sort_section: str) -> str:
    """The sort of a pattern; --sort-section applies to wildcards, and refines a sort by the other key."""
    if spec.sort == "none":
        return ""
    if not sort_section or not is_wild(spec.name):
        return spec.sort
    if not spec.sort:
        return sort_section
    combined = {("name", "alignment"): "name_alignment", ("alignment", "name"): "alignment_name"}
    return combined.get((spec.sort, sort_section), spec.sort)


def _comparison(sort: str, by_file: bool, table: Sections) -> Callable[[int, int], int]:
    names, aligns = table.name, table.align

    def order(a: int, b: int) -> int:
        if by_file:
            left, right = (table.archive[a] or table.file[a], table.file[a]), (table.archive[b] or table.file[b], table.file[b])
            if left != right:
                return -1 if left < right else 1
        if not sort:
            return 0
        if sort == "init_priority":
            first, second = init_priority(names[a]), init_priority(names[b])
            if first >= 0 and second >= 0 and first != second:
                return first - second
        elif sort in ("alignment", "alignment_name"):
            if aligns[a] != aligns[b] or sort == "alignment":
                return aligns[b] - aligns[a]
        if names[a] != names[b]:
            return -1 if names[a] < names[b] else 1
        return aligns[b] - aligns[a] if sort == "name_alignment" else 0

    return order


def _sorted_tree(one: Input, found: list[Hit], sorts: list[str], table: Sections) -> list[int]:
    """Patterns of different sorts in one command. GNU ld inserts into a binary tree by the new section's sort, an unsorted one
    behind everything so far; an insertion in front of the first greater element is the same for any consistent order."""
    out: list[int] = []
    compares = {sort: _comparison(sort, one.sort_files, table) for sort in sorts}
    for section, spec in found:
        if not sorts[spec] and not one.sort_files:
            out.append(section)
            continue
        compare = compares[sorts[spec]]
        at = next((number for number, old in enumerate(out) if compare(section, old) < 0), len(out))
        out.insert(at, section)
    return out


def init_priority(name: str) -> int:
    """The priority in names like .init_array.00100 and .ctors.65435 (which count the other way); -1 without one."""
    before, dot, digits = name.rpartition(".")
    if not dot or not digits.isdecimal() or not digits.isascii() or len(digits) > 10:
        return -1
    value = 65535 - int(digits) if before in (".ctors", ".dtors") else int(digits)
    return value if 0 <= value <= 0x7FFFFFFF else -1


def _create_mentioned(plan: Plan, statements: list[Placed], outputs: list[Out]) -> None:
    """Output sections that expressions name exist, though they may stay empty."""
    first: dict[str, Out] = {}
    for out in outputs:
        if not out.dropped:
            first.setdefault(out.name, out)
    pending: list[Expr] = []
    for one in statements:
        if isinstance(one, Assign):
            pending.append(one.value)
        elif isinstance(one, Assert):
            pending.append(one.condition)
        else:
            spec = one.spec
            pending += [value for value in (spec.address, spec.lma, spec.align, spec.subalign) if value is not None]
            for command in one.commands:
                if isinstance(command, Assign | Data) and command.value is not None:
                    pending.append(command.value)
                elif isinstance(command, Assert):
                    pending.append(command.condition)
                elif isinstance(command, Fill) and isinstance(command.fill, Expr):
                    pending.append(command.fill)
    while pending:
        expr = pending.pop()
        if expr.op == "call" and expr.args[0] in _SECTION_CALLS:
            mentioned = first.get(expr.args[1])
            if mentioned is not None:
                mentioned.exists = True
        pending += [arg for arg in expr.args if isinstance(arg, Expr)]


