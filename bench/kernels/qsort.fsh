// Quicksort with an insertion sort at the end, then binary searches.
u32 state = 12345;

u32 rng() {
    u32 x = state;
    x ^= x << 13; x ^= x >> 17; x ^= x << 5;
    state = x;
    return x;
}

void sort(i32[] a, int lo, int hi) {
    while (hi - lo > 12) {
        int mid = lo + (hi - lo) / 2;
        i32 t;
        if (a[mid] < a[lo]) { t = a[mid]; a[mid] = a[lo]; a[lo] = t; }
        if (a[hi] < a[lo]) { t = a[hi]; a[hi] = a[lo]; a[lo] = t; }
        if (a[hi] < a[mid]) { t = a[hi]; a[hi] = a[mid]; a[mid] = t; }
        i32 p = a[mid];
        int i = lo, j = hi;
        while (i <= j) {
            while (a[i] < p) i++;
            while (a[j] > p) j--;
            if (i <= j) { t = a[i]; a[i] = a[j]; a[j] = t; i++; j--; }
        }
        if (j - lo < hi - i) { sort(a, lo, j); lo = i; } else { sort(a, i, hi); hi = j; }
    }
    for (int i = lo + 1; i <= hi; i++) {
        i32 v = a[i];
        int j = i - 1;
        for (; j >= lo && a[j] > v; j--) a[j + 1] = a[j];
        a[j + 1] = v;
    }
}

int find(i32[] a, int n, i32 key) {
    int lo = 0, hi = n - 1;
    while (lo <= hi) {
        int mid = lo + (hi - lo) / 2;
        if (a[mid] == key) return mid;
        if (a[mid] < key) lo = mid + 1; else hi = mid - 1;
    }
    return -1;
}

void main(string[] args) {
    int n = 2500000, sum = 0;
    if (args.Length > 0) n = to_int(args[0]);
    i32[] a = new i32[n];
    for (int i = 0; i < n; i++) a[i] = (i32)(rng() >> 4);
    sort(a, 0, n - 1);
    for (int i = 0; i < n; i++) sum += a[i] * (i & 15);
    for (int i = 0; i < n; i++) sum += find(a, n, (i32)(rng() >> 4));
    print("qsort " + sum);
}
