class Shape {
    public double side;
    public Shape(double side) { this.side = side; }
    public virtual double Area() { return side * side; }
}

class Circle : Shape {
    public Circle(double radius) : base(radius) { }
    public override double Area() { return 3.0 * side * side; }
}

int Deep(int n, int a, int b, int c, int d, int e, int f, int g) {
    if (n == 0) return a + b + c + d + e + f + g;
    return Deep(n - 1, b, c, d, e, f, g, a) + n;
}

int Early(int n) {
    if (n < 2) return n;
    return Early(n - 1) + Early(n - 2);
}

void Fail(int n) {
    int[] few = new int[2];
    if (n == 0) throw "thrown";
    few[n] = 1;
}

int Caught(int n) {
    try {
        Fail(n);
    } catch (string message) {
        return message.Length;
    } finally {
        Early(2);
    }
    return 0;
}

void main() {
    Shape shape = new Circle(2.0);
    print(shape.Area());
    print("deep " + Deep(2, 1, 2, 3, 4, 5, 6, 7));
    print(Early(3));
    print(Caught(0) + Caught(1) + Caught(7));
}
