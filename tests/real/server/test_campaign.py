"""Whatever is killed and whenever: a short campaign; the long one is in tests/matrix."""

from __future__ import annotations

import pytest

from tests.conftest import Home, lasting_port
from tests.real.server.campaign import Campaign

pytestmark = pytest.mark.matrix
SEED = 4
ROUNDS = len(Campaign.ROUNDS)


def test_nothing_acknowledged_is_lost_in_a_short_campaign(home: Home) -> None:
    campaign = Campaign(home, lasting_port(), SEED, clients=4, pause=0.1)
    campaign.play(ROUNDS)
    campaign.end()
    assert sum(campaign.done.values()) == ROUNDS
    assert len(campaign.acknowledged) > ROUNDS
