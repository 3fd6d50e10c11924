"""The guides' pictures can be made again: a real terminal, a real server, a real browser."""

from __future__ import annotations

import html
import os
import re
import shutil
import struct
import subprocess
import sys
import tempfile
import zlib
from pathlib import Path

import pytest

from tests.conftest import PATIENCE

ROOT = Path(__file__).parents[2]
GUIDES = ROOT / "guides"
TOO_LARGE = 200_000  # bytes; readers load them over the network
PLAIN = 50  # different colours; an empty page has a handful, a page with text and icons hundreds


def colours(png: bytes) -> tuple[int, int, int]:
    """Return the width and height of a PNG, and how many colours it has: as much of the format as browsers write."""
    assert png.startswith(b"\x89PNG\r\n\x1a\n")
    packed, offset = b"", 8
    while offset < len(png):
        length, kind = struct.unpack_from(">I4s", png, offset)
        content = png[offset + 8 : offset + 8 + length]
        if kind == b"IHDR":
            width, height, depth, form, _, _, interlaced = struct.unpack(">IIBBBBB", content)
            assert (depth, interlaced) == (8, 0)
            channels = {2: 3, 6: 4}[form]
        elif kind == b"IDAT":
            packed += content
        offset += 12 + length
    rows, wide = zlib.decompress(packed), width * channels
    seen: set[bytes] = set()
    above = bytearray(wide)
    for start in range(0, height * (wide + 1), wide + 1):
        filtering, row = rows[start], bytearray(rows[start + 1 : start + 1 + wide])
        for index in range(wide) if filtering else ():
            left = row[index - channels] if index >= channels else 0
            corner = above[index - channels] if index >= channels else 0
            row[index] = (row[index] + _predicted(filtering, left, above[index], corner)) & 255
        seen.update(bytes(row[index : index + channels]) for index in range(0, wide, channels))
        above = row
    return width, height, len(seen)


def _predicted(filtering: int, left: int, up: int, corner: int) -> int:
    if filtering == 4:
        return min((left, up, corner), key=lambda near: abs(left + up - corner - near))
    return {1: left, 2: up, 3: (left + up) // 2}[filtering]


def shown(svg: Path) -> str:
    """Return the text that a terminal's picture shows, as its lines."""
    rows: dict[float, list[tuple[float, str]]] = {}
    for x, y, text in re.findall(r'<text [^>]*?x="([\d.]+)" y="([\d.]+)"[^>]*>(.*?)</text>', svg.read_text("utf-8")):
        rows.setdefault(float(y), []).append((float(x), html.unescape(text)))
    return "\n".join("".join(text for _, text in sorted(row)) for _, row in sorted(rows.items())).replace("\xa0", " ")


@pytest.mark.matrix
def test_the_pictures_are_made_from_a_real_first_run(tmp_path: Path) -> None:
    if not shutil.which("chromium"):
        pytest.skip("needs the system package chromium")
    pictures = tmp_path
    command = [sys.executable, str(Path(__file__).with_name("make_pictures.py")), str(pictures)]
    with tempfile.TemporaryDirectory() as temporary:  # pytest's own are too long for a browser's sockets
        subprocess.run(command, check=True, timeout=PATIENCE, env={**os.environ, "TMPDIR": temporary})
        assert not list(Path(temporary).iterdir()), "it left something behind"

    terminal = shown(pictures / "first-run.svg")
    assert "$ quickstart --yes" in terminal
    assert re.search(r"foo=1 bar=2 logged and read back: run [a-z]+-[a-z]+-\d+", terminal)
    assert_fit_to_show(terminal)
    assert "Recommended: your own MLflow server on this machine" in shown(pictures / "recommendation.svg")
    for name in ("run-in-ui.png", "experiment-in-ui.png"):
        width, height, different = colours((pictures / name).read_bytes())
        assert (width, height) == (1280, 800)
        assert different > PLAIN
        assert (pictures / name).stat().st_size < TOO_LARGE


def test_the_pictures_in_the_guides_are_fit_to_show() -> None:
    assert "Recommended: your own MLflow server on this machine" in shown(GUIDES / "recommendation.svg")
    terminal = shown(GUIDES / "first-run.svg")
    assert "foo=1 bar=2 logged and read back" in terminal
    assert_fit_to_show(terminal)
    for picture in GUIDES.glob("*.png"):
        assert picture.read_bytes().startswith(b"\x89PNG")
        assert picture.stat().st_size < TOO_LARGE


def assert_fit_to_show(terminal: str) -> None:
    assert "~/" in terminal
    assert not re.search(r"(?<![\w~])/(tmp|root|home|work|var|Users)/", terminal), "it shows a machine's own path"
    assert not re.search("[\x1b\u2800-\u28ff]", terminal), "a spinner or an escape code is left in it"
