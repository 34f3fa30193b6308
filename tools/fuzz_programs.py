"""Random FluxSharp programs, well typed and terminating: functions call only earlier ones, loops count, and everything random is
bounded. They use numbers of all widths, arrays, strings, classes with virtual methods, structs, exceptions and finally, and may
end in a run-time error (overflow, index, division, cast)."""

from __future__ import annotations

import random
from dataclasses import dataclass, field

INTS = {"int": (-(1 << 63), (1 << 63) - 1), "uint": (0, (1 << 64) - 1), "i32": (-(1 << 31), (1 << 31) - 1),
        "u32": (0, (1 << 32) - 1),
        "i16": (-(1 << 15), (1 << 15) - 1), "u16": (0, (1 << 16) - 1), "i8": (-128, 127), "byte": (0, 255)}
WIDE = ("int", "uint", "i32", "u32")
SCALARS = (*INTS, "bool", "char", "double", "float", "string")


SHAPES = """\
class Shape {
    public int size;
    public static int made;
    public Shape(int size) { this.size = size; made = unchecked(made + 1); Init(); }
    public virtual void Init() { size = unchecked(size + 1); }
    public virtual int Area(int scale) { return unchecked(size * scale); }
    public string Name() { return "shape"; }
    public string ToString() { return Name() + size; }
    public string Text() { return ToString() + Equals(this) + (GetHashCode() == this.GetHashCode()); }
}
class Round : Shape {
    int extra = 3;
    public Round(int size) : base(size) { }
    public override int Area(int scale) { return unchecked(base.Area(scale) + extra); }
}
class Corner : Shape {
    public Corner(int size) : base(unchecked(size * 2)) { }
    public void Init() { size = unchecked(size - 5); }
    public int Area(int scale) { return size / scale; }
}
class Deep : Round {
    public Deep(int size) : base(size) { }
    public string ToString() { return "deep" + base.ToString(); }
}
class Custom : Exception {
    public Custom(string text) : base("custom " + text) { }
    public string ToString() { return "<" + base.ToString() + ">"; }
}
struct Pair {
    public int a;
    public double b;
    public Pair(int a, double b) { this.a = a; this.b = b; }
    public int Sum() { return unchecked(a * 3 + 1); }
    public void Bump() { a = unchecked(a + 7); }
    public string Text() { return ToString() + Equals(this) + a; }
}
Pair swapped(Pair p) { p.a = ~p.a; p.b = -p.b; return p; }
"""


@dataclass
class Function:
    """A function that may be called: its name, result type and parameter types."""

    name: str
    result: str
    params: list[str]


@dataclass
class Scope:
    """What statements can name: variables by type. `fixed` names must not be assigned (loop counters). `result` is what the
    function may return here ("": nothing may), `looping` that `break` and `continue` are allowed here."""

    names: dict[str, str] = field(default_factory=dict)
    fixed: set[str] = field(default_factory=set)
    result: str = ""
    looping: bool = False

    def inner(self) -> Scope:
        """The scope of a block inside."""
        return Scope(dict(self.names), set(self.fixed), self.result, self.looping)

    def of(self, type_: str, assignable: bool = False) -> list[str]:
        """Variables of a type."""
        return [name for name, known in self.names.items() if known == type_ and not (assignable and name in self.fixed)]


