using "a.fsh"; import "b.fsh";
using A.B;
// #include "c.fsh"
namespace N.M;

[Align(16)] [Packed] public sealed class C<T, const int N> : B<T[], 3 + 4>, I where T : class, new(), numeric, IComparable<T> {
    private static readonly int[3][4] a = {{1, 2}, {3, 4},}, b[5];
    const int K = 5;
    public C(int x, int[] y, byte z[10]) : base(x, 1) { }
    public T P { get; private set; } = 5;
    int Q => 5;
    T this[int i] { get => 5; set { x = value; } }
    public async Promise<List<List<int>>> f<U>(U u) priority(3) where U : I => g(u);
    extern "C" static int puts(string s);
    readonly int[] ro() { return a; }
    void h() => { x(); };
    void j() => return;
}

enum E : byte { A, B = 5, C, }
delegate R D<T, R>(T t);
impl I<int> for int[] { public int F() { return 1; } }
interface IX { int F(); void G() { } string S { get; } }

/* Statements and expressions
   of every kind. */
void main() {
    int x = 1, y; var z = (a, b) => a + b; const int q = 4;
    Foo.Bar<int, A<B<int>>>[] v = null; a * b; a[3] w; string? n;
    a<b>(c); x = a < b; f(a < b, c > (d)); f(a < b, c > d);
    x >>= 3; x = a >> b >= c; y = (i8)-128 + (x) - 1 + (T)y + (T[])z + (int)-1;
    if (a) b(); else if (c) { d(); } else ;
    for (int i = 0, j = 1; i < n; i++, --j) { continue; }
    for (;;) break;
    foreach (var s in xs) print(s);
    while (true) { }
    do x++; while (x < 5);
    switch (x) { case 1: case 2: f(); break; default: g(); return; }
    try { throw new E("x"); } catch (string e) { } catch (Foo f) { throw; } catch (g) { } catch { } finally { }
    checked { unchecked { unsafe { *p = &x; p->f = 3; p[1]++; } } }
    z = checked(a + unchecked(b)); z = sizeof(int) + default(T) + 1.5f + 2.5;
    s = $"a{x,5:F2}b{{}}{f($"n{1}")}" + @"v""q" + "\x41\u0041" + 'c';
    w = new int[5][]; w = new A<int>(1); w = new int[] {1, 2}; w = x is A<int> && y as B == null;
    t = a ? b ? 1 : 2 : c ? 3 : 4; a = b = c += d; t = true || !false; this.x = base.y; o = null;
    l = async x => await x; l = () => { return 1; }; l = (int x, A<b> y) => x; l = x => y => x;
    int.Parse("5"); await x.y().z; q = a.b<c>.d; q = a.b<int>(5);
    Ring<int, 5 + 3> r; Ring<int, (a > b)> r2; Ring<int, -1> r3; n = -9223372036854775808;
    x = a is B ? c : d; x = a & 1 == 0 | b;
}
