// Virtual calls over an array of shapes.
u32 state = 12345;

u32 rng() {
    u32 x = state;
    x ^= x << 13; x ^= x >> 17; x ^= x << 5;
    state = x;
    return x;
}

abstract class Shape {
    public double a, b;
    public abstract double Area();
    public abstract int Corners();
}
class Rect : Shape {
    public override double Area() { return a * b; }
    public override int Corners() { return 4; }
}
class Tri : Shape {
    public override double Area() { return a * b * 0.5; }
    public override int Corners() { return 3; }
}
class Circ : Shape {
    public override double Area() { return a * a * 3.25; }
    public override int Corners() { if (a > b) return 1; return 0; }
}
class Square : Shape {
    public override double Area() { return a * a; }
    public override int Corners() { return 4; }
}

double total_area(Shape[] v, int n) {
    double t = 0.0;
    for (int i = 0; i < n; i++) t += v[i].Area();
    return t;
}

int total_corners(Shape[] v, int n) {
    int t = 0;
    for (int i = 0; i < n; i++) t += v[i].Corners();
    return t;
}

void main(string[] args) {
    int reps = 40000, n = 2000, cs = 0;
    if (args.Length > 0) reps = to_int(args[0]);
    double sum = 0.0;
    Shape[] v = new Shape[n];
    for (int i = 0; i < n; i++) {
        int k = (i >> 5) & 3;
        Shape s;
        if (k == 0) s = new Rect(); else if (k == 1) s = new Tri(); else if (k == 2) s = new Circ(); else s = new Square();
        s.a = (rng() >> 20) * 0.5; s.b = (rng() >> 20) * 0.25;
        v[i] = s;
    }
    for (int i = 0; i < reps; i++) { sum += total_area(v, n); cs += total_corners(v, n); v[i % n].a += 1.0; }
    print("vdispatch " + ((int)(sum * 0.001) + cs));
}
