// Every width at its edges, through unchecked arithmetic and casts that fit.
int same(int n) { return n; }

void main() {
    i8 a = 127;
    byte b = 255;
    i16 c = -32768;
    u16 d = 65535;
    i32 e = 2147483647;
    u32 f = 4294967295;
    int g = 9223372036854775807;
    uint h = 18446744073709551615;
    print(a + b + c + d);
    print(unchecked(e + 1) + " " + unchecked(f + 1) + " " + unchecked(g + 1) + " " + unchecked(h + 1));
    unchecked { a++; b++; c--; d += 2; }
    print(a + " " + b + " " + c + " " + d);
    print(unchecked((i8)300) + " " + unchecked((byte)-1) + " " + unchecked((u16)70000) + " " + unchecked((i32)4294967295));
    print((uint)same(5) - 3 + " " + (int)h.ToString().length());
    print(same(-7) / 2 + " " + same(-7) % 2 + " " + same(7) / -2 + " " + same(7) % -2);
    print((same(-1) >> 60) + " " + (h >> 60) + " " + (same(1) << 65) + " " + (e >> 33));
    print(~same(0) + " " + -same(5) + " " + +same(6) + " " + !same(0) + " " + !same(9));
    print(same(6) & 3 == 2);
    print(unchecked(-9223372036854775807 - 1 - same(0)) / 1);
    print(unchecked((same(-9223372036854775807) - 1) / same(-1)) + " " + unchecked((same(-9223372036854775807) - 1) % same(-1)));
}
// expect-stdout:
// | 33149
// | -2147483648 0 -9223372036854775808 0
// | -128 0 32767 1
// | 44 255 4464 -1
// | 2 20
// | -3 -1 -3 1
// | -1 15 2 1073741823
// | -1 -5 6 1 0
// | true
// | -9223372036854775808
// | -9223372036854775808 0
