"""Imports (fluxsharp.md section 15): forms, resolution, order, cycles, limits of the project, visibility, positions."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from starklink import CompileError, compile_file, compile_text
from starklink.driver.compile import compile_file as compile_with
from starklink.driver.session import Options, Session
from starklink.frontend.cursor import IdCounter
from starklink.frontend.imports import imported_paths
from starklink.frontend.lexer import lex
from starklink.frontend.parser import parse
from starklink.support.diagnostics import Bag
from starklink.support.spans import SourceMap


def write(folder: Path, **files: str) -> None:
    """Files by name; `__` in a keyword is a folder's end, `.fsh` is added."""
    for name, text in files.items():
        path = folder / (name.replace("__", "/") + ".fsh")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def found(folder: Path, include: tuple[str, ...] = (), entry: str = "main.fsh") -> list[str]:
    """Diagnostics of a program as "FILE:LINE:COL CODE", errors and warnings."""
    session = Session()
    try:
        compile_with(folder / entry, Options(include=include), session)
    except CompileError:
        pass
    places = [(session.sources.locate(item.start), item.code) for item in session.bag.sorted()]
    return [f"{place.file}:{place.line}:{place.column} {code}" for place, code in places]


def messages(folder: Path) -> list[tuple[str, str]]:
    """Messages and hints of a program's errors."""
    with pytest.raises(CompileError) as caught:
        compile_file(folder / "main.fsh")
    return [(item.message, item.hint) for item in caught.value.diagnostics]


def output(folder: Path, level: int = 0, include: tuple[str, ...] = ()) -> str:
    done = compile_file(folder / "main.fsh", level=level, include=include).link().run(timeout=20)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


# -- forms -----------------------------------------------------------------------------------------------------------------


def test_the_forms_of_an_import(tmp_path: Path) -> None:
    write(
        tmp_path,
        main="""/* one */ using "a.fsh"; // two
            import /* three */ @"sub/b.fsh"
            ;
            \t// #include "c.fsh"  \t
            // #include "not.fsh" because
            using"d\\x2efsh"; /* four */ // #include "not.fsh"
            // #include "e.fsh"
            void main() { print(a() + b() + c() + d() + e()); }
            // #include "not.fsh"
            """,
        a='string a() { return "a"; }',
        sub__b='string b() { return "b"; }',
        c='string c() { return "c"; }',
        d='string d() { return "d"; }',
        e='string e() { return "e"; }',
    )
    assert output(tmp_path) == "abcde\n"


def test_a_byte_order_mark_and_other_line_ends(tmp_path: Path) -> None:
    (tmp_path / "main.fsh").write_bytes(
        b'\xef\xbb\xbfusing "a.fsh";\r\n// #include "b.fsh"\r\nvoid main() { print(a() + b()); }\r\n'
    )
    write(tmp_path, a="int a() { return 1; }", b="int b() { return 2; }")
    assert output(tmp_path) == "3\n"


PIECES = st.sampled_from(
    [
        'using "a.fsh";',
        'import "b/c.fsh";',
        'using @"d"";fsh";',
        'using "e\\"\\n.fsh";',
        "using A.B;",
        "using @using . C;",
        "namespace N;",
        "namespace N.M;",
        "namespace N {",
        '// #include "f.fsh"',
        '// #include "g.fsh" ',
        '//#include  "h.fsh"',
        '// include "i.fsh"',
        "// x",
        "/* y */",
        '/* // #include "j.fsh"\n*/',
        " ",
        "\n",
        "\t",
        "\r",
        "\n\n",
        "void f() { }",
        "int usingx;",
        "int import_;",
        "using",
        '"k.fsh"',
        ";",
        "}",
    ]
)


@settings(max_examples=400, deadline=None)
@given(st.lists(PIECES, max_size=12))
def test_files_are_found_where_the_parser_sees_imports(pieces: list[str]) -> None:
    text = "".join(pieces)
    sources = SourceMap()
    bag = Bag(sources)
    tree = parse(lex(sources.add("x.fsh", text), bag), bag, IdCounter())
    if not bag.items:
        assert imported_paths(text) == [one.path for one in tree.imports if one.path is not None]


# -- resolution ------------------------------------------------------------------------------------------------------------


