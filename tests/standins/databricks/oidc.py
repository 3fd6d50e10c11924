"""Signing in: discovery, consent in the browser with PKCE, and tokens for people and for service principals."""

from __future__ import annotations

import base64
import hashlib
import secrets
import time
from binascii import Error as NotBase64
from urllib.parse import unquote, urlencode, urlsplit

from tests.standins.databricks.state import Bearer, Grant, Workspace
from tests.standins.databricks.wire import (
    Answer,
    Call,
    Who,
    as_html,
    as_json,
    expired_token,
    invalid_token,
    no_credential,
    redirect,
)

SCOPES = {"all-apis", "sql", "offline_access", "openid", "profile", "email"}


def who_calls(place: Workspace, authorization: str) -> Who | Answer:
    """Return whom an Authorization header stands for, or the refusal."""
    scheme, _, token = authorization.partition(" ")
    if scheme.lower() != "bearer" or not token:
        return no_credential()
    if token in place.tokens:
        return Who(place.tokens[token], "pat")
    bearer = place.access_tokens.get(token)
    if bearer is None:
        return invalid_token()
    return bearer.who if time.monotonic() < bearer.ends else expired_token()


def host_metadata(place: Workspace) -> Answer:
    """Return what `databricks.sdk.oauth.get_host_metadata` reads; `host_type` is what other SDKs read."""
    return as_json(
        {
            "oidc_endpoint": f"{place.url}/oidc",
            "account_id": place.account_id,
            "workspace_id": place.workspace_id,
            "cloud": "AWS",
            "host_type": "workspace",
        }
    )


def discovery(place: Workspace) -> Answer:
    """Return the OAuth server's metadata (RFC 8414); the SDK reads only the two endpoints."""
    base = f"{place.url}/oidc"
    return as_json(
        {
            "issuer": base,
            "authorization_endpoint": f"{base}/v1/authorize",
            "token_endpoint": f"{base}/v1/token",
            "scopes_supported": sorted(SCOPES),
            "response_types_supported": ["code"],
            "grant_types_supported": ["authorization_code", "refresh_token", "client_credentials"],
            "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post", "none"],
            "code_challenge_methods_supported": ["S256"],
        }
    )


def authorize(place: Workspace, call: Call) -> Answer:
    """Answer as for somebody who is signed in already and agrees at once, unless `place.consent` says otherwise.

    Where client or redirect address cannot be trusted, nothing is sent to that address (RFC 6749, 4.1.2.1).
    """
    client_id, back = call.argument("client_id"), call.argument("redirect_uri")
    if client_id not in place.public_clients:
        return as_html("<h1>OAuth application with this client_id is not available</h1>", 400)
    target = urlsplit(back)
    if target.scheme != "http" or target.hostname != "localhost" or target.port is None:
        return as_html("<h1>redirect_uri is not registered for this OAuth application</h1>", 400)
    scopes = call.argument("scope").split()
    challenge, state = call.argument("code_challenge"), call.argument("state")
    if call.argument("response_type") != "code":
        return _back(back, state, error="unsupported_response_type", error_description="response_type must be code")
    if not scopes or not set(scopes) <= SCOPES:
        return _back(back, state, error="invalid_scope", error_description="The requested scope is not allowed")
    if not challenge or call.argument("code_challenge_method") != "S256":
        return _back(back, state, error="invalid_request", error_description="A code_challenge with S256 is required")
    if place.consent == "deny":
        return _back(back, state, error="access_denied", error_description="The resource owner denied the request")
    code = secrets.token_urlsafe(32)
    place.codes[code] = Grant(client_id, back, challenge, " ".join(scopes), place.user)
    return _back(back, secrets.token_urlsafe(16) if place.consent == "wrong-state" else state, code=code)


def _back(where: str, state: str, **fields: str) -> Answer:
    """Return the redirect that ends the browser's part."""
    return redirect(f"{where}?{urlencode({**fields, 'state': state})}")


def token(place: Workspace, call: Call) -> Answer:
    """Give tokens for a code, for a refresh token, or for a service principal's secret."""
    form = call.form()
    if call.method != "POST":
        return _refuse(405, "invalid_request", "Only POST is allowed")
    if form.get("grant_type") == "authorization_code":
        return _for_code(place, form)
    if form.get("grant_type") == "refresh_token":
        return _for_refresh_token(place, form)
    if form.get("grant_type") == "client_credentials":
        return _for_secret(place, call, form)
    return _refuse(400, "unsupported_grant_type", "The authorization grant type is not supported")


def _for_code(place: Workspace, form: dict[str, str]) -> Answer:
    grant = place.codes.pop(form.get("code", ""), None)
    if grant is None:
        return _refuse(400, "invalid_grant", "The authorization code is unknown, expired or used")
    if grant.redirect_uri != form.get("redirect_uri") or grant.client_id != form.get("client_id"):
        return _refuse(400, "invalid_grant", "The authorization code was issued to another client or redirect_uri")
    digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
    if base64.urlsafe_b64encode(digest).rstrip(b"=").decode() != grant.challenge:
        return _refuse(400, "invalid_grant", "The code_verifier does not match the code_challenge")
    who = Who(grant.user, "oauth-user")
    refresh = None
    if "offline_access" in grant.scope.split():
        refresh = place.new_refresh_token(who, grant.client_id, grant.scope)
    return _given(place, Bearer(who, grant.client_id, grant.scope), refresh)


def _for_refresh_token(place: Workspace, form: dict[str, str]) -> Answer:
    """Refresh; the words of the refusal are those of databricks/cli#667, its status is unverified."""
    old = form.get("refresh_token", "")
    bearer = place.refresh_tokens.get(old)
    if bearer is None or bearer.client_id != form.get("client_id"):
        return _refuse(400, "invalid_request", "Refresh token is invalid")
    if place.single_use_refresh_tokens:
        place.refresh_tokens.pop(old, None)
        old = place.new_refresh_token(bearer.who, bearer.client_id, bearer.scope)
    return _given(place, bearer, old)


def _for_secret(place: Workspace, call: Call, form: dict[str, str]) -> Answer:
    """Let a service principal in; the words of the refusal are those of databricks-sql-nodejs#279."""
    client_id, secret = form.get("client_id", ""), form.get("client_secret", "")
    scheme, _, value = call.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "basic":
        try:
            client_id, _, secret = base64.b64decode(value, validate=True).decode().partition(":")
        except (NotBase64, UnicodeDecodeError):
            client_id = ""
        client_id, secret = unquote(client_id), unquote(secret)
    known = place.clients.get(client_id)
    if known is None or not secrets.compare_digest(known.encode(), secret.encode()):
        return _refuse(401, "invalid_client", "Client authentication failed")
    if form.get("scope", "all-apis") != "all-apis":
        return _refuse(400, "invalid_scope", "The requested scope is not allowed")
    return _given(place, Bearer(Who(client_id, "oauth-service-principal"), client_id, "all-apis"), None)


def _given(place: Workspace, bearer: Bearer, refresh_token: str | None) -> Answer:
    """Return the tokens."""
    fields = {
        "access_token": place.new_access_token(bearer.who, bearer.client_id, bearer.scope),
        "token_type": "Bearer",
        "expires_in": place.expires_in,
        "scope": bearer.scope,
    }
    if refresh_token is not None:
        fields["refresh_token"] = refresh_token
    return as_json(fields, 200, **{"Cache-Control": "no-store"})


def _refuse(status: int, code: str, description: str) -> Answer:
    """Return an OAuth error (RFC 6749, 5.2)."""
    return as_json({"error": code, "error_description": description}, status, **{"Cache-Control": "no-store"})
