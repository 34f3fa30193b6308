// Text to double and float: section 2's literal form with an optional sign, correctly rounded.
uint __real_bits;

// 10^0 to 10^22, which are all exact.
double __small_power(int k) {
    double power = 1.0;
    double square = 10.0;
    while (k > 0) {
        if ((k & 1) != 0) power *= square;
        square *= square;
        k >>= 1;
    }
    return power;
}

bool __is_digit(uint c) { return c - '0' < 10; }

// End of the digits at `at`, `_` allowed between two of them; `at` itself if there is none.
uint __skip_digits(uint at, uint end) {
    while (at < end && __is_digit(__ld8(at))) {
        at++;
        if (at + 1 < end && __ld8(at) == '_' && __is_digit(__ld8(at + 1))) at++;
    }
    return at;
}

// Reads the text from `at` to `end`, for float if `single`; false if it is no number or too big. `__real_bits` gets the
// bits.
bool __parse_real(uint at, uint end, bool single) {
    uint sign = 0;
    if (at < end && (__ld8(at) == '-' || __ld8(at) == '+')) {
        if (__ld8(at) == '-') sign = 1;
        at++;
    }
    uint whole = __skip_digits(at, end);
    uint last = whole;
    if (whole + 1 < end && __ld8(whole) == '.' && __is_digit(__ld8(whole + 1))) last = __skip_digits(whole + 1, end);
    if (last == at) return false;
    int exponent = 0;
    uint tail = last;
    if (tail < end && (__ld8(tail) | 32) == 'e') {
        bool minus = false;
        tail++;
        if (tail < end && (__ld8(tail) == '-' || __ld8(tail) == '+')) {
            minus = __ld8(tail) == '-';
            tail++;
        }
        uint stop = __skip_digits(tail, end);
        if (stop == tail) return false;
        while (tail < stop) {
            if (__ld8(tail) != '_' && exponent < 100000000) exponent = exponent * 10 + (int)(__ld8(tail) - '0');
            tail++;
        }
        if (minus) exponent = -exponent;
    }
    if (tail < end) {
        uint suffix = __ld8(tail) | 32;
        if (suffix == 'f' || suffix == 'd') tail++;
    }
    if (tail != end) return false;
    uint bits = __real_from(at, last, exponent, single);
    if (single) {
        __real_bits = bits | sign << 31;
        return bits < 0x7F800000;
    }
    __real_bits = bits | sign << 63;
    return bits < 0x7FF0000000000000;
}

// Bits of the number nearest to DIGITS[.DIGITS] * 10^exponent.
uint __real_from(uint at, uint end, int exponent, bool single) {
    uint digits = 0;
    int count = 0;          // significant digits in `digits`
    bool more = false;      // something that is not zero was left out
    int scale = exponent;
    bool behind = false;
    for (uint i = at; i < end; i++) {
        uint c = __ld8(i);
        if (c == '.') behind = true;
        else if (c != '_') {
            if (count < 19) {
                digits = digits * 10 + c - '0';
                if (digits != 0) count++;
                if (behind) scale--;
            } else {
                if (c != '0') more = true;
                if (!behind) scale++;
            }
        }
    }
    if (digits == 0) return 0;
    // Both operands exact: one rounding, which is the right one.
    if (!more && !single && digits <= 0x20000000000000 && scale >= -22 && scale <= 22) {
        double value = (double)digits;
        if (scale < 0) value /= __small_power(-scale);
        else value *= __small_power(scale);
        return __f64_bits(value);
    }
    if (!more && single && digits <= 0x1000000 && scale >= -10 && scale <= 10) {
        float small = (float)digits;
        if (scale < 0) small /= (float)__small_power(-scale);
        else small *= (float)__small_power(scale);
        return __f32_bits(small);
    }
    if (scale >= -292 && scale <= 308) {
        uint bits = __real_near(digits, scale, more, single);
        if (bits != 0) return bits;
    }
    return __real_exact(at, end, exponent, single);
}

// Rounds between bounds: the digits times a 128-bit power of ten, both too small and too big by their errors. 0 if the
// bounds do not agree or the result is not an ordinary number.
uint __real_near(uint digits, int scale, bool more, bool single) {
    int shift = 0;
    uint limit = 1;
    while (digits >> 63 == 0) {
        digits <<= 1;
        limit <<= 1;
        shift++;
    }
    uint high = __power_of_ten(scale);
    uint part = high * digits;
    uint middle = part + __umulh(__power_low, digits);
    uint top = __umulh(high, digits);
    if (middle < part) top++;
    // The product is exact to 2 in `middle`; digits left out add less than `limit` to the last digit, that is to `top`.
    uint lower = top;
    if (middle < 2) lower--;
    uint upper = top;
    if (middle + 2 < 2) upper++;
    if (more) upper += limit;
    int e = (scale * 1741647 >> 19) + 63 - shift;
    int drop = 10;
    if (single) drop = 39;
    if (upper >> 63 != 0) {
        if (lower >> 63 == 0) return 0;
        drop++;
        e++;
    }
    // The upper 53 (24) bits stand; what lies below them must be surely less or surely more than one half.
    uint half = (uint)1 << drop - 1;
    uint mask = ((uint)1 << drop) - 1;
    uint result = lower >> drop;
    if (upper >> drop != result) return 0;
    if ((lower & mask) < half != (upper & mask) < half) return 0;
    if ((lower & mask) == half) return 0;
    if ((lower & mask) > half) result++;
    int size = 52;
    int bias = 1023;
    if (single) {
        size = 23;
        bias = 127;
    }
    e += bias;
    if (e < 1 || e > 2 * bias) return 0;
    return ((uint)(e - 1) << size) + result;
}

uint __real_exact(uint at, uint end, int exponent, bool single) {
    __big_clear();
    bool behind = false;
    bool begun = false;
    int point = exponent;
    for (uint i = at; i < end; i++) {
        uint c = __ld8(i);
        if (c == '.') behind = true;
        else if (c != '_') {
            if (c != '0') begun = true;
            if (begun) __big_append(c - '0');
            if (begun && !behind) point++;
            if (!begun && behind) point--;
        }
    }
    __big_point = point;
    __big_trim();
    if (single) return __big_bits(23, -126, 127);
    return __big_bits(52, -1022, 1023);
}
