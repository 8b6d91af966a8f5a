"""GT 7.06: one index comes or goes in an update; of one that stays only the throughput changes."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.aws.services.dynamodb.indexes import index_changes, throughputs
from sandbox.kernel.errors import Refusal


def index(name: str, units: int | None = None, projection: str = "ALL") -> dict[str, Any]:
    made: dict[str, Any] = {
        "IndexName": name,
        "KeySchema": [{"AttributeName": name, "KeyType": "HASH"}],
        "Projection": {"ProjectionType": projection},
    }
    if units:
        made["ProvisionedThroughput"] = {"ReadCapacityUnits": units, "WriteCapacityUnits": units}
    return made


def home(*indexes: dict[str, Any]) -> dict[str, Any]:
    names = ["id", *(each["IndexName"] for each in indexes)]
    definitions = [{"AttributeName": name, "AttributeType": "S"} for name in names]
    return {"AttributeDefinitions": definitions, **({"GlobalSecondaryIndexes": list(indexes)} if indexes else {})}


def test_a_new_index_brings_its_attributes() -> None:
    wanted = home(index("city"))
    [(body, members)] = index_changes(home(), wanted)
    assert body["GlobalSecondaryIndexUpdates"] == [{"Create": index("city")}]
    assert body["AttributeDefinitions"] == wanted["AttributeDefinitions"]
    assert members == wanted


def test_an_index_that_goes_takes_nothing_else() -> None:
    [(body, members)] = index_changes(home(index("city"), index("day")), home(index("day")))
    assert body == {"GlobalSecondaryIndexUpdates": [{"Delete": {"IndexName": "city"}}]}
    assert members["GlobalSecondaryIndexes"] == [index("day")]


def test_the_order_of_attributes_means_nothing_but_a_stray_one_is_asked_for() -> None:
    before = home(index("city"))
    turned = {**before, "AttributeDefinitions": before["AttributeDefinitions"][::-1]}
    assert index_changes(before, turned) == []
    stray = {"AttributeDefinitions": [*before["AttributeDefinitions"], {"AttributeName": "x", "AttributeType": "S"}]}
    [(body, _)] = index_changes(before, before | stray)
    assert body == stray  # DynamoDB says what is wrong with it


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        (home(), home(index("city"), index("day")), "more than one GSI creation or deletion in a single update"),
        (home(index("city")), home(index("day")), "more than one GSI creation or deletion in a single update"),
        (home(index("city")), home(index("city", projection="KEYS_ONLY")), "Cannot update GSI's properties other than"),
    ],
)
def test_more_than_one_change_is_refused(before: Any, after: Any, words: str) -> None:
    with pytest.raises(Refusal, match=words):
        index_changes(before, after)


def test_the_throughput_of_an_index_that_stays_changes() -> None:
    updates, kept = throughputs(home(index("city", 1), index("day", 1)), home(index("city", 2)), switched=False)
    units = {"ReadCapacityUnits": 2, "WriteCapacityUnits": 2}
    assert updates == [{"Update": {"IndexName": "city", "ProvisionedThroughput": units}}]
    assert kept == [index("city", 2), index("day", 1)]


def test_a_change_of_billing_names_the_throughput_of_each_index() -> None:
    same = home(index("city", 2))
    assert throughputs(same, same, switched=False)[0] == []
    assert len(throughputs(same, same, switched=True)[0]) == 1
    assert throughputs(same, home(index("city")), switched=True) == ([], [index("city")])
