// Calls (6.8): counts, types, ambiguity, wrong kinds.
class A { } class B : A { } class C : B { }
void one(int a) { } void two(int a, string b) { } void none() { }
void amb(int a, double b) { } void amb(double a, int b) { }
void ref(A a, B b) { } void ref(B a, A b) { }
void str(string s) { } void str(A a) { }
void many(int a) { } void many(int a, int b, int c) { }
class M { public void Run(int a) { } public void Run(string s, int b) { } public static void St(bool b) { } public M(int n) { } public M(string s, int n) { } }
void main() {
    one(); one(1, 2); two(1); two("a", 1); two(1, 2); none(1);
    amb(1, 2); amb(1, 2.5); amb(1.5, 2.5);
    ref(new B(), new B()); ref(new A(), new A()); ref(new C(), new C());
    str(null);
    many(1, 2); many("a"); many();
    M m = new M(1); m.Run(); m.Run("a"); m.Run(1, 1); m.Run("a", "b"); M.St(1); new M(); new M("a"); new M(1, 1); m.Run(1)(2);
    abs(); abs("x"); abs('c'); max(1); max(1, 2.5); max(1.5f, 2.5); max("a", "b"); max('a', 'b'); min(true, false); max(1, null);
    pow(2); pow(2f, 2.0); pow("a", 1); pow(2, 0.5); sqrt("4"); sqrt(); floor("x"); ceil(true); round('c'); abs_diff(1, 2.0); mod(1.5, 2); mod(true, 1);
    length(5); length(); string_length(5); string_length(new int[1]); clear("a"); clear(5); copy(new int[1], new byte[1]); copy(1, 2); fill(new int[1], "a"); fill(5, 1);
    substring("a", 1); substring(1, 2, 3); "a".substring("b"); "a".substring(1); char_at("a", "b"); contains("a", 'a'); index_of("a", 1); replace("a", "b"); split("a"); compare("a", 1);
    to_int(true); to_int(); to_int(new int[1]); to_double(true); to_float('c'); malloc("a"); free(5); assert(); assert(true, 1); assert(true, "a", 1); exit(); exit("a");
    print(1, 2); write(); write(1, 2); flush(1); read_line(1); read_int("x"); Concatenate("a"); Concatenate("a", 1); to_string(); ToString(1, 2); trim(5); 5.trim();
}
// expect-error: FS0308@10:5
// expect-error: FS0308@10:12
// expect-error: FS0308@10:23
// expect-error: FS0309@10:35
// expect-error: FS0309@10:40
// expect-error: FS0309@10:51
// expect-error: FS0308@10:55
// expect-error: FS0310@11:5
// expect-error: FS0309@11:29
// expect-error: FS0310@12:5
// expect-error: FS0309@12:28
// expect-error: FS0310@12:51
// expect-error: FS0310@13:5
// expect-error: FS0308@14:5
// expect-error: FS0309@14:22
// expect-error: FS0308@14:28
// expect-error: FS0308@15:23
// expect-error: FS0309@15:36
// expect-error: FS0309@15:48
// expect-error: FS0309@15:66
// expect-error: FS0309@15:77
// expect-error: FS0408@15:85
// expect-error: FS0408@15:94
// expect-error: FS0408@15:106
// expect-error: FS0317@15:115
// expect-error: FS0308@16:5
// expect-error: FS0309@16:16
// expect-error: FS0309@16:26
// expect-error: FS0308@16:32
// expect-error: FS0320@16:40
// expect-error: FS0320@16:53
// expect-error: FS0309@16:73
// expect-error: FS0309@16:88
// expect-error: FS0309@16:103
// expect-error: FS0309@16:124
// expect-error: FS0308@17:5
// expect-error: FS0320@17:13
// expect-error: FS0309@17:31
// expect-error: FS0309@17:58
// expect-error: FS0308@17:64
// expect-error: FS0309@17:78
// expect-error: FS0309@17:89
// expect-error: FS0309@17:102
// expect-error: FS0320@17:108
// expect-error: FS0309@17:143
// expect-error: FS0309@18:12
// expect-error: FS0308@18:16
// expect-error: FS0309@18:40
// expect-error: FS0309@18:58
// expect-error: FS0309@18:77
// expect-error: FS0309@18:89
// expect-error: FS0309@18:110
// expect-error: FS0309@18:129
// expect-error: FS0309@18:153
// expect-error: FS0309@18:164
// expect-error: FS0308@19:5
// expect-error: FS0309@19:34
// expect-error: FS0308@19:48
// expect-error: FS0308@19:68
// expect-error: FS0309@19:95
// expect-error: FS0309@19:115
// expect-error: FS0309@19:135
// expect-error: FS0308@19:139
// expect-error: FS0308@19:158
// expect-error: FS0309@19:183
// expect-error: FS0309@20:12
// expect-error: FS0308@20:19
// expect-error: FS0309@20:36
// expect-error: FS0309@20:59
// expect-error: FS0309@20:88
// expect-error: FS0309@20:99
// expect-error: FS0308@20:103
// expect-error: FS0309@20:126
// expect-error: FS0308@20:130
// expect-error: FS0308@20:152
// expect-error: FS0309@20:165
// expect-error: FS0308@21:5
// expect-error: FS0308@21:18
// expect-error: FS0308@21:27
// expect-error: FS0308@21:40
// expect-error: FS0308@21:50
// expect-error: FS0308@21:64
// expect-error: FS0308@21:79
// expect-error: FS0309@21:114
// expect-error: FS0308@21:118
// expect-error: FS0308@21:131
// expect-error: FS0309@21:152
// expect-error: FS0204@21:158
