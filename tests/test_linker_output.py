"""The output file: complete or not there, what GNU ld leaves in its place, and the same bytes whoever writes them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from linker_bench import Bench, bench

from starklink.linker.elf import crew, inputs, link
from starklink.support.mapped import MappedFile

__all__ = ["bench"]

CODE = ".globl _start\n_start: mov $60, %eax\n mov $7, %edi\n syscall\n.section .note.GNU-stack\n"


FAR = CODE.replace(" syscall", " call 0x7fffffffffff")


def shape(folder: Path) -> list[tuple[str, str, int]]:
    """What lies in a folder: names, permissions, sizes of what no linker made."""
    return [(path.name, oct(path.lstat().st_mode), path.lstat().st_size if path.lstat().st_size < 100 else -1)
            for path in sorted(folder.iterdir())]


@pytest.mark.parametrize("before", [
    "true", "printf old >out; chmod 640 out", ": >out; chmod 604 out", "printf old >real; ln -s real out",
    ": >real; chmod 600 real; ln -s real out", "ln -s real out", "printf old >out; ln out other",
    "printf old >out; chmod 444 out", "umask 077", "cp /bin/true out; chmod 4700 out",
], ids=range(10))
@pytest.mark.parametrize("kind", ["", "-r", "-shared"])
def test_what_lies_there_afterwards(bench: Bench, before: str, kind: str) -> None:
    """Links, empty files, permissions: as GNU ld leaves them."""
    code = bench.asm("a", CODE)
    bench.good("--install-dir", "driver")
    made = []
    for linker in ("ld.bfd", "../driver/ld"):
        place = bench.folder / linker.replace("/", "")
        place.mkdir()
        subprocess.run(f"{before}; {linker} {kind} -o out ../{code}", shell=True, check=True, cwd=place)
        made.append(shape(place))
    assert made[0] == made[1]


def test_outputs_that_are_no_files(bench: Bench) -> None:
    code = bench.asm("a", CODE)
    bench.good("-o", "out", code)
    wanted = Path("out").read_bytes()
    bench.good("--install-dir", "driver")
    os.mkfifo("pipe")
    for command in (f"driver/ld -o /dev/stdout {code}", f"driver/ld -o /dev/fd/1 {code} | cat",
                    f"driver/ld -o pipe {code} & cat pipe; wait", f"driver/ld -o - {code}",
                    f"driver/ld -o /dev/stdout {code} >file; cat file", f"driver/ld -o /dev/null {code}; cat out"):
        done = subprocess.run(command, shell=True, capture_output=True, check=True, timeout=60)
        assert (done.stdout, done.stderr) == (wanted, b""), command
    assert sorted(os.listdir()) == ["a.o", "driver", "file", "out", "pipe"] and Path("/dev/null").is_char_device()


LIMITED = """
import resource, sys
resource.setrlimit(resource.RLIMIT_FSIZE, (2000, 2000))
sys.path[:0] = sys.argv.pop().split(":")
from starklink.driver.link_command import main
sys.exit(main(sys.argv[1:]))
"""


@pytest.mark.parametrize("words", [(), ("--oformat", "binary"), ("-r",), ("-Map", "map", "--strip-all")])
def test_no_room_leaves_the_old_output(bench: Bench, words: tuple[str, ...]) -> None:
    code = bench.asm("a", CODE + ".data\n.globl d\nd: .fill 8000\n")
    Path("out").write_text("old")
    done = subprocess.run([sys.executable, "-c", LIMITED, "-o", "out", *words, code, ":".join(sys.path)], capture_output=True,
                          text=True, check=False, timeout=60)
    assert done.returncode == 1 and done.stderr == "ld.starklink: error: cannot write out: File too large\n"
    assert sorted(os.listdir()) == ["a.o", "out"] and Path("out").read_text() == "old"


def test_folders_that_cannot_be_written_to(bench: Bench) -> None:
    code = bench.asm("a", CODE)
    Path("file").touch()
    for place, why in (("missing/out", "No such file"), ("file/out", "Not a directory"), (".", "Is a directory")):
        assert f"cannot open {place}: {why}" in bench.bad("-o", place, code)
    assert sorted(os.listdir()) == ["a.o", "file"]


def test_errors_after_the_layout_leave_nothing(bench: Bench) -> None:
    far = bench.asm("far", FAR)
    Path("out").write_text("old")
    assert "out of range" in bench.bad("-o", "out", far)
    assert "out of range" in bench.bad("-o", "out", far, "--fatal-warnings")
    assert sorted(os.listdir()) == ["far.o", "out"] and Path("out").read_text() == "old"


def test_file_systems_without_nameless_files(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """There the file has a name on its way, which goes when the link fails."""
    code, far = bench.asm("a", CODE), bench.asm("far", FAR)
    opened: Callable[..., int] = os.open

    def refuse(path: str, flags: int, *more: int) -> int:
        if flags & os.O_TMPFILE == os.O_TMPFILE:
            raise OSError(95, "Operation not supported", path)
        return opened(path, flags, *more)

    monkeypatch.setattr(os, "open", refuse)
    bench.good("-o", "out", code)
    assert bench.run("out").code == 7 and sorted(os.listdir()) == ["a.o", "far.o", "out"]
    bench.bad("-o", "out", far)
    assert sorted(os.listdir()) == ["a.o", "far.o", "out"]

    def unknown(handle: int, start: int, size: int) -> None:
        raise OSError(95, "Operation not supported")

    monkeypatch.setattr(os, "posix_fallocate", unknown)
    before = Path("out").read_bytes()
    Path("out").unlink()
    bench.good("-o", "out", code)
    assert Path("out").read_bytes() == before and sorted(os.listdir()) == ["a.o", "far.o", "out"]


@pytest.mark.parametrize("number", [1, 13, 16, 18])
def test_files_that_cannot_be_replaced_are_written_to(bench: Bench, number: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Mount points, or files in a folder of somebody else."""
    code = bench.asm("a", CODE)
    bench.good("-o", "out", code)
    wanted = Path("out").read_bytes()
    Path("out").write_bytes(b"much longer than the output" * 1000)
    Path("out").chmod(0o755)

    def refuse(*given: object, **more: object) -> None:
        raise OSError(number, os.strerror(number))

    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", refuse)
        bench.good("-o", "out", code)
        assert Path("out").read_bytes() == wanted and bench.run("out").code == 7 and len(os.listdir()) == 2
        assert os.strerror(number) in bench.bad("-o", "fresh", code)
    Path("out").write_bytes(b"old")
    opened: Callable[..., int] = os.open

    def open_some(path: str, flags: int, *more: int) -> int:
        if flags & (os.O_CREAT | os.O_TMPFILE):
            refuse()
        return opened(path, flags, *more)

    with monkeypatch.context() as patch:
        patch.setattr(os, "open", open_some)
        bench.good("-o", "out", code)
        assert Path("out").read_bytes() == wanted
        assert os.strerror(number) in bench.bad("-o", "fresh", code)
    assert sorted(os.listdir()) == ["a.o", "out"]


