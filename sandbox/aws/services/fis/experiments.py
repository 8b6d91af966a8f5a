"""One experiment and its states (GT 5.09). Pure: what happens to it in, its description out.

experiment   initiating -> running -> completed | failed; running -> stopping -> stopped
action       pending -> initiating -> running -> completed | failed | stopped; pending -> cancelled | skipped
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

OVER = frozenset({"completed", "stopped", "failed"})
ACTION_OVER = frozenset({"completed", "stopped", "failed", "cancelled", "skipped"})
STARTS_OTHERS = frozenset({"completed", "skipped"})


@dataclass
class Action:
    """One action of a running experiment."""

    name: str
    template: Mapping[str, Any]
    status: str = "pending"
    reason: str = "Initial state"
    started_s: float | None = None
    ended_s: float | None = None

    def move(self, status: str, reason: str, now_s: float) -> None:
        """It is in another state now."""
        self.status, self.reason = status, reason
        if status == "running":
            self.started_s = now_s
        elif status in ACTION_OVER and self.started_s is not None:
            self.ended_s = now_s

    def image(self) -> dict[str, Any]:
        """As GetExperiment shows it."""
        shown: dict[str, Any] = {**self.template, "state": {"status": self.status, "reason": self.reason}}
        if self.started_s is not None:
            shown["startTime"] = self.started_s
        if self.ended_s is not None:
            shown["endTime"] = self.ended_s
        return shown


@dataclass
class Experiment:
    """What a template became when it was started."""

    id: str
    arn: str
    template: Mapping[str, Any]
    created_s: float
    tags: Mapping[str, str] = field(default_factory=dict)
    status: str = "initiating"
    reason: str = "Experiment is initiating."
    started_s: float | None = None
    ended_s: float | None = None
    actions: dict[str, Action] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.actions = {name: Action(name, action) for name, action in self.template["actions"].items()}

    @property
    def is_over(self) -> bool:
        """Whether nothing happens any more."""
        return self.status in OVER

    @property
    def skips_empty_targets(self) -> bool:
        """Whether an action without targets is left out, instead of failing all."""
        options = self.template.get("experimentOptions") or {}
        return bool(options.get("emptyTargetResolutionMode") == "skip")

    def run(self, now_s: float) -> None:
        """Its targets are known; actions start."""
        self.status, self.reason, self.started_s = "running", "Experiment is running.", now_s

    def stop(self) -> None:
        """Somebody called StopExperiment."""
        self.status, self.reason = "stopping", "Stopping Experiment."

    def may_start(self, action: Action) -> bool:
        """Whether everything that it starts after is over, and well."""
        before = action.template.get("startAfter") or ()
        return action.status == "pending" and all(self.actions[name].status in STARTS_OTHERS for name in before)

    def end(self, now_s: float) -> None:
        """No action runs any more."""
        for action in self.actions.values():
            if action.status == "pending":
                action.move("cancelled", "Action was cancelled.", now_s)
        failed = [action for action in self.actions.values() if action.status == "failed"]
        if self.status == "stopping":
            self.status, self.reason = "stopped", "Experiment halted by user action."
        elif failed:
            self.status, self.reason = "failed", failed[0].reason
        else:
            self.status, self.reason = "completed", "Experiment completed."
        self.ended_s = now_s

    def fail(self, reason: str, now_s: float) -> None:
        """It ends before an action has begun."""
        self.end(now_s)
        self.status, self.reason = "failed", reason

    def summary(self) -> dict[str, Any]:
        """As ListExperiments shows it."""
        return {
            "id": self.id,
            "arn": self.arn,
            "experimentTemplateId": self.template["id"],
            "state": {"status": self.status, "reason": self.reason},
            "creationTime": self.created_s,
            "tags": dict(self.tags),
            "experimentOptions": self.template.get("experimentOptions") or {},
        }

    def image(self) -> dict[str, Any]:
        """As GetExperiment shows it."""
        shown = {
            **self.summary(),
            "roleArn": self.template["roleArn"],
            "targets": self.template["targets"],
            "actions": {name: action.image() for name, action in self.actions.items()},
            "stopConditions": self.template["stopConditions"],
            "targetAccountConfigurationsCount": 0,
        }
        if self.started_s is not None:
            shown["startTime"] = self.started_s
        if self.ended_s is not None:
            shown["endTime"] = self.ended_s
        return shown
