"""Lines for the person's shell: variables, quickstart's own command, ssh."""

from __future__ import annotations

import re
import shlex
import shutil
import sys
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from quickstart.models import Machine

_POWERSHELL_QUOTE = str.maketrans({quote: quote * 2 for quote in "'‘’‚‛"})  # noqa: RUF001 - PowerShell treats all five alike
_FISH_QUOTE = str.maketrans({"\\": "\\\\", "'": "\\'"})

FORMATS: Mapping[str, Callable[[str, str], str]] = {
    "bash": lambda key, value: f"export {key}={shlex.quote(value)}",
    "fish": lambda key, value: f"set -gx {key} '{value.translate(_FISH_QUOTE)}'",
    "powershell": lambda key, value: f"$env:{key} = '{value.translate(_POWERSHELL_QUOTE)}'",
    "cmd": lambda key, value: f'set "{key}={value}"',
    "dotenv": lambda key, value: f"{key}={_dotenv(value)}",
}


def _dotenv(value: str) -> str:
    if re.fullmatch(r"[\w.:/@+-]*", value):
        return value
    if not set(value) & {"'", "\n", "\\"}:
        return f"'{value}'"
    return '"' + re.sub(r'(["\\$`])', r"\\\1", value) + '"'


def program(typed: str = sys.argv[0]) -> str:
    """Return the command that runs quickstart again; the environment may be inactive and not on the PATH."""
    if shutil.which("quickstart"):
        return "quickstart"
    if Path(typed).stem == "quickstart":
        return shlex.quote(typed)
    return f"{shlex.quote(sys.executable)} -m quickstart"


def as_typed_here(command: str) -> str:
    """Write `quickstart` in a command line as program() does."""
    # A line that already has this form contains `python -m quickstart`.
    return re.sub(r"(?<![\w./-])(?<!-m )quickstart(?= |\)|$)", program().replace("\\", r"\\"), command)


def shell_of(environment: Mapping[str, str], platform: str = sys.platform) -> str:
    """Return the key of FORMATS for the person's shell."""
    if platform == "win32":
        # PowerShell adds its own modules' folder; cmd.exe keeps the system's.
        return "powershell" if "PSModulePath" in environment and not environment.get("PROMPT") else "cmd"
    return "fish" if Path(environment.get("SHELL", "")).name == "fish" else "bash"


UNSET: Mapping[str, str] = {
    "bash": "unset {}",
    "fish": "set -e {}",
    "powershell": "Remove-Item Env:{} -ErrorAction SilentlyContinue",
    "cmd": 'set "{}="',
}  # a .env file cannot unset a variable


def environment_lines(variables: Mapping[str, str], shell: str, unset: Iterable[str] = ()) -> str:
    """Return the lines that make a shell use a connection."""
    away = "".join(f"{UNSET[shell].format(name)}\n" for name in unset) if shell in UNSET else ""
    return away + "".join(f"{FORMATS[shell](key, value)}\n" for key, value in variables.items())


def set_line(environment: Mapping[str, str], name: str, value: str) -> str:
    return FORMATS[shell_of(environment)](name, value)


def unset_line(environment: Mapping[str, str], *names: str) -> str:
    shell = shell_of(environment)
    if shell in ("bash", "fish"):
        return UNSET[shell].format(" ".join(names))
    return (" & " if shell == "cmd" else "; ").join(UNSET[shell].format(name) for name in names)


def eval_line(shell: str, *, with_secrets: bool = False) -> str:
    """Return the line that makes the current shell use the connection in use."""
    env = "quickstart env --with-secrets" if with_secrets else "quickstart env"
    line = {
        "bash": f'eval "$({env})"',
        "fish": f"{env} --format fish | source",
        "powershell": f"{env} --format powershell | Out-String | Invoke-Expression",
        "cmd": f"for /f \"delims=\" %i in ('{env} --format cmd') do @%i",
    }[shell]
    return as_typed_here(line)


def reachable(where: Machine) -> bool:
    """Tell whether the person's browser can reach a server on this machine's loopback address."""
    return where.environment == "laptop" and where.ssh is None


def ssh_line(ssh: tuple[str, str, int] | None, port: int) -> str | None:
    """Return the ssh command for the person's own machine that makes a server here reachable from it."""
    if ssh is None:
        return None
    user, address, ssh_port = ssh
    option = "" if ssh_port == 22 else f" -p {ssh_port}"
    return f"ssh -N -L {port}:127.0.0.1:{port}{option} {user}@{address}"


def quoted(text: str) -> str:
    return shlex.quote(text)


def count_of(number: int, what: str) -> str:
    """ "1 run", "2 runs"."""
    return f"{number} {what}{'' if number == 1 else 's'}"


def clock(when: str) -> str:
    """Convert an ISO 8601 time to local time, with the date if it is not today."""
    from datetime import datetime  # noqa: PLC0415 - start-up: only this function needs it

    moment = datetime.fromisoformat(when).astimezone()
    today = moment.date() == datetime.now().astimezone().date()
    return f"{moment:%H:%M}" if today else f"{moment:%Y-%m-%d %H:%M}"
