"""Diagnostics of the checker (fluxsharp.md section 34): code, line and column, and nothing else."""

from __future__ import annotations

import pytest
from check_sample import Checked, problems

MAIN = "void main() {\n"

# Each row: the statements of main (from line 2 on, indented by nothing), the expected problems.
STATEMENTS: list[tuple[str, list[str]]] = [
    # names
    ("print(x);", ["FS0201@2:7"]),
    ("int x = x;", ["FS0201@2:9"]),
    ("print(y); int y = 1;", ["FS0201@2:7"]),
    ("{ print(z); } int z = 1;", ["FS0201@2:9"]),
    ("{ int z = 2; print(z); } int z = 1; print(z);", []),
    ("for (int i = 0; i < 2; i++) { } int i = 3; print(i);", []),
    ("for (int i = 0; i < 2; i++) { int i = 1; }", ["FS0205@2:35"]),
    ("int a; int a;", ["FS0205@2:12"]),
    ("int a; { int a; }", ["FS0205@2:14"]),
    ("{ int a; } { string a; }", []),
    ("try { } catch (string e) { int e; }", ["FS0205@2:32"]),
    ("launch(1);", ["FS0202@2:1"]),
    ("Rocket r = null; r.Go(); print(r + 1);", ["FS0203@2:1"]),
    ("object o = new Rocket(3);", ["FS0203@2:16"]),
    ("Rocket.Go();", ["FS0201@2:1"]),
    ("string s; s.lenght();", ["FS0204@2:13"]),
    ("int n; n.Length = 2;", ["FS0204@2:10"]),
    ("int n; n(3);", ["FS0316@2:8"]),
    ('int length = 3; length("a");', ["FS0316@2:17"]),
    ("print(this);", ["FS0213@2:7"]),
    ("print(base);", ["FS0213@2:7"]),
    # conversions
    ('int x = "5";', ["FS0301@2:9"]),
    ("bool b = 1; string s = 'c'; char c = 65; i32 w = 3.0;", ["FS0301@2:10", "FS0301@2:24", "FS0301@2:38", "FS0301@2:50"]),
    ("float f = -3.14; float g = 1.0 + 2;", ["FS0302@2:11", "FS0301@2:28"]),
    ("byte b = 256; i8 c = -129; uint u = -1; u16 v = 65535;", ["FS0303@2:10", "FS0303@2:22", "FS0303@2:37"]),
    ("int x = 18446744073709551615;", ["FS0303@2:9"]),
    ("int x = -9223372036854775808; int y = -(9223372036854775808);", ["FS0305@2:39"]),
    ("int n = 3; byte b = n; uint u = n; i32 w = n;", ["FS0301@2:21", "FS0301@2:33", "FS0301@2:44"]),
    ("uint u = 3; int n = u;", ["FS0301@2:21"]),
    ("u32 v = 3; int n = v; uint u = v; float f = v;", []),
    ("char c = 'a'; i32 a = c; u32 b = c; int d = c; uint e = c; double f = c; i16 g = c;", ["FS0301@2:82"]),
    ("int[] a = new byte[3]; object[] b = new string[2];", ["FS0301@2:11", "FS0301@2:37"]),
    ("int n = floor(2.5); byte b = sqrt(9); float f = round(2.5); int m = -floor(2.5);", ["FS0301@2:49", "FS0301@2:69"]),
    ("int n = null;", ["FS0301@2:9"]),
    ("int[] a = null; string s = null; object o = null;", []),
    ("int? n = null;", ["FS0321@2:1"]),
    ("string? s = null;", []),
    ("var x; var y = null; var z = {1};", ["FS0318@2:5", "FS0318@2:16", "FS0318@2:26"]),
    ('int x = true ? 1 : "a";', ["FS0301@2:14"]),
    ("void v;", ["FS0203@2:1"]),
    # casts
    ("bool b = true; print((int)b); string s = (string)5; print((bool)1);", ["FS0307@2:22", "FS0307@2:42", "FS0307@2:59"]),
    (
        "print((byte)256); print((i8)-129); print((int)1e30); print((char)0xD800);",
        ["FS0303@2:7", "FS0303@2:25", "FS0303@2:42", "FS0303@2:60"],
    ),
    ("print(unchecked((byte)256)); unchecked { print((int)1e30); }", []),
    ("object o = 5; print((int)o); print((string)o); print((byte)200); print((bool)true);", []),
    ("int[] a; byte[] b = (byte[])a;", ["FS0307@2:21"]),
    # constants
    ("const int A = 9223372036854775807 + 1;", ["FS0304@2:35"]),
    ("print(-9223372036854775807 - 2);", ["FS0304@2:28"]),
    ("const int A = 1 / 0;", ["FS0304@2:17"]),
    ("int n = 5; print(n / 0); n %= 0; print(1 / 0.0); print(mod(n, 0));", ["FS0902@2:20", "FS0902@2:28", "FS0902@2:56"]),
    ("print(unchecked(9223372036854775807 + 1));", []),
    ("print(checked(9223372036854775807 * 2));", ["FS0304@2:35"]),
    ("const i32 A = 2147483647; print(A + A);", ["FS0304@2:35"]),
    ('int n = 3; const int B = n; const string S = "a" + 1;', ["FS0312@2:26", "FS0312@2:46"]),
    ("const int C;", ["FS0505@2:11"]),
    ("const object O = 3; const int[] A = {1};", ["FS0312@2:18", "FS0312@2:37"]),
    ('int n = 2; int[n] a; int b[n + 1]; int[-1] d; int e["x"];', ["FS0312@2:16", "FS0312@2:28", "FS0313@2:40", "FS0313@2:53"]),
    (
        "int[2] a = {1, 2, 3}; int[2][2] b = {{1, 2}, {3}}; int[] c = new int[3] {1};",
        ["FS0319@2:12", "FS0319@2:46", "FS0319@2:73"],
    ),
    ("int[2] a = 5; int b = {1};", ["FS0301@2:12", "FS0301@2:23"]),
    ('int[] a = new int["n"]; int[] b = new int[2.0];', ["FS0313@2:19", "FS0313@2:43"]),
    # operators
    (
        "string s; bool b; print(s < s); print(b + 1); print(b < b); print(-s); print(!s); print(~1.5);",
        ["FS0305@2:27", "FS0305@2:41", "FS0305@2:55", "FS0305@2:67", "FS0305@2:78", "FS0305@2:89"],
    ),
    (
        "uint u = 3; int n = 2; print(u + n); print(u < n); print(u - 1); print(u + 'a'); print(-u);",
        ["FS0306@2:32", "FS0306@2:46", "FS0305@2:88"],
    ),
    ("uint u = 3; print(u - -1); print(max(u, -1));", ["FS0306@2:21", "FS0306@2:34"]),
    ('int n; print(n == null); print(n == "a"); print(n == true);', ["FS0305@2:16", "FS0305@2:34", "FS0305@2:51"]),
    ("string s; int[] a; object o; print(s == a); print(s == o); print(a == null); print(s == null);", ["FS0305@2:38"]),
    (
        "print(1 << 2.0); print(1.0 << 2); print(1.5 & 2); print(true & 1);",
        ["FS0305@2:9", "FS0305@2:28", "FS0305@2:45", "FS0305@2:62"],
    ),
    ("bool b; b++; string s; s--; char c; c++; double d; d--;", ["FS0305@2:10", "FS0305@2:25"]),
    (
        'int n; n += "a"; n += true; n += 2.5; string s; s -= 1; s += 1; char c; c += 1; bool b; b |= true; b += 1;',
        ["FS0301@2:13", "FS0305@2:20", "FS0305@2:51", "FS0305@2:102"],
    ),
    # assignment
    ("const int A = 1; A = 2; A++; A += 1;", ["FS0504@2:18", "FS0504@2:25", "FS0504@2:30"]),
    ("foreach (int v in new int[2]) { v = 1; }", ["FS0504@2:33"]),
    ("PI = 3; E++;", ["FS0504@2:1", "FS0504@2:9"]),
    ("switch (1) { case 1: int a = 1; break; default: a = 2; int b; break; } int b = 3; print(b);", []),
    ("switch (1) { case 1: a = 1; break; default: int a; break; }", ["FS0201@2:22"]),
    ("string s = \"a\"; s[0] = 'b'; s.Length = 2;", ["FS0322@2:17", "FS0112@2:29"]),
    (
        "int n; if (n = 1) { } while (n = 0) { } if ((n = 2) && true) { } assert(n = 1);",
        ["FS0905@2:14", "FS0905@2:32", "FS0905@2:48", "FS0905@2:75"],
    ),
    # calls
    (
        "print(1, 2); write(); max(1); flush(3); exit(); length();",
        ["FS0308@2:1", "FS0308@2:14", "FS0308@2:23", "FS0308@2:31", "FS0308@2:41", "FS0308@2:49"],
    ),
    (
        'substring(1, 2, 3); print(sqrt("4")); abs(\'c\'); to_int(true); length(5); fill(new int[1], "a"); '
        "copy(new int[1], new byte[1]);",
        ["FS0309@2:11", "FS0309@2:32", "FS0309@2:43", "FS0309@2:56", "FS0309@2:70", "FS0309@2:91", "FS0309@2:114"],
    ),
    (
        'string_length(new int[2]); clear("a"); free(1); assert(1.5); assert(true, 1);',
        ["FS0309@2:15", "FS0309@2:34", "FS0309@2:45", "FS0311@2:56", "FS0309@2:75"],
    ),
    (
        "max(1, 2.0); min(1.5f, 2.5); pow(2.0, 1.5f); abs_diff(1.5f, 2); print(pow(2, 0.5));",
        ["FS0320@2:1", "FS0320@2:14", "FS0320@2:30", "FS0320@2:46"],
    ),
    (
        '"a".substring(1); "a".contains(\'b\'); new int[1].to_upper(); 5.Foo();',
        ["FS0308@2:5", "FS0309@2:32", "FS0204@2:49", "FS0204@2:63"],
    ),
    (
        'int n = print(1); string s = "a" + print(2); print(print(3)); var v = print(4);',
        ["FS0317@2:9", "FS0317@2:36", "FS0317@2:52", "FS0318@2:71"],
    ),
    ('"a".Length(); new int[2].Length();', ["FS0204@2:5", "FS0204@2:26"]),
    # conditions
    (
        "double d; if (d) { } while (\"a\") { } do { } while (null); for (; 'c';) { break; } print(1.5 ? 1 : 2);",
        ["FS0311@2:15", "FS0311@2:29", "FS0311@2:52", "FS0311@2:66", "FS0311@2:89"],
    ),
    ("bool b = 1.5 && true || null;", ["FS0311@2:10", "FS0311@2:25"]),
    # indexing
    (
        "int n; n[0] = 1; int[2] a; a[\"0\"] = 1; a[1.0] = 2; a[true] = 3; print(a['a']);",
        ["FS0314@2:9", "FS0315@2:30", "FS0315@2:42", "FS0315@2:54", "FS0903@2:73"],
    ),
    (
        "int[3] a; a[3] = 1; a[-1] = 2; int[2][4] b; b[2][0] = 1; b[1][4] = 2; int[] c = a; c[9] = 1;",
        ["FS0903@2:13", "FS0903@2:23", "FS0903@2:47", "FS0903@2:63"],
    ),
    # flow
    ("break;", ["FS0503@2:1"]),
    ("continue;", ["FS0503@2:1"]),
    ("switch (1) { default: continue; }", ["FS0503@2:23"]),
    ("return 5;", ["FS0502@2:1"]),
    ("return; print(1); print(2);", ["FS0904@2:9"]),
    ("while (true) { } print(1);", ["FS0904@2:18"]),
    ('while (true) { if (length("a") > 1) break; } print(1);', []),
    ("for (;;) { } { { print(1); } }", ["FS0904@2:18"]),
    ("do { return; } while (true); print(1);", ["FS0904@2:30"]),
    ("int n; do { if (n > 1) continue; return; } while (n < 3); print(1);", []),
    ("int n; do { return; } while (n < 3); print(1);", ["FS0904@2:38"]),
    ("if (true) { return; } else { print(1); } print(2);", ["FS0904@2:30", "FS0904@2:42"]),
    ("if (false) print(1); while (false) { }", ["FS0904@2:12"]),
    ("const bool DEBUG = false; if (DEBUG) print(1);", ["FS0904@2:38"]),
    ("try { return; } finally { print(1); } print(2);", ["FS0904@2:39"]),
    ("try { return; } catch { } print(2);", []),
    ('try { throw "a"; } catch { return; } print(2);', ["FS0904@2:38"]),
    # switch
    (
        "switch (3) { case 1: print(1); case 2: break; case 2: break; default: break; default: break; }",
        ["FS0510@2:14", "FS0511@2:52", "FS0511@2:78"],
    ),
    ('int n; switch (n) { case n: break; case "a": break; case 5000000000U: break; }', ["FS0312@2:26", "FS0301@2:41"]),
    ("string s; switch (s) { case null: break; }", ["FS0301@2:29"]),
    ("switch (1.5) { }", ["FS0305@2:9"]),
    # foreach
    ("foreach (int i in 5) { }", ["FS0325@2:19"]),
    ("foreach (string s in new int[2]) { }", ["FS0301@2:22"]),
    ('foreach (byte b in "abc") { }', ["FS0301@2:20"]),
    # exceptions
    ("throw 5;", ["FS0508@2:7"]),
    ("throw;", ["FS0507@2:1"]),
    ("try { } catch { throw; }", []),
    ("try { } catch { try { } finally { throw; } }", []),
    ("try { } catch (int n) { }", ["FS0516@2:16"]),
    ("try { } catch (string) { }", ["FS0516@2:16"]),
    ("try { } catch (Exception e) { } catch (IOException x) { }", ["FS0906@2:33"]),
    ("try { } catch (string e) { } catch { }", ["FS0906@2:30"]),
    ("try { } catch (IOException e) { } catch (IOException x) { } catch (e) { }", ["FS0906@2:35"]),
    ("try { } finally { return; }", ["FS0509@2:19"]),
    ("while (true) { try { } finally { break; } }", ["FS0509@2:34"]),
    ("while (true) { try { } finally { while (true) { break; } continue; } }", ["FS0509@2:58"]),
    ("try { } finally { switch (1) { default: break; } foreach (int i in new int[1]) continue; }", []),
    ('throw IOException; throw IOException("a"); throw new Exception(); throw "text";', ["FS0904@2:20"]),
    ("throw IOException(5);", ["FS0408@2:7"]),
    ("throw int;", ["FS0201@2:7"]),
    ("try { } catch (string e) { print(e.Message + e.StackTrace() + e.length()); }", []),
    ("string e; print(e.Message);", ["FS0204@2:19"]),
    # is, as
    ("object o; print(o as int);", ["FS0305@2:19"]),
    (
        "int n; string s; print(n is int); print(s is int); print(null is string); print(s is string);",
        ["FS0910@2:26", "FS0910@2:43", "FS0910@2:63"],
    ),
    # nullable
    (
        "string? s = null; print(s.Length); print(s[0]); print(s.length()); print(s == null); print(s + s);",
        ["FS0908@2:25", "FS0908@2:42", "FS0908@2:55"],
    ),
    (
        "string? s = null; if (s != null) print(s.Length); print(s != null && s.Length > 1); while (s != null) { print(s[0]); }",
        [],
    ),
    (
        "string? s = null; if (s == null) print(s.Length); else print(s.Length); print(s == null || s.Length > 1);",
        ["FS0908@2:40"],
    ),
    ("string? s = null; int n = s != null ? s.Length : 0; n = s == null ? s.Length : 1;", ["FS0908@2:69"]),
    # not supported yet
    ("Action a = null; a();", ["FS0899@2:1"]),
    ("f32x4 v; v.sum();", ["FS0899@2:1"]),
    ("var f = (int x) => x;", ["FS0899@2:9"]),
    ("unsafe { }", ["FS0899@2:1"]),
    ("delay(5);", ["FS0899@2:1"]),
    ('print($"a{1}");', ["FS0899@2:7"]),
    ("await 0;", ["FS0506@2:1"]),
]


