"""Writing files: complete or not at all, whatever happens on the way."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from starklink.support.files import write_file


def test_replaces_the_old_file_with_mode(tmp_path: Path) -> None:
    path = tmp_path / "out"
    path.write_bytes(b"old")
    write_file(path, b"new", 0o755)
    assert path.read_bytes() == b"new"
    assert path.stat().st_mode & 0o777 == 0o755
    assert os.listdir(tmp_path) == ["out"]


def test_follows_links_and_writes_to_devices(tmp_path: Path) -> None:
    real = tmp_path / "real"
    real.write_bytes(b"old")
    (tmp_path / "link").symlink_to(real)
    write_file(tmp_path / "link", b"new")
    assert (tmp_path / "link").is_symlink()
    assert real.read_bytes() == b"new"
    write_file("/dev/null", b"new")
    assert os.path.exists("/dev/null")
    assert not os.path.isfile("/dev/null")


def test_a_running_program_can_be_replaced(tmp_path: Path) -> None:
    path = tmp_path / "sleep"
    path.write_bytes(Path("/bin/sleep").read_bytes())
    path.chmod(0o755)
    child = subprocess.Popen([path, "30"])
    try:
        write_file(path, b"new")
        assert path.read_bytes() == b"new"
    finally:
        child.kill()
        child.wait()


@pytest.mark.parametrize("place", ["missing/out", "file/out", "."])
def test_impossible_places_are_errors_and_leave_nothing(place: str, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"x")
    with pytest.raises(OSError, match=r"No such|Not a directory|Is a directory"):
        write_file(tmp_path / place, b"new")
    assert os.listdir(tmp_path) == ["file"]


LIMITED = """
import resource, sys
from starklink.support.files import write_file
resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
try:
    write_file(sys.argv[1], bytes(5000))
except OSError as error:
    print(error.strerror)
"""


def test_a_full_disk_leaves_the_old_file(tmp_path: Path) -> None:
    """A limit on file sizes stands for the full disk: the write fails half way."""
    path = tmp_path / "out"
    path.write_bytes(b"old")
    done = subprocess.run([sys.executable, "-c", LIMITED, str(path)], capture_output=True, text=True, check=True)
    assert done.stdout == "File too large\n"
    assert path.read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["out"]


KILLED = """
import os, sys, time
from starklink.linker import image
write = os.write
def slow(handle, data):
    count = write(handle, data[:100])
    print("half", flush=True)
    time.sleep(60)
    return count
os.write = slow
image.write_file(sys.argv[1], bytes(5000))
"""


def test_a_killed_build_leaves_the_old_file_and_no_other(tmp_path: Path) -> None:
    path = tmp_path / "out"
    path.write_bytes(b"old")
    child = subprocess.Popen([sys.executable, "-c", KILLED, str(path)], stdout=subprocess.PIPE)
    assert child.stdout is not None
    assert child.stdout.readline() == b"half\n"
    child.send_signal(signal.SIGKILL)
    child.wait()
    time.sleep(0.01)
    assert path.read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["out"]


def test_a_folder_that_is_not_there_is_named_by_the_target(tmp_path: Path) -> None:
    """Not by the name the file has on its way there."""
    target = tmp_path / "absent" / "prog"
    with pytest.raises(FileNotFoundError) as found:
        write_file(target, b"x")
    assert found.value.filename == str(target)
