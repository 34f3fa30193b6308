"""What the samples have to print, worked out in Python by other means than theirs."""

from __future__ import annotations

import random
import re
from fractions import Fraction
from math import comb, factorial

Cells = set[tuple[int, int]]


def number(value: float) -> str:
    """The text form of a double for magnitudes that are written without an exponent."""
    return str(int(value)) if value == int(value) else repr(value)


# -- life -------------------------------------------------------------------------------------------------------------

WIDTH, HEIGHT = 32, 12
GLIDER: Cells = {(2, 1), (3, 2), (1, 3), (2, 3), (3, 3)}
START: Cells = GLIDER | {(14, 3), (15, 3), (16, 3)} | {(23, 5), (24, 5), (25, 5), (22, 6), (23, 6), (24, 6)}
START |= {(28, 1), (29, 1), (28, 2), (29, 2)}


def life(generations: int) -> str:
    """The output of samples/life.fsh: neighbours are counted from the living cells."""
    boards, out = [START], []
    for number_of in range(generations + 1):
        board = boards[-1]
        out.append(f"generation {number_of}, {len(board)} alive")
        out += ["".join("#" if (x, y) in board else "." for x in range(WIDTH)) for y in range(HEIGHT)]
        near: dict[tuple[int, int], int] = {}
        for x, y in board:
            for dx, dy in ((-1, -1), (0, -1), (1, -1), (-1, 0), (1, 0), (-1, 1), (0, 1), (1, 1)):
                cell = (x + dx) % WIDTH, (y + dy) % HEIGHT
                near[cell] = near.get(cell, 0) + 1
        boards.append({cell for cell, count in near.items() if count == 3 or (count == 2 and cell in board)})
        if len(boards) > 2 and boards[-1] == boards[-3]:
            out.append("from here on it repeats")
            break
    return "\n".join(out) + "\n"


# -- matrix -----------------------------------------------------------------------------------------------------------

Rows = list[list[Fraction]]


def rows(*values: list[int]) -> Rows:
    return [[Fraction(one) for one in row] for row in values]


def product(a: Rows, b: Rows) -> Rows:
    return [[sum((x * y for x, y in zip(row, column, strict=True)), Fraction()) for column in zip(*b, strict=True)] for row in a]


def minor(a: Rows, i: int, j: int) -> Rows:
    return [[cell for k, cell in enumerate(row) if k != j] for n, row in enumerate(a) if n != i]


def determinant(a: Rows) -> Fraction:
    """By Laplace's expansion."""
    if not a:
        return Fraction(1)
    return sum(((-1) ** j * cell * determinant(minor(a, 0, j)) for j, cell in enumerate(a[0])), Fraction())


def inverse(a: Rows) -> Rows:
    """By cofactors."""
    whole, size = determinant(a), range(len(a))
    return [[(-1) ** (i + j) * determinant(minor(a, j, i)) / whole for j in size] for i in size]


def shown(a: Rows) -> str:
    cells = [[number(float(round(cell, 4))) for cell in row] for row in a]
    width = max(len(cell) for row in cells for cell in row)
    return "\n".join("[ " + " ".join(cell.rjust(width) for cell in row) + " ]" for row in cells)


def matrix() -> str:
    """The output of samples/matrix.fsh, by exact fractions."""
    a = rows([2, 1, -1], [-3, -1, 2], [-2, 1, 2])
    right = rows([8], [-11], [-3])
    fibonacci = [0, 1]
    while len(fibonacci) < 32:
        fibonacci.append(fibonacci[-1] + fibonacci[-2])
    # Where the walk ends is the row that a step leaves as it is: (2, 1, 2) / 5.
    limit = [[Fraction(2, 5), Fraction(1, 5), Fraction(2, 5)]] * 3
    # The inverse of a Hilbert matrix has a closed form.
    n, counts = 5, range(1, 6)

    def hilbert(i: int, j: int) -> Fraction:
        whole = (i + j - 1) * comb(n + i - 1, n - j) * comb(n + j - 1, n - i) * comb(i + j - 2, i - 1) ** 2
        return Fraction((-1) ** (i + j) * whole)

    transposed = [[x + y for x, y in zip(*pair, strict=True)] for pair in zip(a, zip(*a, strict=True), strict=True)]
    return f"""a =
{shown(a)}
determinant {determinant(a)}
a * x = (8, -11, -3) for x =
{shown(product(inverse(a), right))}
inverse
{shown(inverse(a))}
a * inverse
{shown(rows([1, 0, 0], [0, 1, 0], [0, 0, 1]))}
a + a transposed
{shown(transposed)}
Fibonacci numbers 31, 30, 29:
{shown(rows([fibonacci[31], fibonacci[30]], [fibonacci[30], fibonacci[29]]))}
after 50 steps
{shown(limit)}
inverse of the Hilbert matrix
{shown([[hilbert(i, j) for j in counts] for i in counts])}
sum: cannot add 3 x 3 and 3 x 1
product: cannot multiply 3 x 1 by 3 x 3
solution: the matrix is singular
solution: a matrix of 3 x 1 is not square
"""


