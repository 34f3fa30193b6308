// Spectral norm of an infinite matrix.
double A(int i, int j) { return 1.0 / ((i + j) * (i + j + 1) / 2 + i + 1); }

void mul_av(int n, double[] v, double[] r) {
    for (int i = 0; i < n; i++) {
        double s = 0.0;
        for (int j = 0; j < n; j++) s += A(i, j) * v[j];
        r[i] = s;
    }
}

void mul_atv(int n, double[] v, double[] r) {
    for (int i = 0; i < n; i++) {
        double s = 0.0;
        for (int j = 0; j < n; j++) s += A(j, i) * v[j];
        r[i] = s;
    }
}

void main(string[] args) {
    int n = 3000;
    if (args.Length > 0) n = to_int(args[0]);
    double[] u = new double[n], v = new double[n], t = new double[n];
    double vbv = 0.0, vv = 0.0;
    for (int i = 0; i < n; i++) u[i] = 1.0;
    for (int i = 0; i < 10; i++) {
        mul_av(n, u, t); mul_atv(n, t, v);
        mul_av(n, v, t); mul_atv(n, t, u);
    }
    for (int i = 0; i < n; i++) { vbv += u[i] * v[i]; vv += v[i] * v[i]; }
    print("spectral " + (int)(sqrt(vbv / vv) * 1e9));
}
