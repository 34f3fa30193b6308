// String built-ins that raise: ranges, indices and null arguments (12, 17, 18).
string none = null; int cnt = 0;
void bad(int n) {
    string s = "hello"; string q = "é€";
    if (n == 0) print(substring(s, -1, 2));
    if (n == 1) print(s.substring(3, 2));
    if (n == 2) print(substring(s, 0, 6));
    if (n == 3) print(s.substring(6, 6));
    if (n == 4) print(s[5]);
    if (n == 5) print(s[-1]);
    if (n == 6) print(char_at(s, 5));
    if (n == 7) print(s.char_at(-9));
    if (n == 8) print(code_point_at(q, 5));
    if (n == 9) print(code_point_at("", 0));
    if (n == 10) { uint u = 18446744073709551615; print(s[u]); }
    if (n == 11) print(none[0]);
    if (n == 12) print(none.length);
    if (n == 13) print(string_length(none));
    if (n == 14) print(contains(s, none));
    if (n == 15) print(none.contains(s));
    if (n == 16) print(index_of(none, s));
    if (n == 17) print(to_upper(none));
    if (n == 18) print(none.trim());
    if (n == 19) print(starts_with(s, none));
    if (n == 20) print(ends_with(none, s));
    if (n == 21) print(replace(s, none, s));
    if (n == 22) print(replace(s, s, none));
    if (n == 23) print(split(none, ","));
    if (n == 24) print(split(s, none));
    if (n == 25) print(compare(none, s));
    if (n == 26) print(compare(s, none));
    if (n == 27) print(to_int(none));
    if (n == 28) print(to_double(none));
    if (n == 29) print(substring(none, 0, 0));
    if (n == 30) print(none.ToString());
    if (n == 31) print(length(none));
    if (n == 32) print(none.Equals("x"));
    if (n == 33) print(to_float(none));
    if (n == 34) print(to_lower(none));
    if (n == 35) print(code_point_at(none, 0));
    if (n == 36) print(char_at(none, 0));
}
void main() {
    for (int n = 0; n < 37; n++) { try { write(n + " "); bad(n); } catch (IndexOutOfBoundsException e) { print(e); } catch (NullPointerException e) { print("null"); cnt++; } }
}
// expect-stdout:
// | 0 Index out of bounds: range -1..2, length 5
// | 1 Index out of bounds: range 3..2, length 5
// | 2 Index out of bounds: range 0..6, length 5
// | 3 Index out of bounds: range 6..6, length 5
// | 4 Index out of bounds: index 5, length 5
// | 5 Index out of bounds: index -1, length 5
// | 6 Index out of bounds: index 5, length 5
// | 7 Index out of bounds: index -9, length 5
// | 8 Index out of bounds: index 5, length 5
// | 9 Index out of bounds: index 0, length 0
// | 10 Index out of bounds: index 18446744073709551615, length 5
// | 11 null
// | 12 null
// | 13 null
// | 14 null
// | 15 null
// | 16 null
// | 17 null
// | 18 null
// | 19 null
// | 20 null
// | 21 null
// | 22 null
// | 23 null
// | 24 null
// | 25 null
// | 26 null
// | 27 null
// | 28 null
// | 29 null
// | 30 null
// | 31 null
// | 32 null
// | 33 null
// | 34 null
// | 35 null
// | 36 null
