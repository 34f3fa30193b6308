"""The lexer against section 2 of the language reference."""

from __future__ import annotations

import struct
from fractions import Fraction

import pytest
from frontend_samples import found, lexed, token_text
from hypothesis import given
from hypothesis import strategies as st

from starklink.frontend import tokens as kinds
from starklink.frontend.source import decode_source
from starklink.support.diagnostics import Bag
from starklink.support.spans import SourceMap


def words(text: str) -> list[str]:
    """The tokens without their positions."""
    return [line.split(" ", 1)[1] for line in token_text(text)]


def errors(text: str) -> list[str]:
    return found(lexed(text)[1])


def strings(text: str) -> list[bytes]:
    tokens, bag = lexed(text)
    assert found(bag) == []
    return [tokens.strings[sym] for kind, sym in zip(tokens.kinds, tokens.syms, strict=True) if kind == kinds.STRING]


def integers(text: str) -> list[tuple[int, bool]]:
    tokens, bag = lexed(text)
    assert found(bag) == []
    return [tokens.ints[sym] for kind, sym in zip(tokens.kinds, tokens.syms, strict=True) if kind == kinds.INT]


def reals(text: str) -> list[tuple[float, bool]]:
    tokens, bag = lexed(text)
    assert found(bag) == []
    return [tokens.floats[sym] for kind, sym in zip(tokens.kinds, tokens.syms, strict=True) if kind == kinds.FLOAT]


def test_positions_count_scalars_and_tabs_as_one() -> None:
    assert token_text("a\tb\n \"é😀\" c\r\nd\re\ff") == [
        "1:1 identifier 'a'", "1:3 identifier 'b'", "2:2 string '\"é😀\"'", "2:7 identifier 'c'", "3:1 identifier 'd'",
        "3:3 identifier 'e'", "3:5 identifier 'f'",
    ]


def test_keywords_match_whole_words_only() -> None:
    assert words("trueValue doubled format returned iffy true") == [
        "identifier 'trueValue'", "identifier 'doubled'", "identifier 'format'", "identifier 'returned'", "identifier 'iffy'",
        "keyword true",
    ]


def test_reserved_words_are_those_of_the_reference() -> None:
    reserved = """
        abstract as async await base bool break byte case catch char checked class const continue default
        delegate do double else enum extern false finally float for foreach if import in int interface internal is long
        namespace new null object override private protected public readonly return sealed sizeof static string struct switch
        this throw true try uint ulong unchecked unsafe using var virtual void while"""
    assert words(reserved) == [f"keyword {word}" for word in reserved.split()]
    free = "get set value where impl priority numeric integer i8 u64 f32x4 Promise goto ref"
    assert words(free) == [f"identifier '{word}'" for word in free.split(" ")]


def test_an_at_sign_makes_any_word_a_name() -> None:
    tokens, bag = lexed("@if @name x@y")
    assert found(bag) == []
    assert [tokens.names[sym] for sym in tokens.syms[:4]] == ["if", "name", "x", "y"]
    assert set(tokens.kinds) == {kinds.IDENT, kinds.EOF}


def test_longest_match() -> None:
    assert words("a+++b--->c<<=d<=e=>f==g!=h&&i||j") == [
        "identifier 'a'", "symbol ++", "symbol +", "identifier 'b'", "symbol --", "symbol ->", "identifier 'c'", "symbol <<=",
        "identifier 'd'", "symbol <=", "identifier 'e'", "symbol =>", "identifier 'f'", "symbol ==", "identifier 'g'",
        "symbol !=", "identifier 'h'", "symbol &&", "identifier 'i'", "symbol ||", "identifier 'j'",
    ]


def test_right_shifts_are_delivered_in_pieces_that_touch() -> None:
    assert token_text("a>>b>>=c>=d") == [
        "1:1 identifier 'a'", "1:2 symbol >", "1:3 symbol >", "1:4 identifier 'b'", "1:5 symbol >", "1:6 symbol >=",
        "1:8 identifier 'c'", "1:9 symbol >=", "1:11 identifier 'd'",
    ]


def test_comments_are_white_space() -> None:
    assert words("a/* * / ** */b // \"c\n/**/d/***/ '// no' ") == [
        "identifier 'a'", "identifier 'b'", "identifier 'd'", "character \"'// no'\""]
    assert words('"/* no" "// no"') == ["string '\"/* no\"'", "string '\"// no\"'"]
    assert errors("// \x00\x01 ü #\n/* \x07 */") == []


