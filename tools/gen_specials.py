"""Assemble the run-time system's special functions into src/starklink/runtime/specials.bin.

python tools/gen_specials.py            write the file
python tools/gen_specials.py --check    exit 1 if the committed file differs
"""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "src"))
OUTPUT = ROOT / "src/starklink/runtime/specials.bin"


def build() -> bytes:
    """The bytes the file must have."""
    from starklink.runtime import linux, pc, specials

    return specials.store({"linux": linux.fragments(), "pc": pc.fragments()})


def main() -> int:
    data = build()
    if "--check" in sys.argv[1:]:
        return 0 if OUTPUT.exists() and OUTPUT.read_bytes() == data else 1
    OUTPUT.write_bytes(data)
    print(f"{OUTPUT.relative_to(ROOT)}: {len(data)} bytes")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
