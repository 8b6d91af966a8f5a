"""Act 7: the line between two regions is cut, and both write the same items. Who wins, and what a wrong clock does."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sandbox.client.aws_steps import Step
from sandbox.demo.claims import claim
from sandbox.demo.stage import Stage
from sandbox.demo.stock import item_of, read, settle, text_in
from sandbox.demo.values import FAR, HOME, STOCK, Ground, Scene

TITLE = f"Act 7: {HOME} and {FAR} write the same items while the line between them is cut"
TRIALS = (
    f"sandbox fault partition {HOME} {FAR}",
    f"sandbox fault skew {FAR} --ms -5000",
    f"sandbox table diff {STOCK}",
    f"sandbox table conflicts {STOCK}",
)
BEHIND_MS = -5000
# Item -> the regions in the order in which they write it.
RIGHT_CLOCKS: Mapping[str, Sequence[str]] = {"apples": (HOME, FAR), "pears": (FAR, HOME), "plums": (HOME, FAR)}
WRONG_CLOCK: Mapping[str, Sequence[str]] = {"figs": (HOME, FAR), "dates": (HOME, FAR)}


@dataclass(frozen=True, kw_only=True)
class Fate:
    """What became of one item. last: who wrote last in truth; stands: whose write all regions hold, "" if they differ;
    margin_us: by how much the winner's stamp is greater; lost: what was overwritten unseen, "" if nothing was recorded.
    """

    item: str
    last: str
    stands: str
    margin_us: int
    lost: str


def steps(ground: Ground) -> list[Step]:
    """Nothing that AWS is told."""
    return []


def play(stage: Stage, earlier: list[Scene]) -> Scene:
    """Cut, write on both sides, cut and write with a wrong clock, heal, look."""
    cut = stage.inject("partition", HOME, FAR)
    stage.screen.line(f"$ sandbox fault partition {HOME} {FAR}", "cyan")
    refused = write_all(stage, RIGHT_CLOCKS)
    skew = stage.inject("skew", FAR, ms=BEHIND_MS)
    stage.screen.line(f"$ sandbox fault skew {FAR} --ms {BEHIND_MS}", "cyan")
    refused += write_all(stage, WRONG_CLOCK)
    skew.heal()
    cut.heal()
    stage.screen.line("$ sandbox fault heal --all", "cyan")
    settled = settle(stage)
    conflicts = stage.sandbox.tables.conflicts(STOCK)
    fates = [fate_of(stage, item, order[-1], conflicts) for item, order in {**RIGHT_CLOCKS, **WRONG_CLOCK}.items()]
    show(stage, fates)
    return Scene(figures=figures_of(fates), claims=claims_of(fates, refused=refused, settled=settled))


def write_all(stage: Stage, orders: Mapping[str, Sequence[str]]) -> int:
    """Each item in each region, in this order; how many were refused."""
    from botocore.exceptions import ClientError

    refused = 0
    for item, regions in orders.items():
        for region in regions:
            client = stage.aws.client("dynamodb", region)
            try:
                client.put_item(TableName=STOCK, Item=item_of(item, counted_in=region))
            except ClientError:
                refused += 1
    return refused


def fate_of(stage: Stage, item: str, last: str, conflicts: Sequence[Mapping[str, Any]]) -> Fate:
    """What all regions hold now, and what the conflict log says of it."""
    held = {text_in(read(stage, region, item), "counted_in") for region in stage.ground.regions}
    found = [each for each in conflicts if text_in(each["key"], "id") == item]
    return Fate(
        item=item,
        last=last,
        stands=held.pop() if len(held) == 1 else "",
        margin_us=found[0]["winner"]["stamp_us"] - found[0]["loser"]["stamp_us"] if len(found) == 1 else -1,
        lost=text_in(found[0]["loser"]["item"], "counted_in") if len(found) == 1 else "",
    )


def show(stage: Stage, fates: Sequence[Fate]) -> None:
    """The fates, and the reason."""
    stage.screen.table(
        f"both sides got their 200; `sandbox table conflicts {STOCK}` knows what became of them",
        ("item", "written last by", "stands everywhere", "lost", "by µs"),
        [(fate.item, fate.last, fate.stands or "regions differ", fate.lost, f"{fate.margin_us}") for fate in fates],
    )
    stage.screen.say(
        "Why: last writer wins, by the writing region's clock, and the whole item is replaced. AWS tells nobody who"
        f" lost; the sandbox keeps a log. With its clock 5 s behind, {FAR} wrote last and lost: who wins is a matter of"
        " clocks, so items that matter should be written in one region only, or be made of parts that never meet."
    )


def figures_of(fates: Sequence[Fate]) -> dict[str, Any]:
    """For --json."""
    return {
        "items": [
            {
                "item": fate.item,
                "written_last_by": fate.last,
                "stands": fate.stands,
                "lost": fate.lost,
                "margin_us": fate.margin_us,
            }
            for fate in fates
        ]
    }


def claims_of(fates: Sequence[Fate], *, refused: int, settled: bool) -> tuple[Any, ...]:
    """What must hold of every conflict."""
    right = [fate for fate in fates if fate.item in RIGHT_CLOCKS]
    wrong = [fate for fate in fates if fate.item in WRONG_CLOCK]
    recorded = sum(bool(fate.lost) and fate.lost != fate.stands for fate in fates)
    return (
        claim(7, "cut off from each other, both sides accept every write", f"{refused} refused", refused == 0),
        claim(
            7,
            "healed, all regions hold the same",
            f"{sum(bool(fate.stands) for fate in fates)} of {len(fates)} items",
            settled and all(fate.stands for fate in fates),
        ),
        claim(
            7,
            "with right clocks the later write stands",
            f"{sum(fate.stands == fate.last for fate in right)} of {len(right)}",
            all(fate.stands == fate.last for fate in right),
        ),
        claim(
            7,
            "with a clock 5 s behind the later write is lost",
            f"{sum(bool(fate.stands) and fate.stands != fate.last for fate in wrong)} of {len(wrong)}",
            all(fate.stands and fate.stands != fate.last for fate in wrong),
        ),
        claim(7, "each lost write is in the conflict log, once", f"{recorded} of {len(fates)}", recorded == len(fates)),
    )
