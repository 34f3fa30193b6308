// Construction, static initialisation and overloads over several classes (6.8, 9, 16).
class Base { public int a = init("Base.a"); public static int s = init("Base.s"); public Base() { print("Base() " + this.Name()); } public Base(int n) { print("Base(int) " + n + this.Name()); } public virtual string Name() { return "Base"; } static int init(string n) { print("init " + n); return 1; } public static int Init(string n) { return init(n); } }
class Mid : Base { public int b = Base.Init("Mid.b"); int[3] arr; public Mid() : this(5) { print("Mid()"); } public Mid(int n) : base(n + Base.Init("arg")) { print("Mid(int) " + b + arr.Length); } public string Name() { return "Mid" + b + (arr == null); } }
class Leaf : Mid { public int c = Base.Init("Leaf.c"); public string t = "txt"; public string Name() { return "Leaf" + c + t; } }
class NoCtor { public int x = 3; public NoCtor other; public double d; }
class Chain { public int n; public Chain() : this(1) { n += 100; } public Chain(int a) : this(a, 2) { n *= 2; } public Chain(int a, int b) { n = a + b; } }
class Shadow { int x = 5; public int Get(int x) { return x + this.x; } public int Loc() { int x = 7; { return x + this.x; } } public Shadow Set(int x) { this.x = x; return this; } }
class Over { public string F(object o) { return "object"; } public string F(int i) { return "int"; } public string F(double d) { return "double"; } public string F(Base b) { return "Base"; } public string F(string s) { return "string"; } public string F(float f) { return "float"; } public string F(i32 w) { return "i32"; } }
class Over2 : Over { public string F(long l) { return "int2"; } public string F(uint u) { return "uint"; } }
class D1 { public string G(int x) { return "D1 int"; } public virtual string H(object o) { return "D1.H"; } }
class D2 : D1 { public string G(double x) { return "D2 double"; } public string H(object o) { return "D2.H"; } public string H(int i) { return "D2.Hint"; } }
int g1 = g2 + 1; int g2 = later(); int later() { print("later " + g1); return 5; }
const int K = 2 + J; const int J = 3; int g3 = K;
void main() {
    Base l = new Leaf(); print(l.Name()); print(l.a);
    new Mid();
    print(new NoCtor().x + " " + (new NoCtor().other == null) + new NoCtor().d);
    print(new Chain().n);
    print(new Shadow().Get(1) + new Shadow().Set(3).Loc());
    Over o = new Over(); byte b = 1; i8 i = 1; char c = 'c'; uint u = 1; u32 w = 1; float f = 1; object ob = 1;
    print(o.F(1) + " " + o.F(b) + " " + o.F(i) + " " + o.F(c) + " " + o.F(u) + " " + o.F(w) + " " + o.F(f) + " " + o.F(1.5) + " " + o.F(ob) + " " + o.F("s") + " " + o.F(l) + " " + o.F(true) + " " + o.F(new Mid()));
    Over2 p = new Over2(); print(p.F(1) + " " + p.F(b) + " " + p.F(1.5) + " " + p.F("s") + " " + p.F(5U));
    D2 d = new D2(); print(d.G(1) + " " + d.H(1) + " " + d.H("x") + " " + ((D1)d).G(1) + " " + ((D1)d).H(1));
    print(g1 + " " + g2 + " " + g3);
}
// expect-stdout:
// | init Base.s
// | later 1
// | init Leaf.c
// | init Mid.b
// | init arg
// | init Base.a
// | Base(int) 6Leaf1txt
// | Mid(int) 13
// | Mid()
// | Leaf1txt
// | 1
// | init Mid.b
// | init arg
// | init Base.a
// | Base(int) 6Mid1false
// | Mid(int) 13
// | Mid()
// | 3 true0
// | 106
// | 16
// | init Mid.b
// | init arg
// | init Base.a
// | Base(int) 6Mid1false
// | Mid(int) 13
// | Mid()
// | int i32 i32 i32 float int float double object string Base object Base
// | uint uint double string uint
// | D2 double D2.Hint D2.H D1 int D2.H
// | 1 5 5
