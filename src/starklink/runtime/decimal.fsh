// Exact decimal numbers of any length: the last resort of reading reals, and the base of fixed-point formats.
//
// The number is 0.d1 d2 d3 ... * 10^point with `count` digits, one per byte, the first and the last not zero. It can be
// multiplied and divided by powers of two without error as long as the digits fit: 800 of a text plus what 1100
// divisions by two can add.
uint __big_digits;
int __big_count;
int __big_point;

void __big_clear() {
    if (__big_digits == 0) __big_digits = __alloc(2560);
    __big_count = 0;
    __big_point = 0;
}

// Appends a digit. Behind 800 digits all that matters is whether something follows: a last digit 1 stands for it.
void __big_append(uint digit) {
    if (__big_count < 800) {
        __st8(__big_digits + (uint)__big_count, digit);
        __big_count++;
    } else if (digit != 0) __st8(__big_digits + 799, __ld8(__big_digits + 799) | 1);
}

// Drops zeros at the end; zeros in front are never appended.
void __big_trim() {
    while (__big_count > 0 && __ld8(__big_digits + (uint)__big_count - 1) == 0) __big_count--;
    if (__big_count == 0) __big_point = 0;
}

// Divides by 2^n, n at most 60.
void __big_halve(int n) {
    uint mask = ((uint)1 << n) - 1;
    uint rest = 0;
    int from = 0;
    int to = 0;
    while (from < __big_count || rest != 0) {
        rest *= 10;
        if (from < __big_count) rest += __ld8(__big_digits + (uint)from);
        from++;
        uint digit = rest >> n;
        rest &= mask;
        if (digit != 0 || to != 0) {
            __st8(__big_digits + (uint)to, digit);
            to++;
        } else __big_point--;
    }
    __big_count = to;
    __big_trim();
}

// Multiplies by 2^n, n at most 60.
void __big_double(int n) {
    uint carry = 0;
    for (int i = __big_count - 1; i >= 0; i--) {
        carry += __ld8(__big_digits + (uint)i) << n;
        uint tenth = __umulh(carry, 0xCCCCCCCCCCCCCCCD) >> 3;
        __st8(__big_digits + (uint)i, carry - tenth * 10);
        carry = tenth;
    }
    if (carry != 0) {
        uint more = __digit_count(carry);
        __copy(__big_digits + more, __big_digits, (uint)__big_count);
        __put_digits(__big_digits + more, carry);
        for (uint i = 0; i < more; i++) __st8(__big_digits + i, __ld8(__big_digits + i) - '0');
        __big_count += (int)more;
        __big_point += (int)more;
    }
    __big_trim();
}

// The whole part of a number below 2^63, rounded half to even.
uint __big_round() {
    uint whole = 0;
    int i = 0;
    while (i < __big_point) {
        whole *= 10;
        if (i < __big_count) whole += __ld8(__big_digits + (uint)i);
        i++;
    }
    if (__big_point < 0 || __big_point >= __big_count) return whole;
    uint next = __ld8(__big_digits + (uint)__big_point);
    if (next > 5 || (next == 5 && (__big_point + 1 < __big_count || (whole & 1) == 1))) whole++;
    return whole;
}

// The bits of the binary number nearest to the decimal number, with `size` bits behind the point and exponents from
// `least` to `most`: 52, -1022, 1023 for double, 23, -126, 127 for float. Infinity if it is too big.
uint __big_bits(int size, int least, int most) {
    if (__big_count == 0 || __big_point < -400) return 0;
    uint infinity = (uint)(most - least + 2) << size;
    if (__big_point > 400) return infinity;
    // To [1/2, 1): no step can leave the target on the other side.
    int e = 0;
    while (__big_point > 0) {
        int n = 3 * __big_point - 2;
        if (n > 60) n = 60;
        __big_halve(n);
        e += n;
    }
    while (__big_point < 0 || __ld8(__big_digits) < 5) {
        int m = -3 * __big_point;
        if (m > 60) m = 60;
        if (m == 0) m = 1;
        __big_double(m);
        e -= m;
    }
    e--;
    // Below the least exponent the number keeps it and loses leading bits.
    while (e < least) {
        int shift = least - e;
        if (shift > 60) shift = 60;
        __big_halve(shift);
        e += shift;
    }
    __big_double(size + 1);
    uint m53 = __big_round();
    uint hidden = (uint)1 << size;
    if (m53 < hidden) return m53;
    uint bits = ((uint)(e - least) << size) + m53;
    if (bits >= infinity) return infinity;
    return bits;
}
