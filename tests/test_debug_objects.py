"""gdb on objects, exceptions and imported files: real classes behind base references, stops at throws, members of structs."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

FOLDER = Path(__file__).parent / "data" / "zoo"


def line(file: str, part: str) -> int:
    """Number of the first line of a file that contains a text."""
    lines = (FOLDER / file).read_text(encoding="utf-8").splitlines()
    return next(number for number, text in enumerate(lines, 1) if part in text)


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("zoo") / "zoo"
    subprocess.run([sys.executable, "-m", "starklink", "build", str(FOLDER / "zoo.fsh"), "-o", str(out), "-O0"], check=True)
    return out


def session(image: Path, *commands: str) -> list[str]:
    """What gdb prints, with addresses as 0x."""
    words = [word for one in commands for word in ("-ex", one)]
    done = subprocess.run(
        ["gdb", "-nx", "-q", "-batch", "-iex", f"add-auto-load-safe-path {image.parent}", str(image), *words],
        stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60, check=True)
    assert done.stderr == ""
    return [re.sub(r"0x[0-9a-f]+", "0x", text) for text in done.stdout.splitlines()]


def values(said: list[str]) -> list[str]:
    """What `print` printed."""
    return [text.split(" = ", 1)[1] for text in said if re.match(r"\$\d+ = ", text)]


def test_references_print_as_the_class_they_refer_to(image: Path) -> None:
    said = session(
        image, "set print object on", f"break animals.fsh:{line('animals.fsh', 'return found')}", "run", "print this",
        "print found", "up", "print cage", "print cage->inside", "print *cage->inside", "print cage->inside->name",
        "print cage->label", "print $dynamic(cage->inside)->wings")
    assert any(f"Bird.Legs (this=Bird = {{...}}) at {FOLDER}/animals.fsh:17" in text for text in said), said
    bird = 'Bird = {name = "owl", legs = 2, wings = 0.5}'
    doors = "Spot [2] = {{x = 0, y = 0}, {x = 0, y = 9}}"
    cage = f'Cage = {{inside = Bird @0x, place = {{x = 3, y = 4}}, label = "cage", doors = {doors}}}'
    assert values(said) == [bird, "2", cage, bird, bird, '"owl"', '"cage"', "0.5"]


def test_members_of_structs_and_objects(image: Path) -> None:
    said = session(
        image, f"break zoo.fsh:{line('zoo.fsh', 'print(cage.inside')}", "run", "print cage->place", "print cage.place.x + 1",
        "print cage->doors->data[1]", "print cage->doors->data[1].y", "print cage->place.Far()", "set var cage->place.x = 6",
        "print cage->place.Far()", "ptype cage->place", "ptype Cage")
    assert values(said) == ["{x = 3, y = 4}", "4", "{x = 0, y = 9}", "9", "25", "52"]
    text = "\n".join(said)
    assert "type = struct Spot {\n    int x;\n    int y;\n" in text
    # The word that says the class is not a member people see.
    assert "type = class Cage {\n  public:\n    Animal *inside;\n    Spot place;\n    object *label;\n" in text


def test_stops_where_exceptions_are_thrown(image: Path) -> None:
    said = session(
        image, "break __throw", "run", "print (Exception*)$rdi", "bt", "up", "print n", "continue", "print (Exception*)$rdi",
        "bt", "continue", "bt")
    assert values(said) == ['Escape = {Message = "escaped: 25", count = 25}', "0",
                            'NullPointerException = {Message = "Null pointer dereference"}']
    thrown, dereferenced = line("zoo.fsh", "throw new Escape"), line("zoo.fsh", "print(none[1])")
    frames = [re.sub(r"^#\d+ +(0x in )?", "", text) for text in said if text.startswith("#")]
    again = line("zoo.fsh", "return Look")
    assert frames[:5] == [
        "__throw ()", f"Look (cage=Cage = {{...}}, n=0) at {FOLDER}/zoo.fsh:{thrown}",
        f"Look (cage=Cage = {{...}}, n=1) at {FOLDER}/zoo.fsh:{again}",
        f"Look (cage=Cage = {{...}}, n=2) at {FOLDER}/zoo.fsh:{again}",
        f"main () at {FOLDER}/zoo.fsh:{line('zoo.fsh', 'print(Look')}"]
    assert f"main () at {FOLDER}/zoo.fsh:{dereferenced}" in frames
    divides = f"Animal.Feed (this=Bird = {{...}}, portions=0) at {FOLDER}/animals.fsh:{line('animals.fsh', 'each / portions')}"
    assert frames[-2:] == [divides, f"main () at {FOLDER}/zoo.fsh:{line('zoo.fsh', 'Feed(0)')}"]


def test_the_line_table_names_imported_files(image: Path) -> None:
    done = subprocess.run(["readelf", "-W", "--debug-dump=decodedline", str(image)], capture_output=True, text=True, check=True)
    rows = set(re.findall(r"([a-z]+\.fsh) +(\d+) +0x", done.stdout))
    for file, part in (("animals.fsh", "each / portions"), ("animals.fsh", "legs = 2;"), ("zoo.fsh", "place.x = 3")):
        assert (file, str(line(file, part))) in rows
