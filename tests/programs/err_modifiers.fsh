// Modifiers that cannot stand where they are (3, 9, 10).
static class Stat { public static int x; int y; public void m() { } static void ok() { } Stat() { } }
class NotAbs { public abstract int Get(); }
struct Bad1 { int x = 3; Bad1() { } virtual void m() { } abstract void n(); protected int p; }
sealed abstract class SA { }
abstract sealed struct AS { }
class Ctors { void Ctors2() { } public Other() { } int Ctors() { return 1; } virtual Ctors(int a) { } static Ctors(string s) { } async void X() { } }
abstract class Abs { abstract private int Priv(); abstract static int St(); public abstract int Ok(); sealed int n; override int o; abstract int p; }
void main() { virtual int x; public int y; static int z = 1; }
// expect-error: FS0109@2:46
// expect-error: FS0109@2:61
// expect-error: FS0109@2:90
// expect-error: FS0109@3:23
// expect-error: FS0109@4:19
// expect-error: FS0109@4:37
// expect-error: FS0109@4:58
// expect-error: FS0109@4:77
// expect-error: FS0109@5:8
// expect-error: FS0109@6:1
// expect-error: FS0109@6:10
// expect-error: FS0101@7:40
// expect-error: FS0109@7:78
// expect-error: FS0109@7:103
// expect-error: FS0109@8:31
// expect-error: FS0109@8:60
// expect-error: FS0109@8:103
// expect-error: FS0109@8:117
// expect-error: FS0109@8:133
// expect-error: FS0109@9:15
// expect-error: FS0109@9:30
// expect-error: FS0109@9:44
