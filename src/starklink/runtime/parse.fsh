// Conversions of strings to numbers.
void __cannot_convert(string s, string type) {
    __raise(new TypeError(__concat4("Cannot convert \"", s, "\" to ", type)), 105);
}

// An optional sign and decimal digits, blanks around them.
int __to_int_str(string s) {
    uint at = __addr(s);
    if (at == 0) __trap_null();
    uint end = at + 16 + __ld64(at + 8);
    at += 16;
    while (at < end && __is_blank(__ld8(at))) at++;
    while (at < end && __is_blank(__ld8(end - 1))) end--;
    uint most = 0x7FFFFFFFFFFFFFFF;
    bool minus = false;
    if (at < end && (__ld8(at) == '-' || __ld8(at) == '+')) {
        minus = __ld8(at) == '-';
        if (minus) most++;
        at++;
    }
    bool bad = at == end;
    uint value = 0;
    while (at < end && !bad) {
        uint digit = __ld8(at) - '0';
        if (digit > 9 || value > 922337203685477580 || value * 10 > most - digit) bad = true;
        value = value * 10 + digit;
        at++;
    }
    if (bad) __cannot_convert(s, "int");
    if (minus) return (int)(0 - value);
    return (int)value;
}

// Blanks around the number are ignored as in `to_int`.
bool __read_real(string s, bool single) {
    uint at = __addr(s);
    if (at == 0) __trap_null();
    uint end = at + 16 + __ld64(at + 8);
    at += 16;
    while (at < end && __is_blank(__ld8(at))) at++;
    while (at < end && __is_blank(__ld8(end - 1))) end--;
    return __parse_real(at, end, single);
}

double __to_double_str(string s) {
    if (!__read_real(s, false)) __cannot_convert(s, "double");
    return __bits_f64(__real_bits);
}

float __to_float_str(string s) {
    if (!__read_real(s, true)) __cannot_convert(s, "float");
    return __bits_f32(__real_bits);
}
