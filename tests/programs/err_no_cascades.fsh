// An error is reported once: what depends on it stays silent (34).
class A { Unknown field; public Unknown2 Get(Missing m) { return field; } public int Ok() { return 1; } public Nope[] list; public static Gone g; }
Lost global = new Lost();
Absent make(int n) { return null; }
int half(int n) { return n / 2; }
int half2(int n, Vanished v) { v.Run(); return v.x + n; }
void main() {
    Foo f = new A(); f.Run(); f.x = 3; f[0] = 1; print(f + 1); string s = f; if (f) { } A a = f; f = 5; f(); f.y().z();
    string t = half(1, 2); string u = half("x"); int v = half(undefinedVar); string w = nothing(); t = half(1, 2) + 1;
    A b = new A(); b.Get(5).Run(); string c = b.Get(null); b.list[0].foo = 1; b.field = 3; A.g.x(); make(1).y = 2; global.z = 4; string d = make("x");
    int x = 1; string x = "a"; x = 2; x = "b";
    var_ y = 5; print(y + 1); y.foo(); for (Bar i = 0; i < 5; i++) { print(i.z); } Baz[] z = { 1, "a", null }; z[0].q = 1; Qux[2] zz; print(zz.Length);
    b.missing.deeper.still(); b.Missing().More = 4; print(b.missing + 1 * 2 - "x".nope()); int e = b.none; string g = -b.none; bool h = !b.none && b.none;
    try { throw new Gone1("x"); } catch (Gone2 k) { print(k.Message + k.zip()); throw k; } catch (Exception k) { k.zap(); }
    int l = (int)undefined1; int m = (Cast)x; bool n = x is Type1; object o = x as Type2; int p = sizeofX; int[] q = new Elem[3]; q[undefined2] = undefined3; q["s"] = "t";
    const int r = undefined4; const int r2 = r + 1; int[r2] arr; arr[0] = r; x = undefined5 ? 1 : "a"; x += undefined6; undefined7 += 1; undefined8++; return undefined10;
}
// expect-error: FS0203@2:11
// expect-error: FS0203@2:33
// expect-error: FS0203@2:46
// expect-error: FS0203@2:112
// expect-error: FS0203@2:139
// expect-error: FS0203@3:1
// expect-error: FS0203@3:19
// expect-error: FS0203@4:1
// expect-error: FS0203@6:18
// expect-error: FS0203@8:5
// expect-error: FS0308@9:16
// expect-error: FS0309@9:44
// expect-error: FS0201@9:63
// expect-error: FS0202@9:89
// expect-error: FS0308@9:104
// expect-error: FS0309@10:146
// expect-error: FS0205@11:23
// expect-error: FS0301@11:43
// expect-error: FS0203@12:5
// expect-error: FS0203@12:45
// expect-error: FS0203@12:84
// expect-error: FS0203@12:124
// expect-error: FS0204@13:7
// expect-error: FS0204@13:33
// expect-error: FS0204@13:61
// expect-error: FS0204@13:83
// expect-error: FS0204@13:102
// expect-error: FS0204@13:122
// expect-error: FS0204@13:140
// expect-error: FS0204@13:150
// expect-error: FS0203@14:21
// expect-error: FS0203@14:42
// expect-error: FS0204@14:116
// expect-error: FS0201@15:18
// expect-error: FS0203@15:39
// expect-error: FS0203@15:61
// expect-error: FS0203@15:84
// expect-error: FS0201@15:99
// expect-error: FS0203@15:122
// expect-error: FS0201@15:133
// expect-error: FS0201@15:147
// expect-error: FS0315@15:161
// expect-error: FS0301@15:168
// expect-error: FS0201@16:19
// expect-error: FS0201@16:82
// expect-error: FS0301@16:93
// expect-error: FS0201@16:109
// expect-error: FS0201@16:121
// expect-error: FS0201@16:138
// expect-error: FS0201@16:159
