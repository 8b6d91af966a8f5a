"""Waiting between the steps, and taking tables away: transcripts of what is asked."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from sandbox.aws.services.dynamodb.values import Ask, Place, Step, Wanted
from sandbox.aws.services.dynamodb.work import WAIT_S, Work, pauses_s
from sandbox.kernel.errors import Refusal, unavailable

HOME, SEA, EAST = "us-east-1", "eu-west-1", "ap-northeast-1"
PLACE = Place(region=HOME, account="000000000000", partition="aws", name="orders")
BUSY = Refusal("ResourceInUseException", "The resource which you are attempting to change is in use.")
SOURCE = Refusal(
    "ValidationException", "Replica cannot be deleted because it has acted as a source region for new replica(s) ..."
)
Scripted = Callable[..., Any]


def table(status: str = "ACTIVE", **replicas: str) -> dict[str, Any]:
    """As DescribeTable shows it; table(eu_west_1="CREATING") has a replica that is being made."""
    image: dict[str, Any] = {"TableStatus": status, "BillingModeSummary": {"BillingMode": "PAY_PER_REQUEST"}}
    if replicas:
        names = {name.replace("_", "-"): each for name, each in replicas.items()}
        image["Replicas"] = [{"RegionName": name, "ReplicaStatus": each} for name, each in names.items()]
    return image


def replica_step(verb: str, region: str) -> Step:
    body = {"TableName": "orders", "ReplicaUpdates": [{verb: {"RegionName": region}}]}
    return Step(ask=Ask(region=HOME, action="UpdateTable", body=body), made=Wanted(home={}))


def test_a_replica_is_waited_for_on_both_sides(scripted: Scripted) -> None:
    """GT 1.27: not the table's status alone; the new region itself must answer as ACTIVE too."""
    doors = scripted(
        {
            HOME: [table(), table("UPDATING", eu_west_1="CREATING"), table(eu_west_1="ACTIVE")],
            SEA: [None, None, table("CREATING", us_east_1="ACTIVE"), table(us_east_1="ACTIVE")],
        }
    )
    made: list[Wanted] = []
    Work(doors, PLACE).carry_out([replica_step("Create", SEA)], made.append)
    assert doors.lines == [f"{HOME} Create {SEA}"]
    assert len(made) == 1
    assert doors.waited_s > 0
    assert [len(images) for images in doors.described.values()] == [1, 1], "each description was looked at"


@pytest.mark.parametrize("verb", ["Create", "Delete"])
def test_a_region_that_does_not_answer_is_found_before_its_replica_is_touched(scripted: Scripted, verb: str) -> None:
    away = [unavailable("dynamodb", "it does not answer")]
    doors = scripted({HOME: [table(eu_west_1="ACTIVE")], SEA: away})
    with pytest.raises(Refusal, match="does not answer"):
        Work(doors, PLACE).carry_out([replica_step(verb, SEA)], lambda made: None)
    with pytest.raises(Refusal, match="does not answer"):
        Work(doors, PLACE).remove(with_replicas=True)
    assert doors.lines == []


def test_a_change_under_way_is_waited_for_and_a_name_that_is_taken_is_not(scripted: Scripted) -> None:
    doors = scripted({HOME: [table()]}, refusals={f"{HOME} UpdateTable": [BUSY, BUSY]})
    step = Step(ask=Ask(region=HOME, action="UpdateTable", body={}), made=Wanted(home={}))
    Work(doors, PLACE).carry_out([step], lambda made: None)
    assert doors.lines == [f"{HOME} UpdateTable"] * 3
    taken = scripted({}, refusals={f"{HOME} CreateTable": [BUSY]})
    create = Step(ask=Ask(region=HOME, action="CreateTable", body={}), made=Wanted(home={}))
    with pytest.raises(Refusal, match="in use"):
        Work(taken, PLACE).carry_out([create], lambda made: None)
    assert taken.waited_s == 0


