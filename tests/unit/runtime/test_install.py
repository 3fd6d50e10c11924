"""Installing into the runtime: what is checked first, what is shown meanwhile, and what a failure is put down to."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from quickstart.errors import QuickstartError
from quickstart.runtime import install as installing
from quickstart.runtime import process
from quickstart.runtime.find import Runtime
from quickstart.runtime.install import _current_package, check_installable, failure_cause, install, install_log
from tests.unit.conftest import POSIX_MODES, mode


class Disk(NamedTuple):
    """What shutil.disk_usage answers."""

    total: int
    used: int
    free: int


@pytest.fixture
def runtime(tmp_path: Path) -> Runtime:
    """An environment with all that an installation needs."""
    packages = tmp_path / "lib" / "site-packages"
    packages.mkdir(parents=True)
    return Runtime(tmp_path / "bin" / "python", "made for a test", version=(3, 11, 7), packages=packages)


def free(monkeypatch: pytest.MonkeyPatch, megabytes: int) -> list[Path]:
    """Have every disk have this much room; return a list of the folders that are asked about."""
    asked: list[Path] = []

    def usage(path: Any) -> Disk:
        asked.append(Path(path))
        return Disk(10**12, 0, megabytes * 10**6)

    monkeypatch.setattr(shutil, "disk_usage", usage)
    return asked


def refused(runtime: Runtime, requirement: str = "mlflow") -> QuickstartError:
    with pytest.raises(QuickstartError) as fault:
        check_installable(runtime, requirement)
    return fault.value


def test_an_environment_with_room_and_permission_passes(runtime: Runtime, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = free(monkeypatch, 5000)
    check_installable(runtime, "mlflow")
    assert asked == [runtime.packages]


def test_the_operating_systems_python_is_refused(runtime: Runtime) -> None:
    fault = refused(replace(runtime, externally_managed=True, writable=False))
    assert (fault.code, fault.facts) == ("externally-managed", {"python": str(runtime.python)})


def test_somebody_elses_python_is_refused(runtime: Runtime) -> None:
    fault = refused(replace(runtime, writable=False))
    assert (fault.code, fault.facts["folder"]) == ("packages-not-writable", str(runtime.packages))


@pytest.mark.parametrize("version", [(3, 8, 20), (2, 7, 18)])
def test_an_old_python_is_refused(runtime: Runtime, version: tuple[int, ...]) -> None:
    fault = refused(replace(runtime, version=version))
    assert (fault.code, fault.facts["version"]) == ("python-too-old", ".".join(map(str, version)))


@pytest.mark.parametrize("requirement", ["mlflow", "mlflow==3.17.2", "mlflow>=3", "mlflow[extras]", "mlflow ~= 3.1"])
def test_a_full_disk_is_refused_before_anything_is_downloaded(
    runtime: Runtime, requirement: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    free(monkeypatch, 999)
    fault = refused(runtime, requirement)
    assert fault.code == "disk-full"
    assert fault.facts == {"folder": str(runtime.packages), "free_mb": 999, "needed_mb": 1000}


def test_a_small_package_needs_no_gigabyte(runtime: Runtime, monkeypatch: pytest.MonkeyPatch) -> None:
    free(monkeypatch, 5)
    check_installable(runtime, "sagemaker-mlflow")


def test_for_an_environment_that_is_not_there_yet_its_disk_is_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = free(monkeypatch, 10)
    missing = Runtime(tmp_path / "not" / "yet" / "bin" / "python", "managed", exists=False, version=(3, 11, 7))
    assert refused(missing).code == "disk-full"
    assert asked == [tmp_path]


METADATA = "Downloading mlflow-3.17.2-py3-none-any.whl.metadata (31 kB)"
AT_WORK = {
    "Collecting mlflow": "Collecting mlflow",
    f"  {METADATA}": METADATA,
    "  Downloading https://files.example.org/packages/ab/cd/numpy-2.4.0-cp311.whl (16.6 MB)": (
        "Downloading numpy-2.4.0-cp311.whl (16.6 MB)"
    ),
    "Using cached pandas-2.3.3-cp311.whl (12.4 MB)": "Using cached pandas-2.3.3-cp311.whl (12.4 MB)",
    "Installing collected packages: pytz, zipp, urllib3, tzdata, typing_extensions, tomli, threadpoolctl": (
        "Installing collected packages: pytz, zipp, urllib3, tzdata, typing_ext"
    ),
    "Resolved 74 packages in 1.32s": "Resolved 74 packages in 1.32s",
    "Prepared 12 packages in 8.01s": "Prepared 12 packages in 8.01s",
    "   Building databricks-sdk @ file:///x": "Building databricks-sdk @ file:///x",
    "Looking in indexes: https://user:secret@index.example.org/simple": "",
    "WARNING: Retrying (Retry(total=0))": "",
    "ERROR: No matching distribution found for x": "",
    "": "",
}


@pytest.mark.parametrize(("line", "shown"), AT_WORK.items())
def test_the_current_package_is_read_from_the_installers_lines(line: str, shown: str) -> None:
    assert _current_package(line + "\n") == shown


RETRYING = "WARNING: Retrying (Retry(total=0, connect=None)) after connection broken by '"
NONE = "ERROR: Could not find a version that satisfies the requirement nothing-such-pkg (from versions: none)\n"
NO_MATCH = "ERROR: No matching distribution found for nothing-such-pkg\n"
UV_FETCH = (
    "error: Failed to fetch: http://127.0.0.1:9/simple/nothing-such-pkg/\n  cause: error sending request for url\n"
)
UV_NONE = "error: No solution found when resolving dependencies\n  cause: Because "

# What pip 23 to 26 and uv 0.9 to 0.13 really print.
OUTPUTS = {
    "pip, refused": (
        "no-index",
        f"{RETRYING}NewConnectionError('<HTTPConnection>: Failed to establish a new connection: [Errno 111] Connection "
        f"refused')': /simple/nothing-such-pkg/\n{NONE}{NO_MATCH}",
    ),
    "pip, no name": (
        "no-index",
        f"{RETRYING}NameResolutionError(\"Failed to resolve 'index.example.org' ([Errno -2] Name or service not "
        "known)\")'\n"
        f"{NONE}{NO_MATCH}",
    ),
    "pip, proxy": (
        "no-index",
        f"{RETRYING}ProxyError('Cannot connect to proxy.', NewConnectionError('x'))'\n{NO_MATCH}",
    ),
    "pip, slow": ("no-index", f"{RETRYING}ConnectTimeoutError(<HTTPConnection>, 'timed out')'\n{NO_MATCH}"),
    "pip, certificate": (
        "no-index",
        "Could not fetch URL https://index.example.org/simple/mlflow/: There was a problem confirming the ssl "
        "certificate: "
        f"HTTPSConnectionPool(host='index.example.org', port=443): Max retries exceeded - skipping\n{NO_MATCH}",
    ),
    "uv, refused": ("no-index", f"{UV_FETCH}  cause: tcp connect error\n  cause: Connection refused (os error 111)\n"),
    "uv, no name": ("no-index", f"{UV_FETCH}  cause: dns error\n  cause: failed to lookup address information\n"),
    "pip, full": (
        "no-space",
        "ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device\n",
    ),
    "uv, full": ("no-space", "error: Failed to install: x.whl\n  Caused by: No space left on device (os error 28)\n"),
    "pip, quota": (
        "no-space",
        "ERROR: Could not install packages due to an OSError: [Errno 122] Disk quota exceeded\n",
    ),
    "pip, denied": (
        "no-permission",
        "ERROR: Could not install packages due to an OSError: [Errno 13] Permission denied: '/usr/lib/python3/x'\n"
        "Consider using the `--user` option or check the permissions.\n",
    ),
    "pip, denied on Windows": (
        "no-permission",
        "ERROR: Could not install packages due to an OSError: [WinError 5] Access is denied: 'C:\\x'\n",
    ),
    "uv, denied": ("no-permission", "error: failed to create directory `/usr/x`: Permission denied (os error 13)\n"),
    "pip, conflict": (
        "conflict",
        "ERROR: Cannot install both because these package versions have conflicting dependencies.\n"
        "ERROR: ResolutionImpossible: for help visit https://pip.pypa.io/\n",
    ),
    "uv, conflict": (
        "conflict",
        f"{UV_NONE}all versions of bb depend on cc>=2 and all versions of aa depend on cc<2, we can conclude that all "
        "versions of aa and all versions of bb are incompatible.\n",
    ),
    "pip, other Python": ("conflict", "ERROR: Package 'newpy' requires a different Python: 3.11.7 not in '>=3.99'\n"),
    "uv, other Python": (
        "conflict",
        f"{UV_NONE}newpy==1.0 requires Python >=3.99 and only newpy==1.0 is available, we can conclude that all "
        "versions of newpy cannot be used.\n",
    ),
    "uv, unknown package": (
        "not-found",
        f"{UV_NONE}nothing-such-pkg was not found in the package registry and you require nothing-such-pkg, we can "
        "conclude that your requirements are unsatisfiable.\n",
    ),
    "pip, unknown version": (
        "not-found",
        "ERROR: Could not find a version that satisfies the requirement mlflow==99 (from versions: 3.1.0, 3.17.2)\n"
        "ERROR: No matching distribution found for mlflow==99\n",
    ),
    "no pip": ("no-pip", "/tmp/nopip/bin/python: No module named pip\n"),
    "no pip on Windows": ("no-pip", "C:\\env\\Scripts\\python.exe: No module named 'pip'\n"),
    "a compiler": ("unknown", "error: command 'gcc' failed with exit code 1\n"),
    "nothing": ("unknown", ""),
}


@pytest.mark.parametrize(("cause", "output"), OUTPUTS.values(), ids=OUTPUTS.keys())
def test_the_cause_is_read_out_of_what_the_installer_printed(cause: str, output: str) -> None:
    assert failure_cause("Looking in indexes: https://index.example.org/simple\n" + output) == cause


def wheel(folder: Path, name: str, *lines: str) -> None:
    """Write a wheel with nothing in it but its metadata."""
    folder.mkdir(exist_ok=True)
    with zipfile.ZipFile(folder / f"{name}-1.0-py3-none-any.whl", "w") as archive:
        meta = "\n".join((f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0", *lines, ""))
        archive.writestr(f"{name}-1.0.dist-info/METADATA", meta)
        archive.writestr(f"{name}-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nTag: py3-none-any\n")
        archive.writestr(f"{name}-1.0.dist-info/RECORD", "")


@pytest.fixture
def pip_alone(place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A shell without uv, whose pip knows one folder of wheels and an index that nobody answers for; the folder."""
    for variable in [name for name in os.environ if name.startswith(("PIP_", "UV_"))]:
        monkeypatch.delenv(variable)
    monkeypatch.setenv("PATH", "")
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple")
    monkeypatch.setenv("PIP_RETRIES", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path / "wheels"))
    (tmp_path / "wheels").mkdir()
    return tmp_path / "wheels"


