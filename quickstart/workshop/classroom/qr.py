"""QR codes (ISO/IEC 18004): text as bytes, versions 1 to 10, error correction L or M; as rows of modules or as SVG."""

from __future__ import annotations

from collections.abc import Iterator

# By version: (codewords in all, error-correction codewords of one block, blocks).
TABLE = {
    "L": [
        (26, 7, 1), (44, 10, 1), (70, 15, 1), (100, 20, 1), (134, 26, 1),
        (172, 18, 2), (196, 20, 2), (242, 24, 2), (292, 30, 2), (346, 18, 4),
    ],
    "M": [
        (26, 10, 1), (44, 16, 1), (70, 26, 1), (100, 18, 2), (134, 24, 2),
        (172, 16, 4), (196, 18, 4), (242, 22, 4), (292, 22, 5), (346, 26, 5),
    ],
}  # fmt: skip
LEVEL = {"L": 1, "M": 0}
ALIGNED = [[], [6, 18], [6, 22], [6, 26], [6, 30], [6, 34], [6, 22, 38], [6, 24, 42], [6, 26, 46], [6, 28, 50]]
QUIET = 4  # modules of white around it; scanners need them

Matrix = list[list[bool]]


def _powers() -> tuple[list[int], list[int]]:
    power, log, value = [0] * 512, [0] * 256, 1
    for exponent in range(255):
        power[exponent] = power[exponent + 255] = value
        log[value] = exponent
        value = value << 1 ^ (0x11D if value & 0x80 else 0)
    return power, log


POWER, LOG = _powers()


def _times(left: int, right: int) -> int:
    return POWER[LOG[left] + LOG[right]] if left and right else 0


def _correction(data: list[int], count: int) -> list[int]:
    """Return the Reed-Solomon codewords of a block."""
    generator = [1]
    for exponent in range(count):
        longer = [*generator, 0]
        for index, factor in enumerate(generator):
            longer[index + 1] ^= _times(factor, POWER[exponent])
        generator = longer
    rest = [*data, *[0] * count]
    for index in range(len(data)):
        if factor := rest[index]:
            for offset, term in enumerate(generator):
                rest[index + offset] ^= _times(term, factor)
    return rest[len(data) :]


def _room(version: int, level: str) -> int:
    """Return the data codewords of a version."""
    total, correction, blocks = TABLE[level][version - 1]
    return total - correction * blocks


def _codewords(content: bytes, version: int, level: str) -> list[int]:
    """Return all codewords in the order in which they are drawn."""
    room = _room(version, level)
    length = 8 if version < 10 else 16
    bits = f"0100{len(content):0{length}b}" + "".join(f"{byte:08b}" for byte in content)
    bits += "0" * min(4, room * 8 - len(bits))
    bits += "0" * (-len(bits) % 8)
    data = [int(bits[at : at + 8], 2) for at in range(0, len(bits), 8)]
    data += [0xEC if index % 2 == 0 else 0x11 for index in range(room - len(data))]
    _, correction, blocks = TABLE[level][version - 1]
    short, longer = divmod(room, blocks)
    parts, at = [], 0
    for index in range(blocks):
        size = short + (index >= blocks - longer)
        parts.append(data[at : at + size])
        at += size
    checks = [_correction(part, correction) for part in parts]
    drawn = [part[index] for index in range(short + 1) for part in parts if index < len(part)]
    return drawn + [check[index] for index in range(correction) for check in checks]


class _Drawing:
    """A code while it is drawn: its modules, and which of them no data may use.

    Args:
        version: 1 to 10.
    """

    def __init__(self, version: int) -> None:
        self.version, self.size = version, 17 + 4 * version
        self.dark = [[False] * self.size for _ in range(self.size)]
        self.fixed = [[False] * self.size for _ in range(self.size)]
        for corner in ((0, 0), (self.size - 7, 0), (0, self.size - 7)):
            self._finder(*corner)
        for at in range(8, self.size - 8):
            self._set(6, at, at % 2 == 0)
            self._set(at, 6, at % 2 == 0)
        self._alignments()
        self._versions()
        self.format("L", 0)  # taken before the data are drawn; the right ones follow

    def _set(self, row: int, column: int, dark: bool) -> None:
        self.dark[row][column], self.fixed[row][column] = dark, True

    def _finder(self, top: int, left: int) -> None:
        for row in range(-1, 8):
            for column in range(-1, 8):
                if 0 <= top + row < self.size and 0 <= left + column < self.size:
                    ring = max(abs(row - 3), abs(column - 3))
                    self._set(top + row, left + column, ring not in (2, 4))

    def _alignments(self) -> None:
        places = ALIGNED[self.version - 1]
        for middle in ((row, column) for row in places for column in places):
            if self.fixed[middle[0]][middle[1]] and 6 not in middle:
                continue
            if middle in ((6, 6), (6, places[-1]), (places[-1], 6)):
                continue
            for row in range(-2, 3):
                for column in range(-2, 3):
                    self._set(middle[0] + row, middle[1] + column, max(abs(row), abs(column)) != 1)

    def _versions(self) -> None:
        if self.version < 7:
            return
        rest = self.version
        for _ in range(12):
            rest = rest << 1 ^ (rest >> 11) * 0x1F25
        bits = self.version << 12 | rest
        for index in range(18):
            row, column = index // 3, self.size - 11 + index % 3
            self._set(row, column, bool(bits >> index & 1))
            self._set(column, row, bool(bits >> index & 1))

    def format(self, level: str, mask: int) -> None:
        """Write down the level and the mask, twice."""
        data = LEVEL[level] << 3 | mask
        rest = data
        for _ in range(10):
            rest = rest << 1 ^ (rest >> 9) * 0x537
        bits = (data << 10 | rest) ^ 0x5412
        upright = [0, 1, 2, 3, 4, 5, 7, 8, *range(self.size - 7, self.size)]
        across = [*range(self.size - 1, self.size - 9, -1), 7, 5, 4, 3, 2, 1, 0]
        for index in range(15):
            self._set(upright[index], 8, bool(bits >> index & 1))
            self._set(8, across[index], bool(bits >> index & 1))
        self._set(self.size - 8, 8, True)

    def _way(self) -> Iterator[tuple[int, int]]:
        """Yield the places of data: up and down in pairs of columns, from the right."""
        upwards = True
        for right in (*range(self.size - 1, 6, -2), *range(5, 0, -2)):
            for step in range(self.size):
                row = self.size - 1 - step if upwards else step
                for column in (right, right - 1):
                    if not self.fixed[row][column]:
                        yield row, column
            upwards = not upwards

    def data(self, codewords: list[int]) -> None:
        """Draw the codewords."""
        bits = (codeword >> bit & 1 for codeword in codewords for bit in range(7, -1, -1))
        for row, column in self._way():
            self.dark[row][column] = bool(next(bits, 0))

    def masked(self, level: str, mask: int) -> Matrix:
        """Return the code under one of the eight masks."""
        self.format(level, mask)
        return [
            [dark ^ (not self.fixed[row][column] and _flips(mask, row, column)) for column, dark in enumerate(line)]
            for row, line in enumerate(self.dark)
        ]


