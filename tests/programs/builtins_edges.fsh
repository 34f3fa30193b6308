// Every built-in function of section 17 at its edges: values, and the exceptions it raises.
int id(int n) { return n; }
double dd(double d) { return d; }
string ss(string s) { return s; }
void t(int n) {
    string nul = null; int[] na = null;
    try {
        if (n == 0) print(abs(id(-9223372036854775807) - 1));
        if (n == 1) { i8 x = -128; print(abs(x)); i32 y = (i32)id(-2147483648); print(abs(y)); }
        if (n == 2) print(max(id(3), 5) + " " + min((byte)3, (i32)-4) + " " + max(2.5, dd(3.5)) + " " + max(1.5f, 2.5f));
        if (n == 3) print(pow(id(2), 62) + " " + pow(id(-3), 3) + " " + pow(2.0, 0.5) + " " + pow(id(2), 0.5) + " " + pow(2.0f, 3));
        if (n == 4) print(pow(id(2), 63));
        if (n == 5) print(pow(id(2), -1) + " " + pow(id(1), -5) + " " + pow(id(-1), -3) + " " + pow(id(0), 0));
        if (n == 6) print(pow(id(0), -1));
        if (n == 7) print(sqrt(id(17)) + " " + sqrt(2.0) + " " + sqrt(dd(-1.0)) + " " + sqrt(2.0f));
        if (n == 8) print(sqrt(id(-1)));
        if (n == 9) print(floor(dd(-2.5)) + " " + ceil(dd(-2.5)) + " " + round(dd(2.5)) + " " + round(dd(3.5)) + " " +
                          round(dd(-0.4)) + " " + floor(id(3)) + " " + round(2.5f));
        if (n == 10) print(abs_diff(id(-3), 5) + " " + abs_diff(2.5, 1.0) + " " + mod(id(-7), 3) + " " + mod(7.5, 2.0));
        if (n == 11) print(abs_diff(id(-9223372036854775807), 5));
        if (n == 12) print(mod(id(5), id(0)));
        if (n == 13) { int[] a = {1,2,3}; int[] b = new int[2]; copy(a, b); }
        if (n == 14) { int[] a = {1,2,3,4}; copy(a, a); int[] b = new int[6]; fill(b, 9); copy(a, b);
                       print(b[3] + " " + b[4]); clear(b); print(b[0]); }
        if (n == 15) { string[] a = {"x", null}; clear(a); print(a[0] == "" && a[1] == ""); }
        if (n == 16) print(substring("hello", 1, 3) + substring("hello", 5, 5) + "hello".substring(0, 5));
        if (n == 17) print(substring("hello", 3, 2));
        if (n == 18) print(substring("hello", id(-1), 2));
        if (n == 19) print(substring("hello", 1, 6));
        if (n == 20) print(char_at("abc", 3));
        if (n == 21) print(code_point_at("aé", 1) + " " + (int)code_point_at("aé", 2));
        if (n == 22) print(code_point_at("aé", 3));
        if (n == 23) print(contains("abc", "") + " " + index_of("abc", "") + " " + index_of("abc", "c") + " " + index_of("abc", "d"));
        if (n == 24) print(to_upper("aé z") + to_lower("AÉ Z") + "[" + trim(" \t\r\n a b \n") + "]");
        if (n == 25) print(starts_with("abc", "") + " " + ends_with("abc", "bc") + " " + replace("aaa", "aa", "b") + " " + replace("abc", "", "x"));
        if (n == 26) print(split("a,b,,c,", ",").Length + " " + split("", ",").Length + " " + split("abc", "").Length);
        if (n == 27) print(compare("a", "b") + " " + compare("b", "a") + " " + compare("é", "z") + " " + compare("a", "a\0"));
        if (n == 28) print(Concatenate(nul, "x") + Concatenate(nul, nul) + "|" + to_string(nul) + ToString(nul) + "|");
        if (n == 29) { print(nul); write(nul); print(null); }
        if (n == 30) print(42.ToString() + 'c'.ToString() + true.ToString() + "s".ToString() + 1.5.ToString());
        if (n == 31) print(to_int(" \t-42\n ") + to_int("+7") + to_int(3.99) + to_int('A') + to_int(2.5f));
        if (n == 32) print(to_int("4 2"));
        if (n == 33) print(to_int(""));
        if (n == 34) print(to_int("9223372036854775808"));
        if (n == 35) print(to_int("-9223372036854775808"));
        if (n == 36) print(to_int(dd(1e20)));
        if (n == 37) print(to_double("1.5e3") + " " + to_double(" -.5 ") + " " + to_double("12") + " " +
                           to_float("0.1") + " " + to_double(3) + " " + to_float(2.5));
        if (n == 38) print(to_double("1.5x"));
        if (n == 39) print(to_double(""));
        if (n == 40) print(to_float("abc"));
        if (n == 41) { byte[] m = malloc(10); print(m.Length + " " + m[9]); free(m); print(m[0]); }
        if (n == 42) malloc(id(-1));
        if (n == 43) assert(id(0));
        if (n == 44) assert(id(1) == 2, "msg");
        if (n == 45) { assert(true); assert(5, "x"); print("ok"); }
        if (n == 46) print(read_file("/nonexistent/x"));
        if (n == 47) write_file("/nonexistent/x", "a");
        if (n == 48) read_file(nul);
        if (n == 50) print(length(nul));
        if (n == 51) print(length(na));
        if (n == 52) contains(nul, "");
        if (n == 53) contains("a", nul);
        if (n == 54) to_upper(nul);
        if (n == 55) to_int(nul);
        if (n == 56) to_double(nul);
        if (n == 57) split("a", nul);
        if (n == 58) compare(nul, "a");
        if (n == 59) replace("a", "b", nul);
        if (n == 60) clear(na);
        if (n == 61) copy(na, na);
        if (n == 62) fill(na, 1);
        if (n == 63) { string q = nul; q.trim(); }
        if (n == 65) assert(false, nul);
        if (n == 66) print(max(id(1), 2) + "" + max((uint)3, 4) + " " + max(dd(0.0)/0.0, 1.0) + " " + min(0.0, -0.0));
        if (n == 67) print(PI + " " + E);
        if (n == 68) free(null);
        if (n == 70) print(pow((uint)2, (uint)63) + " " + sqrt((uint)18446744073709551615));
        if (n == 71) print(pow((uint)2, (uint)64));
        if (n == 72) exit(300);
    } catch (Exception e) { string st = e.StackTrace(); print(n + ": " + st.substring(0, st.index_of("\n"))); }
}
void main() { for (int i = 0; i < 73; i++) t(i); }
// expect-exit: 44
// expect-stdout:
// | 0: ArithmeticException: Integer overflow in abs
// | 128
// | 1: ArithmeticException: Integer overflow in abs
// | 5 -4 3.5 2.5
// | 4611686018427387904 -27 1.4142135623730951 1.4142135623730951 8
// | 4: ArithmeticException: Integer overflow in pow
// | 0 1 -1 1
// | 6: ArithmeticException: Division by zero
// | 4 1.4142135623730951 NaN 1.4142135
// | 8: ArithmeticException: Square root of a negative number
// | -3 -2 2 4 -0 3 2
// | 8 1.5 -1 1.5
// | 11: ArithmeticException: Integer overflow in subtraction
// | 12: ArithmeticException: Division by zero
// | 13: IndexOutOfBoundsException: Index out of bounds: copy of 3 elements into length 2
// | 4 9
// | 0
// | true
// | elhello
// | 17: IndexOutOfBoundsException: Index out of bounds: range 3..2, length 5
// | 18: IndexOutOfBoundsException: Index out of bounds: range -1..2, length 5
// | 19: IndexOutOfBoundsException: Index out of bounds: range 1..6, length 5
// | 20: IndexOutOfBoundsException: Index out of bounds: index 3, length 3
// | é 65533
// | 22: IndexOutOfBoundsException: Index out of bounds: index 3, length 3
// | true 0 2 -1
// | Aé ZaÉ z[a b]
// | true true ba abc
// | 5 1 1
// | -1 1 1 -1
// | x||
// | 
// | 
// | 42ctrues1.5
// | 35
// | 32: TypeError: Cannot convert "4 2" to int
// | 33: TypeError: Cannot convert "" to int
// | 34: TypeError: Cannot convert "9223372036854775808" to int
// | -9223372036854775808
// | 36: TypeError: Unsafe cast: value 1E+20 out of int range [-9223372036854775808, 9223372036854775807]
// | 1500 -0.5 12 0.1 3 2.5
// | 38: TypeError: Cannot convert "1.5x" to double
// | 39: TypeError: Cannot convert "" to double
// | 40: TypeError: Cannot convert "abc" to float
// | 10 0
// | 0
// | 42: IndexOutOfBoundsException: Negative array size: -1
// | 43: AssertionException: Assertion failed
// | 44: AssertionException: Assertion failed: msg
// | ok
// | 46: IOException: Cannot read "/nonexistent/x": No such file or directory
// | 47: IOException: Cannot write "/nonexistent/x": No such file or directory
// | 48: NullPointerException: Null pointer dereference
// | 50: NullPointerException: Null pointer dereference
// | 51: NullPointerException: Null pointer dereference
// | 52: NullPointerException: Null pointer dereference
// | 53: NullPointerException: Null pointer dereference
// | 54: NullPointerException: Null pointer dereference
// | 55: NullPointerException: Null pointer dereference
// | 56: NullPointerException: Null pointer dereference
// | 57: NullPointerException: Null pointer dereference
// | 58: NullPointerException: Null pointer dereference
// | 59: NullPointerException: Null pointer dereference
// | 60: NullPointerException: Null pointer dereference
// | 61: NullPointerException: Null pointer dereference
// | 62: NullPointerException: Null pointer dereference
// | 63: NullPointerException: Null pointer dereference
// | 65: AssertionException: Assertion failed
// | 24 NaN -0
// | 3.141592653589793 2.718281828459045
// | 9223372036854775808 4294967295
// | 71: ArithmeticException: Integer overflow in pow
