"""Jobs of larger programs: SQLite, zlib, CPython and XML from static archives, generated C, Rust."""

from __future__ import annotations

import random
import sys
import sysconfig

from linker_jobs import ALL, DYNAMIC, PIE, Job, Run

LIBS = "/usr/lib/x86_64-linux-gnu"
VARS = sysconfig.get_config_vars("LIBPL", "LIBRARY", "LIBS", "SYSLIBS", "LINKFORSHARED")
VARS = dict(zip(("LIBPL", "LIBRARY", "LIBS", "SYSLIBS", "LINKFORSHARED"), VARS))
OWN = f"{VARS['LIBPL']}/{VARS['LIBRARY']}"
PYTHON = "/usr/lib/python3.11/config-3.11-x86_64-linux-gnu/libpython3.11.a"

SQLITE = r"""
#include <sqlite3.h>
#include <stdio.h>
static int row(void *n, int count, char **values, char **names) { printf("%s=%s ", names[0], values[0]); ++*(int *)n; return 0; }
int main(void) {
    sqlite3 *db; char *error = 0; int rows = 0;
    if (sqlite3_open(":memory:", &db)) return 1;
    if (sqlite3_exec(db, "create table t(a integer primary key, b text); insert into t(b) values('x'),('yy'),('zzz');"
        "with recursive n(i) as (select 1 union all select i + 1 from n where i < 1000) insert into t(b) select printf('%05d', i) from n;",
        0, 0, &error)) { puts(error); return 1; }
    sqlite3_exec(db, "select count(*) from t", row, &rows, 0);
    sqlite3_exec(db, "select sum(length(b)) from t", row, &rows, 0);
    sqlite3_exec(db, "select upper(b) from t where b like 'z%' order by 1", row, &rows, 0);
    printf("%d\n", rows); sqlite3_close(db);
    return 0;
}
"""
ZLIB = r"""
#include <stdio.h>
#include <string.h>
#include <zlib.h>
int main(void) {
    static unsigned char in[100000], packed[120000], out[100000];
    for (int i = 0; i < 100000; i++) in[i] = (i * i >> 7) & 31;
    uLongf size = sizeof packed, back = sizeof out;
    int a = compress2(packed, &size, in, sizeof in, 9), b = uncompress(out, &back, packed, size);
    printf("%d %d %d %d %lx\n", a, b, memcmp(in, out, sizeof in), size < 60000, crc32(0, (const unsigned char *)"123456789", 9));
    return 0;
}
"""
INTERPRETER = "#include <Python.h>\nint main(int argc, char **argv) { return Py_BytesMain(argc, argv); }\n"
PYTHON_TEST = ("import json, re, ctypes, hashlib, sqlite3, math, struct, zlib\n"
               "assert json.loads(json.dumps({\"a\": [1, 2.5, None]})) == {\"a\": [1, 2.5, None]}\n"
               "assert re.sub(r\"(\\w+)\", r\"<\\1>\", \"one two\") == \"<one> <two>\"\n"
               "assert ctypes.CDLL(None).strlen(b\"four\") == 4\n"
               "callback = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_int)(lambda x: x + 1)\nassert callback(41) == 42\n"
               "class Node:\n    pass\n"
               "try:\n    raise ValueError(7)\nexcept ValueError as error:\n    assert error.args == (7,)\n"
               "print(\"ok\", sum(range(100000)))\n")
