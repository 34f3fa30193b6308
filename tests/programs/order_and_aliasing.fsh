// Order of evaluation with errors, and structs as arguments, receivers and results (6.2, 10, 36); every value was derived by hand.
string log = "";
int t(int n) { log += n + " "; return n; }
string ts(string s) { log += s + " "; return s; }
void flushLog() { print(log.trim()); log = ""; }
class N { public int v; public N next; public int[] a; public V p; public int F(int x, int y) { return x + y; } public virtual int G(int x) { return x; } public static int S; }
class M : N { public int G(int x) { return -x; } }
struct V { public int x; public int y; public V(int a, int b) { x = a; y = b; } public int Bump() { x++; return x; } public V Copy() { return this; } public void Set(V o) { x = o.x; y = o.y; } public void Both(V o) { x = o.y; y = o.x; } public int Sum(V a, V b) { x = 100; return a.x + b.x + x; } public V Self() { x += 10; return this; } }
N nn(N n) { log += "n "; return n; }
int[] arr(int[] a) { log += "a "; return a; }
V mk(int a) { log += "mk" + a + " "; return new V(a, a * 10); }
int take(V a, int b, V c) { return a.x * 100 + b * 10 + c.x; }
V pick(bool b, V p, V q) { return b ? p : q; }
bool tb(bool b) { log += b + " "; return b; }
void main() {
    N none = null; int[] na = null; N n = new N(); string nil = null; int[] a = new int[3];
    try { nn(none).v = t(1); } catch (e) { log += "X"; } flushLog();
    try { print(nn(none).F(t(1), t(2))); } catch (e) { log += "X"; } flushLog();
    try { print(nn(none).G(t(1))); } catch (e) { log += "X"; } flushLog();
    try { nn(none).v += t(1); } catch (e) { log += "X"; } flushLog();
    try { nn(none).a[t(0)] = t(1); } catch (e) { log += "X"; } flushLog();
    try { nn(n).a[t(0)] = t(1); } catch (e) { log += "X"; } flushLog();
    try { arr(a)[t(5)] = t(1); } catch (e) { log += "X"; } flushLog();
    try { arr(a)[t(5)] += t(1); } catch (e) { log += "X"; } flushLog();
    try { arr(na)[t(0)]++; } catch (e) { log += "X"; } flushLog();
    try { print(arr(na)[t(0)]); } catch (e) { log += "X"; } flushLog();
    try { print(nil.substring(t(0), t(1))); } catch (e) { log += "X"; } flushLog();
    try { print(substring(ts("abc"), t(2), t(1))); } catch (e) { log += "X"; } flushLog();
    try { print(t(1) / (t(0) * t(2))); } catch (e) { log += "X"; } flushLog();
    try { nn(none).p.x = t(3); } catch (e) { log += "X"; } flushLog();
    print(t(1) + t(2) * t(3) - t(4)); flushLog(); print(t(1) < t(2) == tb(true) && tb(false) || tb(true)); flushLog();
    print(ts("a") + ts("b") + t(1) + ts("c")); flushLog(); print((tb(true) ? t(1) : t(2)) + (tb(false) ? t(3) : t(4))); flushLog();
    a[t(0)] = a[t(1)] = t(7); flushLog(); print(a[0] + a[1]); a[t(0)] += a[t(1)]++ + t(1); flushLog(); print(a[0] + " " + a[1]);
    int x = 5; x = x++ + ++x; print(x); x += x++ * 2; print(x); int y = x-- - --x; print(y + " " + x); x = (x = 3) + x; print(x); int i = 0; a[i++] = i++; print(a[0] + " " + i); a[i = 1] = i; print(a[1]); i = i++; print(i);
    V v = new V(1, 2); print(take(v, v.Bump(), v)); print(v.x); v = pick(true, v, mk(9)); flushLog(); print(v.x + " " + v.y); v.Set(v); v.Both(v); print(v.x + " " + v.y); v = new V(v.y, v.x); print(v.x + " " + v.y); print(v.Sum(v, v)); print(v.x); v = v.Self().Self(); print(v.x); V w = v.Self(); print(v.x + " " + w.x); w.x = 1; v = w = new V(w.x + 1, w.y); print(v.x + w.x);
    V[] vs = new V[3]; vs[0] = new V(1, 1); vs[1] = vs[0]; vs[1].x = 5; vs[2] = vs[1].Self(); print(vs[0].x + " " + vs[1].x + " " + vs[2].x); vs[t(0)] = vs[t(1)]; flushLog(); V tmp = vs[0]; vs[0] = vs[2]; vs[2] = tmp; vs[0].Set(vs[1]); vs[t(2)].x += t(4); flushLog(); print(vs[2].x); take(vs[0], vs[0].Bump(), vs[0]); print(vs[0].x);
    n.p = v; n.p.Bump(); V alias = n.p; alias.x = 0; print(n.p.x - v.x); object o = v; v.x = -1; V back = (V)o; print(back.x == -1); V z; z = true ? v : back; z.x = 77; print(v.x + back.y); N m = new M(); print(m.G(5)); m.p.y = 4; N m2 = m; m2.p.y++; print(m.p.y);
    string s = "a"; s += s += "b"; print(s); string[] ss = { "p", "q" }; int k = 0; ss[k++] += k + "r"; print(ss[0] + k); N.S += N.S = 4; print(N.S); s = null; s += null; print(s.length); s = "x" + (s = "y") + s; print(s);
    double d = 1; d += d++ ; print(d); char c = 'a'; c += (char)1; print(c++); print(c); print(-(-5) - -5); int q = -3; q = -q; q = +q; q = ~q; print(q); print(!q == 0); bool b = !(q > 3) == true; print(b); print(1 - 2 - 3); print(100 / 10 / 2); print(2 * 3 % 4); print(1 << 2 << 3); q = y = i = 9; print(q + y + i); q -= y -= 4; print(q);
}
// expect-stdout:
// | n 1 X
// | n 1 2 X
// | n 1 X
// | n X
// | n X
// | n 0 1 X
// | a 5 1 X
// | a 5 X
// | a 0 X
// | a 0 X
// | 0 1 X
// | abc 2 1 X
// | 1 0 2 X
// | n X
// | 3
// | 1 2 3 4
// | true
// | 1 2 true false true
// | ab1c
// | a b 1 c
// | 5
// | true 1 false 4
// | 0 1 7
// | 14
// | 0 1 1
// | 15 8
// | 12
// | 36
// | 2 34
// | 6
// | 1 2
// | 1
// | 1
// | 122
// | 2
// | mk9
// | 2 2
// | 2 2
// | 2 2
// | 104
// | 100
// | 120
// | 130 130
// | 4
// | 1 15 15
// | 0 1
// | 2 4
// | 19
// | 16
// | 1
// | false
// | 1
// | -5
// | 5
// | aab
// | p1r1
// | 4
// | 0
// | xyy
// | 2
// | b
// | c
// | 10
// | -4
// | true
// | true
// | -4
// | 5
// | 2
// | 32
// | 27
// | 4
