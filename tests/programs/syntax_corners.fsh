// Casts against parentheses, precedence, chains, white space (3, 6.1).
class A { public int x; public A[] kids; public A next; public int[] arr; public int this_ ; public static A Make() { return new A(); } public A Self() { return this; } public int F(int a) { return a; } public static A operator_; }
struct S { public int v; public S Inc() { v++; return this; } public int Get() { return v; } }
int x = 10; int y = 3; int b = 2; int c = 1; bool t = true;
int f(int a) { return a; } int f(int a, int b) { return a * 10 + b; } int g() { return 4; }
int List = 5; int Foo = 7; int _0 = 1; int __ = 2;
int
spread
(
int a
,
int b
)
{
return a
+
b
;
}
void main() {
    print((x) - 1); print((x)-y); print((x) + 1); print(-(x)); print((x)); print(((x)) * (y)); print((int)x); print((int)-x); print((int)+x); print((int)(x)); print((int)~x); print((int)'a'); print((double)x / 4); print((byte)x.ToString().length);
    print(x - -1); print(x - - 1); print(- -x); print(!!t); print(!(x > 3)); print(~~x); print(-~x); print(+ +x); print(x+++y); x = 10; print(x---y); x = 10; print(x- --y); y = 3;
    print(f(x < y ? 1 : 2, 3)); 
    print(x < y == t); print(x > 1 && y > 1 || t); print(1 + 2 << 3 - 1); print(1 << 2 + 1); print(6 / 2 * 3); print(7 % 4 * 2); print(1 | 2 == 3); print(x & 3 > 1 ? "a" : "b"); print(x = y = 4); x = 10; y = 3;
    int z = x > 5 ? y > 5 ? 1 : 2 : 3; print(z); z = t ? x : t ? y : 0; print(z); z += t ? 1 : 2; print(z); print(t ? "a" + 1 : "b"); print((t ? x : y) + 1); 
    A a = new A(); a.kids = new A[2]; a.kids[0] = A.Make().Self(); a.kids[0].arr = new int[] { 1, 2 }; a.kids[0].arr[1]++; a.kids[0].next = a; print(a.kids[0].next.kids[0].arr[1] + a.kids[0].Self().F(3)); new A().F(1); (new A()).x = 5; print(new A().x + new int[3].Length); A[] as2 = new A[3]; as2[0] = a; A[] cp = as2; cp[0].x = 77; print(a.x);
    S s; print(s.Inc().Inc().Get() + s.v); S[] ss = new S[2]; ss[0].Inc(); ss[0].Inc(); print(ss[0].v); S u = ss[0].Inc(); u.v = 100; print(ss[0].v);
    if (t) if (!t) print("no"); else print("dangling"); for (;;) { break; } for (int i = 0, j = 5; i < j; i++, j--) ; while (false) ; do ; while (false); { { { } } } ; ;
    int[] arr = { 1, 2, 3 }; arr[f(0)] = arr[arr[0]] + arr[arr.Length - 1]; print(arr[0]); arr[1] <<= 2; arr[1] |= 1; print(arr[1]); int k = 0; arr[k++] = k; print(arr[0] + " " + k); k = 0; arr[k] = k = 2; print(arr[0]); arr[k] += k = 1; print(arr[2] + k);
}
// expect-stdout:
// | 9
// | 7
// | 11
// | -10
// | 10
// | 30
// | 10
// | -10
// | 10
// | 10
// | -11
// | 97
// | 2.5
// | 2
// | 11
// | 11
// | 10
// | true
// | false
// | 10
// | 11
// | 10
// | 13
// | 7
// | 8
// | 23
// | false
// | true
// | 12
// | 8
// | 9
// | 6
// | true
// | a
// | 4
// | 2
// | 10
// | 11
// | a1
// | 11
// | 6
// | 3
// | 77
// | 3
// | 2
// | 3
// | dangling
// | 5
// | 9
// | 1 1
// | 2
// | 5