XML = r"""
#include <libxml/parser.h>
#include <stdio.h>
int main(void) {
    const char text[] = "<a><b n='1'>t</b><b n='2'/></a>";
    xmlDocPtr doc = xmlReadMemory(text, sizeof text - 1, "x.xml", 0, 0);
    int count = 0;
    for (xmlNodePtr n = xmlDocGetRootElement(doc)->children; n; n = n->next) count += n->name[0] == 'b';
    printf("%d %s\n", count, xmlDocGetRootElement(doc)->name);
    xmlFreeDoc(doc); xmlCleanupParser();
    return 0;
}
"""
RUST = r"""
use std::collections::HashMap;
use std::sync::mpsc;
use std::thread;
thread_local!(static LOCAL: std::cell::Cell<i32> = std::cell::Cell::new(5));
trait Shape { fn area(&self) -> f64; }
struct Square(f64);
impl Shape for Square { fn area(&self) -> f64 { self.0 * self.0 } }
fn main() {
    let mut map = HashMap::new();
    for word in "a b a c a".split(' ') { *map.entry(word).or_insert(0) += 1; }
    let (send, receive) = mpsc::channel();
    for n in 0..4 { let send = send.clone(); thread::spawn(move || { LOCAL.with(|l| l.set(l.get() + n)); send.send(LOCAL.with(|l| l.get())).unwrap() }); }
    drop(send);
    let sum: i32 = receive.iter().sum();
    let shapes: Vec<Box<dyn Shape>> = vec![Box::new(Square(1.5))];
    let caught = std::panic::catch_unwind(|| { let empty: Vec<i32> = vec![]; empty[3] }).is_err();
    println!("{} {} {} {}", map["a"], sum, shapes[0].area(), caught);
}
"""


def generated(files: int, functions: int, seed: int = 1) -> dict[str, str]:
    """C sources that call, point at and read each other; the program prints a sum that is known here."""
    draw = random.Random(seed)
    values: dict[tuple[int, int], int] = {}
    sources = {}
    for file in range(files):
        text = ["extern int trace;"]
        for number in range(functions):
            base = draw.randrange(1000)
            values[file, number] = base
            callee = None
            if file and draw.random() < 0.7:
                callee = (draw.randrange(file), draw.randrange(functions))
                values[file, number] += values[callee]
                text.append(f"int f{callee[0]}_{callee[1]}(void);")
            call = f" + f{callee[0]}_{callee[1]}()" if callee else ""
            text.append(f"static int d{number} = {base}; int (*p{file}_{number})(void); const char *s{file}_{number} = \"string {number % 7} of {file % 5}\";\n"
                        f"int f{file}_{number}(void) {{ trace++; return (d{number}{call}) & 0x3fffffff; }}\n"
                        f"int (*p{file}_{number})(void) = f{file}_{number};")
        sources[f"g{file}.c"] = "\n".join(text) + "\n"
    last = files - 1
    sums = sum(values[last, number] & 0x3FFFFFFF for number in range(functions))
    main = ["#include <stdio.h>", "int trace;", *(f"extern int (*p{last}_{n})(void); extern const char *s{last}_{n};" for n in range(functions)),
            "int main(void) { long s = 0;", *(f"s += p{last}_{n}();" for n in range(functions)),
            f'printf("%ld %d %s\\n", s, trace > 0, s{last}_0); return 0; }}']
    sources["main.c"] = "\n".join(main) + "\n"
    sources["expected"] = f"{sums} 1 string 0 of {last % 5}\n"
    return sources


SMALL = generated(40, 12)

