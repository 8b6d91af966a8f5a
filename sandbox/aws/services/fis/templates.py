"""What an experiment template may say (facts GT 5.01, 5.09). Pure: a request's body in, a Refusal raised.

Whatever AWS has an action for may be written into a template; only what `ACTIONS` lists can be run here.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from sandbox.kernel.errors import Refusal

PAUSE = "aws:dynamodb:global-table-pause-replication"
OLD_PAUSE = "aws:dynamodb:encrypted-global-table-pause-replication"  # its former name
WAIT = "aws:fis:wait"
GLOBAL_TABLE = "aws:dynamodb:global-table"
LEAST_S, MOST_S = 1.0, 12 * 3600.0  # AWS states no bounds for the pause; its siblings have 1 minute to 12 hours
DURATION = re.compile(r"P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?")
SELECTION = re.compile(r"ALL|COUNT\(\d+\)|PERCENT\(\d+\)")
NAME = re.compile(r"[\s\S]{1,64}")
ACTION_ID = re.compile(r"aws:[a-z0-9-]+:[A-Za-z0-9-]+(?:/[A-Za-z0-9-]+)?")


@dataclass(frozen=True, kw_only=True)
class Kind:
    """An action that runs here. targets: key in the action -> type of resource."""

    description: str
    targets: Mapping[str, str] = field(default_factory=dict)


ACTIONS: Mapping[str, Kind] = MappingProxyType(
    {
        PAUSE: Kind(
            description="Pause replication of a global table into and out of this region.",
            targets=MappingProxyType({"Tables": GLOBAL_TABLE}),
        ),
        WAIT: Kind(description="Wait for the specified duration."),
    }
)


def check_template(body: Mapping[str, Any]) -> None:
    """A ValidationException for a template that cannot be."""
    for name in ("description", "roleArn", "stopConditions", "actions"):
        if not body.get(name):
            raise invalid(f"The request is missing the required parameter: {name}")
    for condition in body["stopConditions"]:
        if condition.get("source") not in ("none", "aws:cloudwatch:alarm"):
            raise invalid(f"Invalid stop condition source: {condition.get('source')}")
    targets = body.get("targets") or {}
    for name, target in targets.items():
        check_target(name, target)
    for name, action in body["actions"].items():
        check_action(name, action, targets, body["actions"])
    refuse_circles(body["actions"])


def check_target(name: str, target: Mapping[str, Any]) -> None:
    """One of the targets."""
    if not target.get("resourceType"):
        raise invalid(f"Target {name} needs a resourceType")
    if not SELECTION.fullmatch(str(target.get("selectionMode"))):
        raise invalid(f"Target {name}: selectionMode must be ALL, COUNT(n) or PERCENT(n)")
    if bool(target.get("resourceArns")) == bool(target.get("resourceTags")):
        raise invalid(f"Target {name} needs either resourceArns or resourceTags")


def check_action(name: str, action: Mapping[str, Any], targets: Mapping[str, Any], actions: Mapping[str, Any]) -> None:
    """One of the actions."""
    action_id = str(action.get("actionId"))
    if not ACTION_ID.fullmatch(action_id):
        raise invalid(f"Invalid action ID: {action_id}")
    for before in action.get("startAfter") or ():
        if before not in actions:
            raise invalid(f"Action {name} starts after {before}, which the template does not have")
    for target in (action.get("targets") or {}).values():
        if target not in targets:
            raise invalid(f"Action {name} names the target {target}, which the template does not have")
    kind = ACTIONS.get(current(action_id))
    if kind is None:
        return
    duration_s((action.get("parameters") or {}).get("duration"))
    given = action.get("targets") or {}
    if set(given) != set(kind.targets):
        wanted = ", ".join(kind.targets) or "none"
        raise invalid(f"Action {name} ({action_id}) needs these targets: {wanted}; given: {', '.join(given) or 'none'}")
    for key, target in given.items():
        found = targets[target]["resourceType"]
        if found != kind.targets[key]:
            raise invalid(f"Action {name}: target {target} is {found}; {action_id} needs {kind.targets[key]}")


def refuse_circles(actions: Mapping[str, Any]) -> None:
    """Actions that wait for each other would never start."""
    left = {name: set(action.get("startAfter") or ()) for name, action in actions.items()}
    while left:
        free = [name for name, before in left.items() if not before & left.keys()]
        if not free:
            raise invalid(f"The actions {', '.join(sorted(left))} wait for each other")
        for name in free:
            del left[name]


def current(action_id: str) -> str:
    """An action's present id."""
    return PAUSE if action_id == OLD_PAUSE else action_id


def duration_s(text: Any) -> float:
    """ISO 8601, as FIS writes durations: PT5M, PT1H30M."""
    match = DURATION.fullmatch(text) if isinstance(text, str) else None
    if match is None or not any(match.groups()) or str(text).endswith("T"):
        raise invalid(f"Invalid duration: {text}. It is written in ISO 8601, for example PT5M")
    days, hours, minutes, seconds = (float(group or 0) for group in match.groups())
    found_s = ((days * 24 + hours) * 60 + minutes) * 60 + seconds
    if not LEAST_S <= found_s <= MOST_S:
        raise invalid(f"Invalid duration: {text}. It must be from 1 second to 12 hours")
    return found_s


def invalid(message: str) -> Refusal:
    """FIS's error for a request that cannot be."""
    return Refusal("ValidationException", message)


def not_found(what: str, name: str) -> Refusal:
    """FIS's error for what is not there."""
    return Refusal("ResourceNotFoundException", f"{what} {name} does not exist.", status=404)
