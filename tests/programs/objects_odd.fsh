// Overloads over levels of a hierarchy, statics through derived classes, boxing, identity and equality (4, 6, 9)
class Base { public static int count = 10; protected static string tag = "base"; public int id; protected int prot = 1; public Base Next; public static Base Make() { count++; return new Base(); } public virtual string Who() { return "Base"; } public string Call() { return Who() + this.Who(); } public int this_(int x) { return x; } public virtual int Over(int x) { return 1; } public int Over(double x) { return 2; } public int Over(object x) { return 3; } }
class Mid : Base { public string Who() { return "Mid<" + base.Who() + ">"; } public static int Mine() { return count + tag.length; } public int Over(i32 x) { return 4; } public override int Over(int x) { return 5; } }
sealed class Leaf : Mid { public int id2; public override sealed string Who() { return "Leaf:" + base.Who() + prot; } public int Over(string s) { return 6; } public Leaf With(int n) { id = n; this.id2 = n * 2; return this; } public int Sum(Leaf o) { return id + o.id2 + o.prot; } public bool Equals(object o) { return o is Leaf && (o as Leaf).id == id; } public int GetHashCode() { return id; } }
abstract class Shape { public abstract double Area(); public virtual string Name() { return "shape"; } public string ToString() { return Name() + "=" + Area(); } public static Shape Unit() { return new Sq(1); } }
class Sq : Shape { double s; public Sq(double s) { this.s = s; } public double Area() { return s * s; } public override string Name() { return "sq"; } }
class Circ : Shape { double r; public Circ(double x) { r = x; } public override double Area() { return r * r * 3; } }
class Node { public int Key; Node left, right; public Node(int k) { Key = k; } public bool Add(int k) { if (k == Key) return false; if (k < Key) { if (left == null) { left = new Node(k); return true; } return left.Add(k); } if (right == null) { right = new Node(k); return true; } return right.Add(k); } public int Depth() { return 1 + max(left == null ? 0 : left.Depth(), right == null ? 0 : right.Depth()); } public string Walk() { return (left == null ? "" : left.Walk()) + Key + " " + (right == null ? "" : right.Walk()); } }
static class Util { public static int calls; public const int Big = 1 << 40; public static int Twice(int x) { calls++; return x * 2; } public static int Twice(string s) { return Twice(s.length); } }
class Counter { static int next = 100; readonly int n; public Counter() : this(next++) { } Counter(int k) { n = k; } public static Counter Zero = new Counter(0); public int N() { return n; } public bool Same(Counter o) { return o.n == n; } }
class Node2 { public object item; public Node2[] kids; public int[] data = { 1, 2, 3 }; public string[] names = new string[2]; public int[2][2] grid; }
void f(object o) { print("object " + o); } void f(string s) { print("string " + s); } void f(Base b) { print("Base"); } void f(Mid m) { print("Mid"); } void f(int n) { print("int"); } void f(double d) { print("double"); }
void main() {
    print(Leaf.count + " " + Mid.count); Mid.count += 5; print(Base.count); Base made = Leaf.Make(); print(Base.count + made.Who() + Mid.Mine());
    Base b = new Leaf(); print(b.Who()); print(b.Call()); print(b is Mid); print((b as Leaf).With(3).id2); print(((Mid)b).Who().length); Base nul = null; print(nul is Base); print((nul as Leaf) == null); Leaf cast = (Leaf)nul; print(cast == null);
    Leaf l = new Leaf(); i32 small = 7; byte by = 1; print(l.Over(1) + "" + l.Over(small) + l.Over(2.5) + l.Over("s") + l.Over('c') + l.Over(by) + l.Over(1f) + l.Over(null) + l.Over(new Base())); Mid mm = l; print(mm.Over("s")); Base bb = l; print(bb.Over(small) + bb.Over(1));
    print(l.With(4).Sum(new Leaf().With(5))); print(l.Equals(new Leaf().With(4))); print(l == new Leaf().With(4)); print(l.Equals(null)); print(l.Equals("x")); object ol = l; print(ol.Equals(new Leaf().With(4))); print(ol.GetHashCode()); print(ol);
    Shape[] all = { new Sq(2), new Circ(1), Shape.Unit() }; double total = 0; for (int i = 0; i < all.Length; i++) { total += all[i].Area(); write(all[i] + ";"); } print(total);
    Node root = new Node(50); int[] ks = { 20, 70, 10, 30, 60, 80, 30, 5 }; int added = 0; for (int i = 0; i < ks.Length; i++) if (root.Add(ks[i])) added++; print(added + " " + root.Depth() + " " + root.Walk());
    print(Util.Twice("abc") + Util.Twice(4) + " " + Util.calls + " " + Util.Big); print(new Counter().N() + " " + new Counter().N() + " " + Counter.Zero.N() + new Counter().Same(Counter.Zero));
    Node2 n2 = new Node2(); n2.item = 5; n2.kids = new Node2[] { n2, null, new Node2() }; print(n2.kids[0].kids[2].data[2] + " " + (n2.names[0] == null) + n2.grid[1][1]); n2.item = n2.data; print(n2.item); print((n2.item as int[])[1]); print(n2.item is int[]); print(n2.item is string[]); n2.item = n2.kids; print(n2.item); print(n2); n2.item = 'x'; print(n2.item is char); print((char)n2.item);
    f((string)null); f("s"); f(new Leaf()); f(new Base()); f(1); f((byte)1); f('c'); f(1f); f(true); f(new int[1]); f((object)"boxed"); f(new Exception("e")); f((Base)new Mid());
    object[] objs = { 1, 2.5, "s", 'c', true, null, new Leaf(), new int[2], 1.5f, (byte)3, (i8)-3, 5U }; string kinds = ""; for (int i = 0; i < objs.Length; i++) { object o = objs[i]; if (o is int) kinds += "i"; else if (o is double) kinds += "d"; else if (o is string) kinds += "s"; else if (o is char) kinds += "c"; else if (o is bool) kinds += "b"; else if (o is Base) kinds += "B"; else if (o is int[]) kinds += "a"; else if (o is float) kinds += "f"; else if (o is byte) kinds += "y"; else if (o is i8) kinds += "8"; else if (o is uint) kinds += "u"; else kinds += "0"; kinds += o == null ? "N" : ("" + o).length + ""; } print(kinds);
    object five = 5; object five2 = 5; print(five == five2); print(five.Equals(five2)); print(five.Equals(5.0)); print("a".Equals("a")); print(5.Equals(5)); print('a'.Equals('a')); print((1.5).Equals(1.5)); print(true.Equals(1)); print("abc".GetHashCode() == ("ab" + "c").GetHashCode()); print(five.GetHashCode() == 5.GetHashCode()); string sn = null; try { sn.Equals("x"); } catch (e) { print(e.Message); } 
}
// expect-stdout:
// | 10 10
// | 15
// | 16Base20
// | Leaf:Mid<Base>1
// | Leaf:Mid<Base>1Leaf:Mid<Base>1
// | true
// | 6
// | 15
// | false
// | true
// | true
// | 442644263
// | 3
// | 10
// | 15
// | true
// | false
// | false
// | false
// | true
// | 4
// | Leaf
// | sq=4;shape=3;sq=1;8
// | 7 4 5 10 20 30 50 60 70 80 
// | 14 2 1099511627776
// | 100 101 0false
// | 3 true0
// | int[]
// | 2
// | true
// | false
// | Node2[]
// | Node2
// | true
// | x
// | string 
// | string s
// | Mid
// | Base
// | int
// | int
// | int
// | double
// | object true
// | object int[]
// | object boxed
// | object e
// | Base
// | i1d3s1c1b40NB4a5f3y182u1
// | false
// | true
// | false
// | true
// | true
// | true
// | true
// | false
// | true
// | true
// | Null pointer dereference
