"""The stage: which verdict counts, and tables that somebody has made before."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from sandbox.client.aws_steps import Step
from sandbox.demo.screen import Screen
from sandbox.demo.stage import Stage
from sandbox.demo.values import Ground


def changed(check_id, healthy, at_s):
    return {"event": "health_changed", "check_id": check_id, "healthy": healthy, "at_s": at_s}


@pytest.fixture
def stage():
    """On a sandbox that has nothing but a journal."""
    events = [changed("c-1", False, 10.0), changed("c-2", False, 12.0), changed("c-1", True, 15.0)]
    sandbox = SimpleNamespace(endpoint_url=lambda: "http://127.0.0.1:1", events=lambda kinds: events)
    made = Stage(sandbox, Ground(addresses={}), Screen(as_json=True), SimpleNamespace())
    made.runner.kept["CHECK_EU_WEST_1"] = "c-1"
    return made


@pytest.mark.parametrize(
    ("healthy", "since_s", "at_s"),
    [(False, 9.0, 10.0), (False, 11.0, None), (True, 11.0, 15.0), (True, 16.0, None)],
)
def test_a_verdict_counts_for_its_own_region_and_after_the_moment_asked_for(stage, healthy, since_s, at_s):
    assert stage.verdict_at_s("eu-west-1", healthy=healthy, since_s=since_s) == at_s


class Tables:
    """A DynamoDB that knows one table."""

    def __init__(self):
        self.names = ["orders"]

    def list_tables(self):
        return {"TableNames": self.names}

    def create_table(self, TableName):  # noqa: N803 - AWS's own name
        self.names.append(TableName)


def test_a_table_that_was_there_before_is_neither_made_nor_ours_to_delete(stage):
    tables = Tables()
    stage.aws.client = lambda service, region: tables
    steps = [
        Step(says="", service="dynamodb", operation="create_table", region="eu-west-1", arguments={"TableName": name})
        for name in ("orders", "baskets")
    ]
    stage.make_tables(steps)
    assert tables.names == ["orders", "baskets"]
    assert stage.made_tables == [("eu-west-1", "baskets")]


def test_what_never_comes_about_is_none(stage):
    assert stage.wait_until(lambda: False, what="nothing", within_s=0.0) is None
