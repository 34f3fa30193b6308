// IntList and StringList.
using "std/ints.fsh";
using "std/strings.fsh";

void ints() {
    IntList a = new IntList();
    for (int i = 0; i < 20; i++) a.Add((i * 7 + 3) % 20 - 5);
    print(a.Count + ": " + a);
    a.Sort();
    print(a);
    a.Reverse();
    a.Insert(20, -100);
    a.Insert(0, 100);
    a.RemoveAt(1);
    a.Set(1, 50);
    print(a);
    print(a.IndexOf(-100) + " " + a.IndexOf(7777) + " " + a.Contains(50) + " " + a.Pop() + " " + a.Count + " " + a.Get(0));
    int[] copy = a.ToArray();
    a.Clear();
    print(copy.Length + " " + a.Count + " [" + a + "]");
    a = new IntList(copy);
    copy[0] = 0;
    for (int i = 0; i < 100; i++) a.Insert(i, i);
    print(a.Count + " " + a.Get(99) + " " + a.Get(100));
}

void strings() {
    StringList s = new StringList("the quick brown fox jumps over the lazy dog".split(" "));
    s.Add(null);
    s.Add("");
    s.Sort();
    print(s.Join("|"));
    s.RemoveAt(0);
    s.Reverse();
    s.Insert(1, "cat");
    s.Set(0, "a");
    print(s.Count + " " + s + " " + s.IndexOf("cat") + " " + s.Contains("horse") + " [" + s.Pop() + "]");
    string[] copy = s.ToArray();
    s.Clear();
    print(copy.Length + " " + s.Count + " [" + s.Join("x") + "]");
    for (int i = 0; i < 20; i++) s.Add("" + i);
    print(s);
}

int fails(IntList a, int index) {
    try {
        a.Get(index);
    } catch (IndexOutOfBoundsException e) {
        print(e.Message);
    }
    return 0;
}

void main() {
    ints();
    strings();
    IntList a = new IntList(new int[] {1, 2});
    fails(a, 2);
    fails(a, -1);
    fails(a, 9);
    a.Clear();
    try {
        a.Pop();
    } catch (e) {
        print(e.Message);
    }
    new StringList().Set(0, "x");
}
// expect-exit: 101
// expect-stderr-contains: Index out of bounds: index 0, length 0
// expect-stderr-contains:   at StringList.Set:
// expect-stderr-contains: (std/strings.fsh)
// expect-stdout:
// | 20: -2, 5, 12, -1, 6, 13, 0, 7, 14, 1, 8, -5, 2, 9, -4, 3, 10, -3, 4, 11
// | -5, -4, -3, -2, -1, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14
// | 100, 50, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0, -1, -2, -3, -4, -5, -100
// | 20 -1 true -100 20 100
// | 20 0 []
// | 120 99 100
// | ||brown|dog|fox|jumps|lazy|over|quick|the|the
// | 11 a, cat, the, quick, over, lazy, jumps, fox, dog, brown,  1 false []
// | 10 0 []
// | 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19
// | Index out of bounds: index 2, length 2
// | Index out of bounds: index -1, length 2
// | Index out of bounds: index 9, length 2
// | Index out of bounds: index -1, length 0
