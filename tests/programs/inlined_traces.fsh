// Errors inside small functions, which optimisation puts into their callers: every level tells the same frames.
class Account {
    int balance;
    int[] log;
    public Account(int start) { balance = check(start); log = new int[2]; }
    public int Share(int people) { return balance / people; }
    public void Note(int at) { log[at] = balance; }
    public static int check(int value) { if (value < 0) throw new Exception("negative " + value); return value; }
}

class Scale {
    public virtual int Of(int x) { return times(x, 3); }
}
class Wide : Scale {
    public override int Of(int x) { return times(x, 4611686018427387904); }
}

int times(int a, int b) { return a * b; }
int length(string s) { return s.length(); }
int half(int x) { return x / 2; }
int third(int[] a) { return a[half(5)]; }
i32 narrow(int x) { return (i32)x; }
int outer(Account a, int people) {
    int part = a.Share(people);
    return part + 1;
}
int twice(Account a, int people) { return outer(a, people) + outer(a, people - 1); }

void attempt(int what) {
    try {
        if (what == 0) print(twice(new Account(12), 1));
        if (what == 1) print(new Account(-3) == null);
        if (what == 2) new Account(1).Note(what);
        if (what == 3) print(third(new int[half(5)]));
        if (what == 4) print(length(null));
        if (what == 5) {
            Scale s = new Wide();
            print(s.Of(what));
        }
        if (what == 6) print(narrow(times(65536, 65536)));
        if (what == 7) print(outer(null, 1));
    } catch (Exception e) {
        print(e.ToString() + "\n" + e.StackTrace());
    }
}

int loop(int[] a, int n) {
    int sum = 0;
    for (int i = 0; i < n; i++) {
        sum += times(a[i], a[i]);
        sum += half(sum);
    }
    return sum;
}

void main() {
    for (int i = 0; i < 8; i++) attempt(i);
    int[] a = {1, 2, 3};
    print(loop(a, 3));
    a[1] = 3037000500;
    print(loop(a, 4));
}
// expect-exit: 103
// expect-stdout:
// | Division by zero
// | ArithmeticException: Division by zero
// | Stack trace:
// |   at Account.Share:6
// |   at outer:24
// |   at twice:27
// |   at attempt:31
// |   at main:57
// | negative -3
// | Exception: negative -3
// | Stack trace:
// |   at Account.check:8
// |   at Account.new:5
// |   at attempt:32
// |   at main:57
// | Index out of bounds: index 2, length 2
// | IndexOutOfBoundsException: Index out of bounds: index 2, length 2
// | Stack trace:
// |   at Account.Note:7
// |   at attempt:33
// |   at main:57
// | Index out of bounds: index 2, length 2
// | IndexOutOfBoundsException: Index out of bounds: index 2, length 2
// | Stack trace:
// |   at third:21
// |   at attempt:34
// |   at main:57
// | Null pointer dereference
// | NullPointerException: Null pointer dereference
// | Stack trace:
// |   at length:19
// |   at attempt:35
// |   at main:57
// | Integer overflow in multiplication
// | ArithmeticException: Integer overflow in multiplication
// | Stack trace:
// |   at times:18
// |   at Wide.Of:15
// |   at attempt:38
// |   at main:57
// | Unsafe cast: value 4294967296 out of i32 range [-2147483648, 2147483647]
// | TypeError: Unsafe cast: value 4294967296 out of i32 range [-2147483648, 2147483647]
// | Stack trace:
// |   at narrow:22
// |   at attempt:40
// |   at main:57
// | Null pointer dereference
// | NullPointerException: Null pointer dereference
// | Stack trace:
// |   at outer:24
// |   at attempt:41
// |   at main:57
// | 24
// expect-stderr-contains: inlined_traces.fsh:18:36: ArithmeticException: Integer overflow in multiplication
// expect-stderr-contains: Stack trace:
// expect-stderr-contains:   at times:18
// expect-stderr-contains:   at loop:50
// expect-stderr-contains:   at main:61
