"""Jobs of one program each: C and C++, constructors, weak and common symbols, TLS, IFUNC, COMDAT, options of the command line."""

from __future__ import annotations

from linker_jobs import ALL, PIE, Job, Run

OK = Run("./prog", "ok\n")
C = "gcc {c} -c"
LINK = "gcc {l} -o prog"

HELLO = """
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
int zeros[100]; int numbers[3] = {1, 2, 3}; const char *words[] = {"hello", "world"};
int main(int argc, char **argv) {
    char *copy = malloc(32);
    strcpy(copy, words[0]);
    printf("%s %s %d %.3f\\n", copy, words[1], numbers[2] + zeros[50] + argc, 0.125);
    free(copy);
    return 42;
}
"""

EXCEPTIONS = """
#include <iostream>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>
struct Shape { virtual ~Shape() = default; virtual double area() const = 0; };
struct Square : Shape { double side; explicit Square(double s) : side(s) {} double area() const override { return side * side; } };
struct Circle : Shape { double r; explicit Circle(double x) : r(x) {} double area() const override { return 3 * r * r; } };
static std::map<std::string, int> table = {{"one", 1}, {"two", 2}};
struct Guard { ~Guard() { std::cout << "unwound\\n"; } };
int deep(int n) { Guard guard; if (n == 0) throw std::out_of_range("deep"); return deep(n - 1) + 1; }
int main() {
    std::vector<std::unique_ptr<Shape>> shapes;
    shapes.emplace_back(new Square(2));
    shapes.emplace_back(new Circle(1));
    for (auto &shape : shapes) std::cout << shape->area() << (dynamic_cast<Square *>(shape.get()) ? " square\\n" : " other\\n");
    try { deep(2); } catch (const std::logic_error &error) { std::cout << "caught " << error.what() << "\\n"; }
    try { throw 7; } catch (int number) { std::cout << number + table.at("two") << std::endl; }
    return 0;
}
"""

ORDER_A = """
#include <stdio.h>
__attribute__((constructor(300))) static void a300(void) { printf("a300 "); }
__attribute__((constructor)) static void a(void) { printf("a "); }
__attribute__((constructor(101))) static void a101(void) { printf("a101 "); }
__attribute__((destructor(101))) static void da101(void) { printf("~a101\\n"); fflush(stdout); }
__attribute__((destructor)) static void da(void) { printf("~a "); }
int main(void) { printf("main "); return 0; }
"""
ORDER_B = """
#include <stdio.h>
__attribute__((constructor(1000))) static void b1000(void) { printf("b1000 "); }
__attribute__((constructor)) static void b(void) { printf("b "); }
__attribute__((constructor(101))) static void b101(void) { printf("b101 "); }
__attribute__((constructor(200))) static void b200(void) { printf("b200 "); }
__attribute__((destructor(500))) static void db500(void) { printf("~b500 "); }
"""

WEAK_A = """
#include <stdio.h>
extern int nowhere __attribute__((weak)); extern void absent(void) __attribute__((weak));
int which(void) __attribute__((weak)); int which(void) { return 1; }
int fallback(void) __attribute__((weak)); int fallback(void) { return 3; }
int value __attribute__((weak)) = 10;
extern int hidden_one(void); extern int aliased(int);
__attribute__((noinline)) static int check(void) {
    return &nowhere == 0 && absent == 0 && which() == 2 && fallback() == 3 && value == 20 && hidden_one() == 5 && aliased(4) == 8;
}
int main(void) { puts(check() ? "ok" : "bad"); return 0; }
"""
WEAK_B = """
int which(void) { return 2; } int value = 20;
__attribute__((visibility("hidden"))) int hidden_one(void) { return 5; }
static int twice(int x) { return 2 * x; }
int aliased(int) __attribute__((alias("twice")));
"""

COMMON_A = """
#include <stdio.h>
#include <stdint.h>
int shared_common; char small[4]; double wide; extern int set(void);
char aligned_one[3] __attribute__((aligned(64)));
int main(void) {
    puts(set() == 7 && shared_common == 7 && small[40] == 1 && wide == 2.5 && (uintptr_t)aligned_one % 64 == 0 ? "ok" : "bad");
    return 0;
}
"""
COMMON_B = """
int shared_common; char small[64]; double wide = 2.5; char aligned_one[3];
int set(void) { small[40] = 1; return shared_common = 7; }
"""

