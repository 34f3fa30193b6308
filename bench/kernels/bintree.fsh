// Build and sum binary trees whose nodes come from one preallocated pool.
class Node { public Node l, r; public int v; }

Node[] pool;
int used;

Node mk(Node l, Node r, int v) {
    if (used >= pool.Length) return null;
    Node p = pool[used];
    used++;
    p.l = l; p.r = r; p.v = v;
    return p;
}

Node build(int depth, int v) {
    if (depth == 0) return mk(null, null, v);
    Node l = build(depth - 1, 2 * v), r = build(depth - 1, 2 * v + 1);
    return mk(l, r, v);
}

int sum(Node p) {
    if (p.l == null) return p.v;
    return p.v + sum(p.l) - sum(p.r);
}

void main(string[] args) {
    int reps = 1500, t = 0;
    if (args.Length > 0) reps = to_int(args[0]);
    pool = new Node[1 << 17];
    for (int i = 0; i < pool.Length; i++) pool[i] = new Node();
    for (int i = 0; i < reps; i++) {
        used = 0;
        t += sum(build(16, i));
    }
    print("bintree " + t);
}
