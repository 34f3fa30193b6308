// Five bodies under gravity, one object each.
class Body { public double x, y, z, vx, vy, vz, m; }

Body[5] b;

void init() {
    double r = 1.0;
    for (int i = 0; i < 5; i++) b[i] = new Body();
    b[0].m = 40.0;
    for (int i = 1; i < 5; i++) {
        b[i].x = r; b[i].y = 0.02 * i; b[i].z = 0.01 * i * (i - 2);
        b[i].vy = sqrt(40.0 / r); b[i].vz = 0.03 * i;
        b[i].m = 0.001 * i;
        r = r * 1.9;
    }
}

void step(double dt) {
    for (int i = 0; i < 5; i++) {
        Body p = b[i];
        for (int j = i + 1; j < 5; j++) {
            Body q = b[j];
            double dx = p.x - q.x, dy = p.y - q.y, dz = p.z - q.z;
            double d2 = dx * dx + dy * dy + dz * dz;
            double mag = dt / (d2 * sqrt(d2));
            double pm = p.m * mag, qm = q.m * mag;
            p.vx -= dx * qm; p.vy -= dy * qm; p.vz -= dz * qm;
            q.vx += dx * pm; q.vy += dy * pm; q.vz += dz * pm;
        }
    }
    for (int i = 0; i < 5; i++) {
        Body p = b[i];
        p.x += dt * p.vx; p.y += dt * p.vy; p.z += dt * p.vz;
    }
}

double energy() {
    double e = 0.0;
    for (int i = 0; i < 5; i++) {
        e += 0.5 * b[i].m * (b[i].vx * b[i].vx + b[i].vy * b[i].vy + b[i].vz * b[i].vz);
        for (int j = i + 1; j < 5; j++) {
            double dx = b[i].x - b[j].x, dy = b[i].y - b[j].y, dz = b[i].z - b[j].z;
            e -= b[i].m * b[j].m / sqrt(dx * dx + dy * dy + dz * dz);
        }
    }
    return e;
}

void main(string[] args) {
    int n = 8000000;
    if (args.Length > 0) n = to_int(args[0]);
    init();
    for (int i = 0; i < n; i++) step(0.0005);
    print("nbody " + (int)(energy() * 1e9));
}
