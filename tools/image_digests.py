"""Digests of the images of all samples and test programs: shows that a change of the compiler changes no image.

    python tools/image_digests.py --write FILE              digests of this compiler
    python tools/image_digests.py --compare FILE            compile again; names every image that is different now
    options: --long METHODS (also the generated program of bench/lang.py), --only TEXT (programs with TEXT in their name)

Programs are compiled at -O0 and -O2 with debug information for Linux, and at -O0 without for the bare PC; for programs with
errors or warnings the diagnostics are digested. Assembler sources become objects and flat binaries.
"""

from __future__ import annotations

import argparse
import json
import sys
from hashlib import sha256
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VARIANTS = (("linux", 0, True), ("linux", 2, True), ("pc", 0, False))


def sources(only: str, methods: int) -> dict[str, tuple[str, str]]:
    """(text, path) by name; without a path there is nothing to import beside the program."""
    found = {}
    for path in sorted([*ROOT.glob("samples/**/*.fsh"), *ROOT.glob("tests/programs/*.fsh")]):
        name = str(path.relative_to(ROOT))
        if only in name:
            found[name] = (path.read_text(encoding="utf-8"), str(path))
    if methods:
        sys.path.insert(0, str(ROOT / "bench"))
        from lang import generated

        found["generated.fsh"] = (generated(methods), "")
    return found


def digest(text: str, name: str, path: str, variant: tuple[str, int, bool]) -> str:
    """Digest of the image and of what the compiler said, or only of that."""
    from starklink.driver.compile import compile_text
    from starklink.driver.errors import CompileError
    from starklink.driver.session import Options, Session
    from starklink.linker.errors import LinkError

    target, level, debug = variant
    session = Session()
    made = b""
    try:
        options = Options(target=target, level=level, debug=debug, directory="/", prefix_map=((str(ROOT), "."),))
        made = bytes(compile_text(text, name, options, session, path).link())
    except (CompileError, LinkError) as error:
        made = type(error).__name__.encode()
    said = [(one.code, one.start, one.end, one.message, one.hint) for one in session.bag.sorted()]
    return sha256(made + repr(said).encode()).hexdigest()


def assembled(path: Path, form: str) -> str:
    """Digest of what the assembler makes of a source, and of what it says."""
    from starklink.asm.gas.api import assemble as gas
    from starklink.asm.gas.errors import AssemblyFailed
    from starklink.asm.nasm import assemble

    if form != "gas":
        made = assemble(str(path), form, (f"{ROOT}/samples/asm/include/",))
        return sha256((made.data or b"") + made.messages.replace(str(ROOT), ".").encode()).hexdigest()
    try:
        return sha256(gas(path.read_text(encoding="utf-8"), path.name)).hexdigest()
    except AssemblyFailed as error:
        return sha256(str(error).encode()).hexdigest()


def digests(only: str = "", methods: int = 0) -> dict[str, str]:
    """All digests by "name target -Olevel" or "name format"."""
    out = {}
    for source in sorted([*ROOT.glob("samples/asm/*.asm"), *ROOT.glob("tests/gas/*.s")]):
        name = str(source.relative_to(ROOT))
        if only in name:
            forms = ("gas",) if source.suffix == ".s" else ("bin", "elf64")
            out.update({f"{name} {form}": assembled(source, form) for form in forms})
    for name, (text, path) in sources(only, methods).items():
        for variant in VARIANTS:
            out[f"{name} {variant[0]} -O{variant[1]}"] = digest(text, name, path, variant)
    return out


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    action = parser.add_mutually_exclusive_group(required=True)
    action.add_argument("--write", type=Path)
    action.add_argument("--compare", type=Path)
    parser.add_argument("--long", type=int, default=0, metavar="METHODS")
    parser.add_argument("--only", default="", metavar="TEXT")
    options = parser.parse_args()
    now = digests(options.only, options.long)
    if options.write:
        options.write.write_text(json.dumps(now, indent=1) + "\n", encoding="utf-8")
        return 0
    before: dict[str, str] = json.loads(options.compare.read_text(encoding="utf-8"))
    different = [name for name, made in now.items() if before.get(name) != made]
    for name in different:
        print("different" if name in before else "new", name)
    print(f"{len(now) - len(different)} of {len(now)} images are equal")
    return 1 if different else 0


if __name__ == "__main__":
    sys.exit(main())