@pytest.mark.parametrize(("text", "value"), [
    ("42", (42, False)), ("007", (7, False)), ("1_000_000", (1000000, False)), ("0xFF", (255, False)),
    ("0Xff_ff", (65535, False)), ("0b1010", (10, False)), ("0B1_1", (3, False)), ("0o77", (63, False)), ("0O7", (7, False)),
    ("5L", (5, False)),
    ("5l", (5, False)), ("5u", (5, True)), ("5UL", (5, True)), ("5lu", (5, True)), ("0x1Ful", (31, True)),
    ("9223372036854775807", (2**63 - 1, False)), ("9223372036854775808", (2**63, False)),
    ("18446744073709551615", (2**64 - 1, False)),
    ("0xFFFFFFFFFFFFFFFF", (2**64 - 1, False)),
    ("0b" + "1" * 64, (2**64 - 1, False)), ("0" * 5000 + "1", (1, False)), ("0_7", (7, False)), ("1__0", (10, False)),
])
def test_integers(text: str, value: tuple[int, bool]) -> None:
    assert integers(text) == [value]


@pytest.mark.parametrize(("text", "value"), [
    ("3.14", (3.14, False)), (".5", (0.5, False)), ("1e9", (1e9, False)), ("1.5e-10", (1.5e-10, False)), ("1E+2", (100.0, False)),
    ("2f", (2.0, True)), ("2F", (2.0, True)), ("2.5d", (2.5, False)), ("7D", (7.0, False)), ("1_0.2_5e1_0", (10.25e10, False)),
    ("1.7976931348623157e308", (1.7976931348623157e308, False)), ("4.9e-324", (5e-324, False)), ("1e-999", (0.0, False)),
    ("3.4028234e38f", (3.4028234663852886e38, True)),
    ("3.4028235677973366e38f", (3.4028234663852886e38, True)), ("1e-46f", (0.0, True)),
])
def test_reals(text: str, value: tuple[float, bool]) -> None:
    assert reals(text) == [value]


def nearest_single(exact: Fraction) -> float:
    """The binary32 nearest to a fraction by trying the neighbours of the twice rounded value."""
    start = struct.unpack("<I", struct.pack("<f", float(exact)))[0]
    near = [bits for bits in (start - 1, start, start + 1) if 0 <= bits < 0x7F800000]
    values = {bits: struct.unpack("<f", struct.pack("<I", bits))[0] for bits in near}
    return float(values[min(near, key=lambda bits: (abs(Fraction(values[bits]) - exact), bits & 1))])


def test_floats_are_rounded_once() -> None:
    """Decimals a hair beside the middle of two binary32 round wrongly when they go through binary64."""
    for bits in (0x3F800000, 0x3F800001, 0x4B7FFFFE, 0x00000001, 0x00000004, 0x00800000, 0x7F000001):
        low, high = (struct.unpack("<f", struct.pack("<I", one))[0] for one in (bits, bits + 1))
        middle = (Fraction(low) + Fraction(high)) / 2
        for hair in (-1, 0, 1):
            exact = middle + hair * middle / 10**40
            digits = exact.numerator * 10**400 // exact.denominator
            assert reals(f"{digits}e-400f") == [(nearest_single(Fraction(digits, 10**400)), True)]


@given(st.floats(min_value=1e-44, max_value=3e38, width=64))
def test_float_literals_are_the_nearest(value: float) -> None:
    text = f"{value:.20e}"
    assert reals(text + "f") == [(nearest_single(Fraction(text)), True)]


def test_a_dot_belongs_to_a_number_only_before_a_digit() -> None:
    assert words("42.ToString() 1.5.x 1..2 3.e5") == [
        "integer '42'", "symbol .", "identifier 'ToString'", "symbol (", "symbol )", "real '1.5'", "symbol .", "identifier 'x'",
        "integer '1'", "symbol .", "real '.2'", "integer '3'", "symbol .", "identifier 'e5'",
    ]


@pytest.mark.parametrize(("text", "value"), [
    (r'"a\n\t\r\0\a\b\f\v\\\"\'"', b"a\n\t\r\0\a\b\f\v\\\"'"), (r'"\x41\xff\xC3"', b"A\xff\xc3"),
    (r'"\u00e9\U0001F600"', "é😀".encode()),
    ('"ü"', "ü".encode()), ('""', b""), ('@"a\\n""b"', b'a\\n"b'), ('@"one\r\n two"', b"one\r\n two"), ('@""', b""),
    ('@""""', b'"'),
    (r'"\\"', b"\\"), (r'"\u12345"', "\u12345".encode()),
    ('"\t"', b"\t"),
])
def test_strings(text: str, value: bytes) -> None:
    assert strings(text) == [value]


@pytest.mark.parametrize(("text", "value"), [
    ("'x'", 120), ("'é'", 233), ("'😀'", 0x1F600), (r"'\n'", 10), (r"'\''", 39), ("'\"'", 34), (r"'\x41'", 65), (r"'\xff'", 255),
    (r"'\u20ac'", 0x20AC), (r"'\U0010FFFF'", 0x10FFFF), (r"'\0'", 0),
])
def test_characters(text: str, value: int) -> None:
    tokens, bag = lexed(text)
    assert found(bag) == []
    assert tokens.chars[tokens.syms[0]] == value


