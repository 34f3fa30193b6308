// Text forms as strings (section 4.5).
uint __scratch;

// 64 bytes to build short texts in.
uint __scratch_at() {
    if (__scratch == 0) __scratch = __alloc(64);
    return __scratch;
}

string __str_until(uint end) { return __string_from(__scratch, end - __scratch); }

string __str_u64(uint v) {
    uint n = __digit_count(v);
    uint at = __new_string(n);
    __put_digits(at + 16 + n, v);
    return __as_string(at);
}

string __str_i64(int v) {
    if (v >= 0) return __str_u64((uint)v);
    uint n = 1 + __digit_count(0 - (uint)v);
    uint at = __new_string(n);
    __st8(at + 16, '-');
    __put_digits(at + 16 + n, 0 - (uint)v);
    return __as_string(at);
}

string __str_bool(bool b) {
    if (b) return "true";
    return "false";
}

string __str_char(char c) { return __str_until(__put_char(__scratch_at(), c)); }

string __str_f64(double d) { return __str_until(__put_f64(__scratch_at(), d)); }

string __str_f32(float f) { return __str_until(__put_f32(__scratch_at(), f)); }

string __str_of(string s) {
    if (__addr(s) == 0) return "";
    return s;
}

string __str_obj(object o) {
    uint at = __addr(o);
    if (at == 0) return "";
    return __str_of(__as_string(__vcall0(__ld64(__ld64(at) + 40), o)));
}
