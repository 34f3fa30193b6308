// Throwing (section 13): record the trace, look for a landing pad, and report what nobody catches.
void __throw(Exception e) {
    __record(e);
    __unwind(e);
    __uncaught(e);
}

// `throw;` and the end of a finally body: the trace stays.
void __rethrow(Exception e) {
    __unwind(e);
    __uncaught(e);
}

// What checks and the library raise; the exit code belongs to the object.
void __raise(Exception e, int code) {
    e.__code = code;
    __throw(e);
}

void __throw_text(string message) { __throw(new Exception(message)); }

void __assert_fail(string message) {
    if (__addr(message) == 0) __raise(new AssertionException("Assertion failed"), 109);
    __raise(new AssertionException(__concat("Assertion failed: ", message)), 109);
}

string __exception_message(Exception e) { return e.Message; }

// The trace is collected in a buffer of the library and kept in memory of its own.
uint __trace_buffer;

void __record(Exception e) {
    if (__trace_buffer == 0) __trace_buffer = __alloc(100 * 32);
    int count = __trace_collect(__trace_buffer, 100);
    uint kept = (uint)count;
    if (count > 100) kept = 100;
    e.__frames = __alloc(kept * 32);
    e.__count = count;
    __copy(e.__frames, __trace_buffer, kept * 32);
}

void __uncaught(Exception e) {
    __out_report();
    __report(__object_ToString(e), e.Message, e.__frames, e.__count);
    __flush();
    if (e.__code == 0) __sys_exit(1);
    __sys_exit(e.__code);
}

// Ends without an object to catch: what the program cannot go on from.
void __fatal(string type, string message, int code) {
    uint frames = __out_report();
    int count = __trace_collect(frames, 100);
    __report(type, message, frames, count);
    __flush();
    __sys_exit(code);
}

void __report(string type, string message, uint frames, int count) {
    if (count > 0) __write_place(__ld64(frames + 8), __ld64(frames + 16));
    __write_str(type);
    __write_str(": ");
    __print_str(message);
    __print_str("Stack trace:");
    for (int i = 0; i < count && i < 100; i++) __write_frame(frames + (uint)i * 32);
    if (count > 100) {
        __write_str("  ... and ");
        __write_i64(count - 100);
        __print_str(" more");
    }
}
