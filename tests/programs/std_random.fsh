// Random: bounds, both kinds of shuffle, the same sequence for the same seed.
using "std/random.fsh";

void main() {
    Random r = new Random(42);
    Random same = new Random(42);
    Random other = new Random(-1);
    print(r.Next() == same.Next() && r.Next() == same.Next() && r.Next() != other.Next());
    int[] seen = new int[6];
    bool inside = true;
    double sum = 0.0;
    int heads = 0;
    for (int i = 0; i < 6000; i++) {
        seen[r.Below(6)]++;
        int n = r.Between(-2, 2);
        if (n < -2 || n > 2) inside = false;
        double d = r.NextDouble();
        if (d < 0.0 || d >= 1.0) inside = false;
        sum += d;
        if (r.NextBool()) heads++;
    }
    bool even = true;
    for (int i = 0; i < 6; i++) if (seen[i] < 850 || seen[i] > 1150) even = false;
    print(inside + " " + even + " " + (sum > 2900.0 && sum < 3100.0) + " " + (heads > 2850 && heads < 3150));
    int[] a = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9};
    string[] s = {"a", "b", "c", "d"};
    r.Shuffle(a);
    r.Shuffle(s);
    int all = 0;
    for (int i = 0; i < 10; i++) all |= 1 << a[i];
    print(all + " " + (s[0] + s[1] + s[2] + s[3]).Length);
    print(r.Below(1));
    print(r.Below(9223372036854775807) >= 0);
    try {
        r.Below(0);
    } catch (e) {
        print(e.Message);
    }
}
// expect-stdout:
// | true
// | true true true true
// | 1023 4
// | 0
// | true
// | Random.Below needs a positive limit, not 0
