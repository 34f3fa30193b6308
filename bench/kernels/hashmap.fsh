// Two maps with linear probing: int keys, and keys that are byte ranges of a text. One array per field.
u32 state = 12345;
int icap, icount, scap, scount;
i32[] ikey, ival, iused, sat, slen, sval;
u32[] shash;
byte[] text;

u32 rng() {
    u32 x = state;
    x ^= x << 13; x ^= x >> 17; x ^= x << 5;
    state = x;
    return x;
}

u32 hi(i32 k) {
    u32 x = unchecked((u32)k * 0x9E3779B1);
    return x ^ (x >> 15);
}

int iget(i32 k) {
    int i = hi(k) & (icap - 1);
    while (iused[i]) {
        if (ikey[i] == k) return i;
        i = (i + 1) & (icap - 1);
    }
    iused[i] = 1; ikey[i] = k; ival[i] = 0; icount++;
    return i;
}

u32 hs(int at, int n) {
    u32 h = 2166136261;
    for (int i = 0; i < n; i++) h = unchecked((h ^ (u32)text[at + i]) * 16777619);
    return h;
}

bool same(int a, int b, int n) {
    for (int i = 0; i < n; i++) if (text[a + i] != text[b + i]) return false;
    return true;
}

int sget(int at, int n) {
    u32 h = hs(at, n);
    int i = h & (scap - 1);
    while (sat[i] >= 0) {
        if (shash[i] == h && slen[i] == n && same(sat[i], at, n)) return i;
        i = (i + 1) & (scap - 1);
    }
    sat[i] = (i32)at; slen[i] = (i32)n; shash[i] = h; sval[i] = 0; scount++;
    return i;
}

void main(string[] args) {
    int n = 12000000, tl = 1 << 20, sum = 0;
    if (args.Length > 0) n = to_int(args[0]);
    icap = 1 << 17; scap = 1 << 17;
    ikey = new i32[icap]; ival = new i32[icap]; iused = new i32[icap];
    sat = new i32[scap]; slen = new i32[scap]; sval = new i32[scap]; shash = new u32[scap];
    text = new byte[tl + 64];
    for (int i = 0; i < scap; i++) sat[i] = -1;
    for (int i = 0; i < tl + 64; i++) text[i] = (byte)('a' + (rng() >> 9) % 7);
    for (int i = 0; i < n; i++) { int at = iget((i32)(rng() >> 16)); ival[at] += (i32)(i & 7); }
    int p = 0;
    for (int i = 0; i < n; i++) {
        int len = 3 + (text[p] & 3);
        sval[sget(p, len)]++;
        p += 5;
        if (p >= tl) p -= tl;
    }
    for (int i = 0; i < icap; i++) if (iused[i]) sum += ival[i] * (ikey[i] & 255);
    for (int i = 0; i < scap; i++) if (sat[i] >= 0) sum += sval[i] * (shash[i] & 255);
    print("hashmap " + (sum * 1000 + icount + scount));
}
