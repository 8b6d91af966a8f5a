"""`bucket`: S3 replication as all regions see it: what waits, how late it is, what will not be copied and why."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

import typer

from sandbox.cli.options import NO_HOME, AsJson, Home, connect
from sandbox.cli.output import milliseconds, say, show_json, show_table
from sandbox.replication.objects.overview import Buckets

COLUMNS = ("bucket", "to", "rule", "pending", "bytes", "oldest pending", "lag p50", "lag p99", "failed", "state")
NUMBERS = ("pending", "bytes", "oldest pending", "lag p50", "lag p99", "failed")


def status(
    bucket: Annotated[str | None, typer.Argument(metavar="[BUCKET]")] = None,
    as_json: AsJson = False,
    home: Home = NO_HOME,
) -> None:
    """Show for each replication rule what waits, how late it is, and which versions failed."""
    with connect(home) as client:
        buckets = Buckets(lambda method, **arguments: client.call("hub", method, **arguments))
        asked = buckets.status(bucket)
        failed = [] if bucket is None else buckets.failed(bucket)
    if as_json:
        show_json({"regions": asked.answers, "silent": asked.silent, "failed": failed})
        return
    rows = [rule_row(view) for views in asked.answers.values() for view in views]
    if rows:
        show_table(COLUMNS, rows, right=NUMBERS)
    else:
        say("No bucket is replicated. Begin: aws s3api put-bucket-replication --bucket B ...")
    for version in failed:
        say(f"FAILED  {version['key']} ({version['version_id']}) to {version['destination']}: {version['reason']}")
    for region, why in asked.silent.items():
        say(f"{region} does not answer: {why}")


def rule_row(view: Mapping[str, Any]) -> tuple[str, ...]:
    """One rule."""
    oldest_s = view["oldest_pending_s"]
    return (
        f"{view['bucket']} ({view['region']})",
        f"{view['destination']} ({view['destination_region']})",
        view["rule"],
        str(view["pending"]),
        str(view["pending_bytes"]),
        "-" if oldest_s is None else f"{oldest_s:.1f} s",
        milliseconds(view["lag_p50_ms"]),
        milliseconds(view["lag_p99_ms"]),
        str(view["failed"]),
        state_of(view),
    )


def state_of(view: Mapping[str, Any]) -> str:
    """What holds it up, if anything does."""
    if view["paused"]:
        return "paused by fault"
    if not view["enabled"]:
        return "rule disabled"
    if not view["pending"]:
        return "in sync"
    if view["away_s"] is not None:
        return f"no answer for {view['away_s']:.0f} s"
    return f"tried again: {view['trouble']}" if view["trouble"] else "sending"


def group() -> typer.Typer:
    """`sandbox bucket`."""
    app = typer.Typer(help="Look into S3 replication.")
    app.command()(status)
    return app
