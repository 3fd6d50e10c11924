"""Method "server": an MLflow server that somebody runs for several people, by its URL."""

from __future__ import annotations

from quickstart.methods.base import Declared

TEAM_SERVER = Declared(
    name="server",
    kind="production",
    title="an MLflow server of your team's or company's own",
    short="A team server",
    keeps="own",
    pros=("data stays on your machines", "easy to share", "no account with a provider", "no quota"),
    cons=("somebody has to run and update it", "serving models is yours to build"),
    install="mlflow-skinny",
    settings=(
        ("MLFLOW_TRACKING_URI", "https://<your server>"),
        ("MLFLOW_TRACKING_USERNAME", "<if it asks for a login>"),
        ("MLFLOW_TRACKING_PASSWORD", "<the same>"),
    ),
    find="ask whoever runs the server for its address",
)
