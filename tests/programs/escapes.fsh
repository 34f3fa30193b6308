// Characters, strings, verbatim strings and escapes (2, 12).
string bytes(string s) { string r = ""; for (int i = 0; i < s.length; i++) { if (i > 0) r += " "; r += (int)s[i]; } return r; }
void main() {
    print(bytes("\n\t\r\0\a\b\f\v\\\"\'"));
    print(bytes("\x41\xff\x00z"));
    print((int)'\xff' + (int)'\x00');
    print(bytes("" + '\xff'));
    print(bytes("\u00e9\u20AC\U0001F600"));
    print((int)'\u20ac' + " " + (int)'\U0010FFFF');
    print((int)'é' + " " + (int)'€' + " " + (int)'😀');
    print((int)'\n' + (int)'\'' + (int)'"' + (int)'\"' + (int)'\\');
    print(bytes("é"));
    print(@"a\nb""c");
    print(@"");
    print(@"""");
    print(@"line one
  line two" + "!");
    print(bytes(@"x
y"));
    print("".length + " " + "\0".length + " " + "a\0b".Length);
    print("a" + "b" + 'c' + 1 + 2.5 + true + null);
    print("'" + '"' + "\'");
    print("\x4142");
    print("tab\there");
    print(bytes("\u0000"));
    string s = "\xe2\x82\xac";
    print(s == "€");
    print(s);
    print(bytes("\xc3") + "/" + bytes("\xc3" + "\xa9"));
    print(("\xc3" + "\xa9") == "é");
    char c = '\0'; print((int)c);
    print('\u0041' + 0);
    print("\U00000041\u00410");
}
// expect-stdout:
// | 10 9 13 0 7 8 12 11 92 34 39
// | 65 255 0 122
// | 255
// | 195 191
// | 195 169 226 130 172 240 159 152 128
// | 8364 1114111
// | 233 8364 128512
// | 209
// | 195 169
// | a\nb"c
// | 
// | "
// | line one
// |   line two!
// | 120 10 121
// | 0 1 3
// | abc12.5true
// | '"'
// | A42
// | tab	here
// | 0
// | true
// | €
// | 195/195 169
// | true
// | 0
// | 65
// | AA0
