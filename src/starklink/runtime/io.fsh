// Buffered output. The buffer is mapped by the first write; 4 KiB behind it are kept for the report of a fatal error.
uint __out_base;
uint __out_next;
uint __out_end;
int __out_error;     // 1 once a report has begun: everything then goes to standard error

// Interrupted and partial writes go on; any other failure drops the rest, as nobody could be told.
void __write_all(int fd, uint at, int size) {
    while (size > 0) {
        int done = __sys_write(fd, at, size);
        if (done > 0) {
            at += (uint)done;
            size -= done;
        } else if (done != -4 && done != -11) return;
    }
}

void __flush() {
    int size = (int)(__out_next - __out_base);
    __out_next = __out_base;
    __write_all(1 + __out_error, __out_base, size);
}

void __out_open() {
    uint at = __sys_map(69632);
    if (at == 0) {
        __write_all(2, __addr("OutOfMemory: Out of memory\n") + 16, 27);
        __sys_exit(107);
    }
    __out_base = at;
    __out_next = at;
    __out_end = at + 65536;
}

// Room for `size` (at most 4096) bytes; what was written there counts after `__out_done(end)`.
uint __out_room(uint size) {
    if (size > __out_end - __out_next) {
        __flush();
        if (__out_base == 0) __out_open();
    }
    return __out_next;
}

void __out_done(uint end) { __out_next = end; }

void __out_bytes(uint at, uint size) {
    if (size > __out_end - __out_next) {
        __flush();
        if (size >= 65536) {
            __write_all(1 + __out_error, at, (int)size);
            return;
        }
        if (__out_base == 0) __out_open();
    }
    __copy(__out_next, at, size);
    __out_next += size;
}

void __write_str(string s) {
    uint at = __addr(s);
    if (at != 0) __out_bytes(at + 16, __ld64(at + 8));
}

void __newline() {
    uint at = __out_room(1);
    __st8(at, 10);
    __out_next = at + 1;
}

void __print_str(string s) {
    __write_str(s);
    __newline();
}

void __exit(int code) {
    __flush();
    __sys_exit(code & 255);
}

// From here on everything written goes to standard error; gives memory for 100 trace records.
uint __out_report() {
    __flush();
    if (__out_base == 0) __out_open();
    __out_error = 1;
    return __out_end;
}
