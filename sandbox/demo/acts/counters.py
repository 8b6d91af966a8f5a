"""Act 8: a counter that two regions raise loses counts, and the design that does not."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from sandbox.client.aws_steps import Step
from sandbox.demo.claims import claim
from sandbox.demo.stage import Stage
from sandbox.demo.stock import read, settle, text_in
from sandbox.demo.values import FAR, HOME, STOCK, Ground, Scene

TITLE = "Act 8: two counters"
TRIALS = (
    f'aws dynamodb update-item --table-name {STOCK} --key \'{{"id": {{"S": "visits"}}}}\''
    ' --update-expression \'ADD n :one\' --expression-attribute-values \'{":one": {"N": "1"}}\'',
)
RAISES = 20  # in each of two regions
WRITERS = (HOME, FAR)


def steps(ground: Ground) -> list[Step]:
    """Nothing beside the writes themselves."""
    return []


def play(stage: Stage, earlier: list[Scene]) -> Scene:
    """Raise one item in two regions at once; then one item for each region."""
    raise_everywhere(stage, dict.fromkeys(WRITERS, "visits"))
    raise_everywhere(stage, {region: f"visits in {region}" for region in WRITERS})
    settled = settle(stage)
    shared = counts(stage, ["visits"])
    apart = counts(stage, [f"visits in {region}" for region in WRITERS])
    raised = RAISES * len(WRITERS)
    stage.screen.table(
        f"{RAISES} times ADD n 1 in {HOME} and in {FAR}, at once",
        ("design", "raised", "counted", "lost"),
        [
            ("one item for all", f"{raised}", f"{shared[0]}", f"{raised - shared[0]}"),
            ("one item for each region, added up by the reader", f"{raised}", f"{apart[0]}", f"{raised - apart[0]}"),
        ],
    )
    stage.screen.say(
        "Why: what travels is the item as it is, not what was done to it. Two regions that raise 7 to 8 both send 8."
        " An item that only one region ever writes has no conflicts, and whoever reads can add."
    )
    return Scene(
        figures={"raised": raised, "shared": shared, "apart": apart},
        claims=(
            claim(8, "one counter for all loses counts", f"{shared[0]} of {raised}", settled and shared[0] < raised),
            claim(8, "and all regions agree on it", listed(shared), len(set(shared)) == 1),
            claim(
                8,
                "a counter for each region, added up, is right everywhere",
                listed(apart),
                settled and set(apart) == {raised},
            ),
        ),
    )


def listed(counted: Sequence[int]) -> str:
    """`40, 40, 40`."""
    return ", ".join(map(str, counted))


def raise_everywhere(stage: Stage, items: dict[str, str]) -> None:
    """Region -> item: each region raises its item, all at once."""

    def raise_in(region: str) -> None:
        client = stage.aws.client("dynamodb", region)
        for _ in range(RAISES):
            client.update_item(
                TableName=STOCK,
                Key={"id": {"S": items[region]}},
                UpdateExpression="ADD n :one",
                ExpressionAttributeValues={":one": {"N": "1"}},
            )

    for region in items:
        stage.aws.client("dynamodb", region)  # made here: boto3's session is not for threads
    with ThreadPoolExecutor(len(items)) as writers:
        list(writers.map(raise_in, items))


def counts(stage: Stage, items: Sequence[str]) -> list[int]:
    """The sum of these items, as each region reads it."""
    return [sum(int(text_in(read(stage, region, item), "n") or 0) for item in items) for region in stage.ground.regions]
