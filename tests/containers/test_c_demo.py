"""The demo, unmodified, from the host: every claim it makes holds for containers too."""

from __future__ import annotations

import json
from typing import Any


def broken_claims(stack: Any) -> set[tuple[int, str]]:
    said = stack.sandbox("demo", "--json")
    assert said.returncode in (0, 1), said.stderr
    claims = json.loads(said.stdout)["claims"]
    assert len(claims) > 30
    return {(claim["act"], claim["claim"].split(" within ")[0]) for claim in claims if not claim["held"]}


def test_every_claim_of_the_demo_holds(stack: Any, planet: Any) -> None:
    """A machine that builds images and runs tests beside it may be late once; what is broken fails twice."""
    broken = broken_claims(stack)
    if broken:
        broken &= broken_claims(stack)
    assert broken == set()
