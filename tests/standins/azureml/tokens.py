"""Who gives tokens: the identity endpoint of a machine, as in App Service, and the authority for service principals."""

from __future__ import annotations

import time

from tests.standins.azureml.state import TENANT, Workspace
from tests.standins.databricks.wire import Answer, Call, as_json

IDENTITY = "/msi/token"
RESOURCE = "https://management.azure.com"


def managed(place: Workspace, call: Call) -> Answer:
    """Answer as IDENTITY_ENDPOINT does (azure.identity._credentials.app_service)."""
    if call.headers.get("x-identity-header") != place.identity_header:
        return as_json({"statusCode": 401, "message": "The header X-IDENTITY-HEADER is wrong."}, 401)
    if not call.argument("resource").startswith(RESOURCE):
        return as_json({"statusCode": 400, "message": "unknown resource"}, 400)
    token = place.new_token("managed", "this-machine")
    ends = int(time.time()) + 3600
    return as_json({"access_token": token, "expires_on": str(ends), "resource": RESOURCE, "token_type": "Bearer"})


def by_secret(place: Workspace, call: Call) -> Answer:
    """Answer as the authority does; codes and words: https://learn.microsoft.com/entra/identity-platform."""
    form = call.form()
    if f"/{TENANT}/" not in call.path:
        return _no("AADSTS90002: Tenant not found. Check to make sure you have the correct tenant ID.", 400)
    if form.get("client_id") != place.client_id:
        return _no("AADSTS700016: Application with identifier was not found in the directory.", 400)
    if form.get("client_secret") != place.client_secret:
        return _no("AADSTS7000215: Invalid client secret provided. Ensure it is the value, not the secret ID.", 401)
    token = place.new_token("secret", place.client_id)
    return as_json({"token_type": "Bearer", "expires_in": 3599, "access_token": token})


def _no(words: str, status: int) -> Answer:
    return as_json({"error": "invalid_client", "error_description": words}, status)
