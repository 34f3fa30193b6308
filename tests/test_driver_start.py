"""Start-up: commands import what they use and nothing else."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

HEAVY = (
    "numpy",
    "construct",
    "lief",
    "elftools",
    "json",
    "logging",
    "subprocess",
    "tempfile",
    "asyncio",
    "hashlib",
    "traceback",
    "concurrent",
    "urllib",
    "shutil",
    "unittest",
)
SAMPLE = Path(__file__).parent.parent / "samples" / "hello.fsh"


def imported(*arguments: str) -> set[str]:
    """Top-level names of the modules the command imports."""
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "starklink", *arguments], capture_output=True, text=True, check=True
    )
    return {line.rsplit("|", 1)[1].strip().split(".")[0] for line in done.stderr.splitlines() if line.startswith("import time:")}


def test_version_imports_nothing_of_the_compiler() -> None:
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "starklink", "--version"], capture_output=True, text=True, check=True
    )
    assert done.stdout.startswith("starklink ")
    modules = {line.rsplit("|", 1)[1].strip() for line in done.stderr.splitlines() if line.startswith("import time:")}
    ours = {name for name in modules if name.startswith("starklink")}
    assert ours <= {"starklink", "starklink.compiled", "starklink.driver", "starklink.driver.cli", "starklink.__main__"}
    assert not modules & {*HEAVY, "argparse", "dataclasses"}


@pytest.mark.parametrize("options", [("-g0",), ("-O2",), ("--target", "pc")])
def test_small_build_imports_nothing_heavy(options: tuple[str, ...], tmp_path: Path) -> None:
    assert not imported("build", str(SAMPLE), "-o", str(tmp_path / "hello"), *options) & set(HEAVY)
