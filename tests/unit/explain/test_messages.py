"""Every fault has an explanation that can be read, and whose command can be pasted."""

from __future__ import annotations

import ast
import importlib
import pkgutil
import re
import shlex
import sys
from pathlib import Path
from typing import Any

import pytest

import quickstart
from quickstart.errors import ExitCode, QuickstartError
from quickstart.explain import explain, explain_verification, one_line
from quickstart.explain.causes import BY_CAUSE
from quickstart.models import Stage, Verification
from tests.messages import all_messages, fix_of
from tests.unit.explain.raisers import UNNAMED, Raiser, raisers

RAISERS = [one for one in raisers() if one.code != UNNAMED]
RAISED = {one.code for one in RAISERS}
BY_SITE = pytest.mark.parametrize("site", RAISERS, ids=[f"{one.code}-{one.where}" for one in RAISERS])

HERE = "http://127.0.0.1:5000"
ELSEWHERE_URL = "http://tracking.example.org:5000"
TYPED: dict[str, Any] = {
    "airplay": "",
    "cause": "unknown",
    "free": 5001,
    "free_mb": 12,
    "host": "tracking.example.org",
    "logged": {"foo": 1.0},
    "needed_mb": 1000,
    "port": 5000,
    "read": {"foo": 2.0},
    "seconds": 2.0,
    "skew": 0,
    "status": 500,
    "tail": ["the last line"],
    "url": HERE,
}


def facts_of(site: Raiser, **typed: Any) -> dict[str, Any]:
    """Return facts of the right type under the names that a raiser gives."""
    return {name: {**TYPED, **typed}.get(name, f"the {name}") for name in site.facts}


def test_the_source_is_read_right() -> None:
    assert len(RAISERS) > 60
    assert Raiser("name-unknown", frozenset({"url", "host", "port", "detail"}), "tracking/check.py:reach") in RAISERS
    assert [one.where for one in raisers() if one.code == UNNAMED] == [
        "diagnosis/models.py:warn",
        "errors.py:replace",
        "errors.py:with_defaults",
        "explain/__init__.py:explain_verification",
        "methods/databricks/access.py:script_error",
    ]


def test_every_fault_that_is_raised_is_explained() -> None:
    assert RAISED - {*all_messages(), *BY_CAUSE} == set()


def test_the_words_of_a_code_stand_in_its_package_or_in_one_that_it_imports() -> None:
    """Otherwise they are not registered when the error is explained, unless something else imported them."""
    places = {code: name for name, codes in message_packages().items() for code in codes}
    imported = imports()
    missing = {
        f"{one.code} ({one.where})"
        for one in RAISERS
        if one.code in places
        and not one.where.startswith(RAISED_AGAIN)
        and not is_below(places[one.code], one, imported)
    }
    assert missing == set()


# The errors of the first two are raised again in the process of quickstart; only the command line loads a guide.
RAISED_AGAIN = ("runtime/scripts/", "workshop/classroom/", "snippets.py:load_guide")


def message_packages() -> dict[str, set[str]]:
    """Return the codes of each package that has messages."""
    modules = (one.name for one in pkgutil.walk_packages(quickstart.__path__, "quickstart."))
    return {
        name.removesuffix(".messages"): set(importlib.import_module(name).MESSAGES)
        for name in modules
        if name.endswith(".messages")
    }


def imports() -> dict[str, set[str]]:
    """Return what each module imports of quickstart, wherever the import stands."""
    root = Path(quickstart.__file__).parent
    found: dict[str, set[str]] = {}
    for path in root.rglob("*.py"):
        name = ".".join(path.relative_to(root.parent).with_suffix("").parts).removesuffix(".__init__")
        parents = {name.rpartition(".")[0]}
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and str(node.module).startswith("quickstart"):
                parents |= {str(node.module), *(f"{node.module}.{one.name}" for one in node.names)}
        found[name] = parents - {""}
    return found


def is_below(package: str, site: Raiser, imported: dict[str, set[str]]) -> bool:
    """Tell whether the package of a site imports another one."""
    own = "quickstart." + site.where.partition(":")[0].removesuffix(".py").partition("/")[0]
    seen, left = {"quickstart"}, [name for name in imported if f"{name}.".startswith(f"{own}.")]
    while left:
        name = left.pop()
        if name not in seen:
            seen.add(name)
            left.extend(imported.get(name, ()))
    return package in seen


def test_no_explanation_is_for_a_fault_that_nobody_raises() -> None:
    assert {*all_messages(), *BY_CAUSE} - RAISED == set()


