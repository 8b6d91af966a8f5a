"""Claims about the card: it names what a client needs, and JSON can hold it."""

import json
from pathlib import Path

from sandbox.supervisor.card import card_of
from sandbox.supervisor.settings import Ports, Settings


def test_a_card_survives_its_file():
    settings = Settings(regions=("eu-west-1",), seed=7, ports=Ports(console=4501, regions={"eu-west-1": 4601}))
    management = {"host": "127.0.0.1", "port": 5, "token": "t"}
    card = card_of(settings, Path("state"), 42, management, 1000.0)
    assert json.loads(json.dumps(card)) == card
    assert card["ports"] == {"aws": 4566, "dns": 8053, "proxy": 3128, "console": 4501, "regions": {"eu-west-1": 4601}}
    assert (card["management"], card["seed"], card["ca_bundle"]) == (management, 7, "state/ca/ca-bundle.pem")
