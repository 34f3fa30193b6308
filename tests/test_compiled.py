"""The compiled build: what it is made from, and when it is used. What it computes is tested by `make test-fast`."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from starklink import compiled
from starklink.support import record

TOOLS = Path(__file__).resolve().parent.parent / "tools"
sys.path.insert(0, str(TOOLS))

import build_compiled  # noqa: E402
import stage_bases  # noqa: E402
import stage_constants  # noqa: E402
import stage_records  # noqa: E402

RECORDS = '''
from typing import ClassVar

@dataclass(slots=True, eq=False)
class Base:
    """Wörter beside code move no column."""

    first: int  # a comment
    second: list[int] = field(default_factory=list)

@dataclass(slots=True, eq=False)
class Derived(Base):
    third: str = "é"; fourth: int = 4

    def text(self) -> str:
        return f"{self.first}{self.second}{self.third}{self.fourth}"

@dataclass(frozen=True, slots=True)
class Point:
    KIND: ClassVar[str] = "point"
    x: int
    y: int = field(default=7)

@dataclass(slots=True)
class Sum:
    parts: list[int]
    total: int = field(init=False)
    made: list[int] = field(default_factory=lambda: [1, 2])

    def __post_init__(self) -> None:
        self.total = sum(self.parts)
'''


def classes(text: str) -> SimpleNamespace:
    space: dict[str, Any] = {"dataclass": record.dataclass, "field": record.field, "__name__": "records"}
    exec(compile("from __future__ import annotations\n" + text, "records", "exec"), space)
    return SimpleNamespace(**space)


def test_records_written_out_behave_alike() -> None:
    staged = stage_records.stage({"records": RECORDS})["records"]
    assert "@dataclass" not in staged and "field(" not in staged
    for made in (classes(RECORDS), classes(staged)):
        one, two = made.Base(1), made.Base(1)
        assert one.second == [] and one.second is not two.second and one != two
        assert made.Derived(1, [2], fourth=9).text() == "1[2]é9" and made.Derived(5).text() == "5[]é4"
        assert made.Point(1) == made.Point(1, 7) != made.Point(1, 8) and made.Point(1) != (1, 7)
        assert len({made.Point(1), made.Point(1, 7), made.Point(2)}) == 2 and made.Point.KIND == "point"
        assert made.Sum([3, 4]).total == 7 and made.Sum([]).made == [1, 2] and made.Sum([1]) == made.Sum([1])
        with pytest.raises(TypeError):
            hash(made.Sum([]))


NUMBERED = """\
from typing import Final
(ONE, TWO,
 THREE) = range(3)
SIZE: Final = 7
LEFT, RIGHT = (5, 6)
ALL = range(3)
"""


def test_numbered_names_are_written_out_with_the_same_values_on_lines_of_their_own() -> None:
    staged = stage_constants.stage(NUMBERED)
    assert "range(3)\nSIZE" not in staged and "TWO: Final = 1" in staged
    spaces: list[dict[str, Any]] = [{}, {}]
    for space, text in zip(spaces, (NUMBERED, staged)):
        exec(compile(text, "numbers", "exec"), space)
    names = ("ONE", "TWO", "THREE", "SIZE", "LEFT", "RIGHT", "ALL")
    assert [spaces[0][name] for name in names] == [spaces[1][name] for name in names] == [0, 1, 2, 7, 5, 6, range(3)]
    assert [line for line in staged.split("\n") if line][2:] == NUMBERED.split("\n")[3:-1]
    assert staged.count("\n") == NUMBERED.count("\n")
    without = NUMBERED.replace("from typing import Final", "").replace(": Final", "")
    assert stage_constants.stage(without) == without


def test_no_module_numbers_its_names_without_importing_final() -> None:
    for module in build_compiled.hot_modules():
        text = (build_compiled.SOURCE / f"{module}.py").read_text()
        numbered = any(stage_constants._numbered(node) for node in ast.parse(text).body)
        assert not numbered or stage_constants.stage(text) != text, module


DERIVED = """\
from __future__ import annotations
from ..places import Place
from .elsewhere import Base, Other as Renamed

class Native: pass

class Near(str):
    skip = 0

# Comments may
# stand between.
class Foreign(Base):
    class Inner(Native): pass

    class Deep(Renamed): pass

