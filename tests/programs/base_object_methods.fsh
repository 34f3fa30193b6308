// `base.ToString()` and its like where no base class has one are those of object (section 9).
class Plain { }

class Named : Plain {
    public string ToString() { return "<" + base.ToString() + ">"; }
    public bool Equals(object o) { return base.Equals(o); }
    public int GetHashCode() { return base.GetHashCode(); }
}

class Inner : Named {
    public string ToString() => "inner " + base.ToString();
}

class Alone {
    public string ToString() { return "alone: " + base.ToString(); }
}

class Failure : Exception {
    public Failure(string text) : base(text) { }
    public string ToString() { return "failure: " + base.ToString(); }
}

void main() {
    print(new Alone());
    print(new Named());
    print(new Inner());
    print(new Failure("text"));
    Named one = new Named();
    object same = one;
    print(one.Equals(same));
    print(one.Equals(new Named()));
    print(one.GetHashCode() == same.GetHashCode());
}
// expect-stdout:
// | alone: Alone
// | <Named>
// | inner <Inner>
// | failure: text
// | true
// | false
// | true
