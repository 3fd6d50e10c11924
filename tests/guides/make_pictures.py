"""Make the guides' pictures from the real thing: a first run's terminal, and that run in MLflow's UI.

Usage: python tests/guides/make_pictures.py [FOLDER]     (default: guides/)

It needs MLflow beside quickstart, a POSIX system, and chromium on the PATH. It clicks through MLflow's pages as
guides/local.md tells the reader to, so it fails where the guide is no longer true.
"""

from __future__ import annotations

import base64
import contextlib
import fcntl
import io
import json
import os
import pty
import re
import select
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import termios
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.text import Text

COLUMNS, LINES = 80, 60
WIDTH, HEIGHT = 1280, 800  # pixels
PATIENCE = 60.0  # seconds that a page gets to show what is waited for
COMMAND = ("quickstart", "--yes")
ADVICE = (
    *("quickstart", "recommend", "--privacy"),
    *("--environment", "laptop", "--audience", "me", "--no-production"),
)
EXPERIMENT = "check-localhost-connection"
# A reader sits at a laptop, and the pictures may be made in a container: what differs is the edge of the machine alone.
LAPTOP = """#!{python}
from quickstart.cli.main import main
from quickstart.system.machine import Probe

Probe.exists = lambda self, path: False
Probe.text = lambda self, path: ""
Probe.battery = lambda self: True
main()
"""


def environment(home: Path) -> dict[str, str]:
    """Return the environment of a person in a fresh home folder, cut off from the settings of whoever runs this."""
    foreign = (
        "MLFLOW_",
        "DATABRICKS_",
        "QUICKSTART_",
        "CONDA_",
        "SSH_",
        "XDG_",
        "PYTHON",
        "VIRTUAL_ENV",
        "DO_NOT_TRACK",
    )
    drawing = {"NO_COLOR", "FORCE_COLOR", "ACCESSIBLE", "COLUMNS", "LINES"}
    kept = {key: value for key, value in os.environ.items() if not key.startswith(foreign) and key not in drawing}
    programs = home / ".local" / "bin"
    programs.mkdir(parents=True)
    (programs / "quickstart").write_text(LAPTOP.format(python=sys.executable), encoding="utf-8")
    (programs / "quickstart").chmod(0o700)
    path = os.pathsep.join((str(programs), str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)))
    return {**kept, "HOME": str(home), "PATH": path, "TERM": "xterm-256color", "LC_ALL": "C.UTF-8"}


def typed(command: tuple[str, ...], variables: Mapping[str, str]) -> str:
    """Run a command in a real terminal and return all that it wrote there, escape codes included."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", LINES, COLUMNS, 0, 0))
    with subprocess.Popen(
        command, stdin=theirs, stdout=theirs, stderr=theirs, env=dict(variables), cwd=variables["HOME"]
    ) as child:
        os.close(theirs)
        written = b""
        with contextlib.suppress(OSError):  # EIO: the last writer closed the terminal
            while some := os.read(ours, 65536):
                written += some
    os.close(ours)
    if child.returncode:
        raise RuntimeError(f"{' '.join(command)} ended with {child.returncode}:\n{written.decode(errors='replace')}")
    return written.decode()


def at_the_end(written: str) -> str:
    """Return what a terminal shows at the end, colours kept: spinners draw over their own line and go.

    Knows what rich's spinner uses: start of line, clear the line, one line up; it never draws over a part of a line.
    """
    rows = [""]
    row = 0
    for piece in re.findall(r"\x1b\[[0-9;?]*[A-Za-z]|\n|[^\x1b\n]+", written.replace("\r", "")):
        if piece == "\n":
            row += 1
            rows.extend([""] * (row + 1 - len(rows)))
        elif piece.endswith("A") and piece.startswith("\x1b["):
            row = max(row - int(piece[2:-1] or 1), 0)
        elif piece == "\x1b[2K":
            rows[row] = ""
        elif not piece.startswith("\x1b[") or piece.endswith("m"):
            rows[row] += piece
    return "\n".join(rows).rstrip()


def draw_terminal(command: tuple[str, ...], shown: str, file: Path, title: str) -> None:
    """Draw a terminal's text as SVG, in whatever monospaced font the reader has: no font is fetched from anywhere."""
    console = Console(record=True, width=COLUMNS, file=io.StringIO(), force_terminal=True, highlight=False)
    console.print(Text.assemble(("$ ", "dim"), (" ".join(command), "bold")))
    console.print(Text.from_ansi(shown))
    svg = console.export_svg(title=title, unique_id=file.stem)
    svg = re.sub(r"\s*@font-face \{.*?\}\n", "", svg, flags=re.DOTALL)
    file.write_text(svg.replace("Fira Code", "ui-monospace, Menlo, Consolas, DejaVu Sans Mono"), encoding="utf-8")


