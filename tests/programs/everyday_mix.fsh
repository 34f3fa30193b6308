// Bodies with =>, constants, texts, Equals, loops and conditions with integers (4.5, 6.5, 7, 8, 9, 10).
static class Util { public const int A = 5, B = A * 2; public static int twice(int x) => x * 2; public static void say(string s) => print("say " + s); static string[] names = { "x", "y" }; public static string Name(int i) => names[i]; public static double Half(int x) { return x / 2.0; } }
abstract class Shape { protected string label = "shape"; public abstract double Area(); public string Describe() { return label + " " + Area(); } public override string ToString() { return "S:" + Describe(); } }
sealed class Sq : Shape { double s; public Sq(double s) { this.s = s; label = "sq"; } public override double Area() => s * s; public bool Equals(object o) { return o is Sq && ((Sq)o).s == s; } public int GetHashCode() { return (int)s; } }
class Circle : Shape { public override double Area() { return 3; } public override string ToString() => base.ToString() + "!" + base.Describe(); }
class Priv { private int v = 4; private static int count; public Priv() { count++; } public int Peek(Priv o) { return o.v; } public static int Count() { return count; } private class_ c; }
class class_ { }
struct P { public int x, y; int hidden; public P(int x, int y) { this.x = x; this.y = y; } public double Len() => sqrt((double)(x * x + y * y)); public P Add(P o) => new P(x + o.x, y + o.y); public void Move(int d) { x += d; y += d; } public override string ToString() => "(" + x + "," + y + ")"; public bool Equals(object o) { return false; } public static P Origin() { return new P(); } public static int made = 3; public const int K = 9; }
struct Raw { int a; double b; string s; bool t; }
[Packed] struct Pk { byte a; int b; }
int f() => 5;
int g(int a) => { return a + 1; }
int h() => return 7;
void v() => print("v");
void w() => { print("w"); }
int i(int[] a, string s[], int[3] c) { return a.Length + s.Length + c.Length; }
int rec(int n) => n <= 1 ? 1 : n * rec(n - 1);
void many(int a, double b, string c, char d, bool e, float f, byte g, i8 h, uint i, int[] j, object k, P p, i16 l, u32 m, int n, double o, float q) { print(a + b + c + d + e + f + g + h + i + j + k + p + l + m + n + o + q); }
public static int pub = 1; internal int inn = 2; private int pri = 3; readonly int ro = 4; static int st = 5; const string cs = "c" + "d"; const double cd = PI * 2; const char cc = 'x'; const bool cb = 1 < 2; const byte by = 200; const float cf = 1.5f; const uint cu = 5; const int ci = (int)3.7 + 'a';
void main() {
    print(Util.B + Util.twice(4) + Util.Name(1) + Util.Half(5)); Util.say("hi");
    Shape s = new Sq(2); print(s); print(s.ToString() + new Circle() + s.Equals(new Sq(2.0)) + s.Equals(null) + s.GetHashCode() + new Circle().Equals(s));
    new Priv(); Priv p = new Priv(); print(p.Peek(new Priv()) + Priv.Count());
    P a = new P(3, 4); P b = a; b.Move(1); print(a.Len() + " " + a + b + a.Add(b) + P.Origin() + P.made + P.K); print(a.Equals(a)); object o = a; print(o); print(o.ToString() + o.GetHashCode().ToString().Length);
    Raw r; Raw r2 = r; object ro1 = r; object ro2 = r2; print(ro1.Equals(ro2)); r.s = "q"; object ro3 = r; print(ro1.Equals(ro3)); print(ro1.GetHashCode() == ro2.GetHashCode()); print(r.Equals(r2)); print(r.Equals(r));
    print(f() + g(1) + h() + i(new int[2], new string[3], new int[9])); v(); w(); print(rec(20));
    many(1, 2, "c", 'd', true, 1.5f, 7, -8, 9, new int[1], null, a, -5, 6, 7, 8.5, 9.5f);
    print(pub + inn + pri + ro + st + cs + cd + cc + cb + by + cf + cu + ci);
    object x = 5; object y = 5; print(x.Equals(y)); print(x == y); print(x.GetHashCode() == y.GetHashCode()); object z = "s"; print(z.Equals("s")); x = 'c'; print(x.Equals('c')); print(x.Equals(99)); x = 2.5; print(x.Equals(2.5)); x = 5; byte bb = 5; print(x.Equals(bb)); print(5.Equals(5)); print(5.GetHashCode() == 5.GetHashCode()); print('c'.Equals('c')); print(true.Equals(false)); print("a".GetHashCode() == "a".GetHashCode()); print(2.5.Equals(2.5)); int[] arr = {1}; print(arr.Equals(arr)); print(arr.GetHashCode() == arr.GetHashCode()); print(new object().Equals(new object())); print(5.Equals(null)); print(1.5f.ToString() + (1 + 2).ToString());
    object n1 = 0.0 / 0.0; object n2 = 0.0 / 0.0; print(n1.Equals(n2)); object z1 = 0.0; object z2 = -0.0; print(z1.Equals(z2)); print(z1.GetHashCode() == z2.GetHashCode());
    for (int q = 0, q2 = 10; q < q2; q++, q2--) if (q == 3) { print(q + q2); break; }
    int k = 0; for (; ; ) { if (++k > 5) break; else continue; } print(k); do k--; while (k > 0); print(k); while (k < 3) k++; print(k); for (k = 0; k < 3; ) k++; ; ; {} print(k);
    if (k) print("yes"); else print("no"); if (!k) print("yes"); else if (k - 3) print("b"); else print("c"); while (k) k--; print(k); print(k ? "t" : "f"); print(5 && 0); print(0 || 7); print(k || true && !false);
    int t1 = 1; { int u1 = 2; t1 += u1; } { int u1 = 3; t1 += u1; } print(t1); t1 = t1 > 3 ? t1 < 10 ? 1 : 2 : 3; print(t1); t1 = k = 4; print(t1 + k); t1 += k -= 1; print(t1 + " " + k); print((t1 = 9) + t1); checked { int c1 = 5; print(c1); } 
    string str = "x"; str += 1 + 2; str += 'c' + 1; str += "a" + 1.0; print(str); print(1 + 'a' + "s" + 1 + 'a'); print('a' + 'b' + ""); print("" + 'a' + 'b'); char ch = 'a'; ch += 1; ch++; print(ch); print(ch++ + " " + ++ch); print((char)(ch + 1)); print(ch - 'a'); print(ch > 'b'); bool eq = ch == 101; print(eq);
}
// expect-stdout:
// | 18y2.5
// | say hi
// | S:sq 4
// | S:sq 4S:shape 3!shape 3truefalse2false
// | 7
// | 5 (3,4)(4,5)(7,9)(0,0)39
// | false
// | (3,4)
// | (3,4)19
// | true
// | false
// | true
// | false
// | true
// | 28
// | v
// | w
// | 2432902008176640000
// | 3cdtrue1.57-89int[](3,4)-5678.59.5
// | 15cd6.283185307179586xtrue2001.55100
// | true
// | false
// | true
// | true
// | true
// | false
// | true
// | false
// | true
// | true
// | true
// | false
// | true
// | true
// | true
// | true
// | false
// | false
// | 1.53
// | true
// | true
// | true
// | 10
// | 6
// | 0
// | 3
// | 3
// | yes
// | c
// | 0
// | f
// | false
// | true
// | true
// | 6
// | 1
// | 8
// | 7 3
// | 18
// | 5
// | x3100a1
// | 98s1a
// | 195
// | ab
// | c
// | c e
// | f
// | 4
// | true
// | true
