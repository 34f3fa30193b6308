// Queens on a board, by columns and diagonals.
int n;
i32[] cols, d1, d2;

int place(int row) {
    int found = 0;
    if (row == n) return 1;
    for (int c = 0; c < n; c++) {
        if (cols[c] == 0 && d1[row + c] == 0 && d2[row - c + n - 1] == 0) {
            cols[c] = 1; d1[row + c] = 1; d2[row - c + n - 1] = 1;
            found += place(row + 1);
            cols[c] = 0; d1[row + c] = 0; d2[row - c + n - 1] = 0;
        }
    }
    return found;
}

void main(string[] args) {
    int total = 0;
    n = 11;
    if (args.Length > 0) n = to_int(args[0]);
    cols = new i32[n]; d1 = new i32[2 * n]; d2 = new i32[2 * n];
    for (int k = 0; k < 60; k++) total += place(0);
    print("nqueens " + total);
}
