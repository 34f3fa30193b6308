"""The compiled build: the hot modules as machine code, by mypyc and the C compiler (`make fast`).

    python tools/build_compiled.py              into src/starklink/_compiled
    options: --into FOLDER, --jobs N, --check (only say whether what is there fits the sources)

Works on a copy of the package in build/compiled, in which record classes are plain ones (stage_records) and numbered names are
constants (stage_constants), and compiles again only what has changed. What is made is used by itself from then on, as long as
the sources stay as they are (starklink/compiled.py). Needs mypy, a C compiler and Python's headers.
"""

from __future__ import annotations

import argparse
import ast
import os
import re
import shlex
import shutil
import subprocess
import sys
import sysconfig
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
SOURCE = ROOT / "src" / "starklink"
WORK = ROOT / "build" / "compiled"
SUFFIX: str = sysconfig.get_config_var("EXT_SUFFIX")
sys.path.insert(0, str(HERE))
sys.path.insert(0, str(SOURCE.parent))

HOT = ("asm/encode", "asm/families", "asm/forms", "asm/gas/*", "asm/nasm/*", "asm/nasm/formats/*", "asm/nasm/pp/*",
       "asm/operands", "asm/places", "asm/relax", "asm/select", "asm/shapes", "codegen/*", "driver/sites", "dwarf/exprs",
       "dwarf/frames", "dwarf/leb", "dwarf/lines", "dwarf/lists", "dwarf/section", "dwarf/units", "frontend/*",
       "ir/algebra", "ir/analysis/*", "ir/function_builder", "ir/module", "ir/ops", "ir/passes/*", "ir/pipeline",
       "ir/scopes", "ir/semantics", "ir/traps", "ir/types", "linker/image", "linker/inputs", "linker/layout", "linker/link",
       "linker/output", "linker/reachable", "linker/relocate", "linker/symbols", "objwriter/model", "support/diagnostics",
       "support/spans", "support/tables")
"""What is compiled: the ways of a build and of assembly text. Everything else stays Python, and can."""
COLD = {"asm/gas/api", "asm/gas/listing", "asm/nasm/cmdline", "asm/nasm/listing", "codegen/checker", "frontend/printer"}
FLAGS = ("-O1", "-fPIC", "-fno-plt", "-fwrapv", "-fvisibility=hidden", "-DNDEBUG", "-w")
GROUP = "starklink_compiled"
CONFIG = """\
[mypy]
mypy_path = {path}
strict = True
warn_unused_ignores = False
python_version = 3.11
cache_dir = {cache}
[mypy-construct.*,elftools.*,lief.*,iced_x86.*]
ignore_missing_imports = True
"""


class BuildFailed(Exception):
    """No compiled build: the text says why."""


def hot_modules() -> list[str]:
    """Paths of the compiled modules relative to the package, without suffix."""
    found = {str(path.relative_to(SOURCE))[:-3] for pattern in HOT for path in SOURCE.glob(pattern + ".py")}
    return sorted(one for one in found if not one.endswith("__init__") and one not in COLD)


