; Structures: a linked list of people made at assembly time, sorted at run time, printed as a table.

            bits    64
            default rel

struc       person
.next:      resq    1
.name:      resq    1
.age:       resw    1
.height:    resb    1
            alignb  4
.salary:    resd    1
.flags:     resb    1
            alignb  8
endstruc

struc       list
.head:      resq    1
.count:     resd    1
            resd    1
endstruc

FLAG_RETIRED equ    1 << 0
FLAG_REMOTE  equ    1 << 1

%assign     people 0
%define     last_person 0
%macro      person_record 4-6 0, 0 ; name, age, height, salary, flags ...
    %push   record
    %strlen %$length %1
    %if %$length > 12
        %error the name %1 is too long
    %endif
    [section .rodata]
    %$text: db      %1
            times   12 - %$length db ' '
    [section .data]
            align   8
    person_%[people]:
    istruc  person
        at person.next,   dq last_person
        at person.name,   dq %$$text
        at person.age,    dw %2
        at person.height, db %3
        at person.salary, dd %4
        at person.flags,  db %5 | %6
    iend
    %xdefine last_person person_%[people]
    %assign people people + 1
    __?SECT?__
    %pop
%endmacro

            person_record "Ada", 36, 165, 5200
            person_record "Blaise", 39, 170, 4100, FLAG_REMOTE
            person_record 'Charles', 79, 180, 3000, FLAG_RETIRED
            person_record `Émilie`, 42, 168, 4800, FLAG_REMOTE, FLAG_RETIRED
            person_record "Gottfried", 70, 172, 3900, FLAG_RETIRED

            section .data
            align   8
everybody:
istruc      list
            at list.head,  dq last_person
            at list.count, dd people
iend

            section .text
            global  _start
_start:     call    sort
            mov     rbx, [everybody + list.head]
.next:      test    rbx, rbx
            jz      .done
            mov     rdi, line
            mov     rsi, [rbx + person.name]
            mov     ecx, 12
            rep     movsb
            movzx   eax, word [rbx + person.age]
            mov     ecx, 5
            call    number
            movzx   eax, byte [rbx + person.height]
            mov     ecx, 6
            call    number
            mov     eax, [rbx + person.salary]
            mov     ecx, 8
            call    number
            mov     eax, '  re' & 0xffff
            stosw
            test    byte [rbx + person.flags], FLAG_RETIRED
            mov     eax, 'R'
            mov     edx, '-'
            cmovz   eax, edx
            stosb
            mov     al, 10
            stosb
            lea     rsi, [line]
            mov     rdx, rdi
            sub     rdx, rsi
            mov     edi, 1
            mov     eax, 1
            syscall
            mov     rbx, [rbx + person.next]
            jmp     .next
.done:      mov     eax, 60
            mov     edi, [everybody + list.count]
            syscall

; Insertion sort by age: moves the records of one list into another one
sort:       mov     rbx, [everybody + list.head]
            and     qword [everybody + list.head], 0
.take:      test    rbx, rbx
            jz      .sorted
            mov     rcx, [rbx + person.next]
            lea     rdx, [everybody + list.head - person.next]
.search:    mov     rsi, [rdx + person.next]
            test    rsi, rsi
            jz      .insert
            mov     ax, [rsi + person.age]
            cmp     ax, [rbx + person.age]
            jae     .insert
            mov     rdx, rsi
            jmp     .search
.insert:    mov     [rbx + person.next], rsi
            mov     [rdx + person.next], rbx
            mov     rbx, rcx
            jmp     .take
.sorted:    ret

; eax in ecx columns at rdi
number:     lea     r8, [rdi + rcx]
            lea     rsi, [r8 - 1]
            mov     ecx, 10
.digit:     xor     edx, edx
            div     ecx
            add     dl, '0'
            mov     [rsi], dl
            dec     rsi
            test    eax, eax
            jnz     .digit
.blank:     cmp     rsi, rdi
            jb      .full
            mov     byte [rsi], ' '
            dec     rsi
            jmp     .blank
.full:      mov     rdi, r8
            ret

            section .bss
line:       resb    64
            section .note.GNU-stack noalloc noexec nowrite progbits