@BY_SITE
@pytest.mark.parametrize("url", [HERE, ELSEWHERE_URL], ids=["here", "elsewhere"])
def test_an_explanation_says_what_why_and_what_to_type(site: Raiser, url: str) -> None:
    error = explain(QuickstartError(site.code, **facts_of(site, url=url)))
    assert error.code == site.code
    for part in (error.what, error.why, fix_of(error), error.docs):
        assert part.strip()
        assert not re.search(r"\{\w*\}", part), "a fact was not filled in"


@BY_SITE
@pytest.mark.skipif(sys.platform == "win32", reason="the commands are quoted for a POSIX shell")
def test_a_command_can_be_pasted_where_a_path_has_blanks(site: Raiser) -> None:
    paths = {name: f"/Users/me/Application Support/{name}" for name in ("path", "python", "folder", "store", "log")}
    facts = facts_of(site, **paths, command=shlex.join(["/opt/my tools/uv", "pip", "install", "mlflow"]))
    fix = fix_of(explain(QuickstartError(site.code, **facts)))
    for path in paths.values():
        assert path not in fix or shlex.quote(path) in fix


def test_an_explanation_is_one_line_when_told_in_passing() -> None:
    words = one_line(QuickstartError("unwritable", path="/there", detail="Permission denied"))
    assert "\n" not in words
    assert words.startswith("/there cannot be written: Permission denied.")


def test_a_code_that_nobody_knows_is_explained_as_such() -> None:
    error = explain(QuickstartError("never-heard-of", what="ever"))
    assert error.code == "never-heard-of"
    assert error.what
    assert fix_of(error)


@pytest.mark.parametrize(
    ("holder", "named"),
    [("ControlCe (pid 812)", True), ("AirPlayXPCHelper (pid 9)", True), ("nginx (pid 3)", False)],
)
def test_airplay_is_named_where_it_holds_the_port(holder: str, named: bool) -> None:
    error = explain(QuickstartError("port-taken", port=5000, free=5002, holder=holder, name="local"))
    assert ("AirPlay Receiver" in error.why) is named
    assert "--port 5002" in fix_of(error)


def test_where_airplay_answers_the_next_port_is_offered() -> None:
    error = explain(QuickstartError("empty-403", url=HERE, port=5000))
    assert "AirPlay Receiver" in error.why
    assert fix_of(error).endswith("server start --port 5001")


@pytest.mark.parametrize("code", sorted(code for code, one in all_messages().items() if one.elsewhere))
def test_nobody_is_told_to_mend_a_server_of_somebody_else_with_a_command_for_their_own(code: str) -> None:
    site = next(one for one in RAISERS if one.code == code)
    assert "server " in fix_of(explain(QuickstartError(code, **facts_of(site, url=HERE))))
    elsewhere = fix_of(explain(QuickstartError(code, **facts_of(site, url=ELSEWHERE_URL))))
    assert not re.search(r"server (start|restart|logs|status)", elsewhere)


def verification(*stages: Stage) -> Verification:
    return Verification(HERE, stages, 0.1)


def test_a_check_without_a_failure_is_no_error() -> None:
    assert explain_verification(verification(Stage("resolve", "warn", 0.0), Stage("tls", "skip", 0.0))) == (
        None,
        ExitCode.OK,
    )


def test_a_failed_stage_is_the_error_and_says_so_in_words() -> None:
    down = Stage("connect", "fail", 0.0, "server-down", "server-down", {"url": HERE, "detail": "Connection refused"})
    checked = verification(Stage("resolve", "ok", 0.0), down)
    error, code = explain_verification(checked)
    assert error is not None
    assert (error.code, code) == ("server-down", ExitCode.CHECK_FAILED)
    assert [stage.detail for stage in checked.explained(error).stages] == ["", error.what]


@pytest.mark.parametrize(
    ("code", "message", "what"),
    [
        ("aws-down", "", "http://h failed with status 503."),
        ("aws-down", "Try later.", "http://h failed with status 503. Try later."),
        ("aws-busy", "", "http://h is limiting requests (429)."),
        ("aws-busy", "Slow down: ...", "http://h is limiting requests (429): Slow down: ..."),
        ("aws-busy", "see C:", "http://h is limiting requests (429): see C:"),
    ],
)
def test_a_fact_leaves_no_blank_and_no_second_period(code: str, message: str, what: str) -> None:
    facts: dict[str, Any] = {
        "url": "http://h",
        "status": 503,
        "message": message,
        "region": "eu-west-1",
        "again": "date",
    }
    assert explain(QuickstartError(code, **facts)).what == what


def test_a_detail_with_its_own_period_ends_the_sentence_once() -> None:
    error = QuickstartError("unwritable", path="/here", detail="Access is denied.")
    assert explain(error).what == "/here cannot be written: Access is denied."
