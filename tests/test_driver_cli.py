"""The command from outside: what it writes, says and returns."""

from __future__ import annotations

import io
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from linker_samples import bootable

from starklink.driver import cli, phases
from starklink.linker.link import link

ROOT = Path(__file__).parent.parent
HELLO = ROOT / "samples" / "hello.fsh"
TOUR = ROOT / "samples" / "tour.fsh"


def starklink(*words: object, cwd: Path | None = None, stdin: str = "", **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "starklink", *map(str, words)],
        capture_output=True,
        text=True,
        cwd=cwd,
        input=stdin,
        env={**os.environ, **environment},
        check=False,
        timeout=120,
    )


def write(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def test_build_names_the_output_after_the_source(tmp_path: Path) -> None:
    done = starklink("build", HELLO, cwd=tmp_path)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert sorted(os.listdir(tmp_path)) == ["hello", "hello-gdb.py"]
    ran = subprocess.run([tmp_path / "hello"], capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, "Hello from FluxSharp!\n", "")


def test_hello_without_debug_information_is_small(tmp_path: Path) -> None:
    for level in ("-O0", "-O1", "-O2"):
        assert starklink("build", HELLO, "-o", tmp_path / "hello", "-g0", level).returncode == 0
        if level != "-O0":
            assert (tmp_path / "hello").stat().st_size <= 4096
    assert os.listdir(tmp_path) == ["hello"]
    assert b".symtab" in (tmp_path / "hello").read_bytes()


@pytest.mark.parametrize("target", ["linux", "pc"])
@pytest.mark.parametrize("level", ["-O0", "-O2"])
def test_tour_does_the_same_everywhere(target: str, level: str) -> None:
    done = starklink("run", TOUR, level, "--target", target)
    assert done.stdout == (ROOT / "tests" / "data" / "tour.out").read_text(encoding="utf-8")
    assert done.returncode == 6


def test_run_passes_arguments_input_and_exit_code(tmp_path: Path) -> None:
    source = write(
        tmp_path / "echo.fsh",
        """
        int main(string[] args) {
            for (int i = 0; i < args.Length; i++) print(args[i]);
            print(read_line());
            return 300;
        }""",
    )
    done = starklink("run", source, "--", "--target", "pc", stdin="line\n")
    assert (done.returncode, done.stdout, done.stderr) == (300 & 255, "--target\npc\nline\n", "")


def test_run_time_error_goes_through(tmp_path: Path) -> None:
    source = write(tmp_path / "bad.fsh", "void main() {\n    int[3] a;\n    int i = 3;\n    a[i] = 1;\n}\n")
    done = starklink("run", source)
    assert done.returncode == 101
    assert "Index out of bounds: index 3, length 3" in done.stderr


def test_errors_in_the_source(tmp_path: Path) -> None:
    source = write(tmp_path / "bad.fsh", "void main() {\n    print(y);\n}\n")
    (tmp_path / "out").write_text("old")
    done = starklink("build", source.name, "-o", "out", cwd=tmp_path)
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.startswith("bad.fsh:2:11: error FS0201: ")
    assert "\n    " + "    print(y);\n" in done.stderr
    assert done.stderr.endswith("1 errors, 0 warnings\n")
    assert (tmp_path / "out").read_text() == "old"
    assert sorted(os.listdir(tmp_path)) == ["bad.fsh", "out"]


def test_warnings_do_not_stop_the_build(tmp_path: Path) -> None:
    source = write(tmp_path / "warn.fsh", "void main() {\n    int x = 0;\n    if (x = 1) print(x);\n}\n")
    done = starklink("build", source, "-o", tmp_path / "out")
    assert done.returncode == 0
    assert "warning FS0905" in done.stderr
    assert done.stderr.endswith("0 errors, 1 warnings\n")


@pytest.mark.parametrize(
    ("content", "code"),
    [(b"", "FS0706"), (b"\xff\xfe", "FS0008"), (bytes(range(256)) * 4, "FS0008"), (b"\x7fELF" + bytes(64), "FS0001")],
)
def test_files_that_are_no_programs(content: bytes, code: str, tmp_path: Path) -> None:
    (tmp_path / "x.fsh").write_bytes(content)
    done = starklink("build", tmp_path / "x.fsh", "-o", tmp_path / "out")
    assert done.returncode == 2
    assert f"error {code}:" in done.stderr
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("build", "missing.fsh"), "starklink: missing.fsh: No such file or directory\n"),
        (("build", "."), "starklink: .: Is a directory\n"),
        (("build", HELLO, "-o", "no/such/folder"), "No such file or directory\n"),
        (("dump", HELLO), "not an ELF file and no archive\n"),
        (("debug", HELLO, "--gdb", "no-such-gdb"), "no-such-gdb is not installed"),
        (("boot", "missing"), "starklink: missing: No such file or directory\n"),
    ],
)
def test_trouble_with_files_and_tools(words: tuple[object, ...], message: str, tmp_path: Path) -> None:
    done = starklink(*words, cwd=tmp_path)
    assert done.returncode == 1
    assert message in done.stderr
    assert "Traceback" not in done.stderr
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize(
    "words",
    [
        (),
        ("build",),
        ("build", HELLO, "--target", "dos"),
        ("build", HELLO, "--", "x"),
        ("frobnicate",),
        ("build", HELLO, "--file-prefix-map", "x"),
        ("build", HELLO, "--dump", "nothing"),
        ("run", HELLO, "--target", "pc", "--", "x"),
    ],
)
def test_wrong_command_lines(words: tuple[object, ...], tmp_path: Path) -> None:
    done = starklink(*words, cwd=tmp_path)
    assert done.returncode == 2
    assert done.stderr
    assert os.listdir(tmp_path) == []


