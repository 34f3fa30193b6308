// What failed checks call (ir/traps.py). None of these returns.
void __trap_null() { __raise(new NullPointerException("Null pointer dereference"), 102); }

void __trap_index(int index, int length) { __index_error(__str_i64(index), length); }

void __trap_index_u(uint index, int length) { __index_error(__str_u64(index), length); }

void __index_error(string index, int length) {
    string text = __concat4("Index out of bounds: index ", index, ", length ", __str_i64(length));
    __raise(new IndexOutOfBoundsException(text), 101);
}

void __trap_neg_size(int length) {
    __raise(new IndexOutOfBoundsException(__concat("Negative array size: ", __str_i64(length))), 101);
}

void __trap_ovf_add() { __raise(new ArithmeticException("Integer overflow in addition"), 103); }

void __trap_ovf_sub() { __raise(new ArithmeticException("Integer overflow in subtraction"), 103); }

void __trap_ovf_mul() { __raise(new ArithmeticException("Integer overflow in multiplication"), 103); }

void __trap_ovf_neg() { __raise(new ArithmeticException("Integer overflow in negation"), 103); }

void __trap_ovf_div() { __raise(new ArithmeticException("Integer overflow in division"), 103); }

void __trap_ovf_mod() { __raise(new ArithmeticException("Integer overflow in modulo"), 103); }

void __trap_ovf_abs() { __raise(new ArithmeticException("Integer overflow in abs"), 103); }

// Results of `<<= &= |= ^=` that do not fit a narrow target.
void __trap_ovf_shl() { __raise(new ArithmeticException("Integer overflow in left shift"), 103); }

void __trap_ovf_and() { __raise(new ArithmeticException("Integer overflow in bitwise and"), 103); }

void __trap_ovf_or() { __raise(new ArithmeticException("Integer overflow in bitwise or"), 103); }

void __trap_ovf_xor() { __raise(new ArithmeticException("Integer overflow in bitwise xor"), 103); }

void __trap_div_zero() { __raise(new ArithmeticException("Division by zero"), 104); }

void __trap_unreachable() { __fatal("InternalError", "Unreachable code reached", 70); }
