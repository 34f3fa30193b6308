// Allocation: a bump pointer over mapped chunks. Mapped memory is zero, so objects start cleared; nothing is given back
// yet.
uint __heap_next;
uint __heap_end;
uint __heap_grown;

// Cleared memory, aligned to 16.
uint __alloc(uint size) {
    size = (size + 15) & 0xFFFFFFFFFFFFFFF0;
    uint at = __heap_next;
    if (size > __heap_end - at) return __heap_grow(size);
    __heap_next = at + size;
    return at;
}

// Big blocks get a mapping of their own; the first chunk is small because most programs need no second one.
uint __heap_grow(uint size) {
    if (size > 262144) {
        uint own = 0;
        if (size < 0x800000000000) own = __sys_map(size);
        if (own == 0) __out_of_memory();
        return own;
    }
    uint chunk = 1048576;
    if (__heap_grown != 0) chunk = 8388608;
    uint at = __sys_map(chunk);
    if (at == 0) {
        chunk = 262144;
        at = __sys_map(chunk);
        if (at == 0) __out_of_memory();
    }
    __heap_grown = 1;
    __heap_next = at + size;
    __heap_end = at + chunk;
    return at;
}

void __out_of_memory() { __fatal("OutOfMemory", "Out of memory", 107); }

uint __new(uint desc, uint size) {
    uint at = __alloc(size);
    __st64(at, desc);
    return at;
}

// `align` is a power of two.
uint __new_aligned(uint desc, uint size, uint align) {
    uint at = (__alloc(size + align) + align - 1) & (0 - align);
    __st64(at, desc);
    return at;
}

uint __new_array(uint desc, int length, uint element_size) {
    if (length < 0) __trap_neg_size(length);
    uint size = (uint)length * element_size;
    if (__umulh((uint)length, element_size) != 0 || size > 0x800000000000) __out_of_memory();
    uint at = __alloc(size + 16);
    __st64(at, desc);
    __st64(at + 8, (uint)length);
    return at;
}

// The address of a string of `length` NUL bytes; its bytes begin 16 further on.
uint __new_string(uint length) {
    uint at = __alloc(length + 17);
    __st64(at, __symbol("string$desc"));
    __st64(at + 8, length);
    return at;
}

string __string_from(uint bytes, uint length) {
    uint at = __new_string(length);
    __copy(at + 16, bytes, length);
    return __as_string(at);
}