def test_where_files_are_looked_for(tmp_path: Path) -> None:
    """Beside the importing file, then in each folder of -I, then in the standard library."""
    for folder in ("project/sub", "one", "two"):
        name = folder.split("/")[0]
        write(tmp_path / folder, x=f'string x() {{ return "{name}"; }}')
    write(tmp_path / "one", y='string y() { return "one"; }')
    write(tmp_path / "two", y='string y() { return "two"; }', std__text="class StringBuilder { public int own; }")
    project = tmp_path / "project"
    write(project, main='using "sub/z.fsh"; using "y.fsh"; void main() { print(x() + " " + y() + " " + z()); }')
    write(project / "sub", z='using "x.fsh"; string z() { return "z"; }')
    one, two = str(tmp_path / "one"), str(tmp_path / "two")
    assert output(project, include=(one, two)) == "project one z\n"
    assert output(project, include=(two, one)) == "project two z\n"
    (project / "sub" / "x.fsh").unlink()
    assert output(project, include=(two, one)) == "two two z\n"
    write(project, main='using "std/text.fsh"; void main() { print(new StringBuilder().ToString()); }')
    assert output(project) == "\n"
    assert output(project, include=(two,)) == "StringBuilder\n"


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    write(
        tmp_path, main='using "lib.fsh";\n  import "sub/gone.fsh";\n// #include "old.fsh"\nvoid main() { x(); }', lib="int lib;"
    )
    assert found(tmp_path) == ["main.fsh:2:3 FS0601", "main.fsh:3:1 FS0907"]
    write(tmp_path, main='using "lip.fsh"; using "sub\\\\a.fsh"; using "a\\0.fsh"; using "quite/else.fsh"; void main() { }')
    assert messages(tmp_path) == [
        ("file 'lip.fsh' not found", "did you mean 'lib.fsh'?"),
        ("file 'sub\\a.fsh' not found", "the parts of a path are separated by '/'"),
        ("file 'a\\u0000.fsh' not found", "a path cannot contain the character NUL"),
        ("file 'quite/else.fsh' not found", "paths count from the folder of the importing file, then from those given with -I"),
    ]


def test_a_legacy_include_is_an_import_like_others_when_it_is_found(tmp_path: Path) -> None:
    write(
        tmp_path, main='// #include "a.fsh"\n// #include "x.txt"\n// #include "../b.fsh"\nvoid main() { }', a='using "main.fsh";'
    )
    assert found(tmp_path) == ["a.fsh:1:1 FS0603", "main.fsh:2:1 FS0602", "main.fsh:3:1 FS0604"]


def test_other_names_than_fsh(tmp_path: Path) -> None:
    write(tmp_path, main='using "lib"; using "lib.FSH"; using ""; using "lib.fsh/"; using "..";\nvoid main() { }', lib="int x;")
    assert found(tmp_path) == [f"main.fsh:1:{column} FS0602" for column in (1, 14, 31, 41, 59)]
    assert messages(tmp_path)[0] == ("'lib' is not a .fsh file", "write 'lib.fsh'")


def test_paths_that_leave_the_project(tmp_path: Path) -> None:
    project = tmp_path / "project"
    write(tmp_path, outside="int outside() { return 1; }", other__lib="int lib() { return 2; }")
    write(project, main="", sub__b='using "../a.fsh"; using "../../outside.fsh";', a="int a() { return 3; }")
    os.symlink(tmp_path / "outside.fsh", project / "link.fsh")
    os.symlink(tmp_path / "other", project / "folder")
    for path in (
        "../outside.fsh",
        "../gone.fsh",
        "/gone.fsh",
        "link.fsh",
        "folder/lib.fsh",
        "folder/../outside.fsh",
        "sub/../../gone.fsh",
        str(tmp_path / "outside.fsh"),
        "/etc/../gone.fsh",
    ):
        write(project, main=f'using "{path}";\nvoid main() {{ }}')
        assert found(project) == ["main.fsh:1:1 FS0604"], path
    write(project, main='using "sub/b.fsh";\nvoid main() { }')
    assert found(project) == ["sub/b.fsh:1:19 FS0604"]
    assert found(project, (str(tmp_path),)) == []
    write(project, main='using "folder/lib.fsh"; using "../outside.fsh"; void main() { print(lib() + outside()); }')
    assert output(project, include=(str(tmp_path),)) == "3\n"


