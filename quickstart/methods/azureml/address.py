"""A workspace's tracking URI: parse it or a studio link, and the URLs that follow from it."""

from __future__ import annotations

import re
import string
from dataclasses import dataclass
from urllib.parse import parse_qs, unquote, urlsplit

from quickstart.errors import ExitCode, QuickstartError
from quickstart.net.tcp import is_loopback

INVISIBLE = "\u200b\u200c\u200d\u2060\ufeff\xa0"  # around text copied from a page


@dataclass(frozen=True)
class Cloud:
    """One of Azure's clouds, by its name in the az CLI and the plugin, and its hosts; `suffix` ends a workspace's."""

    name: str
    suffix: str
    authority: str
    management: str
    studio: str

    @property
    def resource(self) -> str:
        """What a token is for."""
        return f"https://{self.management}"

    @property
    def scope(self) -> str:
        return f"{self.resource}/.default"


# Authorities and management: azureml.mlflow._common._cloud.cloud of 1.62.0.post6. Unverified: the hosts of workspaces
# and the studios beyond the public cloud, which are from Microsoft's documentation.
CLOUDS = (
    Cloud("AzureCloud", ".api.azureml.ms", "login.microsoftonline.com", "management.azure.com", "ml.azure.com"),
    Cloud(
        "AzureChinaCloud",
        ".api.ml.azure.cn",
        "login.chinacloudapi.cn",
        "management.chinacloudapi.cn",
        "studio.ml.azure.cn",
    ),
    Cloud(
        "AzureUSGovernment",
        ".api.ml.azure.us",
        "login.microsoftonline.us",
        "management.usgovcloudapi.net",
        "ml.azure.us",
    ),
)
# Names that Azure accepts: https://learn.microsoft.com/azure/azure-resource-manager/management/resource-name-rules
RULES = {
    "subscription": (r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}", "expected an ID such as 1b2c3d4e-..., not"),
    "group": (r"[\w().-]{1,90}", "only letters, digits and - _ . ( ) are allowed, not"),
    "workspace": (r"[A-Za-z0-9][\w-]{1,32}", "only 2 to 33 letters, digits, - and _ are allowed, not"),
    "region": (r"[a-z0-9]+", "expected a region such as westeurope, not"),
    "tenant": (r"[A-Za-z0-9.-]+", "expected an ID or a domain, not"),
    "client_id": (r"[0-9A-Za-z-]+", "expected an ID, not"),
}
RESOURCE = re.compile(
    r"/subscriptions/(?P<subscription>[^/?&#]+)/resourcegroups/(?P<group>[^/?&#]+)"
    r"(?:/providers/Microsoft\.MachineLearningServices)?/workspaces/(?P<workspace>[^/?&#]+)",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Workspace:
    """One workspace; the host of its API has a port if it is not 443."""

    host: str
    subscription: str
    group: str
    name: str

    @property
    def scope(self) -> str:
        """Its resource ID; the plugin accepts no other spelling."""
        return (
            f"/subscriptions/{self.subscription}/resourceGroups/{self.group}"
            f"/providers/Microsoft.MachineLearningServices/workspaces/{self.name}"
        )

    @property
    def uri(self) -> str:
        return f"azureml://{self.host}/mlflow/v1.0{self.scope}"

    @property
    def url(self) -> str:
        return f"https://{self.host}"

    @property
    def api(self) -> str:
        """Base URL of MLflow's API (azureml.mlflow._store.azureml_reststore: v2.0 for MLflow 2 and 3)."""
        return f"{self.url}/mlflow/v2.0{self.scope}"

    @property
    def region(self) -> str:
        """The region in the host name; "" if it is not an Azure host."""
        cloud = _cloud_by_host(self.host)
        return self.host.partition(":")[0].removesuffix(cloud.suffix).rpartition(".")[2] if cloud else ""

    def studio(self, cloud: Cloud, run_id: str) -> str:
        """Return the link that opens a run in the studio.

        Unverified: its form is that of `az ml job show --query services.Studio.endpoint` in Microsoft's examples.
        """
        where = f"/subscriptions/{self.subscription}/resourcegroups/{self.group}/workspaces/{self.name}"
        return f"https://{cloud.studio}/runs/{run_id}?wsid={where}"


def cloud_for(host: str, named: str | None = None) -> Cloud:
    """Return the cloud of a host: by its name, else the named one, else the public one."""
    return _cloud_by_host(host) or next((cloud for cloud in CLOUDS if cloud.name == named), CLOUDS[0])


def _cloud_by_host(host: str) -> Cloud | None:
    return next((cloud for cloud in CLOUDS if host.partition(":")[0].endswith(cloud.suffix)), None)


def parse(pasted: str) -> dict[str, str]:
    """Return the parts of a workspace in pasted text, by the keys of the login's fields.

    The text is a tracking URI, or a studio link or resource ID, which lack the host. Quotes and blanks are dropped.

    Raises:
        QuickstartError: "azure-bad-uri", "azure-bad-part" or "azure-strange-host".
    """
    text = unquote(pasted.strip(string.whitespace + INVISIBLE + "'\"<>"))
    found = RESOURCE.search(text)
    bad_uri = QuickstartError("azure-bad-uri", ExitCode.USAGE, uri=re.sub(r"(?<=://).*@", "***@", text)[:200])
    try:
        address = urlsplit(text)
    except ValueError as error:
        raise bad_uri from error
    if not found or address.scheme not in ("", "azureml", "https") or not text.isprintable() or "@" in address.netloc:
        raise bad_uri
    parts = {key: validate_part(key, value) for key, value in found.groupdict().items()}
    if address.path.startswith("/mlflow/") and address.netloc:
        return {**parts, "host": _trusted_host(address.netloc.lower())}
    tenant = parse_qs(address.query).get("tid", [""])[0]
    return {**parts, **({"tenant": validate_part("tenant", tenant)} if tenant else {})}


def _trusted_host(host: str) -> str:
    """Return an Azure host or this machine; raise QuickstartError "azure-strange-host" for others.

    The token gives access to everything the person can use in Azure, and MLflow's plugin would send it to any host.
    """
    trusted = _cloud_by_host(host) or is_loopback(host.partition(":")[0])
    if not re.fullmatch(r"[a-z0-9.-]+(:\d+)?", host) or not trusted:
        raise QuickstartError("azure-strange-host", ExitCode.USAGE, host=host[:200])
    return host


def parse_workspace(uri: str) -> Workspace:
    """Return the workspace of a tracking URI; raise QuickstartError "azure-bad-uri" if a part is missing."""
    parts = parse(uri)
    if "host" not in parts:
        raise QuickstartError("azure-bad-uri", ExitCode.USAGE, uri=uri[:200])
    return make_workspace(parts)


def make_workspace(parts: dict[str, str]) -> Workspace:
    return Workspace(parts["host"], parts["subscription"], parts["group"], parts["workspace"])


def validate_part(key: str, value: str) -> str:
    """Return one part in Azure's spelling; raise QuickstartError "azure-bad-part" if it is invalid."""
    text = value.strip(string.whitespace + INVISIBLE + "'\"")
    if key == "region":
        text = re.sub(r"[\s_-]", "", text).lower()  # the portal shows "West Europe"
    rule, words = RULES[key]
    if not re.fullmatch(rule, text, re.ASCII):
        detail = f'{words} "{text[:80]}"'
        raise QuickstartError("azure-bad-part", ExitCode.USAGE, name=key.replace("_", " "), detail=detail)
    return text
