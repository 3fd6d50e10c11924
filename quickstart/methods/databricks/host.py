"""The address of a workspace, as people paste it, brought into the form that MLflow and the SDK take."""

from __future__ import annotations

import re
import string
from dataclasses import dataclass

from quickstart.errors import ExitCode, QuickstartError
from quickstart.tracking.uri import resolve

# Where people are who look for their workspace, but which are none.
WEBSITES = re.compile(r"(www\.|docs\.|login\.|signup\.|community\.|help\.|kb\.)?databricks\.com$")
ACCOUNTS = re.compile(r"accounts\.(cloud\.databricks\.com|azuredatabricks\.net|gcp\.databricks\.com)$")
# Community Edition lived at community.cloud.databricks.com; whoever has it may also just say so.
COMMUNITY = re.compile(
    r"(?<![\w.-])community\.cloud\.databricks\.com|^\W*(i have |databricks )*community( edition)?\W*$", re.I
)

# How the three clouds name workspaces: https://docs.databricks.com/workspace/workspace-details
CLOUDS = (
    (re.compile(r"\.cloud\.databricks\.com$"), "AWS"),
    (re.compile(r"\.azuredatabricks\.net$"), "Azure"),
    (re.compile(r"\.gcp\.databricks\.com$"), "GCP"),
)
INVISIBLE = "\u200b\u200c\u200d\u2060\ufeff\xa0"  # what a page puts around a copied address


@dataclass(frozen=True)
class Host:
    """A workspace's address.

    Args:
        url: scheme and host, nothing behind them.
        name: the host alone.
        port: the TCP port.
        changes: what was changed in what was pasted, in words.
    """

    url: str
    name: str
    port: int
    changes: tuple[str, ...] = ()

    @property
    def cloud(self) -> str:
        """Which cloud it is in, as its name tells; "" where it does not."""
        return next((cloud for pattern, cloud in CLOUDS if pattern.search(self.name)), "")


def workspace(pasted: str) -> Host:
    """Bring a pasted address into the form that can be called.

    Args:
        pasted: such as "https://dbc-a1b2.cloud.databricks.com/?o=123#ml", or only the name.

    Raises:
        Fault: "community-edition", "not-a-workspace" (a website of Databricks', or the account console),
            "plain-http", or what tracking.uri.resolve() raises.
    """
    text = pasted.strip(string.whitespace + INVISIBLE + "'\"<>").rstrip(".,;")
    if COMMUNITY.search(text):
        raise QuickstartError("community-edition", ExitCode.USAGE)
    changes = [] if text == pasted else ["blanks or quotes around it were dropped"]
    if "://" not in text:
        # Where a name is all there is, the way that cannot be listened to is meant.
        local = re.match(r"(localhost|127\.\d+\.\d+\.\d+)(?![\w.-])", text)
        text = f"{'http' if local else 'https'}://{text}"
        changes.append(f"{text.partition('//')[0]}// was put before it")
    found = resolve(text)
    if WEBSITES.match(found.host) or ACCOUNTS.match(found.host):
        raise QuickstartError("not-a-workspace", ExitCode.USAGE, host=found.host)
    if found.uri.startswith("http://") and not found.local:
        raise QuickstartError(
            "plain-http", ExitCode.USAGE, url=found.uri, secure=found.uri.replace("http://", "https://", 1)
        )
    scheme, _, rest = found.uri.partition("://")
    authority, slash, _ = rest.partition("/")
    if slash:
        changes.append("what follows the host was dropped")
    return Host(f"{scheme}://{authority}", found.host, found.port, (*changes, *found.changes))
