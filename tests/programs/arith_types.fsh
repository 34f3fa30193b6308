// Adjusted types of operators (6.3), seen by overloads; implicit conversions of constants (4.2).
string k(i8 x) { return "i8"; }
string k(i16 x) { return "i16"; }
string k(i32 x) { return "i32"; }
string k(int x) { return "int"; }
string k(byte x) { return "byte"; }
string k(u16 x) { return "u16"; }
string k(u32 x) { return "u32"; }
string k(uint x) { return "uint"; }
string k(char x) { return "char"; }
string k(float x) { return "float"; }
string k(double x) { return "double"; }
string k(bool x) { return "bool"; }
void main() {
    i8 a = 1; i16 b = 2; i32 c = 3; int d = 4; byte e = 5; u16 f = 6; u32 g = 7; uint h = 8; char i = 'a'; float j = 1.5f; double l = 2.5;
    print(k(a) + k(b) + k(c) + k(d) + k(e) + k(f) + k(g) + k(h) + k(i) + k(j) + k(l));
    print(k(a + a) + k(b * b) + k(e - e) + k(f / f) + k(i + i) + k(a % b));
    print(k(c + c) + k(g + g) + k(h + h) + k(d + d));
    print(k(c + g) + k(c + d) + k(g + d) + k(c + a) + k(g + e) + k(g + i));
    print(k(h + g) + k(h + e) + k(h + f) + k(h + i) + k(e + h));
    print(k(h - 1) + k(1 + h) + k(c + 1) + k(g + 1) + k(c - 2147483647) + k(h / 2));
    print(k(c + 2147483648) + k(g + 4294967296) + k(g - -1));
    print(k(a + 1) + k(e + 1) + k(i + 1) + k(1 + i));
    print(k(a & a) + k(e | e) + k(f ^ f) + k(c & c) + k(g | g) + k(h ^ h) + k(e & 1));
    print(k(-a) + k(-b) + k(-c) + k(-d) + k(-e) + k(-f) + k(-g) + k(-i));
    print(k(+a) + k(+e) + k(+c) + k(+g) + k(+h) + k(~a) + k(~e) + k(~c) + k(~g) + k(~h) + k(~i));
    print(k(-j) + k(+j) + k(-l) + k(+l));
    print(k(a << 1) + k(e << 1) + k(i << 1) + k(c << d) + k(g << h) + k(h << a) + k(d >> e) + k(c >> 100));
    print(k(d + j) + k(h + j) + k(j + l) + k(i + l) + k(a * j) + k(j / 2) + k(2 * l) + k(j % j));
    print(k(c < d) + k(a == e) + k(true & false) + k(!true) + k(!d) + k(!h) + k(!a));
    print(!5 + !0);
    a++; e++; print(k(a++) + k(++e) + k(i++) + k(j++) + k(h--));
    print(k(a = 3) + k(a += 1) + k(i += 1) + k(j *= 2));
    i8 m = -128; byte n = 255; i16 o = 32767; u16 p = 65535; i32 q = -2147483648; u32 r = 4294967295; uint s = 5 - 3; float t = 7; double u = 7; float v = 'a';
    print(m + n + o + p + q + r);
    print(t + u + v);
    print(k(c * c) + k(c * 3.0f) + k(c * 3.0));
    byte w = 'a' - 'A'; print(w);
    byte x = (byte)200 + 55; print(x);
    const int big = 100; i8 y = big; print(y);
    uint z = big * 2; print(z);
    int aa = g; int bb = i; uint cc = i; u32 dd = i; i32 ee = i; float ff = i; double gg = h; print(aa + bb + ee);
    i16 hh = a; i32 ii = e; u16 jj = e; u32 kk = f; uint ll = g; uint mm = e; i32 nn = f; i16 oo = e; print(hh + ii + jj + kk);
    print(k(true ? a : a) + k(true ? c : d) + k(false ? e : h) + k(true ? j : l) + k(true ? d : l));
    print(k(5 - 3) + k(0xFFFFFFFFFFFFFFFF - 1) + k(1 << 3) + k('a' + 1) + k(7 / 2) + k(7 / 2.0));
    print(h == 7); print(7 == h); print(h > 0 && g < 9 && e != 300 && a > -1);
    print(e < 300); print(a < 128); print(h != 5); print(i == 'b'); print(i > 96); print('a' < 'b');
    print(c == g); print(d == l); print(j == 5.0); print(h < 9.5);
}
// expect-stdout:
// | i8i16i32intbyteu16u32uintcharfloatdouble
// | intintintintintint
// | i32u32uintint
// | intintintintintint
// | uintuintuintuintuint
// | uintuinti32u32i32uint
// | intintint
// | intintintint
// | intintinti32u32uintint
// | intinti32intintintintint
// | intinti32u32uintintinti32u32uintint
// | floatfloatdoubledouble
// | intintinti32u32uintinti32
// | floatfloatdoubledoublefloatfloatdoublefloat
// | boolboolboolboolintintint
// | 1
// | i8bytecharfloatuint
// | i8i8charfloat
// | 2147582076
// | 111
// | i32floatdouble
// | 32
// | 255
// | 100
// | 200
// | 205
// | 24
// | i8intuintdoubledouble
// | intuintintintintdouble
// | true
// | true
// | true
// | true
// | true
// | true
// | false
// | true
// | true
// | false
// | false
// | true
// | true
