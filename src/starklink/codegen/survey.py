"""What baseline code must know of a function before its first instruction: uses, shared registers, the frame's fixed part.

One walk in reverse postorder, so definitions are seen before their uses. A value used outside its block gets a home: a place
in the frame where it is stored when it is defined, and where blocks find it.
"""

from __future__ import annotations

from typing import Final

from ..ir import ops
from ..ir.module import Function
from ..ir.ops import ARGS
from ..ir.types import BITS, IS_FLOAT
from ..support.arena import TooLarge
from ..support.record import dataclass
from .frame import LARGEST_FRAME
from .isel import CLEAN32, CONSTANTS, Columns, postorder
from .target import FLOAT_ARGS, INT_ARGS, argument_places


@dataclass(slots=True, eq=False)
class Survey:
    """`layout`: IR blocks in the order of the text; `homes`: offset from rsp of values used outside their block and of block
    parameters; `slots`: offset of each `slot` instruction; `variables`: whether a variable is in one slot all the time;
    `stacked`: (parameter, bytes above the return address) of those that arrive on the stack; `top`: bytes of the frame in use;
    `calls`: something is called, traps included.

    Left in the columns: `uses` counts the uses of each value, those of the values that share its register included; `epoch` is
    the value whose register a value shares, 0 = its own."""

    layout: list[int]
    homes: dict[int, int]
    slots: dict[int, int]
    variables: dict[int, bool]
    stacked: list[tuple[int, int]]
    top: int
    calls: bool


(_NONE, _ONE, _TWO, _THREE, _LIST, _LISTS, _JUMP, _BRANCH, _SWITCH, _RETURN, _SHARE, _SLOT, _DBGSLOT, _UNKNOWN) = range(14)
_SHAPES: Final = {"---": _NONE, "I--": _NONE, "L--": _NONE, "YS-": _NONE, "V--": _ONE, "VS-": _ONE, "VV-": _TWO, "VVT": _TWO,
                  "VVS": _TWO, "VVV": _THREE, "XY-": _LIST, "XVG": _LIST, "VTX": _LISTS, "TX-": _LISTS, "E--": _JUMP,
                  "VEE": _BRANCH, "VWE": _SWITCH, "v--": _RETURN, "II-": _SLOT}
_SPECIAL: Final = {ops.TRUNC: _SHARE, ops.ZEXT: _SHARE, ops.BITCAST: _SHARE, ops.DBGSLOT: _DBGSLOT, ops.DBGVALUE: _UNKNOWN}
_SHAPE: Final = [_SPECIAL.get(number, _SHAPES.get(kinds, _UNKNOWN)) for number, kinds in enumerate(ARGS)]
_CALLING: Final = [bool(effects & (ops.CALL | ops.TRAP)) for effects in ops.EFFECT]


def survey(columns: Columns, function: Function, whole: bool = True) -> Survey | None:
    """Walk the function; None if it has a variable that only the allocating way can describe, one that is not in one slot for
    all of the function, and `whole` says that nothing may get lost. The columns are clean then."""
    order = postorder(columns.module, function)
    order.reverse()
    found = _Walk(columns, order, whole)
    if not all(found.block(block) for block in order):
        found.clean()
        return None
    return found.frame(function)


