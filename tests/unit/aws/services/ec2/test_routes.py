"""A route over a peering connection is a black hole while the connection is not active [VPC B2]."""

from __future__ import annotations

from .conftest import Two


def test_a_routes_state_follows_its_connection(two: Two) -> None:
    made = two.ask()
    [table] = two.here.describe_route_tables(filters={"vpc-id": [two.mine]})
    route = two.here.create_route(table.id, "10.2.0.0/16", vpc_peering_connection_id=made.id)
    states = [route.state]
    two.there.answer_peering(made.id, "accept")
    states.append(route.state)
    two.there.end_peering(made.id)
    states.append(route.state)
    assert states == ["blackhole", "active", "blackhole"]
    assert [each.state for each in table.routes if each.local] == ["active"]
