"""What control tells the planet of checks that nobody probes: alarms' metric data and routing controls.

In: a check, its account, the time. Out: {"healthy", "why"} for topic "health-verdict/<id>", or None for other kinds.
"""

from __future__ import annotations

from typing import Any

from sandbox.aws.services.route53.alarm_rules import INSUFFICIENT, UNHEALTHY, horizon_s, judge
from sandbox.aws.services.route53.alarms import points_of

METRIC, RECOVERY = "CLOUDWATCH_METRIC", "RECOVERY_CONTROL"


def verdict_of(backend: Any, check: Any, now_s: float, *, speed: float) -> dict[str, Any] | None:
    """The state of one check."""
    config = check.health_check_config
    if config["Type"] == RECOVERY:
        state = backend.routing_controls.state(config["RoutingControlArn"])
        return {"healthy": state == "On", "why": f"the routing control is {state}"}
    if config["Type"] != METRIC:
        return None
    alarm, region = check.alarm, config["AlarmIdentifier"]["Region"]
    points = points_of(backend.account_id, region, alarm, now_s - horizon_s(alarm, speed=speed))
    state, why = judge(alarm, points, now_s, speed=speed)
    if state != INSUFFICIENT:
        check.last_known = state != UNHEALTHY
        return {"healthy": check.last_known, "why": why}
    choice = config["InsufficientDataHealthStatus"]
    healthy = check.last_known if choice == "LastKnownStatus" else choice == "Healthy"
    return {"healthy": healthy, "why": f"{why}; InsufficientDataHealthStatus is {choice}"}
