// Boxed values as objects. The descriptor's code says what is in the box; 0 is a struct, compared byte by byte.

// An integer, char or bool widened to 64 bits as its type says; of float and double the bits.
uint __box_bits(uint at, uint code) {
    if (code == 3) return (uint)((int)(__ld8(at + 8) << 56) >> 56);
    if (code == 4) return (uint)((int)(__ld16(at + 8) << 48) >> 48);
    if (code == 5) return (uint)((int)(__ld32(at + 8) << 32) >> 32);
    if (code == 1 || code == 7) return __ld8(at + 8);
    if (code == 8) return __ld16(at + 8);
    if (code == 2 || code == 9 || code == 11) return __ld32(at + 8);
    return __ld64(at + 8);
}

string __box_ToString(object o) {
    uint at = __addr(o);
    uint code = __ld32(__ld64(at) + 4);
    if (code == 0) return __object_ToString(o);
    uint bits = __box_bits(at, code);
    if (code == 1) return __str_bool(bits != 0);
    if (code == 2) return __str_char((char)(bits & 0x1FFFFF));
    if (code <= 6) return __str_i64((int)bits);
    if (code <= 10) return __str_u64(bits);
    if (code == 11) return __str_f32(__bits_f32(bits));
    return __str_f64(__bits_f64(bits));
}

// Both zeros are equal, and so are all NaNs: equal values must be found again.
bool __box_Equals(object o, object other) {
    uint a = __addr(o);
    uint b = __addr(other);
    if (b == 0 || __ld64(a) != __ld64(b)) return false;
    uint desc = __ld64(a);
    uint code = __ld32(desc + 4);
    if (code == 0) return __bytes_equal(a + 8, b + 8, __ld32(desc + 16) - 8);
    return __box_key(a, code) == __box_key(b, code);
}

uint __box_key(uint at, uint code) {
    uint bits = __box_bits(at, code);
    if (code < 11) return bits;
    double value = 0.0;
    if (code == 11) value = (double)__bits_f32(bits);
    else value = __bits_f64(bits);
    if (value == 0.0) return 0;
    if (value != value) return 0x7FF8000000000000;
    return __f64_bits(value);
}

int __box_GetHashCode(object o) {
    uint at = __addr(o);
    uint desc = __ld64(at);
    uint code = __ld32(desc + 4);
    if (code == 0) return (int)__hash_bytes(at + 8, __ld32(desc + 16) - 8);
    uint key = __box_key(at, code);
    if (code >= 11) return (int)(key ^ key >> 32);
    return (int)key;
}
