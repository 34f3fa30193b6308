"""Teaches mypyc the columns of the IR: a memoryview or a sequence indexed by an integer, without boxing the numbers.

mypyc knows lists; a memoryview is "some object" to it, and every access would make and destroy two Python integers. Here
its table of operations gets two more entries, for objects indexed by integers, whose C code (fast_views.h) looks for views
and lists and leaves the rest to Python. What the type checker knows to be a view, list, tuple or sequence of integers gives its
numbers as they are.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

HEADER = Path(__file__).with_suffix(".h")


def teach() -> bool:
    """Add the operations; False if this version of mypyc keeps its table in another way (the build is then only slower)."""
    try:
        from mypyc.ir.ops import ERR_MAGIC
        from mypyc.ir.rtypes import c_int_rprimitive, int_rprimitive, object_rprimitive
        from mypyc.primitives import generic_ops  # noqa: F401 - fills the table
        from mypyc.primitives.registry import ERR_NEG_INT, method_call_ops, method_op
    except ImportError:
        return False
    general = {"__getitem__": "PyObject_GetItem", "__setitem__": "PyObject_SetItem"}
    if any("StarklinkView" in one.c_function_name for one in method_call_ops["__getitem__"] if one.c_function_name):
        return True
    for name, function in general.items():
        known = [one for one in method_call_ops[name] if one.c_function_name == function]
        if len(known) != 1 or known[0].priority != 0:
            return False
        # Ours must come between this one and those for lists, which begin at 1: it moves below to make room.
        method_call_ops[name].remove(known[0])
        method_op(name, known[0].arg_types, known[0].return_type, function, known[0].error_kind, priority=-1)
    method_op("__getitem__", [object_rprimitive, int_rprimitive], object_rprimitive, "StarklinkView_GetItem", ERR_MAGIC,
              priority=0)
    method_op("__setitem__", [object_rprimitive, int_rprimitive, int_rprimitive], c_int_rprimitive, "StarklinkView_SetItem",
              ERR_NEG_INT, priority=0)
    _teach_numbers()
    return True


def _teach_numbers() -> None:
    """Integers out of views and sequences of integers become no objects on the way."""
    try:
        from mypy.types import Instance, get_proper_type
        from mypyc.ir.ops import ERR_MAGIC
        from mypyc.ir.rtypes import int_rprimitive, list_rprimitive, object_rprimitive, tuple_rprimitive
        from mypyc.irbuild.specialize import specialize_dunder
        from mypyc.primitives.registry import custom_op
    except ImportError:
        return
    indexed = ("builtins.list", "builtins.memoryview", "builtins.tuple", "typing.Sequence")
    get = custom_op([object_rprimitive, int_rprimitive], int_rprimitive, "StarklinkView_GetNumber", ERR_MAGIC)

    def number(builder: Any, base: Any, args: list[Any], whole: Any) -> Any:
        type_ = get_proper_type(builder.types.get(base))
        if not isinstance(type_, Instance) or type_.type.fullname not in indexed:
            return None
        if builder.node_type(whole) != int_rprimitive or builder.node_type(args[0]) != int_rprimitive:
            return None
        return builder.call_c(get, [builder.accept(base), builder.accept(args[0])], whole.line)

    for kind in (list_rprimitive, object_rprimitive, tuple_rprimitive):
        specialize_dunder("__getitem__", kind)(number)
