"""The global table of acts 6 to 9, as it is made and read."""

from __future__ import annotations

from types import SimpleNamespace

from sandbox.client.aws_steps import cli_line
from sandbox.demo.stock import item_of, make, read, settle, steps_of_a_global_table, text_in
from sandbox.demo.values import Ground

GROUND = Ground(addresses={"us-east-1": "198.18.1.10", "eu-west-1": "198.18.2.10", "ap-northeast-1": "198.18.3.10"})


def test_replicas_are_added_one_by_one_each_after_the_last_is_active():
    """AWS takes one replica in a call, and none while one is being made (GT 1.18)."""
    lines = [cli_line(step) for step in steps_of_a_global_table(GROUND)]
    words = [line.split()[2] if line.startswith("aws") else line.split()[0] for line in lines]
    assert words == ["create-table", "update-table", "until", "update-table", "until"]
    assert lines[2].endswith("= ACTIVE ]; do sleep 0.2; done")


def test_the_original_is_deleted_last():
    """A region that has made replicas cannot go before them (GT 1.35)."""
    stage = SimpleNamespace(ground=GROUND, made_tables=[], do=lambda steps: None)
    make(stage)
    assert [region for region, _ in stage.made_tables] == ["us-east-1", "ap-northeast-1", "eu-west-1"]


def test_items_are_read_from_one_replica():
    asked = []

    def get_item(**arguments):
        asked.append(arguments)
        return {"Item": item_of("7", fruit="apple")}

    stage = SimpleNamespace(aws=SimpleNamespace(client=lambda service, region: SimpleNamespace(get_item=get_item)))
    assert text_in(read(stage, "eu-west-1", "7"), "fruit") == "apple"
    assert asked[0]["ConsistentRead"] is True
    assert text_in(None, "fruit") == text_in(item_of("7"), "fruit") == ""


def test_replicas_have_settled_when_nothing_waits_and_all_regions_say_so():
    looks = [({"r": "silent"}, 0), ({}, 3), ({}, 0)]

    class Tables:
        def status(self, table):
            return SimpleNamespace(silent=looks[0][0])

        def backlog(self, table):
            return looks[0][1]

    def wait_until(holds, **_):
        while not holds():
            looks.pop(0)
        return True

    stage = SimpleNamespace(sandbox=SimpleNamespace(tables=Tables()), wait_until=wait_until)
    assert settle(stage)
    assert looks == [({}, 0)]
