// Operators, casts and conditions that types forbid (6).
class A { } class B : A { } struct S { int x; } struct R { int x; }
void nothing() { }
double real() { return 1.5; }
void main() {
    int i = 1; uint u = 1; char c = 'c'; bool t = true; double d = 1; string s = "s"; A a = new A(); B bb = null; S st; R r; int[] ai = null; byte[] ab = null; object o = 1;
    print(s < s); print(s - s); print(s * 2); print(t + t); print(t + 1); print(t < t); print(a + a); print(a < a); print(ai + ai); print(st == st); print(st != r);
    print(d & 1); print(d << 1); print(1 << d); print(t << 1); print(t & 1); print(i | t); print(d ^ d); print(d % 2.0); print(1 << t);
    print(s == 1); print(s == c); print(t == 1); print(i == null); print(a == 1); print(a == s); print(ai == ab); print(a == bb); print(a == ai); print(o == a); print(st == null); print(null == null);
    t += true; s -= "x"; i += "x"; i += 2.5; a++; t++; s++; i <<= d; t &= 1; s += nothing(); d %= 2; d &= 1; c += 1;
    i = (int)s; i = (int)t; t = (bool)i; s = (string)i; s = (string)c; c = (char)s; a = (A)s; st = (S)r; a = (A)i; ai = (int[])ab; ai = (int[])a; s = (string)a; st = (S)a; i = (int)a; a = (A)st; i = (int)null;
    byte q = (byte)256; q = (byte)-1; i = (int)1e30; u = (uint)-1; c = (char)0xD800; c = (char)-1; c = (char)0x110000; q = (byte)256.5; i8 z = (i8)128;
    if (s) { } while (d) { break; } do { } while (a); for (; null; ) { } t = s && t; t = t || d; print(s ? 1 : 2); assert(s); assert(1.5); if (c) { } if (nothing()) { } if (ai) { }
    i = nothing(); print(nothing()); nothing().x(); i = nothing() + 1; s = "a" + nothing(); i = -nothing(); print(nothing() == null); ai[nothing()] = 1; throw nothing();
    i(); s(); st(); 5(); a.x(); "a"(); ai.Length(); real().x = 3; real()();
    const int k0 = 9223372036854775807 + 1; const int k1 = 5 / 0; const int k2 = 5 % 0; const int k3 = i; const byte k4 = 300; const int k5 = -9223372036854775808 / -1; i = 9223372036854775807 * 2; const int k6 = real(); const A k7 = null; const int[] k8 = null; const int k9;
}
// expect-error: FS0305@7:13
// expect-error: FS0305@7:27
// expect-error: FS0305@7:41
// expect-error: FS0305@7:55
// expect-error: FS0305@7:69
// expect-error: FS0305@7:83
// expect-error: FS0305@7:97
// expect-error: FS0305@7:111
// expect-error: FS0305@7:126
// expect-error: FS0305@7:142
// expect-error: FS0305@7:159
// expect-error: FS0305@8:13
// expect-error: FS0305@8:27
// expect-error: FS0305@8:42
// expect-error: FS0305@8:57
// expect-error: FS0305@8:72
// expect-error: FS0305@8:86
// expect-error: FS0305@8:100
// expect-error: FS0305@8:130
// expect-error: FS0305@9:13
// expect-error: FS0305@9:28
// expect-error: FS0305@9:43
// expect-error: FS0305@9:58
// expect-error: FS0305@9:76
// expect-error: FS0305@9:91
// expect-error: FS0305@9:107
// expect-error: FS0305@9:139
// expect-error: FS0305@9:171
// expect-error: FS0305@10:7
// expect-error: FS0305@10:18
// expect-error: FS0301@10:31
// expect-error: FS0305@10:47
// expect-error: FS0305@10:52
// expect-error: FS0305@10:57
// expect-error: FS0305@10:63
// expect-error: FS0305@10:72
// expect-error: FS0317@10:83
// expect-error: FS0305@10:104
// expect-error: FS0307@11:9
// expect-error: FS0307@11:21
// expect-error: FS0307@11:33
// expect-error: FS0307@11:46
// expect-error: FS0307@11:61
// expect-error: FS0307@11:76
// expect-error: FS0307@11:89
// expect-error: FS0307@11:100
// expect-error: FS0307@11:110
// expect-error: FS0307@11:121
// expect-error: FS0307@11:137
// expect-error: FS0307@11:151
// expect-error: FS0307@11:167
// expect-error: FS0307@11:177
// expect-error: FS0307@11:189
// expect-error: FS0307@11:200
// expect-error: FS0303@12:14
// expect-error: FS0303@12:29
// expect-error: FS0303@12:43
// expect-error: FS0303@12:58
// expect-error: FS0303@12:72
// expect-error: FS0303@12:90
// expect-error: FS0303@12:104
// expect-error: FS0303@12:124
// expect-error: FS0303@12:144
// expect-error: FS0311@13:9
// expect-error: FS0311@13:23
// expect-error: FS0311@13:51
// expect-error: FS0311@13:62
// expect-error: FS0311@13:78
// expect-error: FS0311@13:95
// expect-error: FS0311@13:104
// expect-error: FS0311@13:123
// expect-error: FS0311@13:134
// expect-error: FS0311@13:144
// expect-error: FS0317@13:155
// expect-error: FS0311@13:174
// expect-error: FS0317@14:9
// expect-error: FS0317@14:26
// expect-error: FS0317@14:38
// expect-error: FS0317@14:57
// expect-error: FS0317@14:82
// expect-error: FS0317@14:98
// expect-error: FS0317@14:115
// expect-error: FS0317@14:138
// expect-error: FS0317@14:160
// expect-error: FS0316@15:5
// expect-warning: FS0904@15:5
// expect-error: FS0316@15:10
// expect-error: FS0316@15:15
// expect-error: FS0316@15:21
// expect-error: FS0204@15:28
// expect-error: FS0316@15:33
// expect-error: FS0204@15:43
// expect-error: FS0204@15:60
// expect-error: FS0316@15:67
// expect-error: FS0304@16:40
// expect-error: FS0304@16:62
// expect-error: FS0304@16:84
// expect-error: FS0312@16:104
// expect-error: FS0303@16:123
// expect-error: FS0304@16:164
// expect-error: FS0304@16:194
// expect-error: FS0312@16:214
// expect-error: FS0312@16:235
// expect-error: FS0312@16:258
// expect-error: FS0505@16:274
