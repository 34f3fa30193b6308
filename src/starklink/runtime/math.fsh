// Mathematics: integers exactly, rounding, remainders, extremes.
void __pow_overflow() { __raise(new ArithmeticException("Integer overflow in pow"), 103); }

// b^e up to `most`; e is not negative.
uint __pow_below(uint b, uint e, uint most) {
    if (e == 0) return 1;
    if (b <= 1) return b;
    uint result = 1;
    while (true) {
        if ((e & 1) != 0) {
            if (__umulh(result, b) != 0 || result * b > most) __pow_overflow();
            result *= b;
        }
        e >>= 1;
        if (e == 0) return result;
        if (__umulh(b, b) != 0) __pow_overflow();
        b *= b;
    }
}

int __pow_i64(int b, int e) {
    bool odd = (e & 1) != 0;
    if (e < 0) {
        if (b == 0) __trap_div_zero();
        if (b == 1 || (b == -1 && !odd)) return 1;
        if (b == -1) return -1;
        return 0;
    }
    if (b >= 0) return (int)__pow_below((uint)b, (uint)e, 0x7FFFFFFFFFFFFFFF);
    uint size = 0 - (uint)b;
    if (odd) return (int)(0 - __pow_below(size, (uint)e, 0x8000000000000000));
    return (int)__pow_below(size, (uint)e, 0x7FFFFFFFFFFFFFFF);
}

uint __pow_u64(uint b, uint e) { return __pow_below(b, e, 0xFFFFFFFFFFFFFFFF); }

// The root of the nearest double is at most one off.
uint __sqrt_u64(uint n) {
    uint r = (uint)__sqrt_f64((double)n);
    if (r > 0xFFFFFFFF) r = 0xFFFFFFFF;
    while (r * r > n) r--;
    while (r < 0xFFFFFFFF && (r + 1) * (r + 1) <= n) r++;
    return r;
}

int __sqrt_i64(int n) {
    if (n < 0) __raise(new ArithmeticException("Square root of a negative number"), 1);
    return (int)__sqrt_u64((uint)n);
}

// True for what has no fraction bits: big numbers, infinities, NaN.
bool __is_whole(uint bits) { return (bits >> 52 & 2047) >= 1075; }

double __floor_f64(double d) {
    uint bits = __f64_bits(d);
    if (__is_whole(bits)) return d;
    double whole = (double)(int)d;
    if (whole > d) whole -= 1.0;
    return __bits_f64(__f64_bits(whole) | bits & 0x8000000000000000);
}

double __ceil_f64(double d) { return -__floor_f64(-d); }

// Adding 2^52 leaves no room for a fraction, so the addition rounds, half to even.
double __round_f64(double d) {
    uint bits = __f64_bits(d);
    if (__is_whole(bits)) return d;
    double size = __bits_f64(bits & 0x7FFFFFFFFFFFFFFF);
    size = size + 4503599627370496.0 - 4503599627370496.0;
    return __bits_f64(__f64_bits(size) | bits & 0x8000000000000000);
}

float __floor_f32(float f) { return (float)__floor_f64((double)f); }

float __ceil_f32(float f) { return (float)__ceil_f64((double)f); }

float __round_f32(float f) { return (float)__round_f64((double)f); }

// NaN if one is NaN; -0 is below +0.
double __max_f64(double a, double b) {
    if (a > b || a != a) return a;
    if (a == b && __f64_bits(b) >> 63 != 0) return a;
    return b;
}

double __min_f64(double a, double b) {
    if (a < b || a != a) return a;
    if (a == b && __f64_bits(a) >> 63 != 0) return a;
    return b;
}

float __max_f32(float a, float b) { return (float)__max_f64((double)a, (double)b); }

float __min_f32(float a, float b) { return (float)__min_f64((double)a, (double)b); }

// The remainder of truncated division, always exact: long division of the significands, eleven bits at a time.
double __fmod_f64(double x, double y) {
    uint a = __f64_bits(x) & 0x7FFFFFFFFFFFFFFF;
    uint b = __f64_bits(y) & 0x7FFFFFFFFFFFFFFF;
    if (a >= 0x7FF0000000000000 || b > 0x7FF0000000000000 || b == 0) return __bits_f64(0x7FF8000000000000);
    if (a < b) return x;
    uint sign = __f64_bits(x) & 0x8000000000000000;
    int ea = (int)(a >> 52);
    int eb = (int)(b >> 52);
    uint r = a & 0xFFFFFFFFFFFFF;
    uint m = b & 0xFFFFFFFFFFFFF;
    if (ea == 0) ea = 1;
    else r |= 0x10000000000000;
    if (eb == 0) eb = 1;
    else m |= 0x10000000000000;
    r %= m;
    int left = ea - eb;
    while (left > 0 && r != 0) {
        int step = 11;
        if (left < 11) step = left;
        r = (r << step) % m;
        left -= step;
    }
    if (r == 0) return __bits_f64(sign);
    while (r < 0x10000000000000 && eb > 1) {
        r <<= 1;
        eb--;
    }
    if (r < 0x10000000000000) return __bits_f64(sign | r);
    return __bits_f64(sign | ((uint)(eb - 1) << 52) + r);
}

float __fmod_f32(float x, float y) { return (float)__fmod_f64((double)x, (double)y); }
