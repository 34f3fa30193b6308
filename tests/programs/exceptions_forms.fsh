// throw and catch in all forms, traces, rethrowing, exceptions in catch and finally (13, 36).
class MyError : Exception { public int code; public MyError(string m, int c) : base(m) { code = c; } public MyError() { code = 7; } }
class Plain : MyError { } class Bare : ArithmeticException { public string ToString() { return "<" + Message + ">"; } }
class Deep { Deep inner; public Deep(int n) { if (n > 0) inner = new Deep(n - 1); else throw MyError("deep", n); } public static int Size = 3; }
Exception none = null; string nothing = null;
string thrower(int n) {
    try {
        if (n == 0) throw "text";
        if (n == 1) throw new MyError("obj", 5);
        if (n == 2) throw MyError;
        if (n == 3) throw MyError("call", 6);
        if (n == 4) throw Plain;
        if (n == 5) throw none;
        if (n == 6) throw null;
        if (n == 7) throw nothing;
        if (n == 8) throw "a" + 1 + 'c';
        if (n == 9) throw Bare("bare");
        if (n == 10) throw Exception;
        if (n == 11) throw new IOException();
        if (n == 12) throw NetworkException("net");
        if (n == 13) throw TypeException("alias");
        if (n == 14) throw new TypeError();
        if (n == 15) throw CancelledException();
        if (n == 16) assert(n == 0, "m" + n);
        if (n == 17) assert(false);
        if (n == 18) throw Exception("");
        if (n == 19) throw Exception(null);
        if (n == 20) throw Plain();
        if (n == 21) assert(0, null);
        return "none";
    }
    catch (Plain p) { return "Plain " + p.code + " " + p.Message + " " + p; }
    catch (MyError e) { return "MyError " + e.code + " " + e.Message; }
    catch (NullPointerException) { return "null"; }
    catch (Bare b) { return "Bare " + b.Message + " " + b; }
    catch (ArithmeticException a) { return "Arith"; }
    catch (TypeException t) { return "Type " + t; }
    catch (string s) { return "string " + s + " " + (s == s.Message); }
}
int order(int n) {
    string log = "";
    try {
        try { log += "t"; if (n == 1) throw "one"; if (n == 2) return 2; if (n == 4) throw MyError("four", 4); log += "e"; }
        catch (MyError m) { log += "m"; throw "from catch"; }
        catch (string s) { log += "c"; if (n == 1) throw; }
        finally { log += "f"; if (n == 3) throw "from finally"; }
        log += "a";
    } catch (e) { log += "[" + e + "]"; } finally { log += "F"; print(log); }
    return 0;
}
int value() { int x = 1; try { return x; } finally { x = 2; print("fin " + x); } }
string nested() { string s = ""; for (int i = 0; i < 4; i++) { try { if (i == 1) continue; if (i == 3) break; s += i; try { s += "i"; } finally { s += "j"; } } finally { s += "f"; } s += "n"; } return s; }
void lost() { try { throw "first"; } finally { throw "second"; } }
int deepReturn() { try { try { return 1; } finally { print("in"); } } finally { print("out"); } }
void again(int n) { try { throw MyError("again", n); } catch (MyError e) { e.code++; throw; } }
void wrapped() { try { again(1); } catch (MyError e) { Exception x = e; throw x; } }
void fromFinally() { try { throw "kept"; } catch { try { print("x"); } finally { throw; } } }
void main() {
    for (int n = 0; n < 22; n++) print(thrower(n));
    for (int n = 0; n < 5; n++) print(order(n));
    print(value()); print(nested()); print(deepReturn());
    try { lost(); } catch (e) { print(e.Message); }
    try { again(1); } catch (MyError e) { print(e.code + e.StackTrace()); }
    try { wrapped(); } catch (Exception e) { print(e.StackTrace()); }
    try { new Deep(2); } catch (string s) { print(s.StackTrace() + "|" + s.Message); }
    try { fromFinally(); } catch (e) { print(e); }
    Exception fresh = new Exception("never thrown"); print(fresh.StackTrace().length >= 0); print(fresh); fresh.Message = "changed"; print(fresh.ToString() + fresh.Message);
    try { throw fresh; } catch (Exception e) { print(e == fresh); print(e.StackTrace()); }
    Exception plain = new Plain(); print(plain.Message + (plain is MyError) + (plain as Bare == null)); MyError withText = new MyError("m", 1); print(withText is Exception);
    try { try { throw "a"; } catch (IOException e) { print("no"); } finally { print("f1"); } } catch { print("outer"); }
    int k = 0; while (true) { try { k++; if (k < 3) continue; break; } finally { k += 10; } } print(k);
    for (int i = 0; i < 2; i++) { try { int[] a = new int[i]; a[0] = 1; print("ok"); } catch (IndexOutOfBoundsException e) { print(e.Message); } }
}
// expect-stdout:
// | string text true
// | MyError 5 obj
// | MyError 7 MyError
// | MyError 6 call
// | Plain 7 Plain Plain
// | null
// | null
// | string  true
// | string a1c true
// | Bare bare <bare>
// | string Exception true
// | string IOException true
// | string net true
// | Type alias
// | Type TypeError
// | string CancelledException true
// | string Assertion failed: m16 true
// | string Assertion failed true
// | string  true
// | string  true
// | Plain 7 Plain Plain
// | string Assertion failed true
// | tefaF
// | 0
// | tcf[one]F
// | 0
// | tfF
// | 2
// | tef[from finally]F
// | 0
// | tmf[from catch]F
// | 0
// | fin 2
// | 1
// | 0ijfnf2ijfnf
// | in
// | out
// | 1
// | second
// | 2MyError: again
// | Stack trace:
// |   at again:55
// |   at main:63
// | MyError: again
// | Stack trace:
// |   at wrapped:56
// |   at main:64
// | MyError: deep
// | Stack trace:
// |   at Deep.new:4
// |   at Deep.new:4
// |   at Deep.new:4
// |   at main:65|deep
// | x
// | kept
// | true
// | never thrown
// | changedchanged
// | true
// | Exception: changed
// | Stack trace:
// |   at main:68
// | Plaintruetrue
// | true
// | f1
// | outer
// | 22
// | Index out of bounds: index 0, length 0
// | ok
