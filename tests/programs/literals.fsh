// Literals and their types (2): overloads show the type a literal has.
string kind(int x) { return "int"; }
string kind(uint x) { return "uint"; }
string kind(double x) { return "double"; }
string kind(float x) { return "float"; }
string kind(char x) { return "char"; }
string kind(string x) { return "string"; }
string kind(bool x) { return "bool"; }
void main() {
    print(kind(42) + kind(0xFF) + kind(0b1010) + kind(0o77));
    print(kind(9223372036854775807));
    print(kind(9223372036854775808));
    print(kind(18446744073709551615));
    print(kind(0xFFFFFFFFFFFFFFFF));
    print(kind(0x7FFFFFFFFFFFFFFF));
    print(kind(7U) + kind(7u) + kind(7L) + kind(7l));
    print(kind(7UL) + kind(7ul) + kind(7LU) + kind(7lu) + kind(7Lu) + kind(7uL));
    print(kind(9223372036854775808L));
    print(kind(-9223372036854775808));
    print(-9223372036854775808);
    print(- 9223372036854775808 + 1);
    print(-0x8000000000000000);
    print(kind(3.14) + kind(.5) + kind(1e9) + kind(1.5e-10));
    print(kind(2f) + kind(2.5d) + kind(2F) + kind(2.5D) + kind(2d) + kind(.5f) + kind(1e3f));
    print(kind('x') + kind("x") + kind(true));
    print(007);
    print(08 + 09);
    print(0x1F + 0X1f);
    print(0B11 + 0O17 + 0b1_0);
    print(1_000_000 + 0xdead_beef);
    print(0x1_0);
    print(1_0.5_0 + 1e1_0);
    print(42.ToString() + 0xF.ToString() + 2.5.ToString() + 7U.ToString());
    print(1E3 + 1e+3);
    print(0e0 + .5e1);
    print(true.ToString() + 'c'.ToString() + "s".ToString());
    print(1.7976931348623157e308);
    print(4.9e-324);
    print(1e-400);
    print(3.4028235e38f);
    print(9007199254740993.0);
    print(9007199254740995.0);
    print(16777217f);
    print(0x10L + 0b10U.ToString());
    int trueValue = 1; int doubled = 2; int format = 3; int returned = 4; int iffy = 5; int @int = 6; int _ = 7; int @plain = 8;
    print(trueValue + doubled + format + returned + iffy + @int + _ + plain + @_);
    int get = 1; int set = 2; int value = 3; int where = 4; int impl = 5; int priority = 6; int numeric = 7; int integer = 8;
    print(get + set + value + where + impl + priority + numeric + integer);
    int rax = 1; int eax = 2; int mov = 3; int text = 4; int data = 5; int add = 6; int section = 7; int global = 8; int rsp = 9;
    print(rax + eax + mov + text + data + add + section + global + rsp);
    int a/*comment*/=/* // nested openers */3; // "trailing" /* not open
    print(a /**/ + /***/ 1);
    print("/* no */ // comment" + '/' + '*');
    a=a+++a; print(a); a=5; a=a- -a; print(a);
    int i8 = 3; int f32 = 4; int Exception = 5;
    print(i8 + f32 + Exception);
}
// expect-stdout:
// | intintintint
// | int
// | uint
// | uint
// | uint
// | int
// | uintuintintint
// | uintuintuintuintuintuint
// | uint
// | int
// | -9223372036854775808
// | -9223372036854775807
// | -9223372036854775808
// | doubledoubledoubledouble
// | floatdoublefloatdoubledoublefloatfloat
// | charstringbool
// | 7
// | 17
// | 62
// | 20
// | 3736928559
// | 16
// | 10000000010.5
// | 42152.57
// | 2000
// | 5
// | truecs
// | 1.7976931348623157E+308
// | 5E-324
// | 0
// | 3.4028235E+38
// | 9007199254740992
// | 9007199254740996
// | 16777216
// | 162
// | 43
// | 36
// | 45
// | 4
// | /* no */ // comment/*
// | 7
// | 10
// | 12
