// Sieve of Eratosthenes over bytes.
void main(string[] args) {
    int reps = 200, n = 2000000, count = 0;
    if (args.Length > 0) reps = to_int(args[0]);
    byte[] s = new byte[n + 1];
    for (int rep = 0; rep < reps; rep++) {
        count = 0;
        for (int i = 0; i <= n; i++) s[i] = 1;
        for (int i = 2; i * i <= n; i++)
            if (s[i]) for (int j = i * i; j <= n; j += i) s[j] = 0;
        for (int i = 2; i <= n; i++) if (s[i]) count++;
    }
    print("sieve " + count);
}
