"""Run the acceptance jobs of the linker: programs built with gcc, linked by the linker under test, run and compared.

    python tools/link_jobs.py                        # everything, with starklink
    python tools/link_jobs.py --linker bfd hello     # jobs whose names contain a word, with GNU ld: proves the jobs
    python tools/link_jobs.py --list

Options: --linker starklink|bfd|gold|lld|mold, --mode MODE, --variant VARIANT, --everyday, --no-lint, --diff, --keep DIR, -j N.
With --diff everything that was linked is also linked by GNU ld and compared by `linkdiff.py`: differences nothing explains fail.
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))

import linker_jobs as L


def selected(options: argparse.Namespace) -> Iterator[tuple[L.Job, str, str]]:
    """Job, mode and variant of everything that was asked for."""
    for job in L.all_jobs():
        if options.words and not any(word in job.name for word in options.words):
            continue
        if options.linker in job.not_for and not options.all:
            continue
        if lacking := L.missing(job):
            print(f"left out {job.name}: missing {', '.join(lacking)}")
            continue
        for mode in L.EVERYDAY.get(job.name, ()) if options.everyday else job.modes:
            for variant in ("",) if options.everyday else job.variants:
                # The start code of static PIEs counts on relaxation: with --no-relax the output of other linkers does not run.
                if (mode, variant) == ("static-pie", "now") and options.linker != "starklink":
                    continue
                if options.mode in ("", mode) and options.variant in (None, variant):
                    yield job, mode, variant


def differences(job: L.Job, mode: str, variant: str, linker: str, base: Path) -> list[str]:
    """What `linkdiff.py` (which reads x86-64) cannot explain between the linker's products and those of GNU ld."""
    if job.fails or "bfd" in (linker, *job.not_for) or (mode, variant) == ("static-pie", "now") or job.name.endswith("-m32"):
        return []
    failures = L.run(job, mode, variant, "bfd", base, lint=False)
    ours, theirs = (base / "linked" / f"{one}-{job.name}-{mode}-{variant or 'plain'}" for one in (linker, "bfd"))
    tool = Path(__file__).with_name("linkdiff.py")
    collected = variant == "gc" or job.name.startswith("rust")      # rustc asks for it
    for path in sorted(ours.iterdir()):
        other = theirs / path.name
        if not path.is_file() or not other.exists() or path.samefile(other):
            continue
        if path.read_bytes()[:18][16:] not in (b"\x02\0", b"\x03\0"):
            continue
        command = [sys.executable, str(tool), str(path), str(other), "--show", "12", *(["--gc"] if collected else [])]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            failures.append(f"linkdiff {path} {other}\n{done.stdout[-3000:]}{done.stderr[-500:]}")
    return failures


def main() -> int:
    """Run the jobs; the exit code says whether all passed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("words", nargs="*")
    parser.add_argument("--linker", default="starklink", choices=("starklink", *L.LINKERS))
    parser.add_argument("--mode", default="")
    parser.add_argument("--variant")
    parser.add_argument("--everyday", action="store_true")
    parser.add_argument("--all", action="store_true", help="also jobs the linker is known not to pass")
    parser.add_argument("--no-lint", action="store_true")
    parser.add_argument("--diff", action="store_true", help="compare with what GNU ld makes")
    parser.add_argument("--keep", type=Path, help="folder for everything that is built")
    parser.add_argument("--list", action="store_true")
    parser.add_argument("-j", type=int, default=1)
    options = parser.parse_args()
    todo = list(selected(options))
    if options.list:
        for job, mode, variant in todo:
            print(f"{job.name:24} {mode:12} {variant}")
        return 0
    with tempfile.TemporaryDirectory() as temporary:
        base = (options.keep or Path(temporary)).resolve()
        L.linker_folder(options.linker, base)
        failed = 0
        start = time.time()

        def one(task: tuple[L.Job, str, str]) -> tuple[tuple[L.Job, str, str], list[str]]:
            try:
                failures = L.run(*task, options.linker, base, lint=not options.no_lint)
                return task, failures or (differences(*task, options.linker, base) if options.diff else [])
            except AssertionError as error:
                return task, [str(error)]

        with ThreadPoolExecutor(options.j) as pool:
            for (job, mode, variant), failures in pool.map(one, todo):
                if failures:
                    failed += 1
                    print(f"FAIL {job.name} {mode} {variant}")
                    print("\n".join("    " + line for failure in failures for line in failure.splitlines()))
                    sys.stdout.flush()
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    print(f"{options.linker}: {len(todo) - failed} of {len(todo)} passed, {time.time() - start:.0f} s, "
          f"{used.ru_utime + used.ru_stime:.0f} s of CPU with the compilers")
    return failed != 0


if __name__ == "__main__":
    sys.exit(main())
