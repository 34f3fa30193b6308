"""Which function is the entry, with what result and arguments, and what is refused (fluxsharp.md section 16, 36)."""

from __future__ import annotations

import pytest

from starklink.driver.compile import compile_text
from starklink.driver.errors import CompileError
from starklink.driver.session import Options, Session

TAKEN: list[tuple[str, int]] = [
    ("void main() { }", 0),
    ("void Main() { }", 0),
    ("int main() { return 258; }", 2),
    ("int main() { return -1; }", 255),
    ("int main() => 5;", 5),
    ("long main() { return 5; }", 5),
    ("private int main() { return 8; }", 8),
    ("int Main(string[] a) { return a.Length; }", 2),
    ("int main(string[10] a) { return a.Length; }", 2),
    ("int main(string a[]) { return a[1].length; }", 3),
    ("class Main { int n = 4; int Main() { return n; } }", 4),
    ("class Main { private Main() { } int main() { return 3; } }", 3),
    ("class Main { static int x = 5; static int main() { return x; } void other() { } }", 5),
    ("static class Main { public static int main() { return 6; } }", 6),
    ("abstract class Main { static int main() { return 6; } }", 6),
    ("class A { static int main() { return 1; } } class Main { static int main() { return 2; } }", 2),
    ("class A { static int main() { return 1; } } int main() { return 2; }", 2),
    ("int main() { exit(300); return 1; }", 44),
    ('void main() { try { exit(7); } finally { print("never"); } }', 7),
]
REFUSED: list[tuple[str, list[str]]] = [
    ("", ["FS0706@1"]),
    ("// only a comment\n", ["FS0706@1"]),
    ("int x = 3;", ["FS0701@1"]),
    ("int main = 3;", ["FS0701@1"]),
    ("class X { }", ["FS0701@1"]),
    ("struct Main { int main() { return 7; } }", ["FS0701@1"]),
    ("class A { void main() { } } class B { void main() { } }", ["FS0701@1"]),
    ("\nclass Main { }", ["FS0703@1"]),
    ("class Main { int main; }", ["FS0703@1"]),
    ("void main() { }\nint Main() { return 1; }", ["FS0704@21"]),
    ("void main() { } void main(string[] a) { }", ["FS0704@22"]),
    ("class Main { void main() { } } void main() { }", ["FS0704@37"]),
    ("class Main { void main() { } static void Main() { } }", ["FS0704@42"]),
    ("class Main { void main() { } } class Main { }", ["FS0702@38"]),
    ("string main() { return null; }", ["FS0705@8"]),
    ("i32 main() { return 1; }", ["FS0705@5"]),
    ("void main(int n) { }", ["FS0705@6"]),
    ("void main(string a) { }", ["FS0705@6"]),
    ("void main(string[] a, int b) { }", ["FS0705@6"]),
    ("class Main { void main(int a) { } }", ["FS0705@19"]),
    ("class Main { public Main(int n) { } void main() { } }", ["FS0705@42"]),
    ("abstract class Main { void main() { } }", ["FS0705@28"]),
]


def reported(session: Session) -> list[str]:
    """Code and place (scalars from the start of the text, from 1) of everything reported."""
    return [f"{item.code}@{item.start - session.sources.files[0].base + 1}" for item in session.bag.sorted()]


@pytest.mark.parametrize(("text", "code"), TAKEN)
def test_entry_is_taken(text: str, code: int) -> None:
    session = Session()
    done = compile_text(text, "entry.fsh", Options(level=0), session).link().run(["one", "two"], timeout=10)
    assert (done.returncode, done.stdout, done.stderr, reported(session)) == (code, "", "", [])


@pytest.mark.parametrize(("text", "wanted"), REFUSED)
def test_entry_is_refused(text: str, wanted: list[str]) -> None:
    session = Session()
    with pytest.raises(CompileError):
        compile_text(text, "entry.fsh", Options(), session)
    assert reported(session) == wanted


def test_entry_of_the_only_class_is_taken_with_a_warning() -> None:
    session = Session()
    text = "class A { static int main() { return 9; } } class B { }"
    assert compile_text(text, "entry.fsh", Options(), session).link().run().returncode == 9
    assert reported(session) == ["FS0901@22"]
