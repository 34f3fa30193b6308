"""Random FluxSharp programs for debuggers: statements stand on lines of their own behind `ticks++;`, so that a stop is identified
by its line and the value of `ticks`; some statements print what the variables around them hold.

`program(seed)` gives the text. A print line writes `@LINE ticks name=value;name=value...`: what a debugger has to show there.
"""

from __future__ import annotations

import random

INTS = {"int": 63, "uint": 63, "i32": 31, "u32": 32, "i16": 15, "u16": 16, "i8": 7, "byte": 8}
PLAIN = (*INTS, "bool", "char", "double", "float", "string")


class Maker:
    """Makes one program."""

    def __init__(self, seed: int, functions: int = 0) -> None:
        self.rng = random.Random(seed)
        self.count = functions
        self.lines: list[str] = []
        self.names = 0
        self.functions: list[tuple[str, str, list[str]]] = []
        self.scopes: list[dict[str, str]] = []
        self.fixed: set[str] = set()
        self.density = self.rng.choice((1.0, 1.0, 0.2))

    # -- text ------------------------------------------------------------------------------------------------------

    def tick(self) -> None:
        """Count, nearly always: counting keeps blocks apart that could become one."""
        if self.rng.random() < self.density:
            self.emit("ticks++;")

    def emit(self, text: str) -> None:
        self.lines.append("    " * len(self.scopes) + text)

    def fresh(self, prefix: str) -> str:
        self.names += 1
        return f"{prefix}{self.names}"

    def known(self, type_: str) -> list[str]:
        return [name for scope in self.scopes for name, kind in scope.items() if kind == type_]

    def say(self) -> None:
        """Print the variables in sight."""
        parts = ["\" \" + ticks"]
        for scope in self.scopes:
            for name, kind in scope.items():
                if kind in PLAIN:
                    parts.append(f"\" {name}=<\" + {name} + \">\"")
                elif kind.endswith("[]"):
                    parts.append(f"\" {name}=<\" + {name}[0] + \",\" + {name}[1] + \",\" + {name}[2] + \">\"")
                elif kind == "Thing":
                    parts.append(f"\" {name}=<\" + {name}.count + \",\" + {name}.text + \">\"")
                elif kind == "Pair":
                    parts.append(f"\" {name}=<\" + {name}.a + \",\" + {name}.b + \">\"")
        self.emit(f"print(\"@{len(self.lines) + 1}\" + {' + '.join(parts)});")

    # -- expressions -----------------------------------------------------------------------------------------------

    def expr(self, type_: str, depth: int = 2) -> str:
        rng = self.rng
        names = self.known(type_)
        roll = rng.random()
        if names and (depth == 0 or roll < 0.35):
            return rng.choice(names)
        if depth == 0 or roll < 0.45 or type_ == "Thing":
            return self.literal(type_)
        if roll < 0.55:
            usable = [one for one in self.functions if one[1] == type_]
            if usable:
                name, _, params = rng.choice(usable)
                return f"{name}({', '.join(self.expr(one, 0) for one in params)})"
        if roll < 0.62 and self.known(type_ + "[]"):
            return f"{rng.choice(self.known(type_ + '[]'))}[{rng.randrange(3)}]"
        if type_ == "int" and roll < 0.7 and self.known("Thing"):
            return f"{rng.choice(self.known('Thing'))}.{rng.choice(['count', 'Twice()'])}"
        if type_ in INTS:
            left, right = self.expr(type_, depth - 1), self.expr(type_, depth - 1)
            return f"unchecked(({type_})({left} {rng.choice('+-*&|^')} {right}))"
        if type_ == "bool":
            other = rng.choice(["int", "i32", "double", "u16"])
            operator = rng.choice(["<", ">", "==", "!=", "<=", ">="])
            return f"({self.expr(other, depth - 1)} {operator} {self.expr(other, depth - 1)})"
        if type_ == "char":
            return f"(char)(({self.expr('int', depth - 1)} & 15) + 'a')"
        if type_ == "string":
            return f"substring({self.expr('string', depth - 1)} + {self.expr(rng.choice(PLAIN), depth - 1)} + \"....\", 0, 4)"
        return f"({self.expr(type_, depth - 1)} {rng.choice('+-*')} {self.expr(type_, depth - 1)})"

    def literal(self, type_: str) -> str:
        rng = self.rng
        if type_ == "bool":
            return rng.choice(["true", "false", "(ticks > 3)"])
        if type_ == "char":
            return rng.choice(["'x'", "'Q'", "'é'"])
        if type_ == "string":
            return rng.choice(['"a"', '"text"', '"été"', '""'])
        if type_ in ("double", "float"):
            end = "f" if type_ == "float" else ""
            return rng.choice(["0.5", "1.25", "3.0", "-2.5"]) + end
        if type_ == "Thing":
            return f"new Thing({self.expr('int', 0)}, {self.expr('string', 0)})"
        value = rng.randint(0, min((1 << INTS[type_]) - 1, rng.choice([9, 100, 1 << 30])))
        return f"({type_}){value}" if type_ != "int" else str(value)

    # -- statements ------------------------------------------------------------------------------------------------

    def statement(self, depth: int) -> None:
        rng = self.rng
        roll = rng.random()
        self.tick()
        if roll < 0.26:
            self.declare()
        elif roll < 0.5:
            self.assign()
        elif roll < 0.6:
            self.say()
        elif roll < 0.64 and self.known("Thing"):
            self.emit(f"{rng.choice(self.known('Thing'))}.Add({self.expr('int', 1)});")
        elif depth and roll < 0.78:
            self.emit(f"if ({self.expr('bool')}) {{")
            self.block(depth - 1)
            if rng.random() < 0.5:
                self.emit("} else {")
                self.block(depth - 1)
            self.emit("}")
        elif depth and roll < 0.95:
            self.loop(depth)
        elif depth and roll < 0.97:
            self.guarded(depth)
        else:
            self.assign()

    def declare(self) -> None:
        rng = self.rng
        type_ = rng.choice((*PLAIN, "int", "double", "int[]", "string[]", "Thing", "Pair"))
        name = self.fresh("v")
        if type_.endswith("[]"):
            items = ", ".join(self.expr(type_[:-2], 1) for _ in range(3))
            self.emit(f"{type_} {name} = {{{items}}};")
        elif type_ == "Thing":
            self.emit(f"Thing {name} = {self.expr('Thing', 1)};")
        elif type_ == "Pair":
            self.emit(f"Pair {name} = MakePair({self.expr('int', 1)}, {self.expr('double', 1)});")
        else:
            self.emit(f"{type_} {name} = {self.expr(type_, 3)};")
        self.scopes[-1][name] = type_

    def assign(self) -> None:
        rng = self.rng
        names = [(name, kind) for scope in self.scopes for name, kind in scope.items() if name not in self.fixed]
        if not names:
            self.emit("ticks += 0;")
            return
        name, kind = rng.choice(names)
        if kind.endswith("[]"):
            self.emit(f"{name}[{rng.randrange(3)}] = {self.expr(kind[:-2])};")
        elif kind == "Pair":
            self.emit(rng.choice([f"{name}.a = {self.expr('int')};", f"{name}.b += {self.expr('double')};"]))
        elif kind == "Thing":
            self.emit(f"{name} = {self.literal('Thing')};")
        elif kind in INTS and rng.random() < 0.4:
            self.emit(f"unchecked {{ {name} {rng.choice(['+=', '-=', '^=', '|='])} {self.expr(kind, 1)}; }}")
        else:
            self.emit(f"{name} = {self.expr(kind, 3)};")

    def block(self, depth: int, scope: dict[str, str] | None = None) -> None:
        self.scopes.append(scope or {})
        for _ in range(self.rng.randint(1, 4)):
            self.statement(depth)
        self.tick()
        self.scopes.pop()

    def loop(self, depth: int) -> None:
        rng = self.rng
        name = self.fresh("n")
        count = rng.randint(1, 3)
        self.fixed.add(name)
        if rng.random() < 0.6:
            self.emit(f"for (int {name} = 0; {name} < {count}; {name}++) {{")
            self.block(depth - 1, {name: "int"})
            self.emit("}")
            return
        self.emit(f"int {name} = {count};")
        self.scopes[-1][name] = "int"
        kind = rng.random() < 0.5
        self.tick()
        self.emit(f"while ({name} > 0) {{" if kind else "do {")
        self.scopes.append({})
        self.emit(f"{name}--;")
        if rng.random() < 0.3:
            self.tick()
            self.emit(f"if ({self.expr('bool')}) {rng.choice(['break', 'continue'])};")
        self.scopes.pop()
        self.block(depth - 1)
        self.emit("}" if kind else f"}} while ({name} > 0);")

    def guarded(self, depth: int) -> None:
        self.emit("try {")
        self.block(depth - 1)
        self.emit(f"    if ({self.expr('bool')}) throw {self.expr('string', 1)} + \"!\";")
        name = self.fresh("e")
        self.emit(f"}} catch (string {name}) {{")
        self.block(depth - 1, {name: "string"})
        self.emit("}")

    def function(self) -> None:
        rng = self.rng
        name = self.fresh("F")
        result = rng.choice(PLAIN)
        params = [rng.choice((*PLAIN, "Thing", "Pair", "int[]")) for _ in range(rng.randint(0, 8))]
        scope = {self.fresh("p"): one for one in params}
        self.emit(f"{result} {name}({', '.join(f'{kind} {one}' for one, kind in scope.items())}) {{")
        self.scopes.append(scope)
        for _ in range(rng.randint(3, 8)):
            self.statement(2)
        self.tick()
        self.emit(f"return {self.expr(result, 3)};")
        self.scopes.pop()
        self.emit("}")
        if not any(one.endswith("[]") or one in ("Thing", "Pair") for one in params):
            self.functions.append((name, result, params))
        else:
            self.rest.append((name, result, params))

    def program(self) -> str:
        self.rest: list[tuple[str, str, list[str]]] = []
        for text in PRELUDE.splitlines():
            self.emit(text)
        for _ in range(self.count or self.rng.randint(2, 4)):
            self.function()
        self.emit("void main() {")
        self.scopes.append({})
        for type_, text in (("int[]", "{1, 2, 3}"), ("Thing", "new Thing(5, \"five\")"), ("Pair", "MakePair(1, 0.5)")):
            name = self.fresh("m")
            self.emit(f"{type_} {name} = {text};")
            self.scopes[-1][name] = type_
        for name, _, params in [*self.rest, *self.functions]:
            self.tick()
            self.emit(f"print({name}({', '.join(self.expr(one, 0) for one in params)}));")
        for _ in range(self.rng.randint(3, 8)):
            self.statement(2)
        self.say()
        self.scopes.pop()
        self.emit("}")
        return "\n".join(self.lines) + "\n"


PRELUDE = """int ticks = 0;
struct Pair {
    public int a;
    public double b;
}
class Thing {
    public int count;
    public string text;
    public Thing(int count, string text) {
        this.count = count;
        this.text = text;
    }
    public int Twice() {
        int two = unchecked(count * 2);
        return two;
    }
    public void Add(int more) {
        count = unchecked(count + more);
    }
}
Pair MakePair(int a, double b) {
    Pair made;
    made.a = a;
    made.b = b;
    return made;
}"""


def program(seed: int) -> str:
    """The program of a seed."""
    return Maker(seed).program()


if __name__ == "__main__":
    import sys

    sys.stdout.write(program(int(sys.argv[1])))
