"""Waiting for events: nothing is missed, nothing is polled."""

import pytest

from sandbox.client.event_log import EventLog, matches
from sandbox.client.values import Bookmark
from sandbox.kernel.errors import Refusal


@pytest.fixture
def log(fake_sandbox):
    log = EventLog("127.0.0.1", fake_sandbox.port, "secret")
    yield log
    log.close()


def test_a_record_matches_by_kind_and_values():
    record = {"event": "health_changed", "healthy": False}
    assert matches(record, "health_changed", {"healthy": False})
    assert not matches(record, "health_changed", {"healthy": True})
    assert not matches(record, "health_changed", {"target": "a"})
    assert not matches(record, "probed", {})


def test_an_event_that_came_before_the_wait_counts_from_the_bookmark_on(log, fake_sandbox):
    bookmark = log.bookmark()
    fake_sandbox.emit(event="probed", number=1)
    fake_sandbox.emit(event="probed", number=2)
    assert log.wait_for("probed", {"number": 2}, bookmark, 5)["number"] == 2
    assert log.wait_for("probed", {}, bookmark, 5)["number"] == 1
    later = log.bookmark()
    with pytest.raises(TimeoutError):
        log.wait_for("probed", {}, later, 0.01)
    assert [record["number"] for record in log.since(bookmark, "probed")] == [1, 2]


def test_a_wait_in_vain_tells_what_came_instead(log, fake_sandbox):
    fake_sandbox.emit(event="probed")
    log.wait_for("probed", {}, Bookmark(), 5)
    with pytest.raises(TimeoutError, match=r"no event health_changed, healthy=False within 0.01 s.*: probed"):
        log.wait_for("health_changed", {"healthy": False}, Bookmark(), 0.01)


def test_a_wait_ends_when_the_sandbox_does(log, fake_sandbox):
    fake_sandbox.wait(fake_sandbox.hub.close())
    with pytest.raises(Refusal, match="it ended before"):
        log.wait_for("probed", {}, Bookmark(), 10)


def test_a_hub_that_is_not_there_is_a_refusal():
    with pytest.raises(Refusal, match="not available"):
        EventLog("127.0.0.1", 1, "secret")


def test_a_wrong_token_is_a_refusal(fake_sandbox):
    with pytest.raises(Refusal, match="wrong token"):
        EventLog("127.0.0.1", fake_sandbox.port, "wrong")
