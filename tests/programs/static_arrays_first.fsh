// Arrays that declarations with sizes allocate are there before the first initialiser runs (sections 11, 16).
struct Cell { int value; int[2] room; }

int first = count("first");
int[3] sized;
Cell cell;
int[] given = { 1, count("given") };

class Store {
    public static int seen = count("seen");
    public static string[2][4] grid;
}

int count(string name) {
    print(name + " " + sized.Length + " " + cell.room.Length + " " + Store.grid.Length + " " + Store.grid[1].Length + " "
        + (given == null));
    sized[0]++;
    return sized[0];
}

void main() {
    print(first);
    print(given[1]);
    print(Store.seen);
    print(sized[0]);
}
// expect-stdout:
// | first 3 2 2 4 true
// | given 3 2 2 4 true
// | seen 3 2 2 4 false
// | 1
// | 2
// | 3
// | 3
