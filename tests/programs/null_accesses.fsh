// Null references in every kind of access, caught, with the right line, and uncaught (6.8, 13, 18)
class N { public int v; public N next; public int[] a; public string s; public double d; public byte b; public virtual int M() { return v; } public int F() { return 5; } }
int depth(N n) { if (n == null) return 0; return 1 + depth(n.next); }
int get(N n) { return n.v; }
int get2(N n) { return n.next.v
   + n.a
   [2]; }
void set(N n, int x) { n.v = x; n.d = 2.5; n.b = (byte)x; }
int len(int[] a) { return a.Length; }
int at(int[] a, int i) { return a[i]; }
void put(int[] a, int i) { a[i] = 300; }
double dd(N n) { return n.d + 1; }
int inc(N n) { n.v += 1; return n.v; }
int call(N n) { return n.M() + n.F(); }
int sum(N n, int k) { int t = 0; for (int i = 0; i < k; i++) { t += n.v; n = n.next; } return t; }
string nest(N n) { try { return "" + n.next.next.v; } catch (NullPointerException e) { return "inner " + e.StackTrace().split("\n")[2]; } finally { write("f "); } }
void show(Exception e) { print(e.StackTrace().replace("\n", "|")); }
int leaf(N a, N b) { int x = a.v; int y = b.v; return x / y; }
void main() {
    N n = new N(); n.v = 3; N z = null; print(depth(n));
    try { print(get(z)); } catch (e) { show(e); }
    try { print(get2(n)); } catch (e) { show(e); }
    n.next = new N();
    try { print(get2(n)); } catch (e) { show(e); }
    try { set(z, 3); } catch (e) { show(e); }
    try { print(len(null)); } catch (e) { show(e); }
    try { print(at(null, 3)); } catch (e) { show(e); }
    try { put(null, -1); } catch (e) { show(e); }
    try { print(dd(z)); } catch (e) { show(e); }
    try { print(inc(z)); } catch (e) { show(e); }
    try { print(call(z)); } catch (e) { show(e); }
    try { print(sum(n, 5)); } catch (e) { show(e); }
    try { print(leaf(n, z)); } catch (e) { show(e); }
    print(nest(n)); print(nest(z));
    for (int i = 0; i < 1000; i++) { try { get(z); } catch (e) { n.v++; } }
    print(n.v);
    print(leaf(z, n));
}
// expect-exit: 102
// expect-stdout:
// | 1
// | NullPointerException: Null pointer dereference|Stack trace:|  at get:4|  at main:21
// | NullPointerException: Null pointer dereference|Stack trace:|  at get2:5|  at main:22
// | NullPointerException: Null pointer dereference|Stack trace:|  at get2:7|  at main:24
// | NullPointerException: Null pointer dereference|Stack trace:|  at set:8|  at main:25
// | NullPointerException: Null pointer dereference|Stack trace:|  at len:9|  at main:26
// | NullPointerException: Null pointer dereference|Stack trace:|  at at:10|  at main:27
// | NullPointerException: Null pointer dereference|Stack trace:|  at put:11|  at main:28
// | NullPointerException: Null pointer dereference|Stack trace:|  at dd:12|  at main:29
// | NullPointerException: Null pointer dereference|Stack trace:|  at inc:13|  at main:30
// | NullPointerException: Null pointer dereference|Stack trace:|  at call:14|  at main:31
// | NullPointerException: Null pointer dereference|Stack trace:|  at sum:15|  at main:32
// | NullPointerException: Null pointer dereference|Stack trace:|  at leaf:18|  at main:33
// | f inner   at nest:16
// | f inner   at nest:16
// | 1003
// expect-stderr-contains: null_accesses.fsh:18:31: NullPointerException: Null pointer dereference
// expect-stderr-contains: at main:37
