// Strings: finding, replacing, splitting.

// Position of the first occurrence of m bytes at `part` in the n bytes at `whole`, not before `from`; -1 if there is
// none.
int __find(uint whole, uint n, uint part, uint m, uint from) {
    if (m == 0) return (int)from;
    if (m > n) return -1;
    uint first = __ld8(part);
    uint last = n - m;
    for (uint i = from; i <= last; i++) {
        if (__ld8(whole + i) == first && __bytes_equal(whole + i, part, m)) return (int)i;
    }
    return -1;
}

int __index_of(string s, string t) {
    uint a = __addr(s);
    uint b = __addr(t);
    if (a == 0 || b == 0) __trap_null();
    return __find(a + 16, __ld64(a + 8), b + 16, __ld64(b + 8), 0);
}

bool __contains(string s, string t) { return __index_of(s, t) >= 0; }

bool __starts_with(string s, string t) {
    uint a = __addr(s);
    uint b = __addr(t);
    if (a == 0 || b == 0) __trap_null();
    uint m = __ld64(b + 8);
    return m <= __ld64(a + 8) && __bytes_equal(a + 16, b + 16, m);
}

bool __ends_with(string s, string t) {
    uint a = __addr(s);
    uint b = __addr(t);
    if (a == 0 || b == 0) __trap_null();
    uint n = __ld64(a + 8);
    uint m = __ld64(b + 8);
    return m <= n && __bytes_equal(a + 16 + n - m, b + 16, m);
}

// Number of occurrences that do not overlap, from the left; `part` is not empty.
uint __count(uint whole, uint n, uint part, uint m) {
    uint count = 0;
    int at = __find(whole, n, part, m, 0);
    while (at >= 0) {
        count++;
        at = __find(whole, n, part, m, (uint)at + m);
    }
    return count;
}

string __replace(string s, string t, string u) {
    uint a = __addr(s);
    uint b = __addr(t);
    uint c = __addr(u);
    if (a == 0 || b == 0 || c == 0) __trap_null();
    uint n = __ld64(a + 8);
    uint m = __ld64(b + 8);
    uint k = __ld64(c + 8);
    if (m == 0) return s;
    a += 16;
    b += 16;
    uint count = __count(a, n, b, m);
    if (count == 0) return s;
    uint result = __new_string(n - count * m + count * k);
    uint to = result + 16;
    uint from = 0;
    while (count > 0) {
        uint at = (uint)__find(a, n, b, m, from);
        __copy(to, a + from, at - from);
        to += at - from;
        __copy(to, c + 16, k);
        to += k;
        from = at + m;
        count--;
    }
    __copy(to, a + from, n - from);
    return __as_string(result);
}

uint __split(string s, string separator, uint desc) {
    uint a = __addr(s);
    uint b = __addr(separator);
    if (a == 0 || b == 0) __trap_null();
    uint n = __ld64(a + 8);
    uint m = __ld64(b + 8);
    a += 16;
    b += 16;
    uint count = 0;
    if (m != 0) count = __count(a, n, b, m);
    uint result = __new_array(desc, (int)count + 1, 8);
    uint slot = result + 16;
    uint from = 0;
    while (count > 0) {
        uint at = (uint)__find(a, n, b, m, from);
        __st64(slot, __addr(__string_from(a + from, at - from)));
        slot += 8;
        from = at + m;
        count--;
    }
    __st64(slot, __addr(__string_from(a + from, n - from)));
    return result;
}
