"""Runs inside gdb: writes what a debugger sees at every stop of a program, one JSON list per line.

Settings come from the variable TRACE: {"out": file, "source": end of the source file's name, "mode": "lines" or
"instructions", "stops": addresses at which statements begin, "start": command that starts the program, "limit": most stops}. A
program under trace counts statements in its global `ticks`. A record is [function, line, ticks, depth, {"name@line": text or
null for <optimized out>}]; depth counts the frames of the program's own functions.
"""

import json
import os

import gdb

SETTINGS = json.loads(os.environ["TRACE"])
LIMIT = SETTINGS["limit"]
records = []


def text(value):
    """A value as the printers show it, None if it is optimized out."""
    if value.is_optimized_out:
        return None
    if value.type.code == gdb.TYPE_CODE_FLT:
        return repr(float(value))
    return value.format_string(max_elements=40, repeat_threshold=0, max_depth=3)


def variables(frame):
    """What the frame's blocks name."""
    found = {}
    try:
        block = frame.block()
    except RuntimeError:
        return found
    while block is not None and not block.is_global and not block.is_static:
        for symbol in block:
            if symbol.is_variable or symbol.is_argument:
                try:
                    shown = text(symbol.value(frame))
                except gdb.error as error:
                    shown = f"error: {error}"
                found[f"{symbol.name}@{symbol.line}"] = shown
        if block.function is not None:
            break
        block = block.superblock
    return found


def described(frame):
    """The frame belongs to the program's source."""
    table = frame.find_sal().symtab
    return table is not None and table.filename.endswith(SETTINGS["source"]) and frame.function() is not None


def depth(frame):
    """Number of the program's own functions that are running."""
    number = 0
    while frame is not None:
        number += described(frame)
        frame = frame.older()
    return number


def note(frame):
    """Add a record."""
    memory = gdb.selected_inferior().read_memory(TICKS, 8)
    ticks = int.from_bytes(memory.tobytes(), "little")
    # gdb leaves the parameter types out of the names of inlined functions.
    records.append([frame.function().name.partition("(")[0], frame.find_sal().line, ticks, depth(frame), variables(frame)])


class Stop(gdb.Breakpoint):
    """Notes and goes on."""

    def stop(self):
        frame = gdb.newest_frame()
        # At an address where an inlined body begins gdb still shows the call, whose statement began earlier.
        if described(frame) and gdb.find_pc_line(frame.pc()).line == frame.find_sal().line:
            note(frame)
        return len(records) >= LIMIT


def lines():
    """Stop where statements begin."""
    for address in SETTINGS["stops"]:
        Stop(f"*{address:#x}", internal=True)
    gdb.execute(SETTINGS["start"], to_string=True)


def instructions():
    """Stop at every instruction of the program's own functions."""
    for address in SETTINGS["stops"]:
        gdb.Breakpoint(f"*{address:#x}", internal=True)     # where the library may come back: calls, landing pads
    gdb.execute(SETTINGS["start"], to_string=True)
    while len(records) < LIMIT and gdb.selected_inferior().threads():
        frame = gdb.newest_frame()
        if described(frame):
            note(frame)
            gdb.execute("stepi", to_string=True)
            continue
        caller = frame.older()
        back = gdb.Breakpoint(f"*{caller.pc():#x}", internal=True, temporary=True) if caller is not None else None
        gdb.execute("continue", to_string=True)
        if back is not None and back.is_valid():
            back.delete()


gdb.execute("set pagination off")
gdb.execute("set confirm off")
TICKS = int(gdb.parse_and_eval("&ticks"))
try:
    (lines if SETTINGS["mode"] == "lines" else instructions)()
except gdb.error as problem:
    records.append(["error", 0, 0, 0, {"error": str(problem)}])
with open(SETTINGS["out"], "w", encoding="utf-8") as out:
    for record in records:
        out.write(json.dumps(record) + "\n")
