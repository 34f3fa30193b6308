// Integers as decimal text. Division by constants is a multiplication by the reciprocal.

// Number of decimal digits, 1 for 0.
uint __digit_count(uint v) {
    uint n = 0;
    while (v >= 10000) {
        v = __umulh(v, 0x346DC5D63886594B) >> 11;
        n += 4;
    }
    if (v >= 1000) return n + 4;
    if (v >= 100) return n + 3;
    if (v >= 10) return n + 2;
    return n + 1;
}

// Writes the digits so that the last one stands before `end`, two at a time.
void __put_digits(uint end, uint v) {
    uint pairs = __addr("00010203040506070809101112131415161718192021222324252627282930313233343536373839404142434445464748495051525354555657585960616263646566676869707172737475767778798081828384858687888990919293949596979899") + 16;
    while (v >= 100) {
        uint q = __umulh(v >> 2, 0x28F5C28F5C28F5C3) >> 2;
        end -= 2;
        __st16(end, __ld16(pairs + (v - q * 100) * 2));
        v = q;
    }
    if (v >= 10) __st16(end - 2, __ld16(pairs + v * 2));
    else __st8(end - 1, '0' + v);
}

// Writes at `at` and gives the end.
uint __put_u64(uint at, uint v) {
    uint end = at + __digit_count(v);
    __put_digits(end, v);
    return end;
}

uint __put_i64(uint at, int v) {
    if (v >= 0) return __put_u64(at, (uint)v);
    __st8(at, '-');
    return __put_u64(at + 1, 0 - (uint)v);
}

void __write_u64(uint v) { __out_done(__put_u64(__out_room(24), v)); }

void __write_i64(int v) { __out_done(__put_i64(__out_room(24), v)); }
