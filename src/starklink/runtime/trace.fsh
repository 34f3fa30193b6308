// Stack traces from the image's site table (docs/runtime.md).

// Number of sites below the return address `pc`: the place of `pc` in the table if it is there.
uint __site_at(uint pc) {
    uint table = __symbol("__sites_pc");
    uint low = 0;
    uint high = __ld64(__symbol("__site_count"));
    while (low < high) {
        uint middle = low + high >> 1;
        if (__ld32(table + middle * 4) < pc) low = middle + 1;
        else high = middle;
    }
    return low;
}

// Records of the visible functions a site lies in, itself and those it was inlined by; gives how many there are with
// `count` before them.
int __site_records(uint row, uint buffer, int count, int limit) {
    uint scopes = __symbol("__scopes");
    uint scope = scopes + __ld32(row) * 16;
    uint place = __ld32(row + 4);
    while (true) {
        uint outer = __ld32(scope + 8);
        if (__ld32(scope) != 0) {
            if (count < limit) {
                uint record = buffer + (uint)count * 32;
                __st64(record, __ld32(scope));
                __st64(record + 8, __ld32(scope + 4));
                __st64(record + 16, place);
                __st64(record + 24, outer & 1);
            }
            count++;
        }
        outer = outer >> 1;
        if (outer == 0) return count;
        place = __ld32(scope + 12);
        scope = scopes + outer * 16 - 16;
    }
}

// A number of at most eight digits, collected in a register.
void __write_number(uint v) {
    uint at = __out_room(8);
    uint text = 0;
    while (true) {
        uint tenth = __umulh(v, 0xCCCCCCCCCCCCCCCD) >> 3;
        text = text << 8 | '0' + v - tenth * 10;
        at++;
        v = tenth;
        if (v == 0) break;
    }
    __st64(__out_room(8), text);
    __out_done(at);
}

// FILE:LINE:COL and what separates it from the message.
void __write_place(uint file, uint place) {
    __write_str(__as_string(file));
    __write_str(":");
    __write_number(place >> 12);
    __write_str(":");
    __write_number(place & 4095);
    __write_str(": ");
}

// A line of the trace.
void __write_frame(uint record) {
    __write_str("  at ");
    __write_str(__as_string(__ld64(record)));
    __write_str(":");
    __write_number(__ld64(record + 16) >> 12);
    if (__ld64(record + 24) != 0) {
        __write_str(" (");
        __write_str(__as_string(__ld64(record + 8)));
        __write_str(")");
    }
    __newline();
}

// Walks from the return address `pc` with the stack pointer just above it.
int __trace_from(uint pc, uint sp, uint buffer, int limit) {
    uint sites = __ld64(__symbol("__site_count"));
    uint table = __symbol("__sites_pc");
    int count = 0;
    while (true) {
        uint site = __site_at(pc);
        if (site >= sites || __ld32(table + site * 4) != pc) return count;
        uint row = __symbol("__sites_row") + site * 16;
        count = __site_records(row, buffer, count, limit);
        sp += __ld32(row + 8);
        pc = __ld64(sp);
        sp += 8;
    }
}

// The stack pointer is the same at all calls in a function. Below it nothing may be read: interrupts write there.
int __trace_collect(uint buffer, int limit) {
    uint sp = __stack_pointer();
    uint pc = __return_address();
    return __trace_from(pc, sp, buffer, limit);
}

// Passes control to the innermost landing pad that guards a call in progress, with the object; returns if there is
// none.
void __unwind(Exception e) {
    uint sp = __stack_pointer();
    uint pc = __return_address();
    uint sites = __ld64(__symbol("__site_count"));
    uint table = __symbol("__sites_pc");
    while (true) {
        uint site = __site_at(pc);
        if (site >= sites || __ld32(table + site * 4) != pc) return;
        uint row = __symbol("__sites_row") + site * 16;
        uint pad = __ld32(row + 12);
        if (pad != 0) __resume(pad, sp, __addr(e));
        sp += __ld32(row + 8);
        pc = __ld64(sp);
        sp += 8;
    }
}
