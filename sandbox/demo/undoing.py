"""Leaving a sandbox as it was found: faults healed, zone, health checks and tables deleted.

In: a stage, however far its acts came. Out: what could not be undone, in words; the rest is gone. Nothing is taken from
the stage but names: Ctrl-C may have cut one of its connections, or come between a call and its answer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from sandbox.client.aws_steps import RUN, Aws
from sandbox.demo.stage import Stage
from sandbox.demo.values import CONTROL_HOME
from sandbox.kernel.clock import pause_s
from sandbox.kernel.errors import Refusal

MOST_TRIES = 100
TRY_EVERY_S = 0.05

Undo = tuple[str, Callable[[], Any]]  # what it takes away, and how


def undo(stage: Stage) -> list[str]:
    """Heal first: what is broken cannot be tidied."""
    from sandbox.client.sandbox import Sandbox

    with Sandbox.attach(stage.sandbox.home) as sandbox:
        complaints = attempt([(f"fault {f.id}", f.heal) for f in sandbox.fault.list() if is_ours(stage.broken, f)])
        return complaints + attempt(deletions(stage, Aws(sandbox.endpoint_url())))


def is_ours(broken: Iterable[tuple[str, ...]], fault: Any) -> bool:
    """Whether we asked for this fault."""
    return (fault.kind, *fault.target) in broken


def deletions(stage: Stage, aws: Aws) -> Iterator[Undo]:
    """Everything that was made, in the order in which it can go. Zone and checks have our caller reference."""
    route53, reference = aws.client("route53", CONTROL_HOME), f"demo-{stage.runner.kept[RUN]}"
    for zone in route53.list_hosted_zones()["HostedZones"]:
        if zone["CallerReference"] == reference:
            yield f"zone {zone['Id']}", deletion(delete_zone, route53=route53, zone=zone["Id"])
    for check in route53.list_health_checks()["HealthChecks"]:
        if check["CallerReference"].startswith(f"{reference}-"):
            yield f"health check {check['Id']}", deletion(route53.delete_health_check, HealthCheckId=check["Id"])
    for region, table in stage.made_tables:
        what = f"table {table} in {region}"
        yield what, deletion(delete_table, dynamodb=aws.client("dynamodb", region), table=table)


def deletion(call: Callable[..., Any], **arguments: Any) -> Callable[[], Any]:
    """A call to be made later, with the arguments of now."""
    return lambda: call(**arguments)


def attempt(undos: Iterable[Undo]) -> list[str]:
    """Each of them, also when another fails; the failures in words."""
    from botocore.exceptions import BotoCoreError, ClientError

    complaints = []
    for what, how in undos:
        try:
            how()
        except ClientError as error:
            if error.response["Error"]["Code"] != "ResourceNotFoundException":  # gone, or never made
                complaints.append(f"{what}: {error}")
        except (Refusal, BotoCoreError) as error:
            complaints.append(f"{what}: {error}")
    return complaints


def delete_table(dynamodb: Any, table: str) -> None:
    """A region that made replicas can only delete its own once it has heard that theirs are gone (GT 1.35)."""
    from botocore.exceptions import ClientError

    for _ in range(MOST_TRIES):
        try:
            dynamodb.delete_table(TableName=table)
            return
        except ClientError as error:
            if error.response["Error"]["Code"] not in ("ValidationException", "ResourceInUseException"):
                raise
            refused = error
        pause_s(TRY_EVERY_S)
    raise refused


def delete_zone(route53: Any, zone: str) -> None:
    """A zone can be deleted when only its own NS and SOA are left."""
    records = route53.list_resource_record_sets(HostedZoneId=zone)["ResourceRecordSets"]
    changes = [
        {"Action": "DELETE", "ResourceRecordSet": record} for record in records if record["Type"] not in ("NS", "SOA")
    ]
    if changes:
        route53.change_resource_record_sets(HostedZoneId=zone, ChangeBatch={"Changes": changes})
    route53.delete_hosted_zone(Id=zone)
