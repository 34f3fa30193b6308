// Faults of the machine: called from signal or interrupt handlers on a stack of their own, so there is no trace to walk.
uint __guard_low;
uint __guard_high;

// Addresses from `low` to below `high` lie below the stack: touching them means that it is exhausted.
void __stack_guard(uint low, uint high) {
    __guard_low = low;
    __guard_high = high;
}

void __put_hex(uint v) {
    uint at = __out_room(24);
    __st16(at, 0x7830);
    uint n = 1;
    while (n < 16 && v >> n * 4 != 0) n++;
    at += 2;
    while (n > 0) {
        n--;
        uint digit = v >> n * 4 & 15;
        if (digit < 10) __st8(at, '0' + digit);
        else __st8(at, 'a' + digit - 10);
        at++;
    }
    __out_done(at);
}

// FILE:LINE:COL of the first known site at or behind `rip`, which is the faulting statement or one soon after it.
void __put_place(uint record) {
    if (__ld64(record) == 0) return;
    __write_str(__as_string(__ld64(record + 8)));
    __write_str(":");
    __write_u64(__ld64(record + 16) >> 12);
    __write_str(":");
    __write_u64(__ld64(record + 16) & 4095);
    __write_str(": ");
}

uint __fault_record(uint rip) {
    uint record = __out_report();
    __st64(record, 0);
    uint site = __site_at(rip);
    if (site < __ld64(__symbol("__site_count"))) __site_record(site, record);
    return record;
}

void __fault_end(uint record, int code) {
    if (__ld64(record) != 0) {
        __print_str("Stack trace:");
        __write_str("  at ");
        __write_str(__as_string(__ld64(record)));
        __write_str(":");
        __write_u64(__ld64(record + 16) >> 12);
        __newline();
    }
    __flush();
    __sys_exit(code);
}

void __overflow_at(uint rip) {
    uint record = __fault_record(rip);
    __put_place(record);
    __print_str("StackOverflow: Stack overflow");
    __fault_end(record, 106);
}

void __fault(uint address, uint rip) {
    if (address - __guard_low < __guard_high - __guard_low) __overflow_at(rip);
    uint record = __fault_record(rip);
    __put_place(record);
    __write_str("MemoryFault: Invalid address ");
    __put_hex(address);
    __write_str(" at ");
    __put_hex(rip);
    __newline();
    __fault_end(record, 99);
}

string __vector_name(int vector) {
    if (vector == 0) return "Divide error";
    if (vector == 2) return "Non-maskable interrupt";
    if (vector == 3) return "Breakpoint";
    if (vector == 6) return "Invalid instruction";
    if (vector == 7) return "No floating-point unit";
    if (vector == 8) return "Double fault";
    if (vector == 12) return "Stack fault";
    if (vector == 13) return "General protection";
    if (vector == 14) return "Page fault";
    if (vector == 16 || vector == 19) return "Floating-point error";
    if (vector == 17) return "Alignment check";
    if (vector == 18) return "Machine check";
    return "Exception";
}

void __pc_exception(int vector, uint error, uint rip, uint rsp, uint cr2) {
    if (vector == 14 && cr2 - __guard_low < __guard_high - __guard_low) __overflow_at(rip);
    if (vector == 8 && rsp - __guard_low <= __guard_high - __guard_low) __overflow_at(rip);
    uint record = __fault_record(rip);
    __put_place(record);
    __write_str("MachineException: ");
    __write_str(__vector_name(vector));
    __write_str(" (vector ");
    __write_i64(vector);
    __write_str(", error ");
    __put_hex(error);
    __write_str(") at ");
    __put_hex(rip);
    __write_str(", rsp ");
    __put_hex(rsp);
    if (vector == 14) {
        __write_str(", address ");
        __put_hex(cr2);
    }
    __newline();
    __fault_end(record, 99);
}
