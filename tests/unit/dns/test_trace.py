"""Answers as JSON."""

from __future__ import annotations

import json
from typing import Any

from sandbox.dns.trace import traced


def test_a_trace_shows_both_ttls_and_every_candidate(authority: Any) -> None:
    text = "app 60 A 192.0.2.1 | failover=PRIMARY check=a\n app 60 A 192.0.2.2 | failover=SECONDARY"
    made = authority(text, speed=10, unhealthy=("a",))
    trace = json.loads(json.dumps(traced(made.decide("app.example.test", "A", "paris"), speed=made.speed)))
    assert trace["answer"] == [
        {"name": "app.example.test.", "rtype": "A", "ttl_s": 60, "wire_ttl_s": 6, "values": ["192.0.2.2"]}
    ]
    assert (trace["rcode"], trace["zone"], trace["by_place"]) == ("NOERROR", "Z1", False)
    assert [(c["label"], c["state"], c["note"]) for c in trace["decisions"][0]["candidates"]] == [
        ("secondary", "chosen", ""),
        ("primary", "left out", "health check a unhealthy"),
    ]
