"""What the checker hands to lowering: side tables, resolved calls, layout, vtables, initialisation order, entry."""

from __future__ import annotations

from check_sample import Checked

from starklink.frontend import ast
from starklink.frontend.typed import FieldSym, LengthOf, LocalVar, MethodSym, Resolved, Typed
from starklink.frontend.types import (
    BOOL,
    BYTE,
    CHAR,
    DOUBLE,
    ERROR,
    FLOAT,
    I8,
    I16,
    I32,
    INT,
    OBJECT,
    STRING,
    U32,
    UINT,
    ClassType,
    Type,
    array_of,
    link_name,
)

NAMES = {
    "i8": I8,
    "i16": I16,
    "i32": I32,
    "int": INT,
    "byte": BYTE,
    "u32": U32,
    "uint": UINT,
    "float": FLOAT,
    "double": DOUBLE,
    "char": CHAR,
}


def checked(text: str) -> Checked:
    """A program without any error or warning."""
    made = Checked(text)
    assert made.problems() == []
    return made


def typed(text: str) -> Typed:
    """Its tables."""
    tables = checked(text).typed
    assert tables is not None
    return tables


def values_of(text: str) -> tuple[Typed, list[ast.Expr]]:
    """Tables of a program whose main consists of declarations, and the initialisers of main's locals."""
    made = checked(text)
    assert made.typed is not None
    main = next(decl for decl in made.files[-1].declarations if isinstance(decl, ast.FunctionDecl) and decl.name.text == "main")
    assert main.body is not None
    found = []
    for statement in main.body.body:
        if isinstance(statement, ast.LocalDecl):
            found += [one.init for one in statement.declarators if one.init is not None]
    return made.typed, found


def type_of(expression: str, declarations: str = "") -> Type:
    """Type of an expression."""
    tables, found = values_of(f"{declarations}\nvoid main() {{ object result = {expression}; }}")
    return tables.type_of(found[0])


def const_of(expression: str, type_: str = "object") -> object:
    """Value of a constant expression."""
    tables, found = values_of(f"void main() {{ {type_} result = {expression}; }}")
    return tables.consts[found[0].id]


# -- types of operators ----------------------------------------------------------------------------------------------------

OPERANDS = "i8 a8; i16 a16; i32 a32; int a; byte b; u32 b32; uint u; float f; double d; char c;"


def test_adjusted_types() -> None:
    """Section 6.3, one row per pair."""
    rows = {
        "a8 + a16": INT,
        "b + b": INT,
        "c + c": INT,
        "a32 + a32": I32,
        "b32 * b32": U32,
        "u + u": UINT,
        "a32 + b32": INT,
        "a32 + a": INT,
        "b32 + u": UINT,
        "u + b": UINT,
        "u + c": UINT,
        "c - c": INT,
        "a8 + f": FLOAT,
        "f + d": DOUBLE,
        "u * d": DOUBLE,
        "u + 1": UINT,
        "1 + u": UINT,
        "a32 + 1": I32,
        "a32 + 3000000000": INT,
        "b + 1": INT,
        "b32 - 1": U32,
        "b32 - -1": INT,
        "c + 1": INT,
        "f * 2": FLOAT,
        "f * 2.0": DOUBLE,
        "a32 << 40": I32,
        "b << 2": INT,
        "u >> a": UINT,
        "-b": INT,
        "-b32": INT,
        "-a32": I32,
        "~b": INT,
        "~b32": U32,
        "+a8": INT,
        "!a": INT,
        "a < b": BOOL,
        "a8 & b": INT,
        "u | 7": UINT,
        "a % a32": INT,
        "-f": FLOAT,
    }
    for expression, expected in rows.items():
        assert type_of(expression, OPERANDS) is expected, expression


def test_operand_types() -> None:
    tables, found = values_of(
        f"{OPERANDS} void main() {{ bool x = a8 < u8; bool y = c == 97; bool z = f < d; int w = b << 2; }} byte u8;"
    )
    assert [tables.operand_types[one.id] for one in found] == [INT, INT, DOUBLE, INT]


