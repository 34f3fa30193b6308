// Array and number built-ins over all element types; aliases, defaults, sharing (11, 17)
struct S { public int a; public string t; public int[2] in2; } class C { public int v = 3; }
void show(int[] a) { string s = ""; for (int i = 0; i < a.Length; i++) s += a[i] + ","; print(s); }
void main() {
    int[] a = { 1, 2, 3, 4, 5 }; copy(a, a); show(a); int[] b = new int[8]; copy(a, b); show(b); fill(a, -1); show(a); clear(b); show(b); try { copy(b, a); } catch (e) { print(e.Message); } show(a); int[] e0 = new int[0]; copy(e0, e0); fill(e0, 1); clear(e0); print(length(e0));
    string[] s = { "a", null, "c" }; clear(s); print(s[0].length + s[1].length + "|" + (s[2] == "")); fill(s, "zz"); print(s[0] + s[2]); fill(s, null); print(s[1] == null); double[] d = new double[3]; fill(d, 7); print(d[2]); fill(d, 1.5f); print(d[0]); byte[] by = malloc(4); print(by.Length + by[3]); fill(by, 200); print(by[1] + by[2]); free(by); print(by[0]); i8[] n8 = { -1, 127, -128 }; print(n8[0] + n8[1] + n8[2]); bool[] bo = new bool[3]; fill(bo, true); print(bo[2]); clear(bo); print(bo[0]); char[] ch = new char[2]; print(ch[0] + 0); fill(ch, 'é'); print("" + ch[0] + ch[1]); float[] fl = { 1, 2.5f, 3 }; print(fl[0] / fl[2]);
    S[] ss = new S[2]; ss[0].a = 5; ss[0].t = "q"; ss[0].in2[1] = 9; clear(ss); print(ss[0].a + (ss[0].t == null ? "null" : "[" + ss[0].t + "]")); S one; one.a = 8; one.t = "w"; fill(ss, one); ss[0].a++; print(ss[0].a + " " + ss[1].a + ss[1].t + (ss[0].in2 == ss[1].in2)); C[] cs = new C[2]; fill(cs, new C()); cs[0].v = 9; print(cs[1].v); clear(cs); print(cs[0] == null);
    int[][] jag = { { 1 }, { 2, 3 }, null }; int[][] jc = new int[3][]; copy(jag, jc); jc[1][0] = 7; print(jag[1][0]); print(jc[2] == null); int[] na = null; try { copy(na, a); } catch (e) { print(e.Message); } try { clear(na); } catch (e) { print(e.Message); } try { fill(na, 1); } catch (e) { print(e.Message); } try { print(length(na)); } catch (e) { print(e.Message); }
    print(Concatenate("a", null) + Concatenate(null, null) + "|"); print(to_string(null) + "|"); string ns = null; print(to_string(ns).length); print(ToString(5) + ToString('c') + ToString(true) + ToString(2.50) + 7.ToString() + "x".ToString() + 'y'.ToString()); write("w"); write(1); write(2.5); write(true); write('c'); write(null); print(); serial_print("sp"); print_line("pl"); PrintLine(1); Print(2); print_int(3); PrintInt(4); print_float(1.5); PrintFloat(2.5f); flush(); print(ns); print(max(3, 7) + min(3, 7) + abs(-3) + abs_diff(3, 10) + mod(-7, 3)); print(max('a' + 0, 5)); print(abs(-1.5) + " " + max(1.5, -2.0) + min(2u, 3u)); print(E > 2.7 && PI < 3.15); print(string_length("é") + length("abc") + "abc".length() + "ab".Length + "a".length);
    i32 x32 = -5; u16 u = 65535; print(abs(x32)); print(max(x32, u)); print(abs_diff(u, x32)); print(sqrt(u)); print(floor(u) + ceil(u) + round(u)); print(pow(u, 2)); print(min((byte)3, (i8)-3)); print(mod(u, 1000)); uint big = 18446744073709551615; print(max(big, 1)); print(abs_diff(big, 5)); print(mod(big, 10)); print(pow(big, 1)); try { print(pow(big, 2)); } catch (e) { print(e.Message); } print(sqrt(big)); print(abs(big)); 
    int[3] f3 = { 1, 2, 3 }; int c3[2]; int[2][3] m = { { 1, 2, 3 }, { 4, 5, 6 } }; int[3] alias = f3; alias[0] = 9; print(f3[0] + c3.Length + m[1][2] + m.Length + m[0].Length); m[0] = f3; print(m[0][0]); int[][] z = new int[2][3]; z[1][2] = 5; print(z[1][2] + z[0].Length); int[] init = new int[] { 5, 6, 7 }; int[] i2 = new int[2] { 8, 9 }; print(init[2] + i2[1]); long w = 5; ulong w2 = 6; i64 w3 = 7; f64 w4 = 1.5; f32 w5 = 2.5f; u8 w6 = 255; print(w + w3 + w4 + w5 + w6); print(w2); uint ui = 1; print(init[ui] + init[(byte)1]); object o = init; print(((int[])o).Length); print(a == a); print(init == i2); int p = 0; init[p++] += 10; print(init[0] + p); init[p--] = p; print(init[1] + p);
    assert(5); assert(true, "m"); try { assert(0); } catch (AssertionException e) { print(e.Message); } try { assert(1 > 2, "why " + 3); } catch (e) { print(e.Message); } string text = null; try { assert(false, text); } catch (e) { print(e.Message); }
    exit(-1);
}
// expect-exit: 255
// expect-stdout:
// | 1,2,3,4,5,
// | 1,2,3,4,5,0,0,0,
// | -1,-1,-1,-1,-1,
// | 0,0,0,0,0,0,0,0,
// | Index out of bounds: copy of 8 elements into length 5
// | -1,-1,-1,-1,-1,
// | 0
// | 0|true
// | zzzz
// | true
// | 7
// | 1.5
// | 4
// | 400
// | 200
// | -2
// | true
// | false
// | 0
// | éé
// | 0.33333334
// | 0null
// | 9 8wtrue
// | 9
// | true
// | 7
// | true
// | Null pointer dereference
// | Null pointer dereference
// | Null pointer dereference
// | Null pointer dereference
// | a|
// | |
// | 0
// | 5ctrue2.57xy
// | w12.5truec
// | sp
// | pl
// | 1
// | 2
// | 3
// | 4
// | 1.5
// | 2.5
// | 
// | 19
// | 97
// | 1.5 1.52
// | true
// | 11
// | 5
// | 65535
// | 65540
// | 255
// | 196605
// | 4294836225
// | -3
// | 535
// | 18446744073709551615
// | 18446744073709551610
// | 5
// | 18446744073709551615
// | Integer overflow in pow
// | 4294967295
// | 18446744073709551615
// | 22
// | 9
// | 8
// | 16
// | 271
// | 6
// | 12
// | 3
// | true
// | false
// | 16
// | 0
// | Assertion failed
// | Assertion failed: why 3
// | Assertion failed
