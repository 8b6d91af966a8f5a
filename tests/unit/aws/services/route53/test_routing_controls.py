"""Routing controls as switches (fact sheet §7.2)."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.aws.services.route53.routing_controls import RoutingControls
from sandbox.kernel.errors import Refusal

PANEL = "arn:aws:route53-recovery-control::000000000000:controlpanel/p"
ONE, TWO = f"{PANEL}/routingcontrol/1", f"{PANEL}/routingcontrol/2"
KNOWN = {ONE, TWO}


def entry(arn: str, state: str) -> dict[str, str]:
    return {"RoutingControlArn": arn, "RoutingControlState": state}


def test_controls_are_switched_together_or_not_at_all() -> None:
    controls = RoutingControls()
    for entries in ([entry(ONE, "On"), entry(TWO, "Maybe")], [entry(ONE, "On"), entry("gone", "On")]):
        with pytest.raises(Refusal):
            controls.call("UpdateRoutingControlStates", {"UpdateRoutingControlStateEntries": entries}, KNOWN)
    assert controls.state(ONE) == "Off"
    both = {"UpdateRoutingControlStateEntries": [entry(ONE, "On"), entry(TWO, "On")]}
    assert controls.call("UpdateRoutingControlStates", both, KNOWN) == {}
    listed = controls.call("ListRoutingControls", {"ControlPanelArn": PANEL}, KNOWN)["RoutingControls"]
    assert [(one["RoutingControlName"], one["RoutingControlState"]) for one in listed] == [("1", "On"), ("2", "On")]
    assert controls.call("ListRoutingControls", {"ControlPanelArn": "other"}, KNOWN) == {"RoutingControls": []}


@pytest.mark.parametrize(
    ("action", "asked", "code"),
    [
        ("GetRoutingControlState", {"RoutingControlArn": "gone"}, "ResourceNotFoundException"),
        ("UpdateRoutingControlState", entry(ONE, "off"), "ValidationException"),
        (
            "UpdateRoutingControlStates",
            {"UpdateRoutingControlStateEntries": [entry(ONE, "On")] * 11},
            "ServiceLimitExceededException",
        ),
        ("Explode", {}, "NotImplemented"),
    ],
)
def test_errors_have_aws_names(action: str, asked: dict[str, Any], code: str) -> None:
    with pytest.raises(Refusal) as refused:
        RoutingControls().call(action, asked, KNOWN)
    assert refused.value.code == code


def test_one_control_is_told() -> None:
    controls = RoutingControls()
    controls.call("UpdateRoutingControlState", entry(ONE, "On"), KNOWN)
    assert controls.call("GetRoutingControlState", {"RoutingControlArn": ONE}, KNOWN) == {
        "RoutingControlArn": ONE,
        "RoutingControlName": "1",
        "RoutingControlState": "On",
    }
