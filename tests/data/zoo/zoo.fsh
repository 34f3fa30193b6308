using "animals.fsh";

struct Spot {
    public int x;
    public int y;
    public int Far() { return x * x + y * y; }
}

class Cage {
    public Animal inside;
    public Spot place;
    public object label;
    public Spot[] doors;
    public Cage(Animal a) {
        inside = a;
        place.x = 3;
        place.y = 4;
        label = "cage";
        doors = new Spot[2];
        doors[1].y = 9;
    }
}

class Escape : Exception {
    public int count;
    public Escape(int count) : base("escaped: " + count) { this.count = count; }
}

int Look(Cage cage, int n) {
    if (n == 0) {
        throw new Escape(cage.place.Far());
    }
    return Look(cage, n - 1) + cage.inside.Legs();
}

void main() {
    Cage cage = new Cage(new Bird("owl"));
    print(cage.inside.Legs());
    try {
        print(Look(cage, 2));
    } catch (Escape e) {
        print(e.Message);
    }
    int[] none = null;
    try {
        print(none[1]);
    } catch (NullPointerException e) {
        print("null");
    }
    cage.inside.Feed(0);
}