def test_compound_assignment_works_in_the_adjusted_type() -> None:
    made = checked("byte b; double d; string s; char c; void main() { b += 1; d /= 2; s += b; c -= 1; b <<= 3; b++; c--; }")
    assert made.typed is not None
    main = made.files[0].declarations[-1]
    assert isinstance(main, ast.FunctionDecl) and main.body is not None
    types = [made.typed.operand_types[one.expr.id] for one in main.body.body if isinstance(one, ast.ExprStmt)]
    assert types == [INT, DOUBLE, STRING, INT, INT, INT, INT]


# -- constants -------------------------------------------------------------------------------------------------------------


def test_constants() -> None:
    assert const_of("-9223372036854775808", "int") == -(1 << 63)
    assert const_of("1 + 2 * 3", "int") == 7
    assert const_of("-7 / 2", "int") == -3
    assert const_of("-7 % 2", "int") == -1
    assert const_of("7 % -2", "int") == 1
    assert const_of("unchecked(9223372036854775807 + 1)", "int") == -(1 << 63)
    assert const_of("unchecked((byte)511)", "byte") == 255
    assert const_of("unchecked((i8)200)", "i8") == -56
    assert const_of("1 << 64", "int") == 1
    assert const_of("(i32)1 << 33", "i32") == 2
    assert const_of("-16 >> 2", "int") == -4
    assert const_of("~0", "int") == -1
    assert const_of("~0U", "uint") == (1 << 64) - 1
    assert const_of("!5", "int") == 0
    assert const_of("'a' + 1", "int") == 98
    assert const_of("(char)('a' + 1)", "char") == 98
    assert const_of('"a" + "b" + "c"', "string") == b"abc"
    assert const_of('"a" == "a"', "bool") is True
    assert const_of("1 < 2 && 2 < 1", "bool") is False
    assert const_of("PI > 3", "bool") is True
    assert const_of("0.1 + 0.2", "double") == 0.1 + 0.2
    assert const_of("0.1f + 0.2f", "float") == 0.30000001192092896
    assert const_of("(float)16777217", "float") == 16777216.0
    assert const_of("1.0 / 0.0", "double") == float("inf")
    assert str(const_of("0.0 / 0.0", "double")) == "nan"
    assert const_of("-5.5 % 2.0", "double") == -1.5
    assert const_of("(int)-2.9", "int") == -2
    assert const_of("true ? 1 : 2.5", "double") == 1.0
    assert const_of("sizeof(i16) + sizeof(string)", "int") == 10


def test_not_constant() -> None:
    for expression in ('"a" + 1', "sqrt(4)", "new int[1].Length"):
        tables, found = values_of(f"void main() {{ object result = {expression}; }}")
        assert tables.consts[found[0].id] is None, expression


def test_constant_declarations() -> None:
    made = typed(
        """
        const double HALF = 1 / 2.0; const double ONE = 1; const byte B = SIZE + 1; const int SIZE = 8;
        const string S = "a" + T; const string T = "b";
        class K { public const int A = B * 2; public static int later = K.A; }
        int plain = SIZE + 1; double wide = 3; int called = f(); string text = "x" + S; object boxed = 5;
        int[SIZE] table; int[2][3] rows; string none = null;
        int f() { const i32 local = (int)A.X + 1; return local; }
        enum A { Y = -1, X }
        void main() { }
        """
    )
    found = {one.name: one for one in made.globals}
    assert [found[name].const for name in ("HALF", "ONE", "B", "SIZE", "S", "plain", "wide", "text")] == [
        0.5,
        1.0,
        9,
        8,
        b"ab",
        9,
        3.0,
        b"xab",
    ]
    assert isinstance(found["ONE"].const, float) and isinstance(found["wide"].const, float)
    assert found["called"].const is None and found["boxed"].const is None
    assert found["table"].dims == [8] and found["rows"].dims == [2, 3]
    assert found["rows"].type is array_of(array_of(INT))
    assert [one.name for one in made.statics_in_order] == ["called", "boxed", "table", "rows"]
    members = {one.name: one for one in next(one for one in made.classes if one.name == "K").statics}
    assert members["A"].const == 18 and members["later"].const == 18
    local = next(var for key, var in made.locals.items() if isinstance(key, ast.Declarator) and var.name == "local")
    assert local.is_const and local.const == 1 and local.type is I32


