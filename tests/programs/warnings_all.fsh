// Every warning of Part I, and what must not warn (6, 7, 9, 11, 13).
class A { public int x; public static int s; } class B : A { public int x; public int y; } class C : B { public int y; public static int s; }
class E1 : Exception { } class E2 : E1 { }
int after() { return 1; print(1); print(2); }
int loop() { while (true) { } print(1); return 2; }
void infinite() { for (;;) { } } void brk() { while (true) { break; print(1); } print(2); }
void cont() { for (int i = 0; i < 2; i++) { continue; i = 5; } do { break; } while (true); while (false) { print(1); } if (false) { print(2); } else print(3); if (true) print(4); else print(5); }
void thrown() { throw "x"; int a = 1; } void both(bool b) { if (b) return; else throw "y"; print(1); }
int sw(int n) { switch (n) { case 1: return 1; print(1); default: return 2; } return 3; }
void tr() { try { return; } finally { print(1); } print(2); }
void main() {
    int a = 5; int b; object o = a; A x = new B(); B y = new B(); string s = "a"; bool t = true;
    int[3] arr; int[2][3] two; int[] dyn = new int[3];
    if (t) { a = 7; }
    try { b = a / 0; } catch { }
    try { b = a % 0; } catch { }
    try { a /= 0; } catch { }
    try { print(1 / 0); } catch { }
    double d = 1.0 / 0; d = a / 0.0; d /= 0;
    try { arr[3] = 1; } catch { }
    try { print(arr[-1]); } catch { }
    try { two[2][0] = 1; } catch { }
    try { two[0][3] = 1; } catch { }
    try { dyn[3] = 1; } catch { }
    arr[2] = 1; two[1][2] = 1;
    if (t = false) { }
    while (a = 0) { }
    if ((t = true)) { }
    for (; t = false; ) { }
    do { } while (t = false);
    b = (t = true) ? 1 : 2;
    assert(t = true);
    if (t == (t = true)) { }
    if ((a = 5) > 3) { } if (t && (t = true)) { }
    try { } catch (Exception e) { } catch (E1 e) { }
    try { } catch (E1 e) { } catch (E2 e) { } catch (E1 e) { } catch (Exception e) { } catch { }
    try { } catch (string e) { } catch (e) { } catch (IOException) { }
    try { } catch (E2 e) { } catch (E1 e) { } catch (IOException e) { } catch (TypeError e) { } catch (e) { }
    print(a is int); print(a is double); print(x is A); print(x is B); print(y is A); print(y is E1); print(o is A); print(s is string); print(s is object); print(a is object);
    A? m = x; m.x = 1; if (m != null) { m.x = 2; } string? n = s; print(n.length);
}
// expect-warning: FS0909@2:73
// expect-warning: FS0909@2:117
// expect-warning: FS0909@2:138
// expect-warning: FS0904@4:25
// expect-warning: FS0904@5:31
// expect-warning: FS0904@6:69
// expect-warning: FS0904@7:55
// expect-warning: FS0904@7:108
// expect-warning: FS0904@7:133
// expect-warning: FS0904@7:185
// expect-warning: FS0904@8:28
// expect-warning: FS0904@8:92
// expect-warning: FS0904@9:48
// expect-warning: FS0904@9:79
// expect-warning: FS0904@10:51
// expect-warning: FS0902@15:17
// expect-warning: FS0902@16:17
// expect-warning: FS0902@17:13
// expect-warning: FS0902@18:19
// expect-warning: FS0903@20:15
// expect-warning: FS0903@21:21
// expect-warning: FS0903@22:15
// expect-warning: FS0903@23:18
// expect-warning: FS0905@26:11
// expect-warning: FS0905@27:14
// expect-warning: FS0905@28:12
// expect-warning: FS0905@29:14
// expect-warning: FS0905@30:21
// expect-warning: FS0905@31:12
// expect-warning: FS0905@32:14
// expect-warning: FS0905@34:38
// expect-warning: FS0906@35:37
// expect-warning: FS0906@36:30
// expect-warning: FS0906@36:47
// expect-warning: FS0906@36:88
// expect-warning: FS0906@37:34
// expect-warning: FS0906@37:48
// expect-warning: FS0910@39:13
// expect-warning: FS0910@39:30
// expect-warning: FS0910@39:95
// expect-warning: FS0910@39:166
// expect-warning: FS0908@40:15
// expect-warning: FS0908@40:73
