"""GNU properties of objects (x86-64 psABI, .note.gnu.property): what every input promises holds for the output."""

from __future__ import annotations

from struct import pack, unpack_from
from typing import Final

from .tables import Context

FEATURE_1_AND: Final = 0xC0000002
ISA_1_NEEDED: Final = 0xC0008002
FEATURE_IBT, FEATURE_SHSTK = 1, 2
_AND: Final = range(0xC0000002, 0xC0008000)
_OR: Final = range(0xC0008000, 0xC0010000)
_OR_AND: Final = range(0xC0010000, 0xC0018000)


def note_properties(data: memoryview, word: int = 8) -> dict[int, int]:
    """Property type -> value of a .note.gnu.property section, aligned to `word`; {} for what is damaged or of another kind."""
    found: dict[int, int] = {}
    at, last = 0, word - 1
    while at + 12 <= len(data):
        namesz, descsz, kind = unpack_from("<III", data, at)
        body = at + 12 + (namesz + 3 & ~3)
        if kind == 5 and namesz == 4 and bytes(data[at + 12:at + 16]) == b"GNU\0" and body + descsz <= len(data):
            end = body + descsz
            while body + 8 <= end:
                number, size = unpack_from("<II", data, body)
                if size == 4 and body + 12 <= end:
                    found[number] = found.get(number, 0) | unpack_from("<I", data, body + 8)[0]
                body += 8 + (size + last & ~last)
        at += 12 + (namesz + 3 & ~3) + (descsz + last & ~last)
    return found


def merge_properties(ctx: Context) -> dict[int, int]:
    """The output's properties: AND kinds need every object, OR kinds any, OR-AND kinds any but in all."""
    notes: dict[str, dict[int, int]] = {}
    for name, values in ctx.properties:
        notes.setdefault(name, {}).update(values or {})
    objects = [file.shown for file in ctx.files if file.kind == "object"]
    merged: dict[int, int] = {}
    all_have = bool(objects) and all(name in notes for name in objects)
    for number in sorted({number for values in notes.values() for number in values}):
        found = [row[number] for row in notes.values() if number in row]
        if number in _AND:
            if all_have and len(found) == len(objects):
                value = found[0]
                for one in found[1:]:
                    value &= one
                merged[number] = value
        elif number in _OR or (number in _OR_AND and len(found) == len(objects)):
            value = 0
            for one in found:
                value |= one
            merged[number] = value
    options = ctx.options
    feature = merged.get(FEATURE_1_AND, 0) | (FEATURE_IBT if options.ibt else 0) | (FEATURE_SHSTK if options.shstk else 0)
    if options.cet_report:
        for name in objects:
            have = notes.get(name, {}).get(FEATURE_1_AND, 0)
            for bit, title in ((FEATURE_IBT, "IBT"), (FEATURE_SHSTK, "SHSTK")):
                if not have & bit:
                    text = f"{name}: missing {title} property (compile with -fcf-protection)"
                    (ctx.problems if options.cet_report == "error" else ctx.warnings).append(text)
    merged[FEATURE_1_AND] = feature
    if options.isa_needed:
        merged[ISA_1_NEEDED] = merged.get(ISA_1_NEEDED, 0) | options.isa_needed
    return {number: value for number, value in sorted(merged.items()) if value}


def settle_stack(ctx: Context) -> None:
    """Whether the stack is executable: as -z says, or if an object says so or, beside objects that say something, nothing."""
    options = ctx.options
    if options.execstack is not None:
        ctx.execstack = options.execstack
        if options.execstack and options.warn_execstack:
            ctx.warnings.append("the stack is executable because of -z execstack")
        return
    objects = [file for file in ctx.files if file.kind == "object" and file.sections]
    asking = next((file for file in objects if file.execstack), None)
    silent = next((file for file in objects if not file.stack_note), None)
    if asking is None and (silent is None or not any(file.stack_note for file in objects)):
        return
    ctx.execstack = True
    if options.warn_execstack is False:
        return
    if asking is not None:
        ctx.warnings.append(f"{asking.shown}: requires an executable stack: its .note.GNU-stack section is executable\n"
                            ">>> hint: -z noexecstack makes the stack not executable, if nothing runs code there")
    elif silent is not None:
        ctx.warnings.append(f"{silent.shown}: missing .note.GNU-stack section implies an executable stack\n"
                            ">>> hint: add the section (.section .note.GNU-stack,\"\",@progbits; with NASM: section "
                            ".note.GNU-stack noalloc noexec nowrite progbits), or give -z noexecstack")


def property_note(values: dict[int, int], word: int = 8) -> bytes:
    """The section's content, aligned to `word`; b'' for none."""
    if not values:
        return b""
    body = b"".join(pack("<III" if word == 4 else "<IIIxxxx", number, 4, value) for number, value in values.items())
    return pack("<III4s", 4, len(body), 5, b"GNU\0") + body
