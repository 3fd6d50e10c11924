"""Versions: which a runtime holds, and how two of them compare."""

from __future__ import annotations

from typing import TYPE_CHECKING

from quickstart.runtime.find import Runtime, is_own
from quickstart.runtime.process import run_script
from quickstart.runtime.scripts.describe import version_of

if TYPE_CHECKING:
    from packaging.version import Version

LONGEST = 60  # characters of a version; a server may answer with anything


def parse_version(text: str) -> Version | None:
    """Return None if the text is not a version (PEP 440)."""
    from packaging.version import Version  # noqa: PLC0415 - start-up: only this function needs it

    try:
        return Version(text) if len(text) <= LONGEST else None
    except ValueError:
        return None


def matches(version: str, specifier: str) -> bool:
    """Tell whether a version, which may be a pre-release, satisfies a specifier such as "<3" or ">=2.8"."""
    from packaging.specifiers import SpecifierSet  # noqa: PLC0415 - start-up: only this function needs it

    parsed = parse_version(version)
    return parsed is not None and SpecifierSet(specifier).contains(parsed, prereleases=True)


def installed_versions(runtime: Runtime, *distributions: str) -> dict[str, str | None]:
    """The version of each distribution in the runtime, or None."""
    if not runtime.exists:
        return dict.fromkeys(distributions)
    if is_own(runtime.python):
        return {name: version_of(name) for name in distributions}
    request = {"versions": distributions}
    return dict(run_script(runtime.python, "describe.py", request=request, timeout=30)["versions"])
