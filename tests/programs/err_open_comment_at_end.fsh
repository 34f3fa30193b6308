// An unclosed comment is one error, at its opener.
void main() {
    print(1); /* open
}
// expect-error: FS0003@3:15
