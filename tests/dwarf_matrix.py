"""Programs written with the assembler and described in every DWARF version: the inputs of test_dwarf_matrix.

Each kind is a unit with functions that `_start` calls; the exit code is the sum of what they return. What debuggers must
print for each is beside it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from starklink.asm import Assembler, dword, eax, ebx, ecx, edi, edx, esi, ptr, qword, rax, rbp, rbx, rdi, rip, rsp
from starklink.dwarf import Address, DebugInfo, Expression
from starklink.objwriter.model import Fragment, ObjectModule


class Check(NamedTuple):
    """Commands for a debugger, and lines that must come out in this order (regular expressions)."""

    gdb: tuple[str, ...]
    says: tuple[str, ...]
    lldb: tuple[str, ...] = ()
    lldb_says: tuple[str, ...] = ()


class Kind(NamedTuple):
    """A kind of unit: its builder, the function `_start` calls, what that returns, and the checks."""

    build: Callable[[ObjectModule, DebugInfo], None]
    entry: str
    result: int
    check: Check


def function(module: ObjectModule, code: Assembler, name: str) -> None:
    module.fragments.append(code.finish(name, binding="global"))


def data(module: ObjectModule, name: str, content: bytes, section: str = ".data") -> None:
    module.fragments.append(Fragment(name, section, content, 8, kind="object", binding="global"))


def plain(module: ObjectModule, debug: DebugInfo) -> None:
    """C: parameters and locals in a frame, a block, globals of every usual type, macros."""
    src = new_unit(debug, "plain.c")
    integer = debug.base_type("int", 4, "signed")
    double = debug.base_type("double", 8, "float")
    point = debug.structure("point", 16, {"x": (integer, 0), "y": (double, 8)})
    node = debug.structure("node", 16)
    debug.member(node, "value", integer, 0)
    debug.member(node, "next", debug.pointer(node), 8)
    color = debug.enumeration("color", 4, {"Red": 0, "Blue": 2, "Minus": -3}, type=integer)
    debug.variable("where", debug.const(point), "where")
    debug.variable("numbers", debug.array(integer, 2, 3), "numbers")
    debug.variable("paint", color, "paint")
    debug.variable("head", node, "head")
    debug.variable("second", integer, Address("numbers", 4), external=False)
    debug.current.macros.define(0, "VERSION 3")
    debug.current.macros.start_file(0, src.number)
    debug.current.macros.define(1, "MAX(a,b) ((a)>(b)?(a):(b))")
    debug.current.macros.undefine(2, "VERSION")
    debug.current.macros.end_file()
    data(module, "where", (7).to_bytes(8, "little") + b"\0\0\0\0\0\0\xf8\x3f")
    data(module, "numbers", b"".join(value.to_bytes(4, "little") for value in range(10, 16)))
    data(module, "paint", (2).to_bytes(4, "little"))
    data(module, "head", (5).to_bytes(16, "little"))
    code = Assembler()
    with debug.subprogram("plain", code, src, line=1, type=integer) as f, code.function("plain"):
        f.parameter("a", integer, -36)
        code.push(rbp)
        code.mov(rbp, rsp)
        code.mov(dword[rbp - 20], edi)
        f.at(2)
        with f.block() as inner:
            inner.local("total", integer, -20)
            code.mov(dword[rbp - 4], edi)
            code.add(dword[rbp - 4], 8)
            f.at(3)
            code.mov(eax, dword[rbp - 4])
        f.at(4, epilogue_begin=True)
        code.pop(rbp)
        code.ret()
    function(module, code, "plain")


PLAIN = Check(
    ("break plain", "run", "print a", "next", "print total", "print where", "print numbers", "print paint", "print head",
     "print second", "bt", "finish"),
    (r"Breakpoint 1, plain \(a=3\) at plain.c:2", r"\$1 = 3", r"\$2 = 11", r"\$3 = {x = 7, y = 1.5}",
     r"\$4 = {{10, 11, 12}, {13, 14, 15}}", r"\$5 = Blue", r"\$6 = {value = 5, next = 0x0}", r"\$7 = 11",
     r"#0  plain \(a=3\) at plain.c:3", r"#1  .* in _start \(\) at start.c:2", r"Value returned is \$8 = 11"),
    ("b plain", "run", "next", "frame variable a total", "p where.y", "p head.value"),
    (r"\(int\) a = 3", r"\(int\) total = 11", r"1.5", r"= 5"))


def classes(module: ObjectModule, debug: DebugInfo) -> None:
    """C++: a class with a base, a method declared inside and described outside, a namespace, access."""
    src = new_unit(debug, "zoo.cc")
    integer = debug.base_type("int", 4, "signed")
    long = debug.base_type("long", 8, "signed")
    space = debug.entry("namespace", name="zoo") if debug.version >= 3 else None
    base = debug.structure("Animal", 4, {"legs": (integer, 0)}, tag="class_type", parent=space)
    base.children[0].set("accessibility", "public")
    dog = debug.structure("Dog", 16, tag="class_type", parent=space)
    debug.inherit(dog, base)
    debug.member(dog, "weight", long, 8, accessibility="private")
    method = dog.add("subprogram", name="Sum", type=integer, declaration=True, external=True, accessibility="public",
                     decl_file=src, decl_line=3, prototyped=True)
    this = debug.pointer(dog)
    method.add("formal_parameter", type=this, artificial=True)
    method.add("formal_parameter", type=integer)
    debug.variable("rex", dog, "rex")
    data(module, "rex", (4).to_bytes(8, "little") + (30).to_bytes(8, "little"))
    code = Assembler()
    with debug.subprogram("", code, src, 3, symbol="classes", specification=method, parent=debug.current.root) as f, \
            code.function("classes"):
        this_parameter = f.parameter("this", debug.const(this), -24, artificial=True)
        f.parameter("n", integer, -28)
        if debug.version >= 3:
            f.set("object_pointer", this_parameter)
        code.push(rbp)
        code.mov(rbp, rsp)
        code.lea(rax, ptr[rip + "rex"])
        code.mov(qword[rbp - 8], rax)
        code.mov(dword[rbp - 12], edi)
        f.at(4)
        code.mov(eax, dword[rax])
        f.at(5)
        code.add(eax, dword[rbp - 12])
        f.at(6)
        code.leave()
        code.ret()
    function(module, code, "classes")


def classes_check(version: int) -> Check:
    name = "zoo::Dog" if version >= 3 else "Dog"
    base = name.replace("Dog", "Animal")
    return Check(
        (f"break {name}::Sum", "run", "print *this", "print legs", "print rex" if version < 3 else "whatis *this", "ptype this",
         "next", "finish"),
        (rf"Breakpoint 1, {name}::Sum \(this=0x[0-9a-f]+ <rex>, n=3\) at zoo.cc:4", rf"\$1 = {{<{base}> = {{legs = 4}}, "
         r"weight = 30}", r"\$2 = 4", rf"class {name} : public {base} {{", r"\s*private:", r"\s*long weight;",
         r"Value returned is \$\d = 7"),
        ("b Sum", "run", "frame variable n", "p this->legs", "p this->weight"),
        (r"\(int\) n = 3", r"= 4", r"= 30"))


def generic(module: ObjectModule, debug: DebugInfo) -> None:
    """Instances of generic classes and functions."""
    src = new_unit(debug, "list.cc")
    integer = debug.base_type("int", 4, "signed")
    short = debug.base_type("short", 2, "signed")
    boxes = []
    for element, name, size in ((integer, "int", 8), (short, "short", 4)):
        box = debug.structure(f"Box<{name}>", size, {"first": (element, 0), "second": (element, size // 2)}, tag="class_type")
        for child in box.children:
            child.set("accessibility", "public")
        debug.template_type(box, "T", element)
        debug.template_value(box, "N", integer, 2)
        boxes.append(box)
    debug.variable("box", boxes[0], "box")
    debug.variable("small", boxes[1], "small")
    data(module, "box", (20).to_bytes(4, "little") + (22).to_bytes(4, "little"))
    data(module, "small", (5).to_bytes(2, "little") + (6).to_bytes(2, "little"))
    code = Assembler()
    with debug.subprogram("first<int>", code, src, 3, symbol="generic", type=integer) as f, code.function("generic"):
        debug.template_type(f, "T", integer)
        f.parameter("b", debug.pointer(boxes[0]), rdi)
        code.push(rbp)
        code.mov(rbp, rsp)
        code.lea(rdi, ptr[rip + "box"])
        f.at(4)
        code.mov(eax, dword[rdi])
        f.at(5)
        code.pop(rbp)
        code.ret()
    function(module, code, "generic")


GENERIC = Check(
    ("break first<int>", "run", "print *b", "print small", "whatis b", "ptype b", "finish"),
    (r"Breakpoint 1, first<int> \(b=0x[0-9a-f]+ <box>\) at list.cc:4", r"\$1 = {first = 20, second = 22}",
     r"\$2 = {first = 5, second = 6}", r"type = Box<int> \*", r"type = class Box<int> \[with T = int\] {",
     r"Value returned is \$3 = 20"),
    ("b generic", "run", "p b->second", "p small.second"),
    (r"= 22", r"= 6"))


def inlining(module: ObjectModule, debug: DebugInfo) -> None:
    """A function whose calls were inlined, one into the other."""
    src = new_unit(debug, "square.c")
    integer = debug.base_type("int", 4, "signed")
    square = debug.abstract("square", src, 1, type=integer)
    number = square.add("formal_parameter", name="x", type=integer)
    twice = debug.abstract("twice", src, 4, type=integer)
    value = twice.add("formal_parameter", name="y", type=integer)
    code = Assembler()
    with debug.subprogram("inlining", code, src, 8, type=integer) as f, code.function("inlining"):
        f.at(9)
        code.nop()
        with f.inlined(twice, src, 10) as outer:
            outer.parameter("", None, edi, abstract_origin=value)
            f.at(5)
            code.mov(eax, edi)
            with outer.inlined(square, src, 6) as inner:
                inner.parameter("", None, edi, abstract_origin=number)
                f.at(2)
                code.imul(eax, edi)
            f.at(6)
            code.add(eax, eax)
        f.at(11)
        code.ret()
    function(module, code, "inlining")


def inlining_check(version: int) -> Check:
    """Version 2 cannot say where a call was, and debuggers then show no frame for it, only its variables."""
    if version < 3:
        return Check(("break square.c:2", "run", "print x", "print y", "bt"),
                     (r"Breakpoint 1, inlining \(\) at square.c:2", r"\$1 = 3", r"\$2 = 3", r"#0  inlining \(\)"),
                     ("b square.c:2", "run", "frame variable x"), (r"\(int\) x = 3",))
    return Check(
        ("break square", "run", "print x", "bt", "up", "print y", "break square.c:11", "continue", "print $eax"),
        (r"Breakpoint 1, square \(x=3\) at square.c:2", r"\$1 = 3", r"#0  square \(x=3\) at square.c:2",
         r"#1  twice \(y=3\) at square.c:6", r"#2  inlining \(\) at square.c:10", r"\$2 = 3", r"\$3 = 18"),
        ("b square", "run", "frame variable x", "bt"), (r"\(int\) x = 3", r"square", r"twice", r"inlining"))


def located(module: ObjectModule, debug: DebugInfo) -> None:
    """Optimised code: a variable that moves, is a constant, is in pieces, and is gone for a while."""
    src = new_unit(debug, "moves.c")
    integer = debug.base_type("int", 4, "signed")
    pair = debug.structure("pair", 8, {"low": (integer, 0), "high": (integer, 4)})
    code = Assembler()
    with debug.subprogram("located", code, src, 1, type=integer) as f, code.function("located"):
        places = [0]

        def step(line: int) -> None:
            places.append(f.place())
            f.at(line)

        code.push(rbx)
        code.mov(ebx, 100)
        step(2)
        code.mov(ecx, edi)
        code.mov(edi, 0)
        step(3)
        code.xor(ecx, ecx)
        step(4)
        code.mov(eax, 9)
        step(5)
        code.pop(rbx)
        code.ret()
        end = f.place()
        f.local("n", integer, [(places[1], places[2], Expression().reg(5)), (places[2], places[3], Expression().reg(2)),
                               (places[4], end, _value(77, debug.version))])
        f.local("p", pair, [(places[1], places[3], Expression().reg(3).piece(4).reg(5).piece(4))])
    function(module, code, "located")


def _value(number: int, version: int) -> Expression:
    """A value that is nowhere. Before version 4 only a place can be described, so it stands in a register there (eax: 9)."""
    return Expression().lit(9).stack_value() if version >= 4 else Expression().reg(0)


LOCATED = Check(
    ("break moves.c:2", "run", "print n", "print p.low", "print p.high", "next", "print n", "next", "print n", "next", "print n",
     "bt"),
    (r"Breakpoint 1, located \(\) at moves.c:2", r"\$1 = 3", r"\$2 = 100", r"\$3 = 3", r"\$4 = 3", r"\$5 = <optimized out>",
     r"\$6 = 9", r"#0  located \(\) at moves.c:5", r"#1  .* in _start"),
    ("b located", "run", "frame variable n", "p p.low", "next", "frame variable n"),
    (r"\(int\) n = 3", r"100", r"\(int\) n = 3"))


def calls(module: ObjectModule, debug: DebugInfo) -> None:
    """Optimised calls: values on entry of parameters that are gone, and a tail call."""
    src = new_unit(debug, "calls.c")
    new = debug.version >= 5
    integer = debug.base_type("int", 4, "signed")
    code = Assembler()
    with debug.subprogram("lost", code, src, 1, type=integer) as f, code.function("lost"):
        entry = Expression().entry_value(Expression().reg(5)) if new else Expression().do("GNU_entry_value", b"\x55")
        start = f.place()
        code.lea(eax, ptr[rdi + 1])
        f.at(2)
        code.xor(edi, edi)
        f.at(3)
        later = f.place()
        code.nop()
        code.ret()
        end = f.place()
        rows = [(start, later, Expression().reg(5))]
        if debug.version >= 4:
            rows.append((later, end, entry.stack_value()))
        f.parameter("q", integer, rows)
    function(module, code, "lost")
    lost = f
    code = Assembler()
    with debug.subprogram("calls", code, src, 5, type=integer) as f, code.function("calls"):
        f.set("call_all_calls" if new else "GNU_all_call_sites", True)
        code.push(rbx)
        f.at(6)
        code.mov(ebx, edi)
        code.mov(edi, 41)
        f.at(7)
        code.call("lost")
        f.call_site(origin=lost, parameters=[(Expression().reg(5), Expression().do("const1u", 41))])
        f.at(8)
        code.mov(edx, ebx)
        code.mov(esi, edx)
        code.pop(rbx)
        code.ret()
    function(module, code, "calls")


def calls_check(version: int) -> Check:
    value = "41" if version >= 4 else "<optimized out>"
    return Check(("break calls.c:3", "run", "print q", "bt", "finish"),
                 (r"Breakpoint 1, lost \(q=(q@entry=)?" + value, r"\$1 = " + value, r"#0  lost",
                  r"#1  .* in calls \(\) at calls.c:",
                  r"#2  .* in _start", r"Value returned is \$2 = 42"),
                 ("b calls.c:2", "run", "frame variable q", "bt"), (r"\(int\) q = 41", r"lost", r"calls", "start"))


def new_unit(debug: DebugInfo, name: str) -> Any:
    debug.unit(name)
    return debug.file(name)


KINDS = ("plain", "classes", "generic", "inlining", "located", "calls")


def kind(name: str, version: int) -> Kind:
    """A kind of unit in a version."""
    return {"plain": Kind(plain, "plain", 11, PLAIN), "classes": Kind(classes, "classes", 7, classes_check(version)),
            "generic": Kind(generic, "generic", 20, GENERIC),
            "inlining": Kind(inlining, "inlining", 18, inlining_check(version)),
            "located": Kind(located, "located", 9, LOCATED), "calls": Kind(calls, "calls", 42, calls_check(version))}[name]


def program(kinds: tuple[str, ...], version: int, **options: Any) -> tuple[ObjectModule, int]:
    """A module that runs these kinds, and its exit code."""
    module = ObjectModule("matrix")
    debug = DebugInfo(module, producer="matrix 1.0", version=version, directory="/src", **options)
    start = Assembler()
    total = 0
    src = debug.file("start.c")
    with debug.subprogram("_start", start, src, line=1) as f, start.function("_start"):
        start.cfi.undefined(16)         # there is no caller
        f.at(2)
        start.xor(ebx, ebx)
        for name in kinds:
            start.mov(edi, 3)
            start.call(kind(name, version).entry)
            start.add(ebx, eax)
            total += kind(name, version).result
        f.at(3)
        start.mov(edi, ebx)
        start.mov(eax, 60)
        start.syscall()
    module.fragments.append(start.finish("_start", binding="global"))
    for name in kinds:
        kind(name, version).build(module, debug)
    debug.finish()
    module.entry = "_start"
    return module, total