def _flips(mask: int, row: int, column: int) -> bool:
    return (
        (row + column) % 2,
        row % 2,
        column % 3,
        (row + column) % 3,
        (row // 2 + column // 3) % 2,
        row * column % 2 + row * column % 3,
        (row * column % 2 + row * column % 3) % 2,
        ((row + column) % 2 + row * column % 3) % 2,
    )[mask] == 0


def _penalty(matrix: Matrix) -> int:
    """Return how hard a code is to read: long runs, blocks, what looks like a corner, too dark or too light."""
    size = len(matrix)
    lines = ["".join("1" if dark else "0" for dark in line) for line in matrix]
    lines += ["".join("1" if matrix[row][column] else "0" for row in range(size)) for column in range(size)]
    found = 0
    for line in lines:
        run = 1
        for before, after in zip(line, line[1:] + "x", strict=True):
            if before == after:
                run += 1
            else:
                found += run - 2 if run >= 5 else 0
                run = 1
        for look in ("10111010000", "00001011101"):
            found += 40 * sum(line.startswith(look, at) for at in range(size - 10))
    for row in range(size - 1):
        for column in range(size - 1):
            here = matrix[row][column]
            if here == matrix[row][column + 1] == matrix[row + 1][column] == matrix[row + 1][column + 1]:
                found += 3
    dark = sum(map(sum, matrix))
    return found + 10 * (abs(dark * 20 - size * size * 10) // (size * size))


def encode(text: str, level: str = "M") -> Matrix:
    """Return the modules of a text's QR code, True for dark, without the quiet zone.

    Args:
        text: any, as UTF-8 at most 213 bytes (271 with level L).
        level: of error correction, "L" or "M".

    Raises:
        ValueError: the text is too long.
    """
    content = text.encode()
    for version in range(1, 11):
        if len(content) + (2 if version < 10 else 3) <= _room(version, level):
            break
    else:
        raise ValueError(f"{len(content)} bytes are too many for a QR code of version 10")
    drawing = _Drawing(version)
    drawing.data(_codewords(content, version, level))
    return min((drawing.masked(level, mask) for mask in range(8)), key=_penalty)


def svg(text: str, level: str = "M") -> str:
    """Return a text's QR code as an SVG picture, black on white in every theme: scanners want it so."""
    matrix = encode(text, level)
    size = len(matrix) + 2 * QUIET
    path = "".join(
        f"M{column + QUIET} {row + QUIET}h1v1h-1z"
        for row, line in enumerate(matrix)
        for column, dark in enumerate(line)
        if dark
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size} {size}" shape-rendering="crispEdges">'
        f'<path fill="#fff" d="M0 0h{size}v{size}H0z"/><path d="{path}"/></svg>'
    )


def halves(text: str, level: str = "M") -> list[str]:
    """Return a text's QR code as lines for a terminal, two modules in the height of one character.

    The blocks stand for light modules, so it is meant for light letters on a dark ground.
    """
    matrix = encode(text, level)
    wide = len(matrix) + 2 * QUIET
    blank = [False] * wide
    rows = [*[blank] * QUIET, *[[*[False] * QUIET, *line, *[False] * QUIET] for line in matrix], *[blank] * QUIET]
    rows += [blank] * (len(rows) % 2)
    looks = {(False, False): "█", (False, True): "▀", (True, False): "▄", (True, True): " "}
    return ["".join(looks[pair] for pair in zip(rows[at], rows[at + 1], strict=True)) for at in range(0, len(rows), 2)]
