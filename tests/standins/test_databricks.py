"""The workspace stand-in lets in whom a workspace lets in: the real databricks-sdk drives every way to sign in."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import pytest
import requests
from databricks.sdk import WorkspaceClient
from databricks.sdk.errors import PermissionDenied
from databricks.sdk.oauth import Consent, TokenCache

from tests.standins.databricks import Workspace, workspace
from tests.standins.databricks.state import CLI
from tests.standins.databricks.visitor import ME, NO_MLFLOW, REDIRECT, begin_to_sign_in, browse, get, live_in, sdk

pytestmark = pytest.mark.matrix


@pytest.fixture(autouse=True)
def own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    live_in(tmp_path, monkeypatch)


@pytest.fixture
def place() -> Iterator[Workspace]:
    with workspace(NO_MLFLOW) as made:
        yield made


class TestTokens:
    def test_a_personal_access_token_is_its_owner(self, place: Workspace) -> None:
        me = sdk(place, token=place.token).current_user.me()
        assert (me.user_name, me.active) == (place.user, True)
        assert place.requests[-1].kind == "pat"

    def test_a_revoked_token_is_refused_as_the_service_refuses_it(self, place: Workspace) -> None:
        del place.tokens[place.token]
        with pytest.raises(PermissionDenied, match=r"Invalid access token\. \[ReqId: "):
            sdk(place, token=place.token).current_user.me()
        answer = get(place, ME, token=place.token)
        assert (answer.status_code, answer.json()["error_code"]) == (403, 403)

    def test_no_token_is_another_refusal(self, place: Workspace) -> None:
        answer = get(place, ME)
        assert (answer.status_code, answer.json()["error_code"]) == (401, 401)
        assert answer.json()["message"].startswith("Credential was not sent or was of an unsupported type")
        assert "DatabricksRealm" in answer.headers["WWW-Authenticate"]

    def test_a_service_principal_comes_in_with_its_secret(self, place: Workspace) -> None:
        me = sdk(place, client_id=place.client_id, client_secret=place.client_secret).current_user.me()
        assert me.user_name == place.client_id
        assert place.requests[-1].kind == "oauth-service-principal"
        assert place.calls("/oidc/v1/token") == ["POST /oidc/v1/token"]

    def test_a_wrong_secret_is_refused(self, place: Workspace) -> None:
        with pytest.raises(ValueError, match="invalid_client: Client authentication failed"):
            sdk(place, client_id=place.client_id, client_secret="dose0").current_user.me()

    def test_the_secret_may_come_in_the_form(self, place: Workspace) -> None:
        form = {"grant_type": "client_credentials", "client_id": place.client_id, "scope": "all-apis"}
        url = f"{place.url}/oidc/v1/token"
        given = requests.post(url, {**form, "client_secret": place.client_secret}, timeout=5).json()
        assert get(place, ME, token=given["access_token"]).json()["userName"] == place.client_id
        assert requests.post(url, form, timeout=5).status_code == 401

    def test_an_access_token_ends(self, place: Workspace) -> None:
        place.expires_in = 0
        form = {"grant_type": "client_credentials"}
        answer = requests.post(
            f"{place.url}/oidc/v1/token", form, auth=(place.client_id, place.client_secret), timeout=5
        )
        refused = get(place, ME, token=answer.json()["access_token"])
        assert (refused.status_code, refused.json()["message"]) == (403, "JWT has expired")


class TestSigningIn:
    def test_consent_gives_a_token_which_the_sdk_finds_again(self, place: Workspace, tmp_path: Path) -> None:
        endpoints, consent = begin_to_sign_in(place)
        credentials = consent.exchange_callback_parameters(browse(consent))
        scopes = ["all-apis", "offline_access"]
        cache = TokenCache(place.url, endpoints, CLI, redirect_url=REDIRECT, scopes=scopes, profile="there")
        cache.save(credentials)
        assert stat.S_IMODE(Path(cache.filename).stat().st_mode) == 0o600
        (tmp_path / ".databrickscfg").write_text(f"[there]\nhost = {place.url}\nauth_type = external-browser\n")
        assert WorkspaceClient(profile="there").current_user.me().user_name == place.user
        assert place.requests[-1].kind == "oauth-user"
        assert len(place.calls("/oidc/v1/token")) == 1

    def test_a_token_near_its_end_is_refreshed(self, place: Workspace) -> None:
        place.expires_in = 30  # the SDK refreshes 40 seconds ahead
        _, consent = begin_to_sign_in(place)
        credentials = consent.exchange_callback_parameters(browse(consent))
        first = set(place.access_tokens)
        assert {credentials.token().access_token} == set(place.access_tokens) - first
        place.refresh_tokens.clear()
        with pytest.raises(ValueError, match="invalid_request: Refresh token is invalid"):
            credentials.token()

    def test_a_refresh_token_that_is_good_once_is_replaced(self, place: Workspace) -> None:
        place.expires_in, place.single_use_refresh_tokens = 30, True
        _, consent = begin_to_sign_in(place)
        credentials = consent.exchange_callback_parameters(browse(consent))
        spent = set(place.refresh_tokens)
        credentials.token()
        assert not spent & set(place.refresh_tokens)
        credentials.token()

    def test_another_verifier_is_refused(self, place: Workspace) -> None:
        _, consent = begin_to_sign_in(place)
        query = browse(consent)
        with pytest.raises(ValueError, match="invalid_grant: The code_verifier"):
            Consent.from_dict({**consent.as_dict(), "verifier": "another"}).exchange_callback_parameters(query)

    def test_a_code_is_good_once(self, place: Workspace) -> None:
        _, consent = begin_to_sign_in(place)
        query = browse(consent)
        consent.exchange_callback_parameters(query)
        with pytest.raises(ValueError, match="invalid_grant: The authorization code is unknown"):
            consent.exchange_callback_parameters(query)

    def test_a_code_belongs_to_its_redirect_address(self, place: Workspace) -> None:
        _, consent = begin_to_sign_in(place)
        query = browse(consent)
        with pytest.raises(ValueError, match=r"invalid_grant: .*redirect_uri"):
            Consent.from_dict({**consent.as_dict(), "redirect_url": "http://localhost:8021"}).exchange(
                query["code"], query["state"]
            )

    def test_a_person_may_refuse(self, place: Workspace) -> None:
        place.consent = "deny"
        _, consent = begin_to_sign_in(place)
        with pytest.raises(ValueError, match="access_denied: "):
            consent.exchange_callback_parameters(browse(consent))

    def test_a_state_that_is_not_ours_is_noticed(self, place: Workspace) -> None:
        place.consent = "wrong-state"
        _, consent = begin_to_sign_in(place)
        with pytest.raises(ValueError, match="state mismatch"):
            consent.exchange_callback_parameters(browse(consent))

    @pytest.mark.parametrize("wrong", ["client_id=stranger", "redirect_uri=http%3A%2F%2Fevil.example.com%3A8020"])
    def test_a_stranger_is_not_sent_anywhere(self, place: Workspace, wrong: str) -> None:
        _, consent = begin_to_sign_in(place)
        name = wrong.partition("=")[0]
        good = [part for part in urlsplit(consent.authorization_url).query.split("&") if not part.startswith(name)]
        answer = get(place, f"/oidc/v1/authorize?{'&'.join([*good, wrong])}")
        assert (answer.status_code, answer.headers.get("Location")) == (400, None)

    @pytest.mark.parametrize(
        ("changed", "error"),
        [
            ("response_type=token", "unsupported_response_type"),
            ("scope=everything", "invalid_scope"),
            ("code_challenge_method=plain", "invalid_request"),
        ],
    )
    def test_a_wrong_request_is_told_so(self, place: Workspace, changed: str, error: str) -> None:
        _, consent = begin_to_sign_in(place)
        name = changed.partition("=")[0]
        good = [
            part for part in urlsplit(consent.authorization_url).query.split("&") if not part.startswith(f"{name}=")
        ]
        answer = get(place, f"/oidc/v1/authorize?{'&'.join([*good, changed])}")
        assert dict(parse_qsl(urlsplit(answer.headers["Location"]).query))["error"] == error
