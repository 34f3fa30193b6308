// Attributes (3): Align takes a power of two from 1 to 65536, Packed nothing; both stand on classes and structs.
[Align(3)] class A { }
[Align(131072)] struct B { int x; }
[Align(0)] class C { }
[Align(-8)] class D { }
[Align(n)] class E { }
[Align(size * 2)] [Packed] class F { public int x; }
[Align(1)] struct G { byte x; }
[Align(65536)] class H { }
[Align("8")] class I { }
const int size = 32;
int n = 8;
void main() { F f = new F(); G g; print(f.x + g.x); }
// expect-error: FS0115@2:8
// expect-error: FS0115@3:8
// expect-error: FS0115@4:8
// expect-error: FS0115@5:8
// expect-error: FS0312@6:8
// expect-error: FS0115@10:8
