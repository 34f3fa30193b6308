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

// Record of a site's visible function, or 0 in place of the name.
void __site_record(uint site, uint record) {
    uint row = __symbol("__sites_row") + site * 12;
    uint scope = __symbol("__scopes") + __ld32(row) * 16;
    __st64(record, __ld32(scope));
    __st64(record + 8, __ld32(scope + 4));
    __st64(record + 16, __ld32(row + 4));
    __st64(record + 24, __ld32(scope + 8));
}

// Walks from the return address `pc` with the stack pointer just above it.
int __trace_from(uint pc, uint sp, uint buffer, int limit) {
    uint sites = __ld64(__symbol("__site_count"));
    uint table = __symbol("__sites_pc");
    int count = 0;
    while (true) {
        uint site = __site_at(pc);
        if (site >= sites || __ld32(table + site * 4) != pc) return count;
        uint row = __symbol("__sites_row") + site * 12;
        if (__ld32(__symbol("__scopes") + __ld32(row) * 16) != 0) {
            if (count < limit) __site_record(site, buffer + (uint)count * 32);
            count++;
        }
        sp += __ld32(row + 8);
        pc = __ld64(sp);
        sp += 8;
    }
}

// The return address of the call of `__stack_pointer` still lies below the stack pointer: nothing has been pushed since.
int __trace_collect(uint buffer, int limit) {
    uint sp = __stack_pointer();
    uint pc = __ld64(sp - 8);
    return __trace_from(pc, sp, buffer, limit);
}