@pytest.mark.parametrize(("text", "expected"), STATEMENTS)
def test_statements(text: str, expected: list[str]) -> None:
    assert problems(f"{MAIN}{text}\n}}\n") == expected


END = "\nvoid main() { }\n"

DECLARATIONS: list[tuple[str, list[str]]] = [
    # repeated and unknown names
    ("class A { } class A { }", ["FS0206@1:19"]),
    ("class A { } int A;", ["FS0206@1:17"]),
    ("int a; int a;", ["FS0206@1:12"]),
    ("int f(int a) { return 1; } string f(int b) { return f(1); }", ["FS0206@1:35", "FS0301@1:53"]),
    ("int f(int a) { return 1; } int f(i64 b) { return 2; }", ["FS0206@1:32"]),
    ("int f(int a) { return 1; } int f(i32 b) { return 2; }", []),
    ("class A { int x; void x() { } int y, y; void z() { } void z() { } }", ["FS0206@1:23", "FS0206@1:38", "FS0206@1:59"]),
    ("class A { public A(int x) { } public A(int y) { } }", ["FS0206@1:38"]),
    ("void f(int a, string a) { }", ["FS0205@1:22"]),
    ("void f(int a) { int a; }", ["FS0205@1:21"]),
    ("void f(Rocket r) { r.Go(1); }", ["FS0203@1:8"]),
    ("Rocket f() { }", ["FS0203@1:1"]),
    ("void f(void v) { }", ["FS0203@1:8"]),
    # accessibility
    ("class A { int x; public int y; } int f(A a) { return a.x + a.y; }", ["FS0207@1:56"]),
    ("class A { void M() { } } class B : A { public void N() { M(); this.M(); } }", ["FS0207@1:58", "FS0207@1:68"]),
    ("class A { protected int x; } class B : A { int G(A a) { return x + a.x; } } int h(B b) { return b.x; }", ["FS0207@1:99"]),
    ("class A { A(int x) { } public static A Make() { return new A(1); } } object o = new A(2);", ["FS0207@1:85"]),
    ("class A { private static int s; static void F() { } } void g() { A.s = 1; A.F(); }", ["FS0207@1:68", "FS0207@1:77"]),
    # static and instance
    (
        "class A { public int x; public static int F() { return x; } public static int G() { return this.x; } }",
        ["FS0209@1:56", "FS0213@1:92"],
    ),
    (
        "class A { public int x; public static int s; public void M() { } } void f(A a) { A.x = 1; A.M(); a.s = 2; }",
        ["FS0209@1:84", "FS0209@1:93", "FS0210@1:100"],
    ),
    ("class A { public static void S() { } } void f(A a) { a.S(); A.S(); }", ["FS0210@1:56"]),
    (
        "class A { int x; int y = x; int z = this.x; int M() { return 1; } int w = M(); }",
        ["FS0209@1:26", "FS0209@1:37", "FS0209@1:75"],
    ),
    ("class A { int x; public A(int n) { } public A() : this(x) { } }", ["FS0209@1:56"]),
    # classes
    ("class A : B { } class B : C { } class C : A { }", ["FS0401@1:7"]),
    ("class A : A { }", ["FS0401@1:7"]),
    (
        "sealed class A { } class B : A { } struct S { } class C : S { } class D : int { } struct T : A { }",
        ["FS0402@1:26", "FS0402@1:55", "FS0402@1:71", "FS0402@1:90"],
    ),
    ("class A { } class B { } class C : A, B { }", ["FS0402@1:31"]),
    ("abstract class A { public abstract int F(); } class B : A { } object o = new A();", ["FS0404@1:53", "FS0403@1:74"]),
    ("abstract class A { public abstract int F(); } abstract class B : A { } class C : B { public int F() { return 1; } }", []),
    ("abstract class A { public abstract int F(); } class B : A { public double F() { return 1; } }", ["FS0406@1:75"]),
    ("class A { public abstract int F(); }", ["FS0109@1:18"]),
    ("abstract class A { public abstract int F() { return 1; } }", ["FS0416@1:40"]),
    ("abstract class A { public abstract int F(); } class B : A { public int F() { return base.F(); } }", ["FS0416@1:90"]),
    ("class A { public int F() { return 1; } } class B : A { public override int F(int x) { return 1; } }", ["FS0405@1:76"]),
    ("class A { public int F() { return 1; } } class B : A { protected int F() { return 1; } }", ["FS0406@1:70"]),
    (
        'class A { string ToString() { return ""; } } class B { public int ToString() { return 1; } }',
        ["FS0406@1:18", "FS0406@1:67"],
    ),
    ("class A { public sealed int F() { return 1; } }", ["FS0109@1:18"]),
    (
        "class A { public int F() { return 1; } } class B : A { public sealed int F() { return 2; } } "
        "class C : B { public int F() { return 3; } }",
        ["FS0407@1:119"],
    ),
    ("class A { public int x; } class B : A { public int x; }", ["FS0909@1:52"]),
    ("class A { int x; } class B : A { int x; }", []),
    (
        "class A { public A(int x) { } } class B : A { } class C : A { public C() { } } "
        'class D : A { public D() : base("a") { } }',
        ["FS0408@1:39", "FS0408@1:70", "FS0408@1:107"],
    ),
    (
        'class A { } object a = new A(1); class B { public B(int x) { } } object b = new B(); object c = new B("x");',
        ["FS0408@1:28", "FS0408@1:81", "FS0408@1:101"],
    ),
    (
        "class A { public readonly int x = 1; public A() { x = 2; this.x = 3; } public void M() { x = 4; } } "
        "void f(A a) { a.x = 5; }",
        ["FS0504@1:90", "FS0504@1:115"],
    ),
    ("readonly int g = 1; const int K = 2; void f() { g = 2; K = 3; g++; }", ["FS0504@1:49", "FS0504@1:56", "FS0504@1:63"]),
    (
        "class A { public int x; public int M() { return 1; } } void f(A a) { a.M(1); a.M = 3; a.x(); }",
        ["FS0308@1:72", "FS0301@1:78", "FS0316@1:89"],
    ),
    ("static class A { public static int x; } A f(A a) { return new A(); }", ["FS0403@1:41", "FS0403@1:45", "FS0403@1:59"]),
    # structs
    ("struct A { B b; } struct B { A a; }", ["FS0323@1:8"]),
    ("struct A { A[] rest; int n; }", []),
    (
        "struct P { int x; } class H { public P p; public P Get() { return p; } } void f(H h) { h.p.x = 1; "
        "h.Get().x = 2; new P().x++; }",
        ["FS0324@1:99", "FS0324@1:114"],
    ),
    ("struct P { int x; } bool f(P a, P b) { return a == b; } bool g(P a) { return a == null; }", ["FS0305@1:49", "FS0305@1:80"]),
    ("struct P { int x; public P() { } }", ["FS0109@1:26"]),
    ("struct P { int x; } void f() { foreach (P p in new P[1]) { p.x = 1; } }", ["FS0504@1:60"]),
    ("struct P { int x; } readonly P p; void f() { p.x = 1; }", ["FS0504@1:46"]),
    (
        "[Align(3)] class A { } [Align] class B { } [Fast] class C { } [Packed(1)] class D { } "
        "[Align(8)] [Packed] struct S { int x; }",
        ["FS0115@1:25", "FS0115@1:45", "FS0115@1:64"],
    ),
    (
        "[Align(3)] class A { } [Align(1 << 17)] class B { } [Align(2.0)] class C { } const int N = 16; [Align(N)] class D { }",
        ["FS0115@1:8", "FS0115@1:31", "FS0115@1:60"],
    ),
    # constants and globals
    ("const int A; const int B = A + 1; int[A] c; enum E { X } void f() { E.X = E.X; }", ["FS0505@1:11", "FS0504@1:69"]),
    ("const int A = B; const int B = A;", ["FS0312@1:15"]),
    ("const int A; const byte B = 300; const int C = f(); int f() { return 1; }", ["FS0505@1:11", "FS0303@1:29", "FS0312@1:48"]),
    ("const byte B = 200; const byte C = B + 100;", ["FS0303@1:36"]),
    ("int n = 3; int[n] a; const int M = 2; int[M * 2] b; class A { int[M] c; int d[n]; }", ["FS0312@1:16", "FS0312@1:79"]),
    (
        "enum E { A, B = 5, C, D = A | B, A } E f() { return 1; } E g(E e) { return e + 1; } "
        "bool h(E e) { return e > E.B && e == E.X; }",
        ["FS0206@1:34", "FS0301@1:53", "FS0305@1:78", "FS0204@1:124"],
    ),
    ("enum E : byte { A = 255, B } enum F : string { A }", ["FS0303@1:26", "FS0402@1:35"]),
    # flow
    ("int f(int n) { if (n > 0) return 1; }", ["FS0501@1:5"]),
    ("int f(int n) { if (n > 0) return 1; else return 2; }", []),
    ('int f() { while (true) { } } int g() { throw "x"; } int h() { for (;;) { } }', []),
    ("int f() { while (true) { break; } }", ["FS0501@1:5"]),
    ("int f(int n) { switch (n) { case 1: return 1; default: return 2; } }", []),
    ("int f(int n) { switch (n) { case 1: return 1; } }", ["FS0501@1:5"]),
    ("int f(int n) { try { return 1; } catch { } }", ["FS0501@1:5"]),
    ("int f(int n) { try { return 1; } catch { return 2; } finally { } }", []),
    ("int f() { return; } class A { public A() { return 1; } }", ["FS0502@1:11", "FS0502@1:44"]),
    ("int f();", ["FS0416@1:5"]),
    ("extern int f(); extern int g() { return 1; }", ["FS0416@1:28"]),
    ("void f() => 5;", ["FS0107@1:13"]),
    ('void f() => print(5); int g() => 5; int h() => "a";', ["FS0301@1:48"]),
    # overloads
    (
        'void f(int a, double b) { } void f(double a, int b) { } void g() { f(1, 1); f(1, 1.5); f("", 1); f(1); }',
        ["FS0310@1:68", "FS0309@1:90", "FS0308@1:98"],
    ),
    (
        "class A { } class B : A { } void f(A a) { } void f(B b) { } void f(object o) { } "
        "void g() { f(new B()); f(5); f(null); }",
        ["FS0310@1:111"],
    ),
    ("void f(i16 a) { } void f(byte b) { } void g() { f(1); }", ["FS0310@1:49"]),
    ("void f(byte b) { } void g() { f(300); }", ["FS0303@1:33"]),
    # not supported yet: one error at the construct, silence about its uses
    ("class Box<T> { public T value; } void f() { Box<int> b = new Box<int>(); b.value.x(); }", ["FS0899@1:7"]),
    (
        "interface I { int F(); } class A : I { public int F() { return 1; } } void f(I i) { i.F(); I j = new A(); }",
        ["FS0899@1:11"],
    ),
    ("delegate int D(int x); void f(D d) { d(1); D e = d; }", ["FS0899@1:14"]),
    ("class A { public int P { get; set; } } void f(A a) { a.P = 1; print(a.P + 2); }", ["FS0899@1:22"]),
    ("class A { int this[int i] { get { return i; } } } int f(A a) { return a[3]; }", ["FS0899@1:15"]),
    ("T id<T>(T x) { return x; } int f() { return id(5) + id<int>(3); }", ["FS0899@1:3"]),
    ("namespace A { class B { } } A.B b; void f() { A.B c = new A.B(); }", ["FS0899@1:11"]),
    ("using System;", ["FS0211@1:7"]),
    ("async int f() { return 1; } void g() { int x = f(); }", ["FS0301@1:48"]),
    ("async void f() priority(12) { }", ["FS0515@1:25"]),
    ("async int f() { await 0; int x = await f(); return x; }", []),
    ("async void f() { await 1.5; }", ["FS0517@1:24"]),
    ("static readonly int[] T = new int[] { 1 }; static readonly int N = 5;", ["FS0899@1:27"]),
]