# -- calls -----------------------------------------------------------------------------------------------------------------


def call_of(expression: str, declarations: str) -> Resolved:
    """What a call means."""
    tables, found = values_of(f"{declarations}\nvoid main() {{ var result = {expression}; }}")
    ref = tables.refs[found[0].id]
    assert isinstance(ref, Resolved)
    return ref


def picked(expression: str, declarations: str) -> str:
    """Link symbol of the function a call means."""
    method = call_of(expression, declarations).method
    assert method is not None
    return method.symbol


def test_overloads() -> None:
    """Section 6.8: the order of conversions."""
    widths = """int f(i16 n) { return 1; } int f(int n) { return 2; } int f(float x) { return 3; } int f(object o) { return 4; }
    byte b; u32 w; uint u; bool t;"""
    assert picked("f(b)", widths) == "f(i16)"
    assert picked("f(w)", widths) == "f(int)"
    assert picked("f(u)", widths) == "f(float)"
    assert picked("f(t)", widths) == "f(object)"
    assert picked("f(1)", widths) == "f(int)"
    assert picked("f(2.5)", widths) == "f(object)"
    classes = """class A { } class B : A { } class C : B { }
    int g(A a) { return 1; } int g(B b) { return 2; } int g(object o) { return 3; }
    int g(int[] a) { return 4; } int g(readonly int[] a) { return 5; }"""
    assert picked("g(new C())", classes) == "g(B)"
    assert picked('g("")', classes) == "g(object)"
    assert picked("g(new int[1])", classes) == "g(int[])"
    assert picked("h(1)", "int h(byte b) { return 1; } int h(double d) { return 2; }") == "h(byte)"
    assert picked("h(floor(2.5))", "int h(int n) { return 1; }") == "h"
    assert picked("h(floor(2.5))", "int h(int n) { return 1; } int h(double n) { return 1; }") == "h(double)"


def test_methods_of_the_most_derived_class_win() -> None:
    text = """
    class P { public int Pick(int n) { return 1; } public int Show(int n) { return 2; }
    public int Show(double d) { return 3; } }
    class F : P { public int Pick(double d) { return 4; } public int Show(double d) { return 5; } }
    F f = new F();"""
    assert picked("f.Pick(1)", text) == "F.Pick"
    assert picked("f.Show(1)", text) == "P.Show(int)"
    assert picked("f.Show(1.5)", text) == "P.Show(double)"  # an override counts where the method was first declared


def test_kinds_of_calls() -> None:
    text = """class A { public int x; public static int S() { return 1; } public int M(double d) { return 2; }
    public string ToString() { return ""; } }
    class B : A { public string Both() { return base.ToString() + ToString(); } } class C { } struct T { int n; }
    A a = new A(); B b = new B(); C c; T t; string s; int[] v;"""
    static = call_of("A.S()", text)
    assert static.kind == "method" and static.receiver is None and static.method is not None and static.method.is_static
    method = call_of("b.M(3)", text)
    assert (
        method.kind == "method" and method.params == [DOUBLE] and method.type is INT and isinstance(method.receiver, ast.NameExpr)
    )
    assert call_of("b.ToString()", text).kind == "method"
    for expression, key, params in (
        ("c.ToString()", "ToString", "C"),
        ("t.GetHashCode()", "GetHashCode", "T"),
        ("5.ToString()", "ToString", "int"),
        ("s.Equals(c)", "Equals", "string"),
        ("to_string(b)", "to_string", "B"),
        ("ToString(5)", "to_string", "int"),
        ("s.length()", "length", "string"),
        ("length(v)", "length", "int[]"),
        ("string_length(s)", "length", "string"),
        ("s.substring(0, 5)", "substring", "string"),
        ("v.length()", "length", "int[]"),
    ):
        call = call_of(expression, text)
        assert (call.kind, call.builtin, str(call.params[0])) == ("builtin", key, params), expression
        assert (call.receiver is not None) == ("." in expression), expression


