// Names, scopes and visibility (5, 36): undefined, repeated, hidden and inaccessible ones.
int total = 1;
int twice(int a) { return a * 2; }
class P { int secret; protected int kept; public int open; internal int shared; static int made; public static int Count; void hid() { } protected void prot() { } public void pub() { } static void make() { }
    P(int n) { } public P() { } public int Other(P o) { return o.secret + o.kept; } }
class Q : P { int f() { return kept + secret; } int g() { prot(); hid(); return this.kept + open; } int h(P p) { return p.kept; } }
struct V { int x; private int y; int Sum() { return x + y; } public int Open() { return x; } V(int a) { x = a; } }
class T { int a; int a; void m() { } int m() { return 1; } void m(int q) { } int n; void n() { } T() { } T() { } T(int x) { } }
int dup;
string dup2;
class dup { }
int twice(int b) { return b; }
int twice(string s) { return 1; }
void dup2() { }
void main() {
    print(x);
    int x = 1;
    { int x = 2; }
    { int y = 2; } { int y = 3; print(y); } int y = 4;
    for (int i = 0; i < 2; i++) { int i = 3; }
    for (int i = 0; i < 2; i++) { } for (int i = 5; i < 2; i++) { } int i = 9;
    int total = total;
    { print(z); int z = 1; }
    int w = w + 1;
    int u = 1, u = 2;
    foo();
    Foo f;
    Foo.Bar();
    new Foo();
    P p = new P(); P p2 = new P(1);
    p.secret = 1;
    p.kept = 1;
    p.open = p.shared;
    p.hid(); p.prot(); p.pub();
    p.none = 1;
    p.nope();
    P.Count = P.made;
    p.Count = 1;
    P.open = 1;
    P.pub();
    P.make();
    P.Nope();
    V v = new V(1);
    v.x = v.y;
    v.Sum(); v.Open();
    this.x = 1;
    base.foo();
    print(x.length);
    print("s".size);
    print(new int[1].count);
    string main = "local"; main.size();
    unknown.x = 1;
    try { } catch (string x) { }
    try { } catch (Exception e) { int e = 1; }
    int rest = e;
    print(main); print(total); print(f.anything + nothing);
}
void params(int a, int a) { int a = 1; }
class S { int inst; static int stat; static void sm() { inst = 1; im(); stat = 2; this.inst = 3; base.ToString(); } void im() { stat = inst; sm(); S.sm(); S.stat = 1; S.inst = 2; } }
class F1 { int a = 1; int b = a; int c = this.a; int d = m(); int m() { return 1; } static int s = 2; int e = s; static int t = a; }
// expect-error: FS0207@6:39
// expect-error: FS0207@6:67
// expect-error: FS0206@8:22
// expect-error: FS0206@8:42
// expect-error: FS0206@8:90
// expect-error: FS0206@8:106
// expect-error: FS0206@11:7
// expect-error: FS0206@12:5
// expect-error: FS0201@16:11
// expect-error: FS0205@18:11
// expect-error: FS0205@20:39
// expect-error: FS0201@22:17
// expect-error: FS0201@23:13
// expect-error: FS0201@24:13
// expect-error: FS0205@25:16
// expect-error: FS0202@26:5
// expect-error: FS0203@27:5
// expect-error: FS0201@28:5
// expect-error: FS0203@29:9
// expect-error: FS0408@30:31
// expect-error: FS0207@31:7
// expect-error: FS0207@32:7
// expect-error: FS0207@34:7
// expect-error: FS0207@34:16
// expect-error: FS0204@35:7
// expect-error: FS0204@36:7
// expect-error: FS0207@37:17
// expect-error: FS0210@38:7
// expect-error: FS0209@39:7
// expect-error: FS0209@40:7
// expect-error: FS0207@41:7
// expect-error: FS0204@42:7
// expect-error: FS0207@43:15
// expect-error: FS0207@44:13
// expect-error: FS0207@45:7
// expect-error: FS0213@46:5
// expect-error: FS0213@47:5
// expect-error: FS0204@48:13
// expect-error: FS0204@49:15
// expect-error: FS0204@50:22
// expect-error: FS0204@51:33
// expect-error: FS0201@52:5
// expect-error: FS0205@53:27
// expect-error: FS0205@54:39
// expect-error: FS0201@55:16
// expect-error: FS0201@56:51
// expect-error: FS0205@58:24
// expect-error: FS0205@58:33
// expect-error: FS0209@59:57
// expect-error: FS0209@59:67
// expect-error: FS0213@59:83
// expect-error: FS0213@59:98
// expect-error: FS0209@59:170
// expect-error: FS0209@60:31
// expect-error: FS0209@60:42
// expect-error: FS0209@60:58
// expect-error: FS0209@60:129
