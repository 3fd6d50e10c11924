"""A handout for participants, as one HTML file that prints on A4 and as Markdown."""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from quickstart.state import files
from quickstart.workshop.instructor import options, record
from quickstart.workshop.instructor.record import Workshop
from quickstart.workshop.participant.join_code import Invitation, qr_svg

ON_THE_BOARD = "ADDRESS/CODE"  # shown before the workshop is open


@dataclass(frozen=True)
class Part:
    """A part of the handout. In its texts `...` is code; a text of code only is a line of its own."""

    title: str
    steps: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Sheet:
    """The content of a handout.

    Args:
        name: of the workshop, and of the files.
        invitation: None before the workshop is open.
        url: of MLflow's UI; "" before the workshop is open.
        made_certificate: whether quickstart creates the certificate, so that browsers show a warning.
    """

    name: str
    title: str
    install_line: str
    invitation: Invitation | None = None
    url: str = ""
    made_certificate: bool = True


def sheet(workshop: Workshop) -> Sheet:
    """Return the content of a workshop's handout, with its join code if it is open."""
    content = Sheet(workshop.name, workshop.title, workshop.install_line)
    if workshop.closed:
        return content
    made = workshop.made_certificate
    return replace(content, invitation=record.invitation(workshop), url=workshop.url, made_certificate=made)


def planned_sheet(name: str | None, title: str | None, install_line: str | None) -> Sheet:
    """Return the content of the handout of an open or a planned workshop; None means the only open one, or its own.

    Raises:
        QuickstartError: "which-workshop", "bad-title" or "bad-class-name".
    """
    planned = options.validate(options.WorkshopOptions(name or record.DEFAULT, title=title, install_line=install_line))
    known = record.load(planned.name) if name else next((one for one in record.load_all() if not one.closed), None)
    if name is None and known:
        known = record.find_workshop(None)  # fails if several are open
    if known is None:
        return Sheet(planned.name, title or options.TITLE, install_line or options.INSTALL_LINE)
    content = sheet(known)
    return replace(content, title=title or content.title, install_line=install_line or content.install_line)


def write(content: Sheet, folder: Path) -> tuple[Path, Path]:
    """Write a handout as HTML and as Markdown, also over existing files; raises "unwritable"."""
    destination = folder.expanduser().absolute()
    with files.wrap_write_errors(destination):
        destination.mkdir(parents=True, exist_ok=True)
    page, text = destination / f"{content.name}-handout.html", destination / f"{content.name}-handout.md"
    files.write_private(page, as_html(content))
    files.write_private(text, as_markdown(content))
    return page, text


def parts(content: Sheet) -> Sequence[Part]:
    text = content.invitation.text if content.invitation else ON_THE_BOARD
    return (
        Part("Before the workshop", (
            ("Install quickstart. It needs Python 3.11 or newer.", f"`{content.install_line}`"),
            ("If pip reports an error, create and activate a virtual environment first: "
             "`python3 -m venv lab && . lab/bin/activate`; Windows: `py -m venv lab`, `lab\\Scripts\\activate`",),
            ("Check that your machine is ready: `quickstart preflight` prints PASS, or what to fix.",),
        )),
        Part("In the workshop", (
            ("Join the workshop's Wi-Fi, and type the join command from the board. It connects your machine, "
             "logs a first run, and prints PROVEN. In a notebook, use the second line.",
             f"`quickstart join {text}`", f'`import quickstart; quickstart.join("{text}")`'),
            ("Run your scripts in a shell that uses the workshop's server. "
             "The second line is for PowerShell.", '`eval "$(quickstart env --with-secrets)"`',
             "`quickstart env --with-secrets --format powershell | Out-String | iex`"),
            *_pages(content),
            ("If something fails, run `quickstart doctor`. It shows the cause and the fix.",),
        )),
        Part("After the workshop", (
            ("Keep your runs: ask your instructor for the export of your seat. It contains the runs of your own "
             "experiments with their files, and `load_runs.py`, which loads them into your own MLflow. It does not "
             "contain traces, registered models, or runs in the shared experiment.",),
            ("Undo what joining changed on your machine: `quickstart undo`",),
            ("Set up MLflow on your own machine: `quickstart`",),
        )),
    )  # fmt: skip


def _pages(content: Sheet) -> tuple[tuple[str, ...], ...]:
    log_in = (
        "Log in with the user name and password of your seat. `quickstart join` prints the name; "
        "`quickstart env --with-secrets` prints both (MLFLOW_TRACKING_USERNAME, MLFLOW_TRACKING_PASSWORD)."
    )
    if content.url:
        look: tuple[str, ...] = ("Open your runs in a browser:", f"`{content.url}`", log_in)
    else:
        look = ("Open your runs in a browser, at the URL that `quickstart join` prints.", log_in)
    if not content.made_certificate:
        return (look,)
    warning = (
        "Your browser shows a warning that the connection is not private, because the certificate was created for this "
        "workshop. Continue for this address only: in Chrome and Edge “Advanced”, then “Proceed”; in Firefox "
        "“Advanced”, then “Accept the Risk and Continue”; in Safari “Show Details”, then “visit this website”. "
        "`quickstart join` verifies the certificate by the fingerprint in your join code."
    )
    return ((*look, warning),)


def as_markdown(content: Sheet) -> str:
    title = re.sub(r"([\\`*_{}\[\]<>#|])", r"\\\1", content.title)
    blocks = [f"# {title}"]
    for part in parts(content):
        blocks.append(f"## {part.title}")
        for number, step in enumerate(part.steps, 1):
            first, *rest = step
            lines = [f"{number}. {first}"]
            for text in rest:
                code = re.fullmatch("`([^`]*)`", text)
                lines += ["", f"       {code[1]}" if code else f"   {text}"]
            blocks.append("\n".join(lines))
    return "\n\n".join(blocks) + "\n"


def as_html(content: Sheet) -> str:
    """Return the handout as HTML that loads no other files."""
    title = html.escape(content.title)
    sections = "\n".join(_section(part) for part in parts(content))
    return f"""<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>{title}: handout</title>
<style>{STYLE}</style>
<header>
<div><p class="kind">MLflow tracking, in five minutes</p><h1>{title}</h1></div>
{_line(content)}</header>
<main>
{sections}
</main>
</html>
"""


def _line(content: Sheet) -> str:
    if content.invitation is None:
        return ""
    line = content.invitation.line
    figure = f'<figure role="img" aria-label="QR code of the join command">{qr_svg(line)}</figure>'
    return f"{figure}\n<p>Your join command:</p>\n<pre>{html.escape(line)}</pre>\n"


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
