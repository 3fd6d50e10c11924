"""Which AWS credentials are used, and the variables that make MLflow use the same ones later."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from quickstart.methods.sagemaker.arn import ENDPOINT, profile_option

PROFILE, OLD_PROFILE = "AWS_PROFILE", "AWS_DEFAULT_PROFILE"
KEYS = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")
FILES = ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE")
# Other variables that decide which endpoint the plugin calls, and with which role.
PLUGIN_VARIABLES = (ENDPOINT, "SAGEMAKER_MLFLOW_ASSUME_ROLE_ARN")
REGIONS = ("AWS_REGION", "AWS_DEFAULT_REGION")

# By botocore's name for each source of credentials (METHOD in botocore.credentials).
METHODS: Mapping[str, str] = {
    "assume-role": "the role of profile {profile}",
    "assume-role-with-web-identity": "a web identity (AWS_WEB_IDENTITY_TOKEN_FILE, or profile {profile})",
    "config-file": "the keys of profile {profile} in ~/.aws/config",
    "container-role": "the role of this container",
    "custom-process": "the credential_process of profile {profile}",
    "env": "AWS_ACCESS_KEY_ID in this shell",
    "iam-role": "the role of this machine (EC2)",
    "login": "the login of profile {profile} (aws login)",
    "shared-credentials-file": "the keys of profile {profile} in ~/.aws/credentials",
    "sso": "the single sign-on of profile {profile}",
}
# By the same names, and by the error of the script in the runtime.
RENEWALS: Mapping[str, str] = {
    **dict.fromkeys(("sso", "sso-expired"), "aws sso login"),
    **dict.fromkeys(("login", "login-expired"), "aws login"),
    **dict.fromkeys(("shared-credentials-file", "config-file", "env"), "aws configure"),
}


@dataclass(frozen=True)
class Source:
    """The credentials that boto3 uses.

    Args:
        method: botocore's name for their source.
        region: of this shell or profile.
        role: the role that the plugin assumes.
    """

    method: str
    profile: str = ""
    region: str = ""
    role: str = ""

    @property
    def words(self) -> str:
        found = METHODS.get(self.method, f"botocore's source {self.method}").format(profile=self.profile_name)
        return f"{found}, assuming the role {self.role}" if self.role else found

    @property
    def durability(self) -> str:
        return " (to save them, run aws configure)" if self.method == "env" else ""

    @property
    def profile_name(self) -> str:
        return self.profile or "default"

    @property
    def saved_profile(self) -> str:
        """The profile that a connection must name; keys in the shell take precedence and need none."""
        return "" if self.method == "env" else self.profile


def renew_command(method: str, profile: str) -> str:
    """Return the command that renews credentials; "" if the user cannot renew them."""
    command = RENEWALS.get(method, "")
    return f"{command}{profile_option(profile)}" if command else ""


def profile_variables(profile: str, shell: Mapping[str, str]) -> dict[str, str]:
    """Return the variables that make boto3 use a profile; {} for "".

    Keys in the shell and AWS_DEFAULT_PROFILE take precedence over AWS_PROFILE; botocore ignores empty keys.
    Source: EnvProvider and DEFAULT_SESSION_VARIABLES of botocore 1.44.
    """
    if not profile:
        return {}
    old = {OLD_PROFILE: profile} if OLD_PROFILE in shell else {}
    return {PROFILE: profile, **old, **{key: "" for key in KEYS if key in shell}}


def saved_environment(env: Mapping[str, str], shell: Mapping[str, str]) -> dict[str, str]:
    return {**env, **profile_variables(env.get(PROFILE, ""), shell)}


def conflicting_variables(env: Mapping[str, str], shell: Mapping[str, str]) -> tuple[str, ...]:
    profile = env.get(PROFILE)
    if not profile:
        return ()
    old = (OLD_PROFILE,) if shell.get(OLD_PROFILE, profile) != profile else ()
    return (*(key for key in KEYS if shell.get(key) and shell.get(KEYS[0])), *old)


def variables_to_save(source: Source, shell: Mapping[str, str]) -> dict[str, str]:
    """Return the variables with which a shell or script finds the same credentials; none is a secret."""
    profile = {PROFILE: source.saved_profile} if source.saved_profile else {}
    files = {name: str(Path(shell[name]).expanduser().absolute()) for name in FILES if shell.get(name)}
    return {**profile, **files, **{name: shell[name] for name in PLUGIN_VARIABLES if shell.get(name)}}


def other_region(region: str, shell: Mapping[str, str]) -> str:
    """Return which variables name another region, such as "AWS_REGION is us-east-1"; "" for none."""
    found = [f"{name} is {shell[name]}" for name in REGIONS if shell.get(name) not in (None, "", region)]
    return " and ".join(found)
