// finally on every path, nested, with values (13)
string log = "";
int f(int k) {
    try {
        try {
            if (k == 0) return 10;
            if (k == 1) throw "inner";
            if (k == 2) throw new IndexOutOfBoundsException("mine");
            log += "body ";
        } catch (IndexOutOfBoundsException e) {
            log += "catch(" + e.Message + ") ";
            return 20;
        } finally {
            log += "f1 ";
        }
        log += "after ";
    } catch (string s) {
        log += "outer(" + s + ") ";
        return 30;
    } finally {
        log += "f2 ";
    }
    return 40;
}
int loop() {
    int total = 0;
    for (int i = 0; i < 6; i++) {
        try {
            if (i == 1) continue;
            if (i == 4) break;
            total += i;
        } finally {
            total += 100;
        }
    }
    return total;
}
int value() {
    int x = 1;
    try { return x; } finally { x = 2; }
}
int replaced() {
    try {
        try { throw "first"; } finally { throw "second"; }
    } catch (string s) { return s.length(); }
}
int deep(int n) {
    if (n == 0) throw new ArithmeticException();
    try { return deep(n - 1) + 1; } finally { log += n; }
}
void main() {
    for (int k = 0; k < 4; k++) { log = ""; int r = f(k); print(k + ": " + r + " " + log); }
    print(loop());
    print(value());
    print(replaced());
    log = "";
    try { deep(3); } catch (ArithmeticException e) { print(e.Message + log); }
    try { int[] z; z[0] = 1; } catch (e) { print(e.ToString() + "!"); }
    try { object o = "x"; int bad = (int)o; } catch (TypeError e) { print(e.Message); }
    try { try { throw "a"; } catch (NullPointerException e) { print("no"); } } catch { print("all"); }
    Exception kept = new Exception("kept");
    try { throw kept; } catch (Exception e) { print(e == kept); }
}
// expect-stdout:
// | 0: 10 f1 f2 
// | 1: 30 f1 outer(inner) f2 
// | 2: 20 catch(mine) f1 f2 
// | 3: 40 body f1 after f2 
// | 505
// | 1
// | 6
// | ArithmeticException123
// | Null pointer dereference!
// | Unsafe cast: object of type string is not int
// | all
// | true
