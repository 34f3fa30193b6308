// Faults of the machine: called from signal or interrupt handlers on a stack of their own, so there is no trace to walk.
uint __guard_low;
uint __guard_high;

// Addresses from `low` to below `high` lie below the stack: touching them means that it is exhausted.
void __stack_guard(uint low, uint high) {
    __guard_low = low;
    __guard_high = high;
}

// The report of a fault at `rip`. The first known site at or behind it is the faulting statement or one soon after it.
void __fault_report(string text, uint rip, int code) {
    __out_report();
    uint site = __site_at(rip);
    if (site < __ld64(__symbol("__site_count"))) {
        uint row = __symbol("__sites_row") + site * 16;
        uint scope = __symbol("__scopes") + __ld32(row) * 16;
        if (__ld32(scope) != 0) __write_place(__ld32(scope + 4), __ld32(row + 4));
    }
    __print_str(text);
    __flush();
    __sys_exit(code);
}

void __fault(uint address, uint rip) {
    if (address - __guard_low < __guard_high - __guard_low) __fault_report("StackOverflow: Stack overflow", rip, 106);
    __fault_report("MemoryFault: Invalid address", rip, 99);
}
