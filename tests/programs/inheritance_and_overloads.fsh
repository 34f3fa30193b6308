// inheritance, statics, overloads, ToString, is/as (9)
class A { public int n = 1; public A() { Init(); } public void Init() { n += 10; } public string Name() { return "A"; } public string Who() { return Name() + n; } public string ToString() { return "<" + Name() + ">"; } }
class B : A { int m = 5; public B() : base() { n += m; } public void Init() { n += 100 + m; } public string Name() { return "B" + base.Name(); } }
class C : B { public static int made; public C() { made++; } public string Name() { return "C"; } public string Only() { return "only"; } }
int pick(int a) { return 1; }
int pick(double a) { return 2; }
int pick(object a) { return 3; }
int pick(A a) { return 4; }
int pick(uint a) { return 5; }
int pick(string a) { return 6; }
abstract class S { public abstract double Area(); public string Text() { return "area " + Area(); } }
class Sq : S { double s; public Sq(double s) { this.s = s; } public double Area() { return s * s; } }
void main() {
    A a = new A(), b = new B(), c = new C();
    print(a.Who() + " " + b.Who() + " " + c.Who());
    print(a + " " + b + " " + c);
    print(C.made);
    print((c is B) + " " + (b is C) + " " + (a is A));
    C d = c as C;
    print(d.Only());
    print((b as C) == null);
    print(((B)c).Name());
    byte by = 3; u32 u = 4; float f = 1f;
    print(pick((int)by) + "" + pick(f) + pick(c) + pick("s") + pick(true) + pick(7U) + pick(new int[1]) + pick(null as object));
    S s = new Sq(1.5);
    print(s.Text());
    object o = s;
    print(o.GetHashCode() == s.GetHashCode());
    try { B bad = (B)a; } catch (TypeError e) { print(e.Message); }
    object x = 5, y = 5.0, z = "5";
    print(x.Equals(5) + " " + x.Equals(y) + " " + z.Equals("5") + " " + (x is int) + " " + (y is double) + " " + (z is string));
}
// expect-stdout:
// | A11 BA111 C111
// | <A> <BA> <C>
// | 1
// | true false true
// | only
// | true
// | C
// | 12463533
// | area 2.25
// | true
// | Unsafe cast: object of type A is not B
// | true false true true true true
