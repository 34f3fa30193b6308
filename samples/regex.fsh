// A little grep with a regular expression matcher of its own: prints the lines of standard input that have a match,
// the match in brackets.
//
//     starklink run samples/regex.fsh -- "wor(ld|m)s?$" < text
//
// Patterns: characters, . [abc] [^a-z] \d \w \s, groups ( | ), repetition * + ? (as many as possible), ^ and $, \ before
// a character that shall mean itself.

class PatternError : Exception { }

// -- the pattern as a tree --------------------------------------------------------------------------------------------

// A node matches something and then asks the node behind it to match the rest: so every choice can be taken back if the
// rest fails. The result is the end of the whole match, or -1.
abstract class Node {
    protected Node next;

    // Tells what comes behind. Called once, when the tree is complete.
    public virtual void Link(Node behind) { next = behind; }
    public abstract int Match(string s, int at);
}

class Nothing : Node {
    public override int Match(string s, int at) => next == null ? at : next.Match(s, at);
}

class Begin : Node {
    public override int Match(string s, int at) => at == 0 ? next.Match(s, at) : -1;
}

class Finish : Node {
    public override int Match(string s, int at) => at == s.Length ? next.Match(s, at) : -1;
}

// One character out of a set of bytes.
class OneOf : Node {
    bool[256] set;

    public void Add(int low, int high) {
        for (int c = low; c <= high; c++) set[c] = true;
    }

    public void AddClass(char name) {
        if (name == 'd' || name == 'w') Add('0', '9');
        if (name == 'w') {
            Add('a', 'z');
            Add('A', 'Z');
            Add('_', '_');
        }
        if (name == 's') {
            Add(' ', ' ');
            Add('\t', '\r');
        }
    }

    public void Invert() {
        for (int c = 0; c < 256; c++) set[c] = !set[c];
    }

    public override int Match(string s, int at) => at < s.Length && set[s[at]] ? next.Match(s, at + 1) : -1;
}

class Both : Node {
    readonly Node first, second;

    public Both(Node first, Node second) {
        this.first = first;
        this.second = second;
    }

    public override void Link(Node behind) {
        first.Link(second);
        second.Link(behind);
    }

    public override int Match(string s, int at) => first.Match(s, at);
}

class Either : Node {
    readonly Node left, right;

    public Either(Node left, Node right) {
        this.left = left;
        this.right = right;
    }

    public override void Link(Node behind) {
        left.Link(behind);
        right.Link(behind);
    }

    public override int Match(string s, int at) {
        int end = left.Match(s, at);
        return end >= 0 ? end : right.Match(s, at);
    }
}

// Behind the body comes this node again, so that a round is: body, then Match.
class Repeat : Node {
    readonly Node body;
    readonly int least, most;
    int rounds;
    int began = -1;             // where the last round began

    public Repeat(Node body, int least, int most) {
        this.body = body;
        this.least = least;
        this.most = most;
    }

    public override void Link(Node behind) {
        next = behind;
        body.Link(this);
    }

    public override int Match(string s, int at) {
        int round = rounds, start = began, end = -1;
        // A round that matched nothing would be followed by endlessly many like it.
        if (round < most && at != start) {
            rounds = round + 1;
            began = at;
            end = body.Match(s, at);
        }
        if (end < 0 && (round >= least || at == start)) {
            // What comes behind may lead here again if this loop is inside another one.
            rounds = 0;
            began = -1;
            end = next.Match(s, at);
        }
        rounds = round;
        began = start;
        return end;
    }
}

// -- from text to tree ------------------------------------------------------------------------------------------------

class Pattern {
    string text;
    int at;
    Node root;

    public Pattern(string text) {
        this.text = text;
        root = Choice();
        if (at < text.Length) throw PatternError("a ')' too many at " + at);
        root.Link(new Nothing());
    }

    // Begin of the first match at or behind `start`, -1 without one.
    public int Find(string s, int start) {
        for (int i = start; i <= s.Length; i++)
            if (root.Match(s, i) >= 0) return i;
        return -1;
    }

    public int EndOf(string s, int begin) => root.Match(s, begin);

    // choice = sequence { "|" sequence }
    Node Choice() {
        Node choice = Sequence();
        while (Peek() == '|') {
            at++;
            choice = new Either(choice, Sequence());
        }
        return choice;
    }

    // sequence = { single [ "*" | "+" | "?" ] }
    Node Sequence() {
        Node sequence = new Nothing();
        for (char c = Peek(); c != '\0' && c != '|' && c != ')'; c = Peek()) {
            Node node = Single();
            char sign = Peek();
            if (sign == '*') node = new Repeat(node, 0, MANY);
            if (sign == '+') node = new Repeat(node, 1, MANY);
            if (sign == '?') node = new Repeat(node, 0, 1);
            if (sign == '*' || sign == '+' || sign == '?') at++;
            sequence = new Both(sequence, node);
        }
        return sequence;
    }

    const int MANY = 1_000_000_000;

    // single = "(" choice ")" | "[" set "]" | "." | "^" | "$" | "\" character | character
    Node Single() {
        char c = text[at++];
        if (c == '(') {
            Node group = Choice();
            if (Peek() != ')') throw PatternError("a ')' is missing");
            at++;
            return group;
        }
        if (c == '*' || c == '+' || c == '?') throw PatternError("nothing to repeat at " + (at - 1));
        if (c == '^') return new Begin();
        if (c == '$') return new Finish();
        OneOf set = new OneOf();
        if (c == '[') Set(set);
        else if (c == '.') set.Add(0, 255);
        else if (c == '\\') Escaped(set);
        else set.Add(c, c);
        return set;
    }

    void Set(OneOf set) {
        bool inverted = Peek() == '^';
        if (inverted) at++;
        do {
            char low = Peek();
            if (low == '\0') throw PatternError("a ']' is missing");
            at++;
            if (low == '\\') {
                Escaped(set);
            } else if (Peek() == '-' && at + 1 < text.Length && text[at + 1] != ']') {
                set.Add(low, text[at + 1]);
                at += 2;
            } else {
                set.Add(low, low);
            }
        } while (Peek() != ']');
        at++;
        if (inverted) set.Invert();
    }

    void Escaped(OneOf set) {
        char c = Peek();
        if (c == '\0') throw PatternError("a character is missing behind the last \\");
        at++;
        if (c == 'd' || c == 'w' || c == 's') set.AddClass(c);
        else set.Add(c, c);
    }

    char Peek() => at < text.Length ? text[at] : '\0';
}

// -- grep -------------------------------------------------------------------------------------------------------------

int main(string[] args) {
    if (args.Length != 1) {
        print("usage: regex PATTERN < text");
        return 2;
    }
    Pattern pattern = null;
    try {
        pattern = new Pattern(args[0]);
    } catch (PatternError e) {
        print("pattern: " + e.Message);
        return 2;
    }
    int found = 0;
    for (string line = read_line(); line != null; line = read_line()) {
        int begin = pattern.Find(line, 0);
        if (begin < 0) continue;
        found++;
        string marked = "";
        int rest = 0;
        while (begin >= 0) {
            int end = pattern.EndOf(line, begin);
            marked += line.substring(rest, begin) + "[" + line.substring(begin, end) + "]";
            rest = end;
            // A match of nothing steps over a character, so that it is not found again.
            begin = pattern.Find(line, end > begin ? end : end + 1);
        }
        print(marked + line.substring(rest, line.Length));
    }
    return found > 0 ? 0 : 1;
}
