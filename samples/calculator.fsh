// A calculator with variables that reads one line after the other. A mistake is shown below its place in the line, and the
// calculator goes on; its exit code is 1 if the last line was wrong, like that of a shell.
//
//     $ starklink run samples/calculator.fsh
//     > r = 2.5
//     2.5
//     > pi * r ^ 2
//     19.634954084936208

class CalcError : Exception {
    public int at;

    public CalcError(string message, int at) : base(message) {
        this.at = at;
    }
}

class Variables {
    string[] names = new string[8];
    double[] values = new double[8];
    int count;

    int Find(string name) {
        for (int i = 0; i < count; i++)
            if (names[i] == name) return i;
        return -1;
    }

    public bool Has(string name) => Find(name) >= 0;
    public double Get(string name) => values[Find(name)];

    public void Set(string name, double value) {
        int i = Find(name);
        if (i < 0) {
            if (count == names.Length) Grow();
            i = count++;
            names[i] = name;
        }
        values[i] = value;
    }

    void Grow() {
        string[] moreNames = new string[2 * count];
        double[] moreValues = new double[2 * count];
        copy(names, moreNames);
        copy(values, moreValues);
        names = moreNames;
        values = moreValues;
    }

    public void Print() {
        for (int i = 0; i < count; i++) print("  " + names[i] + " = " + values[i]);
    }
}

// One method per level of precedence; `at` is the place of the next character to read.
class Parser {
    string text;
    int at;
    Variables variables;

    public Parser(string text, Variables variables) {
        this.text = text;
        this.variables = variables;
    }

    // statement = [ name "=" ] sum
    public double Statement() {
        int start = at;
        string name = Name();
        if (name != "" && Accept('=')) {
            double value = Sum();
            End();
            variables.Set(name, value);
            return value;
        }
        at = start;
        double result = Sum();
        End();
        return result;
    }

    // sum = product { ("+" | "-") product }
    double Sum() {
        double value = Product();
        while (true) {
            if (Accept('+')) value += Product();
            else if (Accept('-')) value -= Product();
            else return value;
        }
    }

    // product = factor { ("*" | "/" | "%") factor }
    double Product() {
        double value = Factor();
        while (true) {
            if (Accept('*')) {
                value *= Factor();
            } else if (Accept('/')) {
                value /= Divisor();
            } else if (Accept('%')) {
                value %= Divisor();
            } else {
                return value;
            }
        }
    }

    double Divisor() {
        Blanks();
        int start = at;
        double value = Factor();
        if (value == 0) throw new CalcError("division by zero", start);
        return value;
    }

    // factor = "-" factor | atom [ "^" factor ]
    double Factor() {
        if (Accept('-')) return -Factor();
        double value = Atom();
        if (Accept('^')) return pow(value, Factor());
        return value;
    }

    // atom = number | name | name "(" sum { "," sum } ")" | "(" sum ")"
    double Atom() {
        Blanks();
        int start = at;
        if (Accept('(')) {
            double value = Sum();
            Expect(')');
            return value;
        }
        if (at < text.Length && (IsDigit(text[at]) || text[at] == '.')) return Number();
        string name = Name();
        if (name == "") throw new CalcError(at < text.Length ? "a number is missing here" : "the line ends too early", at);
        if (Accept('(')) return Call(name, start);
        if (!variables.Has(name)) throw new CalcError("unknown name '" + name + "'", start);
        return variables.Get(name);
    }

    double Number() {
        int start = at;
        while (at < text.Length && (IsDigit(text[at]) || text[at] == '.')) at++;
        try {
            return to_double(text.substring(start, at));
        } catch (TypeError e) {
            throw new CalcError("'" + text.substring(start, at) + "' is no number", start);
        }
    }

    double Call(string name, int start) {
        double x = Sum();
        if (name == "max" || name == "min") {
            Expect(',');
            double y = Sum();
            Expect(')');
            return name == "max" ? max(x, y) : min(x, y);
        }
        Expect(')');
        if (name == "sqrt") {
            if (x < 0) throw new CalcError("square root of a negative number", start);
            return sqrt(x);
        }
        if (name == "abs") return abs(x);
        if (name == "floor") return floor(x);
        if (name == "round") return round(x);
        throw new CalcError("unknown function '" + name + "'", start);
    }

    string Name() {
        Blanks();
        int start = at;
        while (at < text.Length && (IsLetter(text[at]) || at > start && IsDigit(text[at]))) at++;
        return text.substring(start, at);
    }

    void Blanks() {
        while (at < text.Length && text[at] == ' ') at++;
    }

    bool Accept(char c) {
        Blanks();
        if (at == text.Length || text[at] != c) return false;
        at++;
        return true;
    }

    void Expect(char c) {
        if (!Accept(c)) throw new CalcError("'" + c + "' is missing here", at);
    }

    void End() {
        Blanks();
        if (at < text.Length) throw new CalcError("this is too much", at);
    }

    static bool IsDigit(char c) => c >= '0' && c <= '9';
    static bool IsLetter(char c) => c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '_';
}

string Spaces(int n) {
    string s = "";
    while (s.Length < n) s += " ";
    return s;
}

int main() {
    Variables variables = new Variables();
    variables.Set("pi", PI);
    variables.Set("e", E);
    int status = 0;
    write("> ");
    for (string line = read_line(); line != null; line = read_line()) {
        string command = line.trim();
        if (command == "quit") return status;
        if (command == "help") {
            print("numbers, + - * / % ^ ( ), name = value, sqrt abs floor round max min, vars, quit");
        } else if (command == "vars") {
            variables.Print();
        } else if (command != "") {
            try {
                print(new Parser(line, variables).Statement());
                status = 0;
            } catch (CalcError error) {
                print(Spaces(error.at + 2) + "^ " + error.Message);
                status = 1;
            }
        }
        write("> ");
    }
    print();
    return status;
}
