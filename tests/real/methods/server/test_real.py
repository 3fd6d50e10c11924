"""A real MLflow server with its own login, behind a real nginx: TLS by a throw-away authority, paths, tokens, pages."""

from __future__ import annotations

import json
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.conftest import Home, Shared, free_port
from tests.messages import fix_of
from tests.real.cli.test_hostile_machine import needs, run
from tests.real.methods.server.helpers import TOKEN, credentials_file, kept, log_in, stages
from tests.real.methods.server.real import ADMIN, PASSWORD, certificates, mlflow_with_login, nginx

pytestmark = [
    pytest.mark.matrix,
    pytest.mark.skipif(sys.platform == "win32", reason="the servers are started as POSIX does"),
    pytest.mark.skipif(shutil.which("nginx") is None, reason="needs the system package nginx"),
]

SERVERS = """\
server {{ listen 127.0.0.1:{tls} ssl; {certificate} location / {{ proxy_pass {login}; }} }}
server {{ listen 127.0.0.1:{path} ssl; {certificate}
  location /team/mlflow/ {{ proxy_pass {login}/; }}
  location / {{ default_type text/html; return 200 "<html><head><title>Welcome to nginx!</title></head></html>"; }} }}
server {{ listen 127.0.0.1:{bearer} ssl; {certificate} location / {{
  if ($http_authorization != "Bearer {token}") {{
    add_header WWW-Authenticate 'Bearer realm="gateway"' always; return 401; }}
  proxy_set_header Authorization ""; proxy_pass {open}; }} }}
server {{ listen 127.0.0.1:{oidc} ssl; {certificate} location / {{
  if ($http_authorization != "Bearer {token}") {{ return 302 https://login.invalid/oauth2/authorize?client_id=mlflow; }}
  proxy_set_header Authorization ""; proxy_pass {open}; }} }}
"""


@dataclass(frozen=True)
class Places:
    """The addresses behind nginx, and the file of the authority that signed for them."""

    ca: Path
    tls: str
    path: str
    bearer: str
    oidc: str


@pytest.fixture(scope="module")
def places(tmp_path_factory: pytest.TempPathFactory, server: Shared) -> Iterator[Places]:
    folder = tmp_path_factory.mktemp("team")
    ca, certificate, key = certificates(folder)
    ports = {name: free_port() for name in ("tls", "path", "bearer", "oidc")}
    urls = {name: f"https://localhost:{port}" for name, port in ports.items()}
    urls["path"] += "/team/mlflow"
    (folder / "nginx").mkdir()
    with mlflow_with_login(folder) as login:
        both = f"ssl_certificate {certificate}; ssl_certificate_key {key};"
        blocks = SERVERS.format(**ports, certificate=both, login=login, open=server.uri, token=TOKEN)
        with nginx(folder / "nginx", blocks, f"{urls['bearer']}/", ca):
            yield Places(ca, **urls)


def as_admin(home: Home, url: str, ca: Path, *arguments: str) -> dict[str, object]:
    """Log in to MLflow's own login, with the authority's file."""
    line = ("--username", ADMIN, "--password-stdin", "--ca-file", str(ca), *arguments)
    return log_in(home, url, *line, stdin=PASSWORD)


@pytest.mark.parametrize("where", ["tls", "path"])
def test_mlflows_own_login_behind_tls_of_a_private_authority(whole: Home, places: Places, where: str) -> None:
    url = str(getattr(places, where))
    document = as_admin(whole, f"{url}/#/experiments/0", places.ca)
    found = stages(document)
    assert {name: status for name, (status, _) in found.items() if status not in ("ok", "skip")} == {}
    assert found["identify"][1] == "MLflow's own login (basic auth)"
    assert found["client"][1].endswith("?workflowType=machine_learning")
    assert f"{url}/#/experiments/" in found["client"][1]
    assert kept(whole)["MLFLOW_TRACKING_PASSWORD"] == PASSWORD
    assert f"MLFLOW_TRACKING_SERVER_CERT_PATH={places.ca}" in whole.run("env").out
    assert whole.json("verify", "--with-client")["data"]["metrics"] == {"foo": 1.0, "bar": 2.0}


def test_mlflow_itself_logs_in_by_the_lines_for_a_shell(whole: Home, places: Places) -> None:
    as_admin(whole, places.tls, places.ca)
    script = "import mlflow; print(len(mlflow.search_experiments()) > 0)"
    line = f'eval "$({sys.executable} -m quickstart env --with-secrets)" && {sys.executable} -c {shlex.quote(script)}'
    done = subprocess.run(
        ["bash", "-c", line], capture_output=True, text=True, env=whole.environment, check=True, timeout=120
    )
    assert done.stdout.strip() == "True"