def test_a_region_that_has_not_heard_of_auto_scaling_yet_is_asked_again(scripted: Scripted) -> None:
    """GT 1.16, 7.04: scaling is registered just before the replica is asked for."""
    deaf = Refusal("ValidationException", "Table write capacity should either be Pay-Per-Request or AutoScaled.")
    both = {HOME: [table(eu_west_1="ACTIVE")], SEA: [table(us_east_1="ACTIVE")]}
    doors = scripted(both, refusals={f"{HOME} Create {SEA}": [deaf, deaf]})
    Work(doors, PLACE).carry_out([replica_step("Create", SEA)], lambda made: None)
    assert doors.lines == [f"{HOME} Create {SEA}"] * 3
    never = scripted(both, refusals={f"{HOME} Create {SEA}": [deaf] * 1000})
    with pytest.raises(Refusal, match="Pay-Per-Request or AutoScaled"):
        Work(never, PLACE).carry_out([replica_step("Create", SEA)], lambda made: None)
    assert never.waited_s < 4


def test_what_does_not_become_active_in_time_is_said(scripted: Scripted) -> None:
    doors = scripted({HOME: [table("UPDATING", eu_west_1="CREATING")], SEA: [None]})
    with pytest.raises(
        Refusal, match=r"did not stabilize: the replica of orders in eu-west-1 is not ACTIVE after 120 s"
    ):
        Work(doors, PLACE).carry_out([replica_step("Create", SEA)], lambda made: None)
    assert WAIT_S <= doors.waited_s < WAIT_S + 1


def test_replicas_go_before_the_table_the_newest_first(scripted: Scripted) -> None:
    """Each is waited for until it is gone on both sides."""
    both, one = table(eu_west_1="ACTIVE", ap_northeast_1="ACTIVE"), table(eu_west_1="ACTIVE")
    doors = scripted({HOME: [both, both, table(eu_west_1="ACTIVE", ap_northeast_1="DELETING"), one, table(), None]})
    Work(doors, PLACE).remove(with_replicas=True)
    changes = [line for line in doors.lines if "Scalable" not in line]
    assert changes == [f"{HOME} Delete {EAST}", f"{HOME} Delete {SEA}", f"{HOME} DeleteTable"]


def test_a_replica_is_gone_when_its_own_region_says_so(scripted: Scripted) -> None:
    """GT 1.26: the entry goes first, the table a little later; a new replica there would be refused meanwhile."""
    one = table(eu_west_1="ACTIVE")
    doors = scripted({HOME: [one, one, table(), table(), table(), None], SEA: [table("DELETING"), None]})
    Work(doors, PLACE).remove(with_replicas=True)
    assert doors.waited_s > 0
    assert doors.described[SEA] == [None]


def test_a_region_that_sourced_another_is_tried_again_after_it(scripted: Scripted) -> None:
    """GT 1.35. Here Tokyo stands last, so it is tried first, but it was the source of Dublin."""
    both, one = table(eu_west_1="ACTIVE", ap_northeast_1="ACTIVE"), table(ap_northeast_1="ACTIVE")
    doors = scripted(
        {HOME: [both, both, one, one, table(), table(), None]},
        refusals={f"{HOME} Delete {EAST}": [SOURCE]},
    )
    Work(doors, PLACE).remove(with_replicas=True)
    changes = [line for line in doors.lines if "Scalable" not in line]
    assert changes == [
        f"{HOME} Delete {EAST}",
        f"{HOME} Delete {SEA}",
        f"{HOME} Delete {EAST}",
        f"{HOME} DeleteTable",
    ]


def test_a_rule_that_nothing_helps_against_is_told(scripted: Scripted) -> None:
    doors = scripted({HOME: [table(eu_west_1="ACTIVE")]}, refusals={f"{HOME} Delete {SEA}": [SOURCE]})
    with pytest.raises(Refusal, match="acted as a source region"):
        Work(doors, PLACE).remove(with_replicas=True)


def test_a_plain_table_goes_alone_and_one_that_is_gone_is_no_mistake(scripted: Scripted) -> None:
    doors = scripted({HOME: [table(eu_west_1="ACTIVE"), None]})
    Work(doors, PLACE).remove(with_replicas=False)
    assert doors.lines == [f"{HOME} DeleteTable"]
    gone = scripted({HOME: [None]})
    Work(gone, PLACE).remove(with_replicas=True)
    assert gone.lines == []


def test_pauses_grow_to_a_limit_and_add_up() -> None:
    pauses = list(pauses_s(5))
    assert pauses[0] < pauses[1] < pauses[-1] == 0.5
    assert 5 <= sum(pauses) < 5.5
