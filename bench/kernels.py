"""The benchmark kernels in FluxSharp beside the same programs in C.

    python bench/kernels.py [--kernels a,b] [--rounds N] [--levels 2] [--configs gcc-O0,gcc-O2,safe-O2]

Every configuration is built once and run round-robin; the figure is the median CPU time (user + system) of the child, the table
shows ratios to gcc -O2. Checksums of all configurations must agree. `safe` is the C twin with the checks our language demands.

The configuration `explicit-null` is our -O2 with every null check a test and a branch (beside flux-O2: what folding them saves).
"""

from __future__ import annotations

import argparse
import math
import resource
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent / "kernels"
KERNELS = [path.stem for path in sorted(HERE.glob("*.fsh"))]
C_CONFIGS = {
    "gcc-O0": ("", ["-O0"]), "gcc-O1": ("", ["-O1"]), "gcc-O2": ("", ["-O2"]), "safe-O2": ("_safe", ["-O2", "-fno-math-errno"]),
}


def build(kernel: str, config: str, folder: Path) -> Path:
    """The executable of one kernel in one configuration."""
    out = folder / f"{kernel}-{config}"
    if config == "explicit-null":
        from starklink.driver.compile import compile_file
        from starklink.driver.session import Options

        compile_file(HERE / f"{kernel}.fsh", Options(level=2, null_faults=False)).link().write(str(out))
    elif config.startswith("flux-O"):
        subprocess.run([sys.executable, "-m", "starklink", "build", str(HERE / f"{kernel}.fsh"), "-o", str(out),
                        f"-O{config[-1]}"], check=True)
    else:
        suffix, flags = C_CONFIGS[config]
        subprocess.run(["gcc", "-w", *flags, "-o", str(out), str(HERE / "c" / f"{kernel}{suffix}.c"), "-lm"], check=True)
    return out


def measure(program: Path) -> tuple[float, str]:
    """CPU seconds and output of one run."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run([str(program)], stdout=subprocess.PIPE, check=False)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode:
        return math.nan, f"exit {done.returncode}"
    return after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime, done.stdout.decode().strip()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kernels", default=",".join(KERNELS))
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--configs", default="gcc-O0,gcc-O2,safe-O2")
    parser.add_argument("--levels", default="2")
    options = parser.parse_args()
    configs = options.configs.split(",") + [f"flux-O{level}" for level in options.levels.split(",")]
    ratios: dict[str, list[float]] = {config: [] for config in configs}
    print("kernel".ljust(10), *(config.rjust(16) for config in configs))
    wrong = 0
    with tempfile.TemporaryDirectory() as folder:
        for kernel in options.kernels.split(","):
            programs = {config: build(kernel, config, Path(folder)) for config in configs}
            times: dict[str, list[float]] = {config: [] for config in configs}
            outputs: dict[str, str] = {}
            for _ in range(options.rounds):
                for config, program in programs.items():
                    seconds, outputs[config] = measure(program)
                    times[config].append(seconds)
            base = statistics.median(times["gcc-O2"])
            cells = []
            for config in configs:
                median = statistics.median(times[config])
                ratios[config].append(median / base)
                cells.append(f"{median:7.3f} ({median / base:5.2f})".rjust(16))
            alike = len(set(outputs.values())) == 1
            print(kernel.ljust(10), *cells, "" if alike else f"  DIFFERENT OUTPUT {outputs}", flush=True)
            wrong += not alike
    means = [math.exp(statistics.fmean(map(math.log, ratios[config]))) for config in configs]
    print("geomean".ljust(10), *(f"({mean:5.2f})".rjust(16) for mean in means))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
