// A small text adventure. Somebody locked the lighthouse; find out how to light the lamp before the ship arrives.
//
//     starklink run samples/adventure.fsh        and then: look, north, take rope, use key, inventory, quit, ...

const int TURNS = 25;

// What the player tries and cannot do; the game goes on.
class CannotException : Exception { }

class Room {
    public readonly string name, text;
    public Room north, south, east, west, up, down;
    public bool dark;
    Thing[] things = new Thing[8];

    public Room(string name, string text) {
        this.name = name;
        this.text = text;
    }

    public Room Exit(string direction) {
        if (direction == "north") return north;
        if (direction == "south") return south;
        if (direction == "east") return east;
        if (direction == "west") return west;
        if (direction == "up") return up;
        if (direction == "down") return down;
        return null;
    }

    public void Put(Thing thing) {
        for (int i = 0; i < things.Length; i++)
            if (things[i] == null) {
                things[i] = thing;
                return;
            }
        throw CannotException("There is no place left.");
    }

    public Thing Find(string name) {
        for (int i = 0; i < things.Length; i++)
            if (things[i] != null && things[i].name == name) return things[i];
        return null;
    }

    public void Remove(Thing thing) {
        for (int i = 0; i < things.Length; i++)
            if (things[i] == thing) things[i] = null;
    }

    public void Describe(string intro) {
        for (int i = 0; i < things.Length; i++)
            if (things[i] != null) print(intro + things[i].text + ".");
    }
}

// -- things -----------------------------------------------------------------------------------------------------------

abstract class Thing {
    public readonly string name;
    public string text;

    protected Thing(string name, string text) {
        this.name = name;
        this.text = text;
    }

    public virtual bool Movable() => true;
    public virtual void Use(Game game) { throw CannotException("You do not know what to do with the " + name + "."); }
}

class Key : Thing {
    public Key() : base("key", "a rusty key") { }

    public override void Use(Game game) {
        if (game.here != game.beach) throw CannotException("There is nothing to unlock.");
        if (game.beach.north != null) throw CannotException("The door is open already.");
        game.beach.north = game.hall;
        print("The lock resists, then the door swings open.");
    }
}

class Lantern : Thing {
    public bool lit;

    public Lantern() : base("lantern", "a lantern") { }

    public override void Use(Game game) {
        lit = !lit;
        text = lit ? "a burning lantern" : "a lantern";
        print(lit ? "The lantern gives a warm light." : "You put the lantern out.");
    }
}

class Lamp : Thing {
    public bool oiled;

    public Lamp() : base("lamp", "the great lamp of the lighthouse") { }
    public override bool Movable() => false;

    public override void Use(Game game) {
        if (!oiled) throw CannotException("The lamp is dry.");
        if (!game.lantern.lit) throw CannotException("You have no fire.");
        print("The lamp flares up. Far out at sea a ship turns away from the rocks.");
        game.won = true;
    }
}

class Oil : Thing {
    public Oil() : base("oil", "a can of oil") { }

    public override void Use(Game game) {
        if (game.here.Find("lamp") == null) throw CannotException("You do not want to spill it here.");
        game.lamp.oiled = true;
        game.bag.Remove(this);
        print("You fill the lamp.");
    }
}

class Gull : Thing {
    public Gull() : base("gull", "a gull that watches you") { }
    public override bool Movable() { throw CannotException("The gull does not think so."); }
    public override void Use(Game game) { print("The gull looks at the boat, then at you."); }
}

// -- the game ---------------------------------------------------------------------------------------------------------

class Game {
    public Room beach = new Room("beach", "You are on a stony beach. A path leads east, the door of the lighthouse is to the north.");
    public Room hall = new Room("hall", "You are in the round hall of the lighthouse. Stairs lead up, a hatch leads down.");
    Room boat = new Room("boat", "You are in an old boat. The beach is to the west.");
    Room cellar = new Room("cellar", "You are in a low cellar that smells of fish.");
    Room top = new Room("top", "You are under the glass roof. The wind howls.");
    public Room bag = new Room("bag", "");
    public Lantern lantern = new Lantern();
    public Lamp lamp = new Lamp();
    public Room here;
    public bool won;
    int turns;

    public Game() {
        beach.east = boat;
        boat.west = beach;
        hall.south = beach;
        hall.up = top;
        hall.down = cellar;
        cellar.up = hall;
        top.down = hall;
        cellar.dark = true;
        beach.Put(new Gull());
        boat.Put(new Key());
        hall.Put(lantern);
        cellar.Put(new Oil());
        top.Put(lamp);
        here = beach;
    }

    bool TooDark() => here.dark && !(lantern.lit && bag.Find("lantern") != null);

    void Look() {
        if (TooDark()) {
            print("It is too dark to see anything.");
            return;
        }
        print(here.text);
        here.Describe("You see ");
    }

    void Go(string direction) {
        Room next = here.Exit(direction);
        if (next == null) throw CannotException(here == beach && direction == "north" ? "The door is locked." : "There is no way.");
        here = next;
        Look();
    }

    void Take(string name) {
        Thing thing = TooDark() ? null : here.Find(name);
        if (thing == null) throw CannotException("You see no " + name + " here.");
        if (!thing.Movable()) throw CannotException("It does not move.");
        bag.Put(thing);
        here.Remove(thing);
        print("Taken.");
    }

    void Drop(string name) {
        Thing thing = Carried(name);
        here.Put(thing);
        bag.Remove(thing);
        print("Dropped.");
    }

    Thing Carried(string name) {
        Thing thing = bag.Find(name);
        if (thing == null) throw CannotException("You have no " + name + ".");
        return thing;
    }

    void Use(string name) {
        Thing thing = here.Find(name);
        if (thing == null || TooDark()) thing = Carried(name);
        thing.Use(this);
    }

    // False ends the game.
    bool Command(string[] words) {
        string verb = words[0], name = words.Length > 1 ? words[words.Length - 1] : "";
        if (verb == "quit") return false;
        if (verb == "look") Look();
        else if (verb == "inventory" || verb == "i") bag.Describe("You carry ");
        else if (verb == "go") Go(name);
        else if (contains(" north south east west up down ", " " + verb + " ")) Go(verb);
        else if (verb == "take") Take(name);
        else if (verb == "drop") Drop(name);
        else if (verb == "use" || verb == "light") Use(name);
        else throw CannotException("You can look, go, take, drop, use, see the inventory, and quit.");
        return true;
    }

    public int Play() {
        Look();
        while (!won) {
            if (turns == TURNS) {
                print("You hear wood break on rocks. It is too late.");
                return 1;
            }
            write("> ");
            string line = read_line();
            if (line == null) break;
            line = line.trim().to_lower();
            if (line == "") continue;
            try {
                turns++;
                if (!Command(line.split(" "))) break;
            } catch (CannotException e) {
                print(e.Message);
            }
        }
        if (!won) print("The sea keeps its secrets.");
        else print("You needed " + turns + " turns.");
        return won ? 0 : 1;
    }
}

int main() => new Game().Play();
