// Text form of numbers (4.5): shortest digits, E against max(n, 15) or max(n, 7).
void main() {
    print(4.0);
    print(0.1 + 0.2);
    print(123456.789);
    print(1e14);
    print(1e15);
    print(1e16);
    print(123456789012345.0);
    print(1234567890123456.0);
    print(12345678901234567.0);
    print(999999999999999.0);
    print(9007199254740993.0);
    print(123456789012345680.0);
    print(1.5e15);
    print(0.0001);
    print(0.00001);
    print(0.00012345678901234567);
    print(0.000012345);
    print(1.5e-10);
    print(1e100);
    print(5e-324);
    print(2.2250738585072014e-308);
    print(-0.0);
    print(0.0 / -1.0);
    print(1.0 / 0.0);
    print(-1.0 / 0.0);
    print(0.0 / 0.0);
    print(1.0 / 3.0);
    print(3.14f);
    print(1e7f);
    print(1e6f);
    print(1234567f);
    print(12345678f);
    print(16777216f);
    print(123456789f);
    print(1.5e7f);
    print(0.1f);
    print(0.1f + 0.2f);
    print(0.0001f);
    print(0.00001f);
    print(1f / 3f);
    print(1e-45f);
    print(3.4028235e38f);
    print(-0f);
    float f = 0.1f; double d = f;
    print(d);
    print(f * f);
    print("" + 4.0 + " " + 2.50 + " " + 1e20);
    print((2.5).ToString() + to_string(1e-7) + ToString(7.0));
    print(-9223372036854775808);
    uint u = 18446744073709551615; print(u);
    i8 a = -128; i16 b = -32768; i32 c = -2147483648; byte e = 255; u16 g = 65535; u32 h = 4294967295;
    print(a + " " + b + " " + c + " " + e + " " + g + " " + h);
    print(a); print(b); print(c); print(e); print(g); print(h);
    print(true); print(false); print('é'); print("x"); print(null);
    print();
    write(1); write(2.5); write('c'); write("s"); write(true); write(null); print("!");
    int[] arr = new int[2]; print(arr); print("" + arr + arr.ToString());
    string[] ss = new string[1]; print(ss); double[][] dd = new double[1][]; print(dd);
    byte[] by = new byte[1]; u8[] by2 = by; print(by2); i64[] i = new long[1]; print(i); f32[] ff = new float[1]; print(ff);
    object o = 5; print(o); o = 2.5f; print(o); o = 'c'; print(o); o = null; print(o); o = arr; print(o); o = new object(); print(o);
    string n = null; print(n); print("[" + n + "]"); print(n + n); n += null; print(n == "");
}
// expect-stdout:
// | 4
// | 0.30000000000000004
// | 123456.789
// | 100000000000000
// | 1E+15
// | 1E+16
// | 123456789012345
// | 1234567890123456
// | 12345678901234568
// | 999999999999999
// | 9007199254740992
// | 1.2345678901234568E+17
// | 1.5E+15
// | 0.0001
// | 1E-05
// | 0.00012345678901234567
// | 1.2345E-05
// | 1.5E-10
// | 1E+100
// | 5E-324
// | 2.2250738585072014E-308
// | -0
// | -0
// | Infinity
// | -Infinity
// | NaN
// | 0.3333333333333333
// | 3.14
// | 1E+07
// | 1000000
// | 1234567
// | 12345678
// | 16777216
// | 1.2345679E+08
// | 1.5E+07
// | 0.1
// | 0.3
// | 0.0001
// | 1E-05
// | 0.33333334
// | 1E-45
// | 3.4028235E+38
// | -0
// | 0.10000000149011612
// | 0.010000001
// | 4 2.5 1E+20
// | 2.51E-077
// | -9223372036854775808
// | 18446744073709551615
// | -128 -32768 -2147483648 255 65535 4294967295
// | -128
// | -32768
// | -2147483648
// | 255
// | 65535
// | 4294967295
// | true
// | false
// | é
// | x
// | 
// | 
// | 12.5cstrue!
// | int[]
// | int[]int[]
// | string[]
// | double[][]
// | byte[]
// | int[]
// | float[]
// | 5
// | 2.5
// | c
// | 
// | int[]
// | object
// | 
// | []
// | 
// | true
