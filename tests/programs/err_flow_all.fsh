// Flow (7, 13): returns, loops, constants, rethrow, finally, and reachability as in C#.
class MyError : Exception { } class NoError { }
int r1() { }
int r2(bool b) { if (b) return 1; }
int r3(bool b) { if (b) return 1; else return 2; }
int r4() { while (true) { } }
int r5(bool b) { while (b) { return 1; } }
int r6() { for (;;) { } }
int r7() { for (;;) { break; } }
int r8() { do { return 1; } while (true); }
int r9() { throw "x"; }
int r10() { try { return 1; } catch { } }
int r11() { try { return 1; } catch { return 2; } }
int r12() { try { } finally { } }
int r13() { try { throw "a"; } finally { print(1); } }
int r14() { while (1 < 2) { } }
const bool YES = true;
int r15() { while (YES) { } }
int r16() { while (1) { } }
int r17(bool b) { while (true) { if (b) break; } }
int r18() { { { return 1; } } }
int r19() { exit(1); }
int r20(int n) { switch (n) { case 1: return 1; default: return 2; } }
int r21(int n) { switch (n) { case 1: return 1; } }
int r22() { while (true) { try { break; } finally { } } }
int r23() { do { continue; } while (true); }
int r24(bool b) { if (true) return 1; } 
int r25() { do { break; } while (true); }
int r26(bool b) { while (true) { while (true) { if (b) break; } } }
void v1() { return 1; }
int v2() { return; }
class K { public K() { return 1; } public K(int n) { return; } int P() { return; } }
int arrow() => 5; void arrow2() => print(1); int arrow3() => { return 3; } int arrow4() => return 4;
int arrow6() => { }
string arrow7() => 5;
void loops() {
    break;
    continue;
    switch (1) { case 1: continue; }
    while (true) { if (true) { break; } { continue; } }
}
void rethrow() {
    throw;
    try { throw; } catch { throw; } finally { }
    try { } catch (Exception e) { try { throw; } finally { } }
    try { } catch { try { } finally { throw; } }
    throw 5;
    throw new NoError();
    throw null; throw NoError; throw NoError(); throw MyError; throw MyError("x"); throw Exception(); throw 'c'; throw missing;
    try { } catch (NoError e) { }
    try { } catch (int e) { }
    try { } catch (Missing e) { }
    try { } catch (NoError) { } 
    throw "a" + 1; throw MyError(1);
}
int fin() {
    while (true) {
        try { } finally { return 1; }
        try { } finally { break; }
        try { } finally { continue; }
        try { } finally { while (true) { break; } for (;;) { continue; } }
        try { } finally { try { return 2; } catch { } }
    }
}
const int C = 1; readonly int G = 2;
class Ro { public readonly int a = 1; public const int B = 2; public Ro() { a = 2; B = 3; } void m() { a = 3; a++; this.a = 4; } static readonly int s = 1; static void t() { s = 2; } }
struct St { public int x; public St Me() { return this; } }
St make() { St s; return s; }
void consts() {
    const int x = 1; x = 2; x++; C = 2; G = 3; C += 1; PI = 3; E++; Ro.B = 1; new Ro().a = 5; const string s = "a"; s += "b";
    make().x = 1; make().Me().x++; new St().x = 2; St[] a = null; a[0].x = 1; St t; t.Me().x += 1; (t).x = 3; "abc"[0] = 'x';
}
void main() { }
// expect-error: FS0501@3:5
// expect-error: FS0501@4:5
// expect-error: FS0501@7:5
// expect-error: FS0501@9:5
// expect-error: FS0501@12:5
// expect-error: FS0501@14:5
// expect-error: FS0501@20:5
// expect-error: FS0501@22:5
// expect-error: FS0501@24:5
// expect-error: FS0501@25:5
// expect-error: FS0501@28:5
// expect-error: FS0502@30:13
// expect-error: FS0502@31:12
// expect-error: FS0502@32:24
// expect-error: FS0502@32:74
// expect-error: FS0501@34:5
// expect-error: FS0301@35:20
// expect-error: FS0503@37:5
// expect-error: FS0503@38:5
// expect-error: FS0503@39:26
// expect-error: FS0507@43:5
// expect-warning: FS0904@44:5
// expect-error: FS0507@44:11
// expect-error: FS0508@47:11
// expect-error: FS0508@48:11
// expect-error: FS0508@49:23
// expect-error: FS0508@49:38
// expect-error: FS0508@49:109
// expect-error: FS0201@49:120
// expect-error: FS0516@50:20
// expect-error: FS0516@51:20
// expect-error: FS0203@52:20
// expect-error: FS0516@53:20
// expect-error: FS0408@54:26
// expect-error: FS0509@58:27
// expect-error: FS0509@59:27
// expect-error: FS0509@60:27
// expect-error: FS0509@62:33
// expect-error: FS0504@66:84
// expect-error: FS0504@66:104
// expect-error: FS0504@66:111
// expect-error: FS0504@66:116
// expect-error: FS0504@66:175
// expect-error: FS0504@70:22
// expect-error: FS0504@70:29
// expect-error: FS0504@70:34
// expect-error: FS0504@70:41
// expect-error: FS0504@70:48
// expect-error: FS0504@70:56
// expect-error: FS0504@70:64
// expect-error: FS0504@70:69
// expect-error: FS0504@70:79
// expect-error: FS0504@70:117
// expect-error: FS0324@71:5
// expect-error: FS0324@71:19
// expect-error: FS0324@71:36
// expect-error: FS0324@71:85
// expect-error: FS0322@71:111
