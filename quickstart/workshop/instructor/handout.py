"""A sheet for participants: before class, in class, afterwards. One HTML file that prints on A4, and Markdown."""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from quickstart.state import files
from quickstart.workshop import qr
from quickstart.workshop.instructor import options, record
from quickstart.workshop.instructor.open import invitation
from quickstart.workshop.instructor.record import Workshop
from quickstart.workshop.join_code import Invitation

ON_THE_BOARD = "ADDRESS/CODE"  # what stands for the code where only the board has it


@dataclass(frozen=True)
class Part:
    """A part of the handout. In its texts `...` is code, and a text of code alone stands in a line of its own.

    Args:
        title: its heading.
        steps: what to do, in order; texts and lines of code.
    """

    title: str
    steps: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Sheet:
    """What a handout tells of a class.

    Args:
        name: how the instructor calls it, and so the files.
        title: what stands above.
        install_line: what participants type to install quickstart.
        invitation: what they type to join; None before the class is open, when only the board will have it.
        url: where MLflow's own pages are; "" before the class is open.
        made_certificate: whether quickstart makes the certificate, so that browsers warn.
    """

    name: str
    title: str
    install_line: str
    invitation: Invitation | None = None
    url: str = ""
    made_certificate: bool = True


def sheet(workshop: Workshop) -> Sheet:
    """Return what the handout of a class tells: with its code, where it is open."""
    told = Sheet(workshop.name, workshop.title, workshop.install_line)
    if workshop.closed:
        return told
    made = workshop.made_certificate
    return replace(told, invitation=invitation(workshop), url=workshop.url, made_certificate=made)


def planned_sheet(name: str | None, title: str | None, install_line: str | None) -> Sheet:
    """Return what the handout of the class that is meant tells; of one that is still to come, if none is open.

    Args:
        name: of the class; None for the only one that is open.
        title: what stands above, if it is still to come.
        install_line: what participants type to install quickstart, likewise.

    Raises:
        Fault: "which-workshop", "bad-title" or "bad-class-name".
    """
    wish = options.validate(options.WorkshopOptions(name or record.DEFAULT, title=title, install_line=install_line))
    known = record.load(wish.name) if name else next((one for one in record.load_all() if not one.closed), None)
    if name is None and known:
        known = record.find_workshop(None)  # of several, none is meant
    if known is None:
        return Sheet(wish.name, title or options.TITLE, install_line or options.INSTALL_LINE)
    told = sheet(known)
    return replace(told, title=title or told.title, install_line=install_line or told.install_line)


def write(told: Sheet, folder: Path) -> tuple[Path, Path]:
    """Write the handout of a class; one that is there is written anew.

    Args:
        told: what it tells.
        folder: where it goes.

    Returns:
        The HTML file and the Markdown file.

    Raises:
        Fault: "unwritable".
    """
    destination = folder.expanduser().absolute()
    with files.wrap_write_errors(destination):
        destination.mkdir(parents=True, exist_ok=True)
    page, text = destination / f"{told.name}-handout.html", destination / f"{told.name}-handout.md"
    files.write_private(page, as_html(told))
    files.write_private(text, as_markdown(told))
    return page, text


def parts(told: Sheet) -> Sequence[Part]:
    """Return what the handout says of a class."""
    text = told.invitation.text if told.invitation else ON_THE_BOARD
    return (
        Part("Before class", (
            ("Install quickstart. It needs Python 3.11 or newer.", f"`{told.install_line}`"),
            ("Does pip refuse, or shall it be apart? Make a virtual environment first, and go into it: "
             "`python3 -m venv lab && . lab/bin/activate`; Windows: `py -m venv lab`, `lab\\Scripts\\activate`",),
            ("See whether your machine is ready: `quickstart preflight` says PASS, or what to do.",),
        )),
        Part("In class", (
            ("Join the network of the room, and type the line from the board. It connects your machine, "
             "logs a first run, and says PROVEN. In a notebook, the second line does the same.",
             f"`quickstart join {text}`", f'`import quickstart; quickstart.join("{text}")`'),
            ("Make a shell use the class's server, and run your scripts in it, as ever. "
             "The second line is for PowerShell.", '`eval "$(quickstart env --with-secrets)"`',
             "`quickstart env --with-secrets --format powershell | Out-String | iex`"),
            *_pages(told),
            ("Something is wrong? `quickstart doctor` says what, and what mends it.",),
        )),
        Part("Afterwards, at home", (
            ("Keep your runs: ask your instructor for the export of your seat. It has the runs and files of your own "
             "experiments, and `load_runs.py`, which loads them into an MLflow of your own. Traces, registered models, "
             "and what you logged to an experiment that the class shares are not in it.",),
            ("Take back what joining changed on your machine: `quickstart undo`",),
            ("Go on with MLflow on your own machine: `quickstart`",),
        )),
    )  # fmt: skip


