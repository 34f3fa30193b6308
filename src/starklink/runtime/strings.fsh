// Strings: joining, comparing, cutting.
uint __length_of(string s) {
    if (__addr(s) == 0) return 0;
    return __ld64(__addr(s) + 8);
}

// The bytes of `s` at `at`; gives the end.
uint __append(uint at, string s) {
    uint n = __length_of(s);
    __copy(at, __addr(s) + 16, n);
    return at + n;
}

// A string is never changed, so joining with nothing gives the other side itself.
string __concat(string a, string b) {
    uint n = __length_of(a);
    uint m = __length_of(b);
    if (m == 0) return __str_of(a);
    if (n == 0) return b;
    uint at = __new_string(n + m);
    __copy(at + 16, __addr(a) + 16, n);
    __copy(at + 16 + n, __addr(b) + 16, m);
    return __as_string(at);
}

string __concat3(string a, string b, string c) {
    uint at = __new_string(__length_of(a) + __length_of(b) + __length_of(c));
    __append(__append(__append(at + 16, a), b), c);
    return __as_string(at);
}

string __concat4(string a, string b, string c, string d) {
    uint at = __new_string(__length_of(a) + __length_of(b) + __length_of(c) + __length_of(d));
    __append(__append(__append(__append(at + 16, a), b), c), d);
    return __as_string(at);
}

bool __bytes_equal(uint a, uint b, uint n) {
    uint i = 0;
    while (i + 8 <= n) {
        if (__ld64(a + i) != __ld64(b + i)) return false;
        i += 8;
    }
    while (i < n) {
        if (__ld8(a + i) != __ld8(b + i)) return false;
        i++;
    }
    return true;
}

bool __str_eq(string s, string t) {
    uint a = __addr(s);
    uint b = __addr(t);
    if (a == b) return true;
    if (a == 0 || b == 0) return false;
    uint n = __ld64(a + 8);
    return n == __ld64(b + 8) && __bytes_equal(a + 16, b + 16, n);
}

int __compare(string s, string t) {
    uint a = __addr(s);
    uint b = __addr(t);
    if (a == 0 || b == 0) __trap_null();
    uint n = __ld64(a + 8);
    uint m = __ld64(b + 8);
    uint least = n;
    if (m < n) least = m;
    a += 16;
    b += 16;
    uint i = 0;
    while (i + 8 <= least && __ld64(a + i) == __ld64(b + i)) i += 8;
    while (i < least) {
        uint x = __ld8(a + i);
        uint y = __ld8(b + i);
        if (x < y) return -1;
        if (x > y) return 1;
        i++;
    }
    if (n < m) return -1;
    if (n > m) return 1;
    return 0;
}

char __char_at(string s, int i) {
    uint at = __addr(s);
    if (at == 0) __trap_null();
    uint n = __ld64(at + 8);
    if ((uint)i >= n) __trap_index(i, (int)n);
    return (char)__ld8(at + 16 + (uint)i);
}

string __substring(string s, int begin, int end) {
    uint at = __addr(s);
    if (at == 0) __trap_null();
    int n = (int)__ld64(at + 8);
    if (begin < 0 || end < begin || end > n) __range_error(begin, end, n);
    return __string_from(at + 16 + (uint)begin, (uint)(end - begin));
}

void __range_error(int begin, int end, int length) {
    string range = __concat4("Index out of bounds: range ", __str_i64(begin), "..", __str_i64(end));
    __raise(new IndexOutOfBoundsException(__concat3(range, ", length ", __str_i64(length))), 101);
}
