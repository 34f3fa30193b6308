// Failed casts. Types are named by their codes (docs/runtime.md).
void __trap_cast_int(int value, int code) { __cast_error(__str_i64(value), code); }

void __trap_cast_uint(uint value, int code) { __cast_error(__str_u64(value), code); }

// `code` has 64 added when the value was a float: its text form is that of a float.
void __trap_cast_float(double value, int code) {
    if (code >= 64) __cast_error(__str_f32((float)value), code - 64);
    __cast_error(__str_f64(value), code);
}

void __trap_cast_ref(object value, object wanted) {
    string head = __concat("Unsafe cast: object of type ", __as_string(__ld64(__ld64(__addr(value)) + 24)));
    __raise(new TypeError(__concat3(head, " is not ", __as_string(__ld64(__addr(wanted) + 24)))), 105);
}

void __cast_error(string value, int code) {
    string type = __cut("bool char i8 i16 i32 int byte u16 u32 uint float double", code);
    string low = __cut("0 0 -128 -32768 -2147483648 -9223372036854775808 0 0 0 0", code);
    string high = __cut("1 1114111 127 32767 2147483647 9223372036854775807 255 65535 4294967295 18446744073709551615", code);
    string head = __concat4("Unsafe cast: value ", value, " out of ", type);
    string tail = __concat4(" range [", low, ", ", high);
    __raise(new TypeError(__concat3(head, tail, "]")), 105);
}

// Word number `index`, counted from 1, of words with one blank between them.
string __cut(string words, int index) {
    uint at = __addr(words) + 16;
    uint end = at + __ld64(at - 8);
    while (index > 1 && at < end) {
        if (__ld8(at) == ' ') index--;
        at++;
    }
    uint last = at;
    while (last < end && __ld8(last) != ' ') last++;
    return __string_from(at, last - at);
}