class Generator:
    """Makes one program from a seed.

    With `opaque` literals pass through functions, so that nothing is a constant; else constant expressions are folded by the
    checker, which refuses some of them.
    """

    def __init__(self, seed: int, opaque: bool = False) -> None:
        self.rng = random.Random(seed)
        self.opaque = opaque
        self.functions: list[Function] = []
        self.globals = Scope()
        self.lines: list[str] = []
        self.counter = 0
        self.fields: dict[str, str] = {}
        self.shapes = False

    # -- expressions -----------------------------------------------------------------------------------------------

    def number(self, type_: str) -> str:
        """A literal of an integer type, mostly small, sometimes at the edges."""
        low, high = INTS[type_]
        rng = self.rng
        kind = rng.random()
        if kind < 0.75:
            value = rng.randint(max(low, -20), min(high, 20))
        elif kind < 0.9:
            value = rng.randint(max(low, -70000), min(high, 70000))
        else:
            value = rng.choice([low, high, low + 1, high - 1, high // 2, 1 << rng.randrange(6, high.bit_length())])
        return f"({value})" if value < 0 else str(value)

    def literal(self, type_: str) -> str:
        """A literal of any scalar type."""
        rng = self.rng
        if type_ in INTS:
            plain = self.number(type_) if type_ == "int" else f"({type_})({self.number(type_)})"
            return f"k_{type_}({plain})" if self.opaque else plain
        if type_ == "bool":
            return rng.choice(["true", "false"])
        if type_ in ("char", "double", "float") and self.opaque:
            self.opaque = False
            plain = self.literal(type_)
            self.opaque = True
            return f"k_{type_}({plain})"
        if type_ == "char":
            return rng.choice(["'a'", "'Z'", "'0'", "' '", "'é'", "'€'", "'\\n'", "'\\U0001F600'"])
        if type_ == "double":
            return rng.choice(["0.0", "1.0", "-1.5", "0.1", "1e10", "3.25", "123456.789", "1e-7", "2.5e15", "1e300"])
        if type_ == "float":
            return rng.choice(["0f", "1f", "-1.5f", "0.1f", "1e10f", "3.25f", "16777216f"])
        return rng.choice(['""', '"a"', '"xyz"', '"FluxSharp"', '"é€"', '"0123456789"', '"line\\n"'])

    def expr(self, type_: str, scope: Scope, depth: int) -> str:
        """An expression of exactly a type."""
        rng = self.rng
        names = scope.of(type_) + self.globals.of(type_)
        if depth <= 0 or rng.random() < 0.2:
            return rng.choice(names) if names and rng.random() < 0.75 else self.literal(type_)
        callable_ = [one for one in self.functions if one.result == type_]
        if callable_ and rng.random() < 0.15:
            return self.call(rng.choice(callable_), scope, depth)
        arrays = self.arrays(type_, scope)
        if arrays and rng.random() < 0.25:
            return self.element(rng.choice(arrays), scope, depth)
        if rng.random() < 0.05:
            one, other = self.expr(type_, scope, depth - 1), self.expr(type_, scope, depth - 1)
            return f"({self.expr('bool', scope, depth - 1)} ? {one} : {other})"
        fields = [name for name, known in self.fields.items() if known == type_]
        objects = scope.of("Thing")
        if fields and objects and rng.random() < 0.2:
            return f"{rng.choice(objects)}.{rng.choice(fields)}"
        if self.shapes and type_ in ("int", "bool", "double", "string") and rng.random() < 0.15:
            return self.object_expr(type_, scope, depth)
        if type_ in INTS:
            return self.integer(type_, scope, depth)
        return getattr(self, f"_{type_}")(scope, depth)

    def call(self, function: Function, scope: Scope, depth: int) -> str:
        """A call of a function made earlier."""
        args = ", ".join(self.expr(param, scope, min(depth - 1, 1)) for param in function.params)
        return f"{function.name}({args})"

    def arrays(self, type_: str, scope: Scope) -> list[str]:
        """Arrays of a type, rows of arrays included."""
        rows = [f"{name}[{self.rng.randrange(3)}]" for name in scope.of(f"{type_}[][]")]
        return scope.of(f"{type_}[]") + self.globals.of(f"{type_}[]") + rows

    def element(self, array: str, scope: Scope, depth: int) -> str:
        """An element; the index is nearly always in range."""
        index = self.expr("int", scope, depth - 2)
        if self.rng.random() < 0.03:
            return f"{array}[{index}]"
        return f"{array}[abs(({index}) % {array}.Length)]" if self.rng.random() < 0.9 else f"{array}[({index}) & 3]"

    def integer(self, type_: str, scope: Scope, depth: int) -> str:
        """Integer operators, casts and built-ins."""
        rng = self.rng
        if type_ not in WIDE:
            inner = self.expr("int", scope, depth - 1)
            if rng.random() < 0.1:
                return f"({type_})({inner})"
            if rng.random() < 0.5:
                return f"unchecked(({type_})({inner}))"
            return f"({type_})(({inner}) & {INTS[type_][1]})"
        kind = rng.random()
        left = self.expr(type_, scope, depth - 1)
        right = self.expr(type_, scope, depth - 1)
        if kind < 0.35:
            return f"({left} {rng.choice('+-*')} {right})"
        if kind < 0.55:
            return f"unchecked({left} {rng.choice('+-*')} {right})"
        if kind < 0.65:
            return f"({left} {rng.choice('&|^')} {right})"
        if kind < 0.72:
            return f"({left} {rng.choice(['<<', '>>'])} {self.expr(rng.choice(WIDE), scope, depth - 2)})"
        if kind < 0.8:
            divisor = rng.choice([f"({right} | 1)", self.number(type_) if rng.random() < 0.7 else right])
            divisor = f"({type_})({divisor})"
            quotient = f"({left} {rng.choice('/%')} {divisor})"
            return f"unchecked{quotient}" if rng.random() < 0.6 else quotient
        if kind < 0.84:
            return f"(~{left})"
        if kind < 0.88 and type_ == "int":
            other = rng.choice(["i32", "i16", "i8", "byte", "u16", "u32", "char"])
            return f"(int)({self.expr(other, scope, depth - 1)})"
        if kind < 0.91 and type_ == "int":
            return f"({self.expr('string', scope, depth - 1)}).Length"
        if kind < 0.94:
            return f"{rng.choice(['max', 'min'])}({left}, {right})"
        if kind < 0.96 and type_ == "int":
            return f"(int)({self.expr('double', scope, depth - 1)} * 0.001)" if rng.random() < 0.5 else \
                f"unchecked((int)({self.expr('float', scope, depth - 1)}))"
        source = rng.choice([one for one in WIDE if one != type_])
        cast = f"({type_})({self.expr(source, scope, depth - 1)})"
        return f"unchecked({cast})" if rng.random() < 0.85 else cast

    def shape(self, scope: Scope, depth: int) -> str:
        """An object of class Shape or one derived from it, hardly ever null."""
        names = scope.of("Shape")
        if names and self.rng.random() < 0.6:
            return self.rng.choice(names)
        made = self.rng.choice(["Shape", "Round", "Corner", "Deep"])
        return f"new {made}({self.expr('int', scope, min(depth - 1, 1))})" if self.rng.random() < 0.98 else "(null as Shape)"

    def pair(self, scope: Scope, depth: int) -> str:
        """A struct value: a variable, an element, a result or a new one."""
        names = scope.of("Pair")
        if names and self.rng.random() < 0.6:
            return self.rng.choice(names)
        rows = scope.of("Pair[]")
        if rows and self.rng.random() < 0.6:
            return self.element(self.rng.choice(rows), scope, 1)
        made = f"new Pair({self.expr('int', scope, min(depth - 1, 1))}, {self.expr('double', scope, min(depth - 1, 1))})"
        return f"swapped({made})" if self.rng.random() < 0.3 else made

    def object_expr(self, type_: str, scope: Scope, depth: int) -> str:
        """Virtual calls, fields, type tests, casts and struct members."""
        rng = self.rng
        if type_ == "int":
            boxed = rng.choice(("int", "int", "int", "i32"))
            return rng.choice([lambda: f"({self.shape(scope, depth)}).Area({self.expr('int', scope, depth - 2)})",
                               lambda: f"({self.shape(scope, depth)}).size", lambda: f"({self.pair(scope, depth)}).a",
                               lambda: f"({self.pair(scope, depth)}).Sum()",
                               lambda: f"((Round)(Shape)({self.shape(scope, depth)})).Area({self.number('int')})",
                               lambda: f"(int)(object)({self.expr(boxed, scope, depth - 2)})"])()
        if type_ == "bool":
            made = self.shape(scope, depth)
            kind = rng.choice(["Shape", "Round", "Corner", "Deep"])
            return rng.choice([f"(({made}) is {kind})", f"((({made}) as {kind}) == null)",
                               f"((object)({self.expr('int', scope, depth - 2)})).Equals({self.expr('int', scope, depth - 2)})"])
        if type_ == "double":
            return f"({self.pair(scope, depth)}).b"
        return rng.choice([f"({self.shape(scope, depth)}).ToString()", f"(\"\" + ({self.shape(scope, depth)}))",
                           f"({self.shape(scope, depth)}).Text()", f"({self.pair(scope, depth)}).Text()",
                           *(f"(\"\" + {name})" for name in scope.of("Thing"))])

    def _bool(self, scope: Scope, depth: int) -> str:
        rng = self.rng
        kind = rng.random()
        if kind < 0.55:
            type_ = rng.choice((*INTS, "double", "float", "char"))
            left, right = self.expr(type_, scope, depth - 1), self.expr(type_, scope, depth - 1)
            return f"({left} {rng.choice(['<', '<=', '>', '>=', '==', '!='])} {right})"
        if kind < 0.65:
            return f"({self.expr('string', scope, depth - 1)} {rng.choice(['==', '!='])} {self.expr('string', scope, depth - 1)})"
        if kind < 0.75:
            return f"(!{self.expr('bool', scope, depth - 1)})"
        left, op = self.expr("bool", scope, depth - 1), rng.choice(["&&", "||", "&", "|", "^", "=="])
        return f"({left} {op} {self.expr('bool', scope, depth - 1)})"

    def _char(self, scope: Scope, depth: int) -> str:
        if self.rng.random() < 0.5:
            return f"(char)(({self.expr('int', scope, depth - 1)}) & 127)"
        return f"(\"#\" + {self.expr('string', scope, depth - 1)})[0]"

    def _double(self, scope: Scope, depth: int) -> str:
        rng = self.rng
        kind = rng.random()
        if kind < 0.6:
            return f"({self.expr('double', scope, depth - 1)} {rng.choice('+-*/')} {self.expr('double', scope, depth - 1)})"
        if kind < 0.8:
            return f"(double)({self.expr(rng.choice((*WIDE, 'float', 'byte', 'i16')), scope, depth - 1)})"
        if kind < 0.9:
            return f"abs({self.expr('double', scope, depth - 1)})"
        return f"sqrt(abs({self.expr('double', scope, depth - 1)}))"

    def _float(self, scope: Scope, depth: int) -> str:
        if self.rng.random() < 0.7:
            return f"({self.expr('float', scope, depth - 1)} {self.rng.choice('+-*/')} {self.expr('float', scope, depth - 1)})"
        return f"(float)({self.expr(self.rng.choice((*WIDE, 'double')), scope, depth - 1)})"

    def _string(self, scope: Scope, depth: int) -> str:
        rng = self.rng
        kind = rng.random()
        text = self.expr("string", scope, depth - 1)
        if kind < 0.6:
            return f"({text} + {self.expr(rng.choice(SCALARS), scope, depth - 1)})"
        if kind < 0.7:
            return f"(\"\" + {self.expr(rng.choice(SCALARS), scope, depth - 1)})"
        if kind < 0.8:
            return f"({text}).substring(0, min(({text}).Length, {rng.randint(0, 9)}))"
        method = rng.choice(["to_upper()", "to_lower()", "trim()", "ToString()", 'replace("a", "bc")'])
        return f"({text}).{method}"

    # -- statements ------------------------------------------------------------------------------------------------

    def emit(self, indent: int, text: str) -> None:
        """One line of the program."""
        self.lines.append("    " * indent + text)

    def name(self, prefix: str) -> str:
        """A fresh name."""
        self.counter += 1
        return f"{prefix}{self.counter}"

    def block(self, indent: int, scope: Scope, fuel: int, depth: int) -> None:
        """Statements in a nested scope."""
        inner = scope.inner()
        for _ in range(self.rng.randint(1, max(1, fuel))):
            self.statement(indent, inner, fuel, depth)

    def statement(self, indent: int, scope: Scope, fuel: int, depth: int) -> None:
        """One random statement."""
        rng = self.rng
        kind = rng.random()
        if kind < 0.25:
            type_ = rng.choice(SCALARS)
            name = self.name("v")
            self.emit(indent, f"{type_} {name} = {self.expr(type_, scope, 3)};")
            scope.names[name] = type_
        elif kind < 0.32:
            type_ = rng.choice(SCALARS)
            name = self.name("a")
            size = rng.randint(4, 9)
            if type_ != "string" and rng.random() < 0.2:
                self.emit(indent, f"{type_}[3][{size}] {name};")
                scope.names[name] = f"{type_}[][]"
                return
            self.emit(indent, f"{type_}[{size}] {name};" if rng.random() < 0.5 else
                      f"{type_}[] {name} = new {type_}[] {{ {', '.join(self.expr(type_, scope, 1) for _ in range(size))} }};")
            if type_ == "string":
                self.emit(indent, f"fill({name}, \"s\");")
            scope.names[name] = f"{type_}[]"
        elif kind < 0.36 and self.fields:
            name = self.name("o")
            self.emit(indent, f"Thing {name} = new Thing({self.expr('int', scope, 2)});")
            scope.names[name] = "Thing"
        elif kind < 0.42 and self.shapes:
            self.declare_object(indent, scope)
        elif kind < 0.6:
            self.assignment(indent, scope)
        elif kind < 0.63 and (scope.result or scope.looping):
            ways = [f"return {self.expr(scope.result, scope, 2)};"] if scope.result else []
            ways += ["break;", "continue;"] if scope.looping else []
            self.emit(indent, f"if ({self.expr('bool', scope, 2)}) {rng.choice(ways)}")
        elif kind < 0.72:
            self.emit(indent, f"print({self.expr(rng.choice(SCALARS), scope, 3)});")
        elif depth <= 0:
            self.assignment(indent, scope)
        elif kind < 0.79 and self.shapes:
            self.guarded(indent, scope, fuel, depth)
        elif kind < 0.86:
            self.emit(indent, f"if ({self.expr('bool', scope, 3)}) {{")
            self.block(indent + 1, scope, fuel // 2, depth - 1)
            if rng.random() < 0.5:
                self.emit(indent, "} else {")
                self.block(indent + 1, scope, fuel // 2, depth - 1)
            self.emit(indent, "}")
        else:
            self.loop(indent, scope, fuel, depth)

    def declare_object(self, indent: int, scope: Scope) -> None:
        """A variable of class or struct type, or a change of one."""
        rng = self.rng
        kind = rng.choice(["Shape", "Pair", "Pair", "Pair[]"])
        if kind == "Pair[]":
            self.pairs(indent, scope)
            return
        names = scope.of(kind, assignable=True)
        if kind == "Pair" and names and rng.random() < 0.5:
            target = rng.choice(names)
            self.emit(indent, rng.choice([f"{target}.a = {self.expr('int', scope, 2)};", f"{target}.Bump();",
                                          f"{target} = {self.pair(scope, 2)};", f"{target}.b += 0.5;"]))
        elif names and rng.random() < 0.3:
            self.emit(indent, f"{rng.choice(names)} = {self.shape(scope, 2) if kind == 'Shape' else self.pair(scope, 2)};")
        else:
            name = self.name("s")
            self.emit(indent, f"{kind} {name} = {self.shape(scope, 2) if kind == 'Shape' else self.pair(scope, 2)};")
            scope.names[name] = kind

    def pairs(self, indent: int, scope: Scope) -> None:
        """An array of structs, or a change of an element."""
        names = scope.of("Pair[]")
        if names and self.rng.random() < 0.7:
            target = self.element(self.rng.choice(names), scope, 2)
            self.emit(indent, self.rng.choice([f"{target}.a = {self.expr('int', scope, 2)};", f"{target}.Bump();",
                                               f"{target} = {self.pair(scope, 2)};", f"{target}.b -= 0.25;"]))
            return
        name = self.name("s")
        self.emit(indent, f"Pair[{self.rng.randint(4, 6)}] {name};")
        scope.names[name] = "Pair[]"

    def guarded(self, indent: int, scope: Scope, fuel: int, depth: int) -> None:
        """A try statement with clauses of several kinds and a finally body at times."""
        rng = self.rng
        self.emit(indent, "try {")
        if rng.random() < 0.6:
            thrown = rng.choice(['"text"', "new Custom(\"own\")", "ArithmeticException", "TypeError(\"mine\")"])
            self.emit(indent + 1, f"if ({self.expr('bool', scope, 2)}) throw {thrown};")
        self.block(indent + 1, scope, fuel // 2, depth - 1)
        final = rng.random() < 0.5
        name = self.name("e")
        typed = [f"ArithmeticException {name}", f"Custom {name}", "TypeError", f"NullPointerException {name}"]
        clauses = rng.sample(typed, rng.randint(0, 2))
        if rng.random() < 0.7 or not (clauses or final):
            clauses.append(rng.choice([f"string {name}", f"Exception {name}", name]))
        for clause in clauses:
            self.emit(indent, f"}} catch ({clause}) {{")
            if name in clause:
                text = name if clause.startswith("string") else f"{name}.Message"
                self.emit(indent + 1, f"print({text});" if rng.random() < 0.7 else f"print({name}.StackTrace());")
            if rng.random() < 0.2:
                self.emit(indent + 1, "throw;" if rng.random() < 0.5 else f"throw {self.expr('string', scope, 1)};")
            else:
                self.block(indent + 1, scope, fuel // 2, depth - 1)
        if final:
            self.emit(indent, "} finally {")
            self.emit(indent + 1, f"print({self.expr(rng.choice(SCALARS), scope, 2)});")
            if rng.random() < 0.4:
                held = scope.inner()
                held.result, held.looping = "", False
                self.block(indent + 1, held, fuel // 2, depth - 1)
        self.emit(indent, "}")

    def assignment(self, indent: int, scope: Scope) -> None:
        """An assignment, plain or compound, to a local, global, element or field."""
        rng = self.rng
        type_ = rng.choice(SCALARS)
        targets = scope.of(type_, assignable=True) + self.globals.of(type_)
        arrays = self.arrays(type_, scope)
        objects = scope.of("Thing")
        fields = [name for name, known in self.fields.items() if known == type_]
        if arrays and rng.random() < 0.4:
            target = self.element(rng.choice(arrays), scope, 2)
        elif objects and fields and rng.random() < 0.5:
            target = f"{rng.choice(objects)}.{rng.choice(fields)}"
        elif targets:
            target = rng.choice(targets)
        else:
            return
        value = self.expr(type_, scope, 3)
        if type_ in INTS and rng.random() < 0.4:
            if rng.random() < 0.3:
                self.emit(indent, f"unchecked {{ {target}{rng.choice(['++', '--'])}; }}")
            else:
                op = rng.choice(["+=", "-=", "*=", "&=", "|=", "^="])
                self.emit(indent, f"unchecked {{ {target} {op} {value}; }}" if rng.random() < 0.7 else f"{target} {op} {value};")
        elif type_ == "string":
            if rng.random() < 0.5:
                self.emit(indent, f"if (({target}).Length < 200) {target} += {value};")
            else:
                self.emit(indent, f"{target} = ({value}).substring(0, min(({value}).Length, 40));")
        elif type_ in ("double", "float") and rng.random() < 0.4:
            self.emit(indent, f"{target} {rng.choice(['+=', '-=', '*=', '/='])} {value};")
        else:
            self.emit(indent, f"{target} = {value};")

    def loop(self, indent: int, scope: Scope, fuel: int, depth: int) -> None:
        """A counted loop of one of the three kinds, with break and continue at times."""
        rng = self.rng
        name = self.name("n")
        count = rng.randint(1, 7)
        inner = scope.inner()
        inner.names[name] = "int"
        inner.fixed.add(name)
        inner.looping = True
        kind = rng.random()
        if kind < 0.5:
            self.emit(indent, f"for (int {name} = 0; {name} < {count}; {name}++) {{")
        else:
            self.emit(indent, f"int {name} = {count};")
            scope.names[name] = "int"
            scope.fixed.add(name)
            self.emit(indent, f"while ({name} > 0) {{" if kind < 0.75 else "do {")
            self.emit(indent + 1, f"{name}--;")
        if rng.random() < 0.3:
            self.emit(indent + 1, f"if ({self.expr('bool', inner, 2)}) {rng.choice(['break', 'continue'])};")
        self.block(indent + 1, inner, fuel // 2, depth - 1)
        self.emit(indent, "}" if kind < 0.75 else f"}} while ({name} > 0);")

    # -- the program -----------------------------------------------------------------------------------------------

    def program(self, size: int = 3) -> str:
        """The text of a program with about `size` functions and a main."""
        rng = self.rng
        if self.opaque:
            for type_ in (*INTS, "char", "double", "float"):
                self.emit(0, f"{type_} k_{type_}({type_} n) {{ return n; }}")
        for _ in range(rng.randint(1, 5)):
            type_ = rng.choice(SCALARS)
            name = self.name("g")
            initial = f"\"{name}\"" if type_ == "string" else self.literal(type_)
            self.emit(0, f"{type_} {name} = {initial};")
            self.globals.names[name] = type_
        if rng.random() < 0.7:
            self.thing()
        if rng.random() < 0.6:
            self.shapes = True
            self.lines += SHAPES.splitlines()
        for _ in range(size):
            self.function()
        self.emit(0, "void main() {")
        scope = Scope()
        for _ in range(rng.randint(4, 10)):
            self.statement(1, scope, 4, 3)
        for name in (*self.globals.names, *(name for name, type_ in scope.names.items() if type_ in SCALARS)):
            self.emit(1, f"print(\"{name} = \" + {name});")
        if self.shapes:
            self.emit(1, "print(Shape.made);")
        self.emit(0, "}")
        return "\n".join(self.lines) + "\n"

    def thing(self) -> None:
        """A class with fields of several types, a constructor and a method."""
        for _ in range(self.rng.randint(1, 4)):
            self.fields[self.name("m")] = self.rng.choice([type_ for type_ in SCALARS if type_ != "string"])
        self.emit(0, "class Thing {")
        for name, type_ in self.fields.items():
            self.emit(1, f"public {type_} {name};")
        self.emit(1, "public int seed;")
        self.emit(1, "public Thing(int seed) { this.seed = seed; }")
        self.emit(1, "public string ToString() { return base.ToString() + seed; }")
        self.emit(1, "public int Mix(int other) { return unchecked(seed * 31 + other); }")
        self.emit(0, "}")
        self.fields["seed"] = "int"

    def function(self) -> None:
        """One function over the functions made so far; some call themselves a few times, with an early exit in front."""
        rng = self.rng
        made = Function(self.name("fn"), rng.choice(SCALARS), [rng.choice(SCALARS) for _ in range(rng.randint(0, 9))])
        recursive = rng.random() < 0.3
        if recursive:
            made.params.insert(0, "int")
        scope = Scope()
        for param in made.params:
            scope.names[self.name("p")] = param
        params = ", ".join(f"{type_} {name}" for name, type_ in scope.names.items())
        self.emit(0, f"{made.result} {made.name}({params}) {{")
        if recursive:
            self.recursion(made, scope)
        scope.result = made.result
        for _ in range(rng.randint(1, 5)):
            self.statement(1, scope, 3, 2)
        self.emit(1, f"return {self.expr(made.result, scope, 3)};")
        self.emit(0, "}")
        self.functions.append(made)

    def recursion(self, made: Function, scope: Scope) -> None:
        """The early exit and the calls of a function that calls itself: its first parameter counts down from at most 3."""
        depth = next(iter(scope.names))
        scope.fixed.add(depth)
        self.emit(1, f"if ({depth} <= 0 || {depth} > 3) return {self.expr(made.result, scope, 1)};")
        for _ in range(self.rng.randint(1, 2)):
            args = ", ".join([f"{depth} - 1", *(self.expr(param, scope, 1) for param in made.params[1:])])
            name = self.name("v")
            self.emit(1, f"{made.result} {name} = {made.name}({args});")
            scope.names[name] = made.result