class _Walk:
    """The walk: uses of values, and what it found so far."""

    def __init__(self, columns: Columns, order: list[int], whole: bool) -> None:
        self.columns = columns
        self.whole = whole
        self.module = columns.module
        self.order = order
        self.cross: dict[int, None] = {}        # values used outside their block
        self.slots: list[int] = []
        self.described: dict[int, bool] = {}    # variables, and whether they are in one slot all the time
        self.out_bytes = 0
        self.calls = False
        self.here = 0

    def use(self, value: int) -> None:
        """Count a use in the block at hand."""
        columns = self.columns
        value = columns.epoch[value] or value
        columns.uses[value] += 1
        if columns.block[value] != self.here and columns.op[value] not in CONSTANTS:
            self.cross[value] = None

    def uses(self, values: list[int]) -> None:
        """Count uses."""
        for value in values:
            self.use(value)

    def block(self, block: int) -> bool:
        """One block; False if it holds something unknown."""
        columns = self.columns
        op, a, b, c, following, home = columns.op, columns.a, columns.b, columns.c, columns.next, columns.block
        uses, shared = columns.uses, columns.epoch
        cross = self.cross
        self.here = block
        inst = self.module.blocks.first[block]
        while inst:
            number = op[inst]
            shape = _SHAPE[number]
            if _CALLING[number]:
                self.calls = True
            if shape <= _THREE:
                if shape:
                    value = a[inst]
                    value = shared[value] or value
                    uses[value] += 1
                    if home[value] != block and op[value] not in CONSTANTS:
                        cross[value] = None
                    if shape > _ONE:
                        value = b[inst]
                        value = shared[value] or value
                        uses[value] += 1
                        if home[value] != block and op[value] not in CONSTANTS:
                            cross[value] = None
                        if shape > _TWO:
                            self.use(c[inst])
            elif not self.special(inst, shape):
                return False
            inst = following[inst]
        return True

    def special(self, inst: int, shape: int) -> bool:
        """An instruction whose values are not simply its operands."""
        columns, module = self.columns, self.module
        a, b, c = columns.a[inst], columns.b[inst], columns.c[inst]
        if shape == _SHARE:
            if not self.shares(inst):
                self.use(a)
        elif shape == _LIST:
            values = module.list_values(a)
            self.uses(values)
            if columns.op[inst] == ops.CALLI:
                self.use(b)
            if len(values) > len(INT_ARGS):
                floats = [IS_FLOAT[columns.type[value]] for value in values]
                self.out_bytes = max(self.out_bytes, argument_places(floats)[1])
        elif shape == _LISTS:
            if columns.op[inst] == ops.TRAPIF:
                self.use(a)
            self.uses(module.list_values(c if columns.op[inst] == ops.TRAPIF else b))
        elif shape == _JUMP:
            self.uses(module.edge_values(a))
        elif shape == _BRANCH:
            self.use(a)
            self.uses(module.edge_values(b))
            self.uses(module.edge_values(c))
        elif shape == _SWITCH:
            self.use(a)
            for _, edge in module.switch_cases(b):
                self.uses(module.edge_values(edge))
            self.uses(module.edge_values(c))
        elif shape == _RETURN:
            if a:
                self.use(a)
        elif shape == _SLOT:
            if b > 16:
                raise ValueError(f"{module.name}: stack slot wants alignment {b}, at most 16 is possible")
            self.slots.append(inst)
        elif shape == _DBGSLOT:
            self.described[b] = self.here == self.order[0] and b not in self.described
            return self.described[b] or not self.whole
        else:
            self.described[b] = False
            return not self.whole
        return True

    def shares(self, inst: int) -> bool:
        """A conversion that changes no bits: its value shares the register of its operand."""
        columns = self.columns
        number, type_ = columns.op[inst], columns.type
        inner = columns.a[inst]
        if number == ops.BITCAST:
            if IS_FLOAT[type_[inst]] != IS_FLOAT[type_[inner]]:
                return False
        elif number == ops.ZEXT:
            what = columns.op[inner]
            if what not in CLEAN32 or (BITS[type_[inner]] != 32 and what != ops.LOAD):
                return False
        columns.epoch[inst] = columns.epoch[inner] or inner
        return True

    def clean(self) -> None:
        """Take back what was counted."""
        columns = self.columns
        for block in self.order:
            inst = self.module.blocks.first[block]
            while inst:
                columns.uses[inst] = columns.epoch[inst] = 0
                inst = columns.next[inst]

    def frame(self, function: Function) -> Survey:
        """The result: places for what has a fixed one, the often used small things first."""
        columns, module = self.columns, self.module
        top = self.out_bytes
        homes: dict[int, int] = {}
        stacked: list[tuple[int, int]] = []
        ints, floats, above = len(INT_ARGS), len(FLOAT_ARGS), 0
        for param in module.block_params(self.order[0]):
            if IS_FLOAT[columns.type[param]]:
                floats -= 1
                left = floats
            else:
                ints -= 1
                left = ints
            if left < 0:
                if columns.uses[param]:
                    stacked.append((param, above))
                    self.cross[param] = None
                above += 8
        for block in self.order[1:]:
            for param in module.block_params(block):
                if columns.uses[param]:
                    self.cross[param] = None
        for value in self.cross:
            columns.uses[value] += 1        # never dies: the text may show a use before the definition
            homes[value] = top
            top += 8
        slots: dict[int, int] = {}
        for inst in sorted(self.slots, key=lambda one: (columns.a[one], one)):
            align = columns.b[inst] or 1
            top = (top + align - 1) & -align
            slots[inst] = top
            top += columns.a[inst]
        if top > LARGEST_FRAME:
            raise TooLarge(f"the variables of '{function.name}' take {top} bytes of stack", function.pos)
        reachable = set(self.order)
        weights = module.blocks.weight
        entry = self.order[0]
        rest = [block for block in function.blocks if block in reachable and block != entry]
        layout = [entry, *(block for block in rest if weights[block]), *(block for block in rest if not weights[block])]
        return Survey(layout, homes, slots, self.described, stacked, (top + 7) & ~7, self.calls)