TLS_A = """
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#define MODEL(m) __attribute__((tls_model(m)))
__thread int le MODEL("local-exec") = 1; extern __thread int ie MODEL("initial-exec"); static __thread int ld MODEL("local-dynamic") = 3;
static __thread int ld2 MODEL("local-dynamic"); extern __thread int gd MODEL("global-dynamic"); __thread char zero[1000];
__thread int wide __attribute__((aligned(64))) = 9; extern __thread int nowhere __attribute__((weak));
extern int *address_of_gd(void); extern int sum(void);
static int bad;
#define CHECK(x) do { if (!(x)) { bad = 1; printf("bad: %s\\n", #x); } } while (0)
static void *body(void *argument) {
    int n = (int)(intptr_t)argument;
    CHECK(le == 1); CHECK(ie == 2); CHECK(ld == 3); CHECK(ld2 == 0); CHECK(gd == 4); CHECK(zero[999] == 0); CHECK(wide == 9);
    CHECK((uintptr_t)&wide % 64 == 0); CHECK(address_of_gd() == &gd); CHECK(&zero[0] != 0);
    le += n; ie += n; ld += n; ld2 += n; gd += n; zero[999] = n;
    CHECK(sum() == 2 + 4 + 2 * n); CHECK(ld + ld2 == 3 + 2 * n);
    return 0;
}
int main(void) {
    pthread_t threads[3];
    for (int i = 0; i < 3; i++) pthread_create(&threads[i], 0, body, (void *)(intptr_t)(i + 10));
    for (int i = 0; i < 3; i++) pthread_join(threads[i], 0);
    body((void *)1);
    if (!bad) puts("ok");
    return 0;
}
"""
TLS_B = """
#define MODEL(m) __attribute__((tls_model(m)))
__thread int ie = 2; __thread int gd = 4;
extern __thread int gd2 MODEL("global-dynamic") __attribute__((alias("gd")));
int *address_of_gd(void) { return &gd2; }
int sum(void) { return ie + gd; }
"""

IFUNC = """
#include <stdio.h>
static int fast(int x) { return x + 1; }
static int (*pick(void))(int) { return fast; }
int chosen(int) __attribute__((ifunc("pick")));
static int local_chosen(int) __attribute__((ifunc("pick")));
int (*table[])(int) = {chosen, local_chosen};
extern int (*other(void))(int); extern int call_other(int);
int main(void) {
    int (*here)(int) = chosen;
    puts(chosen(1) == 2 && local_chosen(2) == 3 && table[0](3) == 4 && table[1](4) == 5 && EXTRA
         && call_other(6) == 7 ? "ok" : "bad");
    return 0;
}
"""
IFUNC_B = """
extern int chosen(int);
int (*other(void))(int) { return chosen; }
int call_other(int x) { return chosen(x); }
"""

COMDAT_H = """
#pragma once
#include <string>
inline int &counter() { static int value = 0; return value; }
template <class T> struct Box { static T shared; static std::string name() { return "box"; } };
template <class T> T Box<T>::shared = T(5);
inline int inline_variable = 11;
int *other_counter(); int *other_shared(); int *other_inline(); void bump();
"""
COMDAT_A = """
#include "comdat.h"
#include <cstdio>
int main() {
    counter() = 1; bump(); bump(); Box<int>::shared += 2;
    std::puts(counter() == 3 && &counter() == other_counter() && &Box<int>::shared == other_shared() && *other_shared() == 7
         && &inline_variable == other_inline() && Box<int>::name() == "box" ? "ok" : "bad");
}
"""
COMDAT_B = """
#include "comdat.h"
int *other_counter() { return &counter(); } int *other_shared() { return &Box<int>::shared; }
int *other_inline() { return &inline_variable; } void bump() { ++counter(); (void)Box<int>::name(); }
"""

