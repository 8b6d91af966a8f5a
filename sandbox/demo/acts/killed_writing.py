"""Act 9: a region is cut off, written to, and killed. What had got its 200 is in every region afterwards."""

from __future__ import annotations

import threading
from collections.abc import Sequence

from sandbox.client.aws_steps import Step
from sandbox.demo.claims import claim
from sandbox.demo.stage import Stage
from sandbox.demo.stock import item_of, settle
from sandbox.demo.values import STOCK, VICTIM, Ground, Scene

TITLE = f"Act 9: {VICTIM} is cut off, written to, and killed"
TRIALS = (
    f"sandbox fault isolate {VICTIM}",
    f"sandbox fault stop {VICTIM}",
    f"sandbox table status {STOCK}",
    f"sandbox table diff {STOCK}",
)
WRITERS = 4
ENOUGH = 300  # acknowledged writes before the kill
ENOUGH_WITHIN_S = 10.0
BACK_WITHIN_S = 20.0


def steps(ground: Ground) -> list[Step]:
    """Nothing that AWS is told."""
    return []


class Writers:
    """Clients of one region, each with keys of its own. acknowledged: keys whose write got its 200."""

    def __init__(self, stage: Stage, region: str) -> None:
        self.acknowledged: list[str] = []
        self._client = stage.aws.client("dynamodb", region)
        self._threads = [threading.Thread(target=self._write, args=(number,)) for number in range(WRITERS)]

    def start(self) -> None:
        """They write until they fail."""
        for thread in self._threads:
            thread.start()

    def join(self) -> None:
        """Wait until all have failed."""
        for thread in self._threads:
            thread.join()

    def _write(self, number: int) -> None:
        from botocore.exceptions import BotoCoreError, ClientError

        count = 0
        while True:
            key = f"order {number}-{count}"
            try:
                self._client.put_item(TableName=STOCK, Item=item_of(key, by=f"writer {number}"))
            except (BotoCoreError, ClientError):
                return
            self.acknowledged.append(key)
            count += 1


def play(stage: Stage, earlier: list[Scene]) -> Scene:
    """Cut off, write, kill, look what had not left, start again, look again."""
    cut = stage.inject("isolate", VICTIM)
    stage.screen.line(f"$ sandbox fault isolate {VICTIM}", "cyan")
    writers = Writers(stage, VICTIM)
    writers.start()
    stage.wait_until(lambda: len(writers.acknowledged) >= ENOUGH, what="writes", within_s=ENOUGH_WITHIN_S)
    fault = stage.inject("stop", VICTIM)
    stage.screen.line(f"$ sandbox fault stop {VICTIM}", "cyan")
    writers.join()
    acknowledged = tuple(writers.acknowledged)
    others = [region for region in stage.ground.regions if region != VICTIM]
    not_sent = min(missing_in(stage, region, acknowledged) for region in others)
    cut.heal()
    fault.heal()
    stage.screen.line("$ sandbox fault heal --all", "cyan")
    settled = stage.wait_until(lambda: is_back(stage), what=VICTIM, within_s=BACK_WITHIN_S) and settle(stage)
    missing = {region: missing_in(stage, region, acknowledged) for region in stage.ground.regions}
    stage.screen.say(
        f"{len(acknowledged)} writes had got their 200 when {VICTIM} was killed, and {not_sent} of them were in no"
        " other region: with its disk they would be gone, which is the RPO of asynchronous replication. It came back,"
        f" read its ledger, and sent on what its peers had not acknowledged: {sum(missing.values())} are missing now."
    )
    return Scene(
        figures={"acknowledged": len(acknowledged), "not_sent_at_the_kill": not_sent, "missing": missing},
        claims=(
            claim(
                9,
                "what is written to a region that is cut off is nowhere else",
                f"{not_sent} of {len(acknowledged)}",
                not_sent == len(acknowledged),
            ),
            claim(
                9,
                "started again, every acknowledged write is in every region",
                f"{len(acknowledged)} acknowledged, {sum(missing.values())} missing",
                bool(settled) and len(acknowledged) >= ENOUGH and not any(missing.values()),
            ),
        ),
    )


def is_back(stage: Stage) -> bool:
    """Whether the region answers again."""
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        stage.aws.client("dynamodb", VICTIM).describe_table(TableName=STOCK)
    except (BotoCoreError, ClientError):
        return False
    return True


def missing_in(stage: Stage, region: str, keys: Sequence[str]) -> int:
    """How many of these a region does not have."""
    pages = stage.aws.client("dynamodb", region).get_paginator("scan").paginate(TableName=STOCK)
    held = {item["id"]["S"] for page in pages for item in page["Items"]}
    return len(set(keys) - held)
