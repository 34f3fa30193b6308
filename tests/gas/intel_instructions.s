.intel_syntax noprefix
fsubp st(1),st
fsubrp st(2),st
fsub st(3),st
fsub st,st(3)
fdivrp st(1),st
faddp
fsubp
fld DWORD PTR [rax]
fld TBYTE PTR [rax]
fild QWORD PTR [rax]
fistp WORD PTR [rax]
fnstcw WORD PTR [rsp]
fxch st(3)
fucomip st,st(1)
rep movsb
rep stosq
rep movs DWORD PTR es:[rdi], DWORD PTR [rsi]
movs byte ptr es:[rdi], byte ptr [rsi]
stos qword ptr es:[rdi], rax
lods al, byte ptr [rsi]
rep movsq qword ptr es:[rdi], qword ptr [rsi]
rep stosq qword ptr es:[rdi], rax
repne scasb al, byte ptr es:[rdi]
movsx eax,al
movsx rbx,BYTE PTR [rax]
movsxd rdx,eax
movsx rdx,eax
movzx eax,WORD PTR [rcx]
mov BYTE PTR [rax],5
mov WORD PTR [rax+2],0x1234
mov QWORD PTR 8[rsp],-5
mov rax,0x12345678
mov rax,0x80000000
movabs rax,0x123456789abcdef
movabs al,ds:0x1122334455667788
mov rax,-1
mov eax,-1
mov al,200
movq xmm0,rax
movq QWORD PTR [rax],xmm1
movd eax,xmm2
cvtsi2sd xmm0,rax
cvtsi2sd xmm0,DWORD PTR [rax]
cvttsd2si rax,xmm0
push 5
push 0x12345
push QWORD PTR [rax]
push fs
in al,5
out dx,al
ret 8
shl eax
sar QWORD PTR [rax],3
shld ebx,eax,cl
imul ebx,eax,10
imul ecx,ecx,300
imul ecx,300
neg DWORD PTR [rax]
lock cmpxchg DWORD PTR [rdx],ecx
lock xadd QWORD PTR [rbx],rax
cmpxchg16b XMMWORD PTR [rdi]
xchg ebx,eax
xchg rax,QWORD PTR [rcx]
xchg QWORD PTR [rcx],rax
test ebx,eax
test BYTE PTR [rax],1
test rax,QWORD PTR [rbx]
cmp ax,-1
add rsp,-128
sub rsp,128
and eax,0xffffffff
lea rbx,[rax*8]
lea rbx,0[0+rax*8]
lea rbx,[rax*2]
lea rbx,[rax*1+5]
lea ecx,[rax+rax]
lea rcx,[rbp+rax]
lea rcx,[rax+rbp*1]
lea rcx,[r13]
mov rax,QWORD PTR fs:0
mov rax,QWORD PTR fs:40
mov rax,QWORD PTR fs:[rax+8]
mov ecx,gs:[rax]
jmp rax
jmp [QWORD PTR [rax+rcx*8]]
jmp QWORD PTR [8+rax+rcx*8]
jmp QWORD PTR .L4[0+rax*8]
call [QWORD PTR foo[rip]]
call QWORD PTR [rip+foo]
notrack jmp rax
call foo
mov eax,OFFSET FLAT:foo
mov rax,OFFSET FLAT:foo
mov QWORD PTR [rax],OFFSET FLAT:foo+4
mov eax,DWORD PTR foo[rip+4]
mov eax,foo+4
mov eax,DWORD PTR [foo+rax*4-4]
cmp BYTE PTR foo[rip],0
add DWORD PTR foo[rip],1000
movss xmm0,DWORD PTR .LC0[rip]
movaps XMMWORD PTR [rsp],xmm1
movhps xmm0,QWORD PTR [rax]
pinsrw xmm0,WORD PTR [rax],3
pshufd xmm0,xmm1,0x4e
pmovzxbw xmm0,QWORD PTR [rax]
insertps xmm0,DWORD PTR [rax],16
cvtps2pd xmm0,QWORD PTR [rax]
vbroadcastss ymm0,DWORD PTR [rax]
vpbroadcastb ymm0,BYTE PTR [rax]
vinserti128 ymm0,ymm1,XMMWORD PTR [rax],1
vaddps zmm1{k1}{z},zmm2,DWORD PTR [rax]{1to16}
vaddpd zmm1,zmm2,zmm3,{rn-sae}
vcmpps k1{k2},zmm1,zmm2,3
vpgatherdd ymm3,DWORD PTR [rax+ymm2*4],ymm1
vpgatherqd xmm0,DWORD PTR [rbp+ymm1*4],xmm2
vcvtpd2ps xmm1,XMMWORD PTR [rax]
vcvtpd2ps xmm1,YMMWORD PTR [rax]
vfmadd132sd xmm0,xmm1,QWORD PTR [rax]
vmovd xmm0,DWORD PTR [rax]
vzeroupper
bextr eax,DWORD PTR [rbx],ecx
crc32 ecx,al
crc32 eax,DWORD PTR [rbx]
bt QWORD PTR [rax],3
bts rax,rbx
prefetcht0 [rax]
prefetchw BYTE PTR [rax]
lddqu xmm0,XMMWORD PTR [rax]
stmxcsr DWORD PTR [rsp]
xsave [rax]
nop WORD PTR cs:0[rax+rax]
xlatb
blendvps xmm2,xmm1,xmm0
pblendvb xmm2,xmm1,xmm0
sha256rnds2 xmm2,xmm1,xmm0
data16 lea rdi,x@tlsgd[rip]
mov eax,DWORD PTR [eax+4]
mov rax,[rbx+rcx*4]
bswap rcx
rol ax,8
enter 8,0
int 3
cmpxchg8b QWORD PTR [rax]
movbe eax,DWORD PTR [rbx]
rdfsbase rax
sete al
cmovne eax,DWORD PTR [rbx]
jmp FWORD PTR [rax]
call FWORD PTR [rax]
lea rax,foo@GOTPCREL[rip]
cmp rax,QWORD PTR foo@GOTPCREL[rip]
add QWORD PTR foo@GOTPCREL[rip],rax
push QWORD PTR foo@GOTPCREL[rip]
vpternlogd zmm0,zmm1,zmm2,0x55
kmovw eax,k1
kshiftrw k1,k2,8
vpcompressd ZMMWORD PTR [rax]{k1},zmm0
movsd xmm0,QWORD PTR [rax]
movsd QWORD PTR [rax],xmm0
movsd xmm1,xmm2
cmpsd xmm1,xmm2,1
cmpltsd xmm1,xmm2
and rax,-16
mov QWORD PTR [rsp+rax*8-8],rdx
mov rax,QWORD PTR ss:[rbp-8]
mov rax,QWORD PTR ds:[rbp-8]
mov rax,QWORD PTR ds:[rax]
mov rax,QWORD PTR es:[rax]
lea rbx,[rcx+rax*1]
lea rbx,[rax*1+rcx]
lea rbx,[rax+rsp]
lea rbx,[rbp*1+rax]
lea rbx,0[rax*1+rbp]
lea rbx,[rip]
mov eax,[rip+8]
lea eax,[r8d+r9d*2+1]
mov r8b,sil
mov spl,al
mov ah,bh
add al,5
add ax,500
add eax,5
add eax,500
or BYTE PTR [rax],1
sbb rdx,rdx
adc DWORD PTR [rsp+4],0
extractps r13, xmm0, 5
vextractps rax, xmm0, 5
vextractps rax, xmm20, 5
pextrw rax, xmm0, 5
pextrw rax, mm0, 5
pextrb rax, xmm0, 1
vpextrb rax, xmm0, 1
vpextrw rax, xmm0, 1
movmskps rax, xmm0
movmskpd r9, xmm0
vmovmskpd r9, ymm0
pmovmskb rax, xmm0
pmovmskb rax, mm0
vpmovmskb rax, ymm0
pinsrw xmm0, rax, 1
pinsrw mm0, rax, 1
pinsrb xmm0, eax, 1
vpinsrw xmm0, xmm1, rax, 1
shrd eax, edx
shld rax, rdx
