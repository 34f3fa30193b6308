"""Jobs of programs with shared objects of their own: versions, TLS, copies, protected symbols, exceptions, dlopen, run paths."""

from __future__ import annotations

from linker_jobs import DYNAMIC, PIE, Job, Run

OK = Run("./prog", "ok\n")
PIC = "gcc {o} -fPIC -c"
SO = "gcc {s} -shared"
USE = "gcc {l} -o prog main.o"
LIB = ("prog", "liba.so")

VERSIONED = """
int old_answer(void) { return 1; } int new_answer(void) { return 2; }
__asm__(".symver old_answer,answer@V1"); __asm__(".symver new_answer,answer@@V2");
int only_new(void) { return 3; } int internal(void) { return 4; }
"""
VERSIONED_OLD = "int answer(void) { return 1; } int internal(void) { return 4; }"
VERSION_SCRIPT = "V1 { global: answer; local: *; };\nV2 { global: answer; only_n*; } V1;\n"
OLD_SCRIPT = "V1 { global: answer; local: *; };\n"
CLIENT = '#include <stdio.h>\nint answer(void); int main(void) { printf("%d\\n", answer()); return 0; }'
CLIENT_NEW = '#include <stdio.h>\nint answer(void), only_new(void);\nint main(void) { printf("%d %d\\n", answer(), only_new()); return 0; }'

TLS_LIB = """
__thread int exported = 5; static __thread int mine = 7; static __thread int zero; extern __thread int from_program;
__thread int ie __attribute__((tls_model("initial-exec"))) = 9;
int lib_sum(void) { return exported + mine + zero + from_program + ie; }
void lib_add(int n) { exported += n; mine += n; zero += n; from_program += n; ie += n; }
int *lib_address(void) { return &exported; }
"""
TLS_MAIN = """
#include <pthread.h>
#include <stdio.h>
extern __thread int exported, ie; __thread int from_program = 100; __thread char filler[333];
int lib_sum(void), *lib_address(void); void lib_add(int);
static void *body(void *argument) {
    int start = lib_sum();
    lib_add(1); exported += 10; from_program += 20; filler[5] = 1; ie += 1;
    return (void *)(long)(start == 121 && lib_sum() == 121 + 5 + 31 && &exported == lib_address() && exported == 16);
}
int main(void) {
    pthread_t one; void *first, *second;
    pthread_create(&one, 0, body, 0); pthread_join(one, &first); second = body(0);
    puts(first && second ? "ok" : "bad");
    return 0;
}
"""

COPY_LIB = """
int number = 5; int array[100] = {1, 2, 3}; const char *text = "library"; const int constant = 77;
extern int alias_of_number __attribute__((alias("number")));
int get_number(void) { return number; } int *get_address(void) { return &number; } int get_alias(void) { return alias_of_number; }
int function(int x) { return x * 2; } int (*get_function(void))(int) { return function; }
int (*stored)(int) = function;
"""
COPY_MAIN = """
#include <stdio.h>
extern int number, array[100]; extern const char *text; extern const int constant; int get_number(void), *get_address(void), get_alias(void);
int function(int); int (*get_function(void))(int); extern int (*stored)(int); int (*here)(int) = function; int *pointer = &array[2];
int main(void) {
    int (*local)(int) = function;
    number = 6;
    printf("%d %d %d %s %d %d %d %d %d %d\\n", get_number(), &number == get_address(), get_alias(), text, constant, *pointer, local == get_function(),
           here == local, stored == local, stored(21));
    return 0;
}
"""

PROTECTED_LIB = """
__attribute__((visibility("protected"))) int guarded(void) { return 1; } int open_one(void) { return 1; }
__attribute__((visibility("protected"))) int guarded_data = 3; __attribute__((visibility("hidden"))) int secret(void) { return 5; }
int ask_guarded(void) { return guarded(); } int ask_open(void) { return open_one(); } int ask_data(void) { return guarded_data + secret(); }
"""
PROTECTED_MAIN = """
#include <stdio.h>
int guarded(void) { return 100; } int open_one(void) { return 100; } int ask_guarded(void), ask_open(void), ask_data(void);
int main(void) { printf("%d %d %d %d\\n", ask_guarded(), ask_open(), ask_data(), guarded()); return 0; }
"""

