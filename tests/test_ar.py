"""Archives: read and written as `ar`, `llvm-ar`, `ranlib`, `nm` and `ld` do it, and damaged ones."""

from __future__ import annotations

import random
import shutil
import subprocess
from pathlib import Path

import pytest

from starklink.driver.inspect import text
from starklink.objwriter.ar import (
    MAGIC,
    Archive,
    ArError,
    Entry,
    Member,
    Stamp,
    dump_archive,
    make_index,
    open_archive,
    read_archive,
    write_archive,
)

LONG = "a_member_with_a_rather_long_name.o"
NAMES = ["f1.o", LONG, "odd.txt"]
needs_llvm = pytest.mark.skipif(shutil.which("llvm-ar") is None, reason="no llvm-ar")


def run(folder: Path, *words: str | Path, **environment: str) -> str:
    environment["PATH"] = "/usr/bin:/bin"
    done = subprocess.run(words, cwd=folder, capture_output=True, text=True, check=True, env=environment)
    assert done.stderr == ""
    return done.stdout


@pytest.fixture(scope="module")
def objects(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with two object files of five kinds of symbols each and a text of odd length."""
    folder = tmp_path_factory.mktemp("objects")
    for name, number in (("f1.o", 1), (LONG, 2)):
        source = (f".globl f{number}, undef\n.weak w{number}\n.comm c{number}, 8\n.text\nf{number}: ret\nlocal: ret\n"
                  f"w{number}: call undef\n.section .note.GNU-stack,\"\"\n")
        subprocess.run(["as", "-o", folder / name, "-"], input=source, text=True, check=True)
    (folder / "odd.txt").write_text("odd")
    return folder


def ours(folder: Path, **options: object) -> Archive:
    archive = Archive([Member(name, (folder / name).read_bytes()) for name in NAMES], **options)  # type: ignore[arg-type]
    make_index(archive)
    return archive


@pytest.mark.parametrize("words", [
    ("ar", "rcD", "@", *NAMES), ("ar", "rcU", "@", *NAMES), ("ar", "rcSD", "@", *NAMES), ("ar", "qc", "@"),
    ("ar", "rcD", "@", "odd.txt"),
    ("ar", "rcTD", "@", *NAMES), pytest.param(("llvm-ar", "--format=gnu", "rc", "@", *NAMES), marks=needs_llvm),
    pytest.param(("llvm-ar", "--format=bsd", "rc", "@", *NAMES), marks=needs_llvm),
    pytest.param(("llvm-ar", "--format=darwin", "rc", "@", *NAMES), marks=needs_llvm)], ids=lambda words: " ".join(words[:3]))
@pytest.mark.parametrize("threshold", ["", "0"], ids=["narrow", "wide"])
def test_archives_of_others_come_out_unchanged(words: tuple[str, ...], threshold: str, objects: Path, tmp_path: Path) -> None:
    path = objects / f"{tmp_path.name}.a"
    run(objects, *[str(path) if word == "@" else word for word in words], **({"SYM64_THRESHOLD": threshold} if threshold else {}))
    archive = open_archive(path)
    if not (threshold and "--format=bsd" in words):  # LLVM 14 mixes both formats there
        assert write_archive(archive) == path.read_bytes()
    assert [member.name for member in archive.members] == [word for word in words if word in NAMES]
    # The Darwin format fills members up with line feeds.
    assert [bytes(archive.content(member)).rstrip(b"\n") for member in archive.members] == [
        (objects / member.name).read_bytes() for member in archive.members]
    assert archive.thin == ("rcTD" in words)
    assert archive.wide == (threshold == "0" and "llvm-ar" in words)
    if archive.index is not None:  # and the index is the one we would have made
        found = list(archive.index)
        make_index(archive)
        assert archive.index == found
        assert len(found) == (6 if "odd.txt" in words and len(archive.members) == 3 else 0)
        if not archive.wide:  # LLVM 14 pads wide ones less than the GNU tools
            assert write_archive(archive) == path.read_bytes()


def test_ours_are_those_of_ar(objects: Path, tmp_path: Path) -> None:
    path = tmp_path / "theirs.a"
    run(objects, "ar", "rcD", path, *NAMES)
    archive = ours(objects)
    for member in archive.members:
        member.stamp = Stamp(mode=0o644)
    assert write_archive(archive) == path.read_bytes()


@pytest.mark.parametrize("options", [{}, {"wide": True}, {"kind": "bsd"}, {"kind": "bsd", "wide": True}], ids=str)
def test_tools_accept_ours(options: dict[str, object], objects: Path, tmp_path: Path) -> None:
    path = tmp_path / "ours.a"
    path.write_bytes(write_archive(ours(objects, **options)))
    ar, nm, ranlib = ("llvm-ar", "llvm-nm", "llvm-ranlib") if "kind" in options else ("ar", "nm", "ranlib")
    if shutil.which(ar) is None:
        pytest.skip(f"no {ar}")
    assert run(tmp_path, ar, "t", path).split() == NAMES
    run(tmp_path, ar, "x", path)
    for name in NAMES:
        assert (tmp_path / name).read_bytes() == (objects / name).read_bytes()
    listing = subprocess.run([nm, "-M" if nm == "llvm-nm" else "-s", path], capture_output=True, text=True, check=True).stdout
    rows = [line.split(" in ") for line in listing.splitlines() if " in " in line]
    assert sorted(map(tuple, rows)) == sorted((f"{kind}{n}", name) for n, name in ((1, "f1.o"), (2, LONG)) for kind in "fwc")
    run(tmp_path, ranlib, path)
    assert run(tmp_path, ar, "t", path).split() == NAMES


@pytest.mark.parametrize("wide", [False, True])
def test_ld_finds_members_by_our_index(wide: bool, objects: Path, tmp_path: Path) -> None:
    path = tmp_path / "ours.a"
    path.write_bytes(write_archive(ours(objects, wide=wide)))
    source = ".globl _start, undef\n_start: call f2\nundef: ret\n.section .note.GNU-stack,\"\"\n"
    subprocess.run(["as", "-o", tmp_path / "start.o", "-"], input=source, text=True, check=True)
    run(tmp_path, "ld", "-o", "done", "start.o", path)
    symbols = run(tmp_path, "nm", "done")
    assert " T f2\n" in symbols
    assert "f1" not in symbols


def test_thin_archives_of_ours_and_members_of_nested_ones(objects: Path, tmp_path: Path) -> None:
    for name in NAMES:
        shutil.copy(objects / name, tmp_path)
    run(tmp_path, "ar", "rcD", "inner.a", "odd.txt", LONG)
    run(tmp_path, "ar", "rcTD", "outer.a", "f1.o", "inner.a")
    outer = open_archive(tmp_path / "outer.a")
    assert write_archive(outer) == (tmp_path / "outer.a").read_bytes()
    assert [(member.name, member.origin > 0) for member in outer.members] == [
        ("f1.o", False), ("inner.a", True), ("inner.a", True)]
    assert [bytes(outer.content(member)) for member in outer.members] == [(tmp_path / name).read_bytes() for name in
                                                                         ("f1.o", "odd.txt", LONG)]
    thin = Archive([Member(name, size=(tmp_path / name).stat().st_size) for name in NAMES], thin=True, directory=tmp_path)
    make_index(thin)
    (tmp_path / "thin.a").write_bytes(write_archive(thin))
    assert run(tmp_path, "ar", "t", "thin.a").split() == NAMES
    assert f"f2 in {LONG}" in subprocess.run(["nm", "-s", "thin.a"], cwd=tmp_path, capture_output=True, text=True).stdout
    (tmp_path / "f1.o").unlink()
    with pytest.raises(ArError, match="No such file"):
        thin.content(thin.members[0])


def test_a_thin_archive_that_holds_itself_ends(tmp_path: Path) -> None:
    archive = Archive([Member("self.a", size=1, origin=128)], thin=True, directory=tmp_path)
    content = write_archive(archive)
    at = content.rindex(b"/0:128") - len(content)
    archive.members[0].origin = at + len(content)
    content = content.replace(b"/0:128", f"/0:{at + len(content)}".ljust(6).encode())
    (tmp_path / "self.a").write_bytes(content)
    read = open_archive(tmp_path / "self.a")
    with pytest.raises(ArError, match="without end"):
        read.content(read.members[0])


def test_the_dump_lists_members_and_index(objects: Path) -> None:
    archive = ours(objects)
    archive.members[0].stamp = Stamp(1700000000, 10, 20, 0o100755)
    content = write_archive(archive)
    lines = text(content, "headers").splitlines()
    assert lines[0] == "Archive: GNU, 3 members"
    assert lines[2].split() == ["0:", "100755", "10", "20", "1700000000", str(len(archive.members[0].data)), "f1.o"]
    assert lines[5] == "Index of 32-bit offsets contains 6 entries:"
    assert f"  w2 in {LONG}" in lines
    archive.index = None
    assert dump_archive(archive).splitlines()[-1] == "No index."
    symbols = text(content, "symbols")
    assert symbols.count("File: ") == 2 and f"File: {LONG}\n" in symbols and " f2\n" in symbols


def test_names_that_no_format_holds() -> None:
    for archive in (Archive([Member("")]), Archive([Member("a\nb")]), Archive([Member("a", stamp=Stamp(owner=10**6))]),
                    Archive([Member("a\0b")], kind="bsd"), Archive([Member("a")], kind="aix"), Archive(kind="bsd", thin=True),
                    Archive([Member("a")], [Entry("f", 1)])):
        with pytest.raises(ArError):
            write_archive(archive)


def test_awkward_names_come_back() -> None:
    names = ["a", "fifteen_chars_x", "sixteen_chars_xy", "with space", "trailing ", "dir/file.o", "grün.o", "\udcff.o", "#1/3"]
    for kind in ("gnu", "bsd"):
        archive = Archive([Member(name, name.encode("utf-8", "surrogateescape")) for name in names], kind=kind)
        read = read_archive(write_archive(archive))
        assert [(one.name, bytes(one.data)) for one in read.members] == [(one.name, one.data) for one in archive.members], kind


@pytest.mark.parametrize(("content", "message"), [
    (b"", "not an archive"), (MAGIC + b"x" * 10, "no member header at 0x8"), (MAGIC + b" " * 58 + b"`\n", "has no size"),
    (MAGIC + b"a/".ljust(48) + b"99".ljust(10) + b"`\n", "longer than the archive"),
    (MAGIC + b"a/".ljust(48) + b"+1".ljust(10) + b"`\nab", "for a number"),
    (MAGIC + b"/5".ljust(48) + b"0".ljust(10) + b"`\n", "outside the name table"),
    (MAGIC + b"#1/9".ljust(48) + b"2".ljust(10) + b"`\nab", "is named '#1/9'"),
    (MAGIC + b"/".ljust(48) + b"4".ljust(10) + b"`\n\xff\xff\xff\xff", "cannot hold 4294967295 symbols"),
    (MAGIC + b"/".ljust(48) + b"10".ljust(10) + b"`\n\0\0\0\1\0\0\0\1a\0", "where no member begins")])
def test_damage_is_named(content: bytes, message: str) -> None:
    with pytest.raises(ArError, match=message):
        read_archive(content)


def test_random_damage_gives_typed_errors(objects: Path) -> None:
    chance = random.Random(4)
    for options in ({}, {"wide": True}, {"kind": "bsd"}):
        good = write_archive(ours(objects, **options))
        heads = good.index(b"\x7fELF")
        for _ in range(1500):
            bad = bytearray(good)
            for _ in range(chance.randint(1, 4)):
                bad[chance.randrange(heads)] = chance.choice((0, 32, 47, 48, 57, 255, chance.randrange(256)))
            try:
                write_archive(read_archive(bad[:chance.choice((len(bad), chance.randrange(len(bad))))]))
            except ArError:
                pass


def test_names_of_an_index_that_overlap_do_not_unfold() -> None:
    rows = b"".join(n.to_bytes(4, "little") + (8).to_bytes(4, "little") for n in range(2000))
    names = b"x" * 200_000 + b"\0"
    index = len(rows).to_bytes(4, "little") + rows + len(names).to_bytes(4, "little") + names
    with pytest.raises(ArError):
        read_archive(MAGIC + b"__.SYMDEF".ljust(48) + str(len(index)).encode().ljust(10) + b"`\n" + index)