def test_the_source_is_not_overwritten(tmp_path: Path) -> None:
    write(tmp_path / "program", "void main() {}")
    done = starklink("build", "program", cwd=tmp_path)
    assert done.returncode == 2
    assert (tmp_path / "program").read_text() == "void main() {}"


def test_internal_failure_says_so(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    def inner(node: object) -> None:
        raise KeyError("lost")

    def broken(session: object, trees: list[object]) -> None:
        with session.phase("check"):  # type: ignore[attr-defined]
            inner(trees[0].declarations[0])  # type: ignore[attr-defined]

    monkeypatch.setattr(phases, "check", broken)
    assert cli.main(["build", str(HELLO), "-o", str(tmp_path / "out")]) == 70
    said = capsys.readouterr().err
    assert "internal failure in phase check at" in said
    assert "hello.fsh:2:1 (void main() {)" in said
    assert "report" in said
    assert "Traceback" not in said
    monkeypatch.setenv("STARKLINK_TRACEBACK", "1")
    assert cli.main(["build", str(HELLO)]) == 70
    assert "Traceback" in capsys.readouterr().err


def test_interrupt(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(session: object, trees: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(phases, "check", interrupted)
    assert cli.main(["build", str(HELLO), "-o", "/dev/null"]) == 130


def test_closed_output_is_quiet() -> None:
    done = subprocess.run(
        f"{sys.executable} -m starklink build {HELLO} -o /dev/null --dump ir | head -c 10",
        shell=True,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stderr == ""


def test_colour_only_for_terminals(monkeypatch: pytest.MonkeyPatch) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    assert cli.color(Terminal())
    assert not cli.color(io.StringIO())
    monkeypatch.setenv("NO_COLOR", "1")
    assert not cli.color(Terminal())


def test_same_bytes_in_other_places_and_with_other_hashes(tmp_path: Path) -> None:
    made = []
    for name, seed in (("one", "1"), ("another", "77")):
        folder = tmp_path / name
        folder.mkdir()
        write(folder / "tour.fsh", TOUR.read_text(encoding="utf-8"))
        for target in ("linux", "pc"):
            done = starklink(
                "build",
                folder / "tour.fsh",
                "-o",
                folder / target,
                "--target",
                target,
                "--file-prefix-map",
                f"{folder}=/src",
                cwd=folder,
                PYTHONHASHSEED=seed,
            )
            assert done.returncode == 0, done.stderr
            made.append((folder / target).read_bytes())
    assert made[0] == made[2]
    assert made[1] == made[3]
    assert str(tmp_path).encode() not in made[0]


def test_products_and_times(tmp_path: Path) -> None:
    done = starklink(
        "build",
        HELLO,
        "-o",
        tmp_path / "hello",
        "--timings",
        "--map",
        tmp_path / "map.json",
        "--map",
        "-",
        *(word for name in ("tokens", "tree", "ir", "opt", "asm", "map") for word in ("--dump", name)),
    )
    assert done.returncode == 0
    for text in ("FunctionDecl", "func @main()", ".text main size", "entry 0x40"):
        assert text in done.stdout
    for phase in ("lex", "parse", "check", "lower", "optimise", "generate", "link", "total"):
        assert f" ms  {phase}\n" in done.stderr


@pytest.mark.parametrize(("emit", "name"), [("obj", "hello.o"), ("flat", "hello.bin"), ("asm", "hello.asm")])
def test_other_products(emit: str, name: str, tmp_path: Path) -> None:
    assert starklink("build", HELLO, "--emit", emit, cwd=tmp_path).returncode == 0
    assert os.listdir(tmp_path) == [name]
    if emit == "obj":
        lint = subprocess.run(["eu-elflint", "--strict", tmp_path / name], capture_output=True, text=True, check=False)
        assert lint.stdout == "No errors\n"
    elif emit == "asm":
        assert "<main>:" in (tmp_path / name).read_text(encoding="utf-8")


def test_dump_shows_every_part(tmp_path: Path) -> None:
    starklink("build", HELLO, "-o", tmp_path / "hello")
    for part, text in (
        ("headers", "LOAD"),
        ("sections", ".text"),
        ("symbols", "main"),
        ("lines", "hello.fsh:3"),
        ("dies", "subprogram"),
        ("disasm", "<main>:"),
    ):
        done = starklink("dump", tmp_path / "hello", part)
        assert (done.returncode, done.stderr) == (0, "")
        assert text in done.stdout
    (tmp_path / "half").write_bytes((tmp_path / "hello").read_bytes()[:2000])
    done = starklink("dump", tmp_path / "half", "sections")
    assert done.returncode == 1
    assert done.stderr.startswith("starklink: ")


def test_boot_gives_the_guests_exit_code(tmp_path: Path) -> None:
    source = write(tmp_path / "seven.fsh", 'int main() { print("on the PC"); return 7; }')
    done = starklink("boot", source, "--timeout", "60")
    assert (done.returncode, done.stdout, done.stderr) == (7, "on the PC\n", "")
    starklink("build", source, "-o", tmp_path / "seven", "--target", "pc")
    assert starklink("boot", tmp_path / "seven").returncode == 7


def test_boot_gives_up_after_the_timeout(tmp_path: Path) -> None:
    source = write(tmp_path / "forever.fsh", "void main() { while (true) { } }")
    done = starklink("boot", source, "--timeout", "1.5")
    assert done.returncode == 1
    assert done.stderr == "starklink: the guest did not end within 1.5 s\n"


def test_boot_recognises_a_triple_fault(tmp_path: Path) -> None:
    boot = bootable()
    stub = next(one for one in boot.fragments if one.symbol == "boot32")
    stub.data = b"\x0f\x01\x1d\0\0\0\0\x0f\x0b"  # lidt [0]; ud2: no handler, none for that either
    link([boot], target="pc").write(tmp_path / "image")
    done = starklink("boot", tmp_path / "image", "--timeout", "60")
    assert done.returncode == 1
    assert "triple fault" in done.stderr


def test_disasm_shows_functions_objects_and_flat_images(tmp_path: Path) -> None:
    text = "int g(int);\nint f(int x)\n{\n    return g(x) + 1;\n}\nint g(int x) { return x * 3; }\nint main() { return f(1); }\n"
    (tmp_path / "t.c").write_text(text)
    subprocess.run(["gcc", "-g", "-O0", "t.c", "-o", "t"], cwd=tmp_path, check=True)
    subprocess.run(["gcc", "-O1", "-c", "t.c", "-o", "t.o"], cwd=tmp_path, check=True)
    (tmp_path / "boot.bin").write_bytes(b"\xb8\x01\x00\xcd\x10")

    def disasm(*words: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "starklink", "disasm", *words]
        return subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path)

    listing = disasm("t", "--function", "f", "--source").stdout
    assert "<f>:" in listing
    assert "return g(x) + 1;" in listing
    assert re.search(r"call 0x[0-9a-f]+ +; g$", listing, re.MULTILINE)
    assert "<main>" not in listing
    objdump = subprocess.run(["objdump", "-d", "t.o"], cwd=tmp_path, capture_output=True, text=True, check=True).stdout
    ours = disasm("t.o").stdout
    assert len(re.findall(r"^  [0-9a-f]+  ", ours, re.MULTILINE)) == len(re.findall(r"^ +[0-9a-f]+:\t", objdump, re.MULTILINE))
    assert "int 0x10" in disasm("boot.bin", "--bits", "16", "--address", "0x7c00").stdout
    assert disasm("boot.bin").returncode == 2
    assert disasm("t", "--function", "nothing").stderr == "starklink: t: there is no symbol nothing\n"
