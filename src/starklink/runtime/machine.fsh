// Exceptions of the machine on `pc`: no trace can be walked from them, but the registers tell the rest.
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

string __hex(uint v) { return __format_hex(v, 1, false); }

void __pc_exception(int vector, uint error, uint rip, uint rsp, uint cr2) {
    uint guard = __guard_high - __guard_low;
    if (vector == 14 && cr2 - __guard_low < guard) __fault(cr2, rip, rsp);
    if (vector == 8 && rsp - __guard_low <= guard) __fault(__guard_low, rip, rsp);
    string head = __concat4("MachineException: ", __vector_name(vector), " (vector ", __str_i64(vector));
    string middle = __concat4(", error 0x", __hex(error), ") at 0x", __hex(rip));
    string tail = __concat(", rsp 0x", __hex(rsp));
    if (vector == 14) tail = __concat3(tail, ", address 0x", __hex(cr2));
    __out_report();
    __write_site(__site_at(rip));
    __fault_end(__concat3(head, middle, tail), 99);
}
