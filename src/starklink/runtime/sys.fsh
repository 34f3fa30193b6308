// What every target writes with the assembler (docs/runtime.md).
extern int __sys_write(int fd, uint at, int size);
extern int __sys_read(int fd, uint at, int size);
extern int __sys_open(uint path, int flags, int mode);
extern int __sys_close(int fd);
extern void __sys_exit(int code);
extern uint __sys_map(uint size);
extern uint __stack_pointer();
extern uint __return_address();
extern void __resume(uint pad, uint sp, uint exception);
