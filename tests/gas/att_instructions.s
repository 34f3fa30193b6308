fsubp %st,%st(1)
fsubrp %st,%st(2)
fsub %st,%st(3)
fsub %st(3),%st
fdivrp %st,%st(1)
fdivr %st,%st(2)
faddp
fsubp
flds (%rax)
fldl (%rax)
fldt (%rax)
fildll (%rax)
fistpq (%rax)
fistps (%rax)
fisttpll (%rax)
fnstcw (%rsp)
fnstsw %ax
fxch
fxch %st(3)
fucomip %st(1),%st
fcomi %st(2),%st
rep movsb
rep stosq
rep movsl
repne scasb
lodsl
movsbl %al,%eax
movsbq (%rax),%rbx
movzwl (%rax),%ecx
movslq %eax,%rdx
movzbl %ah,%eax
movb $5,(%rax)
movw $0x1234,2(%rax)
movl $-1,(%rax,%rbx,2)
movq $-5,8(%rsp)
movq $0x12345678,%rax
movabsq $0x123456789abcdef,%rax
movabs 0x1122334455667788,%al
movabs %eax,0x1122334455667788
movq %rax,%xmm0
movq %xmm1,(%rax)
movd %eax,%xmm2
movd %xmm2,%eax
pextrq $1,%xmm0,%rax
cvtsi2sdq %rax,%xmm0
cvtsi2sdl (%rax),%xmm0
cvtsi2sd %eax,%xmm1
cvttsd2si %xmm0,%rax
cvttss2siq %xmm0,%rax
enter $16,$1
leave
pushq $5
push $0x12345
pushw $3
pushq (%rax)
pushq %fs
popq 8(%rax)
inb $5,%al
inl %dx,%eax
outb %al,%dx
outw %ax,$3
int $0x80
int3
retq $8
iretq
sysretq
syscall
cpuid
bswapl %eax
btsl $3,(%rax)
btq %rax,(%rbx)
shll %eax
sarq $3,(%rax)
shldl $4,%eax,%ebx
shldq %cl,%rax,(%rbx)
imull $10,%eax,%ebx
imull $300,%ecx
imulq (%rax),%rbx
mulb %cl
divq 8(%rsp)
negl (%rax)
lock cmpxchgl %ecx,(%rdx)
lock xaddq %rax,(%rbx)
cmpxchg16b (%rdi)
xchgl %eax,%ebx
xchg %rax,(%rcx)
testb $1,(%rax)
testl %eax,%ebx
cmpw $-1,(%rax)
cmpl $128,%eax
addl $128,%eax
addq $-128,%rsp
subq $128,%rsp
andl $0xffffffff,%eax
leaq (,%rax,8),%rbx
leaq 5(,%rax,1),%rbx
leal (%rax,%rax),%ecx
leaq (%rbp,%rax),%rcx
leaq (%r13),%rcx
leaq (%r12),%rcx
mov %fs:0,%rax
movq %fs:40,%rax
movl %gs:(%rax),%ecx
cmovnel %eax,%ebx
cmovaeq (%rax),%rcx
setne %al
sete (%rax)
jmp *%rax
jmp *8(%rax,%rcx,8)
call *foo(%rip)
call *%rbx
notrack jmp *%rax
bnd ret
rep ret
lea foo(%rip),%rax
movq foo@GOTPCREL(%rip),%rax
mov $foo,%eax
mov $foo,%rax
movl $foo+4,(%rax)
vaddps %ymm1,%ymm2,%ymm3
vaddps (%rax){1to16},%zmm1,%zmm2{%k1}{z}
vaddpd {rn-sae},%zmm1,%zmm2,%zmm3
vcvtpd2psx (%rax),%xmm1
vcvtpd2psy (%rax),%xmm1
vpgatherdd %ymm1,(%rax,%ymm2,4),%ymm3
vmovdqu8 %zmm1,(%rax){%k2}
vpermq $0xd8,%ymm1,%ymm2
vextracti128 $1,%ymm0,%xmm1
vfmadd231sd (%rax),%xmm1,%xmm2
kmovw %k1,%eax
kmovq (%rax),%k2
crc32b %al,%ecx
crc32l %eax,%ecx
popcntq %rax,%rbx
tzcntl (%rax),%ecx
andn %rax,%rbx,%rcx
rdrand %eax
prefetcht0 (%rax)
clflush (%rax)
movnti %eax,(%rbx)
movntdq %xmm0,(%rax)
pause
mfence
ud2
hlt
endbr64
nopw (%rax)
nopl 8(%rax,%rax)
xlat
cltq
cqto
cwtl
cbtw
sahf
pushfq
popfq
str %eax
sldt %ax
ltr %ax
lgdt (%rax)
invlpg (%rax)
mov %cr3,%rax
mov %rax,%dr7
mov %ds,%eax
mov %eax,%es
wrmsr
swapgs
aesenc %xmm1,%xmm2
sha256rnds2 %xmm0,%xmm1,%xmm2
pcmpestri $1,%xmm0,%xmm1
blendvps %xmm0,%xmm1,%xmm2
cmpltps %xmm1,%xmm2
cmpsd $1,%xmm1,%xmm2
movsd (%rax),%xmm1
movsd %xmm1,%xmm2
maskmovdqu %xmm1,%xmm2
monitor
mwait
loop .
jrcxz .
jecxz .
data16 movl %eax,%ebx
.byte 0x66
rex64 call foo@PLT
addr32 mov (%eax),%ebx
mov (%eax),%ebx
movl (%r10d,%r11d,4),%eax
ljmp *(%rax)
lcall *(%rax)
xabort $3
rdtscp
xgetbv
fxsave (%rax)
fxsave64 (%rax)
xsavec (%rax)
ldmxcsr (%rax)
shldl %eax, %edx
shrdq %rax, %rdx
shldw %ax, (%rbx)
shld %eax, %edx
call	inner@PLT
jmp	inner@PLT
lea	inner@PLT(%rip), %rax
inner:	ret
.long	inner@PLT
