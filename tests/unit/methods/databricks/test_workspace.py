"""The address of a workspace in every form in which people paste it."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quickstart.errors import QuickstartError
from quickstart.methods.databricks.workspace import parse_host

AWS = "https://dbc-a1b2c3d4-e5f6.cloud.databricks.com"
PASTED = {
    AWS: (AWS, "AWS"),
    f"{AWS}/": (AWS, "AWS"),
    f"{AWS}/?o=1234567890#ml/experiments": (AWS, "AWS"),
    f"{AWS}/browse?o=1234567890": (AWS, "AWS"),
    f"{AWS}#notebook/1": (AWS, "AWS"),
    f"{AWS}:443/ml": (f"{AWS}:443", "AWS"),
    AWS.removeprefix("https://"): (AWS, "AWS"),
    AWS.upper(): (AWS, "AWS"),
    f"  {AWS}\n": (AWS, "AWS"),
    f"'{AWS}'": (AWS, "AWS"),
    f'"{AWS}/"': (AWS, "AWS"),
    f"<{AWS}>": (AWS, "AWS"),
    f"\u200b{AWS}\xa0": (AWS, "AWS"),
    f"{AWS},": (AWS, "AWS"),
    f"{AWS}/ml.": (AWS, "AWS"),
    "adb-1234567890123456.7.azuredatabricks.net/?o=1234567890123456": (
        "https://adb-1234567890123456.7.azuredatabricks.net",
        "Azure",
    ),
    "https://1234567890123456.7.gcp.databricks.com/explore/data": (
        "https://1234567890123456.7.gcp.databricks.com",
        "GCP",
    ),
    "https://databricks.example.com/": ("https://databricks.example.com", ""),
    "http://127.0.0.1:8080/x": ("http://127.0.0.1:8080", ""),
    "localhost:8080": ("http://localhost:8080", ""),
    "127.0.0.1.example.com": ("https://127.0.0.1.example.com", ""),
    "localhost.example.com": ("https://localhost.example.com", ""),
}
REFUSED = {
    "": "bad-uri",
    "   ": "bad-uri",
    "not an address": "bad-uri",
    "https://": "bad-uri",
    "ftp://dbc-1.cloud.databricks.com": "bad-uri",
    "https://dbc-1.cloud.databricks.com:99999": "bad-uri",
    "http://dbc-1.cloud.databricks.com": "plain-http",
    "http://127.0.0.1.example.com": "plain-http",
    "http://localhost.example.com": "plain-http",
    "http://10.0.0.1": "plain-http",
    "https://me:secret@dbc-1.cloud.databricks.com": "secret-in-uri",
    "me@dbc-1.cloud.databricks.com": "secret-in-uri",
    "https://community.cloud.databricks.com": "community-edition",
    "https://community.cloud.databricks.com/?o=12#ml": "community-edition",
    "COMMUNITY.cloud.databricks.com": "community-edition",
    "Community Edition": "community-edition",
    "community": "community-edition",
    "I have Community Edition.": "community-edition",
    "Databricks Community Edition": "community-edition",
    "https://accounts.cloud.databricks.com/select-account": "not-a-workspace",
    "https://accounts.azuredatabricks.net": "not-a-workspace",
    "https://accounts.gcp.databricks.com": "not-a-workspace",
    "https://www.databricks.com/learn/free-edition": "not-a-workspace",
    "databricks.com": "not-a-workspace",
    "https://login.databricks.com/?intent=SIGN_IN": "not-a-workspace",
    "https://signup.databricks.com": "not-a-workspace",
    "https://docs.databricks.com/aws/en/mlflow": "not-a-workspace",
    "databricks://work": "no-http-uri",
}


@pytest.mark.parametrize(("pasted", "told"), PASTED.items(), ids=PASTED.keys())
def test_an_address_in_any_form_is_the_workspaces_host(pasted: str, told: tuple[str, str]) -> None:
    found = parse_host(pasted)
    assert (found.url, found.cloud) == told


@pytest.mark.parametrize("pasted", [AWS, "http://127.0.0.1:8080"])
def test_an_address_that_is_right_is_not_said_to_be_changed(pasted: str) -> None:
    assert parse_host(pasted).changes == ()


@pytest.mark.parametrize(("pasted", "code"), REFUSED.items(), ids=REFUSED.keys())
def test_what_is_no_workspace_is_refused_with_its_code(pasted: str, code: str) -> None:
    with pytest.raises(QuickstartError) as caught:
        parse_host(pasted)
    assert caught.value.code == code
    assert "secret" not in str(caught.value.facts)


@settings(max_examples=300, deadline=None, database=None)
@given(st.text(max_size=60))
def test_whatever_is_pasted_is_an_address_by_https_or_a_fault(pasted: str) -> None:
    try:
        found = parse_host(pasted)
    except QuickstartError:
        return
    local = parse_host(found.url).name in ("localhost", "::1") or "127." in found.name
    assert local or found.url.startswith("https://")
    assert parse_host(found.url).url == found.url


@given(st.from_regex(r"(https?://)?[a-z]{1,5}(:[a-z]{1,5})?@[a-z.]{1,10}(/[a-z]*)?", fullmatch=True))
@settings(max_examples=100, deadline=None, database=None)
def test_a_password_in_an_address_is_never_repeated(pasted: str) -> None:
    with pytest.raises(QuickstartError) as caught:
        parse_host(pasted)
    secret = pasted.partition("//")[2].rpartition("@")[0] or pasted.rpartition("@")[0]
    assert f"{secret}@" not in str(caught.value.facts)
