"""The linker's command line: every row of the table, positional state, response files (asking GNU ld), refusals."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from starklink.linker.elf.cmdline import CommandLine, CommandLineError, parse
from starklink.linker.elf.option_help import help_text
from starklink.linker.elf.option_table import FLAG, GROUPS, IGNORED, REFUSED, VALUE, Z_KEYWORDS, Z_REFUSED, Z_VALUES, Row, index
from starklink.linker.elf.options import InputSpec, Options
from starklink.linker.elf.response import NESTING, words

ROWS = [(row, name) for _, rows in GROUPS for row in rows for name in row.names.split()]
SAMPLES = {
    "number": "0x10", "hexadecimal": "10", "emulation": "elf_i386", "oformat": "binary", "keyword": "now", "start": "1000",
    "defsym": "a=b+1", "section_start": ".text=1000", "input_format": "binary", "optimize": "2", "pack_dyn_relocs": "relr",
    "threads": "1",
}


def given(*args: str) -> Options:
    return parse([*args, "a.o"]).options


def refused(*args: str) -> str:
    with pytest.raises(CommandLineError) as caught:
        parse([*args, "a.o"])
    return str(caught.value)


def snapshot(options: Options) -> dict[str, object]:
    return {name: getattr(options, name) for name in Options.__record_fields__}  # type: ignore[attr-defined]


def sample(row: Row) -> str:
    return row.value[1][0] if row.action == "choice" else SAMPLES.get(row.action, "value")


@pytest.mark.parametrize(("row", "name"), ROWS, ids=lambda value: value if isinstance(value, str) else "")
def test_every_spelling_of_a_row_means_the_same(row: Row, name: str) -> None:
    if row.names.startswith(("pop-state", "end-lib", ") end-group")):
        return
    forms: list[list[str]] = []
    dashes = ["-" + name] if len(name) == 1 else ["--" + name] if row.two else ["-" + name, "--" + name]
    for dashed in dashes:
        if row.form == FLAG:
            forms.append([dashed])
        elif row.form == VALUE:
            forms += [[dashed, sample(row)], [dashed + ("" if len(name) == 1 else "=") + sample(row)]]
        else:
            forms.append([dashed])
    shared = ["-shared"] if row.field in ("auxiliary", "filters") else []
    lines = [parse([*shared, *form, "a.o"]) for form in forms]
    first = snapshot(lines[0].options)
    for line in lines[1:]:
        assert snapshot(line.options) == first
        assert (line.ask, line.version, line.color) == (lines[0].ask, lines[0].version, lines[0].color)
    if row.action == "set":
        assert first[row.field] == row.value


def test_rows_name_fields_of_options_and_methods_of_the_parser() -> None:
    from starklink.linker.elf.cmdline import _Parser

    fields = set(Options.__record_fields__)  # type: ignore[attr-defined]
    for row in index().values():
        if row.field:
            assert row.field in fields, row
        if row.action not in ("set", "text", "texts", "ignore"):
            assert hasattr(_Parser, "do_" + row.action), row
        if row.action == "choice":
            assert row.value[0] in fields
    for name, _ in Z_KEYWORDS.values():
        assert not name or name in fields
    assert not set(Z_KEYWORDS) & (set(Z_REFUSED) | set(Z_VALUES))
    assert not set(IGNORED) & set(REFUSED)
    names = [name for _, name in ROWS]
    assert len(names) == len(set(names))
    assert not set(names) & (set(IGNORED) | set(REFUSED))


def test_help_names_everything() -> None:
    text = help_text("ld.starklink")
    for name in [*index(), *(f"-z {one}" for one in ("relro", "now", "max-page-size"))]:
        if name not in REFUSED:
            assert name in text
    # libtool and configure scripts search for these.
    assert ": supported targets: elf64-x86-64" in text
    for probe in ("--as-needed", "--eh-frame-hdr", "--hash-style", "-z relro", "--no-undefined", "--push-state"):
        assert probe in text


GCC = ("-plugin /usr/lib/gcc/liblto_plugin.so -plugin-opt=/usr/lib/gcc/lto-wrapper -plugin-opt=-fresolution=/tmp/cc.res "
       "-plugin-opt=-pass-through=-lgcc --build-id --eh-frame-hdr -m elf_x86_64 --hash-style=gnu --as-needed "
       "-dynamic-linker /lib64/ld-linux-x86-64.so.2 -pie /usr/lib/Scrt1.o /usr/lib/crti.o -L/usr/lib/gcc -L/lib/../lib main.o "
       "-lgcc --push-state --as-needed -lgcc_s --pop-state -lc /usr/lib/crtn.o -o prog")


def test_what_gcc_passes() -> None:
    options = parse(GCC.split()).options
    assert (options.kind, options.output, options.hash_style, options.eh_frame_hdr, options.build_id) == (
        "pie", "prog", "gnu", True, "sha1")
    assert options.library_paths[:2] == ["/usr/lib/gcc", "/lib/../lib"]
    assert [(one.kind, one.name) for one in options.inputs] == [
        ("file", "/usr/lib/Scrt1.o"), ("file", "/usr/lib/crti.o"), ("file", "main.o"), ("lib", "gcc"), ("lib", "gcc_s"),
        ("lib", "c"), ("file", "/usr/lib/crtn.o")]
    assert all(one.as_needed for one in options.inputs)


def test_positional_state() -> None:
    line = ("a.o --as-needed -lx --push-state --whole-archive -Bstatic -ly --pop-state -lz --no-as-needed "
            "--start-lib b.o --end-lib -b binary raw -b elf c.o --start-group -lq --end-group --just-symbols syms")
    made = parse(line.split()).options.inputs
    assert made == [
        InputSpec("file", "a.o"), InputSpec("lib", "x", as_needed=True),
        InputSpec("lib", "y", as_needed=True, whole=True, static=True), InputSpec("lib", "z", as_needed=True),
        InputSpec("file", "b.o", lazy=True), InputSpec("file", "raw", format="binary"), InputSpec("file", "c.o"),
        InputSpec("lib", "q"), InputSpec("file", "syms", just_symbols=True)]


def test_short_options_and_long_ones_with_one_dash() -> None:
    assert given("-omagic").output == "magic" and not given("-omagic").omagic
    assert given("--omagic").omagic
    assert given("-efoo").entry == "foo" and given("-e", "foo").entry == "foo"
    assert given("-soname", "x").soname == given("-soname=x").soname == given("-hx").soname == "x"
    assert given("-shared").kind == "shared" and given("-s").strip == "all"
    assert given("-Tlink.ld").script == "link.ld"
    assert given("-Ttext=0x1000", "-Ttext", "2000").section_starts == [(".text", 0x2000)]
    assert given("-L=/lib").library_paths[0] == "=/lib" and given("-L$SYSROOT/x").library_paths[0] == "=/x"
    assert given("-znow", "-z", "noexecstack", "-z", "max-page-size=0x200000").max_page_size == 0x200000
    assert given("--gc-sec").gc_sections
    assert given("-u", "a", "--undefined=b", "-uc").undefined == ["a", "b", "c"]
    assert given("--", "-x").inputs[0].name == "-x"


def test_static_and_its_end() -> None:
    assert given("-static").static and given("-static").inputs[0].static
    assert not given("-Bstatic").static and given("-Bstatic").inputs[0].static
    assert not given("-static", "-Bdynamic").static


@pytest.mark.parametrize(("args", "text"), [
    (["--unknwn"], "unknown option: --unknwn"),
    (["--gc-sectoins"], "did you mean --gc-sections?"),
    (["-o"], ""),
    (["--icf=some"], "'some' is none of none, all, safe"),
    (["--hash-style=sha"], "none of gnu, sysv, both, none"),
    (["-z", "max-page-size=3000"], "not a power of two"),
    (["-z", "max-page-size"], "needs a value"),
    (["-m", "elf_mips"], "unknown emulation: elf_mips"),
    (["--pop-state"], "--pop-state without --push-state"),
    (["--end-lib"], "--end-lib without --start-lib"),
    (["--defsym", "a"], "--defsym needs SYMBOL=EXPRESSION"),
    (["--gc-sections=yes"], "takes no value"),
    (["--image-base=x"], "not a number"),
    (["-r", "-shared"], "contradict"),
    (["--oformat=srec"], "unknown format srec"),
    (["--build-id=0x123"], "none of sha1"),
    (["-z", "indirect-extern-access"], "not supported"),
])  # fmt: skip
def test_refusals(args: list[str], text: str) -> None:
    assert text in (refused(*args) if text else _no_value())


def _no_value() -> str:
    with pytest.raises(CommandLineError) as caught:
        parse(["a.o", "-o"])
    assert "-o needs a value" in str(caught.value)
    return ""


def test_all_problems_at_once() -> None:
    assert len(refused("--nope", "--embedded-relocs", "-m", "x").splitlines()) == 3
    with pytest.raises(CommandLineError, match="no input files"):
        parse([])


def test_unknown_keywords_are_warnings() -> None:
    line = parse(["-z", "nwo", "-z", "zzzz", "a.o"])
    assert line.warnings == ["unknown keyword is ignored: -z nwo; did you mean -z now?", "unknown keyword is ignored: -z zzzz"]


def test_ignored_options_change_nothing() -> None:
    plain = snapshot(parse(["a.o"]).options)
    for name, (form, reason) in IGNORED.items():
        assert reason
        dashed = ("-" if len(name) == 1 else "--") + name
        line = parse([dashed, *(["x"] if form == VALUE else []), "a.o"])
        assert snapshot(line.options) == plain, name


QUOTED = "a 'b c' \"d'e\" f\\ g 'h\\'i' \"j\\\"k\" l'm'n \"\" o\\\\p\nq\tr\vs"


def asked_ld(text: str, tmp_path: Path) -> list[str]:
    """The words GNU ld sees: it cannot open them and says so."""
    (tmp_path / "words").write_text(text)
    done = subprocess.run(["ld.bfd", "@words"], capture_output=True, text=True, cwd=tmp_path, check=False)
    return [line.removeprefix("ld.bfd: cannot find ").split(": No such")[0].split(": file format")[0]
            for line in done.stderr.splitlines() if "cannot find" in line]


def test_response_files_quote_as_gnu_ld_does(tmp_path: Path) -> None:
    # ld does not name an empty word, so it is left out of the comparison.
    assert asked_ld(QUOTED.replace('"" ', ""), tmp_path) == words(QUOTED.replace('"" ', ""))
    assert words("a '' b") == ["a", "", "b"]
    assert words("'open") == ["open"]


def test_response_files_nest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "one").write_text("-o out @two b.o")
    (tmp_path / "two").write_text("--as-needed 'a a.o'")
    line: CommandLine = parse(["@one", "@none"])
    assert line.words == ["-o", "out", "--as-needed", "a a.o", "b.o", "@none"]
    assert line.opened == ["one", "two"]
    (tmp_path / "self").write_text("@self @self")
    with pytest.raises(CommandLineError, match=f"nested more than {NESTING} deep"):
        parse(["@self"])


@pytest.mark.parametrize("text", ["a.o \\", "a.o '\\", 'a.o "b\\', "a.o b\\"])
def test_response_files_may_end_with_a_backslash(text: str, tmp_path: Path) -> None:
    (tmp_path / "words").write_text(text)
    assert parse([f"@{tmp_path / 'words'}"]).words[0] == "a.o"
