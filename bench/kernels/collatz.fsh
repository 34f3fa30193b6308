// Longest Collatz chain.
void main(string[] args) {
    int n = 3000000, best = 0, besti = 0, total = 0;
    if (args.Length > 0) n = to_int(args[0]);
    for (int i = 1; i < n; i++) {
        int x = i, steps = 0;
        while (x != 1) {
            if (x % 2 == 0) x = x / 2; else x = 3 * x + 1;
            steps++;
        }
        total += steps;
        if (steps > best) { best = steps; besti = i; }
    }
    print("collatz " + (total * 1000 + best + besti));
}
