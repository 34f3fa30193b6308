// Rules the grammar states in words (3).
print(1);
int x = 3;
x = 4;
if (x > 3) { }
class Outer { class Inner { } int y; }
public public int a;
public private int b;
virtual int c;
override void d() { }
class M { static static int x; public void m() { } protected private int q; abstract int z; const virtual int w = 3; }
[Align] class A3 { }
[Unknown] class A4 { }
[Packed(1)] struct A5 { }
[Packed] int p;
using "late.fsh";
void main() {
    x + 1;
    x;
    5;
    "s";
    x == 3;
    -x;
    (x);
    x > 1 ? x : 2;
    a[1];
    a.b;
    if (x > 1) int y = 2;
    while (x > 1) int y = 2;
    for (;;) const int y = 2;
    do int y = 2; while (true);
    if (x > 1) x = 1; else string s;
    try { }
    5 = x;
    x + 1 = 3;
    f() = 3;
    x++ = 3;
    ++5;
    f()--;
    this = null;
    "a" += "b";
    (x) = 3;
    new C();
    await f();
}
// expect-error: FS0106@2:1
// expect-error: FS0106@4:1
// expect-error: FS0106@5:1
// expect-error: FS0101@6:15
// expect-error: FS0108@7:8
// expect-error: FS0109@8:8
// expect-error: FS0109@9:1
// expect-error: FS0109@10:1
// expect-error: FS0108@11:18
// expect-error: FS0109@11:62
// expect-error: FS0109@11:77
// expect-error: FS0109@11:99
// expect-error: FS0115@12:2
// expect-error: FS0115@13:2
// expect-error: FS0115@14:2
// expect-error: FS0115@15:2
// expect-error: FS0114@16:1
// expect-error: FS0107@18:5
// expect-error: FS0107@19:5
// expect-error: FS0107@20:5
// expect-error: FS0107@21:5
// expect-error: FS0107@22:5
// expect-error: FS0107@23:5
// expect-error: FS0107@24:5
// expect-error: FS0107@25:5
// expect-error: FS0107@26:5
// expect-error: FS0107@27:5
// expect-error: FS0113@28:16
// expect-error: FS0113@29:19
// expect-error: FS0113@30:14
// expect-error: FS0113@31:8
// expect-error: FS0113@32:28
// expect-error: FS0111@33:5
// expect-error: FS0112@34:5
// expect-error: FS0112@35:5
// expect-error: FS0112@36:5
// expect-error: FS0112@37:5
// expect-error: FS0112@38:7
// expect-error: FS0112@39:5
// expect-error: FS0112@40:5
// expect-error: FS0112@41:5
