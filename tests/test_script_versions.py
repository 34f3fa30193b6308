"""Version scripts and dynamic lists: which version GNU ld gives a name is what the matcher says; errors point at their place."""

from __future__ import annotations

import fnmatch
import random
import re
import subprocess
import time
from pathlib import Path

import pytest

from starklink.linker.errors import LinkError
from starklink.linker.script.defsym import evaluate_defsym, parse_defsym, symbols_of
from starklink.linker.script.globs import matches
from starklink.linker.script.versions import list_matcher, parse_dynamic_list, parse_version_script, version_matcher

NAMES = ["open", "open_at", "close", "closed", "read", "reader", "write", "_hidden", "x1", "x2", "y[1]", "z"]

SCRIPTS = {
    "exact before glob": "V1 { global: open; re*; local: *; };",
    "local exact beats glob": "V1 { global: *; local: open; close; };",
    "later node wins": "V1 { global: open*; }; V2 { global: op*; close; } V1;",
    "exact in a later node": "V1 { global: open*; local: *; }; V2 { global: open; } V1;",
    "glob beats star": "V1 { global: *; }; V2 { global: write; local: re*; } V1;",
    "global glob beats local glob": "V1 { local: op*; }; V2 { global: open*; local: *; } V1;",
    "anonymous": "{ global: open; x[12]; local: *; };",
    "classes": "V1 { global: [!x]?; x[1-1]; cl?se*; local: *; };",
    "comments": "/* one */ V1 { # two\n global: open; close /* three */; local: *; };",
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("versions")
    text = ".text\n" + "".join(f'.globl "{name}"\n"{name}": ret\n' for name in NAMES)
    subprocess.run(["as", "-o", str(made / "a.o")], input=text, text=True, check=True)
    return made


@pytest.mark.parametrize("script", SCRIPTS.values(), ids=SCRIPTS)
def test_versions_are_those_of_ld(folder: Path, script: str) -> None:
    (folder / "v").write_text(script)
    subprocess.run(["ld", "-shared", "--version-script=v", "a.o", "-o", "a.so"], cwd=folder, check=True)
    table = subprocess.run(["readelf", "-W", "--dyn-syms", "a.so"], cwd=folder, check=True, capture_output=True, text=True).stdout
    expected: dict[str, tuple[str, bool]] = {}
    for line in table.splitlines():
        found = re.match(r" *\d+: \S+ +\d+ NOTYPE +GLOBAL DEFAULT +\d+ (\S+?)(?:@@(\S+))?$", line)
        if found:
            expected[found[1]] = (found[2] or "", False)
    match = version_matcher(parse_version_script("v", script))
    got = {name: match(name) or ("", False) for name in NAMES}
    assert {name: row for name, row in got.items() if not row[1]} == expected


def test_cxx_patterns_see_demangled_names() -> None:
    script = parse_version_script("v", 'V1 { global: extern "C++" { "ns::f(int)"; ns::g*; }; plain; local: *; };')
    names = {"_ZN2ns1fEi": "ns::f(int)", "_ZN2ns1fEv": "ns::f()", "_ZN2ns2ggEv": "ns::gg()"}
    match = version_matcher(script, lambda name: names.get(name, name))
    assert [match(name) for name in (*names, "plain")] == [("V1", False), ("V1", True), ("V1", False), ("V1", False)]


def test_dynamic_lists() -> None:
    match = list_matcher(parse_dynamic_list("d", '{ foo; bar*; extern "C++" { ns::*; }; };'), lambda name: name)
    assert [name for name in ("foo", "food", "bar", "bart", "ns::x") if match(name)] == ["foo", "bar", "bart", "ns::x"]


@pytest.mark.parametrize(("text", "place", "words"), [
    ("V1 { global: open close; };", "v:1:19", "expected `;`"),
    ("V1 { global: open; }", "v:1:21", "expected `;` behind the version"),
    ("V1 { global: open;\n", "v:2:1", "the end of the file"),
    ("V1 { open; } V0;", "v:1:1", "continues V0"),
    ("V1 { a; };\nV1 { b; };", "v:2:1", "defined twice"),
    ("{ a; }; V1 { b; };", "v:1:1", "anonymous"),
    ("V1 { a; };\nV2 { local: a; };", "v:2:13", "both global and local"),
    ('V1 { extern "D" { a; }; };', "v:1:13", "unknown language"),
    ('V1 { "open; };', "v:1:6", "no end"),
    ("V1 { a; /* };", "v:1:9", "no end"),
])
def test_version_script_errors(text: str, place: str, words: str) -> None:
    with pytest.raises(LinkError) as caught:
        parse_version_script("v", text)
    assert place in str(caught.value)
    assert words in str(caught.value)


def test_globs_are_those_of_fnmatch() -> None:
    """Python's fnmatch has the same language but for backslashes and [^x]."""
    rng = random.Random(5)
    for _ in range(3000):
        pattern = "".join(rng.choice("ab.*?[!]-") for _ in range(rng.randrange(8)))
        name = "".join(rng.choice("ab.-]!") for _ in range(rng.randrange(7)))
        assert matches(pattern, name) == fnmatch.fnmatchcase(name, pattern), (pattern, name)


def test_no_glob_is_slow() -> None:
    start = time.process_time()
    assert not matches("*a" * 30 + "?*b", "a" * 3000)
    assert time.process_time() - start < 0.5


@pytest.mark.parametrize(("text", "value"), [
    ("0x10 + 2 * 3", 22), ("foo + 0x2222", 0x3222), ("(foo - bar) / 4", 1020), ("1 ? 2 : 3", 2), ("-1 >> 60", 15),
    ("~0 & 0xff", 255), ("1 << 2 + 1", 8), ("16K", 16384), ("0FFh", 255), ("010", 8),
    ("7 % 4 == 3 && 2 > 1", 1), ("MAX(1, 5) - MIN(2, 3)", 3),
    ("ALIGN(foo + 1, 16)", 0x1010), ("DEFINED(nix) ? 1 : 2", 2), ("LOG2CEIL(17)", 5), ("!foo", 0), ("-8 / 3", 0xFFFFFFFFFFFFFFFE),
])
def test_defsym_values(text: str, value: int) -> None:
    assert evaluate_defsym(parse_defsym(text), {"foo": 0x1000, "bar": 16}.get) == value


def test_defsym_errors() -> None:
    for text, words in (("1 +", "expected an expression"), ("(1", "expected `)`"), ("1 2", "found `2`"),
                        ("FOO(1)", "unknown function"), ("12q", "found `q`"),
                        ("(" * 5000, "nested"), ("-" * 5000 + "1", "nested"), ("1?" * 3000, "nested")):
        with pytest.raises(LinkError, match=re.escape(words)):
            parse_defsym(text)
    with pytest.raises(LinkError, match="undefined symbol nix"):
        evaluate_defsym(parse_defsym("nix + 1"), {}.get)
    with pytest.raises(LinkError, match="division by zero"):
        evaluate_defsym(parse_defsym("1 / (2 - 2)"), {}.get)
    assert symbols_of(parse_defsym("a + b * a")) == ["a", "b"]