@pytest.mark.parametrize(("text", "expected"), DECLARATIONS)
def test_declarations(text: str, expected: list[str]) -> None:
    assert problems(text + END) == expected


ENTRIES: list[tuple[str, list[str]]] = [
    ("", ["FS0706@1:1"]),
    ("int x;", ["FS0701@1:1"]),
    ("class Main { }", ["FS0703@1:1"]),
    ("class Main { static void main() { } }\nclass Main { static void main() { } }", ["FS0702@2:7"]),
    ("void main() { }\nvoid Main() { }", ["FS0704@2:6"]),
    ("class Main { void main() { } }\nint main() { return 1; }", ["FS0704@2:5"]),
    ("class Main { }\nint main() { return 1; }", []),
    ("string main() { return null; }", ["FS0705@1:8"]),
    ("void main(int n) { }", ["FS0705@1:6"]),
    ("void main(string[] a, int b) { }", ["FS0705@1:6"]),
    ("int main(string[] a) { return a.Length; }", []),
    ("class Main { public Main(int x) { } void main() { } }", ["FS0705@1:42"]),
    ("class Main { Main() { } private int main() { return 1; } }", []),
    ("class App { static void Main() { } }", ["FS0901@1:25"]),
    ("class App { static void Main() { } }\nclass Two { void main() { } }", ["FS0701@1:1"]),
]