def test_a_mapped_file_grows_and_vanishes(tmp_path: Path) -> None:
    file = MappedFile(str(tmp_path / "out"), 5000)
    file.view[4999:5000] = b"x"
    file.grow(9000)
    file.view[8999:9000] = b"y"
    assert os.listdir(tmp_path) == []
    file.publish(0o640)
    assert (tmp_path / "out").read_bytes() == bytes(4999) + b"x" + bytes(3999) + b"y"
    MappedFile(str(tmp_path / "other"), 10).discard()
    assert os.listdir(tmp_path) == ["out"]


# -- two processes ---------------------------------------------------------------------------------------------------------------

MANY = "".join(f".section .text.f{n},\"ax\"\n.globl f{n}\nf{n}: lea d{n}(%rip), %rax\n ret\n"
               f" mov %fs:t@tpoff, %eax\n call f{n ^ 1}\n"
               f".section .data.d{n},\"aw\"\n.globl d{n}\nd{n}: .quad f{n}, d{n ^ 1} + 4\n" for n in range(300)) + \
    ".section .tdata,\"awT\"\n.globl t\nt: .long 5\n"
MAIN = CODE.replace(" mov $60", " call f7\n mov $60")


@pytest.fixture
def objects(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Inputs, linked by columns and two processes in small parts."""
    monkeypatch.setattr(link, "MANY", 0)
    monkeypatch.setattr(inputs, "LARGE", 0)
    monkeypatch.setattr(crew, "PART", 400)
    monkeypatch.setattr(crew, "pays", lambda ctx, size: True)
    return [bench.asm("main", MAIN), bench.asm("many", MANY)]


def alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(crew, "pays", lambda ctx, size: False)


@pytest.mark.parametrize("words", [(), ("-pie",), ("-shared", "-z", "notext"), ("-pie", "--strip-all"), ("--oformat", "binary"),
                                   ("-pie", "-z", "pack-relative-relocs", "--build-id"), ("--compress-debug-sections=zlib",)])
def test_two_processes_make_the_same_bytes(bench: Bench, objects: list[str], words: tuple[str, ...],
                                           monkeypatch: pytest.MonkeyPatch) -> None:
    if "-shared" in words:
        text = MANY.replace("t@tpoff", "0").replace(".globl d", ".hidden d").replace(".globl f", ".hidden f")
        objects[1] = bench.asm("many", text)
    took: list[int] = []
    take = crew.Crew._take

    def counted(self: crew.Crew, image: bytearray) -> dict[int, crew.Yield]:
        done = take(self, image)
        took.append(len(done))
        return done

    monkeypatch.setattr(crew.Crew, "_take", counted)
    bench.good("-o", "two", *objects, *words)
    assert len(took) == 1
    alone(monkeypatch)
    bench.good("-o", "one", *objects, *words)
    monkeypatch.setattr(link, "MANY", 1 << 60)
    bench.good("-o", "rows", *objects, *words)
    assert Path("two").read_bytes() == Path("one").read_bytes() == Path("rows").read_bytes()
    if words in ((), ("-pie",)):
        assert bench.run("two").code == 7


def in_helper(monkeypatch: pytest.MonkeyPatch, what: Callable[[], None]) -> None:
    """Something happens when the second process has taken its first part; this one waits until then."""
    parent, ready, old = os.getpid(), os.pipe(), crew.relocate_part

    def changed(*given: object) -> None:
        if os.getpid() != parent:
            os.write(ready[1], b"x")
            what()
        elif not waited:
            waited.append(os.read(ready[0], 1))
        old(*given)     # type: ignore[arg-type]

    waited: list[bytes] = []
    monkeypatch.setattr(crew, "relocate_part", changed)
    monkeypatch.setattr(crew, "relocate_output", lambda *given: None)


def test_a_fault_of_the_second_process_is_told(bench: Bench, objects: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    def fault() -> None:
        raise KeyError("deep down")

    Path("out").write_text("old")
    in_helper(monkeypatch, fault)
    done = bench.ld("-o", "out", *objects)
    assert done.code == 70 and "internal error: HelperFailed" in done.text and "KeyError: 'deep down'" in done.text
    assert Path("out").read_text() == "old" and len(os.listdir()) == 3
    with pytest.raises(ChildProcessError):
        os.waitpid(-1, os.WNOHANG)      # nobody is left


def test_a_second_process_that_is_killed_is_told(bench: Bench, objects: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    Path("out").write_text("old")
    in_helper(monkeypatch, lambda: os.kill(os.getpid(), signal.SIGKILL))
    assert "ended by signal 9" in bench.bad("-o", "out", *objects) and Path("out").read_text() == "old"


def test_errors_are_told_in_the_order_of_the_sections(bench: Bench, objects: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    text = "".join(f".section .text.g{n},\"ax\"\n call {1 << 40} + {n}\n .fill 90\n" for n in range(30))
    objects.append(bench.asm("far", text))
    told = [bench.bad("-o", "out", *objects)]
    alone(monkeypatch)
    told.append(bench.bad("-o", "out", *objects))
    assert told[0] == told[1] and told[0].count("out of range") > 10


def test_too_distant_data_is_found_by_either(bench: Bench, objects: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    objects.append(bench.asm("load", ".section .text.load,\"ax\"\n mov huge@GOTPCREL(%rip), %rax\n .fill 2000\n"
                             ".globl huge\n.section .far,\"aw\"\nhuge: .long 5\n"))
    words = ("--section-start", ".far=0x200000000", "-o")
    bench.good(*words, "two", *objects)
    alone(monkeypatch)
    bench.good(*words, "one", *objects)
    assert Path("two").read_bytes() == Path("one").read_bytes()


def test_without_room_for_a_second_process(bench: Bench, objects: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse() -> int:
        raise BlockingIOError(11, "Resource temporarily unavailable")

    monkeypatch.setattr(os, "fork", refuse)
    bench.good("-o", "two", *objects)
    alone(monkeypatch)
    bench.good("-o", "one", *objects)
    assert Path("two").read_bytes() == Path("one").read_bytes()


def test_ends_of_children_that_nobody_sees(bench: Bench, objects: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    before = signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    try:
        bench.good("-o", "two", *objects)
        in_helper(monkeypatch, lambda: os.kill(os.getpid(), signal.SIGKILL))
        assert "ended too early" in bench.bad("-o", "three", *objects)
    finally:
        signal.signal(signal.SIGCHLD, before)
    assert bench.run("two").code == 7 and not Path("three").exists()


def test_without_memory_files(bench: Bench, objects: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*given: object) -> int:
        raise OSError(38, "Function not implemented")

    bench.good("-o", "one", *objects, "--oformat", "binary")
    monkeypatch.setattr(os, "memfd_create", refuse)
    bench.good("-o", "two", *objects, "--oformat", "binary")
    assert Path("two").read_bytes() == Path("one").read_bytes()


def test_small_links_do_not_fork(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse() -> int:
        raise AssertionError("forked")

    monkeypatch.setattr(link, "MANY", 0)
    monkeypatch.setattr(os, "fork", refuse)
    bench.good("-o", "out", bench.asm("main", CODE))
    assert bench.run("out").code == 7


def test_number_of_processes(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """--threads=1 and its like keep a large link to one process; a number must be one."""
    asked: list[int] = []
    pays = crew.pays
    monkeypatch.setattr(link, "MANY", 0)
    monkeypatch.setattr(crew, "LARGE", 0)
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: {0, 1})
    monkeypatch.setattr(crew, "pays", lambda ctx, size: asked.append(pays(ctx, size)) or False)     # type: ignore[func-returns-value]
    code = bench.asm("main", CODE)
    for word in ("--threads", "--threads=4", "--threads=all", "--threads=1", "--no-threads", "--thread-count=1"):
        bench.good("-o", "out", code, word)
    assert asked == [True, True, True, False, False, False]
    assert "positive number" in bench.bad("--threads=0", code) and "not a number" in bench.bad("--threads=x", code)