class Known(Place): pass
"""


def test_classes_that_cannot_be_native_get_a_decorator_and_lines_keep_their_numbers() -> None:
    staged = stage_bases.stage("asm/nasm/x", DERIVED, {"asm/nasm/x", "asm/places"})
    decorated = [node.name for node in ast.walk(ast.parse(staged)) if isinstance(node, ast.ClassDef) and node.decorator_list]
    assert sorted(decorated) == ["Deep", "Foreign", "Near"]
    changed = [(old, new) for old, new in zip(DERIVED.split("\n"), staged.split("\n"), strict=True) if old != new]
    assert len(changed) == 3 and all(old == "" and new.strip() == "@(lambda one: one)" for old, new in changed)
    with pytest.raises(ValueError, match="no empty line above class Near"):
        stage_bases.stage("x", "x = 1\nclass Near(str): pass\n", {"x"})
    with pytest.raises(ValueError, match="Final derives from a number"):
        stage_bases.stage("x", "\nclass Final(int): pass\n", {"x"})


@pytest.fixture
def built(tmp_path: Path) -> tuple[Path, Path]:
    """A folder like a compiled build of a package of two modules, and the package."""
    package, folder = tmp_path / "package", tmp_path / "package" / "_compiled"
    folder.mkdir(parents=True)
    (package / "ir").mkdir()
    (package / "one.py").write_text("x = 1\n")
    (package / "ir" / "two.py").write_text("y = 2\n")
    (folder / "MANIFEST").write_text(compiled.describe(package, ["one"], ["one", "ir/two"]))
    return folder, package


def test_unchanged_sources_and_touched_ones_fit(built: tuple[Path, Path]) -> None:
    folder, package = built
    assert compiled.problem(folder, package) == ""
    os.utime(package / "one.py", (1, 1))
    assert compiled.problem(folder, package) == ""


def test_a_changed_source_makes_it_old(built: tuple[Path, Path]) -> None:
    folder, package = built
    (package / "ir" / "two.py").write_text("y = 3\n")       # as long as before
    os.utime(package / "ir" / "two.py", (1, 1))
    assert "ir/two.py has changed" in compiled.problem(folder, package)


def test_a_missing_source_or_manifest_or_another_python(built: tuple[Path, Path]) -> None:
    folder, package = built
    (package / "one.py").unlink()
    assert "one.py is gone" in compiled.problem(folder, package)
    (folder / "MANIFEST").write_text(".cpython-299-other.so\none\n")
    assert "another Python" in compiled.problem(folder, package)
    (folder / "MANIFEST").unlink()
    assert "no compiled build" in compiled.problem(folder, package)


def test_whoever_insists_on_it_is_told(built: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    folder, _ = built
    (folder / "MANIFEST").unlink()
    monkeypatch.setattr(compiled, "FOLDER", str(folder))
    monkeypatch.setenv("STARKLINK_BUILD", "compiled")
    with pytest.raises(ImportError, match="make fast"):
        compiled.install()


def test_the_command_says_which_build_runs() -> None:
    done = subprocess.run([sys.executable, "-m", "starklink", "--version", "--verbose"], capture_output=True, text=True,
                          check=True, env={**os.environ, "STARKLINK_BUILD": "pure"})
    assert "pure Python (STARKLINK_BUILD=pure)" in done.stdout


def test_everything_compiled_code_depends_on_is_watched() -> None:
    modules = build_compiled.hot_modules()
    watched = build_compiled.closure(modules)
    assert set(modules) < set(watched)
    # Imported by compiled modules, one of them inside a function, and not compiled.
    assert {"support/arena", "support/record", "ir/interp", "frontend/__init__"} <= set(watched)
    assert {"ir/function_builder", "frontend/parser", "codegen/regalloc"} <= set(modules)


def test_without_a_c_compiler_there_is_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(build_compiled, "WORK", tmp_path)
    (tmp_path / "a.c").write_text("int x;\n")
    library = SimpleNamespace(name="a", sources=[str(tmp_path / "a.c")], include_dirs=[])
    for compiler in ("/bin/false", "/nowhere/cc"):
        monkeypatch.setenv("CC", compiler)
        with pytest.raises(build_compiled.BuildFailed, match=r"compiler|failed"):
            build_compiled.compile_c(library, tmp_path, 1)
