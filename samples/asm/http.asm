; A web server of system calls only: answers on 127.0.0.1, at the port given as argument (0 or none: any; it is printed), and
; ends after the request /quit. Pages are declared with a macro and found by a hash computed while assembling.

            bits    64
            default rel

%define     AF_INET 2
%define     SOCK_STREAM 1
%assign     SYS_read 0
%assign     SYS_write 1
%assign     SYS_close 3
%assign     SYS_socket 41
%assign     SYS_accept 43
%assign     SYS_bind 49
%assign     SYS_listen 50
%assign     SYS_getsockname 51
%assign     SYS_setsockopt 54
%assign     SYS_exit 60

; sys name, arguments ...: arguments may be registers, numbers or [addresses]
%macro      sys 1-7
    %assign %%i 1
    %rep %0 - 1
        %rotate 1
        %substr %%first %[quoted(%1)] 1
        %ifidn %%first, '['
            lea     arg%[%%i], %1
        %elifnum %1
            %if %1 == 0
            xor     arg%[%%i]d, arg%[%%i]d
            %else
            mov     arg%[%%i]d, %1
            %endif
        %elifnidn %1, arg%[%%i]
            mov     arg%[%%i], %1
        %endif
        %assign %%i %%i + 1
    %endrep
    %rotate 1
            mov     eax, SYS_%1
            syscall
%endmacro
%define     quoted(x) %str(x)
%define     arg1 rdi
%define     arg1d edi
%define     arg2 rsi
%define     arg2d esi
%define     arg3 rdx
%define     arg3d edx
%define     arg4 r10
%define     arg4d r10d
%define     arg5 r8
%define     arg5d r8d

; The hash of a path: h = h * 31 + character, 32 bits
%macro      hash_of 2 ; name of the result, text
    %strlen %%n %2
    %assign %%h 5381
    %assign %%k 1
    %rep    %%n
        %substr %%c %2 %%k
        %assign %%h (%%h * 31 + %%c) & 0xffffffff
        %assign %%k %%k + 1
    %endrep
    %xdefine %1 %%h
%endmacro

%assign     pages 0
%macro      page 3+ ; path, type, contents
    %undef  page_hash
    hash_of page_hash, %1
    [section .rodata]
    %%response:
            db      "HTTP/1.1 200 OK", 13, 10, "Content-Type: ", %2, 13, 10, "Connection: close", 13, 10, 13, 10
            db      %3
    %%end:
    [section .data]
            dd      page_hash, %%end - %%response
            dq      %%response
    __?SECT?__
    %assign pages pages + 1
%endmacro

            section .data
            align   8
page_table:
            page    "/", "text/html", "<!doctype html><title>asm</title><p>Hello from assembly</p>", 10
            page    "/plain", "text/plain", `plain text\n`
            page    "/quit", "text/plain", "bye", 10
            hash_of quit_hash, "/quit"

            section .rodata
missing:    db      "HTTP/1.1 404 Not Found", 13, 10, "Content-Length: 10", 13, 10, "Connection: close", 13, 10, 13, 10
            db      "not found", 10
.size       equ     $ - missing
listening:  db      "port "
.size       equ     $ - listening

            section .text
            global  _start
_start:     mov     rdi, [rsp]
            xor     eax, eax
            cmp     rdi, 2
            jb      .any
            mov     rsi, [rsp + 16]
.digit:     movzx   ecx, byte [rsi]
            sub     ecx, '0'
            cmp     ecx, 9
            ja      .any
            imul    eax, 10
            add     eax, ecx
            inc     rsi
            jmp     .digit
.any:       xchg    al, ah
            mov     [address.port], ax
            sys     socket, AF_INET, SOCK_STREAM, 0
            test    eax, eax
            js      failed
            mov     ebx, eax
            sys     setsockopt, rbx, 1, 2, [one], 4
            sys     bind, rbx, [address], 16
            test    eax, eax
            js      failed
            sys     listen, rbx, 8
            sys     getsockname, rbx, [address], [length]
            call    report
serve:      sys     accept, rbx, 0, 0
            test    eax, eax
            js      serve
            mov     r12d, eax
            sys     read, r12, [request], request.size
            lea     rsi, [request]
            cmp     dword [rsi], 'GET '
            mov     r13d, 0
            jne     .unknown
            add     rsi, 4
            mov     r13d, 5381
.hash:      movzx   ecx, byte [rsi]
            cmp     cl, ' '
            jbe     .hashed
            imul    r13d, r13d, 31
            add     r13d, ecx
            inc     rsi
            jmp     .hash
.hashed:    mov     ecx, pages
            lea     rdi, [page_table]
.find:      cmp     [rdi], r13d
            je      .found
            add     rdi, 16
            dec     ecx
            jnz     .find
.unknown:   sys     write, r12, [missing], missing.size
            jmp     .close
.found:     mov     edx, [rdi + 4]
            mov     rsi, [rdi + 8]
            sys     write, r12, rsi, rdx
.close:     sys     close, r12
            cmp     r13d, quit_hash
            jne     serve
            sys     exit, 0
failed:     neg     eax
            sys     exit, rax

; Print the port
report:     lea     rsi, [request + 16]
            mov     byte [rsi], 10
            movzx   eax, word [address.port]
            xchg    al, ah
            mov     ecx, 10
.digit:     xor     edx, edx
            div     ecx
            or      dl, '0'
            dec     rsi
            mov     [rsi], dl
            test    eax, eax
            jnz     .digit
            push    rsi
            sys     write, 1, [listening], listening.size
            pop     rsi
            lea     rdx, [request + 17]
            sub     rdx, rsi
            sys     write, 1, rsi, rdx
            ret

            section .data
            align   4
address:    dw      AF_INET
.port:      dw      0
            db      127, 0, 0, 1
            times   8 db 0
length:     dd      16
one:        dd      1

            section .bss
request:    resb    4096
.size       equ     $ - request
            section .note.GNU-stack noalloc noexec nowrite progbits
