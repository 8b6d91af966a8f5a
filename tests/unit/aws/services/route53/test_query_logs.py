"""Query logging configs, and lines as events of CloudWatch Logs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from moto.logs.models import logs_backends

from sandbox.aws.services.route53 import query_logs
from sandbox.aws.services.route53.models import SandboxRoute53Backend

ACCOUNT = "777788889999"
GROUP = "/aws/route53/example.test"


@pytest.fixture
def logs() -> Iterator[Any]:
    backend = logs_backends[ACCOUNT]["us-east-1"]
    backend.create_log_group(GROUP, {})
    yield backend
    backend.reset()


@pytest.fixture
def backend() -> Any:
    return SandboxRoute53Backend("aws", ACCOUNT)


def line(zone_id: str, edge: str = "CDG", at_s: float = 1.5) -> dict[str, Any]:
    return {"zone": zone_id, "edge": edge, "at_s": at_s, "line": f"1.0 {zone_id} {edge}"}


@pytest.mark.parametrize("ending", ["", ":*"])
def test_lines_reach_the_group_of_their_zone(logs: Any, backend: Any, ending: str) -> None:
    zone = backend.create_hosted_zone("example.test", private_zone=False, caller_reference="1")
    arn = f"arn:aws:logs:us-east-1:{ACCOUNT}:log-group:{GROUP}{ending}"
    config = backend.create_query_logging_config(zone.resource_id, arn)
    assert config.cloud_watch_logs_log_group_arn == arn
    assert query_logs.topics_of(backend) == {f"query-logging/{zone.resource_id}": {"config": config.id}}
    lines = [line(zone.resource_id), line(zone.resource_id, "NRT"), line("Z-other")]
    assert query_logs.write([backend], lines) == 2
    streams = logs.groups[GROUP].streams
    assert sorted(streams) == [f"{zone.resource_id}/CDG", f"{zone.resource_id}/NRT"]
    (event,) = streams[f"{zone.resource_id}/CDG"].events
    assert (event.timestamp, event.message) == (1500, f"1.0 {zone.resource_id} CDG")
    logs.delete_log_group(GROUP)
    assert query_logs.write([backend], lines) == 0
    backend.delete_hosted_zone(zone.id)
    assert query_logs.topics_of(backend) == {}
