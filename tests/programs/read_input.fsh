// read_line, read_int: LF and CR LF, blanks, end of input (17).
void main() {
    print("[" + read_line() + "]");
    print(read_int() + read_int());
    try { print(read_int()); } catch (TypeError e) { print(e); }
    print("[" + read_line() + "]");
    print("[" + read_line() + "]");
    print(read_line() == null);
    print(read_line() == null);
    try { print(read_int()); } catch (IOException e) { print(e); }
}
// stdin: one two
// stdin: 42
// stdin:  -7 
// stdin: 4x
// stdin: 
// stdin:   last  
// expect-stdout:
// | [one two]
// | 35
// | Cannot convert "4x" to int
// | []
// | [  last  ]
// | true
// | true
// | End of input
