"""What method "sagemaker" does."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path

from quickstart.methods.base import Login, LoginUI, MethodActions, Setup
from quickstart.methods.sagemaker import setup as sagemaker_setup
from quickstart.methods.sagemaker.check import SageMakerCheck
from quickstart.methods.sagemaker.credentials import conflicting_variables
from quickstart.methods.sagemaker.login import SageMakerLogin
from quickstart.models import Connection, Plan, Step, Verification
from quickstart.runtime.find import Runtime
from quickstart.tracking.check import ConnectionCheck, Found


class SageMaker(MethodActions):
    """A tracking server or app on SageMaker, by its ARN."""

    def login(self, setup: Setup, ui: LoginUI) -> Login:
        return SageMakerLogin(setup, ui)

    def login_steps(self, setup: Setup) -> tuple[Step, ...]:
        return sagemaker_setup.login_steps(setup)

    def plan(self, setup: Setup) -> Plan:
        return sagemaker_setup.plan(setup)

    def connection(self, setup: Setup) -> Connection:
        return sagemaker_setup.connection(setup)

    def manual_commands(self, setup: Setup) -> tuple[str, ...]:
        return sagemaker_setup.manual_commands(setup)

    def check(
        self, uri: str, saved: Connection | None, experiment: str | None, python: str | None = None
    ) -> ConnectionCheck:
        return SageMakerCheck(uri, experiment, saved, python)

    def client_check(self, connection: Connection, runtime: Runtime) -> Callable[[ConnectionCheck], Found] | None:
        return sagemaker_setup.client_check(connection, runtime)

    def next_steps(self, verification: Verification) -> tuple[tuple[str, tuple[str, ...]], ...]:
        return sagemaker_setup.next_steps(verification)

    def conflicting_variables(self, connection: Connection) -> tuple[str, ...]:
        return conflicting_variables(connection.env, os.environ)

    def secret_files(self, environment: Mapping[str, str]) -> tuple[Path, ...]:
        keys = Path(environment.get("AWS_SHARED_CREDENTIALS_FILE") or "~/.aws/credentials").expanduser()
        caches = (Path(folder).expanduser().glob("*.json") for folder in ("~/.aws/sso/cache", "~/.aws/cli/cache"))
        return (keys, *(path for cache in caches for path in cache))
