"""Code without `try` pays nothing for exceptions: its instructions are the same whoever throws or catches elsewhere."""

from __future__ import annotations

import pytest

from starklink import compile_text
from starklink.objwriter.model import Fragment, ObjectModule

FUNCTIONS = """\
int sum(int[] a) { int total = 0; for (int i = 0; i < a.Length; i++) { total += a[i]; } return total; }
int divide(int a, int b) { return a / b + a % b; }
string text(string s, int n) { string out = ""; while (n > 0) { out = s + out + s; n--; } return out; }
double mean(double[] values) { double all = 0; for (int i = 0; i < length(values); i++) all += values[i];
    return all / length(values); }
int deep(int n) { return n <= 0 ? 1 : deep(n - 1) + deep(n - 2); }
class Animal {
    public int legs;
    public Animal(int legs) { this.legs = legs; }
    public virtual int Steps(int n) { return legs * n; }
}
class Bird : Animal {
    int wings = 2;
    public Bird(int legs) : base(legs) { }
    public int Steps(int n) { return n > 3 ? wings : base.Steps(n); }
}
struct Point { int x; int y; public int Dot(Point o) { return x * o.x + y * o.y; } }
int walk(Animal a, int n) { int s = a.Steps(n); if (a is Bird) { s += ((Bird)a).legs; } return s; }
Point moved(Point p, int d) { p.x += d; p.y -= d; return p; }
int use(int n) {
    Point p; p.x = n; p.y = 2;
    string s = text("a", n);
    Animal a = n > 1 ? new Bird(n) : new Animal(n);
    return sum(new int[n]) + divide(n, 3) + s.Length + (int)mean(new double[n + 1]) + deep(n) + walk(a, n)
        + moved(p, n).Dot(p) + use2(n);
}
int use2(int n) { return n <= 0 ? 0 : use2(n - 1) + walk(new Bird(n), 1) + sum(new int[3]) + divide(n, n) + text("b", n).Length
    + (int)mean(new double[2]) + moved(new Point(), n).x; }
"""
PLAIN = "void main() { print(use(3)); print(use(4)); print(use2(2)); }\n"
CATCHING = """\
class Mine : Exception { }
int risky(int n) { if (n > 2) throw new Mine(); return n; }
int caught(int n) {
    try { return use(n) + use2(n) + risky(n); }
    catch (Mine e) { return 1; }
    catch (ArithmeticException e) { print(e.StackTrace()); throw; }
    finally { print("done"); }
}
void main() {
    print(caught(2)); print(caught(3)); print(use(3));
    try { use(4); assert(use2(2) > 0); } catch (e) { print(e.Message); } finally { use(1); }
}
"""


def instructions(module: ObjectModule) -> dict[str, tuple[bytes, list[tuple[int, int, object, int]]]]:
    """The functions: their bytes, and what the addresses in them stand for; texts, which are numbered, by what they hold."""
    held = {one.symbol: one for one in module.fragments}

    def target(symbol: str) -> object:
        data: Fragment | None = held.get(symbol)
        return data.data if data is not None and symbol.startswith("str$") else symbol

    return {
        one.symbol: (one.data, [(fix.offset, int(fix.kind), target(fix.symbol), fix.addend) for fix in one.fixups])
        for one in module.fragments
        if one.section == ".text"
    }


@pytest.mark.parametrize("target", ["linux", "pc"])
@pytest.mark.parametrize("level", [0, 1, 2])
def test_code_without_try_is_the_same_code(level: int, target: str) -> None:
    plain = compile_text(FUNCTIONS + PLAIN, "cost.fsh", level=level, target=target).object()
    catching = compile_text(FUNCTIONS + CATCHING, "cost.fsh", level=level, target=target).object()
    assert any(site.handler for one in catching.fragments for site in one.sites if one.symbol in ("main", "caught"))
    assert not any(site.handler for one in plain.fragments for site in one.sites if not one.symbol.startswith("__"))
    before, after = instructions(plain), instructions(catching)
    # What the library has for one caller only is inlined there at -O2, and whether there is one caller depends on the program.
    compared = [name for name in before if name in after and name not in ("main", "__start", "_start")
                and not (level == 2 and name.startswith("__"))]
    assert {"sum", "divide", "text", "mean", "deep", "walk", "use", "use2"} <= set(compared)
    assert [name for name in compared if before[name] != after[name]] == []
