"""Compile speed on a generated program, phase by phase.

    python bench/lines.py [--lines 20000] [--level 0] [--json FILE]

The program has functions of about 25 lines each: arithmetic on several types, arrays, strings, a class, loops and calls. Times
are CPU seconds of this process; growth should be linear (try --lines 40000).
"""

from __future__ import annotations

import argparse
import json
import resource
import sys
import time

FUNCTION = """\
int work{n}(int a, int b, i32 c, double d, string s) {{
    int total = a * 3 + b;
    int[16] table;
    for (int i = 0; i < table.Length; i++) {{
        table[i] = i * a - b % 7;
        if (table[i] > 100 && i != 3) {{
            total += table[i] & 255;
        }} else if (table[i] < -50) {{
            total -= table[i] >> 2;
        }} else {{
            total ^= i;
        }}
    }}
    double mean = total / 16.0 + d * 0.5;
    i32 small = (i32)(total & 65535) + c;
    string text = s + "{n}: " + total;
    while (total > 1000) {{
        total = total / 2 - 1;
        mean = mean * 0.75 + small;
    }}
    if (text.length() > 5 || mean < 0.0) {{
        total += text.length();
    }}
    Point{n} p = new Point{n}(total, b);
    return p.Sum() + (int)small;
}}
class Point{n} {{
    int x, y;
    public Point{n}(int x, int y) {{ this.x = x; this.y = y; }}
    public int Sum() {{ return x + y; }}
}}
"""


def source(lines: int) -> str:
    """A program of about `lines` lines whose main calls every function."""
    count = max(1, lines // (FUNCTION.count("\n") + 1))
    body = "".join(FUNCTION.format(n=n) for n in range(count))
    calls = "".join(f"    total = total + work{n}({n}, {n % 13}, 5, 1.5, \"w\") % 1000;\n" for n in range(count))
    return body + "void main() {\n    int total = 0;\n" + calls + "    print(total);\n}\n"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--lines", type=int, default=20000)
    parser.add_argument("--level", type=int, default=0)
    parser.add_argument("--json")
    options = parser.parse_args()
    from starklink.driver.compile import compile_text
    from starklink.driver.session import Options, Session

    text = source(options.lines)
    session = Session()
    began = time.process_time()
    image = compile_text(text, name="generated.fsh", options=Options(level=options.level), session=session).link()
    size = len(bytes(image))
    seconds = time.process_time() - began
    lines = text.count("\n")
    for name, spent in session.times:
        print(f"{name:<14} {spent:8.3f} s  {spent / lines * 1e6:8.2f} us/line")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(f"{lines} lines in {seconds:.2f} s CPU: {lines / seconds:.0f} lines/s, image {size} bytes, peak {peak} MiB")
    if options.json:
        with open(options.json, "w", encoding="utf-8") as stream:
            json.dump({"lines": lines, "seconds": seconds, "phases": session.times, "peak_mib": peak}, stream)
    return 0


if __name__ == "__main__":
    sys.exit(main())
