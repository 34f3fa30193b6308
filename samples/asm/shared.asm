; A shared library: position-independent code with its own and foreign symbols, thread-local and common variables, weak and
; hidden symbols, an initialiser. For -f elf64.
;
;   long counter_next(void);   long counter_get(void);   int say(const char *text);   int *per_thread(void);

            bits    64
            default rel

            extern  puts, optional:weak
            global  counter_next:function (counter_next.end - counter_next)
            global  counter_get:function protected
            global  say:function
            global  per_thread:function
            global  visible:data 8
            global  internal:function hidden
            global  version_text:data (version_text.end - version_text)
            common  shared_block 64:16

            section .text
counter_next:
            call    internal
            mov     rax, [rel visible wrt ..got]
            lock inc qword [rax]
            mov     rax, [rax]
            ret
.end:

counter_get:
            mov     rax, [rel visible wrt ..got]
            mov     rax, [rax]
            ret

say:        sub     rsp, 8
            call    puts wrt ..plt
            mov     rax, [rel optional wrt ..got]
            test    rax, rax
            jz      .none
            call    rax
.none:      add     rsp, 8
            ret

internal:   mov     rdx, [rel shared_block wrt ..got]
            inc     dword [rdx + 4]
            ret

per_thread: mov     rax, [rel thread_value wrt ..gottpoff]
            add     rax, [fs:0]
            ret

initialise: mov     rax, [rel visible wrt ..got]
            mov     qword [rax], 100
            ret

            section .init_array
            dq      initialise wrt ..sym

            section .tdata
            global  thread_value
thread_value: dd    7

            section .data
            align   8
visible:    dq      0
pointers:   dq      say wrt ..sym, version_text, pointers
            section .rodata
version_text: db    "1.0", 0
.end:
            section .note.GNU-stack noalloc noexec nowrite progbits
