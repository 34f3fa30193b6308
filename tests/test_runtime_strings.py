"""String functions and integer conversions against Python's bytes."""

from __future__ import annotations

import random

from runtime_sample import lines, run

FUNCTIONS = """
void main() {
    string s = read_line();
    while (s != null) {
        string t = read_line();
        string u = read_line();
        print(index_of(s, t) + " " + contains(s, t) + " " + starts_with(s, t) + " " + ends_with(s, t));
        print(compare(s, t) + " " + (s == t));
        print(replace(s, t, u));
        string[] p = split(s, t);
        write(p.Length);
        for (int i = 0; i < p.Length; i++) write("|" + p[i]);
        print();
        print(to_upper(s) + to_lower(s) + "[" + trim(s) + "]" + s.length());
        s = read_line();
    }
}
"""
CUTS = """
void main() {
    string s = read_line();
    for (int b = 0; b <= s.length(); b++)
        for (int e = b; e <= s.length(); e++) print(substring(s, b, e));
    for (int i = 0; i < s.length(); i++) write((int)char_at(s, i) + "," + (int)code_point_at(s, i) + ";");
    print();
}
"""
INTEGERS = """
void main() {
    string s = read_line();
    while (s != null) {
        int n = to_int(s);
        print(n);
        print("" + n + (uint)(n & 9223372036854775807) + (i32)(n % 1000));
        s = read_line();
    }
}
"""


def words(chance: random.Random, longest: int) -> str:
    return "".join(chance.choice("abcA Zé") for _ in range(chance.randrange(longest)))


def test_search_replace_split_case_trim() -> None:
    chance = random.Random(1)
    rows = [(words(chance, 20), words(chance, 3), words(chance, 4)) for _ in range(300)]
    wanted: list[str] = []
    for s, t, u in rows:
        a, b = s.encode(), t.encode()
        flags = " ".join("true" if flag else "false" for flag in (t in s, s.startswith(t), s.endswith(t)))
        wanted.append(f"{a.find(b)} {flags}")
        wanted.append(f"{(a > b) - (a < b)} {'true' if s == t else 'false'}")
        wanted.append(s.replace(t, u) if t else s)
        pieces = s.split(t) if t else [s]
        wanted.append(f"{len(pieces)}|" + "|".join(pieces))
        wanted.append(a.upper().decode() + a.lower().decode() + f"[{s.strip(' ')}]{len(a)}")
    assert lines(FUNCTIONS, "".join(f"{s}\n{t}\n{u}\n" for s, t, u in rows)) == wanted


def scalar(data: bytes, i: int) -> int:
    for size in range(1, 5):
        try:
            return ord(data[i : i + size].decode())
        except (UnicodeDecodeError, TypeError):
            continue
    return 0xFFFD


def test_substrings_and_scalars() -> None:
    broken = b"\xc0\x80\xe0\x80\x80\xed\xa0\x80\xf4\x90\x80\x80\xf8\xff\xfe\xe2\x82"
    for data in (b"hello", "aé€𝄞z\U0010ffff\ud7ff\ue000".encode(), b"x" + broken + b"y", b""):
        text = data.decode("utf-8", "surrogateescape")
        made = lines(CUTS, text + "\n")
        cuts = [data[b:e].decode("utf-8", "surrogateescape") for b in range(len(data) + 1) for e in range(b, len(data) + 1)]
        assert made[:-1] == cuts
        assert made[-1] == "".join(f"{data[i]},{scalar(data, i)};" for i in range(len(data)))


def test_integers_both_ways() -> None:
    chance = random.Random(2)
    numbers = [0, -1, 9, 10, 99, 100, 2 ** 63 - 1, -(2 ** 63)] + [10 ** k for k in range(19)] + [1 - 10 ** k for k in range(19)]
    numbers += [chance.randrange(-(2 ** k), 2 ** k) for k in range(64) for _ in range(3)]
    wanted: list[str] = []
    for n in numbers:
        rest = abs(n) % 1000
        wanted += [str(n), f"{n}{n & (2 ** 63 - 1)}{-rest if n < 0 else rest}"]
    assert lines(INTEGERS, "".join(f"  {n:+} \t\n" for n in numbers)) == wanted


def test_conversions_and_ranges_that_raise() -> None:
    cases = [
        ("to_int(\"ten\")", 105, 'TypeError: Cannot convert "ten" to int'),
        ("to_int(\"9223372036854775808\")", 105, 'TypeError: Cannot convert "9223372036854775808" to int'),
        ("to_int(\"18446744073709551617\")", 105, 'TypeError: Cannot convert "18446744073709551617" to int'),
        ("to_int(\"- 1\")", 105, 'TypeError: Cannot convert "- 1" to int'),
        ("to_int(\"\")", 105, 'TypeError: Cannot convert "" to int'),
        ("substring(\"abc\", 2, 1)", 101, "IndexOutOfBoundsException: Index out of bounds: range 2..1, length 3"),
        ("substring(\"abc\", -1, 1)", 101, "IndexOutOfBoundsException: Index out of bounds: range -1..1, length 3"),
        ("substring(\"abc\", 0, 4)", 101, "IndexOutOfBoundsException: Index out of bounds: range 0..4, length 3"),
        ("char_at(\"abc\", 3)", 101, "IndexOutOfBoundsException: Index out of bounds: index 3, length 3"),
        ("code_point_at(\"abc\", -1)", 101, "IndexOutOfBoundsException: Index out of bounds: index -1, length 3"),
        ("to_upper(nothing)", 102, "NullPointerException: Null pointer dereference"),
        ("split(\"a\", nothing)", 102, "NullPointerException: Null pointer dereference"),
        ("compare(nothing, \"a\")", 102, "NullPointerException: Null pointer dereference"),
    ]
    for call, code, message in cases:
        done = run(f"string nothing = null;\nvoid main() {{ print({call}); }}")
        assert done.returncode == code, call
        assert f"main.fsh:2:21: {message}\n" in done.stderr, call


def test_null_is_empty_where_it_may_be() -> None:
    program = """string n = null;
    void main() {
        print(n); write(n); print("[" + n + n + "]" + to_string(n) + Concatenate(n, n).length()); print(n + n == "");
    }"""
    assert lines(program) == ["", "[]0", "true"]
