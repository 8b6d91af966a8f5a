"""What is the matter now: programs, regions, faults, health checks, replication. Pure.

In: retained topics and answers of the hub. Out: one plain value for every reader, and whether it has changed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

PREFIXES = ("region/", "fault/", "health/", "health-check/")


class Picture:
    """The present state. regions: the codes of those that the sandbox has, in its order."""

    def __init__(self, regions: Sequence[str]) -> None:
        self.version = 0  # greater after every change
        self.programs: list[dict[str, Any]] = []
        self.replication: list[dict[str, Any]] = []
        self._regions = tuple(regions)
        self._topics: dict[str, dict[str, Any]] = {prefix: {} for prefix in PREFIXES}

    def put(self, topic: str, value: Any) -> None:
        """A retained topic, None when it is gone."""
        prefix, _, name = topic.partition("/")
        known = self._topics[f"{prefix}/"]
        if known.get(name) == value:
            return
        if value is None:
            known.pop(name, None)
        else:
            known[name] = value
        self.version += 1

    def put_programs(self, programs: list[dict[str, Any]]) -> None:
        """The hub's answer to `programs`."""
        if programs != self.programs:
            self.programs = programs
            self.version += 1

    def put_replication(self, asked: Mapping[str, Any]) -> None:
        """The hub's answer to `ask_regions table_status`."""
        streams = streams_of(asked["answers"])
        if streams != self.replication:
            self.replication = streams
            self.version += 1

    @property
    def faults(self) -> list[dict[str, Any]]:
        """What is broken, oldest first."""
        return sorted(self._topics["fault/"].values(), key=lambda fault: float(fault["since"]))

    def regions(self) -> list[dict[str, Any]]:
        """Each region: its process, its application, what is wrong with it."""
        states = {program["name"]: program for program in self.programs}
        found = []
        for code in self._regions:
            program = states.get(f"region:{code}", {})
            listening = self._topics["region/"].get(code)
            found.append(
                {
                    "code": code,
                    "state": program.get("state", "running" if listening else "ended"),
                    "app_running": bool(listening and listening.get("app_running")),
                    "faults": [fault["id"] for fault in self.faults if code in fault["target"]],
                }
            )
        return found

    def checks(self) -> list[dict[str, Any]]:
        """Each health check: what it checks, the verdict and why, what each checker saw."""
        found = []
        for check_id, check in sorted(self._topics["health-check/"].items()):
            config, seen = check["config"], self._topics["health/"].get(check_id, {})
            found.append(
                {
                    "id": check_id,
                    "kind": config.get("Type", ""),
                    "target": target_of(config),
                    "interval_s": config.get("RequestInterval"),
                    "threshold": config.get("FailureThreshold"),
                    "healthy": seen.get("healthy"),
                    "why": seen.get("why", "not yet probed"),
                    "observations": [observation_of(each) for each in seen.get("observations", ())],
                }
            )
        return found

    def whole(self) -> dict[str, Any]:
        """All of it, for a reader."""
        return {
            "programs": self.programs,
            "regions": self.regions(),
            "faults": self.faults,
            "checks": self.checks(),
            "replication": self.replication,
        }


def target_of(config: Mapping[str, Any]) -> str:
    """What a check (Route 53's HealthCheckConfig) looks at, in words."""
    kind = str(config.get("Type", ""))
    where = config.get("FullyQualifiedDomainName") or config.get("IPAddress") or ""
    if not where:
        return kind.lower().replace("_", " ")
    port = f":{config['Port']}" if config.get("Port") else ""
    return f"{kind.partition('_')[0].lower()}://{where}{port}{config.get('ResourcePath') or ''}"


def observation_of(each: Mapping[str, Any]) -> dict[str, Any]:
    """One checker's line of GetHealthCheckStatus."""
    report = each.get("StatusReport", {})
    return {
        "region": each.get("Region", ""),
        "address": each.get("IPAddress", ""),
        "status": report.get("Status", ""),
        "checked_at": report.get("CheckedTime", ""),
    }


def streams_of(answers: Mapping[str, Sequence[Mapping[str, Any]]]) -> list[dict[str, Any]]:
    """region -> its tables, as regions answer; one line for each table and direction."""
    return [
        {
            "table": view["table"],
            "account": view["account"],
            "from": region,
            "to": peer["region"],
            "backlog": peer["backlog"] + peer["syncing"],
            "oldest_unsent_s": peer["oldest_unsent_s"],
            "lag_p50_ms": peer["lag_p50_ms"],
            "lag_p99_ms": peer["lag_p99_ms"],
            "acknowledged": peer["acknowledged"],
            "paused": peer["paused"],
            "away_s": peer["away_s"],
        }
        for region, views in answers.items()
        for view in views
        for peer in view["peers"]
    ]