def test_detours_inside_the_project(tmp_path: Path) -> None:
    """`..`, links and absolute paths are fine as long as the file lies inside; it stays one file."""
    write(
        tmp_path,
        main="",
        lib__a="int count = 0; int a() { count++; return count; }",
        lib__b='using "../lib/./a.fsh"; int b() { return a(); }',
    )
    os.symlink("lib", tmp_path / "link")
    os.symlink("lib/a.fsh", tmp_path / "alias.fsh")
    paths = (
        "lib/b.fsh",
        "lib/../lib//a.fsh",
        "link/a.fsh",
        "alias.fsh",
        f"{tmp_path}/lib/a.fsh",
        "../" + tmp_path.name + "/alias.fsh",
    )
    imports = "".join(f'using "{path}";\n' for path in paths)
    write(tmp_path, main=imports + "void main() { print(a() + b()); }")
    assert output(tmp_path) == "3\n"


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    write(tmp_path, main='using "folder.fsh"; using "loop.fsh"; using "pipe.fsh"; using "dangling.fsh";\nvoid main() { }')
    (tmp_path / "folder.fsh").mkdir()
    os.symlink("loop.fsh", tmp_path / "loop.fsh")
    os.symlink("nowhere.fsh", tmp_path / "dangling.fsh")
    os.mkfifo(tmp_path / "pipe.fsh")
    assert found(tmp_path) == ["main.fsh:1:1 FS0606", "main.fsh:1:21 FS0606", "main.fsh:1:39 FS0606", "main.fsh:1:57 FS0601"]
    assert [message for message, _ in messages(tmp_path)][:2] == [
        "file 'folder.fsh' cannot be read: it is a folder",
        "file 'loop.fsh' cannot be read: Too many levels of symbolic links",
    ]


def test_a_file_that_is_not_utf8(tmp_path: Path) -> None:
    write(tmp_path, main='using "a.fsh";\nusing "gone.fsh";\nvoid main() { }')
    (tmp_path / "a.fsh").write_bytes(b'using "b.fsh";\nint x = 1; // \xff')
    write(tmp_path, b="int b = ;")
    assert found(tmp_path) == ["b.fsh:1:9 FS0101", "a.fsh:2:15 FS0008", "main.fsh:2:1 FS0601"]


# -- the graph of imports --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("files", "place", "chain"),
    [
        ({"main": 'using "main.fsh";'}, "main.fsh:1:1", "main.fsh -> main.fsh"),
        ({"main": 'using "a.fsh";', "a": '\n using "main.fsh";'}, "a.fsh:2:2", "main.fsh -> a.fsh -> main.fsh"),
        (
            {"main": 'using "s/a.fsh";', "s__a": 'using "b.fsh";', "s__b": 'using "../c.fsh";', "c": 'using "s/a.fsh";'},
            "c.fsh:1:1",
            "s/a.fsh -> s/b.fsh -> c.fsh -> s/a.fsh",
        ),
    ],
)
def test_circles(files: dict[str, str], place: str, chain: str, tmp_path: Path) -> None:
    write(tmp_path, **files)
    (tmp_path / "main.fsh").write_text(files["main"] + "\nvoid main() { }")
    assert found(tmp_path) == [f"{place} FS0603"]
    assert messages(tmp_path)[0][0] == f"circular import: {chain}"


def test_import_order_is_the_order_of_initialisation_and_of_diagnostics(tmp_path: Path) -> None:
    """An imported file before its importer, a file once."""
    first = 'string log = "";\nint note(string s) { log += s; return 0; }\nint first = note("base ");'
    write(
        tmp_path,
        main='using "a.fsh"; using "b.fsh"; using "a.fsh";\nint x = note("main");\nvoid main() { print(log); }',
        a='using "base.fsh"; using "c.fsh";\nint a = note("a ");',
        b='using "c.fsh"; using "base.fsh";\nint b = note("b ");',
        c='using "base.fsh"; class C { static int c = note("c "); }',
        base=first,
    )
    assert output(tmp_path) == "base c a b main\n"
    for name in ("main", "a", "b", "c", "base"):
        path = tmp_path / f"{name}.fsh"
        path.write_text(path.read_text() + "\nvoid f_" + name + "() { y(); }")
    assert found(tmp_path) == ["base.fsh:4:17 FS0202", "c.fsh:2:14 FS0202", "a.fsh:3:14 FS0202", "b.fsh:3:14 FS0202",
                               "main.fsh:4:17 FS0202"]  # fmt: skip


