// A tour of the core language: every section of it prints what it found.

const int LIMIT = 50;
int calls = 0;
readonly string TITLE = "FluxSharp tour";

// -- classes ----------------------------------------------------------------------------------------------------------

class Point {
    public double x;
    public double y;

    public Point(double x, double y) {
        this.x = x;
        this.y = y;
    }

    public double Distance(Point other) {
        double dx = x - other.x, dy = y - other.y;
        return sqrt(dx * dx + dy * dy);
    }

    public string ToString() => "(" + x + ", " + y + ")";
}

class Counter {
    static int made = 0;
    const int STEP = 2;
    private int count = 1;
    string name;

    public Counter(string name) {
        this.name = name;
        made++;
    }

    public static Counter Named(string name) => new Counter(name);
    public static int Made() => made;

    public Counter Tick() {
        count += STEP;
        return this;
    }

    public string ToString() => name + "=" + count;
}

class Stack {
    private int[] items = new int[4];
    private int size;

    public void Push(int value) {
        if (size == items.Length) {
            int[] larger = new int[size * 2];
            copy(items, larger);
            items = larger;
        }
        items[size++] = value;
    }

    public int Pop() {
        return items[--size];
    }

    public bool Empty() => size == 0;
}

// -- functions --------------------------------------------------------------------------------------------------------

int Fibonacci(int n) {
    calls++;
    if (n < 2) return n;
    return Fibonacci(n - 1) + Fibonacci(n - 2);
}

string Area(int side) => "square " + side * side;
string Area(int width, int height) => "rectangle " + width * height;

bool IsPrime(int n) {
    if (n < 2) return false;
    for (int d = 2; d * d <= n; d++)
        if (n % d == 0) return false;
    return true;
}

int Gcd(int a, int b) {
    while (b != 0) {
        int rest = a % b;
        a = b;
        b = rest;
    }
    return a;
}

// -- sections ---------------------------------------------------------------------------------------------------------

void Numbers() {
    print("-- numbers");
    i8 small = -128;
    byte octet = 0xFF;
    u32 word = 4_000_000_000;
    uint huge = 18446744073709551615;
    print(small);
    print(octet + 1);
    print(word / 3);
    print(huge);
    print(-7 / 2 + " " + -7 % 2 + " " + (-7 >> 1));
    print((0b1010 ^ 0x0F) + " " + (1 << 40) + " " + ~0);
    print(unchecked((byte)300) + " " + (i32)3.99 + " " + (double)7 / 2);
    float third = 1f / 3;
    print(third + " " + 1.0 / 3 + " " + 1e15 + " " + 0.1 + " " + 2.5e-7);
    print(pow(2, 62) + " " + pow(2.0, 0.5) + " " + sqrt(99) + " " + abs(-5));
    print(max(3, 9) + " " + min(2.5, 1.5) + " " + round(2.5) + " " + floor(-1.5));
    double zero = 0;
    print(1 / zero + " " + -1 / zero + " " + zero / zero);
}

void Flow() {
    print("-- flow");
    int found = 0;
    int candidate = 0;
    while (true) {
        candidate++;
        if (!IsPrime(candidate)) continue;
        if (candidate > LIMIT) break;
        found += 1;
    }
    print("primes up to " + LIMIT + ": " + found);
    int n = 27, steps = 0;
    do {
        if (n % 2 == 0) n /= 2;
        else n = 3 * n + 1;
        steps++;
    } while (n != 1);
    print("steps " + steps);
    for (int i = 0, j = 10; i < j; i += 3, j--) write(i + ":" + j + " ");
    print();
    if (n == 1 && steps > 100 || false) print("long"); else print("short");
}

void Arrays() {
    print("-- arrays");
    int[10] squares;
    for (int i = 0; i < squares.Length; i++) squares[i] = i * i;
    int sum = 0;
    for (int i = 0; i < length(squares); i++) sum += squares[i];
    print("sum " + sum);
    int[3][4] table;
    for (int row = 0; row < 3; row++)
        for (int column = 0; column < 4; column++) table[row][column] = row * 10 + column;
    print(table[2][3] + " " + table.Length + " " + table[0].Length);
    string[] words = {"one", "two", "three"};
    string all = "";
    for (int i = words.Length - 1; i >= 0; i--) all += words[i] + " ";
    print(all);
    double[] halves = new double[] {0.5, 1.5, 2.5};
    fill(halves, 4.25);
    print(halves[2]);
    byte[] bytes = new byte[3];
    bytes[1] = 200;
    bytes[1] += 55;
    print(bytes[1]);
}

void Strings() {
    print("-- strings");
    string text = "  The quick brown fox  ";
    string trimmed = text.trim();
    print(trimmed.length() + " " + trimmed.to_upper());
    print(trimmed.index_of("quick") + " " + trimmed.contains("cat"));
    print(trimmed.substring(4, 9) + trimmed[0] + trimmed.replace("brown", "red"));
    string[] parts = split(trimmed, " ");
    print(parts.Length + " " + parts[3]);
    char c = 'é';
    int code = c;
    print("" + c + " " + code + " " + (char)(code + 1) + " \u20ac\t\x41");
    print(@"C:\temp ""quoted""");
    print(compare("apple", "banana") + " " + ("a" + 1 == "a1"));
    print(to_int(" 42 ") + to_double("2.5"));
    string nothing = null;
    print("[" + nothing + "]" + (nothing == null));
}

void Objects() {
    print("-- objects");
    Point origin = new Point(0, 0);
    Point corner = new Point(3, 4);
    print(origin + " to " + corner + ": " + origin.Distance(corner));
    Counter first = Counter.Named("first");
    first.Tick().Tick();
    Counter second = new Counter("second");
    print(first + " " + second + " " + Counter.Made());
    Stack stack = new Stack();
    for (int i = 0; i < 9; i++) stack.Push(i * i);
    while (!stack.Empty()) write(stack.Pop() + " ");
    print();
}

int main() {
    print(TITLE);
    Numbers();
    Flow();
    Arrays();
    Strings();
    Objects();
    print("-- functions");
    print(Fibonacci(15) + " in " + calls + " calls");
    print(Area(5) + ", " + Area(3, 4));
    print("gcd " + Gcd(1071, 462));
    assert(calls > 0, "functions were called");
    return calls % 7;
}
