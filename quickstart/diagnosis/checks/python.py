"""Checks on the Python that holds MLflow, and on what hides or replaces that MLflow."""

from __future__ import annotations

import os
import re
import shlex
import shutil
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from quickstart.diagnosis.context import VARIABLE, Context
from quickstart.diagnosis.models import Check, CheckResult, ok, skip, warn
from quickstart.errors import QuickstartError
from quickstart.methods.catalog import method_for_scheme
from quickstart.runtime import find
from quickstart.runtime.process import run_script
from quickstart.tracking.uri import without_secret

SHADOWS = ("mlflow.py", "mlflow/__init__.py")  # a folder without that file does not hide an installed package
ACTIVE = ("VIRTUAL_ENV", "CONDA_PREFIX")
GROUP = "mlflow.tracking_store"  # of entry points; each is named after the scheme that it serves
# What MLflow serves itself: mlflow.tracking._tracking_service.utils, mlflow.store.db.db_types.
DATABASES = ("postgresql", "mysql", "sqlite", "mssql")
BUILT_IN = ("", "file", "http", "https", "databricks", "databricks-uc", "uc", *DATABASES)
IMPORT_DEADLINE = 60.0  # seconds
PIP_DEADLINE = 60.0  # seconds
SHOWN = 300  # signs of a shebang line that are looked at


def python(context: Context) -> CheckResult:
    runtime = context.runtime
    if not runtime.exists:
        return ok(f"none is set up or active; quickstart would create {runtime.origin}")
    return ok(f"Python {'.'.join(map(str, runtime.version))}, {runtime.python}: {runtime.origin}")


def mlflow(context: Context) -> CheckResult:
    """Check for MLflow; an interpreter that was not chosen may not be the one that runs the person's programs."""
    runtime = context.runtime
    if runtime.client:
        full = "" if runtime.mlflow else " (mlflow-skinny: without a server and without pages)"
        return ok(f"MLflow {runtime.client}{full}")
    if (
        context.python
        or (context.saved and context.saved.python)
        or any(context.environment.get(name) for name in ACTIVE)
    ):
        raise QuickstartError("mlflow-missing", python=str(runtime.python))
    return warn("mlflow-nowhere", python=str(runtime.python))


def shadow(context: Context) -> CheckResult:
    found = next((context.folder / name for name in SHADOWS if (context.folder / name).is_file()), None)
    if found is None:
        return ok("no module named mlflow in this folder")
    answer = run_script(context.runtime.python, "describe.py", request={"module": "mlflow"}, timeout=10)
    if answer["file"] and Path(answer["file"]).resolve() == found.resolve():
        return ok("this folder is the MLflow checkout that is installed")
    hiding = found if found.name == "mlflow.py" else found.parent
    renamed = hiding.with_name(f"my_{hiding.name}")
    raise QuickstartError("mlflow-shadowed", path=str(hiding), renamed=shlex.quote(str(renamed)))


def command(context: Context) -> CheckResult:
    """Check whether the command `mlflow` is that of the same environment, or at least the same MLflow."""
    runtime = context.runtime
    typed = shutil.which("mlflow", path=context.environment.get("PATH", ""))
    if runtime.client is None:
        return skip("MLflow is not installed")
    if typed is None:
        return ok(f"not on the PATH; use {runtime.python} -m mlflow")
    other = interpreter_of(Path(typed))
    if _same_environment(Path(typed), other, runtime.python):
        return ok(f"{typed} belongs to the same environment")
    with suppress(QuickstartError):
        theirs = find.find_runtime(str(other)).client if other else None
        if theirs == runtime.client:
            return ok(f"{typed} belongs to another environment with the same MLflow")
        if theirs:
            return warn("mlflow-elsewhere", theirs=theirs, other=typed, ours=runtime.client, python=str(runtime.python))
    return skip(f"the environment of {typed} is unknown")


def interpreter_of(script: Path) -> Path | None:
    """Return the Python that runs a command made by pip or uv: from its first lines, else the one beside it."""
    with suppress(OSError), script.open("rb") as file:
        head = file.read(SHOWN).decode("utf-8", "replace")
        # A path too long or with blanks stands in the second line: '''exec' "/a path/python" "$0" "$@"
        named = re.match(r"#!(/\S*python[\w.]*)\s", head) or re.search(
            r"""^'''exec' "?(/[^"\n]*?)"? "\$0\"""", head, re.M
        )
        if named:
            return Path(named[1])
    beside = script.parent / ("python.exe" if os.name == "nt" else "python")
    in_parent = script.parent.parent / "python.exe"  # conda on Windows keeps scripts in a folder of their own
    return next((one for one in (beside, in_parent) if one.exists()), None)


def _same_environment(script: Path, other: Path | None, python: Path) -> bool:
    if script.parent.resolve() == python.parent.resolve():
        return True
    return other is not None and (other == python or other.parent.resolve() == python.parent.resolve())