def _pages(told: Sheet) -> tuple[tuple[str, ...], ...]:
    """Return how a participant looks at their runs; a throw-away certificate makes their browser warn them."""
    log_in = (
        "Log in with the user name and the password of your seat; `quickstart join` shows the name, and "
        "`quickstart env --with-secrets` has both (MLFLOW_TRACKING_USERNAME, MLFLOW_TRACKING_PASSWORD)."
    )
    if told.url:
        look: tuple[str, ...] = ("Look at your runs in a browser:", f"`{told.url}`", log_in)
    else:
        look = ("Look at your runs in a browser, at the address that `quickstart join` shows.", log_in)
    if not told.made_certificate:
        return (look,)
    warning = (
        "Your browser will warn you that the connection is not private: nobody has vouched for the class's "
        "certificate, which was made for it. For this address, in this room, go on: in Chrome and Edge “Advanced”, "
        "then “Proceed”; in Firefox “Advanced”, then “Accept the Risk and Continue”; in Safari “Show Details”, then "
        "“visit this website”. `quickstart join` needs no such trust: your code holds the certificate's fingerprint."
    )
    return ((*look, warning),)


def as_markdown(told: Sheet) -> str:
    """Return the handout as Markdown."""
    blocks = [f"# {_escaped(told.title)}"]
    for part in parts(told):
        blocks.append(f"## {part.title}")
        for number, step in enumerate(part.steps, 1):
            first, *rest = step
            lines = [f"{number}. {first}"]
            for text in rest:
                code = re.fullmatch("`([^`]*)`", text)
                lines += ["", f"       {code[1]}" if code else f"   {text}"]
            blocks.append("\n".join(lines))
    return "\n\n".join(blocks) + "\n"


def _escaped(text: str) -> str:
    return re.sub(r"([\\`*_{}\[\]<>#|])", r"\\\1", text)


def as_html(told: Sheet) -> str:
    """Return the handout as one HTML file that loads nothing."""
    title = html.escape(told.title)
    sections = "\n".join(_section(part) for part in parts(told))
    return f"""<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>{title}: handout</title>
<style>{STYLE}</style>
<header>
<div><p class="kind">MLflow tracking, in five minutes</p><h1>{title}</h1></div>
{_line(told)}</header>
<main>
{sections}
</main>
</html>
"""


def _line(told: Sheet) -> str:
    """Return the line to join, large, and its QR code; nothing where only the board will have it."""
    if told.invitation is None:
        return ""
    line = told.invitation.line
    figure = f'<figure role="img" aria-label="QR code of the line to join">{qr.svg(line)}</figure>'
    return f"{figure}\n<p>Your line to join:</p>\n<pre>{html.escape(line)}</pre>\n"


def _section(part: Part) -> str:
    steps = "\n".join(f"<li>{''.join(_paragraph(text) for text in step)}</li>" for step in part.steps)
    return f"<section><h2>{html.escape(part.title)}</h2>\n<ol>\n{steps}\n</ol></section>"


def _paragraph(text: str) -> str:
    if code := re.fullmatch("`([^`]*)`", text):
        return f"<pre>{html.escape(code[1])}</pre>"
    marked = re.sub("`([^`]*)`", r"<code>\1</code>", html.escape(text))
    return f"<p>{marked}</p>"


STYLE = """
@page { size: A4; margin: 14mm 16mm }
* { box-sizing: border-box }
html { font: 10pt/1.4 system-ui, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif; color: #16202c }
body { max-width: 178mm; margin: 0 auto; padding: 8mm 4mm; background: #fff }
header { display: flex; flex-wrap: wrap; gap: 2mm 8mm; justify-content: space-between; align-items: end;
  border-bottom: .8mm solid #0b5fa5; padding-bottom: 5mm; margin-bottom: 5mm }
header div { min-width: 0; flex: 1 }
h1 { font-size: 24pt; line-height: 1.15; margin: 0 0 3mm; overflow-wrap: anywhere }
.kind { color: #0b5fa5; font-weight: 600; margin: 0 0 1mm }
header > p { flex: 0 0 100%; margin: 0 }
figure { margin: 0; flex: 0 0 34mm }
figure svg { display: block; width: 34mm; height: 34mm }
section { margin: 0 0 4mm }
h2 { font-size: 14pt; margin: 0 0 2mm; break-after: avoid }
ol { margin: 0; padding-left: 7mm }
li { margin: 0 0 2mm; break-inside: avoid }
li::marker { font-weight: 700; color: #0b5fa5 }
li p { margin: 0 0 1mm }
pre { font: 9.2pt/1.4 ui-monospace, Consolas, Menlo, "DejaVu Sans Mono", monospace; margin: 0 0 1.5mm;
  padding: 1.2mm 2.5mm; background: #eef3f8; border-left: .8mm solid #0b5fa5; border-radius: .6mm;
  white-space: pre-wrap; overflow-wrap: anywhere; -webkit-print-color-adjust: exact; print-color-adjust: exact }
header pre { flex: 0 0 100%; font-size: 12pt; margin: 0; font-weight: 600 }
code { font: .94em ui-monospace, Consolas, Menlo, "DejaVu Sans Mono", monospace; overflow-wrap: anywhere }
@media print { body { padding: 0; max-width: none } }
@media (max-width: 640px) { header { display: block } figure { margin: 4mm 0 } body { padding: 5mm } }
"""
