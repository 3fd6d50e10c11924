"""The ways to log in to Azure: what each is called, how scripts find it later, and in which order they are tried."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass

from quickstart.methods.azureml.pairs import numbers
from quickstart.models import Connection, Machine

PIN = "AZURE_TOKEN_CREDENTIALS"
CLOUD = "AZUREML_CURRENT_CLOUD"
TENANT, CLIENT_ID, CLIENT_SECRET = "AZURE_TENANT_ID", "AZURE_CLIENT_ID", "AZURE_CLIENT_SECRET"
HEEDS_PIN = (1, 24)  # azure-identity; before, one credential's name there is an error (its changelog)


@dataclass(frozen=True)
class Way:
    """One way to log in.

    Args:
        words: what it is called.
        credential: its class in azure-identity, which AZURE_TOKEN_CREDENTIALS takes; "" where scripts do not find it.
        later: how scripts find the login, for a person.
    """

    words: str
    credential: str
    later: str


WAYS: Mapping[str, Way] = {
    "secret": Way(
        "the service principal's secret",
        "EnvironmentCredential",
        'Scripts find the service principal in the variables of: eval "$(quickstart env --with-secrets)"',
    ),
    "environment": Way(
        "the service principal in this shell's variables",
        "EnvironmentCredential",
        "Scripts find it in the AZURE_... variables of their shell, as it is in this one.",
    ),
    "workload": Way(
        "the workload identity of this cluster",
        "WorkloadIdentityCredential",
        "Scripts find it by themselves wherever AZURE_FEDERATED_TOKEN_FILE is set.",
    ),
    "managed": Way(
        "the managed identity of this machine",
        "ManagedIdentityCredential",
        "Scripts on this machine find it by themselves; nothing of it is kept, and it does not end.",
    ),
    "az": Way(
        "the az CLI's login",
        "AzureCliCredential",
        "Scripts find it by themselves: the plugin asks the az CLI. az login renews it, az logout ends it.",
    ),
    "browser": Way(
        "a login in the browser",
        "",
        "It ends with this command: each script would open the browser again. az login is what lasts.",
    ),
    "device": Way(
        "a login by device code",
        "",
        "It ends with this command: each script would ask for a login again. az login is what lasts.",
    ),
}
BY_SCRIPT = ("environment", "workload", "managed", "browser", "device")  # those that azure-identity in the runtime does
IN_AZURE = ("IDENTITY_ENDPOINT", "MSI_ENDPOINT", "IMDS_ENDPOINT", "AZURE_POD_IDENTITY_AUTHORITY_HOST")


def candidates(environment: Mapping[str, str], machine: Machine | None = None) -> tuple[str, ...]:
    """Return the ways that are worth a try without a person, in the plugin's own order. Pure.

    Args:
        environment: the variables that decide.
        machine: where we are; a machine in Azure may have an identity without any variable.
    """
    identified = bool(environment.get(CLIENT_ID) and environment.get(TENANT))
    there = {
        "secret": identified and bool(environment.get(CLIENT_SECRET)),
        "environment": identified and bool(environment.get("AZURE_CLIENT_CERTIFICATE_PATH")),
        "workload": identified and bool(environment.get("AZURE_FEDERATED_TOKEN_FILE")),
        "managed": any(environment.get(name) for name in IN_AZURE) or bool(machine and "Azure" in machine.evidence),
        "az": True,
    }
    wanted = environment.get(PIN, "").strip().lower()
    pinned = {name for name, way in WAYS.items() if way.credential and way.credential.lower() == wanted}
    return tuple(name for name, is_there in there.items() if is_there and (not pinned or name in pinned))


def pin(way: str, identity: str | None) -> dict[str, str]:
    """Return the variable that makes the plugin log in this way at once.

    Args:
        way: one of WAYS.
        identity: version of azure-identity where the plugin runs, None where the newest will be.
    """
    heeded = identity is None or numbers(identity)[:2] >= HEEDS_PIN
    return {PIN: WAYS[way].credential} if WAYS[way].credential and heeded else {}


def conflicting_variables(connection: Connection) -> tuple[str, ...]:
    """Return the variables of this shell with which the plugin would log in otherwise than the connection says."""
    # Where a job's variables are set the plugin takes its token: azureml.mlflow._internal.service_context_loader.
    job = ("MLFLOW_TRACKING_TOKEN", "MLFLOW_RUN_ID")
    of_a_job = job if all(os.environ.get(name) for name in job) else ()
    principal = ("AZURE_CLIENT_SECRET", "AZURE_CLIENT_CERTIFICATE_PATH")
    others = () if PIN in connection.env or CLIENT_ID in connection.env else principal
    return (*of_a_job, *(name for name in others if os.environ.get(name)))
