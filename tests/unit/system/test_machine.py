"""Any machine, by a Probe that answers as it would."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import get_args

import pytest

from quickstart.methods.catalog import TRACES
from quickstart.models import EnvironmentKind, Machine
from quickstart.system.machine import CONTAINERS, NOTEBOOKS, Probe, _routable, detect

DMI = "/sys/class/dmi/id"
VENDOR, PRODUCT = f"{DMI}/sys_vendor", f"{DMI}/product_name"
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
        modules: tuple[str, ...] = (),
        battery: bool = False,
        network: bool = True,
    ) -> None:
        self.system = system
        self._environment = environment or {}
        self._files = files or {}
        self._programs = programs
        self._modules = modules
        self._battery = battery
        self._network = network

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

    def importable(self, module: str) -> bool:
        return module in self._modules

    def battery(self) -> bool:
        return self._battery

    def network(self) -> bool:
        return self._network


def hardware(vendor: str, product: str, version: str = UBUNTU, **more: str) -> dict[str, str]:
    """Return what a machine's firmware says of it; further names are those of /sys/class/dmi/id."""
    return {VENDOR: vendor, PRODUCT: product, "/proc/version": version} | {
        f"{DMI}/{name}": value for name, value in more.items()
    }


MACHINES = {
    "a Linux laptop": (Fake(files=hardware("LENOVO", "20XW0055GE"), battery=True), "laptop", "it has a battery"),
    "a desktop": (Fake(files=hardware("ASUS", "PRIME B550M")), "laptop", "no sign"),
    "a machine that tells nothing": (Fake(), "laptop", "no sign"),
    "a Mac": (Fake(system="Darwin"), "laptop", "no sign"),
    "a MacBook": (Fake(system="Darwin", battery=True), "laptop", "it has a battery"),
    "a Windows computer": (Fake({"OS": "Windows_NT"}, system="Windows"), "laptop", "no sign"),
    "WSL": (Fake({"WSL_DISTRO_NAME": "Ubuntu"}, {"/proc/version": WSL}), "laptop", "WSL"),
    "EC2": (Fake(files=hardware("Amazon EC2", "t3.large")), "vm", "Amazon EC2"),
    "GCE": (Fake(files=hardware("Google", "Google Compute Engine")), "vm", "Google"),
    "an Azure VM": (Fake(files=hardware("Microsoft Corporation", "Virtual Machine")), "vm", "Microsoft"),
    "an Azure VM that hides its vendor": (
        Fake(files=hardware("Xen", "HVM domU", chassis_asset_tag="7783-7084-3265-9085-8269-3286-77")),
        "vm",
        "Azure",
    ),
    "a laptop with an asset tag": (
        Fake(files=hardware("LENOVO", "20XW", chassis_asset_tag="No Asset Tag")),
        "laptop",
        "no sign",
    ),
    "EC2 by its firmware alone": (Fake(files=hardware("", "", bios_vendor="Amazon EC2")), "vm", "Amazon EC2"),
    "GCE by its firmware alone": (Fake(files=hardware("", "", bios_vendor="Google")), "vm", "Google"),
    "an EC2 of the first generations": (
        Fake(files=hardware("Xen", "HVM domU", bios_vendor="Xen", bios_version="4.11.amazon")),
        "vm",
        "Xen at Amazon",
    ),
    "Xen that is not at Amazon": (
        Fake(files=hardware("Xen", "HVM domU", bios_vendor="Xen", bios_version="4.17.3")),
        "laptop",
        "no sign",
    ),
    "Alibaba": (Fake(files=hardware("Alibaba Cloud", "Alibaba Cloud ECS")), "vm", "Alibaba"),
    "a Surface laptop": (Fake(files=hardware("Microsoft Corporation", "Surface Laptop 5")), "laptop", "no sign"),
    "a Chromebook": (
        Fake(files=hardware("Google", "Eve", bios_vendor="Google"), battery=True),
        "laptop",
        "it has a battery",
    ),
    "Hetzner": (Fake(files=hardware("Hetzner", "vServer")), "vm", "Hetzner"),
    "DigitalOcean": (Fake(files=hardware("DigitalOcean", "Droplet")), "vm", "DigitalOcean"),
    "OpenStack": (Fake(files=hardware("OpenStack Foundation", "OpenStack Nova")), "vm", "OpenStack"),
    "docker": (Fake(files={"/.dockerenv": "", **hardware("LENOVO", "20XW0055GE")}), "container", "/.dockerenv"),
    "docker on EC2": (
        Fake(files={"/.dockerenv": "", **hardware("Amazon EC2", "t3.large")}),
        "container",
        "/.dockerenv",
    ),
    "podman": (Fake(files={"/run/.containerenv": 'engine="podman-4.9.3"'}), "container", "/run/.containerenv"),
    "Kubernetes": (Fake({"KUBERNETES_SERVICE_HOST": "10.96.0.1"}), "container", "KUBERNETES_SERVICE_HOST is set"),
    "Codespaces": (Fake({"CODESPACES": "true"}, {"/.dockerenv": ""}), "vm", "Codespaces"),
    "Colab": (Fake({"COLAB_RELEASE_TAG": "release-colab_20260101"}, {"/.dockerenv": ""}), "notebook", "Colab"),
    "Colab of which only the module tells": (
        Fake(files={"/.dockerenv": ""}, modules=("google.colab",)),
        "notebook",
        "google.colab can be imported",
    ),
    "Colab with a battery": (Fake(modules=("google.colab",), battery=True), "notebook", "google.colab"),
    "a laptop with Google's other modules": (Fake(modules=("google.auth", "google")), "laptop", "no sign"),
    "docker on a laptop": (Fake(files={"/.dockerenv": ""}, battery=True), "container", "/.dockerenv"),
    "WSL on a laptop": (Fake(files={"/proc/version": WSL}, battery=True), "laptop", "WSL"),
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


def test_all_kinds_of_machines_that_can_be_told_apart_are_here() -> None:
    assert len(MACHINES) >= 14
    assert {environment for _, environment, _ in MACHINES.values()} == set(get_args(EnvironmentKind))


@pytest.mark.parametrize("network", [True, False])
def test_a_machine_knows_whether_it_has_a_network(network: bool) -> None:
    assert detect(Fake(network=network)).network is network


TRACED = {
    "a variable": (Fake({"AWS_PROFILE": "work"}), ("AWS_PROFILE",)),
    "a variable that is empty": (Fake({"AWS_PROFILE": "", "DATABRICKS_HOST": ""}), ()),
    "one of many variables": (Fake({"AZUREML_RUN_ID": "7", "AZUREML_ARM_SUBSCRIPTION": "s"}), ("AZUREML_*",)),
    "many variables, one of them not empty": (Fake({"AZUREML_RUN_ID": "", "AZUREML_X": "1"}), ("AZUREML_*",)),
    "a variable that ends likewise": (Fake({"MY_AZUREML_RUN_ID": "7", "AWS_PROFILE_OLD": "work"}), ()),
    "a variable in small letters": (Fake({"azureml_run_id": "7"}), ()),
    "a file in the home folder": (Fake(files={"~/.databrickscfg": "[DEFAULT]"}), ("~/.databrickscfg",)),
    "a file of that name elsewhere": (Fake(files={"/etc/.databrickscfg": "[DEFAULT]"}), ()),
    "several": (
        Fake({"AWS_PROFILE": "work", "DATABRICKS_HOST": "https://x"}, {"~/.databrickscfg": ""}),
        ("~/.databrickscfg", "DATABRICKS_HOST", "AWS_PROFILE"),
    ),
    "none": (Fake(), ()),
}


@pytest.mark.parametrize(("probe", "traces"), TRACED.values(), ids=TRACED.keys())
def test_what_shows_that_a_platform_is_in_use_is_found(probe: Probe, traces: tuple[str, ...]) -> None:
    assert detect(probe, TRACES).traces == traces


def test_only_what_is_asked_for_is_looked_at() -> None:
    probe = Fake({"AWS_PROFILE": "work"}, {"~/.databrickscfg": ""})
    assert detect(probe).traces == ()
    assert detect(probe, ["AWS_PROFILE"]).traces == ("AWS_PROFILE",)


SECRET = "dapi0123456789abcdef"


def test_no_value_of_a_variable_is_told() -> None:
    variables = (*NOTEBOOKS, *CONTAINERS, *TRACES, "CODESPACES", "WSL_DISTRO_NAME")
    for variable in variables:
        name = variable.replace("*", "TOKEN")
        assert SECRET not in repr(detect(Fake({name: SECRET}), TRACES))


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
    assert isinstance(found.network, bool)
    assert Probe().importable("pathlib")
    assert not Probe().importable("google.no_such_module")
    assert not Probe().importable("no_such_package.no_such_module")


def test_a_tilde_is_the_persons_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in ("HOME", "USERPROFILE"):
        monkeypatch.setenv(variable, str(tmp_path))
    assert not Probe().exists("~/.databrickscfg")
    (tmp_path / ".databrickscfg").write_text("", encoding="utf-8")
    assert Probe().exists("~/.databrickscfg")


@pytest.mark.parametrize(
    ("address", "routable"),
    [
        ("192.168.1.7", True),
        ("203.0.113.9", True),
        ("2001:db8::9", True),
        ("fd00::7", True),
        ("127.0.0.1", False),
        ("::1", False),
        ("169.254.10.20", False),
        ("fe80::1%eth0", False),
        ("fe80::1", False),
        ("0.0.0.0", False),
        ("00:11:22:33:44:55", False),
        ("", False),
    ],
)
def test_an_address_counts_as_a_network_where_others_can_route_to_it(address: str, routable: bool) -> None:
    assert _routable(address) is routable