def test_base_calls_are_direct() -> None:
    made = checked("""
    class A { public string F() { return ""; } public virtual int G() { return 1; } }
    class B : A { public int G() { return 2; } }
    class C : B { public string H() { return base.ToString() + base.F() + base.G() + G() + ToString(); } }
    void main() { new C().H(); }""")
    assert made.typed is not None
    calls = [ref for ref in made.typed.refs if isinstance(ref, Resolved) and ref.kind in ("method", "builtin")]
    found = [(ref.method.qualified if ref.method else ref.builtin, ref.direct, ref.implicit_this) for ref in calls]
    assert found == [
        ("ToString", True, False),
        ("A.F", True, False),
        ("B.G", True, False),
        ("A.G", False, True),
        ("ToString", False, True),
        ("C.H", False, False),
    ]


def test_built_in_types() -> None:
    rows = {
        "abs(b)": INT,
        "abs(a32)": I32,
        "abs(f)": FLOAT,
        "abs(b32)": U32,
        "max(b, 4)": INT,
        "max(f, f)": FLOAT,
        "max(u, 5)": UINT,
        "min(a32, a32)": I32,
        "pow(2, 3)": INT,
        "pow(2.5, 2)": DOUBLE,
        "pow(4, f)": FLOAT,
        "pow(a32, 2)": INT,
        "pow(u, 2)": UINT,
        "sqrt(16)": INT,
        "sqrt(u)": UINT,
        "sqrt(f)": FLOAT,
        "floor(d)": DOUBLE,
        "ceil(b)": BYTE,
        "abs_diff(1.5, 2.5)": DOUBLE,
        "mod(7, 2)": INT,
        "mod(f, 2)": FLOAT,
        'char_at("a", 0)': CHAR,
        'code_point_at("a", 0)': CHAR,
        'index_of("a", "b")': INT,
        'split("a", "b")': array_of(STRING),
        'compare("a", "b")': INT,
        'to_int("5")': INT,
        "to_float(1)": FLOAT,
        "to_double(c)": DOUBLE,
        "malloc(5)": array_of(BYTE),
        "read_line()": STRING,
        "PI": DOUBLE,
        "E": DOUBLE,
        "to_int(c)": INT,
        'contains("a", "b")': BOOL,
        '"a"[0]': CHAR,
        '"a".Length': INT,
    }
    for expression, expected in rows.items():
        assert type_of(expression, OPERANDS) is expected, expression
    assert call_of("pow(4, f)", OPERANDS).params == [FLOAT, FLOAT]
    assert call_of("max(b, 4)", OPERANDS).params == [INT, INT]


# -- classes ---------------------------------------------------------------------------------------------------------------


def class_named(tables: Typed, name: str) -> ClassType:
    return next(one for one in tables.classes if one.name == name)


def test_layout() -> None:
    tables = typed("""
    class A { public byte a; public int b; public i16 c; } class B : A { public i32 d; public byte e; }
    [Packed] class P { public byte a; public int b; } [Align(64)] class Q { public int a; }
    struct S { byte a; i16 b; byte c; } struct T { byte a; S s; double d; } [Align(16)] [Packed] struct M { byte a;
    int b; } struct Empty { }
    class H { public byte a; public S s; public T t; }
    void main() { }""")

    def shape(name: str) -> tuple[int, int, list[int]]:
        type_ = class_named(tables, name)
        return type_.size, type_.align, [one.offset for one in type_.fields]

    assert shape("A") == (32, 8, [8, 16, 24])
    assert shape("B") == (40, 8, [32, 36])
    assert shape("P") == (24, 8, [8, 9])
    assert shape("Q") == (16, 64, [8])
    assert shape("S") == (6, 2, [0, 2, 4])
    assert shape("T") == (16, 8, [0, 2, 8])
    assert shape("M") == (16, 16, [0, 1])
    assert shape("Empty") == (1, 1, [])
    assert shape("H") == (32, 8, [8, 10, 16])


