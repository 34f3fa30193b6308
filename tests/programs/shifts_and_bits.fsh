// Shifts, bit operators, unchecked arithmetic and casts (6.3, 4.3).
int opaque(int x) { return x; }
void main() {
    int a = 1; i32 b = 1; u32 c = 1; uint d = 1; i8 e = -1; byte f = 255; int n = opaque(64);
    print(a << 63);
    print(a << n);
    print(a << 65);
    print(a << -1);
    print(b << 31);
    print(b << 32);
    print(b << 33);
    print(c << 31);
    print(c << 32);
    print(d << 63);
    print(e >> 1);
    print(f << 8);
    print(f >> 4);
    print(-16 >> 2);
    print((-1) >> 63);
    print(18446744073709551615 >> 63);
    uint big = 18446744073709551615; print(big >> 1);
    u32 w = 4294967295; print(w >> 28);
    i32 s = -2147483648; print(s >> 31);
    print(~0); print(~f); print(~e); print(~c); print(~d); print(~b);
    print(6 & 3 | 8 ^ 1);
    print(1 | 2 ^ 3 & 2);
    print(a & 1 == 1);
    print(5 & 4 > 3);
    print(true ^ true); print(true | false); print(true & false);
    bool t = true; t &= false; print(t); t |= true; print(t); t ^= true; print(t);
    e = -128; e >>= 3; print(e);
    f = 255; f >>= 1; print(f); f &= 15; print(f); f ^= 8; print(f); f |= 64; print(f);
    int max = 9223372036854775807; int min = -9223372036854775808;
    print(unchecked(max + 1)); print(unchecked(min - 1)); print(unchecked(max * 2)); print(unchecked(-min));
    print(unchecked(min / opaque(-1))); print(unchecked(min % opaque(-1)));
    print(unchecked(9223372036854775807 + 1));
    try { print(unchecked(max / opaque(0))); } catch (e0) { print(e0); }
    unchecked {
        e = 127; e++; print(e); f = 0; f--; print(f); e = -128; e -= 1; print(e); f = 200; f *= 2; print(f); f <<= 4; print(f);
        u32 x = 0; x--; print(x); i32 y = 2147483647; y += 1; print(y); u16 z = 65535; z += 2; print(z); i16 v = -32768; --v; print(v);
        print((byte)opaque(300)); print((i8)opaque(200)); print((uint)opaque(-1)); print((i32)opaque(4294967296 + 5)); print((int)big);
        print((byte)-1); print((byte)300); print((i8)128);
        print((int)1e300); print((int)-1e300); print((byte)1e9); print((byte)-5.5); print((int)(0.0 / 0.0)); print((uint)-1.0); print((i8)1000f);
        double inf = 1.0 / 0.0; print((i32)inf); print((u32)inf); print((uint)inf); print((i16)-inf);
        try { print(checked(max + 1)); } catch (e1) { print(e1); }
        checked { try { e = 127; e++; } catch (e2) { print(e2); } }
        print(twice(5));
        char ch = '\U0010FFFF'; print(unchecked((int)ch + 1));
    }
    print(unchecked(checked(opaque(3) + 4) + max));
    print(unchecked(opaque(5)) + 1);
    i32 p = 65536; try { print(p * p); } catch (e3) { print(e3); } print(unchecked(p * p));
    print((int)p * p);
    uint u = 5; try { print(u - 6); } catch (e4) { print(e4); } print(unchecked(u - 6));
    int by = 3; by <<= 2; by >>= 1; by %= 4; print(by);
    by = -7; by /= 2; print(by); by = -7; by %= 2; print(by); by = 7; by /= -2; print(by); by = 7; by %= -2; print(by);
}
string twice(int x) { try { return (x * 4611686018427387904).ToString(); } catch (e) { return e.Message; } }
// expect-stdout:
// | -9223372036854775808
// | 1
// | 2
// | -9223372036854775808
// | -2147483648
// | 1
// | 2
// | 2147483648
// | 1
// | 9223372036854775808
// | -1
// | 65280
// | 15
// | -4
// | -1
// | 1
// | 9223372036854775807
// | 15
// | -1
// | -1
// | -256
// | 0
// | 4294967294
// | 18446744073709551614
// | -2
// | 11
// | 1
// | true
// | true
// | false
// | true
// | false
// | false
// | true
// | false
// | -16
// | 127
// | 15
// | 7
// | 71
// | -9223372036854775808
// | 9223372036854775807
// | -2
// | -9223372036854775808
// | -9223372036854775808
// | 0
// | -9223372036854775808
// | Division by zero
// | -128
// | 255
// | 127
// | 144
// | 0
// | 4294967295
// | -2147483648
// | 1
// | 32767
// | 44
// | -56
// | 18446744073709551615
// | 5
// | -1
// | 255
// | 44
// | -128
// | 9223372036854775807
// | -9223372036854775808
// | 255
// | 0
// | 0
// | 0
// | 127
// | 2147483647
// | 4294967295
// | 18446744073709551615
// | -32768
// | Integer overflow in addition
// | Integer overflow in addition
// | Integer overflow in multiplication
// | 1114112
// | -9223372036854775802
// | 6
// | Integer overflow in multiplication
// | 0
// | 4294967296
// | Integer overflow in subtraction
// | 18446744073709551615
// | 2
// | -3
// | -1
// | -3
// | 1
