"""`quickstart`: the whole road."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from quickstart.cli.options import Common
from quickstart.cli.run import run
from quickstart.model import Outcome

if TYPE_CHECKING:
    from quickstart.output.screen import Working


def set_up(**given: Any) -> None:
    """Walk the road."""
    from quickstart import wizard
    from quickstart.model import Watcher

    def act(common: Common, working: Working) -> Outcome:
        watcher = Watcher()
        if not common.as_json:
            from quickstart.output.human import Narrator

            watcher = Narrator(common.screen, working)
        return wizard.set_up(wizard.Wish(python=common.python, **given), common.prompter(), watcher)

    run("quickstart", act)
