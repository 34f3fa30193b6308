// Random: numbers that look random. One seed gives one sequence, on every target.

class Random {
    uint state;

    public Random(int seed) { state = unchecked((uint)seed); }

    // Any value of the type, all equally likely.
    public uint Next() {
        unchecked {
            state += 0x9E3779B97F4A7C15;
            uint z = state;
            z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9;
            z = (z ^ z >> 27) * 0x94D049BB133111EB;
            return z ^ z >> 31;
        }
    }

    // From 0 to below `limit`, all equally likely. A limit that is not positive raises an Exception.
    public int Below(int limit) {
        if (limit <= 0) throw new Exception("Random.Below needs a positive limit, not " + limit);
        uint n = (uint)limit;
        // The values above the last whole multiple of n would make some results likelier.
        uint rest = unchecked(0 - n) % n;
        uint value = Next();
        while (value < rest) value = Next();
        return (int)(value % n);
    }

    // From `low` to `high`, both possible.
    public int Between(int low, int high) { return low + Below(high - low + 1); }

    // From 0 to below 1, a multiple of 2^-53.
    public double NextDouble() { return (Next() >> 11) * (1.0 / 9007199254740992.0); }

    public bool NextBool() { return Next() >> 63 != 0; }

    // Puts the elements in random order.
    public void Shuffle(int[] a) {
        for (int i = a.Length - 1; i > 0; i--) {
            int other = Below(i + 1);
            int kept = a[i];
            a[i] = a[other];
            a[other] = kept;
        }
    }

    public void Shuffle(string[] a) {
        for (int i = a.Length - 1; i > 0; i--) {
            int other = Below(i + 1);
            string kept = a[i];
            a[i] = a[other];
            a[other] = kept;
        }
    }
}
