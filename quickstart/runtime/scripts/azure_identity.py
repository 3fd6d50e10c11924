"""Get a token from azure-identity, in the interpreter that has it.

Reads one JSON object from stdin; writes JSON lines. Tokens go only over stdout, secrets only over the environment
variables of azure-identity.

{"way", "scope", "authority", "tenant", "client_id", "seconds"}: log in one way -> {"token"}. "device" says first
{"event": "device", "url", "code"}; "browser" says {"event": "browser"} and opens it.

A failure is {"error": code, "detail": ...}. Standard library and azure-identity only.
"""

from __future__ import annotations

import json
import os
import sys
from typing import Any


def say(**facts: Any) -> None:
    print(json.dumps(facts), file=sys.__stdout__, flush=True)


def credential(request: dict[str, Any]) -> Any:
    """Each credential reads the variables that the plugin's own reads later."""
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
    request = json.loads(sys.stdin.readline())
    # Never import from the folder of scripts.
    here = os.path.dirname(os.path.abspath(__file__))
    sys.path[:] = [entry for entry in sys.path if os.path.abspath(entry) != here]
    try:
        say(token=str(credential(request).get_token(request["scope"]).token))
    except ImportError as error:
        say(error="azure-identity-missing", detail=str(error))
    except Exception as error:
        # Its messages name hosts and error codes, never the secret, and may have several lines.
        say(error="azure-way-failed", detail=" ".join(str(error).split())[:300] or type(error).__name__)


if __name__ == "__main__":
    main()
