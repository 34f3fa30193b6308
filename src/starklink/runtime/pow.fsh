// x^y for double and float as 2^n * e^r, with the logarithm in pairs of doubles (about 100 bits), so that only the last
// rounding counts.
double __pair_low;

// a + b as a pair: the result and `__pair_low` together are the exact sum.
double __pair_sum(double a, double b) {
    double s = a + b;
    double t = s - a;
    __pair_low = (a - (s - t)) + (b - t);
    return s;
}

// a * b as a pair. 134217729 is 2^27 + 1: it cuts a double into halves of 26 bits whose products are exact.
double __pair_product(double a, double b) {
    double p = a * b;
    double t = 134217729.0 * a;
    double ah = t - (t - a);
    double al = a - ah;
    t = 134217729.0 * b;
    double bh = t - (t - b);
    double bl = b - bh;
    __pair_low = ((ah * bh - p) + ah * bl + al * bh) + al * bl;
    return p;
}

// Natural logarithm of a positive finite number, as a pair.
double __log_pair(double x) {
    uint bits = __f64_bits(x);
    int k = -1023;
    if (bits < 0x10000000000000) {
        bits = __f64_bits(x * 18014398509481984.0);
        k -= 54;
    }
    k += (int)(bits >> 52);
    double m = __bits_f64(bits & 0xFFFFFFFFFFFFF | 0x3FF0000000000000);
    if (m > 1.4142135623730951) {
        m *= 0.5;
        k++;
    }
    // s = (m - 1) / (m + 1); log m = 2 (s + s^3/3 + s^5/5 + ...)
    double f = m - 1.0;
    double dh = __pair_sum(m, 1.0);
    double dl = __pair_low;
    double sh = f / dh;
    double p = __pair_product(sh, dh);
    double sl = (f - p - __pair_low - sh * dl) / dh;
    double zh = __pair_product(sh, sh);
    double zl = __pair_low + 2.0 * sh * sl;
    double t = 1.0 / 29.0;
    t = t * zh + 1.0 / 27.0;
    t = t * zh + 1.0 / 25.0;
    t = t * zh + 1.0 / 23.0;
    t = t * zh + 1.0 / 21.0;
    t = t * zh + 1.0 / 19.0;
    t = t * zh + 1.0 / 17.0;
    t = t * zh + 1.0 / 15.0;
    t = t * zh + 1.0 / 13.0;
    t = t * zh + 1.0 / 11.0;
    t = t * zh + 1.0 / 9.0;
    t = t * zh + 0.14285714285714285;
    // The first two coefficients need more than 53 bits.
    double h = __pair_product(t, zh);
    double l = __pair_low + t * zl + -1.1102230246251566e-17;
    h = __pair_sum(0.2, h);
    l += __pair_low;
    p = __pair_product(h, zh);
    l = __pair_low + h * zl + l * zh + 1.850371707708594e-17;
    h = __pair_sum(0.3333333333333333, p);
    l += __pair_low;
    // s * z * (h + l)
    p = __pair_product(h, zh);
    l = __pair_low + h * zl + l * zh;
    h = __pair_product(p, sh);
    l = __pair_low + p * sl + l * sh;
    h = __pair_sum(sh, h);
    l += __pair_low + sl;
    // k log 2 in two parts, the first short enough for an exact product.
    double kd = (double)k;
    double sum = __pair_sum(kd * 0.6931471805598903, 2.0 * h);
    l = 2.0 * l + __pair_low + kd * 5.497923018708371e-14;
    sum = __pair_sum(sum, l);
    return sum;
}

