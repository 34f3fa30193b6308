// Iteration counts of the Mandelbrot set.
void main(string[] args) {
    int n = 1800, sum = 0;
    if (args.Length > 0) n = to_int(args[0]);
    for (int py = 0; py < n; py++) {
        double ci = 2.0 * py / n - 1.0;
        for (int px = 0; px < n; px++) {
            double cr = 3.0 * px / n - 2.0, zr = 0.0, zi = 0.0, r2 = 0.0, i2 = 0.0;
            int it = 0;
            while (it < 200 && r2 + i2 <= 4.0) {
                zi = 2.0 * zr * zi + ci;
                zr = r2 - i2 + cr;
                r2 = zr * zr; i2 = zi * zi;
                it++;
            }
            sum += it;
        }
    }
    print("mandel " + sum);
}