def test_interpolated_strings_are_taken_apart() -> None:
    assert token_text('$"a{x}b{ y , -5 : F2}{{}}{$"n{1}"}"') == [
        "1:1 startstring '$\"'", "1:3 text 'a'", "1:4 hole '{'", "1:5 identifier 'x'", "1:6 endhole '}'", "1:7 text 'b'",
        "1:8 hole '{'", "1:10 identifier 'y'", "1:12 symbol ,", "1:14 symbol -", "1:15 integer '5'", "1:17 symbol :",
        "1:18 format ' F2'", "1:21 endhole '}'", "1:22 text '{{}}'", "1:26 hole '{'", "1:27 startstring '$\"'", "1:29 text 'n'",
        "1:30 hole '{'", "1:31 integer '1'", "1:32 endhole '}'", "1:33 endstring '\"'", "1:34 endhole '}'", "1:35 endstring '\"'",
    ]
    tokens, bag = lexed(r'$"{{\x7b\x7b\"}}"')
    assert found(bag) == []
    texts = [sym for kind, sym in zip(tokens.kinds, tokens.syms, strict=True) if kind == kinds.ISTR_TEXT]
    assert [tokens.strings[sym] for sym in texts] == [b'{{{"}']


def test_holes_may_hold_strings_brackets_and_blocks() -> None:
    text = """$"{f("}", '}', @"}")[a ? b : c]}{(() => { return x; })():X}" + "after" """
    assert [word for word in words(text) if word.split()[0] in ("hole", "endhole", "format", "endstring")] == [
        "hole '{'", "endhole '}'", "hole '{'", "format 'X'", "endhole '}'", "endstring '\"'"]
    assert errors(text) == []


def test_interpolation_nests_to_any_depth() -> None:
    depth = 5000
    tokens, bag = lexed('$"{' * depth + "1" + '}"' * depth)
    assert found(bag) == []
    assert tokens.kinds.count(kinds.ISTR_CLOSE) == depth


def test_legacy_imports_stand_alone_on_their_line() -> None:
    tokens, bag = lexed('// #include "a.fsh"\n  //#include   "b.fsh"  \r\nint x; // #include "c.fsh"\n/* // #include "d.fsh"\n'
                        '*/\n// include "e"\n// #include e\n/* */ // #include "f.fsh"\n// #include "g.fsh"')
    assert found(bag) == []
    assert [path for _, _, path in tokens.includes] == ["a.fsh", "b.fsh", "g.fsh"]
    assert [bag.sources.locate(start)[1:] for start, _, _ in tokens.includes] == [(1, 1), (2, 3), (9, 1)]


ERRORS = [
    ("int # = 3;", ["FS0001 1:5"]),
    ("x\x00y \x1b", ["FS0001 1:2", "FS0001 1:5"]),
    ("größe = été;", ["FS0001 1:3", "FS0001 1:9"]),
    ("a ` b \\ c $ d @ e", ["FS0001 1:3", "FS0001 1:7", "FS0001 1:11", "FS0001 1:15"]),
    ("a\u00a0b “c”", ["FS0001 1:2", "FS0001 1:5", "FS0001 1:7"]),
    ('"a\x01b" \'\x02\'', ["FS0001 1:3", "FS0001 1:8"]),
    ("###", ["FS0001 1:1"]),
    ('s = "abc;\nt = "x";', ["FS0002 1:5"]),
    ('"abc\\\n"d\\"', ["FS0002 1:1", "FS0002 2:1"]),
    ('"', ["FS0002 1:1"]),
    ('@"abc\n"" def', ["FS0002 1:1"]),
    ('@"abc""', ["FS0002 1:1"]),
    ('$"abc\n$"d{x\n$"{', ["FS0002 1:1", "FS0002 2:1", "FS0002 3:1"]),
    ('$"a{$"b\n', ["FS0002 1:1"]),
    ("a /* b\n c", ["FS0003 1:3"]),
    ("/*/", ["FS0003 1:1"]),
    (r'"a\qb\e"', ["FS0004 1:3", "FS0004 1:6"]),
    (r'"\x4" "\xg1" "\u12G4" "\U0001F60"', ["FS0004 1:2", "FS0004 1:8", "FS0004 1:15", "FS0004 1:24"]),
    (r'"\ud800" "\U00110000" ' + r"'\udfff' '\q'", ["FS0004 1:2", "FS0004 1:11", "FS0004 1:24", "FS0004 1:33"]),
    (r'$"a\q{x}\e"', ["FS0004 1:4", "FS0004 1:9"]),
    ("''", ["FS0005 1:1"]),
    ("'''", ["FS0005 1:1"]),
    ("'ab' 'é́'", ["FS0005 1:1", "FS0005 1:6"]),
    (r"'\n\n' '\x411'", ["FS0005 1:1", "FS0005 1:8"]),
    ("c = 'a;\nd = ';", ["FS0005 1:5", "FS0005 2:5"]),
    ("12ab 0b12 0x 0xg 0o8 1__ 1_ 0x_1 1e 1e+ 1.5L 5ff 0x1.5 1.2.3 9z", [
        "FS0006 1:1", "FS0006 1:6", "FS0006 1:11", "FS0006 1:14", "FS0006 1:18", "FS0006 1:22", "FS0006 1:26", "FS0006 1:29",
        "FS0006 1:34", "FS0006 1:37", "FS0006 1:41", "FS0006 1:46", "FS0006 1:50", "FS0006 1:56", "FS0006 1:62"]),
    ("18446744073709551616 0x1FFFFFFFFFFFFFFFF 99999999999999999999u", ["FS0007 1:1", "FS0007 1:22", "FS0007 1:42"]),
    ("9" * 6000, ["FS0007 1:1"]),
    ("1e309 1e999 3.5e38f 1e39f", ["FS0007 1:1", "FS0007 1:7", "FS0007 1:13", "FS0007 1:21"]),
    ("3.4028235677973367e38f", ["FS0007 1:1"]),
    ('$"a}b"', ["FS0105 1:4"]),
    ('f($"a{x"); g();', ["FS0105 1:6"]),
    ('f($"a{x:F2"); g();', ["FS0105 1:6"]),
]