def test_vtables() -> None:
    tables = typed("""
    abstract class A { public abstract int F(); public int G() { return 1; } public int H() { return 2; }
    public string ToString() { return ""; } }
    class B : A { public override int F() { return 3; } public int H() { return 4; } private int P() { return 5; } }
    class C : B { public int H() { return 6; } public int GetHashCode() { return 7; }
    public bool Equals(C c) { return true; } }
    void main() { }""")

    def table(name: str) -> list[str | None]:
        return [None if one is None else one.qualified for one in class_named(tables, name).vtable]

    assert table("A") == ["A.ToString", None, None, "A.F", "A.H"]
    assert table("B") == ["A.ToString", None, None, "B.F", "B.H"]
    assert table("C") == ["A.ToString", None, "C.GetHashCode", "B.F", "C.H"]
    slots = {one.qualified: one.slot for name in "ABC" for one in class_named(tables, name).methods}
    assert slots == {
        "A.F": 3,
        "A.G": -1,
        "A.H": 4,
        "A.ToString": 0,
        "B.F": 3,
        "B.H": 4,
        "B.P": -1,
        "C.H": 4,
        "C.GetHashCode": 2,
        "C.Equals": -1,
    }
    assert [one.name for one in class_named(tables, "A").children] == ["B"]


def test_constructor_chains() -> None:
    made = checked("""
    class A { public A() { } public A(int n) { } } class B : A { public B() : this(2) { }
    public B(int n) : base(n) { } public B(string s) { } }
    class C : Mid { public C(byte x) : base(x) { } } class Mid : A { public Mid(double d) { } }
    class D { public D() { } } void main() { }""")
    tables = made.typed
    assert tables is not None
    found = {}
    for decl, call in tables.ctor_chains.items():
        symbol = next(ctor.symbol for one in tables.classes for ctor in one.ctors if ctor.decl is decl)
        found[symbol] = (None if call.method is None else call.method.symbol, call.params)
    assert found == {
        "B.new()": ("B.new(int)", [INT]),
        "B.new(int)": ("A.new(int)", [INT]),
        "B.new(string)": ("A.new()", []),
        "C.new": ("Mid.new", [DOUBLE]),
        "Mid.new": ("A.new()", []),
    }


def test_exception_classes_have_message_constructors() -> None:
    tables = typed("""class Mine : IOException { } class Own : Exception { public int code;
    public Own(int c) : base("own") { code = c; } }
    class Sub : Own { public Sub() : base(1) { } }
    void main() { throw new Mine("a"); }""")
    mine = class_named(tables, "Mine")
    assert [[param.type for param in ctor.params] for ctor in mine.ctors] == [[], [STRING]]
    assert mine.is_exception and class_named(tables, "Sub").is_exception
    assert class_named(tables, "Exception").vtable[0] is not None
    chain = tables.ctor_chains[mine.ctors[1].decl]  # type: ignore[index]
    assert chain.method is not None and chain.method.owner is not None and chain.method.owner.name == "IOException"
    argument = mine.ctors[1].decl.chain_args[0]  # type: ignore[union-attr]
    assert tables.refs[argument.id] is mine.ctors[1].params[0] and tables.types[argument.id] is STRING


def test_throw_forms() -> None:
    made = checked(
        """class Mine : Exception { }
    void f(int k) { if (k == 1) throw Mine; if (k == 2) throw Mine("a"); if (k == 3) throw new Mine();
    if (k == 4) throw "text"; throw TypeException("b"); }
    void main() { try { f(1); } catch (Mine) { } catch (IOException s) { print(s.Message + s.StackTrace()); }
    catch (e) { print(e.Message); } }"""
    )
    assert made.typed is not None
    function = made.files[0].declarations[1]
    assert isinstance(function, ast.FunctionDecl) and function.body is not None
    kinds = []
    for statement in function.body.body:
        throw = statement.then if isinstance(statement, ast.If) else statement
        assert isinstance(throw, ast.Throw) and throw.value is not None
        ref = made.typed.refs[throw.value.id]
        kinds.append((made.typed.type_of(throw.value).name, isinstance(ref, Resolved) and ref.kind == "ctor"))
    assert kinds == [("Mine", True), ("Mine", True), ("Mine", True), ("string", False), ("TypeError", True)]


def test_caught_text_keeps_its_exception() -> None:
    made = checked('void main() { try { throw "a"; } catch (string s) { print(s.Message + s.StackTrace() + s); } }')
    assert made.typed is not None
    keys = sorted(ref.builtin for ref in made.typed.refs if isinstance(ref, Resolved) and ref.builtin.startswith("caught"))
    assert keys == ["caught_message", "caught_trace"]
    var = next(var for key, var in made.typed.locals.items() if isinstance(key, ast.Catch))
    assert var.caught and var.type is STRING


