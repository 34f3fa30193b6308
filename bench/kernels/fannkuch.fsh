// Pancake flips over all permutations.
void main(string[] args) {
    int n = 10;
    if (args.Length > 0) n = to_int(args[0]);
    int maxf = 0, chk = 0;
    i32[] perm = new i32[n], p1 = new i32[n], cnt = new i32[n];
    for (int rep = 0; rep < 3; rep++) {
        for (int i = 0; i < n; i++) { p1[i] = (i32)i; cnt[i] = 0; }
        int sign = 1;
        while (true) {
            if (p1[0] != 0) {
                for (int i = 0; i < n; i++) perm[i] = p1[i];
                int flips = 0;
                for (int k = perm[0]; k != 0; k = perm[0]) {
                    int lo = 0, hi = k;
                    while (lo < hi) { i32 t = perm[lo]; perm[lo] = perm[hi]; perm[hi] = t; lo++; hi--; }
                    flips++;
                }
                if (flips > maxf) maxf = flips;
                if (sign > 0) chk += flips; else chk -= flips;
            }
            sign = -sign;
            int r = 1;
            while (true) {
                if (r >= n) break;
                i32 t = p1[0];
                for (int i = 0; i < r; i++) p1[i] = p1[i + 1];
                p1[r] = t;
                cnt[r]++;
                if (cnt[r] <= r) break;
                cnt[r] = 0;
                r++;
            }
            if (r >= n) break;
        }
    }
    print("fannkuch " + (chk * 1000 + maxf));
}
