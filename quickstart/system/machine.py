"""The facts about this machine that matter to MLflow, read through one Probe, so that a test can be any machine."""

from __future__ import annotations

import fnmatch
import getpass
import importlib.util
import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil

from quickstart.models import EnvironmentKind, Machine

NOTEBOOKS = {
    "COLAB_RELEASE_TAG": "Google Colab",
    "KAGGLE_KERNEL_RUN_TYPE": "Kaggle",
    "DATABRICKS_RUNTIME_VERSION": "a Databricks notebook",
    "JUPYTERHUB_SERVICE_PREFIX": "a JupyterHub",
}
CONTAINERS = {
    "/.dockerenv": "/.dockerenv exists",
    "/run/.containerenv": "/run/.containerenv exists",
    "KUBERNETES_SERVICE_HOST": "KUBERNETES_SERVICE_HOST is set",
}
# Where MLflow stores runs by default, in the working directory.
RUNS = ("mlflow.db", "mlruns")

# Every virtual machine in Azure has this tag.
AZURE_TAG = "7783-7084-3265-9085-8269-3286-77"
CLOUD_VENDORS = ("Amazon EC2", "Google", "Microsoft Corporation", "DigitalOcean", "Hetzner", "OpenStack", "Alibaba")

# These vendors make laptops too; only their virtual machines have these product names.
CLOUD_PRODUCTS = {"Microsoft Corporation": "Virtual Machine", "Google": "Google Compute Engine"}


class Probe:
    """The edge of the machine: everything that detect() reads."""

    system: str = platform.system()

    def environment(self) -> Mapping[str, str]:
        return os.environ

    def text(self, path: str) -> str:
        """Return "" if the file cannot be read."""
        try:
            return Path(path).read_text(encoding="utf-8", errors="replace").strip()
        except OSError:
            return ""

    def exists(self, path: str) -> bool:
        """ "~" is the person's home."""
        try:
            return Path(path).expanduser().exists()
        except (OSError, RuntimeError):  # not readable; no home
            return False

    def which(self, program: str) -> bool:
        return shutil.which(program) is not None

    def user(self) -> str:
        """Return "you" if this process has no login name."""
        try:
            return getpass.getuser()
        except (OSError, KeyError):
            return "you"

    def importable(self, module: str) -> bool:
        """Tell whether quickstart's own interpreter can import a module."""
        try:
            return importlib.util.find_spec(module) is not None
        except (ImportError, ValueError):  # its package is missing or broken
            return False

    def battery(self) -> bool:
        try:
            return psutil.sensors_battery() is not None
        except (AttributeError, OSError, RuntimeError, ValueError):  # not on this system, or not readable
            return False

    def network(self) -> bool:
        """Tell whether an interface other than loopback is up and has an address that others can route to."""
        try:
            up = {name for name, state in psutil.net_if_stats().items() if state.isup}
            addresses = psutil.net_if_addrs()
        except OSError:  # not permitted: there may be a network
            return True
        return any(_routable(address.address) for name in up for address in addresses.get(name, ()))


def open_browser(url: str) -> None:
    """Open a URL in the person's browser, in a separate process.

    Some browsers write to stdout, where the result goes, and webbrowser waits for unknown browsers.
    """
    quiet: dict[str, Any] = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.DEVNULL)
    with suppress(OSError):
        subprocess.Popen([sys.executable, "-m", "webbrowser", url], start_new_session=True, **quiet)  # noqa: S603 - ours


def working_directory() -> Path | None:
    """Return None if the working directory was deleted or cannot be read."""
    try:
        return Path.cwd()
    except OSError:
        return None


def _routable(address: str) -> bool:
    """Tell whether an address is an IP address beyond loopback and link-local."""
    import ipaddress  # noqa: PLC0415 - start-up: only this function needs it

    try:
        ip = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:  # a MAC address
        return False
    return not (ip.is_loopback or ip.is_link_local or ip.is_unspecified)


