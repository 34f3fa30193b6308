// ToString, Equals and GetHashCode of object, called by their names alone inside classes and structs (sections 5, 9).
class Plain {
    public string Text() { return ToString() + "/" + this.ToString(); }
    public bool Same(object o) { return Equals(o); }
    public int Code() { return GetHashCode(); }
}

class Named : Plain {
    public string ToString() => "named";
    public bool Equals(Named o) => true;
}

struct Pair {
    int x;
    public string Text() { return ToString() + "/" + this.ToString(); }
    public bool Same(object o) => Equals(o);
    public int Code() => GetHashCode();
}

void main() {
    Plain plain = new Plain();
    print(plain.Text());
    print(plain.Same(plain));
    print(plain.Same(new Plain()));
    print(plain.Code() == plain.GetHashCode());
    Named named = new Named();
    print(named.Text());
    print(named.Same(new Named()));
    print(named.Equals(new Named()));
    Pair a, b;
    print(a.Text());
    print(a.Same(b));
    print(a.Code() == b.Code());
    b.x = 1;
    print(a.Same(b));
}
// expect-stdout:
// | Plain/Plain
// | true
// | false
// | true
// | named/named
// | false
// | true
// | Pair/Pair
// | true
// | true
// | false
