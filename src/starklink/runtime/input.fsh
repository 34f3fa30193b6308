// Standard input, line by line.
uint __in_base;
uint __in_size;      // of the buffer
uint __in_next;      // what is unread lies from here
uint __in_end;       // to here

// More input behind what is unread; false at the end of the input. A line longer than the buffer gets a buffer twice as
// big.
bool __in_fill() {
    uint kept = __in_end - __in_next;
    uint to = __in_base;
    if (kept == __in_size) {
        __in_size = __in_size * 2;
        if (__in_size == 0) __in_size = 65536;
        to = __sys_map(__in_size);
        if (to == 0) __out_of_memory();
    }
    __copy(to, __in_next, kept);
    __in_base = to;
    __in_next = to;
    __in_end = to + kept;
    while (true) {
        int got = __sys_read(0, __in_end, (int)(__in_size - kept));
        if (got > 0) {
            __in_end += (uint)got;
            return true;
        }
        if (got != -4 && got != -11) return false;
    }
}

string __read_line() {
    __flush();
    uint seen = 0;
    while (true) {
        uint at = __in_next + seen;
        while (at < __in_end) {
            if (__ld8(at) == '\n') {
                uint end = at;
                if (end > __in_next && __ld8(end - 1) == '\r') end--;
                string line = __string_from(__in_next, end - __in_next);
                __in_next = at + 1;
                return line;
            }
            at++;
        }
        seen = __in_end - __in_next;
        if (!__in_fill()) {
            if (seen == 0) return null;
            __in_next = __in_end;
            return __string_from(__in_end - seen, seen);
        }
    }
}

int __read_int() {
    string line = __read_line();
    if (__addr(line) == 0) __raise(new IOException("End of input"), 1);
    return __to_int_str(line);
}
