// The formats of section 28: Fn, Dn, Xn and alignment.

// At least n digits, the sign not counted.
string __format_digits_i64(int v, int n) {
    if (v >= 0) return __format_digits_u64((uint)v, n);
    return __concat("-", __format_digits_u64(0 - (uint)v, n));
}

string __format_digits_u64(uint v, int n) {
    uint size = __digit_count(v);
    if ((int)size < n) size = (uint)n;
    uint at = __new_string(size);
    for (uint i = 0; i < size; i++) __st8(at + 16 + i, '0');
    __put_digits(at + 16 + size, v);
    return __as_string(at);
}

// `bits` is the value in the width of its type.
string __format_hex(uint bits, int n, bool upper) {
    uint size = 1;
    while (size < 16 && bits >> size * 4 != 0) size++;
    if ((int)size < n) size = (uint)n;
    uint letter = 'a' - 10;
    if (upper) letter = 'A' - 10;
    uint at = __new_string(size);
    while (size > 0) {
        size--;
        uint digit = bits & 15;
        if (digit < 10) __st8(at + 16 + size, '0' + digit);
        else __st8(at + 16 + size, letter + digit);
        bits >>= 4;
    }
    return __as_string(at);
}

string __format_fixed_i64(int v, int n) { return __with_zeros(__str_i64(v), n); }

string __format_fixed_u64(uint v, int n) { return __with_zeros(__str_u64(v), n); }

string __with_zeros(string whole, int n) {
    if (n == 0) return whole;
    uint size = __ld64(__addr(whole) + 8);
    uint at = __new_string(size + 1 + (uint)n);
    uint end = __append(at + 16, whole);
    __st8(end, '.');
    for (uint i = 1; i <= (uint)n; i++) __st8(end + i, '0');
    return __as_string(at);
}

// Digit number `i` behind the point (negative: before it) of the big number.
uint __big_digit(int i) {
    int place = __big_point + i;
    if (place < 0 || place >= __big_count) return '0';
    return '0' + __ld8(__big_digits + (uint)place);
}

// Cuts the big number behind n decimals, rounding half away from zero.
void __big_cut(int n) {
    int keep = __big_point + n;
    if (keep >= __big_count) return;
    if (keep < 0 || __ld8(__big_digits + (uint)keep) < 5) {
        __big_count = keep;
        if (keep < 0) __big_count = 0;
        __big_trim();
        return;
    }
    while (keep > 0 && __ld8(__big_digits + (uint)keep - 1) == 9) keep--;
    if (keep == 0) {
        __st8(__big_digits, 1);
        __big_count = 1;
        __big_point++;
        return;
    }
    __st8(__big_digits + (uint)keep - 1, __ld8(__big_digits + (uint)keep - 1) + 1);
    __big_count = keep;
}

string __format_fixed_f64(double d, int n) {
    uint bits = __f64_bits(d);
    int e = (int)(bits >> 52 & 2047);
    if (e == 2047) return __str_f64(d);
    uint m = bits & 0xFFFFFFFFFFFFF;
    if (e == 0) e = 1;
    else m |= 0x10000000000000;
    __big_clear();
    if (m != 0) {
        __big_count = (int)__digit_count(m);
        __big_point = __big_count;
        __put_digits(__big_digits + (uint)__big_count, m);
        for (int i = 0; i < __big_count; i++) __st8(__big_digits + (uint)i, __ld8(__big_digits + (uint)i) - '0');
        __big_trim();
    }
    for (int up = e - 1075; up > 0; up -= 60) {
        if (up < 60) __big_double(up);
        else __big_double(60);
    }
    for (int down = 1075 - e; down > 0; down -= 60) {
        if (down < 60) __big_halve(down);
        else __big_halve(60);
    }
    __big_cut(n);
    int whole = __big_point;
    if (whole < 1) whole = 1;
    uint sign = bits >> 63;
    uint size = sign + (uint)whole;
    if (n > 0) size += (uint)n + 1;
    uint result = __new_string(size);
    uint at = result + 16;
    if (sign != 0) __st8(at, '-');
    at += sign;
    for (int j = -whole; j < n; j++) {
        if (j == 0) {
            __st8(at, '.');
            at++;
        }
        __st8(at, __big_digit(j));
        at++;
    }
    return __as_string(result);
}

// Blanks up to |width| scalars: in front for a positive width, behind for a negative one.
string __align(string s, int width) {
    uint n = __length_of(s);
    uint want = (uint)width;
    if (width < 0) want = 0 - want;
    uint scalars = 0;
    for (uint i = 0; i < n; i++) {
        if ((__ld8(__addr(s) + 16 + i) & 0xC0) != 0x80) scalars++;
    }
    if (scalars >= want) return __str_of(s);
    uint blanks = want - scalars;
    uint result = __new_string(n + blanks);
    uint at = result + 16;
    if (width < 0) at = __append(at, s);
    for (uint j = 0; j < blanks; j++) __st8(at + j, ' ');
    if (width > 0) __append(at + blanks, s);
    return __as_string(result);
}
