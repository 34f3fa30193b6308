// Arrays: declarations, initialisers, rows, sharing, indices of all types, copy, fill, clear (11, 17).
class Node { public int[4] cells; public string[2] names; public int[2][3] grid; public Node[2] kids; public int[] later; static int[5] shared; public static int Total() { return shared.Length; } }
struct Pt { int x; int y; int[2] tag; }
int[3] global; int[2][2] matrix; const int N = 4; int[N * 2 - 1] sized; Pt[2] points; string[] words = { "a", "b" }; int[] made = new int[] { 1, 2, 3 };
int[] twice(int[3] p) { p[0] *= 2; return p; }
int[10] same(int[10] a) { return a; }
int count = 0; int next() { count++; return count; }
int[] get(string s, int[] a) { write(s); return a; }
int idx(string s, int i) { write(s); return i; }
string fails(int n) {
    int[] a = new int[3]; int[] none = null; uint u = 3; i8 neg = -1; byte b = 255; int[][] rows = new int[2][]; string[] s = new string[2]; u32 w = 4294967295; int m = -3;
    try {
        if (n == 0) a[3] = 1;
        if (n == 1) a[neg] = 1;
        if (n == 2) print(a[u]);
        if (n == 3) print(a[b]);
        if (n == 4) a[w]++;
        if (n == 5) print(a[18446744073709551615]);
        if (n == 6) print(none[0]);
        if (n == 7) none[5] = 1;
        if (n == 8) rows[0][0] = 1;
        if (n == 9) rows[2][0] = 1;
        if (n == 10) print(none.Length);
        if (n == 11) print(length(none));
        if (n == 12) none = new int[m];
        if (n == 13) print(new int[2][m].Length);
        if (n == 14) copy(a, new int[2]);
        if (n == 15) copy(none, a);
        if (n == 16) copy(a, none);
        if (n == 17) fill(none, 1);
        if (n == 18) clear(none);
        if (n == 19) print(s[0].length);
        if (n == 20) a[2] += a[4];
        if (n == 21) matrix[1][2] = 1;
        if (n == 22) matrix[-1][0] = 1;
        if (n == 23) print(points[2].x);
        if (n == 24) points[1].tag[2] = 1;
        if (n == 25) print(malloc(m).Length);
        if (n == 26) none[next()] = next();
        if (n == 27) a[next()] = next();
        if (n == 28) print(new Node().later.length());
    } catch (Exception e) { return e.Message; }
    return "none";
}
void main() {
    int[5] a; int b[3]; int[2][3] c; int[] d; int[3] e = {1, 2, 3}; int[] f = {4, 5,}; int[] g = new int[] { 6, 7 }; int[] h = new int[2] { 8, 9 }; int[2][2] i = {{1, 2}, {3, 4}}; int[][] j = {new int[1], {5, 6}, null}; int[0] k; int[] l = {};
    print(a.Length + b.length + c.length() + length(e) + f.Length + g.Length + h.Length + i.Length + j.Length + k.Length + l.Length);
    print(d == null); print(a[4] + b[2] + c[1][2] + c[1].Length); print(e[2] + f[1] + g[1] + h[1] + i[1][0] + j[1][1] + j[0][0]); print(j[2] == null);
    print(global.Length + matrix.Length + matrix[1].Length + sized.Length + points.Length + words[1] + made[2]);
    int[3] m = e; m[0] = 100; print(e[0]); int[3] n = new int[7]; print(n.Length); n = null; print(n == null);
    print(twice(e)[0] + e[0]); print(twice(e) == e); print(same(a).Length); int[] copied = new int[4]; copy(e, copied); print(copied[0] + copied[2] + copied[3]); print(copied == e);
    int[] o = {1, 2, 3, 4, 5}; fill(o, 9); print(o[0] + o[4]); clear(o); print(o[0] + o[4]); string[] s = new string[2]; print(s[0] == null); clear(s); print(s[0] == ""); fill(s, "x"); print(s[0] + s[1]); fill(s, null); print(s[1] == null);
    double[] r = new double[2]; fill(r, 3); print(r[1]); bool[2] t; print(t[0]); char[2] u; print((int)u[1]); fill(u, 'q'); print(u[1]); byte[3] v; fill(v, 200); v[1] += 55; print(v[0] + v[1]); float[1] w; w[0] = 1.5f; print(w[0]); object[2] x; print(x[0] == null); x[0] = 5; x[1] = "s"; print(x[0] + " " + x[1]);
    clear(t); clear(u); clear(x); print((int)u[0] + " " + (x[1] == null)); i8[2] y; y[0] = -1; i16[2] z; z[1] = -2; u16[2] aa; aa[0] = 65535; i32[2] bb; bb[1] = -5; u32[2] cc; cc[1] = 4294967295;  print(y[0] + z[1] + aa[0] + bb[1] + cc[1]);
    Node node = new Node(); print(node.cells.Length + node.names.Length + node.grid[1].Length + node.kids.Length + Node.Total()); print(node.kids[0] == null); print(node.later == null); node.grid[1][2] = 4; print(node.grid[0][2] + node.grid[1][2]);
    Pt p; p.tag[1] = 3; points[0] = p; points[0].tag[0] = 4; print(p.tag[0] + points[0].tag[1]); points[1].x = 5; points[1].x++; Pt q = points[1]; q.x = 1; print(points[1].x + q.x); Pt[] many = new Pt[3]; print(many[2].tag.Length + many[1].y); clear(many);
    int[][] jag = new int[3][]; jag[0] = new int[2]; jag[1] = jag[0]; jag[1][1] = 8; print(jag[0][1]); int[][][] cube = new int[2][3][4]; cube[1][2][3] = 7; print(cube[1][2][3] + cube[0][0].Length + cube[1].Length); int[] row = cube[1][2]; row[0] = 5; print(cube[1][2][0]);
    uint ui = 2; byte bi = 1; i8 ii = 0; u16 wi = 1; char ci = '\x01'; o[ui] = 1; o[bi] = 2; o[ii] = 3; print(o[wi] + o[2] + o[0U]); o[next() - 1]++; print(o[0] + count); o[0] += o[1]++ * 2 + ++o[2]; print(o[0] + " " + o[1] + " " + o[2]);
    get("a", o)[idx("i", 1)] = idx("v", 3); get("b", o)[idx("j", 1)] += idx("w", 3); print(o[1]); int[] self = o; o[3] = (o = new int[1]).Length; print(self[3] + o.Length);
    overlap(); byte[] mem = malloc(4); mem[3] = 255; free(mem); print(mem[3] + mem.Length); for (int q2 = 0; q2 < 29; q2++) print(q2 + " " + fails(q2));
    const int big = 3; int[big] lc; print(lc.Length); int[] swap = {1, 2}; int tmp = swap[0]; swap[0] = swap[1]; swap[1] = tmp; print(swap[0] * 10 + swap[1]); print(new int[] { 1, 2, 3 }[1] + new int[3].Length + "abc".split("b")[1]);
    int[5] one, two2; two2[1] = 3; print(one[1] + two2[1]); int three[2], four; four = three.Length; print(four); long[] al = o; u8[] ab = mem; print(al == o); int[] len = new int[length("four")]; print(len.Length);
}
void overlap() { int[] a = {1, 2, 3, 4}; copy(a, a); print(a[3]); string[] s = {"x", "y"}; string[] t = new string[3]; copy(s, t); print(t[1] + (t[2] == null)); }
// expect-stdout:
// | 24
// | true
// | 3
// | 33
// | true
// | 16b3
// | 100
// | 7
// | true
// | 400
// | true
// | 5
// | 403
// | false
// | 18
// | 0
// | true
// | true
// | xx
// | true
// | 3
// | false
// | 0
// | q
// | 455
// | 1.5
// | true
// | 5 s
// | 0 true
// | 4295032822
// | 16
// | true
// | true
// | 4
// | 7
// | 7
// | 2
// | 8
// | 14
// | 5
// | 6
// | 5
// | 10 3 2
// | aivbjw6
// | 2
// | 4
// | ytrue
// | 259
// | 0 Index out of bounds: index 3, length 3
// | 1 Index out of bounds: index -1, length 3
// | 2 Index out of bounds: index 3, length 3
// | 3 Index out of bounds: index 255, length 3
// | 4 Index out of bounds: index 4294967295, length 3
// | 5 Index out of bounds: index 18446744073709551615, length 3
// | 6 Null pointer dereference
// | 7 Null pointer dereference
// | 8 Null pointer dereference
// | 9 Index out of bounds: index 2, length 2
// | 10 Null pointer dereference
// | 11 Null pointer dereference
// | 12 Negative array size: -3
// | 13 Negative array size: -3
// | 14 Index out of bounds: copy of 3 elements into length 2
// | 15 Null pointer dereference
// | 16 Null pointer dereference
// | 17 Null pointer dereference
// | 18 Null pointer dereference
// | 19 Null pointer dereference
// | 20 Index out of bounds: index 4, length 3
// | 21 Index out of bounds: index 2, length 2
// | 22 Index out of bounds: index -1, length 2
// | 23 Index out of bounds: index 2, length 2
// | 24 Index out of bounds: index 2, length 2
// | 25 Negative array size: -3
// | 26 Null pointer dereference
// | 27 Index out of bounds: index 4, length 3
// | 28 Null pointer dereference
// | 3
// | 21
// | 5c
// | 3
// | 2
// | true
// | 4
