"""Input, output, files and arguments."""

from __future__ import annotations

from pathlib import Path

from runtime_sample import image, lines, run

ECHO = 'void main() { string s = read_line(); while (s != null) { print("[" + s + "]"); s = read_line(); } }'


def test_lines() -> None:
    assert lines(ECHO, "one\r\ntwo\n\nlast\r") == ["[one]", "[two]", "[]", "[last\r]"]
    assert lines(ECHO, "") == []
    assert lines(ECHO, "x" * 200_000 + "\n" + "y" * 70_000) == ["[" + "x" * 200_000 + "]", "[" + "y" * 70_000 + "]"]


def test_read_int() -> None:
    program = "void main() { print(read_int() + read_int()); print(read_int()); }"
    done = run(program, " 40\n2 \n")
    assert (done.returncode, done.stdout) == (1, "42\n")
    assert done.stderr.startswith("main.fsh:1:53: IOException: End of input\n")


def test_big_output_in_order() -> None:
    program = """
void main() {
    string big = "";
    for (int i = 0; i < 17; i++) { if (i == 0) big = "0123456789"; else big += big; }
    for (int i = 0; i < 20000; i++) { write(i); write(' '); write(i % 2 == 0); write(0.5); print(); }
    print(big);
    print('€');
}
"""
    wanted = [f"{i} {'true' if i % 2 == 0 else 'false'}0.5" for i in range(20000)] + ["0123456789" * 65536, "€"]
    assert lines(program) == wanted


def test_exit_flushes_and_keeps_the_low_byte() -> None:
    done = run('void main() { write("a"); exit(300); }')
    assert (done.returncode, done.stdout) == (44, "a")
    assert run("int main() { return -1; }").returncode == 255


def test_arguments() -> None:
    program = "int main(string[] args) { for (int i = 0; i < args.Length; i++) print(args[i]); return args.Length; }"
    done = run(program, args=("a", "", "zwei drei"))
    assert (done.returncode, done.stdout) == (3, "a\n\nzwei drei\n")


def test_files(tmp_path: Path) -> None:
    program = "void main(string[] a) { string s = read_file(a[0]); print(s.length()); write_file(a[1], s + s); }"
    data = bytes(range(256)) * 1000
    (tmp_path / "in").write_bytes(data)
    (tmp_path / "out").write_bytes(b"z" * 1_000_000)
    done = image(program).run((str(tmp_path / "in"), str(tmp_path / "out")))
    assert (done.returncode, done.stdout, done.stderr) == (0, "256000\n", "")
    assert (tmp_path / "out").read_bytes() == data + data


def test_files_that_cannot_be_used(tmp_path: Path) -> None:
    program = "void main(string[] a) { print(read_file(a[0])); }"
    missing = str(tmp_path / "none")
    done = run(program, args=(missing,))
    assert done.returncode == 1
    assert done.stderr.startswith(f'main.fsh:1:31: IOException: Cannot read "{missing}": No such file or directory\n')
    done = run(program, args=(str(tmp_path),))
    assert done.stderr.startswith(f'main.fsh:1:31: IOException: Cannot read "{tmp_path}": Is a directory\n')
    done = run('void main(string[] a) { write_file(a[0], "x"); }', args=(str(tmp_path / "no" / "file"),))
    assert "IOException: Cannot write" in done.stderr


def test_boxes() -> None:
    program = """
void main() {
    object a = 5;
    object b = 5;
    object c = 5.0;
    object s = "te" + "xt";
    object t = "text";
    print(a.Equals(b) + " " + a.Equals(c) + " " + s.Equals(t) + " " + a.Equals(null));
    print(a.GetHashCode() == b.GetHashCode());
    object small = (i8)-3;
    object wide = (u16)65535;
    object single = 0.1f;
    object letter = 'é';
    object no = false;
    object many = new int[3];
    print(a + " " + c + " " + s + " " + small + " " + wide + " " + single + " " + letter + " " + no + " " + many);
}
"""
    assert lines(program) == ["true false true false", "true", "5 5 text -3 65535 0.1 é false int[]"]
