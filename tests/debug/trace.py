"""Runs inside gdb: writes what a debugger sees at every stop of a program, one JSON list per line.

Settings come from the variable TRACE: {"out": file, "source": end of the source file's name, "mode": "lines" or
"instructions", "stops": addresses for "lines", "start": command, "limit": most stops}. A program under trace counts statements in its global `ticks`. A record is
[function, line, ticks, depth, {"name@line": text or null for <optimized out>}]; depth counts the frames of the program's own
functions.
"""

import json
import os

import gdb

SETTINGS = json.loads(os.environ["TRACE"])
OUT = open(SETTINGS["out"], "w", encoding="utf-8")
LIMIT = SETTINGS.get("limit", 100000)
ticks_at = 0
count = 0


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
                    found["%s@%d" % (symbol.name, symbol.line)] = text(symbol.value(frame))
                except gdb.error as error:
                    found["%s@%d" % (symbol.name, symbol.line)] = "error: %s" % error
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
    """Write a record."""
    global count
    count += 1
    ticks = int.from_bytes(gdb.selected_inferior().read_memory(ticks_at, 8).tobytes(), "little")
    OUT.write(json.dumps([frame.function().name, frame.find_sal().line, ticks, depth(frame), variables(frame)]) + "\n")


class Stop(gdb.Breakpoint):
    """Notes and goes on."""

    def stop(self):
        frame = gdb.newest_frame()
        if described(frame):
            note(frame)
        return count >= LIMIT


def lines():
    """Stop at the addresses given: those where statements begin."""
    for address in SETTINGS["stops"]:
        Stop("*%#x" % address, internal=True)
    gdb.execute(SETTINGS["start"], to_string=True)


def instructions():
    """Stop at every instruction of the program's own functions."""
    gdb.Breakpoint("main", internal=True, temporary=True)
    gdb.execute(SETTINGS["start"], to_string=True)
    while count < LIMIT:
        try:
            frame = gdb.newest_frame()
            if described(frame):
                note(frame)
                gdb.execute("stepi", to_string=True)
                continue
            caller = frame.older()
            if caller is None or frame.name() == "_start":
                gdb.execute("delete", to_string=True)
                gdb.execute("continue", to_string=True)
                return
            back = gdb.Breakpoint("*%#x" % caller.pc(), internal=True, temporary=True)
            gdb.execute("continue", to_string=True)
            if back.is_valid():
                back.delete()
        except gdb.error:
            return


gdb.execute("set pagination off")
gdb.execute("set confirm off")
ticks_at = int(gdb.parse_and_eval("&ticks"))
try:
    (lines if SETTINGS["mode"] == "lines" else instructions)()
except gdb.error as error:
    OUT.write(json.dumps(["error", 0, 0, 0, {"error": str(error)}]) + "\n")
OUT.close()