def test_a_long_chain_and_many_files(tmp_path: Path) -> None:
    for number in range(2000):
        (tmp_path / f"f{number}.fsh").write_text(f'using "f{number + 1}.fsh";\nint g{number} = g{number + 1} + 1;')
    write(tmp_path, f2000="int g2000 = 0;", main='using "f0.fsh";\nvoid main() { print(g0); }')
    assert output(tmp_path) == "2000\n"


def test_all_files_see_each_other(tmp_path: Path) -> None:
    write(
        tmp_path,
        main='using "a.fsh"; using "b.fsh";\nvoid main() { print(down(4)); }\nint step() { return 2; }',
        a="int down(int n) { if (n <= 0) return 0; return n + up(n - step()); }",
        b="int up(int n) { return down(n); }",
    )
    assert output(tmp_path) == "6\n"


# -- visibility, entry -----------------------------------------------------------------------------------------------------


def test_private_declarations_of_files_stay_apart(tmp_path: Path) -> None:
    """Types, globals, functions, and everything that is made of them: arrays, statics, constructors, virtual methods."""
    body = """
        private class Item {{
            static int made = 0;
            public string name = "{0}";
            public Item() {{ made++; }}
            public override string ToString() {{ return name + made; }}
        }}
        private class Plain {{ public int x; }}
        private struct Point {{ public int x; public int y; }}
        private int counter = {1};
        private string show() {{ Item[] all = {{new Item(), new Item()}}; object o = all[1]; return "" + o + all; }}
        private string show(int n) {{ return "{0}!" + n; }}
        string {0}() {{
            Point p; p.y = counter; counter++;
            object o = new Plain();
            return show() + show(p.y) + (o is Plain) + o;
        }}
    """
    write(
        tmp_path,
        main='using "a.fsh"; using "b.fsh"; void main() { print(a()); print(b()); print(main_()); print(b()); }'
        + body.format("main_", 10),
        a=body.format("a", 20),
        b=body.format("b", 30),
    )
    wanted = "a2Item[]a!20truePlain\nb2Item[]b!30truePlain\nmain_2Item[]main_!10truePlain\nb4Item[]b!31truePlain\n"
    for level in (0, 2):
        assert output(tmp_path, level) == wanted


def test_what_is_private_to_another_file(tmp_path: Path) -> None:
    write(
        tmp_path,
        a="private int f() { return 1; }\nprivate int g = 1;\nprivate class C { }\nprivate enum E { X }\nprivate struct S { }\n"
        "private const int K = 2;\nclass Open { private int m; protected int n; internal int i; }\n"
        "private int abs(int n) { return 7; }",
        main='using "a.fsh";\nvoid main() {\n    f();\n    g = 2;\n    C c = null;\n    E e = E.X;\n    S s;\n    print(K);\n'
        "    Open o = new Open();\n    o.i = o.m;\n    o.n = 1;\n    print(o is C);\n"
        "    print((C)null == new C[1]);\n    print(abs(-3));\n}",
    )
    places = found(tmp_path)
    assert [one for one in places if "FS0208" in one] == [
        f"main.fsh:{place} FS0208" for place in ("3:5", "4:5", "5:5", "6:5", "6:11", "7:5", "8:11", "12:16", "13:12", "13:26")
    ]
    assert [one for one in places if "FS0208" not in one] == ["main.fsh:10:13 FS0207", "main.fsh:11:7 FS0207"]


def test_repeated_declarations_are_reported_at_the_later_one_in_import_order(tmp_path: Path) -> None:
    write(
        tmp_path,
        main='using "a.fsh"; using "b.fsh";\nint f() { return 1; }\nclass C { }\nint g;\nvoid main() { }',
        a="int f() { return 2; }\nprivate int g;",
        b="class C { }\nstruct f { }\nint g;",
    )
    assert found(tmp_path) == ["main.fsh:2:5 FS0206", "main.fsh:3:7 FS0206", "main.fsh:4:5 FS0206"]


