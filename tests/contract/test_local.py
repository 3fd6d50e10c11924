"""A server of one's own: set up by the wizard, looked at and steered by every command, and taken back."""

from __future__ import annotations

import pytest

from tests.conftest import Home, lasting_port
from tests.contract.golden import Documents, check_files

pytestmark = pytest.mark.matrix


def test_set_up_and_taken_back(home: Home, documents: Documents) -> None:
    documents.run("quickstart", home, "--yes", "--write-script")
    check_files("local", home)
    documents.run("verify", home, "verify")
    documents.run("doctor", home, "doctor")
    documents.run("env", home, "env", "--format", "bash")
    documents.run("list", home, "list")
    documents.run("use", home, "use", "local")
    documents.run("server status", home, "server", "status")
    documents.run("server logs", home, "server", "logs")
    documents.run("undo", home, "undo", "--yes")
    documents.check("local")
    check_files("local_undone", home)


def test_servers_by_name(home: Home, documents: Documents) -> None:
    documents.run("start", home, "server", "start", "--name", "mine", "--port", str(lasting_port()))
    documents.run("start again", home, "server", "start", "--name", "mine")
    documents.run("start otherwise", home, "server", "start", "--name", "mine", "--allowed-hosts", "a.test", status=1)
    documents.run("restart", home, "server", "restart", "--name", "mine", "--allowed-hosts", "a.test")
    documents.run("backup", home, "server", "backup", "backup.tar.gz", "--name", "mine")
    documents.run("backup over another", home, "server", "backup", "backup.tar.gz", "--name", "mine", status=None)
    check_files("server_start", home)
    documents.run("stop", home, "server", "stop", "--name", "mine")
    documents.run("restore", home, "server", "restore", "backup.tar.gz", "--name", "other")
    documents.run("restore into runs", home, "server", "restore", "backup.tar.gz", "--name", "mine", status=None)
    documents.run("verify with the client", home, "verify", "sqlite:///nothing.db", "--with-client", status=None)
    documents.check("servers")


def test_ready_for_a_class(home: Home, documents: Documents) -> None:
    documents.run("preflight", home, "preflight")
    documents.check("preflight")
