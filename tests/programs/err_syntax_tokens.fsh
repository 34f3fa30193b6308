// Missing semicolons and closers with their positions (34); the parser goes on at the next statement or declaration.
int g = 1
int h = 2;
void f(int a, int b {
}
void first() {
    int a = 1
    print(a)  // a comment behind the gap
    a = a + 1
}
void second() {
    print((1 + 2);
    int[] a = new int[3;
    print(1));
    a[0] = 1];
    int b = ;
    int c = 1 + ;
    if a > 1 { }
    while (true { break; }
    return
}
class C {
    int x
    int y;
    void m() { x = 1 }
    foo;
}
void third() {
    do { } while (true)
    for (int i = 0; i < 3) { }
    break
    int int = 4;
    x = = 4;
    throw "x"
    else { }
    case 4:
    catch (e) { }
}
// expect-error: FS0102@2:10
// expect-error: FS0103@4:7
// expect-error: FS0102@7:14
// expect-error: FS0102@8:13
// expect-error: FS0102@9:14
// expect-error: FS0103@12:10
// expect-error: FS0104@13:22
// expect-error: FS0103@14:13
// expect-error: FS0104@15:13
// expect-error: FS0101@16:13
// expect-error: FS0101@17:17
// expect-error: FS0101@18:8
// expect-error: FS0103@19:11
// expect-error: FS0102@20:11
// expect-error: FS0102@23:10
// expect-error: FS0102@25:21
// expect-error: FS0101@26:8
// expect-error: FS0102@29:24
// expect-error: FS0102@30:26
// expect-error: FS0102@31:10
// expect-error: FS0101@32:9
// expect-error: FS0101@33:9
// expect-error: FS0102@34:14
// expect-error: FS0101@35:5
// expect-error: FS0101@36:5
// expect-error: FS0101@37:5