def test_entry_points_of_imported_files(tmp_path: Path) -> None:
    write(
        tmp_path,
        main='using "a.fsh";\nvoid main() { }',
        a="class Main { void run() { } }\nint f;\nprivate int Main() { return 1; }\nvoid main() { }",
    )
    assert found(tmp_path) == ["a.fsh:1:7 FS0607", "a.fsh:3:13 FS0607", "a.fsh:4:6 FS0607"]
    write(tmp_path, main='using "a.fsh";', a="class Tool { static void main() { } }")
    assert found(tmp_path) == ["main.fsh:1:1 FS0706"]
    write(tmp_path, main='using "a.fsh"; int x;')
    assert found(tmp_path) == ["main.fsh:1:1 FS0701"]


def test_import_errors_come_with_syntax_errors_and_before_all_others(tmp_path: Path) -> None:
    write(tmp_path, main='using "a.fsh"; using "gone.fsh";\nvoid main() { int x = "text" }', a="int x = y;")
    assert found(tmp_path) == ["main.fsh:1:16 FS0601", "main.fsh:2:29 FS0102"]


# -- names of files --------------------------------------------------------------------------------------------------------

DEEP = 'int deep(int n) { \n  if (n == 0) throw "here";\n  return deep(n - 1) + 1;\n}\n'


@pytest.mark.parametrize("level", [0, 2])
def test_traces_name_files_relative_to_the_entry_file(level: int, tmp_path: Path) -> None:
    write(
        tmp_path / "src",
        main='using "lib/a.fsh"; using "b.fsh"; using "std/ints.fsh";\n'
        "void main() {\n  wrap();\n}\nint own() { return deep(1); }",
        lib__a=DEEP,
    )
    write(tmp_path / "inc", b="void wrap() {\n  try { new IntList().Get(3); } catch (e) { print(e.StackTrace()); }\n  own();\n}")
    program = compile_file(tmp_path / "src" / "main.fsh", level=level, include=(str(tmp_path / "inc"),))
    done = program.link().run(timeout=20)
    line = re.search(r"Check:(\d+)", done.stdout)
    assert line is not None
    assert re.sub(r"(Check|Get):\d+", r"\1:N", done.stdout) == (
        "IndexOutOfBoundsException: Index out of bounds: index 3, length 0\nStack trace:\n  at IntList.Check:N (std/ints.fsh)\n"
        "  at IntList.Get:N (std/ints.fsh)\n  at wrap:2 (../inc/b.fsh)\n  at main:3\n"
    )
    assert done.stderr == (
        "lib/a.fsh:2:15: Exception: here\nStack trace:\n  at deep:2 (lib/a.fsh)\n  at deep:3 (lib/a.fsh)\n  at own:5\n"
        "  at wrap:3 (../inc/b.fsh)\n  at main:3\n"
    )
    assert done.returncode == 1
    assert program.interpret()[1:] == (done.stdout.encode(), done.stderr.encode())


def test_traces_of_static_initialisation_name_the_imported_file(tmp_path: Path) -> None:
    write(tmp_path, main='using "a.fsh";\nvoid main() { }', a="int x = f();\nint f() { return 1 / zero; }\nint zero;")
    program = compile_file(tmp_path / "main.fsh")
    done = program.link().run(timeout=20)
    assert done.returncode == 104
    assert done.stderr == "a.fsh:2:20: ArithmeticException: Division by zero\nStack trace:\n  at f:2 (a.fsh)\n"
    assert program.interpret() == (104, b"", done.stderr.encode())


