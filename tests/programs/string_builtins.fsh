// Every string built-in with its edges, as function and as method (12, 17).
string none = null;
void main() {
    print(none); write(none); print(Concatenate(none, "x") + Concatenate("y", none) + Concatenate(none, none).length); print(to_string(none) + "|" + ToString(none));
    print("hello".substring(0, 5) + substring("hello", 5, 5) + "hello".substring(1, 3));
    print((int)"é"[0] + (int)"é"[1]); print("é"[0] == 'Ã'); print(code_point_at("é", 0)); print((int)code_point_at("é", 1)); print((int)code_point_at("a€", 1)); print((int)code_point_at("\xff", 0));
    print((int)code_point_at("\xc3", 0)); print((int)code_point_at("\xe2\x82", 0)); print((int)code_point_at("\xed\xa0\x80", 0)); print((int)code_point_at("\xc0\x80", 0)); print((int)code_point_at("\xf4\x90\x80\x80", 0)); print((int)code_point_at("\U0010FFFF", 0));
    print(contains("hello", "ell")); print(contains("hello", "")); print("".contains("")); print("".contains("a")); print("abc".index_of("c") + "abc".index_of("") + "abc".index_of("d") + "ababc".index_of("abc"));
    print(to_upper("aZ9éß") + "aBcÉ".to_lower()); print("[" + trim(" \t\r\n a b \n") + "]" + "".trim() + trim("  ") + "[" + trim("\v\fx") .length + "]");
    print("abc".starts_with("ab")); print("abc".starts_with("")); print("abc".starts_with("abcd")); print(ends_with("abc", "bc")); print(ends_with("abc", "")); print("".ends_with("a"));
    print(replace("aaa", "aa", "b") + "abc".replace("", "x") + "a.b.c".replace(".", "") + "aXa".replace("a", "aa") + "abc".replace("abc", ""));
    string[] p = split("a,b,,c,", ","); print(p.Length + p[0] + p[1] + p[2] + p[3] + p[4] + "|"); print(split("", ",").Length + split("abc", "").Length + split(",", ",").Length + "a--b-c".split("--").Length);
    print(split("aaa", "aa")[1] + split("", ",")[0] + "x".split("")[0]);
    print(compare("a", "b") + " " + compare("b", "a") + " " + compare("a", "a") + " " + compare("", "a") + " " + compare("ab", "a") + " " + "\xff".compare("a") + " " + compare("Z", "a"));
    print(to_int("42") + to_int(" -7 ") + to_int("+5") + to_int("\t0012\n") + to_int('A') + to_int(3.99) + to_int(2.5f) + to_int((byte)7));
    print(to_int("-9223372036854775808")); print(to_double("2.5") + to_double("-1e3") + to_double("+.5") + to_double(3) + to_double("7")); print(to_float("0.1")); print(to_float(0.1));
    string s = "abc"; print(s.length + s.Length + s.length() + length(s) + string_length(s) + "é".length + s.string_length()); print("abc" == "ab" + "c"); print(none == null); print(none != ""); print("" == null); print(none == none);
    print(s.Equals("abc")); print(s.Equals("abd")); print(s.Equals(null)); print(s.GetHashCode() == ("ab" + "c").GetHashCode()); print(s.ToString() + s.to_string() + "5"); object o = s; print(o.Equals("abc")); print(o == s);
    s += 'é'; s += 1.5; s += true; s += none; s += new int[1]; print(s); print(s.length); s = s + 1 + 2; print(1 + 2 + s.substring(0, 1) + 1 + 2);
    string z = "a\0b"; print(z.length); print(z == "a"); print((int)z[1]); print(z.index_of("\0")); print(compare(z, "a")); print(z.split("\0").Length);
}
// expect-stdout:
// | 
// | xy0
// | |
// | helloel
// | 364
// | true
// | é
// | 65533
// | 8364
// | 65533
// | 65533
// | 65533
// | 65533
// | 65533
// | 65533
// | 1114111
// | true
// | true
// | true
// | false
// | 3
// | AZ9éßabcÉ
// | [a b][3]
// | true
// | true
// | false
// | true
// | true
// | false
// | baabcabcaaXaa
// | 5abc|
// | 6
// | ax
// | -1 1 0 -1 1 1 -1
// | 129
// | -9223372036854775808
// | -987
// | 0.1
// | 0.1
// | 20
// | true
// | true
// | true
// | false
// | true
// | true
// | false
// | false
// | true
// | abcabc5
// | true
// | true
// | abcé1.5trueint[]
// | 17
// | 3a12
// | 3
// | false
// | 0
// | 1
// | 1
// | 2
