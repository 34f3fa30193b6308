// Sized array fields of structs are allocated wherever a default value comes to life, also by clear (10, 11, 17).
struct In { int[2] a; } struct S { int x; int[3] t; In n; }
void main() { S[2] a; a[0].t[1] = 5; a[1].n.a[0] = 2; int[] kept = a[0].t; clear(a); print(a[0].t.Length + a[1].n.a.Length + a[0].t[1]); print(kept[1]); print(kept == a[0].t); S d = default(S); print(d.t.Length); object o = d; print(((S)o).t == d.t); S[][] r = new S[2][3]; print(r[1][2].t.Length); S e; fill(a, e); print(a[0].t == a[1].t); S[] lit = { e, new S() }; print(lit[0].t == e.t); print(lit[1].n.a.Length); S ret = make(); print(ret.t.Length); }
S make() { S s; return s; }
// expect-stdout:
// | 5
// | 5
// | false
// | 3
// | true
// | 3
// | true
// | true
// | 2
// | 3