START_STOP = """
#include <stdio.h>
struct entry { int number; const char *name; };
#define ENTRY(n) static const struct entry entry_##n __attribute__((section("entries"), used)) = {n, #n}
ENTRY(1); ENTRY(22); ENTRY(333);
extern const struct entry __start_entries[], __stop_entries[];
extern char __executable_start[], etext[], edata[], end[], __bss_start[], _end[], __ehdr_start[] __attribute__((weak));
static int zero[10]; int filled[10] = {1};
int main(void) {
    int sum = 0;
    for (const struct entry *e = __start_entries; e < __stop_entries; e++) sum += e->number;
    int order = __executable_start < etext && (char *)main < etext && etext <= edata && (char *)filled < edata
        && (char *)zero >= __bss_start && (char *)zero < end && end == _end && __ehdr_start[1] == 'E';
    printf("%d %d %d\\n", (int)(__stop_entries - __start_entries), sum, order);
    return zero[3];
}
"""

WRAP = """
#include <stdio.h>
int target(int x) { return x; } int plain(int x) { return x; }
"""
WRAP_MAIN = """
#include <stdio.h>
extern int target(int), __real_target(int), alias(int); extern char number[], shifted[];
int __wrap_target(int x) { return __real_target(x) + 100; }
int main(void) {
    printf("%d %d %d %d\\n", target(1), alias(2), (int)(long)number, (int)(shifted - number));
    return 0;
}
"""

GC = """
#include <stdio.h>
void unused_function(void) { puts("never"); } int unused_data[1000] = {1}; int used_data[4] = {1, 2, 3, 4};
static int called(int x) { return x + used_data[2]; }
int (*pointer)(int) = called;
__attribute__((used, retain)) int retained_data = 5;
__attribute__((constructor)) static void start(void) { used_data[2] += 1; }
int main(void) { printf("%d\\n", pointer(1)); return 0; }
"""

MEMBERS = {
    "main.c": "#include <stdio.h>\nint one(void); int main(void) { printf(\"%d\\n\", one()); return 0; }",
    "one.c": "int two(void); int one(void) { return 1 + two(); }",
    "two.c": "int three(void); int two(void) { return 20 + three(); } int base(void) { return 1000; }",
    "three.c": "int base(void); int three(void) { return 300 + base(); }",
    "never.c": "int does_not_exist(void); int never(void) { return does_not_exist(); }",
    "init.c": "int initialised; __attribute__((constructor)) static void set(void) { initialised = 1; }",
}

STRINGS = """
#include <stdio.h>
#include <string.h>
#include <wchar.h>
extern const char *const tails[]; const char *const heads[] = {"prefix", "prefix tail", "tail", "", "x", "il", "wide\\0hidden"};
const wchar_t *wide = L"wide string";
const double constants[] = {1.5, 2.5}; extern double sum(void);
int main(void) {
    int length = 0;
    for (int i = 0; i < 7; i++) length += strlen(heads[i]) * 100 + strlen(tails[i]);
    printf("%d %s %s %d %.1f\\n", length, heads[1] + 7, tails[2], (int)wide[5], sum());
    return 0;
}
"""
STRINGS_B = """
const char *const tails[] = {"tail", "ail", "refix tail", "x", "", "another", "prefix"};
double sum(void) { volatile double a = 1.5, b = 40.25, c = 1e300; return a + b + c * 0; }
"""

ALIGNED = """
#include <stdint.h>
#include <stdio.h>
static char page[5] __attribute__((aligned(4096))) = "page"; char big[1 << 20] __attribute__((aligned(65536)));
const char ro[3] __attribute__((aligned(8192))) = "ro";
int main(void) {
    big[70000] = 1;
    puts((uintptr_t)page % 4096 == 0 && (uintptr_t)big % 65536 == 0 && (uintptr_t)ro % 8192 == 0 && page[1] == 'a' && big[0] == 0
         ? "ok" : "bad");
    return 0;
}
"""

MATHS = """
#include <math.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
static int by_value(const void *a, const void *b) { return *(const int *)a - *(const int *)b; }
static jmp_buf back; static volatile int seen; static void handler(int s) { seen = s; }
static const char *name(int n) {
    switch (n) { case 0: return "zero"; case 1: return "one"; case 2: return "two"; case 3: return "three"; case 4: return "four";
                 case 5: return "five"; case 6: return "six"; default: return "many"; }
}
int main(int argc, char **argv) {
    int numbers[] = {5, 3, 9, 1};
    qsort(numbers, 4, sizeof(int), by_value);
    signal(SIGUSR1, handler); raise(SIGUSR1);
    if (setjmp(back) == 0) longjmp(back, 3);
    printf("%d%d%d%d %.4f %.4f %s %s %d\\n", numbers[0], numbers[1], numbers[2], numbers[3], sqrt(2.0 * argc), pow(2, 0.5 * argc),
           name(argc + 3), name(argc + 20), seen);
    return 0;
}
"""