# -- names -----------------------------------------------------------------------------------------------------------------


def test_references() -> None:
    made = checked("""
    int g; class A { public int f; public static int s; public const int K = 2;
    public int M(int p) { int l = p + f + g + s + K + this.f + A.s; return l; } }
    void main() { int[] a = new int[3]; print(a.Length + a.length + new A().f + "x".Length + A.K); }""")
    assert made.typed is not None
    kinds: dict[str, int] = {}
    for ref in made.typed.refs:
        if isinstance(ref, (LocalVar, FieldSym, LengthOf)):
            kinds[type(ref).__name__] = kinds.get(type(ref).__name__, 0) + 1
    assert kinds == {"LocalVar": 4, "FieldSym": 8, "LengthOf": 3}


def test_symbols_are_unique() -> None:
    made = Checked(
        "private int helper() { return 1; } private int count = 3; public int lib() { return helper() + count; }",
        """private int helper() { return 2; } private int count; int over(int n) { return n; }
        int over(int a, double b) { return a; } int __new(int n) { return n; }
        int __out; class A { public int M() { return 1; } public int M(string s) { return 2; } public A() { }
        public A(A other) { } public static int count; }
        extern int outside(int n); void main() { helper(); lib(); }""",
    )
    assert made.problems() == []
    assert made.typed is not None
    symbols = [one.symbol for entries in made.typed.functions.values() for one in entries]
    symbols += [one.symbol for one in made.typed.globals]
    owner = class_named(made.typed, "A")
    symbols += [one.symbol for one in owner.methods + owner.ctors] + [one.symbol for one in owner.statics]
    assert len(set(symbols)) == len(symbols)
    assert {
        "helper()",
        "helper()$2",
        "over(int)",
        "over(int,double)",
        "main",
        "A.M()",
        "A.M(string)",
        "A.new()",
        "A.new(A)",
        "A.count",
        "outside",
    } <= set(symbols)
    assert not {"__new", "__out"} & set(symbols), "names of the library stay free"


def test_scopes_end() -> None:
    made = checked("void main() { int a = 1; { int b = 2; print(b); } for (int i = 0; i < a; i++) { } }")
    assert made.typed is not None
    text = made.sources.files[0].text
    ends = {var.name: text[: var.scope_end - made.sources.files[0].base] for var in made.typed.locals.values()}
    assert ends["b"].endswith("print(b); }") and ends["a"] == text and ends["i"].endswith("i++) { }")


def test_library_functions_are_checked_on_demand() -> None:
    tables = typed("void main() { }")
    method = tables.library_function("__concat")
    assert isinstance(method, MethodSym) and method.symbol == "__concat" and method.body_checked
    assert [param.type for param in method.params] == [STRING, STRING]
    assert tables.functions.keys() == {"main"}


def test_entry() -> None:
    tables = typed("class Main { static int Main(string[] args) { return args.Length; } }")
    assert tables.entry is not None and tables.entry.takes_args and tables.entry.method.symbol == "Main.Main"
    assert typed("void main() { }").entry is not None


def test_static_order() -> None:
    made = Checked(
        "int one = f(1); int f(int n) { return n; }",
        """
    class B { public static int x = f(2); public static int y = 3; public static int[4] z; } int two = f(3);
    struct S { int[2] cells; } S held; S[] none; class A { public static string s = "a" + B.x; } void main() { }""",
    )
    assert made.problems() == [] and made.typed is not None
    assert [one.symbol for one in made.typed.statics_in_order] == ["one", "B.x", "B.z", "two", "held", "A.s"]


# -- everything is filled in -------------------------------------------------------------------------------------------------