# -- virtual machine --------------------------------------------------------------------------------------------------


def machine_steps(source: str) -> int:
    """Instructions a program of samples/vm.fsh needs, by an interpreter of its text."""
    code: list[list[str]] = []
    labels: dict[str, int] = {}
    for line in source.splitlines():
        words = line.split(";")[0].split()
        if words and words[0].endswith(":"):
            labels[words[0][:-1]] = len(code)
        elif words:
            code.append(words)
    stack: list[int] = []
    returns: list[int] = []
    memory: dict[str, int] = {}
    at = steps = 0
    while True:
        op, *operands = code[at]
        at += 1
        steps += 1
        if op == "push":
            stack.append(int(operands[0]))
        elif op == "load":
            stack.append(memory[operands[0]])
        elif op == "store":
            memory[operands[0]] = stack.pop()
        elif op == "dup":
            stack.append(stack[-1])
        elif op == "print":
            stack.pop()
        elif op == "halt":
            return steps
        elif op == "ret":
            at = returns.pop()
        elif op in ("jump", "call"):
            returns += [at] if op == "call" else []
            at = labels[operands[0]]
        elif op == "jzero":
            at = labels[operands[0]] if stack.pop() == 0 else at
        else:
            right, left = stack.pop(), stack.pop()
            stack.append({"add": left + right, "sub": left - right, "mul": left * right, "mod": left % max(right, 1),
                          "less": int(left < right)}[op])


def machine(source: str) -> str:
    """The output of samples/vm.fsh, whose text is given."""
    factorial_text, primes_text = re.findall(r'string [A-Z]+ = @"(.*?)";', source, re.DOTALL)
    primes = [n for n in range(2, 30) if all(n % d for d in range(2, n))]
    return f"""-- factorial
{factorial(20)}
ended after {machine_steps(factorial_text)} steps
-- primes
{chr(10).join(map(str, primes))}
ended after {machine_steps(primes_text)} steps
-- too few values
stopped in line 2: Index out of bounds: index -1, length 64
-- division
stopped in line 3: Division by zero
-- overflow
stopped in line 3: Integer overflow in multiplication
-- endless recursion
stopped in line 2: Index out of bounds: index 64, length 64
-- no end
stopped in line 1: Index out of bounds: index 2, length 2
-- unknown instruction
not assembled: line 2: no instruction 'jumq'
-- unknown label
not assembled: line 1: no label 'nowhere'
"""


# -- regular expressions ----------------------------------------------------------------------------------------------


def random_pattern(source: random.Random, depth: int = 2) -> str:
    """A pattern of what samples/regex.fsh knows and Python's `re` takes for the same."""
    out = ""
    for _ in range(source.randint(1, 3)):
        if depth == 0 or source.random() < 0.5:
            atom = source.choice(["a", "b", "c", ".", "[ab]", "[^a]", r"\d", r"\w", "[a-c1]", r"\."])
        else:
            other = "|" + random_pattern(source, depth - 1) if source.random() < 0.5 else ""
            atom = f"({random_pattern(source, depth - 1)}{other})"
        out += atom + (source.choice("*+?") if source.random() < 0.4 else "")
    return out


def marked(pattern: str, lines: list[str]) -> str:
    """The lines that have a match, each match in brackets, by Python's `re`."""
    compiled = re.compile(pattern)
    out = ""
    for line in lines:
        found = compiled.search(line)
        if not found:
            continue
        rest = 0
        while found:
            out += line[rest : found.start()] + "[" + found.group() + "]"
            rest = found.end()
            begin = rest if found.group() else rest + 1
            found = compiled.search(line, begin) if begin <= len(line) else None
        out += line[rest:] + "\n"
    return out
