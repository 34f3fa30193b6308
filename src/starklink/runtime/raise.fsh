// Raising. Nothing can catch yet, so every exception ends in the report of section 13.
void __raise(string type, string message, int code) {
    uint frames = __out_report();
    int count = __trace_collect(frames, 100);
    __report(type, message, frames, count);
    __flush();
    __sys_exit(code);
}

void __report(string type, string message, uint frames, int count) {
    if (count > 0) {
        uint place = __ld64(frames + 16);
        __write_str(__as_string(__ld64(frames + 8)));
        __write_str(":");
        __write_u64(place >> 12);
        __write_str(":");
        __write_u64(place & 4095);
        __write_str(": ");
    }
    __write_str(type);
    __write_str(": ");
    __print_str(message);
    __print_str("Stack trace:");
    for (int i = 0; i < count && i < 100; i++) {
        uint record = frames + (uint)i * 32;
        __write_str("  at ");
        __write_str(__as_string(__ld64(record)));
        __write_str(":");
        __write_u64(__ld64(record + 16) >> 12);
        if (__ld64(record + 24) != 0) {
            __write_str(" (");
            __write_str(__as_string(__ld64(record + 8)));
            __write_str(")");
        }
        __newline();
    }
    if (count > 100) {
        __write_str("  ... and ");
        __write_i64(count - 100);
        __print_str(" more");
    }
}

void __throw_text(string message) { __raise("Exception", message, 1); }

void __assert_fail(string message) {
    if (__addr(message) == 0) __raise("AssertionException", "Assertion failed", 109);
    __raise("AssertionException", __concat("Assertion failed: ", message), 109);
}
