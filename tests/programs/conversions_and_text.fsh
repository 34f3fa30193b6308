// scopes, shadowing, const, globals, casts, chars
const int LIMIT = 3;
int counter = LIMIT * 2;
double ratio = 1.0 / 4;
string greeting = "hi" + " " + "there";
int[] table = new int[] { 1, 2, 3 };
int[2][3] grid;
char letter = 'q';
uint big = 0xFFFFFFFFFFFFFFFF;
bool flag = !false;
float third = 1f / 3;
class K { public const string NAME = "k" + "k"; public static int[4] data; public static int count = Start(); static int Start() { return 41 + 1; } }
int LIMIT2() { return LIMIT; }
void main() {
    print(counter + " " + ratio + " " + greeting + " " + table.Length + " " + grid.Length + grid[1].Length + " " + letter + " " + big + " " + flag + " " + third);
    int local = 1;
    { int inner = local + 1; print(inner); }
    { string inner = "s"; print(inner); }
    print(K.NAME + K.data.Length + K.count + LIMIT2());
    print((char)65 + "" + (char)0x1F600 + (int)'z' + (byte)'a' + (i8)-1 + (u32)4294967295);
    print((int)2.99 + " " + (int)-2.99 + " " + (byte)255.9 + " " + (double)7 / 2 + " " + (float)0.1 + " " + (int)1e18);
    print((uint)1e19 + " " + (double)18446744073709551615 + " " + (float)16777217 + " " + unchecked((int)1e300) + " " + unchecked((byte)-5.5) + " " + unchecked((i8)200.0));
    char c = 'a'; c++; c += 2;
    print(c + " " + (c + 1) + " " + (c > 'b') + " " + (c == 'd'));
    int x = 0x7F, y = 0b11, z = 0o17;
    print(x ^ y | z & 6);
    i16 s = 30000; s += 2000; s /= 3; s <<= 1; s %= 1000;
    print(s);
    byte b = 200; b >>= 2; b |= 1; b ^= 0xF; b &= 0x3F;
    print(b);
    double d = 10; d %= 3; d *= 2.5; d -= 0.25; d /= 3;
    print(d);
    string t = null; t += "a" + 1; t += 'b'; t += 2.5; t += true;
    print(t + t.Length);
    print(1e15 + " " + 123456789012345680.0 + " " + 1e-5 + " " + 5e-324 + " " + 1e7f + " " + 0.1f + " " + -0.0);
    for (int i = 0, j = 10; i < j; i += 3, j--) write(i + ":" + j + " ");
    print();
    int w = 3; while (w) { w--; if (w == 1) continue; write(w + " "); } print();
    do { w++; } while (w < 5 && w != 3); print(w);
    print(max(3, 5) + min(-1, 4) + abs(-9) + pow(2, 10) + sqrt(99) + abs_diff(3, 10) + mod(-7, 3));
    print(round(2.5) + floor(-0.5) + ceil(0.2) + " " + sqrt(2) + " " + pow(2.0, 0.5));
}
// expect-stdout:
// | 6 0.25 hi there 3 23 q 18446744073709551615 true 0.33333334
// | 2
// | s
// | kk4423
// | A😀12297-14294967295
// | 2 -2 255 3.5 0.1 1000000000000000000
// | 10000000000000000000 1.8446744073709552E+19 16777216 9223372036854775807 0 127
// | d 101 true true
// | 126
// | 332
// | 60
// | 0.75
// | a1b2.5true10
// | 1E+15 1.2345678901234568E+17 1E-05 5E-324 1E+07 0.1 -0
// | 0:10 3:9 6:8 
// | 2 0 
// | 3
// | 1052
// | 2 1 1.4142135623730951
