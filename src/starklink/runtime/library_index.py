"""Made by tools/make_runtime.py: every library file with the functions, globals and classes it defines."""

from typing import Final

TABLE: Final = """\
args.fsh __make_args
arrays.fsh __array_copy __array_clear __fill8 __fill16 __fill32 __fill64 __fill_bits
boxes.fsh __box_bits __box_ToString __box_Equals __box_key __box_GetHashCode
bytes.fsh __string_of_bytes __put_string __move_bytes
casts.fsh __trap_cast_int __trap_cast_uint __trap_cast_float __trap_cast_ref __cast_error __cut
decimal.fsh __big_digits __big_count __big_point __big_clear __big_append __big_trim __big_halve __big_double
decimal.fsh __big_round __big_bits
doubles.fsh __dec_digits __dec_exponent __round_to_odd __shortest __strip_zeros __put_decimal __put_special
doubles.fsh __put_f64 __put_f32
exceptions.fsh Exception ArithmeticException NullPointerException IndexOutOfBoundsException TypeError IOException
exceptions.fsh NetworkException CancelledException AssertionException
fault.fsh __guard_low __guard_high __stack_guard __write_site __fault_end __write_call __null_access __fault
files.fsh __open __io_error __read_file __write_file
format.fsh __format_digits_i64 __format_digits_u64 __format_hex __format_fixed_i64 __format_fixed_u64
format.fsh __with_zeros __big_digit __big_cut __format_fixed_f64 __align
input.fsh __in_base __in_size __in_next __in_end __in_fill __read_line __read_int
ints.fsh __digit_count __put_digits __put_u64 __put_i64 __write_u64 __write_i64
io.fsh __out_base __out_next __out_end __out_error __write_all __flush __out_open __out_room __out_done
io.fsh __out_bytes __write_str __newline __print_str __exit __out_report
letters.fsh __flip_case __to_upper __to_lower __is_blank __trim
machine.fsh __vector_name __hex __pc_exception
math.fsh __pow_overflow __pow_below __pow_i64 __pow_u64 __sqrt_u64 __sqrt_i64 __is_whole __floor_f64
math.fsh __ceil_f64 __round_f64 __floor_f32 __ceil_f32 __round_f32 __max_f64 __min_f64 __max_f32 __min_f32
math.fsh __fmod_f64 __fmod_f32
memory.fsh __heap_next __heap_end __heap_grown __alloc __heap_grow __out_of_memory __new __new_aligned
memory.fsh __new_array __new_string __string_from
objects.fsh __object_ToString __object_Equals __object_GetHashCode __array_ToString __array_Equals
objects.fsh __array_GetHashCode __string_ToString __string_Equals __string_GetHashCode __hash_bytes
parse.fsh __cannot_convert __to_int_str __read_real __to_double_str __to_float_str
pow.fsh __pair_low __pair_sum __pair_product __log_pair __exp_pair __parity __pow_whole __pow_f64 __pow_f32
powers.fsh __power_low __power_of_ten
raise.fsh __throw __rethrow __raise __throw_text __assert_fail __exception_message __trace_buffer __record
raise.fsh __uncaught __fatal __report
reals.fsh __real_bits __small_power __is_digit __skip_digits __parse_real __real_from __real_near __real_exact
search.fsh __find __index_of __contains __starts_with __ends_with __count __replace __split
stacktrace.fsh __stack_trace
start.fsh __static_init __main __start
strings.fsh __length_of __append __concat __concat3 __concat4 __bytes_equal __str_eq __compare __char_at
strings.fsh __substring __range_error
sys.fsh __sys_write __sys_read __sys_open __sys_close __sys_exit __sys_map __stack_pointer __return_address
sys.fsh __resume
text.fsh __scratch __scratch_at __str_until __str_u64 __str_i64 __str_bool __str_char __str_f64 __str_f32
text.fsh __str_of __str_obj
trace.fsh __site_at __site_records __write_number __write_place __write_frame __trace_from __trace_collect
trace.fsh __unwind
traps.fsh __trap_null __trap_index __trap_index_u __index_error __trap_neg_size __trap_ovf_add __trap_ovf_sub
traps.fsh __trap_ovf_mul __trap_ovf_neg __trap_ovf_div __trap_ovf_mod __trap_ovf_abs __trap_ovf_shl
traps.fsh __trap_ovf_and __trap_ovf_or __trap_ovf_xor __trap_div_zero __trap_unreachable
utf8.fsh __put_char __decode __code_point_at
values.fsh __write_bool __write_char __write_f64 __write_f32 __write_obj
"""
