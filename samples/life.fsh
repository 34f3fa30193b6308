// Conway's Game of Life on a board without edges, for the terminal and for the bare PC:
//
//     starklink run samples/life.fsh -- 40        shows 40 generations instead of 6
//     starklink boot samples/life.fsh             the same program without an operating system, on the serial console

class Board {
    int width, height;
    bool[] cells;

    public Board(int width, int height) {
        this.width = width;
        this.height = height;
        cells = new bool[width * height];
    }

    // Draws a pattern: '#' is a living cell.
    public void Place(int x, int y, string[] pattern) {
        for (int row = 0; row < pattern.Length; row++)
            for (int column = 0; column < pattern[row].Length; column++)
                if (pattern[row][column] == '#') cells[(y + row) * width + x + column] = true;
    }

    // Left of the first column lies the last one, above the first row the last one.
    int Alive(int x, int y) {
        return cells[(y + height) % height * width + (x + width) % width] ? 1 : 0;
    }

    int Neighbours(int x, int y) {
        return Alive(x - 1, y - 1) + Alive(x, y - 1) + Alive(x + 1, y - 1)
             + Alive(x - 1, y) + Alive(x + 1, y)
             + Alive(x - 1, y + 1) + Alive(x, y + 1) + Alive(x + 1, y + 1);
    }

    public Board Next() {
        Board next = new Board(width, height);
        for (int y = 0; y < height; y++)
            for (int x = 0; x < width; x++) {
                int n = Neighbours(x, y);
                next.cells[y * width + x] = n == 3 || n == 2 && cells[y * width + x];
            }
        return next;
    }

    public int Population() {
        int count = 0;
        for (int i = 0; i < cells.Length; i++)
            if (cells[i]) count++;
        return count;
    }

    public bool Same(Board other) {
        for (int i = 0; i < cells.Length; i++)
            if (cells[i] != other.cells[i]) return false;
        return true;
    }

    public string ToString() {
        string all = "";
        for (int y = 0; y < height; y++) {
            string line = "";
            for (int x = 0; x < width; x++) line += cells[y * width + x] ? "#" : ".";
            all += line + "\n";
        }
        return all;
    }
}

string[] GLIDER = {".#.",
                   "..#",
                   "###"};
string[] BLINKER = {"###"};
string[] TOAD = {".###",
                 "###."};
string[] BLOCK = {"##",
                  "##"};

int main(string[] args) {
    int generations = 6;
    if (args.Length > 0) {
        try {
            generations = to_int(args[0]);
        } catch (TypeError e) {
            print("usage: life [GENERATIONS]");
            return 2;
        }
    }
    Board board = new Board(32, 12);
    board.Place(1, 1, GLIDER);
    board.Place(14, 3, BLINKER);
    board.Place(22, 5, TOAD);
    board.Place(28, 1, BLOCK);
    Board before = null;
    for (int i = 0; i <= generations; i++) {
        print("generation " + i + ", " + board.Population() + " alive");
        write(board);
        Board next = board.Next();
        if (before != null && next.Same(before)) {
            print("from here on it repeats");
            break;
        }
        before = board;
        board = next;
    }
    return 0;
}
