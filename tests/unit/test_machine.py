"""Any machine, by a Probe that answers as it would."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from quickstart.machine import Probe, detect
from quickstart.model import Machine

VENDOR, PRODUCT = "/sys/class/dmi/id/sys_vendor", "/sys/class/dmi/id/product_name"
WSL = "Linux version 5.15.153.1-microsoft-standard-WSL2 (root@941d701f84f1) (gcc (GCC) 11.2.0) #1 SMP"
UBUNTU = "Linux version 6.8.0-45-generic (buildd@lcy02) (gcc 13.2.0) #45-Ubuntu SMP"


class Fake(Probe):
    """A machine that is described in one line of a test."""

    def __init__(
        self,
        environment: Mapping[str, str] | None = None,
        files: Mapping[str, str] | None = None,
        system: str = "Linux",
        programs: tuple[str, ...] = (),
    ) -> None:
        self.system = system
        self._environment = environment or {}
        self._files = files or {}
        self._programs = programs

    def environment(self) -> Mapping[str, str]:
        return self._environment

    def text(self, path: str) -> str:
        return self._files.get(path, "")

    def exists(self, path: str) -> bool:
        return path in self._files

    def which(self, program: str) -> bool:
        return program in self._programs

    def user(self) -> str:
        return "ada"


def hardware(vendor: str, product: str, version: str = UBUNTU) -> dict[str, str]:
    return {VENDOR: vendor, PRODUCT: product, "/proc/version": version}


MACHINES = {
    "a Linux laptop": (Fake(files=hardware("LENOVO", "20XW0055GE")), "laptop", "no sign"),
    "a machine that tells nothing": (Fake(), "laptop", "no sign"),
    "a Mac": (Fake(system="Darwin"), "laptop", "no sign"),
    "a Windows computer": (Fake({"OS": "Windows_NT"}, system="Windows"), "laptop", "no sign"),
    "WSL": (Fake({"WSL_DISTRO_NAME": "Ubuntu"}, {"/proc/version": WSL}), "laptop", "WSL"),
    "EC2": (Fake(files=hardware("Amazon EC2", "t3.large")), "vm", "Amazon EC2"),
    "GCE": (Fake(files=hardware("Google", "Google Compute Engine")), "vm", "Google"),
    "an Azure VM": (Fake(files=hardware("Microsoft Corporation", "Virtual Machine")), "vm", "Microsoft"),
    "a Surface laptop": (Fake(files=hardware("Microsoft Corporation", "Surface Laptop 5")), "laptop", "no sign"),
    "a Chromebook": (Fake(files=hardware("Google", "Eve")), "laptop", "no sign"),
    "Hetzner": (Fake(files=hardware("Hetzner", "vServer")), "vm", "Hetzner"),
    "DigitalOcean": (Fake(files=hardware("DigitalOcean", "Droplet")), "vm", "DigitalOcean"),
    "OpenStack": (Fake(files=hardware("OpenStack Foundation", "OpenStack Nova")), "vm", "OpenStack"),
    "docker": (Fake(files={"/.dockerenv": "", **hardware("LENOVO", "20XW0055GE")}), "container", "marker"),
    "docker on EC2": (Fake(files={"/.dockerenv": "", **hardware("Amazon EC2", "t3.large")}), "container", "marker"),
    "podman": (Fake(files={"/run/.containerenv": 'engine="podman-4.9.3"'}), "container", "marker"),
    "Kubernetes": (Fake({"KUBERNETES_SERVICE_HOST": "10.96.0.1"}), "container", "marker"),
    "Codespaces": (Fake({"CODESPACES": "true"}, {"/.dockerenv": ""}), "vm", "Codespaces"),
    "Colab": (Fake({"COLAB_RELEASE_TAG": "release-colab_20260101"}, {"/.dockerenv": ""}), "notebook", "Colab"),
    "Kaggle": (Fake({"KAGGLE_KERNEL_RUN_TYPE": "Interactive"}, {"/.dockerenv": ""}), "notebook", "Kaggle"),
    "Databricks": (Fake({"DATABRICKS_RUNTIME_VERSION": "16.4"}), "notebook", "Databricks"),
    "JupyterHub": (
        Fake({"JUPYTERHUB_SERVICE_PREFIX": "/user/ada/", "KUBERNETES_SERVICE_HOST": "10.96.0.1"}),
        "notebook",
        "JupyterHub",
    ),
    "an empty variable": (Fake({"COLAB_RELEASE_TAG": "", "CODESPACES": ""}), "laptop", "no sign"),
}


@pytest.mark.parametrize(("probe", "environment", "evidence"), MACHINES.values(), ids=MACHINES.keys())
def test_a_machine_is_recognised_and_the_evidence_told(probe: Probe, environment: str, evidence: str) -> None:
    found = detect(probe)
    assert found.environment == environment
    assert evidence in found.evidence
    assert found.system == probe.system


@pytest.mark.parametrize(
    ("connection", "expected"),
    [
        ("203.0.113.9 51234 198.51.100.7 22", ("ada", "198.51.100.7", 22)),
        ("203.0.113.9 51234 198.51.100.7 2222", ("ada", "198.51.100.7", 2222)),
        ("2001:db8::9 51234 2001:db8::7 22", ("ada", "2001:db8::7", 22)),
        ("", None),
        ("203.0.113.9 51234", None),
        ("203.0.113.9 51234 198.51.100.7 ssh", None),
        ("UNKNOWN", None),
    ],
)
def test_an_ssh_session_tells_how_the_person_came(connection: str, expected: tuple[str, str, int] | None) -> None:
    assert detect(Fake({"SSH_CONNECTION": connection})).ssh == expected


SCREEN = {"DISPLAY": ":0"}
BROWSERS = {
    "a desktop": (Fake(SCREEN, programs=("xdg-open",)), True),
    "a Wayland desktop": (Fake({"WAYLAND_DISPLAY": "wayland-0"}, programs=("firefox",)), True),
    "a desktop without a browser": (Fake(SCREEN), False),
    "no screen": (Fake(programs=("xdg-open", "firefox")), False),
    "a Mac": (Fake(system="Darwin"), True),
    "a Windows computer": (Fake(system="Windows"), True),
    "the far end of ssh": (Fake({**SCREEN, "SSH_CONNECTION": "a 1 b 22"}, programs=("xdg-open",)), False),
    "a Mac at the far end of ssh": (Fake({"SSH_CONNECTION": "a 1 b 22"}, system="Darwin"), False),
}


@pytest.mark.parametrize(("probe", "browser"), BROWSERS.values(), ids=BROWSERS.keys())
def test_a_browser_is_expected_only_where_one_can_be_seen(probe: Probe, browser: bool) -> None:
    assert detect(probe).browser is browser


@pytest.mark.parametrize(
    ("value", "expected"),
    [("1", True), ("true", True), ("TRUE", True), ("yes", True), ("0", False), ("false", False), ("", False)],
)
def test_do_not_track_is_heard(value: str, expected: bool) -> None:
    assert detect(Fake({"DO_NOT_TRACK": value})).do_not_track is expected
    assert not detect(Fake()).do_not_track


ACCOUNTS = """root:x:0:0:root:/root:/bin/bash
daemon:x:1:1:daemon:/usr/sbin:/usr/sbin/nologin
nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin
ada:x:1000:1000:Ada,,,:/home/ada:/bin/bash
service:x:1001:1001::/srv:/usr/sbin/nologin
robot:x:1002:1002::/srv:/bin/false
broken line
"""


@pytest.mark.parametrize(
    ("accounts", "shared"),
    [
        (ACCOUNTS, False),
        (ACCOUNTS + "charles:x:1003:1003::/home/charles:/bin/zsh\n", True),
        (ACCOUNTS + "dynamic:x:61184:61184::/:/bin/sh\n", False),
        ("", False),
    ],
    ids=["one person", "two people", "a dynamic account", "nothing to read"],
)
def test_a_machine_is_shared_where_more_than_one_person_can_log_in(accounts: str, shared: bool) -> None:
    assert detect(Fake(files={"/etc/passwd": accounts})).shared is shared


def test_this_machine_can_be_looked_at_for_real() -> None:
    found = detect()
    assert isinstance(found, Machine)
    assert found.evidence
    assert found.python.count(".") == 2
    assert Probe().user()
