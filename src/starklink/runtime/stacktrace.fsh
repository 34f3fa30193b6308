// `StackTrace()`: the trace as text, without a final line end.
string __stack_trace(Exception e) {
    string text = __concat3(__object_ToString(e), ": ", e.Message);
    text = __concat(text, "\nStack trace:");
    for (int i = 0; i < e.__count && i < 100; i++) {
        uint record = e.__frames + (uint)i * 32;
        text = __concat4(text, "\n  at ", __as_string(__ld64(record)), ":");
        text = __concat(text, __str_u64(__ld64(record + 16) >> 12));
        if (__ld64(record + 24) != 0) text = __concat4(text, " (", __as_string(__ld64(record + 8)), ")");
    }
    if (e.__count > 100) text = __concat4(text, "\n  ... and ", __str_i64(e.__count - 100), " more");
    return text;
}
