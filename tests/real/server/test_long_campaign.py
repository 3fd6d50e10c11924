"""The long campaign: 200 rounds of kill, restart, backup and restore while 20 clients log."""

from __future__ import annotations

import json
import os

import pytest

from tests.conftest import Home, lasting_port
from tests.real.server.campaign import Campaign

pytestmark = [pytest.mark.matrix, pytest.mark.long]

SEED, CLIENTS, PAUSE = 20261124, 20, 1.0
ROUNDS = int(os.environ.get("CAMPAIGN_ROUNDS", "200"))  # of the same order under the seed, however many are played


def test_nothing_acknowledged_is_lost_in_two_hundred_rounds(home: Home) -> None:
    campaign = Campaign(home, lasting_port(), SEED, CLIENTS, PAUSE)
    campaign.play(ROUNDS)
    campaign.end()
    assert sum(campaign.done.values()) == ROUNDS
    result = {"seed": SEED, "rounds": dict(campaign.done), "runs": len(campaign.acknowledged), "lost": 0}
    print(json.dumps(result))
