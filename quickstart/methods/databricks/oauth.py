"""OAuth in the browser, through databricks-sdk in the runtime."""

from __future__ import annotations

import json
from dataclasses import dataclass

from quickstart.methods.base import LoginUI, Setup
from quickstart.methods.databricks.access import SDK, script_error
from quickstart.methods.databricks.fields import PASTED_URL
from quickstart.methods.databricks.setup import client_steps
from quickstart.models import Secret
from quickstart.runtime.process import ScriptProcess

PORTS = (8020, 8040)  # those that the official command line tries, and that workspaces let back in
LOGIN_TIMEOUT = 300.0  # seconds for a person to log in
PASTE_PROBLEMS = {
    "no-code": "This URL has no code. Copy the full URL of the page that cannot be reached.",
    "other-login": "This URL belongs to another login. Open the link above and copy the URL it ends at.",
}


@dataclass(frozen=True)
class OAuthTokens:
    """What OAuth gave.

    Args:
        access: the access token.
        all: all of it, as JSON, for the SDK's own cache.
        file: where the SDK keeps it.
    """

    access: str
    all: Secret
    file: str

    def __repr__(self) -> str:
        return f"<tokens for {self.file}>"


def sign_in(
    url: str, profile: str, setup: Setup, ui: LoginUI, again: str, *, paste: bool, patience: float = LOGIN_TIMEOUT
) -> OAuthTokens:
    """Log a person in by their browser.

    Args:
        url: the workspace.
        profile: the profile that the SDK stores the tokens under.
        setup: its runtime has databricks-sdk, or gets it with the person's consent.
        ui: shows the link, and asks for the URL to paste.
        again: the command to repeat after an error.
        paste: whether the browser is on another machine, so that a URL is pasted back.
        patience: seconds for the person.

    Raises:
        QuickstartError: one that the script reports, or "answer-needed" if no person can answer.
    """
    if not setup.runtime.sdk:
        ui.install(client_steps(setup.runtime))
    request = {
        "action": "sign-in",
        "host": url,
        "profile": profile,
        "first_port": PORTS[0],
        "last_port": PORTS[1],
        "seconds": patience,
        "paste": paste,
    }
    with ScriptProcess(setup.runtime.python, SDK, request, patience + 30) as process:
        while True:
            answer = process.answer()
            if "error" in answer:
                raise script_error(answer, url, again, patience)
            if answer["event"] == "signed-in":
                token = answer["token"]
                return OAuthTokens(token["access_token"], Secret(json.dumps(token)), answer["file"])
            if answer["event"] == "unfit":
                ui.tell("warn", PASTE_PROBLEMS[answer["detail"]])
            else:
                ui.link(OPEN_ANYWHERE if paste else OPEN_HERE, answer["url"], open_it=not paste)
                ui.progress(f"waiting for your login in the browser (up to {patience / 60:g} minutes)")
            if paste:
                process.send({"pasted": ui.ask(PASTED_URL)})


OPEN_HERE = "Open this URL in your browser and log in:"
OPEN_ANYWHERE = "Open this URL in a browser on any machine and log in:"
