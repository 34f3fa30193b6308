"""The standard library: the examples of its documentation, files, and Random against an implementation in Python.

Its other tests are the programs `tests/programs/std_*.fsh`.
"""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from starklink import CompileError, compile_text

ROOT = Path(__file__).parent.parent
STD = ROOT / "src" / "starklink" / "std"
EXAMPLES = re.findall(r"```fluxsharp\n(.*?)```", (ROOT / "docs" / "std.md").read_text(encoding="utf-8"), re.DOTALL)
NAMES = [re.findall(r'using "std/(\w+)', text)[0] for text in EXAMPLES]


def output(text: str, cwd: Path, stdin: bytes = b"") -> str:
    compile_text(text, level=1).link().write(cwd / "program")
    done = subprocess.run([cwd / "program"], input=stdin, cwd=cwd, capture_output=True, timeout=20, check=False)
    assert (done.returncode, done.stderr) == (0, b"")
    return done.stdout.decode()


@pytest.mark.parametrize("text", EXAMPLES, ids=NAMES)
def test_examples_print_what_the_documentation_says(text: str, tmp_path: Path) -> None:
    wanted = "".join(line.removeprefix("// ") + "\n" for line in text.split("\n") if line.startswith("// "))
    assert wanted
    assert output(text, tmp_path) == wanted


def test_every_file_is_documented_with_all_its_public_names() -> None:
    text = (ROOT / "docs" / "std.md").read_text(encoding="utf-8")
    assert sorted(NAMES) == sorted(path.stem for path in STD.glob("*.fsh"))
    for path in STD.glob("*.fsh"):
        source = path.read_text(encoding="utf-8")
        for name in re.findall(r"^ +public (?:static |override )?[\w\[\]]+ (\w+)", source, re.MULTILINE):
            assert re.search(rf"\b{name}\b", text), f"{path.name}: {name}"


def test_files(tmp_path: Path) -> None:
    (tmp_path / "in.txt").write_bytes(b"one\r\ntwo\n\nthree")
    (tmp_path / "binary").write_bytes(bytes(range(256)) * 300)
    text = """
        using "std/files.fsh";
        void main() {
            print(Strings.Join(Files.ReadLines("in.txt"), "|"));
            print(Files.ReadLines("binary").Length);
            Files.Append("new.txt", "a");
            Files.Append("new.txt", "b\\n");
            Files.WriteLines("lines.txt", new string[] {"x", "", "y"});
            print(Files.IsReadable("new.txt") + " " + Files.IsReadable("missing") + " " + Files.IsReadable("."));
            print(Strings.Join(Files.InputLines(), "/"));
            print(Files.InputLines().Length);
            string[] paths = {"a/b/c.txt", "c", "/c.d", "a.b/c", ".profile", "a/"};
            for (int i = 0; i < paths.Length; i++) {
                print(Files.Folder(paths[i]) + " " + Files.Name(paths[i]) + " " + Files.Extension(paths[i]));
            }
            print(Files.Combine("", "a") + " " + Files.Combine("a/", "b") + " " + Files.Combine("a", "/b"));
            try {
                Files.ReadLines("missing");
            } catch (IOException e) {
                print(e.Message);
            }
        }"""
    assert output(text, tmp_path, b"p\nq\r\nr").splitlines() == [
        "one|two||three", "301", "true false false", "p/q/r", "0", "a/b c.txt .txt", ". c ", "/ c.d .d", "a.b c ", ". .profile ",
        "a  ", "a a/b /b", 'Cannot read "missing": No such file or directory',
    ]
    assert (tmp_path / "new.txt").read_bytes() == b"ab\n"
    assert (tmp_path / "lines.txt").read_bytes() == b"x\n\ny\n"


def splitmix(seed: int, count: int) -> list[int]:
    mask, state, out = (1 << 64) - 1, seed & (1 << 64) - 1, []
    for _ in range(count):
        state = state + 0x9E3779B97F4A7C15 & mask
        z = state
        z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9 & mask
        z = (z ^ z >> 27) * 0x94D049BB133111EB & mask
        out.append(z ^ z >> 31)
    return out


def test_random_is_the_same_as_elsewhere(tmp_path: Path) -> None:
    text = """
        using "std/random.fsh";
        void main() {
            Random r = new Random(-3);
            for (int i = 0; i < 5; i++) print(r.Next());
            print(r.NextDouble());
            print(r.Below(1000));
        }"""
    numbers = splitmix(-3, 7)
    wanted = [*map(str, numbers[:5]), repr((numbers[5] >> 11) / 2**53), str(numbers[6] % 1000)]
    assert output(text, tmp_path).splitlines() == wanted


def test_builder_takes_time_for_what_is_appended_only(tmp_path: Path) -> None:
    text = """
        using "std/text.fsh";
        void main() {
            StringBuilder b = new StringBuilder();
            for (int i = 0; i < 1000000; i++) b.Append("abc");
            print(b.ToString().length());
        }"""
    assert output(text, tmp_path) == "3000000\n"  # copying everything every time would take hours


def test_names_of_the_program_do_not_change_the_library(tmp_path: Path) -> None:
    text = """
        using "std/files.fsh";
        int length(string s) { return 1000; }
        string substring(string s, int from, int to) { return "mine"; }
        int compare(string a, string b) { return 0; }
        string __align(string s, int n) { return "mine"; }
        string read_file(string path) { return "mine"; }
        void print_all(string[] all) { for (int i = 0; i < all.Length; i++) print(all[i]); }
        void main() {
            StringList s = new StringList(Strings.Words("b a"));
            s.Sort();
            print_all(s.ToArray());
            print(Strings.PadLeft("x", 3));
            print(Files.IsReadable("none"));
        }"""
    assert output(text, tmp_path) == "a\nb\n  x\nfalse\n"


@pytest.mark.parametrize(("file", "type_"), [("std/list.fsh", "List<T>"), ("std/map.fsh", "Map<K, V>")])
def test_generic_collections_say_that_they_are_missing(file: str, type_: str) -> None:
    with pytest.raises(CompileError) as caught:
        compile_text(f'using "{file}";\nvoid main() {{ }}')
    (found,) = caught.value.diagnostics
    assert found.code == "FS0601"
    assert found.hint == f"{type_} needs generic types, which are not supported yet"


@pytest.mark.parametrize("path", sorted(STD.glob("*.fsh")), ids=lambda path: path.stem)
@pytest.mark.parametrize("target", ["linux", "pc"])
def test_files_compile_without_warnings(path: Path, target: str) -> None:
    compile_text(f'using "std/{path.name}";\nvoid main() {{ }}', target=target, werror=True)
