"""Query logging configs, and what the planet's name servers saw, as events of CloudWatch Logs (fact sheet §4.4).

In: configs as the API makes them, lines from the planet. Out: topics "query-logging/<zone id>"; events in the log
stream `<zone id>/<edge location>` of the config's log group in us-east-1.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from moto.logs.models import logs_backends

HOME = "us-east-1"  # where AWS wants the log group of a public zone
ALL_STREAMS = ":*"


def group_of(arn: str) -> str:
    """The log group's name in its ARN."""
    return arn.split(":log-group:", 1)[1].removesuffix(ALL_STREAMS)


def whole_arn(arn: str) -> str:
    """With the ending that moto compares; AWS takes both."""
    return arn if arn.endswith(ALL_STREAMS) else arn + ALL_STREAMS


def topics_of(backend: Any) -> dict[str, Any]:
    """Which zones the name servers log."""
    configs = list(backend.query_logging_configs.values())
    return {f"query-logging/{config.hosted_zone_id}": {"config": config.id} for config in configs}


def write(backends: Iterable[Any], lines: Iterable[Mapping[str, Any]]) -> int:
    """Put each line into its zone's log group; how many had one. A group that was deleted takes none, as in AWS."""
    targets = {
        config.hosted_zone_id: (
            logs_backends[backend.account_id][HOME],
            group_of(config.cloud_watch_logs_log_group_arn),
        )
        for backend in backends
        for config in list(backend.query_logging_configs.values())
    }
    events: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for line in lines:
        event = {"timestamp": int(line["at_s"] * 1000), "message": line["line"]}
        events.setdefault((line["zone"], line["edge"]), []).append(event)
    written = 0
    for (zone_id, edge), found in events.items():
        logs, group = targets.get(zone_id, (None, ""))
        if logs is None or group not in logs.groups:
            continue
        logs.ensure_log_stream(group, f"{zone_id}/{edge}")
        logs.groups[group].put_log_events(f"{zone_id}/{edge}", found)
        written += len(found)
    return written
