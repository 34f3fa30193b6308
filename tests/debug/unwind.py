"""Runs inside gdb: steps a program by single instructions and compares the stack gdb unwinds with the calls it saw happen.

Settings come from the variable UNWIND: {"out": file, "start": command that starts the program, "first": symbol to begin at,
"limit": most instructions, "visits": how often the stack is compared at one address}. Writes {"steps": instructions, "checked":
stacks compared, "places": different addresses, "functions": names, "problems": [text]} as JSON.
"""

import json
import os
import re

import gdb

SETTINGS = json.loads(os.environ["UNWIND"])
LIMIT, VISITS = SETTINGS["limit"], SETTINGS["visits"]


def is_call(code):
    """The instruction at these bytes is a call: e8, or ff /2 behind prefixes."""
    at = 0
    while code[at] in b"\x40\x41\x42\x43\x44\x45\x46\x47\x48\x49\x4a\x4b\x4c\x4d\x4e\x4f\x66":
        at += 1
    return code[at] == 0xE8 or (code[at] == 0xFF and code[at + 1] >> 3 & 7 == 2)


def unwound(frame):
    """The addresses of all frames that are no inlined calls, newest first, and the name of the last."""
    out = []
    while True:
        if frame.type() != gdb.INLINE_FRAME:
            out.append(frame.pc())
        older = frame.older()
        if older is None:
            return out, frame.name()
        frame = older


def word(inferior, address):
    """The 8 bytes at an address."""
    return int.from_bytes(inferior.read_memory(address, 8).tobytes(), "little")


def run():
    gdb.execute("set pagination off")
    gdb.execute("set confirm off")
    gdb.execute("set backtrace past-main on")
    gdb.Breakpoint("*" + SETTINGS["first"], internal=True, temporary=True)
    gdb.execute(SETTINGS["start"], to_string=True)
    inferior = gdb.selected_inferior()
    calls = []      # (return address, where it is), oldest first
    visits, names, problems = {}, set(), []
    steps = checked = 0
    frame = gdb.newest_frame()
    while frame is not None:    # begun in the middle: what is around is taken as it is
        if frame.type() != gdb.INLINE_FRAME:
            calls.insert(0, (frame.pc(), int(frame.read_register("rsp")) - 8))
        frame = frame.older()
    calls.pop()
    while steps < LIMIT and inferior.threads() and len(problems) < 10:
        frame = gdb.newest_frame()
        pc = frame.pc()
        if visits.get(pc, 0) < VISITS:
            visits[pc] = visits.get(pc, 0) + 1
            checked += 1
            names.add(frame.name())
            addresses, last = unwound(frame)
            wanted = [pc, *(one for one, _ in reversed(calls))]
            if frame.name() == "__resume":  # puts the landing pad in the place of the return address of the call that threw
                wanted = [pc, *(word(inferior, slot) for _, slot in reversed(calls))]
            if addresses != wanted or last != "_start":
                problems.append(f"{pc:#x} {frame.name()}: unwound {[hex(one) for one in addresses]} to {last}, "
                                f"called {[hex(one) for one in wanted]}")
        code = inferior.read_memory(pc, 8).tobytes()
        repeated = re.match(rb"[\xf2\xf3][\x40-\x4f]?[\xa4-\xa7\xaa-\xaf]", code)
        if repeated:
            gdb.execute(f"tbreak *{pc + repeated.end():#x}", to_string=True)
        gdb.execute("continue" if repeated else "stepi", to_string=True)
        steps += 1
        if not inferior.threads():
            break
        top = int(gdb.parse_and_eval("(long)$rsp"))
        while calls and calls[-1][1] < top:
            calls.pop()
        if is_call(code):
            calls.append((word(inferior, top), top))
    return {"steps": steps, "checked": checked, "places": len(visits), "functions": sorted(map(str, names)),
            "problems": problems}


try:
    result = run()
except gdb.error as problem:
    result = {"steps": 0, "checked": 0, "places": 0, "functions": [], "problems": [f"gdb: {problem}"]}
with open(SETTINGS["out"], "w", encoding="utf-8") as out:
    json.dump(result, out)
