// Exceptions thrown by user methods that the library calls, and traces through them (13): library frames never show.
class Bad { public int n; public Bad(int k) { n = k; } public override string ToString() { if (n > 1) throw "text " + n; return "Bad" + 1 / n; } public override bool Equals(object o) { throw Exception("eq"); } public int GetHashCode() { return 5 / (n - n); } }
class Parent { protected int z; public Parent() { z = Hook(); } public virtual int Hook() { return 1; } }
class Child : Parent { int[] a; public override int Hook() { return a[0]; } }
int field = 3; class Lazy { public int v = compute(); static int compute() { if (field == 3) throw new IOException("lazy"); return 1; } }
int rec(int n) { if (n == 0) throw "bottom"; return rec(n - 1) + 1; }
int viaArgs(int a, int b) { return a + b; }
void show(string s) { print(s); }
string last(string s) { string[] p = s.split("\n"); return p[p.Length - 1]; }
void main() {
    try { print(new Bad(0)); } catch (e) { show(e.StackTrace()); }
    try { print("x" + new Bad(2)); } catch (e) { show(e.StackTrace()); }
    try { write(new Bad(3).ToString()); } catch (e) { show(e.StackTrace()); }
    try { object o = new Bad(1); print(o.Equals(o)); } catch (e) { show(e.StackTrace()); }
    try { object o = new Bad(1); print(o.GetHashCode()); } catch (e) { show(e.StackTrace()); }
    try { string s = "a"; s += new Bad(4); } catch (e) { show(e.StackTrace()); }
    try { print(to_string(new Bad(5))); } catch (string e) { show(e.StackTrace()); }
    try { new Child(); } catch (e) { show(e.StackTrace()); }
    try { new Lazy(); } catch (e) { show(e.StackTrace()); }
    field = 4; print(new Lazy().v);
    try { rec(3); } catch (e) { show(e.StackTrace()); }
    try { print(viaArgs(1, rec(0))); } catch (e) { show(e.StackTrace()); }
    try { print(viaArgs(1,
        rec(0)) +
        5); } catch (e) { show(last(e.StackTrace())); }
    try { rec(150); } catch (e) { show(last(e.StackTrace())); print(e.StackTrace().split("\n").Length); }
    try {
        try { rec(0); } finally { print("fin"); }
    } catch (e) { show(e.StackTrace()); }
}
// expect-stdout:
// | ArithmeticException: Division by zero
// | Stack trace:
// |   at Bad.ToString:2
// |   at main:11
// | Exception: text 2
// | Stack trace:
// |   at Bad.ToString:2
// |   at main:12
// | Exception: text 3
// | Stack trace:
// |   at Bad.ToString:2
// |   at main:13
// | Exception: eq
// | Stack trace:
// |   at Bad.Equals:2
// |   at main:14
// | ArithmeticException: Division by zero
// | Stack trace:
// |   at Bad.GetHashCode:2
// |   at main:15
// | Exception: text 4
// | Stack trace:
// |   at Bad.ToString:2
// |   at main:16
// | Exception: text 5
// | Stack trace:
// |   at Bad.ToString:2
// |   at main:17
// | NullPointerException: Null pointer dereference
// | Stack trace:
// |   at Child.Hook:4
// |   at Parent.new:3
// |   at Child.new:4
// |   at main:18
// | IOException: lazy
// | Stack trace:
// |   at Lazy.compute:5
// |   at Lazy.new:5
// |   at main:19
// | 1
// | Exception: bottom
// | Stack trace:
// |   at rec:6
// |   at rec:6
// |   at rec:6
// |   at rec:6
// |   at main:21
// | Exception: bottom
// | Stack trace:
// |   at rec:6
// |   at main:22
// |   at main:24
// |   ... and 52 more
// | 103
// | fin
// | Exception: bottom
// | Stack trace:
// |   at rec:6
// |   at main:28
