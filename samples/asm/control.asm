; Structured programming with macros and contexts: if/elseif/else, while, for, switch with a jump table. Prints the primes
; below 60, a multiplication table and what a switch finds.

            bits    64
            default rel

; -- conditions -----------------------------------------------------------------------------------------------------------
%define     negated(cc) j %+ cc
%macro      test_if 4 ; left, condition, right, label: jump if it does not hold
            cmp     %1, %3
            j%-2    %4
%endmacro

%imacro     if 3
    %push   if
    %assign %$clause 1
            test_if %1, %2, %3, %$clause_%[%$clause]
%endmacro
%imacro     elseif 3
    %ifnctx if
        %error "elseif" without "if"
    %else
            jmp     %$done
        %$clause_%[%$clause]:
        %assign %$clause %$clause + 1
            test_if %1, %2, %3, %$clause_%[%$clause]
    %endif
%endmacro
%imacro     else 0
    %ifctx  if
            jmp     %$done
        %$clause_%[%$clause]:
        %repl   else
    %else
        %error "else" without "if"
    %endif
%endmacro
%imacro     endif 0
    %ifctx  if
        %$clause_%[%$clause]:
        %$done:
        %pop
    %elifctx else
        %$done:
        %pop
    %else
        %fatal "endif" without "if"
    %endif
%endmacro

%imacro     while 3
    %push   loop
    %define %$left %1
    %define %$right %3
    %define %$condition %2
            jmp     %$again
    %$body:
%endmacro
%imacro     endwhile 0
    %$again:
            while_test %$condition
    %$break:
    %pop    loop
%endmacro
%macro      while_test 1
            cmp     %$left, %$right
            j%+1    %$body
%endmacro

%imacro     for 3-4 1 ; register, from, to, step
    %push   loop
    %define %$counter %1
    %assign %$step %4
            mov     %1, %2
    %define %$last %3
    %$body:
%endmacro
%imacro     next 0
    %$again:
            add     %$counter, %$step
            cmp     %$counter, %$last
            jle     %$body
    %$break:
    %pop    loop
%endmacro
%imacro     break 0
    %ifctx loop
            jmp     %$break
    %elifctx if
            jmp     %$$break
    %else
        %error "break" outside of a loop
    %endif
%endmacro

; -- switch: the cases of a table are collected while they are assembled ----------------------------------------------------
%imacro     switch 2 ; register with the value, number of cases
    %push   switch
    %assign %$count %2
    %assign %$case -1
    %xdefine %$register %1
            cmp     %1, %$count
            jae     %$default
            lea     rdx, [%$table]
            movsxd  rax, dword [rdx + %1 * 4]
            add     rax, rdx
            jmp     rax
%endmacro
%imacro     case 1
    %if %$case >= 0
            jmp     %$end
    %endif
    %assign %$case %1
    %$case_%[%1]:
%endmacro
%imacro     default 0
    %ifctx  switch
            jmp     %$end
        %$default:
    %else
        %error
    %endif
%endmacro
%imacro     endswitch 0
    %$end:
    [section .rodata]
            align   4
    %$table:
    %assign %%i 0
    %rep %$count
            dd      %$case_%[%%i] - %$table
        %assign %%i %%i + 1
    %endrep
    __?SECT?__
    %pop
%endmacro

; -- output -----------------------------------------------------------------------------------------------------------------
%macro      print 1+
    [section .rodata]
    %%text: db      %1
    %%size equ      $ - %%text
    __?SECT?__
            lea     rsi, [%%text]
            mov     edx, %%size
            call    write
%endmacro

            section .text
            global  _start
_start:     print   "primes:"
            for     r12, 2, 59
                mov     r13d, 2
                while   r13, l, r12
                    mov     eax, r12d
                    xor     edx, edx
                    div     r13d
                    if      edx, e, 0
                        break
                    endif
                    inc     r13d
                endwhile
                if      r13, e, r12
                    print   " "
                    mov     rax, r12
                    call    number
                endif
            next
            print   10
            for     r12, 1, 5
                for     r13, 1, 9, 2
                    mov     rax, r12
                    imul    rax, r13
                    if      eax, l, 10
                        print   "   "
                    elseif  eax, l, 100
                        push    rax
                        print   "  "
                        pop     rax
                    else
                        print   " "
                    endif
                    mov     rax, r12
                    imul    rax, r13
                    call    number
                next
                print   10
            next
            for     r12, 0, 5
                switch  r12, 4
                case 0
                    print   "zero", 10
                case 1
                    print   "one", 10
                case 3
                    print   "three", 10
                case 2
                    print   `two\n`
                default
                    print   "many", 10
                endswitch
            next
            mov     eax, 60
            xor     edi, edi
            syscall

; rsi, edx: text
write:      mov     edi, 1
            mov     eax, 1
            push    rcx
            push    r11
            syscall
            pop     r11
            pop     rcx
            ret

; rax: number to print
number:     lea     rsi, [digits.end]
            xor     r8d, r8d
.next:      xor     edx, edx
            mov     ecx, 10
            div     rcx
            add     dl, '0'
            dec     rsi
            inc     r8d
            mov     [rsi], dl
            test    rax, rax
            jnz     .next
            mov     edx, r8d
            jmp     write

            section .bss
digits:     resb    20
.end:
            section .note.GNU-stack noalloc noexec nowrite progbits
