// Order of evaluation (6.2)
int n = 0;
int t(int v) { write(v + " "); n++; return v; }
int[] arr(int[] a) { write("arr "); return a; }
class Box { public int v; public Box self() { write("self "); return this; } public int Get(int a, int b) { write("get "); return a - b + v; } }
Box mk() { write("mk "); return new Box(); }
void main() {
    int[5] a;
    arr(a)[t(1)] = t(2) + t(3) * t(4);
    print();
    arr(a)[t(2)] += t(7);
    print();
    print(mk().self().Get(t(5), t(6)));
    bool x = t(1) == 1 && t(0) == 1 || t(2) == 2;
    print(x);
    int i = 0;
    a[i++] = i;
    a[i] = i++ + i;
    print(a[0] + " " + a[1] + " " + i);
    int k = 5;
    k += k++ + ++k;
    print(k);
    int p, q, r;
    p = q = r = 9;
    print(p + q + r);
    mk().v = t(3);
    print();
    int s = (i = 10) + i;
    print(s);
    print(t(1) + t(2) + "|" + t(3));
}
// expect-stdout:
// | arr 1 2 3 4 
// | arr 2 7 
// | mk self 5 6 get -1
// | 1 0 2 true
// | 1 3 2
// | 17
// | 27
// | mk 3 
// | 20
// | 1 2 3 3|3
