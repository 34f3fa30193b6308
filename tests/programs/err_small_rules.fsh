// Rules with a line of their own in the specification: no base in structs (9, 10).
struct S { public int x; public string ToString() { return base.ToString(); } bool Same(object o) { return base.Equals(o) && base.x == 1; } }
class C { public string ToString() { return base.ToString() + base.GetHashCode(); } }
void main() { }
// expect-error: FS0213@2:60
// expect-error: FS0213@2:108
// expect-error: FS0213@2:126
