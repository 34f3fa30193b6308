enum Color { Red, Green = 5, Blue }

struct Point {
    public int x;
    public double y;
}

class Animal {
    public string name;
    protected int legs = 4;
    static int made = 0;
    public Animal(string name) {
        this.name = name;
        made++;
    }
    public virtual string Sound() { return "..."; }
}

class Dog : Animal {
    public bool good = true;
    public Animal friend;
    public Dog(string name) : base(name) { }
    public override string Sound() { return name + " barks"; }
}

int counter = 3;
double ratio = 0.25;
string title = "global text";
const int LIMIT = 12;

double Half(double value) {
    return value / 2;
}

bool Odd(int n) {
    return n % 2 == 1;
}

string Join(string left, string right) {
    return left + "-" + right;
}

Point Middle(Point a, Point b) {
    Point m;
    m.x = (a.x + b.x) / 2;
    m.y = (a.y + b.y) / 2;
    return m;
}

int[] Squares(int n) {
    int[] out = new int[n];
    for (int i = 0; i < n; i++) {
        out[i] = i * i;
    }
    return out;
}

void Show(Animal who, Color color, i8 tiny, byte octet, u16 word, i32 half, uint big, float single, char letter) {
    Point p;
    p.x = 7;
    p.y = 1.5;
    Point q = Middle(p, p);
    int[] squares = Squares(5);
    string[] names = {"one", null, "drei ü"};
    double[] reals = {0.5, 1e300};
    bool[] flags = {true, false};
    int[][] rows = {squares, {1, 2}};
    Animal[] zoo = {who, null};
    object thing = 42;
    string none = null;
    string empty = "";
    counter += q.x;
    ratio *= 2;
    title = title + "!";
    print(Join("a", who.Sound()));
    print(Half(3.0));
    print(Odd(counter));
}

void main() {
    Dog dog = new Dog("Rex");
    dog.friend = new Animal("Cat");
    Show(dog, Color.Green, -5, 200, 60000, -100000, 18446744073709551615, 0.5f, 'é');
}
