// What a local holds in catch, finally and behind the statement, wherever the exception came from (13)
int fail(int n) { if (n % 2 == 1) throw "odd " + n; return n; }
int counts(int n) {
    int before = n * 2, changed = n; string text = "t" + n; int[] a = { n, n + 1 };
    for (int i = 0; i < 3; i++) {
        int inner = i * 10 + before;
        try {
            int local = inner + 1; changed++; text += i;
            for (int j = 0; j < 2; j++) { local += j; changed += fail(n + i + j); }
            a[0] += local;
        } catch (string e) {
            int seen = e.length + inner; changed += seen; text += "c" + i + before;
            try { int k = seen; k++; fail(k); fail(k + 1); } catch (e2) { changed += inner; a[1]++; }
        } finally {
            int last = inner; last += before; changed += last; text = text + "f";
        }
        inner++; changed += inner;
    }
    return changed + text.length * 1000 + a[0] * 100000 + a[1] * 10000000;
}
int param(int p, int q, string s) { try { p += 1; fail(q); p += 10; } catch { return p * 100 + q + s.length; } finally { q = 5; } return p + q; }
class Box { int v; public Box(int n) { v = n; try { fail(v); } catch { v = -v; } } public int Get() { int t = v; try { t++; fail(t); v += 100; } catch { v++; t += v; } return t * 1000 + v; } }
double mixed(double d) { double sum = 0; float f = 2.5f; bool odd = false; char c = 'a'; byte b = 250; for (int i = 0; i < 4; i++) { double kept = d + i; try { sum += kept; c++; b++; fail(i); odd = !odd; } catch { sum += kept * f; b--; } } print(sum + " " + odd + c + b); return sum; }
int nested() { int r = 0; for (int i = 0; i < 6; i++) { int m = i; try { try { if (i == 4) break; if (i == 2) continue; r += fail(m); } finally { int z = m * m; r += z; m++; } r += m; } catch (string s) { int w = s.length; r += w + m; } } return r; }
void main() {
    print(counts(0)); print(counts(1)); print(param(1, 2, "ab")); print(param(1, 3, "abc"));
    print(new Box(4).Get() + " " + new Box(5).Get()); mixed(0.5); print(nested());
}
// expect-stdout:
// | 40017143
// | 50117174
// | 17
// | 206
// | 10005 -3905
// | 20.5 falsee252
// | 47
