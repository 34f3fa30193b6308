// Constant expressions are evaluated as at run time (4.4).
const int A = true ? 1 : 2; const bool B = "a" == "b"; const double D = 1 / 2; const double H = 1 / 2.0; const int S = 1 << 40; const i32 W = (i32)5 << 3; const int M = -7 % 3; const int N = ~5 & 0xF; const string T = "x" + "y" + "z"; const char C = (char)('a' + 1); const float F = (float)0.1; const int R = (int)-2.9; const uint U = 5 - 3; const byte Y = (byte)(250 + 5); const bool X = A < S && !B || false; const double P = PI * 2 + E; const int Q = unchecked(9223372036854775807 + 1); const int Z = C - 'a'; const bool L = C == 'b'; const int NEG = -A; const int BIG = 9223372036854775807; const float FF = 3; const double INF = 1e308 * 10; const double NAN = 0.0 / 0.0; const bool NB = NAN == NAN; const int UN = unchecked((int)1e300); const i8 I8 = unchecked((i8)200); const int K2 = !5; const int K3 = !0; const bool K4 = 5 && 0; const string K5 = T; const char K6 = '\n'; const long K7 = A; const u32 K8 = 4000000000; const int K9 = K8;
void main() {
    const int local = A + 5, l2 = local * 2; const string ls = T + "!"; const float lf = 2f * 3;
    int[local] arr; int[l2 - 10] arr2; print(arr.Length + arr2.Length);
    print(A + " " + B + " " + D + " " + H + " " + S + " " + W + " " + M + " " + N + " " + T + " " + C + " " + F + " " + R + " " + U + " " + Y + " " + X + " " + P + " " + Q + " " + Z + " " + L);
    print(NEG + " " + FF + " " + INF + " " + NAN + " " + NB + " " + UN + " " + I8 + " " + K2 + K3 + K4 + K5 + (int)K6 + K7 + K8 + K9 + l2 + ls + lf);
    byte b = A; b = local; i8 i = A - 2; uint u = A; float f = A; print(b + i + (int)u);
    if (B) { print("never"); } while (B) { print("never"); } for (; B; ) { } print(X ? "t" : "f");
}
// expect-stdout:
// | 8
// | 1 false 0 0.5 1099511627776 40 -1 10 xyz b 0.1 -2 2 255 true 9.00146713563863 -9223372036854775808 1 true
// | -1 3 Infinity NaN false 9223372036854775807 -56 01falsexyz1014000000000400000000012xyz!6
// | 6
// | t
// expect-warning: FS0904@9:14
// expect-warning: FS0904@9:44
