"""QR codes of the join command: SVG for the board and the handout, half blocks for a terminal."""

from __future__ import annotations

QUIET = 4  # modules of white around a code; scanners need them


def matrix(text: str, level: str = "M") -> list[list[bool]]:
    """Return the modules of a text's QR code with its quiet zone, True for dark.

    Args:
        text: the content.
        level: of error correction, "L" or "M"; the code's size depends on it.
    """
    import segno  # noqa: PLC0415 - 70 ms, and most commands draw no code

    code = segno.make_qr(text, error=level)
    return [[bool(module) for module in row] for row in code.matrix_iter(border=QUIET)]


def svg(text: str, level: str = "M") -> str:
    """Return a text's QR code as an SVG image, black on white in every theme because scanners expect it."""
    rows = matrix(text, level)
    size = len(rows)
    dark = "".join(
        f"M{column} {row}h1v1h-1z" for row, line in enumerate(rows) for column, module in enumerate(line) if module
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size} {size}" shape-rendering="crispEdges">'
        f'<path fill="#fff" d="M0 0h{size}v{size}H0z"/><path d="{dark}"/></svg>'
    )


def half_blocks(text: str, level: str = "M") -> list[str]:
    """Return a text's QR code as lines for a terminal, two modules in the height of one character.

    The blocks are the light modules: the code is meant for light letters on a dark background.
    """
    rows = matrix(text, level)
    rows += [[False] * len(rows)] * (len(rows) % 2)
    blocks = {(False, False): "█", (False, True): "▀", (True, False): "▄", (True, True): " "}
    pairs = zip(rows[::2], rows[1::2], strict=True)
    return ["".join(blocks[pair] for pair in zip(upper, lower, strict=True)) for upper, lower in pairs]
