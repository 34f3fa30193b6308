"""A place to link small things as a user does: assemble or compile into a folder, link with starklink or GNU ld, look, run."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import NamedTuple

import pytest

from starklink.driver.link_command import main


class Done(NamedTuple):
    """A finished link: exit code and everything that was printed."""

    code: int
    text: str


class Bench:
    """Works in `folder`, which is the current one."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder = folder
        self.capsys = capsys

    def write(self, name: str, text: str) -> Path:
        path = self.folder / name
        path.write_text(text)
        return path

    def asm(self, name: str, text: str) -> str:
        """Assemble with GNU as; the result is the object's name."""
        subprocess.run(["as", "-o", f"{name}.o", "-"], input=text, text=True, check=True, cwd=self.folder)
        return f"{name}.o"

    def cc(self, name: str, text: str, *flags: str) -> str:
        """Compile C with gcc; the result is the object's name, or NAME.so for -shared (made by GNU ld)."""
        out = f"{name}.so" if "-shared" in flags else f"{name}.o"
        kind = [] if "-shared" in flags else ["-c"]
        subprocess.run(["gcc", "-xc", "-", *kind, *flags, "-o", out], input=text, text=True, check=True, cwd=self.folder)
        return out

    def archive(self, name: str, *members: str) -> str:
        subprocess.run(["ar", "rcs", name, *members], check=True, cwd=self.folder)
        return name

    def ld(self, *words: str) -> Done:
        """Link in this process."""
        self.capsys.readouterr()
        code = main(list(words))
        out = self.capsys.readouterr()
        return Done(code, out.out + out.err)

    def good(self, *words: str) -> str:
        """Link, which must work; the result is what was printed."""
        done = self.ld(*words)
        assert done.code == 0, done.text
        return done.text

    def bad(self, *words: str) -> str:
        """Link, which must fail with a message; the result is the message."""
        done = self.ld(*words)
        assert done.code == 1 and "error:" in done.text and "internal" not in done.text, done.text
        return done.text

    def gnu(self, *words: str) -> Done:
        """Link with GNU ld."""
        done = subprocess.run(["ld.bfd", *words], capture_output=True, text=True, check=False, cwd=self.folder)
        return Done(done.returncode, done.stdout + done.stderr)

    def gcc(self, *words: str) -> None:
        """Link with gcc as the driver and starklink as the linker."""
        place = self.folder / "driver"
        if not place.exists():
            main(["--install-dir", str(place)])
        done = subprocess.run(["gcc", "-B", str(place), *words], capture_output=True, text=True, check=False, cwd=self.folder)
        assert done.returncode == 0, done.stderr

    def readelf(self, flags: str, name: str = "a.out") -> str:
        words = [f"-{flags}", "-W"] if flags.startswith("-") else [f"-W{flags}"]
        done = subprocess.run(["readelf", *words, name], capture_output=True, text=True, check=True, cwd=self.folder)
        assert done.stderr == ""
        return done.stdout

    def run(self, name: str = "a.out") -> Done:
        done = subprocess.run([f"./{name}"], capture_output=True, text=True, check=False, cwd=self.folder, timeout=60)
        return Done(done.returncode, done.stdout)


@pytest.fixture
def bench(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Bench:
    monkeypatch.chdir(tmp_path)
    return Bench(tmp_path, capsys)