def test_an_index_that_nobody_answers_for_is_the_cause_and_is_logged(pip_alone: Path) -> None:
    told: list[tuple[str, str]] = []
    with pytest.raises(QuickstartError) as failed:
        install(Path(sys.executable), "nothing-such-pkg", lambda doing, detail="": told.append((doing, detail)))
    assert (failed.value.code, failed.value.facts["cause"]) == ("install-failed", "no-index")
    assert failed.value.facts["log"] == str(install_log())
    assert failed.value.facts["detail"].startswith("ERROR: ")
    assert "nothing-such-pkg" in install_log().read_text(encoding="utf-8")
    assert told[0] == ("installing nothing-such-pkg", f"log: {install_log()}")


@POSIX_MODES
def test_a_package_that_fits_no_python_is_a_conflict_and_the_log_is_its_owners_alone(
    pip_alone: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    wheel(pip_alone, "newpy", "Requires-Python: >=3.99")
    with pytest.raises(QuickstartError) as failed:
        install(Path(sys.executable), str(pip_alone / "newpy-1.0-py3-none-any.whl"), lambda doing, detail="": None)
    assert failed.value.facts["cause"] == "conflict"
    assert mode(install_log()) == "600"


def test_an_installer_that_does_not_end_is_ended(tmp_path: Path, place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(installing, "DEADLINE", 0.3)
    slow = [sys.executable, "-c", "import time; time.sleep(30)"]
    assert installing._run(slow, install_log(), lambda doing, detail="": None, "installing") != 0


def test_an_interpreter_that_is_gone_is_a_fault_and_no_crash(pip_alone: Path, tmp_path: Path) -> None:
    with pytest.raises(QuickstartError):
        install(tmp_path / "gone" / "python", "mlflow", lambda doing, detail="": None)


def test_the_installer_is_ended_when_the_person_cancels(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    children: list[subprocess.Popen[str]] = []
    start = process.start

    def start_and_note(command: list[str]) -> subprocess.Popen[str]:
        children.append(start(command))
        return children[0]

    def cancel(doing: str, detail: str = "") -> None:
        if detail == "Collecting mlflow":
            raise KeyboardInterrupt

    monkeypatch.setattr(process, "start", start_and_note)
    slow = [sys.executable, "-c", "print('Collecting mlflow', flush=True); import time; time.sleep(30)"]
    with pytest.raises(KeyboardInterrupt):
        installing._run(slow, install_log(), cancel, "installing")
    assert children[0].poll() is not None
