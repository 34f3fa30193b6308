// What every object can do (section 9), by kind of object.
string __object_ToString(object o) { return __as_string(__ld64(__ld64(__addr(o)) + 24)); }

bool __object_Equals(object o, object other) { return __addr(o) == __addr(other); }

// Objects do not move, so the address can stand for the identity.
int __object_GetHashCode(object o) { return (int)(__addr(o) * 0x9E3779B97F4A7C15 >> 16); }

string __array_ToString(object o) { return __object_ToString(o); }

bool __array_Equals(object o, object other) { return __addr(o) == __addr(other); }

int __array_GetHashCode(object o) { return __object_GetHashCode(o); }

string __string_ToString(object o) { return __as_string(__addr(o)); }

bool __string_Equals(object o, object other) {
    uint a = __addr(o);
    uint b = __addr(other);
    return b != 0 && __ld64(a) == __ld64(b) && __str_eq(__as_string(a), __as_string(b));
}

int __string_GetHashCode(object o) {
    uint at = __addr(o);
    uint n = __ld64(at + 8);
    return (int)__hash_bytes(at + 16, n);
}

uint __hash_bytes(uint at, uint n) {
    uint hash = n * 0x9E3779B97F4A7C15 + 1;
    uint i = 0;
    while (i + 8 <= n) {
        hash = (hash ^ __ld64(at + i)) * 0xD6E8FEB86659FD93;
        hash ^= hash >> 32;
        i += 8;
    }
    while (i < n) {
        hash = (hash ^ __ld8(at + i)) * 0xD6E8FEB86659FD93;
        hash ^= hash >> 29;
        i++;
    }
    return hash;
}
