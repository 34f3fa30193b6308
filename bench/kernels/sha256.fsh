// SHA-256 blocks and CRC-32 over a buffer; 32-bit arithmetic wraps.
u32[64] K;
u32[256] T;
u32[8] H;
u32[64] w;
u32 state = 12345;

u32 rng() {
    u32 x = state;
    x ^= x << 13; x ^= x >> 17; x ^= x << 5;
    state = x;
    return x;
}

u32 frac_root(int p, bool cube) {
    double r = 1.0;
    for (int i = 0; i < 60; i++) {
        if (cube) r = (2.0 * r + p / (r * r)) / 3.0; else r = (r + p / r) / 2.0;
    }
    double d = r - (int)r;
    return (u32)(int)(d * 4294967296.0);
}

void init() {
    int p = 2, k = 0;
    while (k < 64) {
        bool ok = true;
        for (int d = 2; d * d <= p; d++) if (p % d == 0) { ok = false; break; }
        if (ok) {
            K[k] = frac_root(p, true);
            if (k < 8) H[k] = frac_root(p, false);
            k++;
        }
        p++;
    }
    for (int i = 0; i < 256; i++) {
        u32 c = (u32)i;
        for (k = 0; k < 8; k++) { if (c & 1) c = 0xEDB88320 ^ (c >> 1); else c = c >> 1; }
        T[i] = c;
    }
}

void block(byte[] p, int at) {
    unchecked {
        for (int i = 0; i < 16; i++) {
            int o = at + 4 * i;
            w[i] = ((u32)p[o] << 24) | ((u32)p[o + 1] << 16) | ((u32)p[o + 2] << 8) | (u32)p[o + 3];
        }
        for (int i = 16; i < 64; i++) {
            u32 x = w[i - 15], y = w[i - 2];
            w[i] = w[i - 16] + ((x >> 7 | x << 25) ^ (x >> 18 | x << 14) ^ (x >> 3)) + w[i - 7]
                + ((y >> 17 | y << 15) ^ (y >> 19 | y << 13) ^ (y >> 10));
        }
        u32 a = H[0], b = H[1], c = H[2], d = H[3], e = H[4], f = H[5], g = H[6], h = H[7];
        for (int i = 0; i < 64; i++) {
            u32 t1 = h + ((e >> 6 | e << 26) ^ (e >> 11 | e << 21) ^ (e >> 25 | e << 7)) + ((e & f) ^ (~e & g)) + K[i] + w[i];
            u32 t2 = ((a >> 2 | a << 30) ^ (a >> 13 | a << 19) ^ (a >> 22 | a << 10)) + ((a & b) ^ (a & c) ^ (b & c));
            h = g; g = f; f = e; e = d + t1; d = c; c = b; b = a; a = t1 + t2;
        }
        H[0] += a; H[1] += b; H[2] += c; H[3] += d; H[4] += e; H[5] += f; H[6] += g; H[7] += h;
    }
}

u32 crc(byte[] p, int n) {
    u32 c = 0xFFFFFFFF;
    for (int i = 0; i < n; i++) c = T[(c ^ (u32)p[i]) & 255] ^ (c >> 8);
    return ~c;
}

void main(string[] args) {
    int reps = 80, n = 1 << 20;
    if (args.Length > 0) reps = to_int(args[0]);
    u32 c = 0;
    byte[] buf = new byte[n];
    init();
    for (int i = 0; i < n; i++) buf[i] = unchecked((byte)(rng() >> 8));
    for (int r = 0; r < reps; r++) {
        for (int i = 0; i < n; i += 64) block(buf, i);
        c ^= crc(buf, n);
        buf[r] = unchecked((byte)(buf[r] ^ c));
    }
    print("sha256 " + (((int)(H[0] ^ H[7]) << 20) ^ c));
}
