"""Where a workspace is: what people paste, brought into its parts, and the addresses that follow from them."""

from __future__ import annotations

import re
import string
from dataclasses import dataclass
from urllib.parse import parse_qs, unquote, urlsplit

from quickstart.errors import ExitCode, QuickstartError
from quickstart.net.tcp import is_loopback

INVISIBLE = "\u200b\u200c\u200d\u2060\ufeff\xa0"  # what a page puts around a copied address


@dataclass(frozen=True)
class Cloud:
    """One of Azure's clouds.

    Args:
        name: as the az CLI and the plugin have it.
        suffix: how the hosts of its workspaces end.
        authority: where one logs in.
        resource: what a token is for.
        studio: where people look at their runs.
    """

    name: str
    suffix: str
    authority: str
    resource: str
    studio: str

    @property
    def scope(self) -> str:
        """What a token is asked for, as the plugin does (azureml.mlflow._common._cloud.cloud)."""
        return f"{self.resource}/.default"


# Authorities and resources: azureml.mlflow._common._cloud.cloud of 1.62.0.post6. Unverified: the hosts of workspaces
# and the studios beyond the public cloud, which are from Microsoft's documentation.
CLOUDS = (
    Cloud(
        "AzureCloud",
        ".api.azureml.ms",
        "https://login.microsoftonline.com",
        "https://management.azure.com",
        "https://ml.azure.com",
    ),
    Cloud(
        "AzureChinaCloud",
        ".api.ml.azure.cn",
        "https://login.chinacloudapi.cn",
        "https://management.chinacloudapi.cn",
        "https://studio.ml.azure.cn",
    ),
    Cloud(
        "AzureUSGovernment",
        ".api.ml.azure.us",
        "https://login.microsoftonline.us",
        "https://management.usgovcloudapi.net",
        "https://ml.azure.us",
    ),
)
# Names as Azure takes them: https://learn.microsoft.com/azure/azure-resource-manager/management/resource-name-rules
RULES = {
    "subscription": (r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}", "it is no id such as 1b2c3d4e-...; a name"),
    "group": (r"[\w().-]{1,90}", "letters, digits and - _ . ( ) are allowed, not"),
    "workspace": (r"[A-Za-z0-9][\w-]{1,32}", "2 to 33 letters, digits, - and _ are allowed, not"),
    "region": (r"[a-z0-9]+", "regions are written as in westeurope, not"),
    "tenant": (r"[A-Za-z0-9.-]+", "it is an id or a domain, not"),
    "client_id": (r"[0-9A-Za-z-]+", "it is an id, not"),
}
RESOURCE = re.compile(
    r"/subscriptions/(?P<subscription>[^/?&#]+)/resourcegroups/(?P<group>[^/?&#]+)"
    r"(?:/providers/Microsoft\.MachineLearningServices)?/workspaces/(?P<workspace>[^/?&#]+)",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Workspace:
    """One workspace.

    Args:
        host: of its API, with a port where that is not the usual one.
        subscription: id of the subscription.
        group: name of the resource group.
        name: of the workspace.
    """

    host: str
    subscription: str
    group: str
    name: str

    @property
    def scope(self) -> str:
        """Its path among all that is in Azure; the plugin takes no other spelling."""
        return (
            f"/subscriptions/{self.subscription}/resourceGroups/{self.group}"
            f"/providers/Microsoft.MachineLearningServices/workspaces/{self.name}"
        )

    @property
    def uri(self) -> str:
        """The tracking URI, as `az ml workspace show` gives it."""
        return f"azureml://{self.host}/mlflow/v1.0{self.scope}"

    @property
    def api(self) -> str:
        """What MLflow's API stands behind (azureml.mlflow._store.azureml_reststore: v2.0 for MLflow 2 and 3)."""
        return f"https://{self.host}/mlflow/v2.0{self.scope}"

    @property
    def region(self) -> str:
        """The region that the host names; "" where it is not one of Azure's own hosts."""
        cloud = next((cloud for cloud in CLOUDS if self.host.endswith(cloud.suffix)), None)
        return self.host.removesuffix(cloud.suffix).rpartition(".")[2] if cloud else ""

    def studio(self, cloud: Cloud, run_id: str) -> str:
        """Return the link that opens a run in the studio.

        Unverified: the form is that of `az ml job show --query services.Studio.endpoint` in Microsoft's examples.
        """
        where = f"/subscriptions/{self.subscription}/resourcegroups/{self.group}/workspaces/{self.name}"
        return f"{cloud.studio}/runs/{run_id}?wsid={where}"


def cloud_for(host: str, named: str | None = None) -> Cloud:
    """Return the cloud that a host is in: as its name tells, else the named one, else the public one."""
    by_host = next((cloud for cloud in CLOUDS if host.partition(":")[0].endswith(cloud.suffix)), None)
    return by_host or next((cloud for cloud in CLOUDS if cloud.name == named), CLOUDS[0])


def parse(pasted: str) -> dict[str, str]:
    """Return what a pasted address tells of a workspace, by the keys of a login's needs.

    Args:
        pasted: a tracking URI, which tells all; a link of the studio, or an id of the resource, which leave out the
            host; copied quotes and blanks are dropped.

    Raises:
        Fault: "azure-bad-uri", "azure-bad-part" or "azure-strange-host".
    """
    text = unquote(pasted.strip(string.whitespace + INVISIBLE + "'\"<>"))
    found = RESOURCE.search(text)
    try:
        address = urlsplit(text)
    except ValueError as error:
        raise QuickstartError(
            "azure-bad-uri", ExitCode.USAGE, uri=re.sub(r"(?<=://).*@", "***@", text)[:200]
        ) from error
    if not found or address.scheme not in ("", "azureml", "https") or not text.isprintable() or "@" in address.netloc:
        raise QuickstartError("azure-bad-uri", ExitCode.USAGE, uri=re.sub(r"(?<=://).*@", "***@", text)[:200])
    told = {key: validate_part(key, value) for key, value in found.groupdict().items()}
    if address.path.startswith("/mlflow/") and address.netloc:
        return {**told, "host": _trusted_host(address.netloc.lower())}
    tenant = parse_qs(address.query).get("tid", [""])[0]
    return {**told, **({"tenant": validate_part("tenant", tenant)} if tenant else {})}


def _trusted_host(host: str) -> str:
    """Return a host that a login may go to: Azure's own, or this machine.

    The token is one for all that a person may do in Azure, and MLflow's plugin would send it anywhere.

    Raises:
        Fault: "azure-strange-host".
    """
    name = host.partition(":")[0]
    azures = any(name.endswith(cloud.suffix) for cloud in CLOUDS)
    if not re.fullmatch(r"[a-z0-9.-]+(:\d+)?", host) or not (azures or is_loopback(name)):
        raise QuickstartError("azure-strange-host", ExitCode.USAGE, host=host[:200])
    return host


def parse_workspace(uri: str) -> Workspace:
    """Return the workspace that a tracking URI means; raise Fault "azure-bad-uri" where it is not a whole one."""
    told = parse(uri)
    if "host" not in told:
        raise QuickstartError("azure-bad-uri", ExitCode.USAGE, uri=uri[:200])
    return make_workspace(told)


def make_workspace(told: dict[str, str]) -> Workspace:
    """Return the workspace that the parts make."""
    return Workspace(told["host"], told["subscription"], told["group"], told["workspace"])


def validate_part(key: str, value: str) -> str:
    """Return one part as Azure takes it; raise Fault "azure-bad-part" where it can be none."""
    text = value.strip(string.whitespace + INVISIBLE + "'\"")
    if key == "region":
        text = re.sub(r"[\s_-]", "", text).lower()  # the portal shows "West Europe"
    rule, words = RULES[key]
    if not re.fullmatch(rule, text, re.ASCII):
        raise QuickstartError(
            "azure-bad-part", ExitCode.USAGE, name=key.replace("_", " "), detail=f'{words} "{text[:80]}"'
        )
    return text
