"""Method "server": an MLflow server of a team or a company, by its URL."""

from __future__ import annotations

from quickstart.errors import register_messages
from quickstart.methods.base import Method

register_messages(f"{__name__}.messages")

METHODS = (
    Method(
        name="server",
        kind="production",
        title="an MLflow server that your team or company runs",
        short="A team server",
        data_location="own",
        pros=("data stays on your machines", "easy to share", "no account with a provider", "no quota"),
        cons=("your team runs and updates it", "serving models is yours to build"),
        implementation=f"{__name__}.actions:TeamServer",
        login_name="server",
        script_name="log_mlflow_with_server.py",
        any_url=True,
    ),
)
