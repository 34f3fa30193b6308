class Animal {
    public string name;
    protected int legs = 4;
    public Animal(string name) { this.name = name; }
    public virtual int Legs() { return legs; }
    public int Feed(int portions) {
        int each = 12;
        return each / portions;
    }
}

class Bird : Animal {
    public double wings = 0.5;
    public Bird(string name) : base(name) { legs = 2; }
    public int Legs() {
        int found = legs;
        return found;
    }
}
