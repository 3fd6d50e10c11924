"""The loopback service: it checks each signature, tells by it which of AWS's services is meant, and answers as that."""

from __future__ import annotations

import re
import ssl
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from tests.standins.databricks.tracking import Server as Upstream
from tests.standins.databricks.wire import Answer, Call, as_html
from tests.standins.sagemaker.control import json_error, not_allowed, sagemaker_api, sts, xml_error
from tests.standins.sagemaker.signature import Refused, checked, service_of
from tests.standins.sagemaker.state import APP, BUCKET, REGION, Aws, Request
from tests.standins.sagemaker.storage import error as s3_error
from tests.standins.sagemaker.storage import storage

API = re.compile(r"/api/\d\.\d/mlflow(?:-artifacts)?/(?P<what>.+)")
SERVER_HEADER, APP_HEADER = "x-mlflow-sm-tracking-server-arn", "x-sm-mlflow-app-arn"
OURS = (SERVER_HEADER, APP_HEADER, "authorization")


@contextmanager
def sagemaker(mlflow_url: str, certificate: tuple[Path, Path] | None = None) -> Iterator[Aws]:
    """Run the stand-in in this process.

    Args:
        mlflow_url: of the real MLflow server that keeps experiments and runs.
        certificate: files with a certificate for 127.0.0.1 and its key, to serve https.
    """
    aws = Aws(mlflow_url)
    server = _Service(aws, certificate)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, name="sagemaker")
    thread.start()
    try:
        yield aws
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class _Service(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, aws: Aws, certificate: tuple[Path, Path] | None) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.aws = aws
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*certificate)
            # The handshake comes with the first read, in the caller's own thread: here it would hold up everybody.
            self.socket = context.wrap_socket(self.socket, server_side=True, do_handshake_on_connect=False)
        aws.url = f"{'https' if certificate else 'http'}://127.0.0.1:{self.server_address[1]}"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of a caller who hung up; anything else is a fault of the stand-in."""
        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    server: _Service
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1  # an answer leaves in one piece

    def do_GET(self) -> None:
        aws = self.server.aws
        path, _, query = self.path.partition("?")
        headers = {name.lower(): value for name, value in self.headers.items()}
        body = self.rfile.read(int(headers.get("content-length", 0)))
        call = Call(self.command, path, query, headers, body)
        answer = _answer(aws, call)
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(answer.body)

    do_POST = do_PUT = do_HEAD = do_DELETE = do_PATCH = do_GET

    def date_time_string(self, timestamp: float | None = None) -> str:
        return formatdate((time.time() if timestamp is None else timestamp) + self.server.aws.clock, usegmt=True)

    def log_message(self, format: str, *args: Any) -> None:
        """Print nothing: the record has it, without secrets."""


def _answer(aws: Aws, call: Call) -> Answer:
    """Return the answer to a call, and note it."""
    service = service_of(call)
    key_id = ""
    if aws.page:
        answer = as_html("<h1>Welcome to our network. Log in.</h1>")
    else:
        try:
            signed = checked(call, [aws.key, *aws.keys], aws.clock)
            key_id = signed.key.key_id
            answer = _of_service(aws, call, signed.service, signed.region)
        except Refused as refused:
            answer = _refusal(service, refused)
    aws.requests.append(Request(service, call.method, call.path, key_id, answer.status))
    return answer


def _refusal(service: str, refused: Refused) -> Answer:
    """Return a refusal in the shape of the service that was meant."""
    if service == "sts":
        names = {"UnrecognizedClientException": "InvalidClientTokenId", "ExpiredTokenException": "ExpiredToken"}
        names["InvalidSignatureException"] = "SignatureDoesNotMatch"
        return xml_error(403, names.get(refused.code, refused.code), refused.message)
    if service == "s3":
        return s3_error(403, refused.code, refused.message)
    status = 400 if service == "sagemaker" else 403
    return json_error(status, refused.code, refused.message)


def _of_service(aws: Aws, call: Call, service: str, region: str) -> Answer:
    if service == "sts":
        return sts(aws, call)
    if service == "s3":
        return storage(aws, call)
    if "x-amz-target" in call.headers:
        return sagemaker_api(aws, call)
    return _mlflow(aws, call, service, region)


def _mlflow(aws: Aws, call: Call, service: str, region: str) -> Answer:
    """Pass a call on to the real MLflow server, if it is signed for this service and names a server of ours.

    What SageMaker answers to a header without or with a wrong ARN is unverified.
    """
    arn = call.headers.get(SERVER_HEADER) or call.headers.get(APP_HEADER, "")
    app = APP_HEADER in call.headers
    found = API.fullmatch(call.path)
    if not found:
        return json_error(404, "UnknownOperationException", "")
    if region != REGION or service != ("sagemaker" if app else "sagemaker-mlflow"):
        message = f"Credential should be scoped to a valid region and to correct service, not {region}, {service}."
        return json_error(403, "InvalidSignatureException", message)
    if arn not in ([APP] if app else [one.arn for one in aws.servers]):
        return json_error(404, "ResourceNotFoundException", f"{arn} does not exist")
    action = "sagemaker:CallMlflowAppApi" if app else f"sagemaker-mlflow:{_action(found['what'])}"
    if action in aws.denied:
        return json_error(403, "AccessDeniedException", not_allowed(aws, action, arn))
    if aws.down:
        return json_error(aws.down, "InternalServerException", "")
    headers = {name: value for name, value in call.headers.items() if name not in OURS and "x-amz" not in name}
    upstream = Upstream(aws.mlflow_url)
    try:
        answer = upstream.ask(Call(call.method, call.path, call.query, headers, call.body), call.body)
    finally:
        upstream.close()
    # A server on SageMaker keeps files in a bucket, where clients write them themselves.
    place = f"s3://{BUCKET}/".encode()
    return Answer(answer.status, answer.body.replace(b"mlflow-artifacts:/", place), answer.headers)


def _action(what: str) -> str:
    """Return the action that IAM calls an endpoint, such as "CreateRun" for runs/create.

    Source: docs.aws.amazon.com/service-authorization/latest/reference/list_sagemaker-mlflow.html.
    """
    thing, _, act = what.partition("/")
    words = "".join(word.capitalize() for word in act.split("-"))
    single = {"experiments": "Experiment", "runs": "Run"}.get(thing, "")
    if act in ("create", "get", "delete", "restore", "update"):
        return f"{words}{single}"
    if act == "search":
        return f"Search{single}s"
    return "GetExperimentByName" if act == "get-by-name" else words
