"""Packaging is described in pyproject.toml. Here only: with STARKLINK_FAST=1 a wheel carries the compiled build.

    STARKLINK_FAST=1 pip install --no-build-isolation .        (needs mypy, setuptools, wheel and a C compiler beside Python)
"""

import os
import sys
from pathlib import Path

from setuptools import Distribution, setup
from setuptools.command.build_py import build_py

FAST = os.environ.get("STARKLINK_FAST", "") not in ("", "0")


class BuildModules(build_py):
    """Python modules, then machine code beside them. Without it the package works as well, only slower."""

    def run(self) -> None:
        super().run()
        if FAST and not self.editable_mode:
            sys.path.insert(0, str(Path(__file__).parent / "tools"))
            from build_compiled import BuildFailed, build

            try:
                build(Path(self.build_lib) / "starklink" / "_compiled", os.cpu_count() or 1)
            except BuildFailed as error:
                print(f"starklink is installed without its compiled build: {error}", file=sys.stderr)


class Package(Distribution):
    """Tells wheels for one platform from those for all."""

    def has_ext_modules(self) -> bool:
        return FAST


setup(cmdclass={"build_py": BuildModules}, distclass=Package)
