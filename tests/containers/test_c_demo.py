"""The demo, unmodified, from the host: every claim it makes holds for containers too."""

from __future__ import annotations

import json
from typing import Any


def test_every_claim_of_the_demo_holds(stack: Any, planet: Any) -> None:
    said = stack.sandbox("demo", "--json")
    assert said.returncode in (0, 1), said.stderr
    claims = json.loads(said.stdout)["claims"]
    assert len(claims) > 30
    assert [claim for claim in claims if not claim["held"]] == []