THROW_H = """
#pragma once
#include <stdexcept>
#include <string>
struct Base { virtual ~Base(); virtual std::string name() const; };
struct Derived : Base { std::string name() const override; };
struct Failure : std::runtime_error { int code; Failure(int c) : std::runtime_error("failure"), code(c) {} };
void fail(int); Base *make(bool); inline int &tally() { static int value = 0; return value; } int *library_tally();
template <class T> struct Shared { static inline T value = 40; }; int *library_shared();
"""
THROW_LIB = """
#include "throw.h"
Base::~Base() = default; std::string Base::name() const { return "base"; } std::string Derived::name() const { return "derived"; }
void fail(int code) { ++tally(); throw Failure(code); } Base *make(bool derived) { return derived ? new Derived : new Base; }
int *library_tally() { return &tally(); } int *library_shared() { return &Shared<int>::value; }
"""
THROW_MAIN = """
#include "throw.h"
#include <iostream>
#include <typeinfo>
int main() {
    try { fail(3); } catch (Failure &failure) { std::cout << failure.what() << failure.code << " "; }
    Base *one = make(true), *two = make(false);
    std::cout << one->name() << " " << (dynamic_cast<Derived *>(one) != nullptr) << (dynamic_cast<Derived *>(two) == nullptr)
              << (typeid(*one) == typeid(Derived)) << (&tally() == library_tally()) << tally()
              << (&Shared<int>::value == library_shared()) << std::endl;
    delete one; delete two;
}
"""

PLUGIN = """
#include <stdio.h>
extern int host(int); extern int host_data; static int state = 1; int missing_weak(void) __attribute__((weak));
__attribute__((constructor)) static void loaded(void) { printf("loaded "); state = 2; }
__attribute__((destructor)) static void gone(void) { printf("gone\\n"); fflush(stdout); }
int plugin(int x) { return host(x) + state + host_data + (missing_weak ? 1000 : 0); }
"""
DLOPEN_MAIN = """
#include <dlfcn.h>
#include <stdio.h>
int host(int x) { return x * 10; } int host_data = 300;
int main(void) {
    void *handle = dlopen("./plugin.so", RTLD_NOW);
    if (!handle) { puts(dlerror()); return 1; }
    int (*plugin)(int) = (int (*)(int))dlsym(handle, "plugin");
    printf("%d %s ", plugin(4), dlsym(handle, "state") ? "seen" : "hidden");
    dlclose(handle);
    return 0;
}
"""

IFUNC_LIB = """
static int first(int x) { return x + 1; } static int second(int x) { return x + 2; } int select_second = 0;
static int (*pick(void))(int) { return first; } static int (*pick2(void))(int) { return second; }
int chosen(int) __attribute__((ifunc("pick"))); static int inner(int) __attribute__((ifunc("pick2")));
int use_inner(int x) { return inner(x); } int (*address(void))(int) { return chosen; } int (*inner_table[])(int) = {inner};
int call_chosen(int x) { return chosen(x); }
"""
IFUNC_MAIN = """
#include <stdio.h>
int chosen(int), use_inner(int), call_chosen(int); int (*address(void))(int); extern int (*inner_table[])(int); int (*mine)(int) = chosen;
int main(void) { puts(chosen(1) == 2 && use_inner(1) == 3 && address() == mine && inner_table[0](5) == 7 && call_chosen(8) == 9 ? "ok" : "bad"); return 0; }
"""

CHAIN = {
    "a.c": "int b(void); int a(void) { return 1 + b(); } int unused_a(void) { return 0; }",
    "b.c": "int c(void); int b(void) { return 10 + c(); }",
    "c.c": "int c(void) { return 100; }",
    "main.c": "#include <stdio.h>\nint a(void); int main(void) { printf(\"%d\\n\", a()); return 0; }",
}
CHAIN_LINK = (f"{SO} -o libc_.so c.o -Wl,-soname,libc_.so", f"{SO} -o libb.so b.o -Wl,-soname,libb.so -L. -lc_",
              f"{SO} -o liba.so a.o -Wl,-soname,liba.so -L. -lb")
NEEDED = "readelf -dW {} | sed -n 's/.*NEEDED.*\\[\\(.*\\)\\]/\\1/p' | sort | tr '\\n' ' '"

SYMBOLIC_LIB = "int number(void) { return 1; } int data = 1; int ask(void) { return number() * 10 + data; }"
SYMBOLIC_MAIN = ('#include <stdio.h>\nint number(void) { return 5; } int data = 7; int ask(void);\n'
                 'int main(void) { printf("%d\\n", ask()); return 0; }')