// e^(h + l) for h between -746 and 710.
double __exp_pair(double h, double l) {
    double n = h * 1.4426950408889634 + 6755399441055744.0 - 6755399441055744.0;
    double rh = __pair_sum(h - n * 0.6931471805598903, l - n * 5.497923018708371e-14);
    double rl = __pair_low;
    double t = 7.647163731819816e-13;
    t = t * rh + 1.1470745597729725e-11;
    t = t * rh + 1.6059043836821613e-10;
    t = t * rh + 2.08767569878681e-09;
    t = t * rh + 2.505210838544172e-08;
    t = t * rh + 2.755731922398589e-07;
    t = t * rh + 2.7557319223985893e-06;
    t = t * rh + 2.48015873015873e-05;
    t = t * rh + 0.0001984126984126984;
    t = t * rh + 0.001388888888888889;
    t = t * rh + 0.008333333333333333;
    t = t * rh + 0.041666666666666664;
    t = t * rh + 0.16666666666666666;
    t *= rh * rh * rh;
    double s = __pair_sum(1.0, rh);
    double low = __pair_low + (rl + rl * rh) + t;
    double square = __pair_product(rh, rh) * 0.5;
    low += __pair_low * 0.5;
    s = __pair_sum(s, square);
    s += __pair_low + low;
    int e = (int)n;
    if (e > 1023) return s * 2.0 * __bits_f64((uint)(e + 1022) << 52);
    if (e >= -1022) return s * __bits_f64((uint)(e + 1023) << 52);
    return s * __bits_f64((uint)(e + 1087) << 52) * 5.421010862427522e-20;
}

// 0 for a fraction, 1 for an odd, 2 for an even whole number.
int __parity(double y) {
    uint size = __f64_bits(y) & 0x7FFFFFFFFFFFFFFF;
    if (size >= 0x4340000000000000) return 2;
    double whole = (double)(int)y;
    if (whole != y) return 0;
    if (((int)y & 1) != 0) return 1;
    return 2;
}

// x^n of a positive x for 0 < |n| <= 64 by products of pairs; no power on the way leaves the range of doubles.
double __pow_whole(double x, int n) {
    double h = 1.0;
    double l = 0.0;
    double low = 0.0;
    int left = n;
    if (n < 0) left = -n;
    while (true) {
        if ((left & 1) != 0) {
            double p = __pair_product(h, x);
            h = __pair_sum(p, __pair_low + (h * low + l * x));
            l = __pair_low;
        }
        left = left >> 1;
        if (left == 0) break;
        double q = __pair_product(x, x);
        x = __pair_sum(q, __pair_low + 2.0 * x * low);
        low = __pair_low;
    }
    if (n > 0) return h + l;
    double r = 1.0 / h;
    double one = __pair_product(r, h);
    return r + r * ((1.0 - one) - __pair_low - r * l);
}

double __pow_f64(double x, double y) {
    if (y == 0.0 || x == 1.0) return 1.0;
    if (x != x || y != y) return x + y;
    double size = x;
    if (x < 0.0) size = -x;
    double infinity = __bits_f64(0x7FF0000000000000);
    if (y == infinity || y == -infinity) {
        if (size == 1.0) return 1.0;
        if (size > 1.0 == y > 0.0) return infinity;
        return 0.0;
    }
    bool odd = __parity(y) == 1;
    uint sign = 0;
    if (odd) sign = __f64_bits(x) & 0x8000000000000000;
    if (x == 0.0 || size == infinity) {
        if (x == 0.0 == y > 0.0) return __bits_f64(sign);
        return __bits_f64(sign | 0x7FF0000000000000);
    }
    if (x < 0.0 && __parity(y) == 0) return __bits_f64(0x7FF8000000000000);
    if (y == 1.0) return x;
    if (y == 2.0) return x * x;
    if (y == -1.0) return 1.0 / x;
    if (y == 0.5) return __sqrt_f64(x);
    double result = 1.0;
    int exponent = (int)(__f64_bits(size) >> 52) - 1023;
    if (exponent < 0) exponent = -exponent;
    if (y >= -64.0 && y <= 64.0 && __parity(y) != 0 && (exponent + 1) * (int)y < 900 && (exponent + 1) * (int)y > -900) {
        result = __pow_whole(size, (int)y);
    } else if (size != 1.0) {
        double log = __log_pair(size);
        double low = __pair_low;
        // Out of reach of the pair product, but then the result is out of range too.
        if (y > 1e20 || y < -1e20) {
            if (log > 0.0 == y > 0.0) result = infinity;
            else result = 0.0;
        } else {
            double h = __pair_product(log, y);
            double l = __pair_low + low * y;
            if (h > 710.0) result = infinity;
            else if (h < -746.0) result = 0.0;
            else result = __exp_pair(h, l);
        }
    }
    return __bits_f64(__f64_bits(result) | sign);
}

float __pow_f32(float x, float y) { return (float)__pow_f64((double)x, (double)y); }
