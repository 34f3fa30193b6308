// A verbatim string may span lines, but must end (2).
void main() {
    print(1);
    print(@"open
}
// expect-error: FS0002@4:11
