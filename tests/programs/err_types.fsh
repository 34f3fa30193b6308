// Conversions, operators, casts and conditions that types forbid (4, 6).
class A { } class B : A { } struct S { int x; } struct R { int x; }
void nothing() { }
double real() { return 1.5; }
void main() {
    int i = 1; uint u = 1; i8 n = 1; byte b = 1; i32 w = 1; u32 v = 1; char c = 'c'; bool t = true; double d = 1; float f = 1; string s = "s"; object o = 1; A a = new A(); B bb = null; S st; R r; int[] ai = null; byte[] ab = null;
    i = u; u = i; w = i; v = w; b = i; b = n; n = b; i = d; i = f; i = t; i = s; i = null; i = o;
    c = 65; c = b; c = "c"; t = 1; t = null; s = 1; s = c; s = null; s = o; f = d; f = 1.5; f = 2; d = f; f = 1e3;
    b = 256; b = -1; n = 128; n = -129; u = -1; w = 2147483648; i = 9223372036854775808; v = -5 + 4; b = 200 + 100;
    b = 1.0; i = 2.5; c = 'x' + 1; ai = ab; a = bb; bb = a; st = r; st = null; a = st; o = st; ai = a; a = "s";
    float g = 2.5; float h = -2.5; float k = (2.5); int m = "a" + 1; float p = d * 2;
    print(i + u); print(u - n); print(w * u); print(u == i); print(u < w); print(u / -1); u += i; i -= u; print(t ? i : u);
    print(-u); print(-s); print(!s); print(!a); print(~d); print(~t); print(-t); print(+t);
}
// expect-error: FS0301@7:9
// expect-error: FS0301@7:16
// expect-error: FS0301@7:23
// expect-error: FS0301@7:30
// expect-error: FS0301@7:37
// expect-error: FS0301@7:44
// expect-error: FS0301@7:51
// expect-error: FS0301@7:58
// expect-error: FS0301@7:65
// expect-error: FS0301@7:72
// expect-error: FS0301@7:79
// expect-error: FS0301@7:86
// expect-error: FS0301@7:96
// expect-error: FS0301@8:9
// expect-error: FS0301@8:17
// expect-error: FS0301@8:24
// expect-error: FS0301@8:33
// expect-error: FS0301@8:40
// expect-error: FS0301@8:50
// expect-error: FS0301@8:57
// expect-error: FS0301@8:74
// expect-error: FS0301@8:81
// expect-error: FS0302@8:88
// expect-error: FS0302@8:111
// expect-error: FS0303@9:9
// expect-error: FS0303@9:18
// expect-error: FS0303@9:26
// expect-error: FS0303@9:35
// expect-error: FS0303@9:45
// expect-error: FS0303@9:53
// expect-error: FS0303@9:69
// expect-error: FS0303@9:94
// expect-error: FS0303@9:106
// expect-error: FS0301@10:9
// expect-error: FS0301@10:18
// expect-error: FS0301@10:27
// expect-error: FS0301@10:41
// expect-error: FS0301@10:58
// expect-error: FS0301@10:66
// expect-error: FS0301@10:74
// expect-error: FS0301@10:84
// expect-error: FS0301@10:101
// expect-error: FS0301@10:108
// expect-error: FS0302@11:15
// expect-error: FS0302@11:30
// expect-error: FS0302@11:47
// expect-error: FS0301@11:61
// expect-error: FS0301@11:80
// expect-error: FS0306@12:13
// expect-error: FS0306@12:27
// expect-error: FS0306@12:41
// expect-error: FS0306@12:55
// expect-error: FS0306@12:70
// expect-error: FS0306@12:84
// expect-error: FS0306@12:93
// expect-error: FS0306@12:101
// expect-error: FS0301@12:115
// expect-error: FS0305@13:11
// expect-error: FS0305@13:22
// expect-error: FS0305@13:33
// expect-error: FS0305@13:44
// expect-error: FS0305@13:55
// expect-error: FS0305@13:66
// expect-error: FS0305@13:77
// expect-error: FS0305@13:88
