// structs: copies, nesting, arrays, methods, boxing (10)
struct V { int x; int y; public V(int a, int b) { x = a; y = b; } public int Sum() { return x + y; } public void Bump() { x++; } public V Twice() { return new V(x * 2, y * 2); } }
struct Line { V a; V b; int[2] tag; }
class Holder { public V v; public Line line; public V[3] many; public V Get() { return v; } }
V make(int n) { V v = new V(n, n + 1); return v; }
void change(V v) { v.x = 100; }
int total(V a, V b, V c) { return a.Sum() + b.Sum() * 10 + c.Sum() * 100; }
V global;
void main() {
    V a = new V(1, 2);
    V b = a;
    b.x = 10;
    print(a.x + " " + b.x);
    change(a);
    print(a.x);
    a.Bump(); a.Bump();
    print(a.Sum());
    make(5).Bump();
    print(make(5).Sum() + make(3).Twice().x);
    Holder h = new Holder();
    h.v.x = 7; h.v.Bump();
    print(h.v.x + " " + h.Get().x);
    h.Get().Bump();
    print(h.v.x);
    h.line.a = h.v; h.line.b.y = 4; h.line.tag[1] = 9;
    Line copy = h.line;
    copy.a.x = 1; copy.tag[0] = 3;
    print(h.line.a.x + " " + h.line.b.y + " " + h.line.tag[0] + " " + h.line.tag[1]);
    h.many[1] = a; h.many[1].y = 50; h.many[2].Bump();
    print(a.y + " " + h.many[1].y + " " + h.many[2].x + " " + h.many[0].Sum());
    print(total(a, b, h.many[1]));
    object o = a;
    a.x = 0;
    V back = (V)o;
    print(back.x + " " + (o is V) + " " + (o is Line));
    global.y = 6;
    V g = global;
    g.y++;
    print(global.y + g.y);
    V[] list = new V[] { new V(1, 1), a, make(9) };
    V last = list[2];
    list[2].x = 0;
    print(last.x + list[2].x + list[1].y);
    Line z = new Line();
    print(z.tag.Length + z.a.Sum());
    a = b = new V(3, 3);
    b.x = 4;
    print(a.x + b.x);
    V[2] arr;
    fill(arr, new V(8, 8));
    arr[0].Bump();
    print(arr[0].x + " " + arr[1].x);
    clear(arr);
    print(arr[0].x);
    print(a);
}
// expect-stdout:
// | 1 10
// | 1
// | 5
// | 17
// | 8 8
// | 8
// | 8 4 3 9
// | 2 50 1 0
// | 5425
// | 3 true false
// | 13
// | 11
// | 2
// | 7
// | 9 8
// | 0
// | V
