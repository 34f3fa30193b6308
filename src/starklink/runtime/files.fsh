// Whole files. A path with a NUL byte in it names no file.
int __open(string path, int flags) {
    uint at = __addr(path);
    if (at == 0) __trap_null();
    uint n = __ld64(at + 8);
    for (uint i = 0; i < n; i++) {
        if (__ld8(at + 16 + i) == 0) return -2;
    }
    while (true) {
        int fd = __sys_open(at + 16, flags, 420);
        if (fd != -4) return fd;
    }
}

void __io_error(string doing, string path, int code) {
    string reason = "";
    if (code == -2) reason = "No such file or directory";
    else if (code == -13) reason = "Permission denied";
    else if (code == -20) reason = "Not a directory";
    else if (code == -21) reason = "Is a directory";
    else if (code == -28) reason = "No space left on device";
    else if (code == -30) reason = "Read-only file system";
    else if (code == -36) reason = "File name too long";
    else if (code == -38) reason = "No file system";
    else reason = __concat("Error ", __str_i64(-code));
    string head = __concat4("Cannot ", doing, " \"", path);
    __raise(new IOException(__concat3(head, "\": ", reason)), 1);
}

// The bytes are read into a string object that is exchanged for one twice as big when it is full.
string __read_file(string path) {
    int fd = __open(path, 0);
    if (fd < 0) __io_error("read", path, fd);
    uint room = 65519;
    uint result = __new_string(room);
    uint n = 0;
    while (true) {
        if (n == room) {
            room = room * 2 + 17;
            uint bigger = __new_string(room);
            __copy(bigger + 16, result + 16, n);
            result = bigger;
        }
        int got = __sys_read(fd, result + 16 + n, (int)(room - n));
        if (got > 0) n += (uint)got;
        else if (got == 0) break;
        else if (got != -4 && got != -11) {
            __sys_close(fd);
            __io_error("read", path, got);
        }
    }
    __sys_close(fd);
    __st64(result + 8, n);
    return __as_string(result);
}

void __write_file(string path, string data) {
    uint at = __addr(data);
    if (__addr(path) == 0 || at == 0) __trap_null();
    int fd = __open(path, 577);
    if (fd < 0) __io_error("write", path, fd);
    int left = (int)__ld64(at + 8);
    at += 16;
    while (left > 0) {
        int done = __sys_write(fd, at, left);
        if (done > 0) {
            at += (uint)done;
            left -= done;
        } else if (done != -4 && done != -11) {
            __sys_close(fd);
            __io_error("write", path, done);
        }
    }
    __sys_close(fd);
}
