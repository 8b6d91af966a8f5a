"""Claims about the report as JSON."""

import json

import pytest

from sandbox.drills.report import report_of, rounded
from sandbox.drills.values import FaultSeen, Run


@pytest.fixture
def report(drill, sample, write):
    samples = (
        write(1, 0.2),
        sample(2, 0.6, found=1),
        sample(3, 1.4, ok=False),
        sample(4, 3.5, city="new-york", found=1),
    )
    fault = FaultSeen(fault=drill.faults[0], at_s=1.0, until_s=3.0)
    final = {"baskets": {"us-east-1": {"a": 1}, "eu-west-1": {}}}
    return report_of(drill, 7, Run(samples=samples, faults=(fault,), final=final))


def test_it_is_json_and_says_what_was_asked_and_found(report):
    told = json.loads(json.dumps(report))
    assert (told["drill"], told["seed"], told["held"]) == ("small", 7, False)
    assert told["cities"]["paris"]["errors"] == {"timeout": 1}
    assert told["winners"] == {"baskets": {"a": 1}}
    assert told["rto"][0] == {"fault": "stop eu-west-1", "at_s": 1.0, "city": "paris", "rto_s": 0.4, "errors": 1}
    assert [second["second"] for second in told["seconds"]["paris"]] == [0, 1]


def test_numbers_are_for_people():
    assert rounded({"a": [1.23456, 0.123456], "b": (True, None, 3)}) == {"a": [1.23, 0.1235], "b": [True, None, 3]}
