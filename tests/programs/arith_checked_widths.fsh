// Checked arithmetic for every width: operators, compound forms, ++ and -- (6.3).
i8 a = 127; i16 b = -32768; i32 c = 2147483647; byte e = 255; u16 g = 65535; u32 h = 4294967295; int i = 9223372036854775807; uint u = 18446744073709551615; char ch = '\U0010FFFF';
int one = 1; int zero = 0; int step = 0;
void run(int n) {
    if (n == 0) a += 1;
    if (n == 1) a++;
    if (n == 2) { a = -128; a -= 1; }
    if (n == 3) --a;
    if (n == 4) { a = 64; a *= 2; }
    if (n == 5) { a = -128; a /= -1; }
    if (n == 6) b--;
    if (n == 7) b -= one;
    if (n == 8) b *= 2;
    if (n == 9) b /= -1;
    if (n == 10) c++;
    if (n == 11) print(c + (i32)one);
    if (n == 12) { c = -2147483648; print(-c); }
    if (n == 13) { i32 m = -1; c /= m; }
    if (n == 14) { i32 m = -1; c %= m; }
    if (n == 15) { i32 m = 2; print(c * m); }
    if (n == 16) { i32 m = 1; print(c - m); }
    if (n == 17) e++;
    if (n == 18) e += 1;
    if (n == 19) { e = 0; e--; }
    if (n == 20) e -= 1;
    if (n == 21) { e = 16; e *= 16; }
    if (n == 22) g++;
    if (n == 23) { g = 0; --g; }
    if (n == 24) h++;
    if (n == 25) { h = 0; h -= 1; }
    if (n == 26) { u32 m = 1; print(h - m); }
    if (n == 27) { h = 65536; print(h * h); }
    if (n == 28) i++;
    if (n == 29) print(i + one);
    if (n == 30) { i = -9223372036854775808; print(-i); }
    if (n == 31) print(i - one);
    if (n == 32) print(i * 2);
    if (n == 33) print(i / -one);
    if (n == 34) print(i % -one);
    if (n == 35) i--;
    if (n == 36) u++;
    if (n == 37) print(u + 1);
    if (n == 38) print(u * 2);
    if (n == 39) { u = 0; print(u - 1); }
    if (n == 40) --u;
    if (n == 41) print(one / zero);
    if (n == 42) print(one % zero);
    if (n == 43) one /= zero;
    if (n == 44) { uint z = 0; u %= z; }
    if (n == 45) { e = 5; e %= (byte)zero; }
    if (n == 46) ch++;
    if (n == 47) { ch = '\uD7FF'; ch++; }
    if (n == 48) { ch = '\0'; ch--; }
    if (n == 49) { ch = 'a'; ch -= 98; }
    if (n == 50) { e = 200; e <<= 1; }
    if (n == 51) { a = 1; a -= -one * 200; }
    if (n == 52) { byte x = 1; x += 'a'; x *= 3; }
    if (n == 53) { i32 s = -2147483648; print(s / -1); }
    if (n == 54) { i32 s = -2147483648; print(s % -1); }
    if (n == 55) { a = -128; a++; --a; a = 0; a |= 255; }
    if (n == 56) { a = 1; a <<= 7; }
    if (n == 57) { int[] arr = new int[1]; arr[0] = 9223372036854775807; arr[0] += one; }
    if (n == 58) { e = 255; e += 0; e -= 255; e ^= 256; }
    if (n == 59) { a = -128; a = (i8)(-a); }
    if (n == 60) { c = -2147483648; c *= -1; }
    if (n == 61) { double d = 1e300; c = 1; c += (i32)2147483647; }
}
void main() {
    for (int n = 0; n < 62; n++) {
        try { run(n); print(n + " ok"); } catch (ArithmeticException x) { print(n + " " + x.Message); } catch (TypeError t) { print(n + " T " + t.Message); }
    }
    print(a + " " + b + " " + c + " " + e + " " + g + " " + h + " " + i + " " + u);
}
// expect-stdout:
// | 0 Integer overflow in addition
// | 1 Integer overflow in addition
// | 2 Integer overflow in subtraction
// | 3 Integer overflow in subtraction
// | 4 Integer overflow in multiplication
// | 5 Integer overflow in division
// | 6 Integer overflow in subtraction
// | 7 Integer overflow in subtraction
// | 8 Integer overflow in multiplication
// | 9 Integer overflow in division
// | 10 Integer overflow in addition
// | 11 Integer overflow in addition
// | 12 Integer overflow in negation
// | 13 Integer overflow in division
// | 14 Integer overflow in modulo
// | 15 Integer overflow in multiplication
// | 16 Integer overflow in subtraction
// | 17 Integer overflow in addition
// | 18 Integer overflow in addition
// | 19 Integer overflow in subtraction
// | 20 Integer overflow in subtraction
// | 21 Integer overflow in multiplication
// | 22 Integer overflow in addition
// | 23 Integer overflow in subtraction
// | 24 Integer overflow in addition
// | 25 Integer overflow in subtraction
// | 26 Integer overflow in subtraction
// | 27 Integer overflow in multiplication
// | 28 Integer overflow in addition
// | 29 Integer overflow in addition
// | 30 Integer overflow in negation
// | 31 Integer overflow in subtraction
// | 32 Integer overflow in multiplication
// | 33 Integer overflow in division
// | 34 Integer overflow in modulo
// | 35 Integer overflow in subtraction
// | 36 Integer overflow in addition
// | 37 Integer overflow in addition
// | 38 Integer overflow in multiplication
// | 39 Integer overflow in subtraction
// | 40 Integer overflow in subtraction
// | 41 Division by zero
// | 42 Division by zero
// | 43 Division by zero
// | 44 Division by zero
// | 45 Division by zero
// | 46 Integer overflow in addition
// | 47 Integer overflow in addition
// | 48 Integer overflow in subtraction
// | 49 Integer overflow in subtraction
// | 50 Integer overflow in left shift
// | 51 Integer overflow in subtraction
// | 52 Integer overflow in multiplication
// | 53 Integer overflow in division
// | 54 Integer overflow in modulo
// | 55 Integer overflow in bitwise or
// | 56 Integer overflow in left shift
// | 57 Integer overflow in addition
// | 58 Integer overflow in bitwise xor
// | 59 T Unsafe cast: value 128 out of i8 range [-128, 127]
// | 60 Integer overflow in multiplication
// | 61 Integer overflow in addition
// | -128 -32768 1 0 0 65536 -9223372036854775808 0
