// Lexical errors with their columns (2): every one is found, none follows from another.
void main() {
    int a = 12ab;
    int b = 0x;
    int d = 1_;
    int e = 0b12;
    int f = 0o8;
    int g = 0b;
    int h = 5LL;
    int i = 5ULU;
    int j = 0x_1;
    double k = 1e;
    double l = 1.5e+;
    double m = 1.5x;
    int o = 18446744073709551616;
    int p = 0x1FFFFFFFFFFFFFFFF;
    double q = 1e400;
    float r = 3.5e38f;
    char s = '';
    char t = 'ab';
    char u = '\q';
    char v = '\ud800';
    char w = '\x4';
    string x = "ok \u12 \z \U00110000 \xg0";
    string y = "tab	\"open;
    int z# = 4;
    int größe = 4;
    char aa = 'a;
    int $ = 1;
    int ` = 2;
    string bb = "\uD800";
    float cc = 1e39f;
    double dd = 1.5f5;
    int ee = 1e5L;
    int ff = 0xFFG;
    char gg = 'é€';
}
// expect-error: FS0006@3:13
// expect-error: FS0006@4:13
// expect-error: FS0006@5:13
// expect-error: FS0006@6:13
// expect-error: FS0006@7:13
// expect-error: FS0006@8:13
// expect-error: FS0006@9:13
// expect-error: FS0006@10:13
// expect-error: FS0006@11:13
// expect-error: FS0006@12:16
// expect-error: FS0006@13:16
// expect-error: FS0006@14:16
// expect-error: FS0007@15:13
// expect-error: FS0007@16:13
// expect-error: FS0007@17:16
// expect-error: FS0007@18:15
// expect-error: FS0005@19:14
// expect-error: FS0005@20:14
// expect-error: FS0004@21:15
// expect-error: FS0004@22:15
// expect-error: FS0004@23:15
// expect-error: FS0004@24:20
// expect-error: FS0004@24:25
// expect-error: FS0004@24:28
// expect-error: FS0004@24:39
// expect-error: FS0002@25:16
// expect-error: FS0001@26:10
// expect-error: FS0001@27:11
// expect-error: FS0005@28:15
// expect-error: FS0001@29:9
// expect-error: FS0001@30:9
// expect-error: FS0004@31:18
// expect-error: FS0007@32:16
// expect-error: FS0006@33:17
// expect-error: FS0006@34:14
// expect-error: FS0006@35:14
// expect-error: FS0005@36:15
