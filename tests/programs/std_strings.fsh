// Strings: joining, repeating, aligning, taking apart.
using "std/strings.fsh";

void show(string[] parts) { print(parts.Length + " <" + Strings.Join(parts, "><").replace("\r", "CR") + ">"); }

void main() {
    print(Strings.Join(new string[0], ",") + "." + Strings.Join(new string[] {"a", null, "c"}, ", "));
    print(Strings.Repeat("ab", 3) + Strings.Repeat("x", 0) + Strings.Repeat("x", -5));
    print(Strings.Width("aé€😀") + " " + Strings.Width(""));
    print("[" + Strings.PadLeft("é1", 5) + "|" + Strings.PadRight("€", 3) + "|" + Strings.PadLeft("long", 2) + "|" +
          Strings.PadRight("long", -1) + "]");
    show(Strings.Words("  a b\tc\r\n "));
    show(Strings.Words(" "));
    show(Strings.Lines("a\r\nb\n\nc\rd\ne"));
    show(Strings.Lines("a\r\n"));
    show(Strings.Lines("\r"));
    show(Strings.Lines(""));
    print(Strings.Count("aXbXX", "X") + " " + Strings.Count("aaaa", "aa") + " " + Strings.Count("abc", ""));
    print(Strings.Reverse("aé€😀z") + Strings.Reverse(""));
    print(Strings.IsBlank('\t') + " " + Strings.IsBlank('x') + " " + Strings.IsDigit('7') + " " + Strings.IsDigit('a') + " " +
          Strings.IsLetter('Q') + " " + Strings.IsLetter('['));
    print(Strings.Repeat(null, 2) + "!");
    Strings.Words(null);
}
// expect-exit: 102
// expect-stdout:
// | .a, , c
// | ababab
// | 4 0
// | [   é1|€  |long|long]
// | 3 <a><b><c>
// | 0 <>
// | 5 <a><b><><cCRd><e>
// | 1 <a>
// | 1 <CR>
// | 0 <>
// | 3 2 0
// | z😀€éa
// | true false true false true false
// | !