@pytest.mark.parametrize(("text", "expected"), ENTRIES)
def test_entry(text: str, expected: list[str]) -> None:
    assert problems(text) == expected


FILES: list[tuple[list[str], list[str]]] = [
    (
        [
            "private int f() { return 1; } private class C { } private int K = 3; int open() { return f() + K; }",
            "void main() { f(); C c = null; print(K + open()); new C(); }",
        ],
        ["FS0208@1:15", "FS0208@1:20", "FS0208@1:38", "FS0208@1:55"],
    ),
    (
        [
            "private int f() { return 1; } private class C { }",
            "private int f() { return 2; } private class C { } void main() { f(); new C(); }",
        ],
        [],
    ),
    (["private int max(int a, int b) { return a; }", "void main() { print(max(1, 2.5f)); }"], ["FS0320@1:21"]),
    (["int f() { return 1; }", "int f() { return 2; } void main() { }"], ["FS0206@1:5"]),
    (["void main() { }", "void main() { }"], ["FS0607@lib0.fsh:1:6"]),
    (["class Main { }", "void main() { }"], ["FS0607@lib0.fsh:1:7"]),
]


@pytest.mark.parametrize(("texts", "expected"), FILES)
def test_files(texts: list[str], expected: list[str]) -> None:
    assert problems(*texts) == expected