def plugin(context: Context) -> CheckResult:
    scheme = _scheme(context)
    if scheme in BUILT_IN:
        return ok("MLflow supports this scheme")
    if context.runtime.client is None:
        return skip("MLflow is not installed")
    if method_for_scheme(context.uri.strip()):
        context.check.before_client(context.runtime.python)
        return ok(f"{scheme}: URIs are supported")
    answer = run_script(context.runtime.python, "describe.py", request={"group": GROUP}, timeout=10)
    if scheme in answer["names"]:
        return ok(f"a plugin for {scheme}: is installed")
    known = ", ".join(sorted({*BUILT_IN, *answer["names"]} - {""}))
    raise QuickstartError("plugin-missing", python=str(context.runtime.python), scheme=scheme, group=GROUP, known=known)


def _scheme(context: Context) -> str:
    """Return the scheme of the URI, as MLflow reads it; "" for a path, or for a URL that lacks one."""
    found = re.match(r"([A-Za-z][\w.+-]*):", context.uri.strip(" \t\r\n'\""))
    if found is None or len(found[1]) == 1 or context.looks_like_an_address:  # one letter is a drive: C:\runs
        return ""
    scheme = found[1].lower()
    database = scheme.partition("+")[0]  # what follows is a driver
    return database if database in DATABASES else scheme


def imports(context: Context) -> CheckResult:
    found = _imported(context, {})
    return ok(f"MLflow {found['version']} is imported in {found['seconds']:.1f} s")


def _imported(context: Context, variables: Mapping[str, str]) -> dict[str, Any]:
    """Import MLflow in the runtime as the person's own programs do."""
    shell = {**context.environment, **variables, "MLFLOW_DISABLE_TELEMETRY": "true"}
    python, runtime = context.runtime.python, str(context.runtime.python)
    try:
        answer = run_script(
            python, "import_mlflow.py", timeout=IMPORT_DEADLINE, environment=shell, folder=context.folder
        )
    except QuickstartError as error:
        silent = f"timed out after {IMPORT_DEADLINE:g} s"
        detail = str(error.facts.get("detail", silent)).rstrip(".")
        raise QuickstartError("import-failed", python=runtime, detail=detail) from error
    if "error" in answer:
        raise QuickstartError("import-failed", python=runtime, detail=answer["error"].rstrip("."))
    return dict(answer)


def packages(context: Context) -> CheckResult:
    runtime = context.runtime
    answer = run_script(runtime.python, "describe.py", request={"check": True}, timeout=PIP_DEADLINE)
    if not answer["pip"]:
        return skip("pip is not installed")
    if clashes := answer["clashes"]:
        facts = {"count": len(clashes), "detail": clashes[0].rstrip("."), "version": runtime.client}
        return warn("packages-clash", python=str(runtime.python), **facts)
    return ok("pip check finds no conflict that affects MLflow")


def resolved(context: Context) -> CheckResult:
    by_default = context.origin.source == "default"
    got = _imported(context, {} if by_default else {VARIABLE: context.uri})["uri"]
    if _one_place(got) == _one_place(context.uri):
        asked = "" if by_default or context.environment.get(VARIABLE) else " if it is set"
        return ok(f"MLflow uses {without_secret(got)}{asked}")
    hint = "An older MLflow has another default." if by_default else ""
    facts: dict[str, Any] = {"got": without_secret(got), "uri": context.origin.shown, "hint": hint}
    raise QuickstartError("resolves-elsewhere", python=str(context.runtime.python), **facts)


def _one_place(uri: str) -> str:
    return re.sub(r"^file:/+", "/", uri.strip().rstrip("/"))


CHECKS: tuple[Check, ...] = (
    Check("python", "python", "the Python environment works", python, seconds=find.ANSWER + 5),
    Check("mlflow", "python", "it has MLflow", mlflow, symptoms=(15,), needs=("python",)),
    Check("shadow", "python", "nothing in this folder hides MLflow", shadow, symptoms=(16,), needs=("mlflow",)),
    Check(
        "command",
        "python",
        "the mlflow command is the same MLflow",
        command,
        symptoms=(15,),
        needs=("mlflow",),
        seconds=8,
    ),
    Check("plugin", "python", "MLflow supports this kind of URI", plugin, symptoms=(30,), needs=("mlflow",)),
    Check(
        "import",
        "python",
        "MLflow can be imported",
        imports,
        symptoms=(16, 17),
        needs=("mlflow", "shadow"),
        deep=True,
        seconds=IMPORT_DEADLINE + 5,
    ),
    Check(
        "packages",
        "python",
        "MLflow's dependencies are compatible",
        packages,
        symptoms=(17,),
        needs=("mlflow",),
        deep=True,
        seconds=PIP_DEADLINE + 5,
    ),
    Check(
        "resolved",
        "python",
        "MLflow itself uses that URI",
        resolved,
        symptoms=(4, 31),
        needs=("import", "plugin"),
        deep=True,
        seconds=IMPORT_DEADLINE + 5,
    ),
)