def closure(modules: list[str]) -> list[str]:
    """The modules and all of the package that they import, at whatever place: what the compiled code depends on."""
    seen: set[str] = set()
    todo = list(modules)
    while todo:
        module = todo.pop()
        if module in seen or not (SOURCE / f"{module}.py").exists():
            continue
        seen.add(module)
        for node in ast.walk(ast.parse((SOURCE / f"{module}.py").read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom):
                home = module.split("/")[:-node.level] if node.level else []
                names = (node.module or "").split(".") if node.module else []
                if not node.level and names[:1] == ["starklink"]:
                    names = names[1:]
                elif not node.level:
                    continue
                base = "/".join([*home, *names])
                todo += [base, f"{base}/__init__", *(f"{base}/{one.name}" if base else one.name for one in node.names)]
    return sorted(seen)


def generate(modules: list[str]) -> Any:
    """C files by mypyc, in WORK; its extension module that is the library. The small ones it makes for each module are not
    needed (starklink/compiled.py)."""
    try:
        from mypyc.build import mypycify
    except ImportError:
        raise BuildFailed("mypy is not installed") from None
    from fast_views import teach
    from stage_bases import stage as stage_bases
    from stage_constants import stage as stage_constants
    from stage_records import stage as stage_records

    teach()
    staged = WORK / "src" / "starklink"
    shutil.rmtree(staged.parent, ignore_errors=True)
    shutil.copytree(SOURCE, staged, ignore=shutil.ignore_patterns("__pycache__", "_compiled", "*.bin", "*.fsh", "*.md"))
    texts = {one: stage_constants((SOURCE / f"{one}.py").read_text(encoding="utf-8")) for one in modules}
    texts = {one: stage_bases(one, text, set(modules)) for one, text in texts.items()}
    for name, text in stage_records(texts).items():
        (staged / f"{name}.py").write_text(text, encoding="utf-8")
    config = WORK / "mypy.ini"
    config.write_text(CONFIG.format(path=staged.parent, cache=WORK / "cache"), encoding="utf-8")
    before = os.getcwd()
    os.chdir(WORK)
    try:
        made: list[Any] = mypycify([f"--config-file={config}", *(f"src/starklink/{one}.py" for one in modules)],
                                   target_dir=str(WORK / "c"), multi_file=True, group_name=GROUP)
    except SystemExit:
        raise BuildFailed("mypyc refused the sources") from None
    finally:
        os.chdir(before)
    return made[0]


def prefix(sources: list[str]) -> Path:
    """The header all C files begin with: the views, what the files share, and that module texts, which run once, are not worth
    optimising."""
    once = [found for source in sources if "__native_starklink___" in source for found in
            re.findall(r"^char (CPyDef_\w+_____top_level__\(void\)) {$", Path(source).read_text(encoding="utf-8"), re.MULTILINE)]
    lines = [f'#include "{HERE / "fast_views.h"}"', f'#include "__native_{GROUP}.h"', f'#include "__native_internal_{GROUP}.h"',
             *(f'__attribute__((cold, optimize("O0"))) char {one};' for one in sorted(once)), ""]
    path, text = WORK / "prefix.h", "\n".join(lines)
    if not path.exists() or path.read_text(encoding="utf-8") != text:
        path.write_text(text, encoding="utf-8")
    return path


def _is_new(made: Path) -> bool:
    """The object file is younger than everything it was made from."""
    try:
        named = Path(f"{made}.d").read_text(encoding="utf-8").replace("\\\n", " ").split()[1:]
        return made.stat().st_mtime > max(os.path.getmtime(one) for one in named)
    except (OSError, ValueError):
        return False


def compile_c(library: Any, into: Path, jobs: int) -> None:
    """Object files of the library's C files, in parallel, and the shared object."""
    cc = shlex.split(os.environ.get("CC") or sysconfig.get_config_var("CC") or "cc")
    includes = [f"-I{folder}" for folder in (WORK / "c", sysconfig.get_path("include"), *library.include_dirs)]

    def run(command: list[str]) -> str:
        try:
            done = subprocess.run(command, capture_output=True, text=True)
        except OSError as error:
            raise BuildFailed(f"no C compiler: {error}") from None
        if done.returncode:
            raise BuildFailed(f"{command[0]} failed: {done.stderr.strip()[-500:]}")
        return done.stdout

    def compiled(path: Path, made: Path, *options: str) -> Path:
        if not _is_new(made):
            made.unlink(missing_ok=True)
            run([*cc, *FLAGS, *includes, *options, "-MMD", "-MF", f"{made}.d", "-c", str(path), "-o", str(made)])
        return made

    def object_file(path: Path) -> Path:
        native = path.name.startswith("__native_")
        return compiled(path, WORK / "c" / f"{path.stem}.o", *(("-include", str(header)) if native else ()))

    header = prefix(library.sources)
    if "__clang__" not in run([*cc, "-dM", "-E", "-x", "c", os.devnull]):       # clang asks for it in another way: does without
        compiled(header, WORK / "prefix.h.gch", "-x", "c-header")
    with ThreadPoolExecutor(jobs) as pool:
        # The largest first: the last file to be ready should be a small one.
        sources = sorted({HERE / "fast_loader.c", *map(Path, library.sources)}, key=lambda one: -one.stat().st_size)
        objects = sorted(map(str, pool.map(object_file, sources)))
    run([*cc, "-shared", "-Wl,-Bsymbolic", "-Wl,-s", *objects, "-o", str(into / (library.name + SUFFIX))])


def build(into: Path, jobs: int) -> int:
    """Make everything and put it where it is used; the number of modules. Raises BuildFailed, and leaves what was there."""
    from starklink.compiled import describe

    modules = hot_modules()
    sources = closure(modules)
    # Before anything is read: who edits meanwhile gets a stale build, not a wrong one.
    manifest = describe(SOURCE, modules, sources)
    WORK.mkdir(parents=True, exist_ok=True)
    fresh = into.with_name(into.name + ".new")
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(parents=True)
    try:
        compile_c(generate(modules), fresh, jobs)
        (fresh / "MANIFEST").write_text(manifest, encoding="utf-8")
        shutil.rmtree(into, ignore_errors=True)
        fresh.rename(into)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
    return len(modules)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--into", type=Path, default=SOURCE / "_compiled")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--check", action="store_true")
    options = parser.parse_args()
    from starklink.compiled import problem

    trouble = problem(options.into, SOURCE)
    if options.check or not trouble:
        print(trouble or "the compiled build is up to date")
        return 1 if trouble else 0
    try:
        count = build(options.into, options.jobs)
    except BuildFailed as error:
        print(f"no compiled build: {error}", file=sys.stderr)
        return 1
    print(f"{count} modules compiled")
    return 0


if __name__ == "__main__":
    sys.exit(main())