def test_diagnostics_name_files_relative_to_the_entry_file(tmp_path: Path) -> None:
    write(tmp_path / "src", main='using "lib/a.fsh"; using "b.fsh";\nvoid main() { z(); }', lib__a="int x = y;")
    write(tmp_path / "inc", b="int z = y;")
    include = (str(tmp_path / "inc"),)
    wanted = ["lib/a.fsh:1:9 FS0201", "../inc/b.fsh:1:9 FS0201", "main.fsh:2:15 FS0316"]
    assert found(tmp_path / "src", include) == wanted
    done = subprocess.run(
        ["starklink", "build", "src/main.fsh", "-I", "inc", "-o", "out"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, re.findall(r"^(\S+): error (FS\d+)", done.stderr, re.MULTILINE)) == (
        2,
        [tuple(one.split(" ")) for one in wanted],
    )
    assert sorted(os.listdir(tmp_path)) == ["inc", "src"]


def test_prefix_map_applies_to_files_outside_the_project(tmp_path: Path) -> None:
    write(tmp_path / "src", main='using "b.fsh";\nvoid main() { b(); }')
    write(tmp_path / "inc", b='void b() { throw "x"; }')
    program = compile_file(
        tmp_path / "src/main.fsh", include=(str(tmp_path / "inc"),), prefix_map=((str(tmp_path), "/build"),), directory="/build"
    )
    image = program.link()
    assert image.run(timeout=20).stderr.startswith("/build/inc/b.fsh:1:12: Exception: x\n")
    assert str(tmp_path).encode() not in bytes(image)


def test_line_table_and_declarations_of_several_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    write(
        tmp_path,
        main='using "lib/a.fsh";\nvoid main() {\n  print(twice(2));\n  print(new A().Get());\n}',
        lib__a="int twice(int n) {\n  return n * 2;\n}\nclass A {\n  int x = 5;\n  public int Get() { return x; }\n}\n",
    )
    compile_file("main.fsh", level=0).link().write("out")
    lines = subprocess.run(["readelf", "--debug-dump=decodedline", "out"], capture_output=True, text=True, check=True).stdout
    rows = set(re.findall(r"^(\S+\.fsh) +(\d+) ", lines, re.MULTILINE))
    assert {("main.fsh", "3"), ("main.fsh", "4"), ("lib/a.fsh", "2"), ("lib/a.fsh", "6")} <= rows
    done = subprocess.run(
        ["gdb", "-q", "-batch", "-nx", "-ex", "break a.fsh:2", "-ex", "run", "-ex", "backtrace", "-ex", "info symbol twice",
         "-ex", "list A.Get", "out"],
        capture_output=True, text=True, check=False, env={**os.environ, "DEBUGINFOD_URLS": ""},
    )  # fmt: skip
    assert re.search(r"#0 +twice \(n=2\) at \S*lib/a\.fsh:2\n#1 +\S+ in main \(\) at main\.fsh:3", done.stdout)
    assert "public int Get()" in done.stdout


# -- text in memory --------------------------------------------------------------------------------------------------------


def test_text_imports_beside_its_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, a="int a() { return 5; }", sub__b="int b() { return 6; }")
    monkeypatch.chdir(tmp_path)
    text = 'using "a.fsh";\nvoid main() { print(a()); }'
    for path in (str(tmp_path / "unsaved.fsh"), "unsaved.fsh", "./sub/../new.fsh"):
        assert compile_text(text, path=path).link().run(timeout=20).stdout == "5\n"
    with pytest.raises(CompileError) as caught:
        compile_text(text)
    assert [(one.code, one.hint) for one in caught.value.diagnostics] == [
        ("FS0601", "the program is text in memory: say with 'path' where it would lie")
    ]
    assert compile_text(text, include=(str(tmp_path),)).link().run(timeout=20).stdout == "5\n"
    with pytest.raises(CompileError) as caught:
        compile_text('using "sub/c.fsh";\nusing "../x.fsh"; void main() { }', path="main.fsh")
    assert [one.code for one in caught.value.diagnostics] == ["FS0601", "FS0604"]


def test_an_edited_text_is_still_its_own_file(tmp_path: Path) -> None:
    """An editor's text stands for the file on disk: a file that imports that one closes a circle."""
    write(tmp_path, main="void main() { }", a='using "main.fsh";')
    with pytest.raises(CompileError) as caught:
        compile_text('using "a.fsh";\nvoid main() { }', "main.fsh", path=str(tmp_path / "main.fsh"))
    assert [(one.code, one.message) for one in caught.value.diagnostics] == [
        ("FS0603", "circular import: main.fsh -> a.fsh -> main.fsh")
    ]


def test_folders_of_the_command_must_exist(tmp_path: Path) -> None:
    write(tmp_path, main="void main() { }")
    done = subprocess.run(
        ["starklink", "build", "main.fsh", "-I", "nothing"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (2, "starklink: -I nothing: no such folder\n")
