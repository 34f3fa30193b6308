// A small virtual machine: assembly text in, bytecode out, and an interpreter that survives what the program does wrong.

using "std/ints.fsh";
using "std/strings.fsh";

// -- instructions -----------------------------------------------------------------------------------------------------

const int PUSH = 0, LOAD = 1, STORE = 2, ADD = 3, SUB = 4, MUL = 5, DIV = 6, MOD = 7, LESS = 8, EQUAL = 9, DUP = 10, SWAP = 11,
          JUMP = 12, JZERO = 13, CALL = 14, RET = 15, PRINT = 16, HALT = 17;

// The names in the order of their numbers. The first three and the jumps are followed by an operand.
string[] NAMES = {"push", "load", "store", "add", "sub", "mul", "div", "mod", "less", "equal", "dup", "swap",
                  "jump", "jzero", "call", "ret", "print", "halt"};

bool HasOperand(int code) => code <= STORE || code >= JUMP && code <= CALL;

class SourceError : Exception { }

// -- assembler --------------------------------------------------------------------------------------------------------

class Code {
    public int[] words;     // instructions and operands
    public int[] lines;     // the source line of each word
}

// One instruction a line; `name:` is a label, `;` begins a comment. Labels may be used before they are defined.
class Assembler {
    IntList words = new IntList();
    IntList lines = new IntList();
    StringList labels = new StringList();
    IntList places = new IntList();
    StringList wanted = new StringList();   // operands that are labels, "" for all other words
    int line;

    public Code Assemble(string source) {
        string[] text = Strings.Lines(source);
        for (line = 1; line <= text.Length; line++) Line(Strings.Words(text[line - 1].split(";")[0]));
        Code code = new Code();
        code.words = words.ToArray();
        code.lines = lines.ToArray();
        for (int i = 0; i < wanted.Count; i++) {
            if (wanted.Get(i) == "") continue;
            int label = labels.IndexOf(wanted.Get(i));
            if (label < 0) throw SourceError("line " + code.lines[i] + ": no label '" + wanted.Get(i) + "'");
            code.words[i] = places.Get(label);
        }
        return code;
    }

    void Line(string[] parts) {
        if (parts.Length == 0) return;
        if (parts[0].ends_with(":")) {
            labels.Add(parts[0].substring(0, parts[0].Length - 1));
            places.Add(words.Count);
            return;
        }
        int code = NAMES.Length - 1;
        while (code >= 0 && NAMES[code] != parts[0]) code--;
        if (code < 0) throw SourceError("line " + line + ": no instruction '" + parts[0] + "'");
        if (parts.Length != (HasOperand(code) ? 2 : 1)) throw SourceError("line " + line + ": wrong number of operands");
        Emit(code, "");
        if (!HasOperand(code)) return;
        if (code >= JUMP) {
            Emit(0, parts[1]);
            return;
        }
        try {
            Emit(to_int(parts[1]), "");
        } catch (TypeError e) {
            throw SourceError("line " + line + ": '" + parts[1] + "' is no number");
        }
    }

    void Emit(int word, string label) {
        words.Add(word);
        lines.Add(line);
        wanted.Add(label);
    }
}

// -- machine ----------------------------------------------------------------------------------------------------------

class Machine {
    int[] code;
    int[] stack = new int[64];
    int[] returns = new int[64];
    int[] memory = new int[16];
    int top, depth;             // numbers of values and of return addresses
    public int at;              // the instruction that runs
    public int steps;

    public Machine(int[] code) { this.code = code; }

    // No limits are tested here: FluxSharp's own checks of indices and arithmetic do it.
    public void Run() {
        int next = 0;
        while (true) {
            int op = code[next];
            at = next++;
            int operand = HasOperand(op) ? code[next++] : 0;
            steps++;
            if (op == PUSH) Push(operand);
            else if (op == LOAD) Push(memory[operand]);
            else if (op == STORE) memory[operand] = Pop();
            else if (op == DUP) Push(stack[top - 1]);
            else if (op == JUMP) next = operand;
            else if (op == JZERO) next = Pop() == 0 ? operand : next;
            else if (op == PRINT) print(Pop());
            else if (op == HALT) return;
            else if (op == RET) next = returns[--depth];
            else if (op == CALL) {
                returns[depth++] = next;
                next = operand;
            } else if (op == SWAP) {
                int upper = Pop(), lower = Pop();
                Push(upper);
                Push(lower);
            } else {
                int right = Pop(), left = Pop();
                Push(Calculate(op, left, right));
            }
        }
    }

    static int Calculate(int op, int left, int right) {
        if (op == ADD) return left + right;
        if (op == SUB) return left - right;
        if (op == MUL) return left * right;
        if (op == DIV) return left / right;
        if (op == MOD) return left % right;
        if (op == LESS) return left < right ? 1 : 0;
        return left == right ? 1 : 0;
    }

    void Push(int value) { stack[top++] = value; }
    int Pop() => stack[--top];
}

// -- programs ---------------------------------------------------------------------------------------------------------

string FACTORIAL = @"
        push 20
        call factorial
        print
        halt
factorial:              ; n -> n!
        dup
        jzero one
        dup
        push 1
        sub
        call factorial
        mul
        ret
one:
        push 1
        add
        ret
";

string PRIMES = @"
        push 2
        store 0         ; candidate
next:
        push 2
        store 1         ; divisor
test:
        load 0
        load 1
        dup
        mul
        less            ; candidate < divisor squared: prime
        jzero divide
        load 0
        print
        jump step
divide:
        load 0
        load 1
        mod
        jzero step
        load 1
        push 1
        add
        store 1
        jump test
step:
        load 0
        push 1
        add
        dup
        store 0
        push 30
        less
        jzero end
        jump next
end:
        halt
";

void Execute(string title, string source) {
    print("-- " + title);
    Machine machine = null;
    Code code = null;
    try {
        code = new Assembler().Assemble(source);
        machine = new Machine(code.words);
        machine.Run();
        print("ended after " + machine.steps + " steps");
    } catch (SourceError e) {
        print("not assembled: " + e.Message);
    } catch (e) {
        print("stopped in line " + code.lines[machine.at] + ": " + e.Message);
    }
}

void main() {
    Execute("factorial", FACTORIAL);
    Execute("primes", PRIMES);
    Execute("too few values", "push 1\nadd");
    Execute("division", "push 1\npush 0\ndiv");
    Execute("overflow", "push 3037000500\ndup\nmul");
    Execute("endless recursion", "again:\ncall again");
    Execute("no end", "push 1");
    Execute("unknown instruction", "push 1\njumq 1");
    Execute("unknown label", "jump nowhere");
}
