// Independent errors of several kinds; nothing follows from another.
class Shape { int side; public int Side() { return side; } }

int twice(int n) { return n * 2; }

void main() {
    int a = "text";
    byte b = 256;
    Shape s = new Shape(4);
    print(s.side + missing);
    print(twice(a, b) + twice("2"));
    unknown(a);
    float f = 1.5;
    if (s) { a = 1; }
    for (int i = 0; i < 3; i++) { int a = i; }
    const int c = a;
    c = 4;
    return 1;
}
// expect-error: FS0301@7:13
// expect-error: FS0303@8:14
// expect-error: FS0408@9:19
// expect-error: FS0207@10:13
// expect-error: FS0201@10:20
// expect-error: FS0308@11:11
// expect-error: FS0309@11:31
// expect-error: FS0202@12:5
// expect-error: FS0302@13:15
// expect-error: FS0311@14:9
// expect-error: FS0205@15:39
// expect-error: FS0312@16:19
// expect-error: FS0504@17:5
// expect-error: FS0502@18:5