class Browser:
    """A headless chromium, led over a pair of pipes; it reaches nothing but this machine.

    Args:
        program: path of chromium.
        home: a folder for its profile.
        variables: its environment.
    """

    def __init__(self, program: str, home: Path, variables: Mapping[str, str]) -> None:
        # chromium reads commands from descriptor 3 and answers on 4; the ends are kept out of the way of those.
        to_read, self._write = (fcntl.fcntl(end, fcntl.F_DUPFD_CLOEXEC, 10) for end in os.pipe())
        read, to_write = (fcntl.fcntl(end, fcntl.F_DUPFD_CLOEXEC, 10) for end in os.pipe())
        arguments = [
            *("--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run", "--hide-scrollbars"),
            *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
            "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
            *(f"--user-data-dir={home / 'browser'}", "--remote-debugging-pipe", "about:blank"),
        ]
        actions = [
            (os.POSIX_SPAWN_DUP2, to_read, 3),
            (os.POSIX_SPAWN_DUP2, to_write, 4),
            (os.POSIX_SPAWN_OPEN, 2, os.devnull, os.O_WRONLY, 0),
        ]
        # In a folder with a long path chromium's own socket could not be made, and it would say nothing for ever.
        inside = {**variables, "TMPDIR": str(home)}
        self._pid = os.posix_spawn(program, [program, *arguments], inside, file_actions=actions)
        os.close(to_read)
        os.close(to_write)
        self._answers = self._messages(read)
        self._session: dict[str, str] = {}
        self._count = 0

    def attach(self) -> None:
        """Take the empty page that the browser begins with, and give it its size."""
        pages = [one for one in self.call("Target.getTargets")["targetInfos"] if one["type"] == "page"]
        attached = self.call("Target.attachToTarget", targetId=pages[0]["targetId"], flatten=True)
        self._session = {"sessionId": attached["sessionId"]}
        self.call("Emulation.setDeviceMetricsOverride", width=WIDTH, height=HEIGHT, deviceScaleFactor=1, mobile=False)

    def _messages(self, descriptor: int) -> Iterator[Any]:
        rest = b""
        while select.select([descriptor], [], [], PATIENCE)[0] and (some := os.read(descriptor, 1 << 20)):
            *whole, rest = (rest + some).split(b"\0")
            yield from map(json.loads, whole)
        raise RuntimeError(f"chromium does not answer, or has ended; its last words: {rest!r}")

    def call(self, method: str, **parameters: Any) -> Any:
        """Call a method of the DevTools protocol and return its result."""
        self._count += 1
        message = {"id": self._count, "method": method, "params": parameters, **self._session}
        os.write(self._write, json.dumps(message).encode() + b"\0")
        answer = next(one for one in self._answers if one.get("id") == self._count)
        if "error" in answer:
            raise RuntimeError(f"{method}: {answer['error']}")
        return answer["result"]

    def value(self, expression: str) -> Any:
        """Return what an expression is worth in the page."""
        return self.call("Runtime.evaluate", expression=expression, returnByValue=True)["result"].get("value")

    def wait_for(self, expression: str) -> Any:
        """Wait until an expression is worth something, and return that."""
        deadline = time.monotonic() + PATIENCE
        while not (found := self.value(expression)):
            if time.monotonic() > deadline:
                raise TimeoutError(f"{expression} stayed empty on this page:\n{self.value('document.body.innerText')}")
            time.sleep(0.1)
        return found

    def see(self, *texts: str) -> None:
        """Wait until the page shows these texts."""
        for text in texts:
            self.wait_for(f"document.body.innerText.includes({json.dumps(text)})")

    def click(self, text: str) -> None:
        """Click the thing that has this text, or this accessible name."""
        x, y = self.wait_for(
            f"""(wanted => {{
                const boxes = [...document.querySelectorAll('body *')]
                    .filter(one => one.innerText?.trim() === wanted || one.getAttribute('aria-label') === wanted)
                    .map(one => one.getBoundingClientRect()).filter(box => box.width && box.height);
                const box = boxes.at(-1);
                return box && [box.x + box.width / 2, box.y + box.height / 2];
            }})({json.dumps(text)})"""
        )
        for kind in ("mousePressed", "mouseReleased"):
            self.call("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", clickCount=1)

    def picture(self, file: Path) -> None:
        """Write the page as PNG, once nothing moves any more and with the pointer out of the way."""
        self.call("Input.dispatchMouseEvent", type="mouseMoved", x=WIDTH // 2, y=HEIGHT - 20)
        time.sleep(2)
        file.write_bytes(base64.b64decode(self.call("Page.captureScreenshot", format="png")["data"]))

    def close(self) -> None:
        """End the browser: it ends by itself when nobody leads it any more, and otherwise not."""
        os.close(self._write)
        deadline = time.monotonic() + 10
        while os.waitpid(self._pid, os.WNOHANG) == (0, 0):
            if time.monotonic() > deadline:
                os.kill(self._pid, signal.SIGKILL)
            time.sleep(0.1)


def photograph(browser: Browser, shown: str, folder: Path) -> None:
    """Walk from MLflow's home page to the run, as the guide tells, and take pictures on the way."""
    address, run = re.search(r"http://127\.0\.0\.1:\d+/", shown), re.search(r"read back: run ([\w-]+)", shown)
    if not address or not run:
        raise RuntimeError(f"the terminal names no address or no run:\n{shown}")
    browser.call("Page.navigate", url=address[0])
    browser.see("Recent Experiments", "MLflow Assistant")
    browser.click("Close")
    browser.click("Model training")
    browser.see("Model registry")
    browser.click(EXPERIMENT)
    browser.see("matching run", run[1])
    browser.picture(folder / "experiment-in-ui.png")
    browser.click(run[1])
    browser.see("Metrics (2)", "foo", "bar", "Finished")
    browser.picture(folder / "run-in-ui.png")


def main(folder: Path) -> None:
    """Make all pictures in a folder; nothing else stays behind."""
    chromium = shutil.which("chromium")
    if chromium is None:
        raise SystemExit("This needs the system package chromium.")
    with tempfile.TemporaryDirectory(prefix="q", ignore_cleanup_errors=True) as temporary:
        variables = environment(Path(temporary))
        try:
            shown = at_the_end(typed(COMMAND, variables)).replace(temporary, "~")
            draw_terminal(COMMAND, shown, folder / "first-run.svg", "A first run")
            advice = at_the_end(typed((*ADVICE, "--quiet"), variables))
            draw_terminal(ADVICE, advice, folder / "recommendation.svg", "A recommendation")
            with contextlib.closing(Browser(chromium, Path(temporary), variables)) as browser:
                browser.attach()
                photograph(browser, shown, folder)
        finally:
            typed(("quickstart", "undo", "--yes", "--delete-data"), variables)


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parents[2] / "guides")
