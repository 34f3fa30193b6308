// double and float as the shortest decimal text that reads back (section 4.5).
//
// Any value is c * 2^q. Its neighbours end halfway to the next values; among the decimals between them the shortest,
// and of these the closest, is found with one 128-bit power of ten: the interval's ends and its middle are multiplied
// by it and rounded to odd, so that every comparison made afterwards has the outcome of the exact numbers.
uint __dec_digits;
int __dec_exponent;

// Upper 64 bits of g * c / 2^64 for the 128-bit g, with a sticky last bit. Less than 2 in the middle word may be the
// error of g.
uint __round_to_odd(uint high, uint low, uint c) {
    uint middle = high * c;
    uint sum = middle + __umulh(low, c);
    uint top = __umulh(high, c);
    if (sum < middle) top++;
    if (sum > 1) return top | 1;
    return top;
}

// Sets `__dec_digits` and `__dec_exponent` for c * 2^q; `narrow`: the interval below is half as wide as the one above.
void __shortest(uint c, int q, bool narrow) {
    uint left = 4 * c - 2;
    int k = q * 1262611 >> 22;
    if (narrow) {
        left++;
        k = q * 1262611 - 524031 >> 22;
    }
    int h = q + (-k * 1741647 >> 19) + 1;
    uint high = __power_of_ten(-k);
    uint low = __power_low;
    uint lower = __round_to_odd(high, low, left << h);
    uint value = __round_to_odd(high, low, 4 * c << h);
    uint upper = __round_to_odd(high, low, 4 * c + 2 << h);
    lower += c & 1;
    upper -= c & 1;
    uint s = value >> 2;
    __dec_exponent = k;
    if (s >= 10) {
        uint tenth = __umulh(s, 0xCCCCCCCCCCCCCCCD) >> 3;
        bool below = lower <= 40 * tenth;
        bool above = 40 * tenth + 40 <= upper;
        if (below != above) {
            __dec_digits = tenth;
            if (above) __dec_digits = tenth + 1;
            __dec_exponent = k + 1;
            __strip_zeros();
            return;
        }
    }
    bool down = lower <= 4 * s;
    bool up = 4 * s + 4 <= upper;
    if (down == up) up = value > 4 * s + 2 || (value == 4 * s + 2 && (s & 1) == 1);
    if (up) s++;
    __dec_digits = s;
    __strip_zeros();
}

void __strip_zeros() {
    while (true) {
        uint tenth = __umulh(__dec_digits, 0xCCCCCCCCCCCCCCCD) >> 3;
        if (tenth * 10 != __dec_digits || tenth == 0) return;
        __dec_digits = tenth;
        __dec_exponent++;
    }
}

// Writes `__dec_digits` * 10^`__dec_exponent` at `at`; positional while the first digit's exponent is below max(digits,
// least).
uint __put_decimal(uint at, int least) {
    uint d = __dec_digits;
    int n = (int)__digit_count(d);
    int e = n - 1 + __dec_exponent;
    int most = n;
    if (n < least) most = least;
    if (e >= most || e <= -5) {
        uint end = at + (uint)n + 1;
        __put_digits(end, d);
        __st8(at, __ld8(at + 1));
        if (n == 1) end = at + 1;
        else __st8(at + 1, '.');
        __st8(end, 'E');
        __st8(end + 1, '+');
        if (e < 0) {
            __st8(end + 1, '-');
            e = -e;
        }
        if (e < 10) {
            __st8(end + 2, '0');
            end++;
        }
        return __put_u64(end + 2, (uint)e);
    }
    if (e < 0) {
        __st16(at, 0x2E30);
        at += 2;
        for (int i = e; i < -1; i++) {
            __st8(at, '0');
            at++;
        }
        return __put_u64(at, d);
    }
    if (e < n - 1) {
        uint last = at + (uint)n + 1;
        __put_digits(last, d);
        __copy(at, at + 1, (uint)e + 1);
        __st8(at + (uint)e + 1, '.');
        return last;
    }
    at = __put_u64(at, d);
    for (int i = n - 1; i < e; i++) {
        __st8(at, '0');
        at++;
    }
    return at;
}

// The text at `at` of infinities and NaN.
uint __put_special(uint at, string s) {
    uint n = __ld64(__addr(s) + 8);
    __copy(at, __addr(s) + 16, n);
    return at + n;
}

uint __put_f64(uint at, double d) {
    uint bits = __f64_bits(d);
    uint fraction = bits & 0xFFFFFFFFFFFFF;
    int e = (int)(bits >> 52 & 2047);
    if (e == 2047 && fraction != 0) return __put_special(at, "NaN");
    if (bits >> 63 != 0) {
        __st8(at, '-');
        at++;
    }
    if (e == 2047) return __put_special(at, "Infinity");
    if (bits << 1 == 0) {
        __st8(at, '0');
        return at + 1;
    }
    // A whole number below 10^15 is its own shortest form.
    if (e >= 1023 && e <= 1072) {
        uint whole = (fraction | 0x10000000000000) >> 1075 - e;
        if (whole << 1075 - e == (fraction | 0x10000000000000) && whole < 1000000000000000) return __put_u64(at, whole);
    }
    if (e == 0) __shortest(fraction, -1074, false);
    else __shortest(fraction | 0x10000000000000, e - 1075, fraction == 0 && e > 1);
    return __put_decimal(at, 15);
}

uint __put_f32(uint at, float f) {
    uint bits = __f32_bits(f);
    uint fraction = bits & 0x7FFFFF;
    int e = (int)(bits >> 23 & 255);
    if (e == 255 && fraction != 0) return __put_special(at, "NaN");
    if (bits >> 31 != 0) {
        __st8(at, '-');
        at++;
    }
    if (e == 255) return __put_special(at, "Infinity");
    if (e == 0 && fraction == 0) {
        __st8(at, '0');
        return at + 1;
    }
    if (e == 0) __shortest(fraction, -149, false);
    else __shortest(fraction | 0x800000, e - 150, fraction == 0 && e > 1);
    return __put_decimal(at, 7);
}
