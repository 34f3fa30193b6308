f: .cfi_startproc
.cfi_personality 0x9b,DW.ref.p
.cfi_lsda 0x1b,.L1
push %rbp
.cfi_def_cfa_offset 16
.cfi_offset %rbp,-16
.cfi_remember_state
mov %rsp,%rbp
.cfi_def_cfa_register 6
.skip 70
.cfi_escape 0x2e,0x10
nop
.cfi_restore_state
.skip 300
.cfi_adjust_cfa_offset -8
.cfi_restore 6
.cfi_undefined rax
.cfi_same_value rbx
.cfi_register rcx, rdx
.cfi_val_offset 3, 16
.cfi_rel_offset 12, 0
ret
.cfi_endproc
g: .cfi_startproc simple
.cfi_signal_frame
.cfi_def_cfa rsp,8
ret
.cfi_endproc
.section .gcc_except_table,"a"
.L1: .byte 0
