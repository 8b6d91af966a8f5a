"""What operators see when nothing has happened yet; the rest is in test_tallies.py."""

from __future__ import annotations

from typing import Any

from sandbox.replication.objects.looking import directions


def test_a_rule_without_traffic_is_seen_with_its_state(in_a_world: Any, rule: Any) -> None:
    async def story(world: Any) -> None:
        dublin = world.regions["eu-west-1"]
        assert directions(dublin.replication, dublin.replication._rows, 0.0) == []
        await dublin.configure("b", rule("d", Status="Disabled"))
        [view] = directions(dublin.replication, dublin.replication._rows, 0.0)
        assert (view["rule"], view["enabled"], view["pending"], view["lag_p50_ms"]) == ("all", False, 0, None)
        assert (view["trouble"], view["paused"], view["away_s"], view["oldest_pending_s"]) == ("", False, None, None)

    in_a_world(story)
