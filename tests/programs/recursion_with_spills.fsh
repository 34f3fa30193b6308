// An early exit in front of a body that needs more values than registers: nothing may be stored before the frame exists.
void hanoi(int n, string from, string to, string over) {
    if (n == 0) return;
    hanoi(n - 1, from, over, to);
    print("disc " + n + " " + from + "-" + to);
    hanoi(n - 1, over, to, from);
}

int many(int n, int a, int b, int c, int d, int e) {
    if (n == 0) return a;
    int x = many(n - 1, b, c, d, e, a);
    int y = many(n - 1, c, d, e, a, b);
    return x * 2 + y + n + a * b + c * d + e;
}

void main() {
    hanoi(3, "A", "C", "B");
    print(many(3, 1, 2, 3, 4, 5));
}
// expect-stdout:
// | disc 1 A-C
// | disc 2 A-B
// | disc 1 C-B
// | disc 3 A-C
// | disc 1 B-A
// | disc 2 B-C
// | disc 1 A-C
// | 401
