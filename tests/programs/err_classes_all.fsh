// Classes and structs (9, 10): bases, construction, overriding, abstract, sealed and static rules.
class L1 : L2 { }
class L2 : L3 { }
class L3 : L1 { }
class Me : Me { }
class OnLoop : L1 { }
sealed class Fin { public virtual void F() { } }
class AfterFin : Fin { }
struct Val { int x; }
class FromVal : Val { }
class FromInt : int { }
class FromString : string { }
class FromNone : Missing { }
static class Stat { public static int x; }
class FromStatic : Stat { }
class Two : Base, Other { }
class Other { }
abstract class Abs { public abstract int Get(); public abstract void Put(int n); public abstract int Body() { return 1; } public int None(); public int Last; }
class Half : Abs { public int Get() { return 1; } }
abstract class Still : Abs { }
class Full : Abs { public override int Get() { return 1; } public void Put(int n) { } public int Body() { return 2; } }
class Base { public Base(int n) { } public virtual int V(int a) { return 1; } protected int P() { return 1; } public int R() { return 1; } private void Hid() { } public static void S() { } public int Field; public virtual void Seal() { } }
class D1 : Base { }
class D2 : Base { D2() { } }
class D3 : Base { D3() : base() { } D3(int a) : base("x") { } D3(string s) : this(1.5) { } }
class D4 : Base { public D4() : base(1) { } int V(int a) { return 2; } public void R() { } public int P() { return 2; } public int V(string s) { return 1; } override int Nope() { return 1; } public override void Hid() { } }
class D5 : Base { public D5() : base(1) { } public sealed override void Seal() { } public sealed int New() { return 1; } private override int V(int a) { return 1; } }
class D6 : D5 { public void Seal() { } public override double V(int a) { return 1; } internal int R() { return 1; } }
class D7 : Base { public D7() : base(1) { } public static int V(int a) { return 1; } public int Field; }
struct Rec { int a; Rec inner; }
struct RecA { RecB b; }
struct RecB { RecA a; }
struct RecOk { RecOk[] list; RecOk[2] two; } 
struct FromBase : Base { int x; }
void main() {
    new Abs(); new Stat(); new Fin(1); new Val(1); new int(); new string(); new Full().V(1); Abs a = new Still();
    Stat s;
    new D4().Seal().x(); Base.V(1); D4.S(); int q = base.x;
}
// expect-error: FS0401@2:7
// expect-error: FS0401@5:7
// expect-error: FS0402@8:7
// expect-error: FS0402@10:7
// expect-error: FS0402@11:7
// expect-error: FS0402@12:7
// expect-error: FS0203@13:18
// expect-error: FS0402@15:7
// expect-error: FS0402@16:7
// expect-error: FS0408@16:7
// expect-error: FS0416@18:102
// expect-error: FS0416@18:134
// expect-error: FS0404@19:7
// expect-error: FS0408@23:7
// expect-error: FS0408@24:19
// expect-error: FS0408@25:26
// expect-error: FS0408@25:49
// expect-error: FS0408@25:78
// expect-error: FS0406@26:49
// expect-error: FS0406@26:84
// expect-error: FS0405@26:171
// expect-error: FS0405@26:213
// expect-error: FS0109@27:91
// expect-error: FS0406@27:143
// expect-error: FS0407@28:29
// expect-error: FS0406@28:63
// expect-error: FS0406@28:99
// expect-warning: FS0909@29:97
// expect-error: FS0323@30:8
// expect-error: FS0323@31:8
// expect-error: FS0402@34:8
// expect-error: FS0403@36:5
// expect-error: FS0403@36:16
// expect-error: FS0408@36:32
// expect-error: FS0408@36:44
// expect-error: FS0408@36:52
// expect-error: FS0408@36:63
// expect-error: FS0204@36:88
// expect-error: FS0403@36:102
// expect-error: FS0403@37:5
// expect-error: FS0317@38:5
// expect-error: FS0209@38:31
// expect-error: FS0213@38:53
