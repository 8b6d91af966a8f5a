"""PENDING, then INSYNC (fact sheet §6.4)."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from sandbox.aws.services.route53.change_log import MOST_KEPT, ChangeLog
from sandbox.kernel.errors import Refusal

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def test_a_change_is_in_sync_once_its_version_of_the_zone_has_settled() -> None:
    log = ChangeLog()
    first, second, other = (
        log.submit(token * 20, zone, version, NOW)
        for token, zone, version in (("a", "Z1", 1), ("b", "Z1", 2), ("c", "Z2", 1))
    )
    assert {change.status for change in (first, second, other)} == {"PENDING"}
    log.settle("Z1", 1)
    assert [change.status for change in (first, second, other)] == ["INSYNC", "PENDING", "PENDING"]
    log.settle("Z1", None)
    assert [change.status for change in (first, second, other)] == ["INSYNC", "INSYNC", "PENDING"]
    log.settle_all()
    assert other.status == "INSYNC"


def test_a_change_is_found_by_the_id_that_was_told() -> None:
    log = ChangeLog()
    info = log.submit("0123456789abcdef", "Z1", 1, NOW, "why").info()
    assert info == {"Id": "/change/C0123456789ABCD", "Status": "PENDING", "SubmittedAt": NOW, "Comment": "why"}
    assert log.get(info["Id"]).info() == log.get("C0123456789ABCD").info() == info
    with pytest.raises(Refusal) as refused:
        log.get("C0")
    assert (refused.value.code, refused.value.status) == ("NoSuchChange", 404)


def test_the_oldest_are_forgotten() -> None:
    log = ChangeLog()
    ids = [log.submit(f"{number:014d}", "Z1", number, NOW).id for number in range(MOST_KEPT + 1)]
    log.get(ids[1])
    with pytest.raises(Refusal):
        log.get(ids[0])