BACKTRACE = """
#include <execinfo.h>
#include <stdio.h>
#include <string.h>
__attribute__((noinline)) int inner(int n) { void *frames[20]; int count = backtrace(frames, 20); return count - n; }
__attribute__((noinline)) int middle(int n) { return inner(n) + 1; }
__attribute__((noinline)) int outer(int n) { return middle(n) + 1; }
int main(int argc, char **argv) { puts(outer(argc) >= 5 ? "ok" : "bad"); return 0; }
"""

DEBUG = '#include <stdio.h>\n\nint add(int a, int b)\n{\n    return a + b;\n}\nint main(void) { printf("%d\\n", add(40, 2)); return 0; }\n'
LINE = "addr2line -e prog $(nm prog | sed -n 's/ T add$//p')"

JOBS = [
    Job("hello-c", {"hello.c": HELLO}, (f"{C} hello.c",), (f"{LINK} hello.o",), (Run("./prog", "hello world 4 0.125\n", 42),),
        ALL),
    Job("hello-cxx", {"hello.cc": EXCEPTIONS}, ("g++ {c} -c hello.cc",), ("g++ {l} -o prog hello.o",),
        (Run("./prog", "4 square\n3 other\nunwound\nunwound\nunwound\ncaught deep\n9\n"),), ALL),
    Job("init-order", {"a.c": ORDER_A, "b.c": ORDER_B}, (f"{C} a.c b.c",), (f"{LINK} a.o b.o",),
        (Run("./prog", "a101 b101 b200 a300 b1000 a b main ~a ~b500 ~a101\n"),), ALL),
    Job("weak", {"a.c": WEAK_A, "b.c": WEAK_B}, (f"{C} a.c b.c",), (f"{LINK} a.o b.o",), (OK,), ALL),
    Job("common", {"a.c": COMMON_A, "b.c": COMMON_B}, (f"{C} -fcommon a.c b.c",), (f"{LINK} a.o b.o",), (OK,), ALL),
    Job("tls", {"a.c": TLS_A, "b.c": TLS_B}, (f"{C} a.c b.c",), (f"{LINK} a.o b.o",), (OK,), ALL),
    Job("tls-pic", {"a.c": TLS_A, "b.c": TLS_B}, ("gcc {o} -fPIC -c a.c b.c",), (f"{LINK} a.o b.o",), (OK,), ALL),
    Job("tls-desc", {"a.c": TLS_A, "b.c": TLS_B}, ("gcc {o} -fPIC -mtls-dialect=gnu2 -c a.c b.c",), (f"{LINK} a.o b.o",), (OK,),
        ALL),
    Job("ifunc", {"a.c": IFUNC.replace("EXTRA", "here != 0 && other() != 0"), "b.c": IFUNC_B}, (f"{C} a.c b.c",), (f"{LINK} a.o b.o",), (OK,), ALL),
    Job("ifunc-equality", {"a.c": IFUNC.replace("EXTRA", "here == other() && table[0] == here"), "b.c": IFUNC_B}, (f"{C} a.c b.c",), (f"{LINK} a.o b.o",), (OK,), ALL,
        not_for=("bfd",)),
    Job("comdat", {"comdat.h": COMDAT_H, "a.cc": COMDAT_A, "b.cc": COMDAT_B}, ("g++ {c} -c a.cc b.cc",),
        ("g++ {l} -o prog a.o b.o",), (OK,), ALL),
    Job("start-stop", {"a.c": START_STOP}, (f"{C} a.c",), (f"{LINK} a.o",), (Run("./prog", "3 356 1\n"),), ALL),
    Job("wrap-defsym", {"a.c": WRAP, "b.c": WRAP_MAIN}, (f"{C} a.c b.c",),
        ("gcc {l} -Wl,--wrap=target,--defsym=alias=plain -Wl,--defsym,number=0x1234 -Wl,--defsym=shifted=number+0x10 -o prog b.o a.o",),
        (Run("./prog", "101 2 4660 16\n"),), ("no-pie", "static")),
    Job("gc", {"a.c": GC}, ("gcc {c} -ffunction-sections -fdata-sections -c a.c",), (f"{LINK} -Wl,--gc-sections a.o",),
        (Run("./prog", "5\n"), Run("nm prog | grep -c 'unused_\\|retained'", "1\n")), ALL),
    Job("gc-print", {"a.c": GC}, ("gcc {c} -ffunction-sections -fdata-sections -c a.c",),
        ("sh -c 'gcc -B{B} {l} -Wl,--gc-sections,--print-gc-sections a.o -o prog 2>&1 | grep -o \"[.][td][a-z.]*unused_[a-z]*\" | sort >removed'",),
        (Run("cat removed", ".data.unused_data\n.text.unused_function\n"),)),
    Job("relocatable", {"comdat.h": COMDAT_H, "a.cc": COMDAT_A, "b.cc": COMDAT_B, "c.c": ORDER_B}, ("g++ {c} -c a.cc b.cc", f"{C} c.c"),
        ("ld -r -o ab.o a.o b.o", "ld -r -o all.o ab.o c.o", "g++ {l} -o prog all.o"),
        (Run("./prog", "b101 b200 b1000 b ok\n~b500 "),), ALL),
    Job("relocatable-unique", {"a.c": GC}, ("gcc {c} -ffunction-sections -fdata-sections -c a.c",),
        ("ld -r --unique=.text.* -o all.o a.o", "gcc {l} -Wl,--gc-sections -o prog all.o"), (Run("./prog", "5\n"),), PIE,
        not_for=("mold",)),
    Job("archives", MEMBERS, (f"{C} main.c one.c two.c three.c never.c init.c", "ar rc libx.a one.o three.o never.o", "ar rc liby.a two.o"),
        ("gcc {l} -L. -o prog main.o -Wl,--start-group -lx -ly -Wl,--end-group",), (Run("./prog", "1321\n"),), ALL),
    Job("archives-whole", MEMBERS, (f"{C} main.c one.c two.c three.c init.c", "ar rcT libthin.a one.o two.o three.o", "ar rc libi.a init.o"),
        ("gcc {l} -L. -o prog main.o -l:libthin.a -Wl,--push-state,--whole-archive -li -Wl,--pop-state",),
        (Run("./prog", "1321\n"), Run("nm prog | grep -c ' initialised'", "1\n")), PIE),
    Job("archives-undefined", MEMBERS, (f"{C} main.c one.c two.c three.c init.c", "ar rc libi.a init.o"),
        ("gcc {l} -o prog main.o one.o two.o three.o -Wl,-u,initialised libi.a",),
        (Run("nm prog | grep -c ' initialised'", "1\n"),), variants=("",)),
    Job("start-lib", MEMBERS, (f"{C} main.c one.c two.c three.c never.c",),
        ("gcc {l} -o prog main.o -Wl,--start-lib one.o two.o three.o never.o -Wl,--end-lib",), (Run("./prog", "1321\n"),), PIE,
        not_for=("bfd",)),
    Job("strings", {"a.c": STRINGS, "b.c": STRINGS_B}, ("gcc {c} -fmerge-constants -c a.c b.c",), (f"{LINK} a.o b.o",),
        (Run("./prog", "2831 tail refix tail 115 41.8\n"),), ALL),
    Job("aligned", {"a.c": ALIGNED}, (f"{C} a.c",), (f"{LINK} a.o",), (OK,), ALL),
    Job("maths", {"a.c": MATHS}, (f"{C} -fno-builtin a.c",), (f"{LINK} a.o -lm",), (Run("./prog", "1359 1.4142 1.4142 four many 10\n"),),
        ALL),
    Job("backtrace", {"a.c": BACKTRACE}, (f"{C} -fno-optimize-sibling-calls a.c",), (f"{LINK} a.o",), (OK,), ALL),
    Job("debug", {"a.c": DEBUG}, (f"{C} -g -O0 a.c",), (f"{LINK} a.o",),
        (Run("./prog", "42\n"), Run(LINE, r"a\.c:4\n$", matches=True)), ALL, variants=("", "gc")),
    Job("debug-compressed", {"a.c": DEBUG}, (f"{C} -g -gz=zlib -O0 a.c",), (f"{LINK} -Wl,--compress-debug-sections=zlib a.o",),
        (Run("./prog", "42\n"), Run(LINE, r"a\.c:4\n$", matches=True), Run("readelf -SW prog | grep -c 'debug_info.* C '", "1\n")),
        PIE, variants=("",)),
    Job("stripped", {"a.c": DEBUG}, (f"{C} -g -O0 a.c",), (f"{LINK} -s a.o",),
        (Run("./prog", "42\n"), Run("readelf -SW prog | grep -c 'debug\\|symtab'", "0\n", 1)), ALL, variants=("",)),
    Job("strip-debug", {"a.c": DEBUG}, (f"{C} -g -O0 a.c",), (f"{LINK} -Wl,-S a.o",),
        (Run("./prog", "42\n"), Run("readelf -SW prog | grep -c 'debug_'", "0\n", 1), Run("nm prog | grep -c ' T add'", "1\n")),
        PIE, variants=("",)),
    Job("emit-relocs", {"a.c": HELLO}, (f"{C} a.c",), (f"{LINK} -Wl,-q a.o",),
        (Run("./prog", "hello world 4 0.125\n", 42), Run("readelf -SW prog | grep -c '[.]rela[.]text'", "1\n")), ("no-pie", "pie"), products=()),
    Job("fat-lto", {"a.c": HELLO}, (f"{C} -flto -ffat-lto-objects a.c",), (f"{LINK} -fno-lto a.o",),
        (Run("./prog", "hello world 4 0.125\n", 42), Run("readelf -SW prog | grep -c 'gnu.lto'", "0\n", 1)), PIE, variants=("",)),
    Job("clang", {"hello.cc": EXCEPTIONS, "tls.c": TLS_A, "b.c": TLS_B}, ("clang {c} -c tls.c b.c",), (f"{LINK} tls.o b.o",), (OK,),
        ("pie", "static"), needs=("clang",)),
    Job("build-id", {"a.c": HELLO}, (f"{C} a.c",), (f"{LINK} -Wl,--build-id=0x0123456789abcdef a.o",),
        (Run("readelf -n prog | grep Build", r"0123456789abcdef", matches=True),), PIE, variants=("",)),
    Job("map-cref", {"a.c": GC}, (f"{C} a.c",), (f"{LINK} a.o -Wl,-Map=map.txt,--cref",),
        (Run("grep -c '^\\.text' map.txt", "1\n"), Run("grep -c 'a[.]o' map.txt", r"[1-9]", matches=True),
         Run("grep -q 'retained_data' map.txt; echo $?", "0\n")), PIE, variants=("",), not_for=("gold", "lld", "mold")),
    Job("execstack-off", {"a.c": HELLO}, (f"{C} a.c",), (f"{LINK} a.o -Wl,-z,noexecstack",),
        (Run("readelf -lW prog | grep -c 'GNU_STACK.* RW '", "1\n"), Run("readelf -lW prog | grep -c ' RWE '", "0\n", 1)), ALL,
        variants=("",)),
    Job("fails-undefined", {"a.c": "int missing(void); int other(void); int main(void) { return missing() + other(); }"}, (f"{C} a.c",),
        (f"{LINK} a.o",), fails=r"undefined (reference|symbol).*missing(.|\n)*other", variants=("",)),
    Job("fails-duplicate", {"a.c": "int twice; int main(void) { return 0; }", "b.c": "int twice;"}, (f"{C} a.c b.c",),
        (f"{LINK} a.o b.o",), fails=r"(multiple definition of|duplicate symbol:?).*twice", variants=("",)),
    Job("fails-pic", {"a.c": "int data[4]; int main(void) { return data[0]; }\nvoid *f(int i) { return &data[i]; }"}, ("gcc -O1 -fno-pie -mcmodel=medium -c a.c",
        "gcc -O1 -fno-pie -c a.c"), ("gcc -pie -o prog a.o",), fails=r"R_X86_64_32S?.*(\n.*)*(-fPI[CE])", variants=("",)),
    Job("fails-library", {"a.c": "int main(void) { return 0; }"}, (f"{C} a.c",), (f"{LINK} a.o -lnosuchlibrary",),
        fails=r"(cannot find|unable to find library|library not found:?|cannot open) .*nosuchlibrary", variants=("",)),
]
