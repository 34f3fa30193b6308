// Faults of the machine: called from signal or interrupt handlers on a stack of their own, so there is no trace to
// walk.
uint __guard_low;
uint __guard_high;

// Addresses from `low` to below `high` lie below the stack: touching them means that it is exhausted.
void __stack_guard(uint low, uint high) {
    __guard_low = low;
    __guard_high = high;
}

// FILE:LINE:COL of a site, if its function is visible.
bool __write_site(uint site) {
    if (site >= __ld64(__symbol("__site_count"))) return false;
    uint row = __symbol("__sites_row") + site * 16;
    uint scope = __symbol("__scopes") + __ld32(row) * 16;
    if (__ld32(scope) == 0) return false;
    __write_place(__ld32(scope + 4), __ld32(row + 4));
    return true;
}

void __fault_end(string text, int code) {
    __print_str(text);
    __flush();
    __sys_exit(code);
}

// The innermost call in progress stands where the first return address of a visible function lies: at the end of the
// stack frames may be half made, so they cannot be walked.
void __write_call(uint rsp) {
    if (rsp < __guard_high) rsp = __guard_high;
    uint end = rsp + 32768;
    uint table = __symbol("__sites_pc");
    while (rsp < end) {
        uint pc = __ld64(rsp);
        uint site = __site_at(pc);
        if (__ld32(table + site * 4) == pc && __write_site(site)) return;
        rsp += 8;
    }
}

// An access of the first page that stands for a null check: the site table has a row one byte behind its begin. The
// exception is raised as by a call of the check's handler from there, on the program's stack.
void __null_access(uint rip, uint rsp) {
    uint site = __site_at(rip + 1);
    if (site >= __ld64(__symbol("__site_count")) || __ld32(__symbol("__sites_pc") + site * 4) != rip + 1) return;
    __st64(rsp - 8, rip + 1);
    __resume(__symbol("__trap_null"), rsp - 8, 0);
}

// For other faults the first site at or behind `rip` is the faulting statement or one soon after it.
void __fault(uint address, uint rip, uint rsp) {
    if (address < 4096) __null_access(rip, rsp);
    __out_report();
    if (address - __guard_low < __guard_high - __guard_low) {
        __write_call(rsp);
        __fault_end("StackOverflow: Stack overflow", 106);
    }
    __write_site(__site_at(rip));
    __fault_end("MemoryFault: Invalid address", 99);
}
