"""Makes the generated files of src/starklink/runtime: `powers.fsh` and `library_index.py`.

    python tools/make_runtime.py            write both
    python tools/make_runtime.py --check    exit 1 if one of them is stale

`powers.fsh` holds what is needed to compute the upper 128 bits of every power of ten from 10^-292 to 10^324: every 27th of them,
the powers of five up to 5^26 that lie between, and one bit per power that says whether the product's last bit must be raised.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path
from textwrap import wrap

RUNTIME = Path(__file__).resolve().parent.parent / "src" / "starklink" / "runtime"
FIRST, LAST, FROM, STEP = -292, 324, -303, 27
"""Exponents wanted; the first stored power (chosen so that corrections are only 0 or 1) and the distance to the next."""

POWERS = """\
// Made by tools/make_runtime.py: the powers of ten from 10^{first} to 10^{last}, see there.
uint __power_low;

// The upper 64 of the 128 leading bits of 10^k, rounded up; `__power_low` gets the lower ones.
uint __power_of_ten(int k) {{
    uint table = __addr("{data}") + 16;
    uint n = (uint)(k - {from_});
    uint step = n / {step};
    uint rest = n - step * {step};
    uint low = __ld64(table + step * 16);
    uint high = __ld64(table + step * 16 + 8);
    uint bump = __ld8(table + {bits} + (n >> 3)) >> (n & 7) & 1;
    if (rest != 0) {{
        uint five = __ld64(table + {fives} + rest * 8);
        int from = k - (int)rest;
        int shift = (k * 1741647 >> 19) - (from * 1741647 >> 19) - (int)rest;
        uint middle = __umulh(low, five) + high * five;
        uint top = __umulh(high, five);
        if (middle < high * five) top++;
        low *= five;
        high = middle;
        if (shift != 0) {{
            low = low >> shift | high << 64 - shift;
            high = high >> shift | top << 64 - shift;
        }}
    }}
    __power_low = low + bump;
    if (__power_low < bump) high++;
    return high;
}}
"""


def power(k: int) -> int:
    """The 128 leading bits of 10^k, rounded up."""
    shift = 127 - (k * 1741647 >> 19)
    top, bottom = (10 ** k, 1) if k >= 0 else (1, 10 ** -k)
    if shift >= 0:
        top <<= shift
    else:
        bottom <<= -shift
    return -(-top // bottom)


def powers() -> str:
    """Text of powers.fsh."""
    count = (LAST - FROM) // STEP + 1
    entries = [power(FROM + STEP * i) for i in range(count)]
    bits = bytearray((LAST - FROM) // 8 + 1)
    for k in range(FIRST, LAST + 1):
        step, rest = divmod(k - FROM, STEP)
        product = entries[step] * 5 ** rest
        bump = power(k) - (product >> product.bit_length() - 128)
        if bump not in (0, 1):
            raise ValueError(f"10^{k} needs a correction of {bump}")
        bits[(k - FROM) // 8] |= bump << (k - FROM) % 8
    data = b"".join(entry.to_bytes(16, "little") for entry in entries)
    fives = b"".join((5 ** r).to_bytes(8, "little") for r in range(STEP))
    text = "".join(f"\\x{byte:02X}" for byte in data + fives + bytes(bits))
    return POWERS.format(first=FIRST, last=LAST, from_=FROM, step=STEP, data=text, fives=len(data), bits=len(data) + len(fives))


def index() -> str:
    """Text of library_index.py: every library file with what it defines."""
    rows: list[str] = []
    seen: dict[str, str] = {}
    for path in sorted(RUNTIME.glob("*.fsh")):
        text = powers() if path.name == "powers.fsh" else path.read_text(encoding="utf-8")
        names = re.findall(r"^(?:extern )?[a-z0-9_]+ (__\w+)(?:\(|;)", text, re.MULTILINE)
        names += re.findall(r"^public class (\w+)", text, re.MULTILINE)
        for name in names:
            if name in seen:
                raise ValueError(f"{name} is in {seen[name]} and in {path.name}")
            seen[name] = path.name
        rows += [f"{path.name} {line}\n" for line in wrap(" ".join(names), 100)]
    head = '"""Made by tools/make_runtime.py: every library file with the functions, globals and classes it defines."""\n\n'
    return head + 'from typing import Final\n\nTABLE: Final = """\\\n' + "".join(rows) + '"""\n'


def main(arguments: list[str]) -> int:
    """Writes the files, or with --check only compares them."""
    stale = 0
    for name, make in (("powers.fsh", powers), ("library_index.py", index)):
        path = RUNTIME / name
        text = make()
        if path.exists() and path.read_text(encoding="utf-8") == text:
            continue
        stale = 1
        if "--check" in arguments:
            print(f"{path} is stale: run tools/make_runtime.py")
        else:
            path.write_text(text, encoding="utf-8")
    return stale if "--check" in arguments else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
