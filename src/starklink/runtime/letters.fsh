// Strings: case and blanks (ASCII only).

// Flips the case bit of the letters from `first` to `first` + 25.
string __flip_case(string s, uint first) {
    uint at = __addr(s);
    if (at == 0) __trap_null();
    uint n = __ld64(at + 8);
    uint result = __new_string(n);
    for (uint i = 16; i < n + 16; i++) {
        uint c = __ld8(at + i);
        if (c - first < 26) c ^= 32;
        __st8(result + i, c);
    }
    return __as_string(result);
}

string __to_upper(string s) { return __flip_case(s, 'a'); }

string __to_lower(string s) { return __flip_case(s, 'A'); }

bool __is_blank(uint c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

string __trim(string s) {
    uint at = __addr(s);
    if (at == 0) __trap_null();
    uint begin = at + 16;
    uint end = begin + __ld64(at + 8);
    while (begin < end && __is_blank(__ld8(begin))) begin++;
    while (begin < end && __is_blank(__ld8(end - 1))) end--;
    return __string_from(begin, end - begin);
}
