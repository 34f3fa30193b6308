// Visibility, overriding, Equals and texts of objects, overload resolution, tests of types (5, 6.8, 6.9, 9).
class Acc { private int a = 1; protected int b = 2; int c = 3; internal int d = 4; public int e = 5; protected static int f = 6; private void pm() { } protected int pr() { return 7; } public int Read(Acc o) { return o.a + o.b + o.c + o.pr(); } public class_helper h; }
class class_helper { }
class Der : Acc { public int Sum() { return b + d + e + f + pr() + this.b + base.b + base.pr(); } public int Other(Der o) { return o.b + o.pr(); } public static int St() { return f + Acc.f + Der.f; } public int a = 50; public int e = 60; public int Hid() { return a + e + base.e + this.e; } }
abstract class Tmpl { public int Run() { return Step(2) + Other(); } protected abstract int Step(int n); protected virtual int Other() { return 1; } }
class T1 : Tmpl { protected override int Step(int n) { return n * 10; } }
class T2 : T1 { protected int Step(int n) { return base.Step(n) + 1; } protected override int Other() { return base.Other() + 100; } }
class T3 : T2 { public sealed override int Step(int n) { return base.Step(n + 1); } }
class Eq { public int k; public Eq(int n) { k = n; } public override bool Equals(object o) { Eq e = o as Eq; return e != null && e.k == k; } public override int GetHashCode() { return k * 31; } public override string ToString() { return "Eq" + k; } }
class NullStr { public override string ToString() { return null; } }
struct SEq { public int k; public bool Equals(object o) { return o is SEq && ((SEq)o).k % 10 == k % 10; } public string ToString() { return "SEq" + k; } public int GetHashCode() { return 5; } }
class Fin { }
class Rec { public Rec left, right; public int v; public Rec(int v) { this.v = v; } public Rec(int v, Rec l, Rec r) : this(v) { left = l; right = r; } public int Sum() { return v + (left == null ? 0 : left.Sum()) + (right == null ? 0 : right.Sum()); } }
class Outer { public string id = "o"; public virtual string Get() { return id; } public string Call() { return Get() + this.Get(); } public static string Make() { return new Outer().id; } }
class Inner : Outer { public string id = "i"; public override string Get() { return base.Get() + id + ((Outer)this).id; } }
class Ovl { public string f(object o) { return "o"; } public string f(string s) { return "s"; } public string f(int[] a) { return "a"; } public string g(Outer o) { return "outer"; } public string g(Inner i) { return "inner"; } public string h(int a, double b) { return "id"; } public string h(double a, double b) { return "dd"; } public string h(int a, int b) { return "ii"; } public static string s(byte b) { return "byte"; } public static string s(int i) { return "int"; } public string n(float f) { return "float"; } public string n(double d) { return "double"; } public string u(uint u) { return "uint"; } public string u(i32 i) { return "i32"; } public string c(char c) { return "char"; } public string c(int c) { return "int"; } public string b(bool b) { return "bool"; } public string b(object o) { return "object"; } }
void main() {
    print(new Acc().Read(new Der())); print(new Der().Sum()); print(new Der().Other(new Der())); print(Der.St()); Der dd = new Der(); print(dd.Hid()); Acc ac = dd; print(ac.e + dd.e + ((Acc)dd).e);
    Tmpl t = new T1(); print(t.Run()); t = new T2(); print(t.Run()); t = new T3(); print(t.Run() + new T3().Step(1));
    object e1 = new Eq(1); object e2 = new Eq(1); print(e1.Equals(e2)); print(e1 == e2); print(e1.GetHashCode()); print(e1 + "" + e2); print(e1.Equals("x")); print(e1.Equals(null)); print("[" + new NullStr() + "]"); print(new NullStr()); write(new NullStr()); print(new NullStr().ToString() == null);
    SEq s1; SEq s2; s1.k = 1; s2.k = 11; print(s1.Equals(s2)); object b1 = s1; print(b1.Equals(s2)); print(b1.GetHashCode() + s1.GetHashCode()); print(b1); print(s1 + "!"); print(b1 is SEq); print(b1 is object); print(b1.ToString());
    print(new Rec(1, new Rec(2), new Rec(3, null, new Rec(4))).Sum()); Outer o = new Inner(); print(o.id + " " + o.Get() + " " + o.Call() + " " + ((Inner)o).id + " " + Inner.Make());
    Ovl v = new Ovl(); i8 i8v = 1; u32 u32v = 1; print(v.f("x") + v.f(new int[1]) + v.f(5) + v.f(new byte[1]) + v.f('c')); print(v.g(new Inner()) + v.g(o) + v.g((Inner)o)); print(v.h(1, 2) + v.h(1, 2.0) + v.h(1.0, 2) + v.h(i8v, u32v)); print(Ovl.s(5) + Ovl.s((byte)5) + Ovl.s(i8v) + Ovl.s(300)); print(v.n(1) + v.n(1.0) + v.n(1f) + v.n('c') + v.n(i8v)); print(v.u(u32v) + v.u(i8v) + v.u((i16)3)); print(v.c('c') + v.c(5) + v.c('c' + 1)); print(v.b(true) + v.b(1) + v.b("s") + v.b(null));
    print(e1 is Eq); print(e1 as Outer == null); print((e1 as Eq).k); object nul = null; print(nul is object); print(nul is Eq); object bx = 5; print(bx is int); print(bx is i64); print(bx is byte); print(bx is double); object[] objs = { 1, "s", 'c', 2.5, null, true, new Eq(3), new int[2], 1.5f, (byte)3 }; foreach_(objs); string str = bx as string; print(str == null); int[] ia = new int[1] as object as int[]; print(ia.Length); print(bx is string ? "s" : bx is int ? "i" : "?");
}
void foreach_(object[] a) { for (int i = 0; i < a.Length; i++) { write(a[i]); write(a[i] is int ? "I" : a[i] is string ? "S" : a[i] is char ? "C" : a[i] is double ? "D" : a[i] is Eq ? "E" : a[i] is int[] ? "A" : a[i] is byte ? "B" : "-"); write(" "); } print(); }
// expect-stdout:
// | 13
// | 90
// | 9
// | 18
// | 175
// | 70
// | 21
// | 122
// | 153
// | true
// | false
// | 31
// | Eq1Eq1
// | false
// | false
// | []
// | 
// | true
// | true
// | true
// | 10
// | SEq1
// | SEq1!
// | true
// | true
// | SEq1
// | 10
// | o oio oiooio i o
// | saooo
// | innerouterinner
// | iiidddii
// | intbyteintint
// | floatdoublefloatfloatfloat
// | uinti32uint
// | charintint
// | boolobjectobjectobject
// | true
// | true
// | 1
// | false
// | false
// | true
// | true
// | false
// | false
// | 1I sS cC 2.5D - true- Eq3E int[]A 1.5- 3B 
// | true
// | 1
// | i
// expect-warning: FS0909@4:231
// expect-warning: FS0909@15:37
