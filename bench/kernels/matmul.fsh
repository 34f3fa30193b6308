// Dense matrix products, double and int.
void mm_d(int n, double[] a, double[] b, double[] c) {
    for (int i = 0; i < n; i++)
        for (int j = 0; j < n; j++) {
            double s = 0.0;
            for (int k = 0; k < n; k++) s += a[i * n + k] * b[k * n + j];
            c[i * n + j] = s;
        }
}

void mm_l(int n, int[] a, int[] b, int[] c) {
    for (int i = 0; i < n; i++)
        for (int j = 0; j < n; j++) {
            int s = 0;
            for (int k = 0; k < n; k++) s += a[i * n + k] * b[k * n + j];
            c[i * n + j] = s;
        }
}

void main(string[] args) {
    int n = 200, reps = 80, lt = 0;
    if (args.Length > 0) reps = to_int(args[0]);
    double[] a = new double[n * n], b = new double[n * n], c = new double[n * n];
    int[] la = new int[n * n], lb = new int[n * n], lc = new int[n * n];
    double t = 0.0;
    for (int i = 0; i < n * n; i++) {
        a[i] = (i % 97) * 0.25; b[i] = (i % 89) * 0.5;
        la[i] = i % 97; lb[i] = i % 89;
    }
    for (int i = 0; i < reps; i++) { mm_d(n, a, b, c); mm_l(n, la, lb, lc); a[i] += 1.0; la[i] += 1; }
    for (int i = 0; i < n * n; i++) { t += c[i]; lt += lc[i]; }
    print("matmul " + ((int)(t * 8.0) + lt));
}
