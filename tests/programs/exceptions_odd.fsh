// try statements in odd company: nested, in loops, around calls and constructors, left in every way (13)
class Res : Exception { public Res(string m) : base(m) { } public string ToString() { return "<" + Message + ">"; } }
string log = "";
int step(string s) { log += s; return log.length; }
int a1() { try { try { throw "x"; } catch (string s) { step("c1 "); throw Res("r" + s); } finally { step("f1 "); } } catch (Res r) { step(r + " "); return step("ret "); } finally { step("f2 "); } }
int a2() { for (int i = 0; ; i++) { try { if (i == 3) return i; if (i == 1) continue; step("b" + i + " "); } finally { step("f" + i + " "); } } }
int a3() { int x = 1; try { x = 2; return x++ * 10; } finally { x = 100; step("x" + x + " "); } }
int a4() { try { return step("r ") / (log.length - log.length); } catch (ArithmeticException) { return 44; } finally { step("f "); } }
void a5() { try { try { throw "one"; } finally { step("in "); try { throw "two"; } catch (e) { step(e.Message + " "); } } } catch (e) { step(e.Message + " "); } }
void a6() { try { try { throw "one"; } finally { throw "two"; } } catch (string s) { step(s + " "); } }
string a7() { string keep = ""; for (int i = 0; i < 4; i++) { try { try { if (i == 1) throw Res("A"); if (i == 2) throw TypeError; if (i == 3) { int[] z; z[0] = 1; } keep += i; } catch (TypeError t) { keep += "T" + t.Message; continue; } catch (NullPointerException n) { keep += "N"; break; } finally { keep += "f"; } keep += "."; } catch (Res r) { keep += r; } } return keep; }
void a8() { Exception saved = null; try { throw "s1"; } catch (e) { saved = e; e = new Exception("changed"); step(e.Message + saved.Message + " "); } try { throw saved; } catch (string s) { step(s + " "); s = "new"; step(s + s.Message + " "); } }
int deep(int n) { try { if (n == 0) throw Res("deep"); return deep(n - 1); } finally { if (n % 100 == 0) step("" + n / 100); } }
int rec(int n, int a, int b, int c, int d) { if (n == 0) return a + b + c + d; return rec(n - 1, b, c, d, a + 1) + 0; }
void a9() { while (true) { try { break; } finally { step("brk "); } } do { try { continue; } finally { step("cont "); } } while (log.length < 0); try { } catch { } finally { step("empty "); } try { step("ok "); } catch (Exception e) { step("no"); } }
void a10() { try { try { throw Res("q"); } catch (ArithmeticException e) { step("no"); } catch (Res r) { throw; } catch { step("no"); } } catch (Exception e) { step(e.ToString() + (e is Res) + (e as Res).Message + " "); } }
bool cond(bool v) { step(v ? "T" : "F"); if (v) return true; throw "cond"; }
void a11() { try { if (cond(true) || cond(false)) step("1 "); if (cond(true) && !cond(true) && cond(false)) step("no"); while (cond(false)) { } } catch { step(" caught "); } }
class Acc { int[] data = new int[3]; public int n; public int Get(int i) { n++; return data[i]; } public void Set(int i, int v) { try { data[i] = v; } finally { n += 10; } } public static int Count; public Acc() { Count++; if (Count == 2) throw Res("ctor"); } }
void a12() { Acc x = new Acc(); try { x.Set(5, 1); } catch (IndexOutOfBoundsException e) { step(e.Message + " "); } try { x = new Acc(); } catch (Res r) { step("" + (x == null) + x.n + " "); } try { x.Set(1, x.Get(7)); } catch { step("" + x.n + " "); } }
void main() {
    log = ""; print(a1() + log); log = ""; print(a2() + log); log = ""; print(a3() + log); log = ""; print(a4() + log); log = ""; a5(); print(log); log = ""; a6(); print(log); print(a7()); log = ""; a8(); print(log); log = "";
    try { deep(500); } catch (Res r) { print(log + r); } print(rec(10000, 1, 2, 3, 4)); log = ""; a9(); print(log); log = ""; a10(); print(log); log = ""; a11(); print(log); log = ""; a12(); print(log);
    try { print("exiting"); exit(300); } finally { print("never"); }
}
// expect-exit: 44
// expect-stdout:
// | 15c1 f1 <rx> ret f2 
// | 3b0 f0 f1 b2 f2 f3 
// | 20x100 
// | 44r f 
// | in two one 
// | two 
// | 0f.f<A>TTypeErrorfNf
// | changeds1 s1 newnew 
// | 012345<deep>
// | 10010
// | brk cont empty ok 
// | <q>trueq 
// | T1 TTF caught 
// | Index out of bounds: index 5, length 3 false10 11 
// | exiting
