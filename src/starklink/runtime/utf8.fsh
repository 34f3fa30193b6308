// UTF-8 in both directions.

// Writes the scalar at `at` and gives the end.
uint __put_char(uint at, uint c) {
    if (c < 0x80) {
        __st8(at, c);
        return at + 1;
    }
    if (c < 0x800) {
        __st8(at, 0xC0 | c >> 6);
        __st8(at + 1, 0x80 | c & 63);
        return at + 2;
    }
    if (c < 0x10000) {
        __st8(at, 0xE0 | c >> 12);
        __st8(at + 1, 0x80 | c >> 6 & 63);
        __st8(at + 2, 0x80 | c & 63);
        return at + 3;
    }
    __st8(at, 0xF0 | c >> 18);
    __st8(at + 1, 0x80 | c >> 12 & 63);
    __st8(at + 2, 0x80 | c >> 6 & 63);
    __st8(at + 3, 0x80 | c & 63);
    return at + 4;
}

// The scalar that starts at `at` (before `end`) and, from bit 32 on, the number of its bytes. Overlong forms,
// surrogates, scalars above 10FFFF and broken sequences give U+FFFD for one byte.
uint __decode(uint at, uint end) {
    uint c = __ld8(at);
    if (c < 0x80) return c | 0x100000000;
    uint n = 0;
    uint least = 0x80;
    if (c >= 0xC2 && c < 0xE0) {
        n = 2;
        c &= 31;
    } else if (c >= 0xE0 && c < 0xF0) {
        n = 3;
        c &= 15;
        least = 0x800;
    } else if (c >= 0xF0 && c < 0xF5) {
        n = 4;
        c &= 7;
        least = 0x10000;
    }
    if (n == 0 || n > end - at) return 0x10000FFFD;
    for (uint i = 1; i < n; i++) {
        uint next = __ld8(at + i);
        if ((next & 0xC0) != 0x80) return 0x10000FFFD;
        c = c << 6 | next & 63;
    }
    if (c < least || c > 0x10FFFF || (c >= 0xD800 && c < 0xE000)) return 0x10000FFFD;
    return c | n << 32;
}

char __code_point_at(string s, int i) {
    uint at = __addr(s);
    if (at == 0) __trap_null();
    uint n = __ld64(at + 8);
    if ((uint)i >= n) __trap_index(i, (int)n);
    return (char)(__decode(at + 16 + (uint)i, at + 16 + n) & 0x1FFFFF);
}
