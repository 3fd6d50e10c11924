"""Ask azure-identity for a token, inside the interpreter that has it.

Reads one JSON object from stdin; writes JSON lines. Tokens travel over stdout alone, secrets over the environment that
azure-identity reads anyhow.

{"way", "scope", "authority", "tenant", "client_id", "seconds"}: log in one way -> {"token"}. "device" says first
{"event": "device", "url", "code"}; "browser" says {"event": "browser"} and opens it.

What went wrong is {"error": code, "detail": ...}. Standard library and azure-identity only.
"""

from __future__ import annotations

import json
import os
import sys
from typing import Any


class Failed(Exception):
    """What went wrong, as a code and words that hold no secret."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(code, detail)
        self.code = code
        self.detail = detail


def say(**facts: Any) -> None:
    """Write one JSON line."""
    print(json.dumps(facts), file=sys.__stdout__, flush=True)


def credential(request: dict[str, Any]) -> Any:
    """Return the credential of one way; each reads the variables that the plugin's own reads later."""
    from azure import identity

    way, authority, tenant = request["way"], request["authority"], request["tenant"]
    if way == "environment":
        return identity.EnvironmentCredential(authority=authority)
    if way == "workload":
        return identity.WorkloadIdentityCredential(authority=authority)
    if way == "managed":
        return identity.ManagedIdentityCredential(client_id=request["client_id"])
    more: dict[str, Any] = {"authority": authority, "timeout": int(request["seconds"])}
    if tenant:
        more["tenant_id"] = tenant
    if way == "browser":
        say(event="browser")
        return identity.InteractiveBrowserCredential(**more)

    def prompt(url: str, code: str, ends: Any = None) -> None:
        say(event="device", url=url, code=code)

    return identity.DeviceCodeCredential(prompt_callback=prompt, **more)


def main() -> None:
    """Do what is asked, and say how it went."""
    request = json.loads(sys.stdin.readline())
    # A folder of scripts is no place to import from.
    here = os.path.dirname(os.path.abspath(__file__))
    sys.path[:] = [entry for entry in sys.path if os.path.abspath(entry) != here]
    try:
        say(token=token(request))
    except Failed as failed:
        say(error=failed.code, detail=failed.detail)


def token(request: dict[str, Any]) -> str:
    """Return a token; what azure-identity raises becomes a code."""
    try:
        return str(credential(request).get_token(request["scope"]).token)
    except ImportError as error:
        raise Failed("azure-identity-missing", str(error)) from error
    except Exception as error:
        # Its messages name hosts and error codes, never the secret; several lines of them are help for developers.
        raise Failed("azure-way-failed", " ".join(str(error).split())[:300] or type(error).__name__) from error


if __name__ == "__main__":
    main()
