// One mistake in a statement is one error (34): parsing resumes at the next statement.
class C {
    int x;
    void noParen int a) { x = a; }
    void after() { x = ; }
    public C int a) : this() { x = a; }
}
void names int[] a, int b) { print(b) }
void main() {
    int[] a = new int[3];
    if a[0] > 1) print(1); else print(2);
    if a[0] > 1 { print(1); }
    while a[0] > 1) { a[0]--; }
    for int i = 0; i < 3; i++) { print(i); }
    foreach int i in a) { print(i); }
    a[1 = 20;
    print(a[1 + 2);
    print(f(.x);
    print("a".split",").Length + ".".length());
    print(()'z');
    int b = 0 c = 1, d = 2;
    if (a[0] == 3) b  f("?"); else b = 1;
    do { b++; } while b < 3);
    switch b) { case 1: break; }
    b = 1 + (2; b = 3;
    b + 1
    print(b); b = = 1;
}
// expect-error: FS0103@4:23
// expect-error: FS0101@5:24
// expect-error: FS0103@6:19
// expect-error: FS0103@8:26
// expect-error: FS0102@8:38
// expect-error: FS0101@11:8
// expect-error: FS0101@12:8
// expect-error: FS0101@13:11
// expect-error: FS0101@14:9
// expect-error: FS0101@15:13
// expect-error: FS0104@16:6
// expect-error: FS0104@17:12
// expect-error: FS0103@18:10
// expect-error: FS0101@19:20
// expect-error: FS0101@20:12
// expect-error: FS0102@21:14
// expect-error: FS0101@22:24
// expect-error: FS0101@23:23
// expect-error: FS0101@24:12
// expect-error: FS0103@25:13
// expect-error: FS0102@26:10
// expect-error: FS0101@27:19
