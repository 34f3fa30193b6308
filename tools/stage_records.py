"""Source text for the compiled build: record classes written out as plain ones.

mypyc makes a native class, with attributes at fixed offsets, only of classes without decorators it does not know. So a
class that `support.record.dataclass` would complete when it is imported is completed here, in its text:

    @dataclass(slots=True, eq=False)        class Live:
    class Live:                                 ranges: list[int]
        ranges: list[int]             ->        loop: list[int]
        loop: list[int] = field(...)            def __init__(self, ranges: list[int], loop: list[int] | None = None) -> None:
                                                    self.ranges = ranges
                                                    self.loop = [] if loop is None else loop

Nothing else of the text changes. Frozen records can be assigned to in the compiled build; the type checker has refused that.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass, field

_MADE = {"list": "[]", "dict": "{}", "set": "set()"}


@dataclass
class Record:
    """A record class: its module, its node and options, and its own fields in order."""

    module: str
    node: ast.ClassDef
    decorator: ast.expr
    fields: list[ast.AnnAssign] = field(default_factory=list)

    def option(self, name: str, default: bool) -> bool:
        """A keyword of the decorator."""
        keywords = self.decorator.keywords if isinstance(self.decorator, ast.Call) else []
        return next((bool(ast.literal_eval(one.value)) for one in keywords if one.arg == name), default)


def stage(texts: dict[str, str]) -> dict[str, str]:
    """The rewritten texts of modules by name. Raises ValueError for a record that cannot be written out."""
    records: dict[str, list[Record]] = {}
    for module, text in texts.items():
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.ClassDef):
                for decorator in node.decorator_list:
                    called = decorator.func if isinstance(decorator, ast.Call) else decorator
                    if ast.unparse(called) == "dataclass":
                        records.setdefault(node.name, []).append(Record(module, node, decorator, _own_fields(node)))
    edits: dict[str, list[tuple[int, int, int, int, str]]] = {module: [] for module in texts}
    for same in records.values():
        for record in same:
            edits[record.module] += _edits(record, _all_fields(record, records))
    return {module: _edited(text, edits[module]) for module, text in texts.items()}


def _own_fields(node: ast.ClassDef) -> list[ast.AnnAssign]:
    return [one for one in node.body if isinstance(one, ast.AnnAssign) and isinstance(one.target, ast.Name)
            and not ast.unparse(one.annotation).startswith(("ClassVar", "typing.ClassVar"))]


def _all_fields(record: Record, records: dict[str, list[Record]]) -> dict[str, ast.AnnAssign]:
    """Fields by name, those of base classes first."""
    out: dict[str, ast.AnnAssign] = {}
    for base in record.node.bases:
        known = records.get(ast.unparse(base).split(".")[-1], [])
        known = [one for one in known if one.module == record.module] or known
        if len(known) > 1:
            raise ValueError(f"{record.module}: which record is the base of {record.node.name}?")
        if known:
            out.update(_all_fields(known[0], records))
    for one in record.fields:
        assert isinstance(one.target, ast.Name)
        out[one.target.id] = one
    return out


def _initialiser(name: str, one: ast.AnnAssign) -> tuple[str, str]:
    """A field's parameter and its assignment ("" each where there is none)."""
    type_, value = ast.unparse(one.annotation), one.value
    if isinstance(value, ast.Call) and ast.unparse(value.func) == "field":
        options = {keyword.arg: keyword.value for keyword in value.keywords}
        takes = "init" not in options or bool(ast.literal_eval(options["init"]))
        factory = options.get("default_factory")
        if factory is not None:
            made = ast.unparse(factory.body) if isinstance(factory, ast.Lambda) else ast.unparse(factory) + "()"
            made = _MADE.get(ast.unparse(factory), made)
            if takes:
                return f"{name}: {type_} | None = None", f"self.{name} = {made} if {name} is None else {name}"
            return "", f"self.{name} = {made}"
        value = options.get("default")
        if not takes:
            return "", f"self.{name} = {ast.unparse(value)}" if value is not None else ""
    default = "" if value is None else f" = {ast.unparse(value)}"
    return f"{name}: {type_}{default}", f"self.{name} = {name}"


def _methods(record: Record, fields: dict[str, ast.AnnAssign]) -> list[str]:
    """Lines of the methods the class lacks."""
    has = {one.name for one in record.node.body if isinstance(one, ast.FunctionDef)}
    lines: list[str] = []
    if "__init__" not in has:
        pairs = [_initialiser(name, one) for name, one in fields.items()]
        lines.append(f"def __init__({', '.join(['self', *(one for one, _ in pairs if one)])}) -> None:")
        body = [one for _, one in pairs if one] + (["self.__post_init__()"] if "__post_init__" in has else [])
        lines += ["    " + one for one in body or ["pass"]]
    if record.option("eq", True):
        mine = "(" + "".join(f"self.{name}, " for name in fields) + ")"
        if "__eq__" not in has:
            lines += ["def __eq__(self, other: object) -> bool:",
                      f"    return isinstance(other, {record.node.name}) and {mine} == {mine.replace('self.', 'other.')}"]
        if "__hash__" not in has and record.option("frozen", False):
            lines += ["def __hash__(self) -> int:", f"    return hash({mine})"]
    return lines


def _edits(record: Record, fields: dict[str, ast.AnnAssign]) -> list[tuple[int, int, int, int, str]]:
    """(from line, column, to line, column, new text) of one class; columns count UTF-8 bytes from 0, lines from 1."""
    node, decorator, last = record.node, record.decorator, record.node.body[-1]
    assert node.end_lineno and last.end_col_offset is not None and decorator.end_lineno and decorator.end_col_offset
    out = [(decorator.lineno, decorator.col_offset - 1, decorator.end_lineno, decorator.end_col_offset, "")]
    for one in record.fields:
        if one.value is not None:
            assert one.annotation.end_lineno and one.annotation.end_col_offset and one.value.end_lineno
            out.append((one.annotation.end_lineno, one.annotation.end_col_offset, one.value.end_lineno,
                        one.value.end_col_offset or 0, ""))
    pad = " " * (node.col_offset + 4)
    added = "".join(f"\n{pad}{line}" for line in _methods(record, fields))
    return [*out, (node.end_lineno, last.end_col_offset, node.end_lineno, last.end_col_offset, added)]


def _edited(text: str, edits: list[tuple[int, int, int, int, str]]) -> str:
    lines = [line.encode() for line in text.split("\n")]
    for first, start, last, end, new in sorted(edits, reverse=True):
        lines[first - 1:last] = (lines[first - 1][:start] + new.encode() + lines[last - 1][end:]).split(b"\n")
    return b"\n".join(lines).decode()