JOBS = [
    Job("generated", SMALL, ("sh -c 'gcc {c} -g -c main.c g*.c'",), ("sh -c 'gcc -B{B} {l} -o prog main.o g*.o'",),
        (Run("./prog", SMALL["expected"]),), ALL, variants=("", "gc")),
    Job("sqlite", {"main.c": SQLITE}, ("gcc {c} -c main.c",), ("gcc {l} -o prog main.o -lsqlite3 -lm -lz -lpthread -ldl",),
        (Run("./prog", "count(*)=1003 sum(length(b))=5006 upper(b)=ZZZ 3\n"),), ("static", "static-pie"),
        needs=(f"{LIBS}/libsqlite3.a", "/usr/include/sqlite3.h")),
    Job("sqlite-archive", {"main.c": SQLITE}, ("gcc {c} -c main.c",), ("gcc {l} -o prog main.o -l:libsqlite3.a -lm -l:libz.a -lpthread -ldl",),
        (Run("./prog", "count(*)=1003 sum(length(b))=5006 upper(b)=ZZZ 3\n"),), DYNAMIC,
        needs=(f"{LIBS}/libsqlite3.a", "/usr/include/sqlite3.h")),
    Job("zlib", {"main.c": ZLIB}, ("gcc {c} -c main.c",), ("gcc {l} -o prog main.o -l:libz.a",), (Run("./prog", "0 0 0 1 cbf43926\n"),),
        ALL, needs=(f"{LIBS}/libz.a", "/usr/include/zlib.h")),
    Job("xml", {"main.c": XML}, ("gcc {c} -I/usr/include/libxml2 -c main.c",),
        ("g++ {l} -o prog main.o -l:libxml2.a -l:libicui18n.a -l:libicuuc.a -l:libicudata.a -l:libz.a -l:liblzma.a -lm",), (Run("./prog", "2 a\n"),),
        DYNAMIC, needs=(f"{LIBS}/libxml2.a", f"{LIBS}/libicuuc.a", "/usr/include/libxml2/libxml/parser.h")),
    Job("python", {"main.c": INTERPRETER, "test.py": PYTHON_TEST}, ("gcc {c} -I/usr/include/python3.11 -c main.c",),
        (f"gcc {{l}} -rdynamic -o prog main.o {PYTHON} -lexpat -lz -lpthread -ldl -lutil -lm",),
        (Run("PYTHONHOME=/usr ./prog -I test.py", "ok 4999950000\n"),), ("no-pie",), needs=(PYTHON, "/usr/include/python3.11/Python.h")),
    Job("python-pie", {"main.c": INTERPRETER, "test.py": PYTHON_TEST}, ("gcc {c} -I/usr/include/python3.11 -c main.c",),
        (f"gcc {{l}} -rdynamic -o prog main.o {PYTHON.replace('3.11.a', '3.11-pic.a')} -lexpat -lz -lpthread -ldl -lutil -lm",),
        (Run("PYTHONHOME=/usr ./prog -I test.py", "ok 4999950000\n"),), PIE, needs=(PYTHON.replace("3.11.a", "3.11-pic.a"),)),
    Job("python-shared", {"main.c": INTERPRETER, "test.py": PYTHON_TEST}, ("gcc {c} -I/usr/include/python3.11 -c main.c",),
        (f"gcc {{s}} -shared -o libpy.so -Wl,--whole-archive {PYTHON.replace('3.11.a', '3.11-pic.a')} -Wl,--no-whole-archive -lexpat -lz -lm",
         "gcc {l} -o prog main.o -L. -lpy"),
        (Run("PYTHONHOME=/usr ./prog -I test.py", "ok 4999950000\n"),), DYNAMIC, needs=(PYTHON.replace("3.11.a", "3.11-pic.a"),),
        products=("prog", "libpy.so")),
    Job("python-tests", {"main.c": INTERPRETER}, (f"gcc {{c}} -I{sysconfig.get_path('include')} -c main.c",),
        (f"gcc {{l}} {VARS['LINKFORSHARED'] or '-rdynamic'} -o prog main.o {OWN} {VARS['LIBS']} {VARS['SYSLIBS']}",),
        (Run(f"PYTHONHOME={sys.base_prefix} ./prog -m test test_json test_re test_ctypes 2>&1 | grep -c 'Result: SUCCESS'", "1\n"),), DYNAMIC,
        needs=(OWN, f"{sysconfig.get_path('stdlib')}/test/test_re.py"), variants=("", "gc")),
    Job("rust", {"main.rs": RUST}, (), ("rustc -O -C linker=gcc -C link-arg=-B{B} -o prog main.rs",),
        (Run("./prog 2>/dev/null", "3 26 2.25 true\n"),), PIE, needs=("rustc",), variants=("",)),
    Job("rust-debug", {"main.rs": RUST}, (), ("rustc -g -C linker=gcc -C link-arg=-B{B} -o prog main.rs",),
        (Run("./prog 2>/dev/null", "3 26 2.25 true\n"),), PIE, needs=("rustc",), variants=("",)),
    Job("rust-static", {"main.rs": RUST}, (), ("rustc -C target-feature=+crt-static -C linker=gcc -C link-arg=-B{B} -o prog main.rs",),
        (Run("./prog 2>/dev/null", "3 26 2.25 true\n"),), PIE, needs=("rustc",), variants=("",)),
]
