"""`quickstart guide` and `quickstart completion`: help in the terminal."""

from __future__ import annotations

import os

import click

from quickstart.cli.options import Common, SectionedHelp
from quickstart.cli.runner import action
from quickstart.results import CompletionResult, Result
from quickstart.system.shell import shell_of

SHELLS = ("bash", "zsh", "fish")  # click completes in these


@click.command(cls=SectionedHelp)
@click.argument("name", required=False)
@action("guide")
def guide(common: Common, name: str | None) -> Result:
    """Read the guide NAME in the terminal, or list the guides."""
    from quickstart.snippets import GuidesResult, load_guide, load_guides  # noqa: PLC0415 - start-up: --help does not need it

    return load_guide(name) if name else GuidesResult(load_guides())


@click.command(cls=SectionedHelp)
@click.argument("shell", type=click.Choice(SHELLS), required=False)
@action("completion")
def completion(common: Common, shell: str | None) -> Result:
    """Print the completion script for SHELL (default: this shell).

    \b
    eval "$(quickstart completion bash)"                  in ~/.bashrc
    eval "$(quickstart completion zsh)"                   in ~/.zshrc
    quickstart completion fish | source                   in ~/.config/fish/config.fish
    """
    from click.shell_completion import get_completion_class  # noqa: PLC0415 - start-up: --help does not need it

    from quickstart.cli.app import cli  # noqa: PLC0415 - start-up: --help does not need it

    name = shell or _current_shell()
    complete = get_completion_class(name)
    if complete is None:  # click knows all of SHELLS
        raise AssertionError(name)
    lines = complete(cli, {}, "quickstart", "_QUICKSTART_COMPLETE").source()
    return CompletionResult(name, lines)


def _current_shell() -> str:
    if os.environ.get("SHELL", "").endswith("zsh"):
        return "zsh"
    shell = shell_of(os.environ)
    return shell if shell in SHELLS else "bash"
