"""A stand-in for the az CLI: a program that answers the few commands that quickstart and azure-identity type."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from tests.standins.azureml.state import GROUP, NAME, SCOPE, SUBSCRIPTION, TENANT

PROGRAM = """#!{python}
import json, sys, time
known = json.load(open({answers!r}))
typed = " ".join(sys.argv[1:])
status, out, err = next((one[1:] for one in known if typed.startswith(one[0])), (2, "", "unknown command: " + typed))
if status == "hangs":
    time.sleep(600)
print(out)
print(err, file=sys.stderr)
sys.exit(status)
"""
NOT_LOGGED_IN = "ERROR: Please run 'az login' to setup account."
EXPIRED = (
    "ERROR: AADSTS70043: The refresh token has expired or is invalid due to sign-in frequency checks by conditional "
    "access. Run the command below to authenticate interactively: az login --scope https://management.azure.com/.default"
)


def fake_az(
    folder: Path,
    token: str | None,
    *,
    user: str = "newcomer@example.com",
    cloud: str = "AzureCloud",
    error: str = "",
    hangs: bool = False,
    workspaces: list[dict[str, Any]] | None = None,
) -> dict[str, Any]:
    """Write the program into a folder, and return the PATH that finds it first.

    Args:
        folder: where.
        token: what it gives out; None where it is not logged in.
        user: who is logged in.
        cloud: which cloud it is logged in to.
        error: what it says instead of giving a token.
        hangs: whether it never ends.
        workspaces: what it lists; by default the stand-in's own, in westeurope.
    """
    import os

    folder.mkdir(exist_ok=True)
    account = {
        "environmentName": cloud,
        "id": SUBSCRIPTION,
        "tenantId": TENANT,
        "user": {"name": user, "type": "user"},
    }
    listed = [listing()] if workspaces is None else workspaces
    given = {"accessToken": token, "expires_on": 4102444800, "tenant": TENANT, "tokenType": "Bearer"}
    refused: list[Any] = [1, "", error or NOT_LOGGED_IN]
    answers: list[list[Any]] = [
        ["account show", *((0, json.dumps(account), "") if token or error else refused)],
        ["account get-access-token", *((0, json.dumps(given), "") if token and not error else refused)],
        ["resource list", *((0, json.dumps(listed), "") if token else refused)],
    ]
    if hangs:
        answers = [["", "hangs", "", ""]]
    (folder / "answers.json").write_text(json.dumps(answers))
    program = folder / "az"
    program.write_text(PROGRAM.format(python=sys.executable, answers=str(folder / "answers.json")))
    program.chmod(0o755)
    return {"PATH": f"{folder}{os.pathsep}{os.environ.get('PATH', os.defpath)}"}


def listing(region: str = "westeurope", name: str = NAME) -> dict[str, Any]:
    """Return one line of `az resource list`."""
    return {"id": SCOPE.replace(NAME, name), "location": region, "name": name, "resourceGroup": GROUP}
