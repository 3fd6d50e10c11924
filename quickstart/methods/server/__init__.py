"""Method "server": an MLflow server of a team or a company, by its URL."""

from __future__ import annotations

from quickstart.errors import register_messages
from quickstart.methods.base import Method
from quickstart.prompts.fields import Flag

register_messages(f"{__name__}.messages")

FLAGS = (
    Flag("URL", "host", "Its address; any form that a browser shows will do."),
    Flag("--username", "username", "Your user name there.", metavar="U"),
    Flag("--password-stdin", "password", "Its password, from stdin.", stdin=True),
    Flag("--token-stdin", "token", "A token, from stdin.", stdin=True),
    Flag("--ca-file", "ca_file", "Certificates (PEM) of your company's own authority.", metavar="FILE"),
    Flag("--allow-http", "allow_http", "Also without encryption, where others can listen."),
    Flag(
        "--write-mlflow-credentials",
        "write_credentials",
        "Also into ~/.mlflow/credentials, which MLflow sends to every server.",
    ),
    Flag("--match-version", "client", "Use an MLflow of the server's version, apart from yours.", gives="matching"),
    Flag("--name", "name", "How you call the connection (server).", metavar="NAME"),
)

METHODS = (
    Method(
        name="server",
        kind="production",
        title="an MLflow server of your team's or company's own",
        short="A team server",
        data_location="own",
        pros=("data stays on your machines", "easy to share", "no account with a provider", "no quota"),
        cons=("somebody has to run and update it", "serving models is yours to build"),
        implementation=f"{__name__}.actions:TeamServer",
        login_name="server",
        login_flags=FLAGS,
        script_name="log_mlflow_with_server.py",
        any_url=True,
    ),
)
