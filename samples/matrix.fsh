// A small matrix library: products, powers, elimination with pivoting, and what goes wrong.

class MatrixError : Exception { }

class Matrix {
    public readonly int rows, columns;
    double[] cells;

    public Matrix(int rows, int columns) {
        if (rows < 1 || columns < 1) throw MatrixError("a matrix of " + rows + " x " + columns + " cells");
        this.rows = rows;
        this.columns = columns;
        cells = new double[rows * columns];
    }

    // The rows one after the other, as they are read.
    public Matrix(int rows, int columns, double[] values) : this(rows, columns) {
        if (values.Length != cells.Length)
            throw MatrixError(values.Length + " values for " + rows + " x " + columns + " cells");
        copy(values, cells);
    }

    public static Matrix Identity(int size) {
        Matrix m = new Matrix(size, size);
        for (int i = 0; i < size; i++) m.Set(i, i, 1);
        return m;
    }

    public double Get(int row, int column) => cells[row * columns + column];
    public void Set(int row, int column, double value) => cells[row * columns + column] = value;

    public Matrix Plus(Matrix other) {
        if (rows != other.rows || columns != other.columns) throw MatrixError("cannot add " + Shape() + " and " + other.Shape());
        Matrix sum = new Matrix(rows, columns);
        for (int i = 0; i < cells.Length; i++) sum.cells[i] = cells[i] + other.cells[i];
        return sum;
    }

    public Matrix Times(double factor) {
        Matrix product = new Matrix(rows, columns);
        for (int i = 0; i < cells.Length; i++) product.cells[i] = cells[i] * factor;
        return product;
    }

    public Matrix Times(Matrix other) {
        if (columns != other.rows) throw MatrixError("cannot multiply " + Shape() + " by " + other.Shape());
        Matrix product = new Matrix(rows, other.columns);
        for (int i = 0; i < rows; i++)
            for (int k = 0; k < columns; k++) {
                double factor = Get(i, k);
                for (int j = 0; j < other.columns; j++)
                    product.cells[i * other.columns + j] += factor * other.cells[k * other.columns + j];
            }
        return product;
    }

    // By repeated squaring.
    public Matrix Power(int exponent) {
        if (exponent < 0) return Inverse().Power(-exponent);
        Matrix result = Identity(rows), square = this;
        while (exponent > 0) {
            if (exponent & 1) result = result.Times(square);
            square = square.Times(square);
            exponent >>= 1;
        }
        return result;
    }

    public Matrix Transposed() {
        Matrix turned = new Matrix(columns, rows);
        for (int i = 0; i < rows; i++)
            for (int j = 0; j < columns; j++) turned.Set(j, i, Get(i, j));
        return turned;
    }

    public double Determinant() {
        Matrix work = new Matrix(rows, columns, cells);
        return work.Eliminate(null);
    }

    public Matrix Inverse() => Solve(Identity(rows));

    // X with this * X = right.
    public Matrix Solve(Matrix right) {
        if (right.rows != rows) throw MatrixError("cannot solve " + Shape() + " for " + right.Shape());
        Matrix work = new Matrix(rows, columns, cells);
        Matrix result = new Matrix(right.rows, right.columns, right.cells);
        if (work.Eliminate(result) == 0) throw MatrixError("the matrix is singular");
        return result;
    }

    // Gauss and Jordan: makes this matrix the identity, does the same to `companion` (if any) and gives the determinant.
    double Eliminate(Matrix companion) {
        if (rows != columns) throw MatrixError("a matrix of " + Shape() + " is not square");
        double determinant = 1;
        for (int column = 0; column < columns; column++) {
            int pivot = column;
            for (int row = column + 1; row < rows; row++)
                if (abs(Get(row, column)) > abs(Get(pivot, column))) pivot = row;
            double head = Get(pivot, column);
            if (head == 0) return 0;
            determinant *= pivot == column ? head : -head;
            SwapAndScale(pivot, column, head);
            if (companion != null) companion.SwapAndScale(pivot, column, head);
            for (int row = 0; row < rows; row++) {
                double factor = Get(row, column);
                if (row == column || factor == 0) continue;
                Subtract(row, column, factor);
                if (companion != null) companion.Subtract(row, column, factor);
            }
        }
        return determinant;
    }

    void SwapAndScale(int from, int to, double divisor) {
        for (int j = 0; j < columns; j++) {
            double kept = Get(to, j);
            Set(to, j, Get(from, j) / divisor);
            if (from != to) Set(from, j, kept);
        }
    }

    void Subtract(int row, int other, double factor) {
        for (int j = 0; j < columns; j++) Set(row, j, Get(row, j) - factor * Get(other, j));
    }

    public string Shape() => rows + " x " + columns;

    // Numbers rounded to four places, in columns.
    public string ToString() {
        int width = 0;
        for (int i = 0; i < cells.Length; i++) width = max(width, Rounded(cells[i]).Length);
        string text = "";
        for (int i = 0; i < rows; i++) {
            text += i == 0 ? "[ " : "\n[ ";
            for (int j = 0; j < columns; j++) {
                string number = Rounded(Get(i, j));
                for (int blanks = width - number.Length; blanks > 0; blanks--) text += " ";
                text += number + " ";
            }
            text += "]";
        }
        return text;
    }
}

string Rounded(double value) {
    double scaled = round(value * 10000) / 10000;
    return to_string(scaled == 0 ? 0.0 : scaled);
}

void Try(string what, Matrix a, Matrix b) {
    write(what + ": ");
    try {
        if (what == "sum") print(a.Plus(b));
        else if (what == "product") print(a.Times(b));
        else print(a.Solve(b));
    } catch (MatrixError e) {
        print(e.Message);
    }
}

void main() {
    Matrix a = new Matrix(3, 3, new double[] {2, 1, -1, -3, -1, 2, -2, 1, 2});
    Matrix right = new Matrix(3, 1, new double[] {8, -11, -3});
    print("a =\n" + a);
    print("determinant " + Rounded(a.Determinant()));
    print("a * x = (8, -11, -3) for x =\n" + a.Solve(right));
    print("inverse\n" + a.Inverse());
    print("a * inverse\n" + a.Times(a.Inverse()));
    print("a + a transposed\n" + a.Plus(a.Transposed()));

    Matrix fibonacci = new Matrix(2, 2, new double[] {1, 1, 1, 0});
    print("Fibonacci numbers 31, 30, 29:\n" + fibonacci.Power(30));

    // A step of a walk: from place to place with these probabilities. After many steps the start does not matter.
    Matrix step = new Matrix(3, 3, new double[] {0.5, 0.25, 0.25, 0.5, 0, 0.5, 0.25, 0.25, 0.5});
    print("after 50 steps\n" + step.Power(50));

    Matrix hilbert = new Matrix(5, 5);
    for (int i = 0; i < 5; i++)
        for (int j = 0; j < 5; j++) hilbert.Set(i, j, 1.0 / (i + j + 1));
    print("inverse of the Hilbert matrix\n" + hilbert.Inverse());

    Try("sum", a, right);
    Try("product", right, a);
    Try("solution", new Matrix(2, 2, new double[] {1, 2, 2, 4}), Matrix.Identity(2));
    Try("solution", right, a);
}