EXPORT_MAIN = """
#include <dlfcn.h>
#include <stdio.h>
int visible_one(void) { return 1; } int visible_two = 2; int kept_private(void) { return 3; }
int main(void) {
    void *self = dlopen(0, RTLD_NOW);
    printf("%d%d%d\\n", !!dlsym(self, "visible_one"), !!dlsym(self, "visible_two"), !!dlsym(self, "kept_private"));
    return 0;
}
"""
MANY = "".join(f"int f{n}(int x) {{ return x + {n}; }}\n" for n in range(60))
MANY_MAIN = ("#include <stdio.h>\n" + "".join(f"int f{n}(int);" for n in range(60)) + "int (*table[])(int) = {"
             + ",".join(f"f{n}" for n in range(60)) + "};\nint main(void) { int s = 0; for (int i = 0; i < 60; i++) s += table[i](0);\n"
             + "".join(f"s += f{n}(1);" for n in range(60)) + 'printf("%d\\n", s); return 0; }\n')

JOBS = [
    Job("versions", {"new.c": VERSIONED, "old.c": VERSIONED_OLD, "v.map": VERSION_SCRIPT, "o.map": OLD_SCRIPT, "main.c": CLIENT, "main2.c": CLIENT_NEW},
        (f"{PIC} new.c old.c", "gcc {c} -c main.c main2.c", "mkdir old"),
        (f"{SO} -o old/libv.so old.o -Wl,-soname,libv.so,--version-script=o.map", f"{USE} -Lold -lv",
         f"{SO} -o libv.so new.o -Wl,-soname,libv.so,--version-script=v.map", "gcc {l} -o prog2 main.o -L. -lv",
         "gcc {l} -o prog3 main2.o -L. -lv"),
        (Run("LD_LIBRARY_PATH=old ./prog", "1\n"), Run("./prog", "1\n"), Run("./prog2", "2\n"), Run("./prog3", "2 3\n"),
         Run("LD_LIBRARY_PATH=old ./prog2 2>&1 | grep -c V2", "1\n"),
         Run("readelf --dyn-syms -W libv.so | sed -n 's/.* \\(\\(answer\\|only\\|int\\)[^ ]*\\)$/\\1/p' | sort", "answer@@V2\nanswer@V1\nonly_new@@V2\n")),
        DYNAMIC, products=("prog", "prog3", "libv.so")),
    Job("tls-shared", {"a.c": TLS_LIB, "main.c": TLS_MAIN}, (f"{PIC} a.c", "gcc {c} -c main.c"),
        (f"{SO} -o liba.so a.o", f"{USE} -L. -la"), (OK,), DYNAMIC, products=LIB),
    Job("tls-shared-desc", {"a.c": TLS_LIB, "main.c": TLS_MAIN}, ("gcc {o} -fPIC -mtls-dialect=gnu2 -c a.c main.c",),
        (f"{SO} -o liba.so a.o", f"{USE} -L. -la"), (OK,), DYNAMIC, products=LIB),
    Job("copy-relocations", {"a.c": COPY_LIB, "main.c": COPY_MAIN.replace("get_alias()", "6")}, (f"{PIC} a.c", "gcc {c} -c main.c"),
        (f"{SO} -o liba.so a.o", f"{USE} -L. -la"), (Run("./prog", "6 1 6 library 77 3 1 1 1 42\n"),), DYNAMIC, products=LIB),
    Job("copy-aliases", {"a.c": COPY_LIB, "main.c": COPY_MAIN}, (f"{PIC} a.c", "gcc {c} -c main.c"),
        (f"{SO} -o liba.so a.o", f"{USE} -L. -la"), (Run("./prog", "6 1 6 library 77 3 1 1 1 42\n"),), DYNAMIC, products=LIB,
        not_for=("bfd", "gold")),
    Job("protected", {"a.c": PROTECTED_LIB, "main.c": PROTECTED_MAIN}, (f"{PIC} a.c", "gcc {c} -c main.c"),
        (f"{SO} -o liba.so a.o", f"{USE} -L. -la"), (Run("./prog", "1 100 8 100\n"),), DYNAMIC, products=LIB),
    Job("cxx-libraries", {"throw.h": THROW_H, "a.cc": THROW_LIB, "main.cc": THROW_MAIN}, ("g++ {o} -fPIC -c a.cc", "g++ {c} -c main.cc"),
        ("g++ {s} -shared -o liba.so a.o", "g++ {l} -o prog main.o -L. -la"), (Run("./prog", "failure3 derived 111111\n"),), DYNAMIC,
        products=LIB),
    Job("dlopen", {"plugin.c": PLUGIN, "main.c": DLOPEN_MAIN}, (f"{PIC} plugin.c", "gcc {c} -c main.c"),
        (f"{SO} -o plugin.so plugin.o", f"{USE} -rdynamic -ldl"), (Run("./prog", "loaded 342 hidden gone\n"),), DYNAMIC,
        products=("prog", "plugin.so")),
    Job("ifunc-shared", {"a.c": IFUNC_LIB, "main.c": IFUNC_MAIN}, (f"{PIC} a.c", "gcc {c} -c main.c"),
        (f"{SO} -o liba.so a.o", f"{USE} -L. -la"), (OK,), DYNAMIC, products=LIB),
    Job("chain", CHAIN, (f"{PIC} a.c b.c c.c", "gcc {c} -c main.c"),
        (*CHAIN_LINK, f"{USE} -L. -la -Wl,-rpath-link,."), (Run("./prog", "111\n"), Run(NEEDED.format("liba.so"), r"libb\.so ", matches=True)),
        DYNAMIC, products=("prog", "liba.so", "libb.so")),
    Job("as-needed", CHAIN, (f"{PIC} a.c b.c c.c", "gcc {c} -c main.c"),
        (*CHAIN_LINK, f"{USE} -L. -Wl,--no-as-needed -lc_ -Wl,--as-needed -la -lb -lm -Wl,-rpath-link,."),
        (Run("./prog", "111\n"), Run(NEEDED.format("prog"), "liba.so libc.so.6 libc_.so ")), PIE),
    Job("rpath", CHAIN, (f"{PIC} a.c b.c c.c", "gcc {c} -c main.c"),
        (f"{SO} -o libabc.so.1 a.o b.o c.o -Wl,-soname,libabc.so.1", "ln -s libabc.so.1 libabc.so", f"{USE} -L. -labc '-Wl,-rpath,$ORIGIN'",
         "gcc {l} -o prog2 main.o -L. -labc '-Wl,-rpath,$ORIGIN' -Wl,--disable-new-dtags"),
        (Run("env -u LD_LIBRARY_PATH ./prog", "111\n"), Run("env -u LD_LIBRARY_PATH ./prog2", "111\n"), Run("readelf -dW prog | grep -c RUNPATH", "1\n"),
         Run("readelf -dW prog2 | grep -c RPATH", "1\n")), PIE),
    Job("symbolic", {"a.c": SYMBOLIC_LIB, "main.c": SYMBOLIC_MAIN}, (f"{PIC} a.c", "gcc {c} -c main.c"),
        (f"{SO} -Wl,-Bsymbolic -o libs.so a.o", f"{SO} -Wl,-Bsymbolic-functions -o libf.so a.o", f"{SO} -o libn.so a.o",
         f"{USE} -L. -ls", "gcc {l} -o progf main.o -L. -lf", "gcc {l} -o progn main.o -L. -ln"),
        (Run("./prog", "11\n"), Run("./progf", "17\n"), Run("./progn", "57\n")), PIE),
    Job("version-script-local", {"a.c": SYMBOLIC_LIB, "main.c": SYMBOLIC_MAIN, "v.map": "{ global: ask; local: *; };"},
        (f"{PIC} a.c", "gcc {c} -c main.c"), (f"{SO} -Wl,--version-script=v.map -o liba.so a.o", f"{USE} -L. -la"),
        (Run("./prog", "11\n"), Run("nm -D --defined-only liba.so | cut -c18-", "T ask\n")), PIE, products=LIB),
    Job("exports", {"main.c": EXPORT_MAIN, "list": "{ visible_*; };"}, ("gcc {c} -c main.c",),
        (f"{USE}", "gcc {l} -rdynamic -o prog2 main.o", "gcc {l} -Wl,--dynamic-list=list -o prog3 main.o",
         "gcc {l} -Wl,--export-dynamic-symbol=visible_t* -o prog4 main.o"),
        (Run("./prog; ./prog2; ./prog3; ./prog4", "000\n111\n110\n010\n"),), PIE, not_for=("gold",), variants=("", "now")),
    Job("exclude-libs", CHAIN, (f"{PIC} a.c b.c c.c", "gcc {c} -c main.c", "ar rc libbc.a b.o c.o"),
        (f"{SO} -Wl,--exclude-libs,ALL -o liba.so a.o libbc.a", f"{USE} -L. -la"),
        (Run("./prog", "111\n"), Run("nm -D --defined-only liba.so | grep -c ' T [bc]$'", "0\n", 1)), PIE, products=LIB),
    Job("hash-styles", {"a.c": MANY, "main.c": MANY_MAIN}, (f"{PIC} a.c", "gcc {c} -c main.c"),
        (f"{SO} -Wl,--hash-style=gnu -o libg.so a.o", f"{SO} -Wl,--hash-style=sysv -o libs.so a.o", f"{SO} -Wl,--hash-style=both -o libb.so a.o",
         f"{USE} -L. -lg", "gcc {l} -o prog2 main.o -L. -ls", "gcc {l} -o prog3 main.o -L. -lb"),
        (Run("./prog; ./prog2; ./prog3", "3600\n" * 3), Run("readelf -dW libs.so | grep -c HASH; readelf -dW libb.so | grep -c HASH", "1\n2\n")),
        DYNAMIC, products=("prog", "libg.so", "libs.so")),
    Job("lazy-now", {"a.c": MANY, "main.c": MANY_MAIN}, (f"{PIC} a.c", "gcc {c} -c main.c"),
        (f"{SO} -o liba.so a.o", f"{USE} -L. -la -Wl,-z,lazy", "gcc {l} -o prog2 main.o -L. -la -Wl,-z,now"),
        (Run("./prog; ./prog2; LD_BIND_NOW=1 ./prog", "3600\n" * 3), Run("readelf -dW prog2 | grep -c 'Flags: NOW'", "1\n")),
        DYNAMIC, variants=("",)),
    Job("relr", {"a.c": MANY, "main.c": MANY_MAIN}, (f"{PIC} a.c", "gcc {c} -c main.c"),
        ("gcc {l} -o prog main.o a.o -Wl,-z,pack-relative-relocs",),
        (Run("./prog", "3600\n"), Run("readelf -dW prog | grep -c 'RELR)'", "1\n"), Run("readelf -VW prog | grep -c ABI_DT_RELR", "1\n")),
        PIE, not_for=("gold", "lld"), variants=("", "gc")),
    Job("ibt-plt", {"a.c": MANY, "main.c": MANY_MAIN}, ("gcc {o} -fPIC -fcf-protection -c a.c", "gcc {c} -fcf-protection -c main.c"),
        (f"{SO} -o liba.so a.o -Wl,-z,ibtplt", f"{USE} -L. -la -Wl,-z,ibt,-z,shstk -Wl,-z,lazy"),
        (Run("./prog", "3600\n"), Run("readelf -nW prog | grep -c 'IBT, SHSTK'", "1\n")), DYNAMIC, products=LIB, variants=("",),
        not_for=("gold", "lld", "mold")),
    Job("textrel", {"a.s": ".globl f\n.text\nf: movabs $data, %rax\n mov (%rax), %eax\n ret\n.data\ndata: .long 7\n.section .note.GNU-stack,\"\",@progbits\n",
                    "main.c": "#include <stdio.h>\nint f(void); int main(void) { printf(\"%d\\n\", f()); return 0; }"},
        ("gcc -c a.s", "gcc {c} -c main.c"), (f"{USE} a.o -Wl,-z,notext",), (Run("./prog", "7\n"), Run("readelf -dW prog | grep -c TEXTREL", r"[12]", matches=True)),
        PIE, variants=("",), products=()),
    Job("init-fini", {"a.c": "#include <stdio.h>\nvoid begin(void) { printf(\"begin \"); } void finish(void) { printf(\"finish\\n\"); fflush(stdout); } int a(void) { return 0; }",
                      "main.c": "#include <stdio.h>\nint a(void); int main(void) { printf(\"main \"); return a(); }"},
        (f"{PIC} a.c", "gcc {c} -c main.c"), (f"{SO} -o liba.so a.o -Wl,-init,begin,-fini,finish", f"{USE} -L. -la"),
        (Run("./prog", "begin main finish\n"),), PIE, variants=("",)),
    Job("no-copies", {"a.c": COPY_LIB, "main.c": COPY_MAIN}, (f"{PIC} a.c", f"{PIC} main.c"),
        (f"{SO} -o liba.so a.o", f"{USE} -L. -la -Wl,-z,nocopyreloc"),
        (Run("./prog", "6 1 6 library 77 3 1 1 1 42\n"), Run("readelf -rW prog | grep -c R_X86_64_COPY", "0\n", 1)), DYNAMIC),
    Job("fails-shared-undefined", {"a.c": "int nowhere(void); int a(void) { return nowhere(); }"}, (f"{PIC} a.c",),
        (f"{SO} -Wl,-z,defs -o liba.so a.o",), fails=r"undefined (reference|symbol).*nowhere", variants=("",)),
    Job("fails-shared-pic", {"a.c": "int data; int *a(void) { return &data; }"}, ("gcc -O1 -fno-pie -c a.c",),
        (f"{SO} -o liba.so a.o",), fails=r"R_X86_64_(32|PC32).*(\n.*)*-fPIC", variants=("",)),
]
