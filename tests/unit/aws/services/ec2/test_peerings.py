"""The life of a peering connection [VPC B1]: states, how long each side sees it, how it looks."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from sandbox.aws.services.ec2.peerings import FAILED_MESSAGE, Peering, Side

NOW = datetime(2026, 1, 1, tzinfo=UTC).replace(tzinfo=None)
VIRGINIA = Side(account="000000000000", region="us-east-1", vpc_id="vpc-1")
DUBLIN = Side(account="000000000000", region="eu-west-1", vpc_id="vpc-2")
STRANGER = Side(account="111111111111", region="eu-west-1", vpc_id="vpc-3")


def asked(accepter: Side = DUBLIN) -> Peering:
    return Peering("pcx-1", VIRGINIA, accepter, NOW)


def after(hours: float) -> datetime:
    return NOW + timedelta(hours=hours)


def seen(connection: Peering, side: Side, hours: float) -> bool:
    return connection.is_seen(side.account, side.region, after(hours))


def test_a_request_waits_for_seven_days() -> None:
    connection = asked()
    assert connection.status(after(167.9)) == {
        "Code": "pending-acceptance",
        "Message": "Pending Acceptance by 000000000000",
    }
    assert connection.state(after(168)) == "expired"
    assert [seen(connection, DUBLIN, hours) for hours in (168, 215.9, 216)] == [True, True, False]


def test_an_accepted_one_does_not_expire() -> None:
    connection = asked()
    connection.accept()
    assert connection.state(after(10_000)) == "active"


@pytest.mark.parametrize(
    ("accepter", "first_gone_h", "second_gone_h"),
    [(DUBLIN, 2, 2), (STRANGER, 48, 2)],
)
def test_a_rejected_one_is_seen_longer_by_the_other_account(
    accepter: Side, first_gone_h: int, second_gone_h: int
) -> None:
    connection = asked(accepter)
    connection.reject(NOW)
    assert connection.state(NOW) == "rejected"
    for side, hours in ((VIRGINIA, first_gone_h), (accepter, second_gone_h)):
        assert seen(connection, side, hours - 0.1)
        assert not seen(connection, side, hours)


def test_a_deleted_one_is_seen_for_two_hours_by_who_deleted_it_and_two_days_by_the_other() -> None:
    connection = asked(STRANGER)
    connection.accept()
    connection.delete(STRANGER, NOW)
    assert connection.status(NOW)["Message"] == "Deleted by 111111111111"
    assert [seen(connection, STRANGER, hours) for hours in (1.9, 2)] == [True, False]
    assert [seen(connection, VIRGINIA, hours) for hours in (47.9, 48)] == [True, False]


def test_a_failed_one_says_why_to_who_asked() -> None:
    connection = asked()
    connection.fail(NOW)
    assert connection.status(NOW) == {"Code": "failed", "Message": FAILED_MESSAGE}
    assert [seen(connection, VIRGINIA, hours) for hours in (1.9, 2)] == [True, False]
    assert not seen(connection, DUBLIN, 0)


def test_while_it_is_pending_the_accepter_shows_only_who_it_is() -> None:
    shown = asked().view({}, NOW)
    assert shown["AccepterVpcInfo"] == {"OwnerId": "000000000000", "Region": "eu-west-1", "VpcId": "vpc-2"}
    assert shown["ExpirationTime"] == after(168)
    accepted = asked()
    accepted.accept()
    assert "ExpirationTime" not in accepted.view({}, NOW)