def detect(probe: Probe | None = None, traces: Iterable[str] = ()) -> Machine:
    """Describe this machine; send nothing and import nothing heavy.

    Args:
        traces: names of environment variables, which may end in *, and paths that begin with ~/.
    """
    probe = probe or Probe()
    environment = probe.environment()
    kind, evidence = _environment(probe, environment)
    return Machine(
        system=probe.system,
        environment=kind,
        evidence=evidence,
        python=".".join(str(part) for part in sys.version_info[:3]),
        ssh=_ssh(environment, probe),
        browser=_browser(probe, environment),
        shared=_shared(probe),
        do_not_track=do_not_track(environment),
        network=probe.network(),
        traces=tuple(trace for trace in traces if _present(trace, probe, environment)),
        runs_here=tuple(name for name in RUNS if probe.exists(name)),
    )


def _present(trace: str, probe: Probe, environment: Mapping[str, str]) -> bool:
    if trace.startswith("~/"):
        return probe.exists(trace)
    return any(value and fnmatch.fnmatchcase(key, trace) for key, value in environment.items())


def do_not_track(environment: Mapping[str, str]) -> bool:
    """Tell whether DO_NOT_TRACK asks all programs not to send telemetry."""
    return environment.get("DO_NOT_TRACK", "").lower() in {"1", "true", "yes"}


def _environment(probe: Probe, environment: Mapping[str, str]) -> tuple[EnvironmentKind, str]:
    for variable, what in NOTEBOOKS.items():
        if environment.get(variable):
            return "notebook", f"{variable} is set: {what}"
    if probe.importable("google.colab"):
        return "notebook", "google.colab can be imported: Google Colab"
    if environment.get("CODESPACES"):
        return "vm", "CODESPACES is set: GitHub Codespaces"
    for marker, what in CONTAINERS.items():
        if probe.exists(marker) if marker.startswith("/") else environment.get(marker):
            return "container", what
    vendor = probe.text("/sys/class/dmi/id/sys_vendor")
    product = probe.text("/sys/class/dmi/id/product_name")
    if vendor.startswith(CLOUD_VENDORS) and product.startswith(CLOUD_PRODUCTS.get(vendor, "")):
        return "vm", f"the hardware says {vendor}"
    if probe.text("/sys/class/dmi/id/chassis_asset_tag") == AZURE_TAG:
        return "vm", "the hardware says Azure"
    if probe.text("/sys/class/dmi/id/bios_vendor").startswith(("Amazon EC2", "Google")) and not probe.battery():
        return "vm", "the hardware says " + probe.text("/sys/class/dmi/id/bios_vendor")
    if probe.text("/sys/class/dmi/id/bios_version").endswith("amazon"):
        return "vm", "the hardware says Xen at Amazon"
    if "microsoft" in probe.text("/proc/version").lower():
        return "laptop", "WSL: /proc/version names Microsoft"
    if probe.battery():
        return "laptop", "it has a battery"
    return "laptop", "no sign of a notebook, container or cloud"


def _ssh(environment: Mapping[str, str], probe: Probe) -> tuple[str, str, int] | None:
    """SSH_CONNECTION is "client port server port"; the person reached this machine at the server address."""
    parts = environment.get("SSH_CONNECTION", "").split()
    if len(parts) != 4 or not parts[3].isdigit():
        return None
    return probe.user(), parts[2], int(parts[3])


def _browser(probe: Probe, environment: Mapping[str, str]) -> bool:
    if environment.get("SSH_CONNECTION"):
        return False
    if probe.system in {"Darwin", "Windows"}:
        return True
    has_screen = bool(environment.get("DISPLAY") or environment.get("WAYLAND_DISPLAY"))
    return has_screen and any(probe.which(name) for name in ("xdg-open", "firefox", "chromium", "google-chrome"))


def _shared(probe: Probe) -> bool:
    """Tell whether several people have an account: login accounts start at 1000, and 65534 is the system's."""
    people = 0
    for line in probe.text("/etc/passwd").splitlines():
        fields = line.split(":")
        if len(fields) == 7 and fields[2].isdigit() and 1000 <= int(fields[2]) < 60000:
            people += not fields[6].endswith(("nologin", "false"))
    return people > 1