def test_warnings_do_not_stand_in_library_files() -> None:
    assert problems("void main() { try { } catch (string e) { } }") == []


def test_every_error_is_reported_once() -> None:
    text = MAIN + 'print(a); print(b); int c = "x"; c.foo(); missing(d, e);\n}\n'
    assert problems(text) == [
        "FS0201@2:7",
        "FS0201@2:17",
        "FS0301@2:29",
        "FS0204@2:36",
        "FS0202@2:43",
        "FS0201@2:51",
        "FS0201@2:54",
    ]


HINTS = {
    "int count; print(cuont);": "did you mean 'count'?",
    "print(zzz);": "declare 'zzz' before using it",
    "string s; print(s.lenght());": "did you mean 'length'?",
    "string s; print(s.Length());": "write .Length without () or call length()",
    "prnt(1);": "did you mean 'print'?",
    "strin s;": "",
    "Exeption e;": "did you mean 'Exception'?",
    "float f = 2.5;": "write the suffix f",
    'byte b = length("");': "write (byte)x",
    'int n = "5";': "call to_int",
    "string s = 5;": 'append it to a string (x + "") or call ToString()',
    "bool b = 5;": "compare it: x != 0",
    "max(1);": "usage: max(a, b)",
    "substring(1);": "usage: substring(string s, int begin, int end)",
    "string s; print(s < s);": "write compare(a, b) < 0",
}


@pytest.mark.parametrize("text", HINTS)
def test_hints(text: str) -> None:
    made = Checked(f"{MAIN}{text}\n}}\n")
    hints = [item.hint for item in made.bag.sorted() if item.severity == "error"]
    assert hints == [HINTS[text] or "did you mean 'string'?"]
