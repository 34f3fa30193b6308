// Arrays (11): sizes, initialisers, indices, read-only lengths.
int n = 3; const int N = 2; const int NEG = -1; int size() { return 2; }
int[n] g1;
int[NEG] g2 = { 1, 2 };
class C { int[n] f; int[-2] h; static int[2] s = { 1 }; int[1.5] d; int["a"] e; }
int[] p(int[n] a, int b[n]) { return a; }
void main() {
    int[zz] a = { 1, 2 };
    int[n] b = { 1 };
    int[-2] c; int d[size()]; int[N - 3] e;
    int[3] f = { 1, 2 }; int[2][2] h = { { 1, 2 }, { 3 } }; int[2] i = { 1, 2, 3 }; int[] j = { 1, "a", 2.5, null };
    int k = { 1 }; int[2] l = 5; int[] m = new int[2] { 1 }; int[] q = new byte[2]; int[][] r = new int[2];
    f["0"] = 1; f[1.0] = 1; f[true] = 1; f[null] = 1; n[0] = 1; size()[0] = 1; f[0][0] = 1; "abc"[0] = 'x'; f.Length = 3; f[1, 2] = 3;
    f = new int["a"]; f = new int[2.5]; f = new int[n][2]; byte[] t = f; f = null; if (f == new byte[1]) { } f++; f += f; print(f.foo);
}
// expect-error: FS0312@3:5
// expect-error: FS0313@4:5
// expect-error: FS0312@5:15
// expect-error: FS0313@5:25
// expect-error: FS0319@5:50
// expect-error: FS0313@5:61
// expect-error: FS0313@5:73
// expect-error: FS0201@8:9
// expect-error: FS0312@9:9
// expect-error: FS0313@10:9
// expect-error: FS0312@10:22
// expect-error: FS0313@10:35
// expect-error: FS0319@11:16
// expect-error: FS0319@11:52
// expect-error: FS0319@11:72
// expect-error: FS0301@11:100
// expect-error: FS0301@11:105
// expect-error: FS0301@11:110
// expect-error: FS0301@12:13
// expect-error: FS0301@12:31
// expect-error: FS0319@12:55
// expect-error: FS0301@12:72
// expect-error: FS0301@12:97
// expect-error: FS0315@13:7
// expect-error: FS0315@13:19
// expect-error: FS0315@13:31
// expect-error: FS0315@13:44
// expect-error: FS0314@13:56
// expect-error: FS0314@13:71
// expect-error: FS0314@13:84
// expect-error: FS0322@13:93
// expect-error: FS0112@13:109
// expect-error: FS0314@13:124
// expect-error: FS0313@14:17
// expect-error: FS0313@14:35
// expect-error: FS0301@14:45
// expect-error: FS0301@14:71
// expect-error: FS0305@14:90
// expect-error: FS0305@14:111
// expect-error: FS0305@14:117
// expect-error: FS0204@14:131