def test_mlflow_itself_logs_in_by_its_own_file(whole: Home, places: Places) -> None:
    as_admin(whole, places.tls, places.ca, "--write-mlflow-credentials")
    assert PASSWORD in credentials_file(whole).read_text()
    script = "import mlflow; print(len(mlflow.search_experiments()) > 0)"
    environment = {
        **whole.environment,
        "MLFLOW_TRACKING_URI": places.tls,
        "MLFLOW_TRACKING_SERVER_CERT_PATH": str(places.ca),
    }
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, env=environment, check=True, timeout=120
    )
    assert done.stdout.strip() == "True"


def test_an_unknown_authority_is_told_with_the_option_that_names_its_file(home: Home, places: Places) -> None:
    error = log_in(home, places.tls, status=1)["error"]
    assert error["code"] == "unknown-authority"
    assert fix_of(error).endswith(f"login server {places.tls} --ca-file ca.pem")
    bad = log_in(home, places.tls, "--ca-file", "/nowhere.pem", status=2)["error"]
    assert bad["code"] == "bad-ca-file"


def test_a_token_gateway_and_a_login_page_that_takes_tokens(home: Home, places: Places) -> None:
    for url, words in ((places.bearer, "requires a token"), (places.oidc, "login.invalid")):
        document = log_in(home, url, "--token-stdin", "--ca-file", str(places.ca), stdin=TOKEN)
        assert words in stages(document)["identify"][1]
        assert stages(document)["artifact"][0] == "ok"
    error = log_in(home, places.oidc, "--token-stdin", "--ca-file", str(places.ca), stdin="other", status=1)["error"]
    assert error["code"] == "login-page"


def test_the_root_of_a_web_server_is_told_from_the_path_that_leads_to_mlflow(home: Home, places: Places) -> None:
    root = places.path.removesuffix("/team/mlflow")
    error = log_in(home, root, "--ca-file", str(places.ca), status=1)["error"]
    assert error["code"] == "web-server-page"
    assert "Welcome to nginx!" in error["what"]


def test_without_a_scheme_https_is_tried(home: Home, places: Places) -> None:
    bare = places.bearer.removeprefix("https://").replace("localhost", "LOCALHOST")
    document = log_in(home, bare, "--token-stdin", "--ca-file", str(places.ca), stdin=TOKEN)
    assert document["data"]["connection"]["tracking_uri"] == places.bearer


SHARED = (
    "{python} -m mlflow server --host 10.99.0.1 --port 5000 --workers 1 --backend-store-uri sqlite:///{folder}/m.db"
)
IN_NETWORK = """
ip link set lo up; ip addr add 10.99.0.1/32 dev lo
MLFLOW_SERVER_ENABLE_JOB_EXECUTION=false {server} {options} > {folder}/log 2>&1 & server=$!
for _ in $(seq 600); do (exec 3<>/dev/tcp/10.99.0.1/5000) 2>/dev/null && break; sleep 0.1; done
trap 'kill -TERM $server; wait $server' EXIT
"""


@needs("unshare", "-n")
@pytest.mark.parametrize("serves", [True, False])
def test_without_encryption_beyond_this_machine_only_where_it_is_allowed(
    home: Home, tmp_path: Path, serves: bool
) -> None:
    where = (
        f"--artifacts-destination {tmp_path}/a" if serves else "--no-serve-artifacts --default-artifact-root /srv/runs"
    )
    server = SHARED.format(python=sys.executable, folder=tmp_path)
    script = IN_NETWORK.format(
        server=f"MLFLOW_SERVER_ENABLE_JOB_EXECUTION=false {server}", options=where, folder=tmp_path
    )
    words = ("login", "server", "http://10.99.0.1:5000", "--json")
    line = f"{script}\n{shlex.join([sys.executable, '-m', 'quickstart', *words, '--allow-http'])}"
    done = subprocess.run(
        ["unshare", "-n", "bash", "-c", line],
        capture_output=True,
        text=True,
        env=home.environment,
        cwd=home.cwd,
        timeout=120,
        check=False,
    )
    assert '"command": "login"' in done.stdout, done.stderr
    document = json.loads(done.stdout)
    assert stages(document)["read"][0] == "ok"
    if serves:
        assert document["exit_code"] == 0
        assert stages(document)["artifact"][0] == "ok"
    else:
        assert document["error"]["code"] == "artifact-path"
        assert "/srv/runs/" in document["error"]["what"]
    refused = run(home, *words)
    assert refused.json["error"]["code"] == "http-not-allowed"
