"""Words in letters that can be read from two meters: five rows of blocks."""

from __future__ import annotations

import os
from collections.abc import Mapping

from rich.text import Text

from quickstart.output.console import STYLES, Screen, escape_text, speaks_unicode

HEIGHT = 5
INDENT = 2
# Five columns each, row by row; "#" is a block.
LETTERS: Mapping[str, str] = {
    "A": " ### |#   #|#####|#   #|#   #",
    "B": "#### |#   #|#### |#   #|#### ",
    "C": " ####|#    |#    |#    | ####",
    "D": "#### |#   #|#   #|#   #|#### ",
    "E": "#####|#    |#### |#    |#####",
    "F": "#####|#    |#### |#    |#    ",
    "G": " ####|#    |#  ##|#   #| ####",
    "H": "#   #|#   #|#####|#   #|#   #",
    "I": "#####|  #  |  #  |  #  |#####",
    "J": "  ###|   # |   # |#  # | ##  ",
    "K": "#   #|#  # |###  |#  # |#   #",
    "L": "#    |#    |#    |#    |#####",
    "M": "#   #|## ##|# # #|#   #|#   #",
    "N": "#   #|##  #|# # #|#  ##|#   #",
    "O": " ### |#   #|#   #|#   #| ### ",
    "P": "#### |#   #|#### |#    |#    ",
    "Q": " ### |#   #|# # #|#  # | ## #",
    "R": "#### |#   #|#### |#  # |#   #",
    "S": " ####|#    | ### |    #|#### ",
    "T": "#####|  #  |  #  |  #  |  #  ",
    "U": "#   #|#   #|#   #|#   #| ### ",
    "V": "#   #|#   #|#   #| # # |  #  ",
    "W": "#   #|#   #|# # #|## ##|#   #",
    "X": "#   #| # # |  #  | # # |#   #",
    "Y": "#   #| # # |  #  |  #  |  #  ",
    "Z": "#####|   # |  #  | #   |#####",
}


def large(word: str, width: int, block: str = "█") -> list[str]:
    """Return a word of the letters A to Z in five rows, in double width if it fits; itself if no large letters fit."""
    drawn = [LETTERS[letter].split("|") for letter in word.upper()]
    rows = ["  ".join(letter[row] for letter in drawn) for row in range(HEIGHT)]
    for times in (2, 1):
        wide = ["".join(sign * times for sign in row) for row in rows]
        if INDENT + len(wide[0]) < width:
            return [" " * INDENT + row.replace("#", block).rstrip() for row in wide]
    return [word]


def verdict(screen: Screen, word: str, status: str) -> None:
    """Print a word that can be read from two meters; in a pipe and for screen readers, as plain text."""
    console = screen.out
    plain = os.environ.get("ACCESSIBLE") or not console.is_terminal
    block = "█" if speaks_unicode(console) else "#"
    for row in [word] if plain else large(word, console.width, block):
        console.print(Text(escape_text(row), STYLES[status]), soft_wrap=True)