SAMPLE = (
    """
const int N = 4; int[N] table; readonly double ratio = 1.5; enum Color { Red, Green = 5 }
struct P { int x, y; public P(int a) { x = a; } public int Sum() { return x + y; } }
class Node { public Node next; int[2][3] grid; string name = "n" + N; public Node(Node n) { next = n; }
public Node() : this(null) { }
  public virtual string Tag() { return name ?? ""; } }
""".replace('name ?? ""', "name")
    + """
class Leaf : Node { public override string Tag() { return base.Tag() + "!"; }
public bool Is(object o) { return o is Leaf && (o as Leaf).next == null; } }
int fib(int n) { if (n < 2) return n; else if (n == 2) { return 1; } return fib(n - 1) + fib(n - 2); }
int classify(string s) { switch (s) { case "a": return 1; default: return s.length() > 3 ? 2 : 3; } }
void main(string[] args) {
    P p = new P(3); p.x += 2; P[] all = new P[] { p, new P() }; all[0].y++;
    object o = p; P back = (P)o; int sum = back.Sum() + p.Sum() << 2;
    foreach (var c in "text") { if (c == 'x') continue; write(c); }
    for (int i = 0, j = 5; i < j; i++, j--) { table[i] = i * j; }
    while (sum > 0 && !(sum % 2 == 0)) sum /= 2;
    do { sum--; } while (sum > 10);
    try { if (args.Length > 9) throw IOException("x"); } catch (IOException e) { print(e.Message); throw; }
    catch (string s) { print(s); } finally { flush(); }
    double d = -ratio * 2 + (float)sum; uint u = (uint)sum; u >>= 1; byte b = (byte)200; b++;
    print(unchecked(b + 1) + " " + d + u + Color.Green + new Leaf().Tag() + new Node[2].Length
        + (args == null) + fib(5) + classify("b") + -9223372036854775808);
    string t = null; t += 'c'; t = t + 1 + 2.5; bool f = t != null || t == "x"; Node n = new Leaf();
    n.next = f ? n : null;
    int[] r = new int[3] { 1, 2, 3 }; int[][] rows = new int[2][]; rows[0] = r; r[1] = rows[0][2] = -r[0];
    var copied = new int[3]; copy(r, copied); fill(copied, 'a'); assert(copied.length() == 3, "m");
}
"""
)


def test_every_expression_is_typed() -> None:
    made = Checked(SAMPLE)
    assert made.problems() == []
    assert made.typed is not None
    tables = made.typed
    count = 0
    work: list[tuple[object, object]] = [(made.files[0].declarations, None)]
    while work:
        node, parent = work.pop()
        if isinstance(node, list):
            work += [(one, parent) for one in node]
            continue
        for kind in type(node).__mro__:
            for name in getattr(kind, "__slots__", ()):
                work.append((getattr(node, name, None), node))
        if not isinstance(node, ast.Expr) or (isinstance(parent, ast.Call) and parent.target is node):
            continue
        count += 1
        assert tables.types[node.id] not in (None, ERROR), node
        ref, const = tables.refs[node.id], tables.consts[node.id]
        if isinstance(node, (ast.NameExpr, ast.Member, ast.Call)):
            assert ref is not None or const is not None, node
        if isinstance(node, (ast.IncDec, ast.Binary)) or (isinstance(node, ast.Assign) and node.op != "="):
            assert tables.operand_types[node.id] is not None or const is not None, node
        if isinstance(node, (ast.Cast, ast.TypeTest, ast.New)):
            assert id(node.type) in tables.type_nodes, node
    assert count > 240


def test_object_is_no_constant() -> None:
    assert type_of("5") is INT
    assert array_of(OBJECT) is array_of(OBJECT)


def test_types_of_one_name_have_their_own_symbols() -> None:
    made = Checked(
        "private class Hidden { public int V() { return 1; } public static int count; } int lib() { return new Hidden().V(); }",
        "private class Hidden { public int V() { return 2; } public static int count; } void main() { lib(); new Hidden().V(); }",
    )
    assert made.problems() == [] and made.typed is not None
    both = [one for one in made.typed.classes if one.name == "Hidden"]
    assert [one.symbol for one in both] == ["Hidden", "Hidden$2"]
    assert [one.methods[0].symbol for one in both] == ["Hidden.V", "Hidden$2.V"]
    assert [one.methods[0].qualified for one in both] == ["Hidden.V", "Hidden.V"]
    assert [one.statics[0].symbol for one in both] == ["Hidden.count", "Hidden$2.count"]
    assert link_name(array_of(both[1])) == "Hidden$2[]" and link_name(array_of(INT)) == "int[]"
