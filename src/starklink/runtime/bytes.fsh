// Strings and arrays of bytes: what the standard library's StringBuilder is made of. Its callers keep to the arrays' lengths.
string __string_of_bytes(object a, int n) { return __string_from(__addr(a) + 16, (uint)n); }

// The bytes of `s` to position `at` of the array.
void __put_string(object a, int at, string s) { __copy(__addr(a) + 16 + (uint)at, __addr(s) + 16, __length_of(s)); }

// The first `n` bytes of one array to another.
void __move_bytes(object from, object to, int n) { __copy(__addr(to) + 16, __addr(from) + 16, (uint)n); }
