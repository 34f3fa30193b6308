// Mathematical built-ins of all types (17).
void main() { i32 p = 70000; i8 q = 100; byte r = 200; u32 s = 70000; uint u = 3; char c = 'a';
print(pow(p, 2)); print(pow(q, 3)); print(pow(r, r - 198)); print(pow(s, 2)); print(pow(u, 40)); try { print(pow(u, 41)); } catch (e) { print(e); } print(pow(2, -1)); print(pow(1, -5)); print(pow(-1, -5)); print(pow(-1, -4)); print(pow(0, 0)); print(pow(-2, 63)); try { print(pow(2, 63)); } catch (e) { print(e); } print(pow(2.0, 10)); print(pow(2, 0.5)); print(pow(2f, 3)); print(pow(4.0, -0.5));
print(abs(-q)); print(abs(q)); q = -128; print(abs(q)); try { p = -2147483648; print(abs(p)); } catch (e) { print(e); } print(abs(-2.5)); print(abs(-2.5f)); print(abs(u)); print(abs(-0.0));
print(max(1, 2) + max(p, 5) + " " + max(u, 7)); print(max(1.5, 2.5)); print(min(1f, 2f)); print(max(0.0/0.0, 1.0)); print(min(1.0, 0.0/0.0)); print(max(0.0, -0.0)); print(max(-0.0, 0.0)); print(min(0.0, -0.0));
print(sqrt(16) + sqrt(17) + sqrt(0)); print(sqrt(9223372036854775807)); print(sqrt(18446744073709551615)); print(sqrt(2.0)); print(sqrt(2f)); print(sqrt(-1.0)); print(floor(-1.5)); print(ceil(-1.5)); print(round(2.5)); print(round(3.5)); print(round(-2.5)); print(round(0.5)); print(floor(7)); print(round(1e300)); print(floor(-0.5f)); print(ceil(-0.5)); print(round(2.4999999999999996)); print(round(4503599627370497.5));
print(abs_diff(3, 10)); print(abs_diff(-5, 5)); print(abs_diff(u, 10)); print(abs_diff(1.5, 3.0)); print(abs_diff(3f, 1f)); print(mod(-7, 3)); print(mod(7, -3)); print(mod(7.5, 2.0)); print(mod(u, 2)); print(PI); print(E); print(mod(-7.5, 2)); print(5.5 % 2); print(-5.5 % 2.5f); print(1e300 % 3.7); print(5.0 % 0.0); print((1.0/0.0) % 2.0); print(3.0 % (1.0/0.0));
i32 a32 = sqrt(p + 0 < 0 ? 25 : 1); int fl = floor(2.9); u32 ce = ceil(2.1f); print(a32 + fl + ce); byte bb = floor(3.0) ; print(bb);  print(to_int(3000000000.7)); print(to_int('é')); print(to_int(u)); print(to_float(1) / 3); print(to_double(1) / 3); print(to_double(u)); print(to_int(2.5f)); print(pow(10, 18)); print(sqrt(r)); print(pow(2.0, 0.5)); print(pow(0.0, 0.0)); print(pow(-8.0, 1.0 / 3.0)); print(pow(2f, 0.5f)); print(pow(10.0, 308)); print(pow(10.0, -320));
}
// expect-stdout:
// | 4900000000
// | 1000000
// | 40000
// | 4900000000
// | 12157665459056928801
// | Integer overflow in pow
// | 0
// | 1
// | -1
// | 1
// | 1
// | -9223372036854775808
// | Integer overflow in pow
// | 1024
// | 1.4142135623730951
// | 8
// | 0.5
// | 100
// | 100
// | 128
// | Integer overflow in abs
// | 2.5
// | 2.5
// | 3
// | 0
// | 7 7
// | 2.5
// | 1
// | NaN
// | NaN
// | 0
// | 0
// | -0
// | 8
// | 3037000499
// | 4294967295
// | 1.4142135623730951
// | 1.4142135
// | NaN
// | -2
// | -1
// | 2
// | 4
// | -2
// | 0
// | 7
// | 1E+300
// | -1
// | -0
// | 2
// | 4503599627370498
// | 7
// | 10
// | 7
// | 1.5
// | 2
// | -1
// | 1
// | 1.5
// | 1
// | 3.141592653589793
// | 2.718281828459045
// | -1.5
// | 1.5
// | -0.5
// | 1.765761626199355
// | NaN
// | NaN
// | 3
// | 10
// | 3
// | 3000000000
// | 233
// | 3
// | 0.33333334
// | 0.3333333333333333
// | 3
// | 2
// | 1000000000000000000
// | 14
// | 1.4142135623730951
// | 1
// | NaN
// | 1.4142135
// | 1E+308
// | 1E-320
