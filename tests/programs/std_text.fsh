// StringBuilder: every kind of piece, growing, clearing.
using "std/text.fsh";

struct Point { public int x; }
class Named { public override string ToString() { return "named"; } }

void main() {
    StringBuilder b = new StringBuilder();
    print(b.Length + "[" + b + "]");
    b.Append(1).Append(" ").Append('x').Append('é').Append('😀').Append(true).Append(2.5).Append(1.5f);
    print(b.Length + "[" + b + "]");
    byte small = 200;
    i8 negative = -4;
    u16 medium = 65535;
    u32 wide = 4000000000;
    uint big = 18446744073709551615;
    object boxed = 77;
    Point p;
    b.Clear().Append(small).Append(',').Append(negative).Append(',').Append(medium).Append(',').Append(wide).Append(',');
    b.Append(big).Append(',').Append(boxed).Append(',').Append(p).Append(',').Append(new Named()).Append(',').Append(new int[2]);
    string nothing = null;
    Named nobody = null;
    b.Append(nothing).Append(nobody).Append(null).Append("");
    print(b);
    StringBuilder lines = new StringBuilder("first");
    lines.AppendLine().AppendLine("second").AppendLine(b.Length.ToString());
    print(lines);
    StringBuilder many = new StringBuilder();
    for (int i = 0; i < 3000; i++) many.Append(i % 10).Append("-");
    string text = many.ToString();
    many.Clear();
    print(text.Length + " " + many.Length + " " + text.substring(5990, 6000));
    many.Append(text).Append(text);
    print(many.ToString() == text + text);
    print(new StringBuilder(text).Append("\0é").Length);
}
// expect-stdout:
// | 0[]
// | 19[1 xé😀true2.51.5]
// | 200,-4,65535,4000000000,18446744073709551615,77,Point,named,int[]
// | first
// | second
// | 65
// | 
// | 6000 0 5-6-7-8-9-
// | true
// | 6003
