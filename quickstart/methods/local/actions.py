"""What method "local" does."""

from __future__ import annotations

from quickstart.methods.base import MethodActions, Offer, Setup
from quickstart.methods.local import existing_runs
from quickstart.methods.local import setup as local_setup
from quickstart.models import Connection, Plan
from quickstart.tracking.check import ConnectionCheck


class Local(MethodActions):
    """An MLflow server of this user on this machine."""

    def offer(self, setup: Setup) -> Offer | None:
        return existing_runs.offer(setup)

    def plan(self, setup: Setup) -> Plan:
        return local_setup.plan(setup)

    def connection(self, setup: Setup) -> Connection:
        return local_setup.connection(self.method.name)

    def manual_commands(self, setup: Setup) -> tuple[str, ...]:
        return local_setup.manual_commands(setup)

    def check(
        self, uri: str, saved: Connection | None, experiment: str | None, python: str | None = None
    ) -> ConnectionCheck:
        return ConnectionCheck(uri, experiment)
