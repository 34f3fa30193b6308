// Arrays: copying and filling.
void __array_copy(object src, object dst, uint element_size) {
    uint from = __addr(src);
    uint to = __addr(dst);
    if (from == 0 || to == 0) __trap_null();
    uint n = __ld64(from + 8);
    if (n > __ld64(to + 8)) {
        string head = __concat3("Index out of bounds: copy of ", __str_u64(n), " elements into length ");
        __raise(new IndexOutOfBoundsException(__concat(head, __str_u64(__ld64(to + 8)))), 101);
    }
    __copy(to + 16, from + 16, n * element_size);
}

void __array_clear(object a, uint element_size) {
    uint at = __addr(a);
    if (at == 0) __trap_null();
    __zero(at + 16, __ld64(at + 8) * element_size);
}

void __fill8(object a, uint value) { __fill_bits(a, (value & 255) * 0x0101010101010101, 1); }

void __fill16(object a, uint value) { __fill_bits(a, (value & 65535) * 0x0001000100010001, 2); }

void __fill32(object a, uint value) { __fill_bits(a, (value & 0xFFFFFFFF) * 0x0000000100000001, 4); }

void __fill64(object a, uint value) { __fill_bits(a, value, 8); }

// `word` repeats the value; an array's memory is a multiple of 8 long, so whole words may be written.
void __fill_bits(object a, uint word, uint element_size) {
    uint at = __addr(a);
    if (at == 0) __trap_null();
    uint end = at + 16 + __ld64(at + 8) * element_size;
    for (at += 16; at < end; at += 8) __st64(at, word);
}
