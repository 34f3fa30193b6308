// Casts and their messages (4.3, 18, 36), conversions of built-ins and text.
int big = 300; double dbl = 1e20; float flt = 3e10f; uint huge = 18446744073709551615; object obj = "text"; char letter = 'é'; u32 word = 4294967295; i32 minus = -5;
double one5 = 1.5; float one5f = 1f; double nan = 0.0 / 0.0; string text = "12x"; class A { } class B : A { } class C : A { } A made = new B(); struct S { int x; }
void run(int n) {
    if (n == 0) print((byte)big);
    if (n == 1) print((i8)big);
    if (n == 2) print((u16)-big);
    if (n == 3) print((uint)minus);
    if (n == 4) print((int)huge);
    if (n == 5) print((i32)word);
    if (n == 6) print((char)(big * 1000000));
    if (n == 7) print((char)(big + 0xD800 - 300));
    if (n == 8) print((int)dbl);
    if (n == 9) print((byte)flt);
    if (n == 10) print((int)nan);
    if (n == 11) print((uint)-one5);
    if (n == 12) print((i16)(one5f * 32768.0f) + (i16)dbl);
    if (n == 13) print((u32)minus);
    if (n == 14) print((string)(object)5);
    if (n == 15) print((int)obj);
    if (n == 16) print(((C)made).ToString());
    if (n == 17) { object o = 5; print((byte)o); }
    if (n == 18) { object o = null; print((int)o); }
    if (n == 19) print(to_int(text));
    if (n == 20) print(to_double("1e"));
    if (n == 21) print(to_float(""));
    if (n == 22) print(to_int(dbl));
    if (n == 23) { object o = new int[1]; print((byte[])o); }
    if (n == 24) { object o = made; print((S)o); }
    if (n == 25) { i32 x = sqrt(1e30); print(x); }
    if (n == 26) print(to_int("9223372036854775808"));
    if (n == 27) { object o = 'x'; print((int)o); }
    if (n == 28) print((byte)letter + (i8)letter);
    if (n == 29) print((char)(big - 301));
    if (n == 30) print((char)(one5 * 1e9));
    if (n == 31) print((i8)-(one5 * 86));
    if (n == 32) { double x = 1.0 / 0.0; print((int)x); }
    if (n == 33) { float x = 1.0f / 0.0f; print((uint)-x); }
    if (n == 34) { object o = new S(); print((A)o); }
    if (n == 35) print(to_int(huge));
}
void main() {
    for (int n = 0; n < 36; n++) { try { run(n); } catch (e) { print(n + " " + e); } }
    print((int)3.99 + (int)-3.99);
    print((byte)255.9); print((i8)-128.9); print((uint)0.99);
    print((int)9223372036854774784.0); print((float)16777217); print((float)1e300); print((double)0.1f == 0.1);
    print((double)18446744073709551615); print((float)huge); print((int)'é' + (byte)'a');
    print((char)0x1F600); print((char)65.9); print((char)(byte)97); print((string)"s"); print((bool)true); print((char)'c');
    print((A)null == null); print((string)null == null); print(((A)made).ToString() + (made as B) + (made as C) + "|");
    object o = 7; print((int)o + 1); print((long)o + (i64)o); o = 2.5f; print((float)o); print((f32)o); o = null; print((string)o == null);
    int fl = floor(7.9); byte ce = ceil(6.1); int rt = sqrt(17.0); i32 rd = round(2.5); print(fl + ce + rt + rd);
    print((i8)-128); print((u8)200 + (f32)1); print((x) - 1); print(-(int)3.7); print((int)-3.7); print((int)+2.5);
}
int x = 10;
// expect-stdout:
// | 0 Unsafe cast: value 300 out of byte range [0, 255]
// | 1 Unsafe cast: value 300 out of i8 range [-128, 127]
// | 2 Unsafe cast: value -300 out of u16 range [0, 65535]
// | 3 Unsafe cast: value -5 out of uint range [0, 18446744073709551615]
// | 4 Unsafe cast: value 18446744073709551615 out of int range [-9223372036854775808, 9223372036854775807]
// | 5 Unsafe cast: value 4294967295 out of i32 range [-2147483648, 2147483647]
// | 6 Unsafe cast: value 300000000 out of char range [0, 1114111]
// | 7 Unsafe cast: value 55296 out of char range [0, 1114111]
// | 8 Unsafe cast: value 1E+20 out of int range [-9223372036854775808, 9223372036854775807]
// | 9 Unsafe cast: value 3E+10 out of byte range [0, 255]
// | 10 Unsafe cast: value NaN out of int range [-9223372036854775808, 9223372036854775807]
// | 11 Unsafe cast: value -1.5 out of uint range [0, 18446744073709551615]
// | 12 Unsafe cast: value 32768 out of i16 range [-32768, 32767]
// | 13 Unsafe cast: value -5 out of u32 range [0, 4294967295]
// | 14 Unsafe cast: object of type int is not string
// | 15 Unsafe cast: object of type string is not int
// | 16 Unsafe cast: object of type B is not C
// | 17 Unsafe cast: object of type int is not byte
// | 18 Null pointer dereference
// | 19 Cannot convert "12x" to int
// | 20 Cannot convert "1e" to double
// | 21 Cannot convert "" to float
// | 22 Unsafe cast: value 1E+20 out of int range [-9223372036854775808, 9223372036854775807]
// | 23 Unsafe cast: object of type int[] is not byte[]
// | 24 Unsafe cast: object of type B is not S
// | 25 Unsafe cast: value 1E+15 out of i32 range [-2147483648, 2147483647]
// | 26 Cannot convert "9223372036854775808" to int
// | 27 Unsafe cast: object of type char is not int
// | 28 Unsafe cast: value 233 out of i8 range [-128, 127]
// | 29 Unsafe cast: value -1 out of char range [0, 1114111]
// | 30 Unsafe cast: value 1500000000 out of char range [0, 1114111]
// | 31 Unsafe cast: value -129 out of i8 range [-128, 127]
// | 32 Unsafe cast: value Infinity out of int range [-9223372036854775808, 9223372036854775807]
// | 33 Unsafe cast: value -Infinity out of uint range [0, 18446744073709551615]
// | 34 Unsafe cast: object of type S is not A
// | 35 Unsafe cast: value 18446744073709551615 out of int range [-9223372036854775808, 9223372036854775807]
// | 0
// | 255
// | -128
// | 0
// | 9223372036854774784
// | 16777216
// | Infinity
// | false
// | 1.8446744073709552E+19
// | 1.8446744E+19
// | 330
// | 😀
// | A
// | a
// | s
// | true
// | c
// | true
// | true
// | BB|
// | 8
// | 14
// | 2.5
// | 2.5
// | true
// | 20
// | -128
// | 201
// | 9
// | -3
// | -3
// | 2
