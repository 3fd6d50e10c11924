"""`quickstart guide` and `quickstart completion`: help in the terminal."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import click

from quickstart.cli.options import Common, SectionedHelp, common_options
from quickstart.cli.runner import run
from quickstart.results import CompletionResult, Outcome
from quickstart.system.shell import shell_of

if TYPE_CHECKING:
    from quickstart.output.console import Working

SHELLS = ("bash", "zsh", "fish")  # click completes in these


@click.command(cls=SectionedHelp)
@click.argument("name", required=False)
@common_options
def guide(name: str | None) -> None:
    """Read the guide NAME in the terminal, or list the guides."""

    def act(common: Common, working: Working) -> Outcome:
        from quickstart.snippets import GuidesResult, load_guide, load_guides  # noqa: PLC0415 - start-up: --help does not need it

        return Outcome("guide", load_guide(name) if name else GuidesResult(load_guides()))

    run("guide", act)


@click.command(cls=SectionedHelp)
@click.argument("shell", type=click.Choice(SHELLS), required=False)
@common_options
def completion(shell: str | None) -> None:
    """Print the completion script for SHELL (default: this shell).

    \b
    eval "$(quickstart completion bash)"                  in ~/.bashrc
    eval "$(quickstart completion zsh)"                   in ~/.zshrc
    quickstart completion fish | source                   in ~/.config/fish/config.fish
    """

    def act(common: Common, working: Working) -> Outcome:
        from click.shell_completion import get_completion_class  # noqa: PLC0415 - start-up: --help does not need it

        from quickstart.cli.app import cli  # noqa: PLC0415 - start-up: --help does not need it

        name = shell or _current_shell()
        complete = get_completion_class(name)
        if complete is None:  # click knows all of SHELLS
            raise AssertionError(name)
        lines = complete(cli, {}, "quickstart", "_QUICKSTART_COMPLETE").source()
        return Outcome("completion", CompletionResult(name, lines))

    run("completion", act)


def _current_shell() -> str:
    if os.environ.get("SHELL", "").endswith("zsh"):
        return "zsh"
    shell = shell_of(os.environ)
    return shell if shell in SHELLS else "bash"
