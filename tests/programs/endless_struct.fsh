// A struct with an array of its own type may be declared and used through null; bringing one to life exhausts memory (10, 11, 18)
struct Tree { public int x; public Tree[2] kids; } struct Row { public Row[0] none; public Row[] some; public int n; }
struct Left { public Right[1] r; } struct Right { public Left[3] l; }
class Holder { public Tree[] trees; public Row row; public Left[] left = null; }
void main() {
    Holder h = new Holder(); h.row.n = 4; print(h.row.none.Length + h.row.n); print(h.trees == null); Row r; r.some = new Row[2]; print(r.some[1].none.Length);
    try { print(h.left[0].r.Length); } catch (NullPointerException e) { print(e.Message); }
    Left left; print(left.r.Length);
}
// expect-exit: 107
// expect-stdout:
// | 4
// | true
// | 0
// | Null pointer dereference
// expect-stderr-contains: OutOfMemory: Out of memory
