"""What the tests of the doctor share: examining, and what came of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.conftest import Home
from tests.messages import fix_of

CHECK_KEYS = {"id", "layer", "status", "what", "why", "command", "note", "fixable", "docs", "code", "seconds"}


def examined(home: Home, *arguments: str, status: int | None = None, **environment: str) -> dict[str, Any]:
    """Run the doctor and return its document; without a status, 0 and 3 are both expected."""
    ran = home.run("doctor", *arguments, "--json", status=status, **environment)
    assert ran.status in (0, 3), f"{ran.status}\n{ran.out}\n{ran.err}"
    document = ran.json
    for check in document["data"]["checks"]:
        assert set(check) == CHECK_KEYS
    return document


def cause(document: Mapping[str, Any]) -> str:
    """Return the code of what the doctor tells first; "" where nothing is wrong. What failed goes before warnings."""
    checks = document["data"]["checks"]
    found = next((one for status in ("fail", "warn") for one in checks if one["status"] == status), None)
    if found is None:
        assert document["data"]["summary"]["headline"] == ""
        return ""
    assert found["what"] == document["data"]["summary"]["headline"]
    assert found["what"]
    assert found["why"]
    assert fix_of(found)
    return str(found["code"])


def row(document: Mapping[str, Any], name: str) -> dict[str, Any]:
    """Return one check by its id."""
    (found,) = [one for one in document["data"]["checks"] if one["id"] == name]
    return dict(found)


def failed(document: Mapping[str, Any]) -> list[str]:
    """Return the codes of all that failed: what only follows from the cause must not be among them."""
    return [str(one["code"]) for one in document["data"]["checks"] if one["status"] == "fail"]


def wrong(document: Mapping[str, Any]) -> dict[str, str]:
    """Return the code of each check that did not go well, by its id; of a healthy set-up there is none."""
    return {one["id"]: one["code"] for one in document["data"]["checks"] if one["status"] in ("warn", "fail")}