@pytest.mark.parametrize(("text", "wanted"), ERRORS, ids=[text[:20] for text, _ in ERRORS])
def test_errors_stand_at_their_place(text: str, wanted: list[str]) -> None:
    assert errors(text) == wanted


def test_spans_of_errors_cover_the_offending_text() -> None:
    _, bag = lexed('12ab "x\\u12G4" "open')
    text = bag.sources.files[0].text
    assert [text[one.start - 1:one.end - 1] for one in bag.sorted()] == ["12ab", "\\u12", '"open']


def test_bytes_that_are_no_utf8() -> None:
    sources = SourceMap()
    bag = Bag(sources)
    assert decode_source(b"\xef\xbb\xbfint \xc3\xa9;\nint a\xff;", sources, bag, "a.fsh") is None
    assert decode_source(b"\xed\xa0\x80", sources, bag, "b.fsh") is None
    assert decode_source(b"x\xc3", sources, bag, "c.fsh") is None
    assert found(bag) == ["FS0008 2:6", "FS0008 1:1", "FS0008 1:2"]


def test_a_byte_order_mark_takes_no_column() -> None:
    sources = SourceMap()
    bag = Bag(sources)
    file = decode_source(b"\xef\xbb\xbfx", sources, bag, "a.fsh")
    assert file is not None
    assert file.text == "x"
    assert found(lexed("\ufeffx")[1]) == ["FS0001 1:1"]


FILLERS = ["x", " ", "\n", "12", "+", '"a b"', "'c'", "/* a\nb */", "// line\n", '@"v\n w"', '$"i {x} j"', "abc_def", ">>=",
           "0x1F", "1.5e-3", "é"]


@given(st.lists(st.sampled_from(FILLERS), max_size=60), st.integers(1, 40))
def test_cutting_into_chunks_changes_nothing(pieces: list[str], chunk: int) -> None:
    """The text is lexed in chunks; tokens must not depend on where they are cut."""
    from starklink.frontend import lexer

    text = " ".join(pieces)
    whole, _ = lexed(text)
    usual = lexer._CHUNK
    lexer._CHUNK = chunk  # type: ignore[misc]
    try:
        cut, _ = lexed(text)
    finally:
        lexer._CHUNK = usual  # type: ignore[misc]
    assert (cut.kinds, cut.starts, cut.ends) == (whole.kinds, whole.starts, whole.ends)
    assert [cut.names[sym] for sym in cut.syms] == [whole.names[sym] for sym in whole.syms]


@given(st.text(alphabet=st.characters(max_codepoint=0x1FFFF, exclude_categories=["Cs"]), max_size=40))
def test_any_text_is_lexed(text: str) -> None:
    """Tokens follow each other, lie inside the text, and what lies between them is white space or comments."""
    tokens, bag = lexed(text)
    at = 1
    for start, end in zip(tokens.starts, tokens.ends, strict=True):
        assert at <= start <= end <= len(text) + 1
        at = end
    assert tokens.kinds[-1] == kinds.EOF
    bag.render()
