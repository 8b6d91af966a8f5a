"""Routing controls as switches: those that health checks of type RECOVERY_CONTROL name, On or Off (fact sheet §7.2).

In: calls of the API route53-recovery-cluster, an action and its parameters. Out: results in boto3's shape, or a Refusal
with AWS's code. A control exists while a check names its ARN; it is Off until it is switched On. Clusters, control
panels and safety rules are not here yet.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from sandbox.kernel.errors import Refusal, not_emulated

STATES = ("On", "Off")
MOST_ENTRIES = 10


class RoutingControls:
    """The switches of one account."""

    def __init__(self) -> None:
        self._states: dict[str, str] = {}

    def state(self, arn: str) -> str:
        """On or Off."""
        return self._states.get(arn, "Off")

    def forget(self, arn: str) -> None:
        """No check names it any more."""
        self._states.pop(arn, None)

    def call(self, action: str, asked: Mapping[str, Any], known: Collection[str]) -> dict[str, Any]:
        """One call. known: the ARNs that checks name."""
        if action == "GetRoutingControlState":
            arn = existing(asked.get("RoutingControlArn"), known)
            return self._shown(arn)
        if action == "ListRoutingControls":
            panel = asked.get("ControlPanelArn")
            arns = [arn for arn in sorted(known) if panel in (None, panel_of(arn))]
            return {"RoutingControls": [{**self._shown(arn), "ControlPanelArn": panel_of(arn)} for arn in arns]}
        if action == "UpdateRoutingControlState":
            self._switch([asked], known)
            return {}
        if action == "UpdateRoutingControlStates":
            self._switch(asked.get("UpdateRoutingControlStateEntries") or [], known)
            return {}
        raise not_emulated(f"{action} of route53-recovery-cluster")

    def _switch(self, entries: list[Mapping[str, Any]], known: Collection[str]) -> None:
        """All or none."""
        if len(entries) > MOST_ENTRIES:
            raise Refusal(
                "ServiceLimitExceededException", f"One call switches {MOST_ENTRIES} routing controls at most."
            )
        wanted = {
            existing(entry.get("RoutingControlArn"), known): entry.get("RoutingControlState") for entry in entries
        }
        for state in wanted.values():
            if state not in STATES:
                raise Refusal("ValidationException", f"RoutingControlState must be On or Off, not {state}")
        self._states.update({arn: str(state) for arn, state in wanted.items()})

    def _shown(self, arn: str) -> dict[str, Any]:
        name = arn.rpartition("/")[2]
        return {"RoutingControlArn": arn, "RoutingControlName": name, "RoutingControlState": self.state(arn)}


def existing(arn: Any, known: Collection[str]) -> str:
    """An ARN that a check names, or AWS's refusal."""
    if arn not in known:
        message = f"There is no routing control {arn}: no health check of type RECOVERY_CONTROL names it."
        raise Refusal("ResourceNotFoundException", message, status=404)
    return str(arn)


def panel_of(arn: str) -> str:
    """The control panel that an ARN lies in."""
    return arn.partition("/routingcontrol/")[0]
