// A class whose base is in error may inherit anything: nothing more is said about it (34).
class A : Missing { int v; public A(int n) : base(n, 2) { v = n; Helper(); inherited = 3; this.other = 4; print(inherited); base.Do(); base.x = 1; } public override string Show() { return Name(); } public override string ToString() { return base.ToString(); } }
class E : Gone { }
class F : E { public F() : base("x") { } }
class G : E { public override int Q() { return 1; } }
void take(A a) { } void takeO(string s) { } void takeX(Other o) { }
class Other { }
abstract class Abs { public abstract void Need(); }
class Z : E, Abs { }
int f() {
    A a = new A(1, 2, 3); a.Run(); print(a.size); a.size = 3; Other o = a; a = o; a = new Other(); E e = new E("m"); E e2 = new E(); throw e;
}
int g() {
    try { throw new E("x"); } catch (E e) { print(e.Message); }
    try { throw E("y"); } catch (F e) { print(e.StackTrace()); }
    take(new Other()); takeX(new A(1)); takeO(new A(1)); Other o = (Other)new A(1); bool b = new A(1) is Other; o = new A(1) as Other; print(new A(1) == o); A.Static(); A.field = 3; print(new F().thing()); string s = new A(1); if (new A(1)) { } print(new A(1)[0]); new A(1)(); print(new A(1) + 1); foreach (int i in new A(1)) { }
    return new A(1).Get();
}
void main() { }
// expect-error: FS0203@2:11
// expect-error: FS0203@3:11
// expect-error: FS0402@9:7
