// Globals and statics (8, 9, 16): constants are there from the start, the rest in textual order; sized ones allocate.
int a = b + 1; int b = 5; string joined = early + late; string early = "e"; string late = "l" + "t"; double half = two / 4; double two = 2; bool known = flag; bool flag = 1 < 2; char letter = next; char next = 'n'; byte small = bits; byte bits = 200;
int fromClass = Later.fixed + Later.made; int order = log("order"); int counter = 10; int run = log("run");
class Later { public static int fixed = 7; public static int made = fixed + make(); public const int K = J * 2; public const int J = 4; static int make() { return log("make"); } public static int[2] cells; public static string text = log("text") + "!"; public static int plain; public static Later self = new Later(3); public int n = log("field"); public Later(int v) { n += v; } public static int Sum() { return cells.Length + plain + self.n; } }
int[3] sized; int[2][2] grid; P point; P[2] points; int[] list = { one(), two2() }; int[] none; Later nothing; readonly int ro = log("ro"); const int c1 = c2 + 1, c2 = Later.K; const string cs = "a" + "b"; uint top = 18446744073709551615; float f = 1; i8 neg = -128; int casted = (int)3.99; int minimum = -9223372036854775808; int wide = 'a';
struct P { public int x; public int[2] tag; }
int calls; int one() { calls++; return calls; } int two2() { return one() * 10; }
int log(string s) { write(s + " "); calls++; return calls; }
class Counter { public static int count; int id; public Counter() { count++; id = count; } public int Id() { return id; } public static Counter shared = new Counter(); private static readonly int limit = 3; public static bool Full() { return count >= limit; } }
void main() {
    print("");
    print(a + " " + joined + " " + half + " " + known + " " + letter + " " + small);
    print(fromClass + " " + order + " " + run);
    print(Later.made + " " + Later.text + " " + Later.self.n + " " + Later.Sum());
    print(sized.Length + grid[1].Length + points.Length + points[1].tag.Length + point.tag.Length); print(list[0] + " " + list[1]); print(none == null); print(nothing == null); print(ro);
    print(c1 + " " + c2 + " " + cs + " " + Later.K + Later.J + " " + top + " " + f + " " + neg + " " + casted + " " + minimum + " " + wide);
    new Counter(); Counter k = new Counter(); print(Counter.count + k.Id() + " " + Counter.shared.Id() + " " + Counter.Full()); b = 50; counter++; Later.fixed--; print(b + counter + Later.fixed); sized[2] = 5; { int sized = 4; print(sized); }
    calls += 1; print(calls); { int calls = 1; calls++; print(calls); } print(this_is_global()); point.x = 3; P copy = point; copy.x++; print(point.x + copy.x); points[0] = point; points[0].x = 9; print(point.x);
}
int this_is_global() { return calls; }
// expect-stdout:
// | order run make text field ro 
// | 6 elt 0.5 true n 200
// | 7 1 2
// | 10 4! 8 10
// | 11
// | 6 70
// | true
// | true
// | 8
// | 9 8 ab 84 18446744073709551615 1 -128 3 -9223372036854775808 97
// | 6 1 true
// | 67
// | 4
// | 9
// | 2
// | 9
// | 7
// | 3
