"""What each check takes for done, and what it says when it is not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest

from sandbox.kernel.errors import Refusal
from sandbox.labs.checks import CHECKS, judge
from sandbox.labs.values import Check, Verdict


@dataclass
class Seen:
    """A `Sight` of what is told here."""

    found: tuple[str, Sequence[str]] = ("NOERROR", ("192.0.2.1",))
    drawn: Sequence[str] = ()
    happened: Mapping[str, Sequence[Mapping[str, Any]]] = field(default_factory=dict)
    broken: Sequence[Mapping[str, Any]] = ()
    verdicts: Mapping[str, bool] = field(default_factory=dict)
    set_habits: Mapping[str, Any] = field(default_factory=dict)
    states: Mapping[str, str] = field(default_factory=dict)
    items: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    lost: int = 0
    different: int = 0
    made: Sequence[Mapping[str, Any]] = ()
    listed: Mapping[str, Sequence[str]] = field(default_factory=dict)

    def addresses(self, name: str, place: str) -> tuple[str, Sequence[str]]:
        return self.found

    def draws(self, name: str, count: int) -> Sequence[str]:
        return self.drawn

    def events(self, kind: str) -> Sequence[Mapping[str, Any]]:
        return self.happened.get(kind, ())

    def faults(self) -> Sequence[Mapping[str, Any]]:
        return self.broken

    def health(self) -> Mapping[str, bool]:
        return self.verdicts

    def habits(self, place: str) -> Mapping[str, Any]:
        return self.set_habits

    def replicas(self, table: str) -> Mapping[str, str]:
        return self.states

    def tables(self, region: str) -> Sequence[str]:
        return self.listed.get(region, ())

    def item(self, table: str, key: str, region: str) -> Mapping[str, Any] | None:
        if region == "silent":
            raise Refusal("NotThere", "silent does not answer")
        return self.items.get(region)

    def conflicts(self, table: str) -> int:
        return self.lost

    def differences(self, table: str) -> int:
        return self.different

    def accelerators(self) -> Sequence[Mapping[str, Any]]:
        return self.made


ONE = "192.0.2.1"
CUT = {"kind": "partition", "target": ["a", "b"]}
VISIT = {"host": "app.test", "place": "paris", "port": 80}
CASES: list[tuple[str, dict[str, str], Seen, Seen]] = [  # check, its words, a sight that passes, one that does not
    (
        "answers",
        {"name": "n", "place": "p", "address": f"{ONE},192.0.2.2"},
        Seen(),
        Seen(found=("NOERROR", ("192.0.2.3",))),
    ),
    ("answers", {"name": "n", "place": "p", "address": ONE}, Seen(), Seen(found=("NXDOMAIN", ()))),
    ("no-answer", {"name": "n", "place": "p"}, Seen(found=("NOERROR", ())), Seen(found=("NXDOMAIN", ()))),
    ("splits", {"name": "n", "addresses": "a,b"}, Seen(drawn=("a", "b", "a")), Seen(drawn=("a", "a"))),
    ("splits", {"name": "n", "addresses": "a,b"}, Seen(drawn=("a", "b")), Seen(drawn=("a", "b", "c"))),
    ("visited", {"host": "app.test", "places": "paris"}, Seen(happened={"connected": [VISIT]}), Seen()),
    (
        "visited",
        {"host": "app.test", "places": "paris", "port": "443"},
        Seen(happened={"connected": [{**VISIT, "port": 443}]}),
        Seen(happened={"connected": [VISIT]}),
    ),
    (
        "visited",
        {"host": "app.test", "places": "paris", "at_least": "2"},
        Seen(happened={"connected": [VISIT, VISIT]}),
        Seen(happened={"connected": [VISIT]}),
    ),
    ("checked", {"target": ONE, "healthy": "yes"}, Seen(verdicts={ONE: True}), Seen(verdicts={ONE: False})),
    ("checked", {"target": ONE, "healthy": "no"}, Seen(verdicts={ONE: False}), Seen()),
    (
        "hurts",
        {"place": "p", "setting": "min_ttl_s"},
        Seen(set_habits={"min_ttl_s": 300}),
        Seen(set_habits={"max_ttl_s": 1}),
    ),
    ("broken", {"kind": "partition", "target": "a,b"}, Seen(broken=[CUT]), Seen(broken=[{**CUT, "target": ["a"]}])),
    ("was-broken", {"kind": "slow"}, Seen(happened={"fault_injected": [{"fault": "slow"}]}), Seen(broken=[CUT])),
    ("mended", {}, Seen(), Seen(broken=[CUT])),
    (
        "replicas",
        {"table": "t", "regions": "a,b"},
        Seen(states={"a": "ACTIVE", "b": "ACTIVE"}),
        Seen(states={"a": "ACTIVE", "b": "CREATING"}),
    ),
    (
        "replicas",
        {"table": "t", "regions": "a"},
        Seen(states={"a": "ACTIVE"}),
        Seen(states={"a": "ACTIVE", "b": "ACTIVE"}),
    ),
    (
        "table-in",
        {"table": "t", "regions": "a", "not_in": "b"},
        Seen(listed={"a": ["t"]}),
        Seen(listed={"a": ["t"], "b": ["t"]}),
    ),
    ("item", {"table": "t", "key": "k", "regions": "a,b"}, Seen(items={"a": {}, "b": {}}), Seen(items={"a": {}})),
    (
        "item",
        {"table": "t", "key": "k", "regions": "a", "where": "n:3"},
        Seen(items={"a": {"n": 3}}),
        Seen(items={"a": {"n": 4}}),
    ),
    ("no-item", {"table": "t", "key": "k", "region": "a"}, Seen(), Seen(items={"a": {}})),
    ("lost", {"table": "t", "at_least": "2"}, Seen(lost=2), Seen(lost=1)),
    ("same", {"table": "t"}, Seen(), Seen(different=1)),
    (
        "accelerated",
        {"name": "shop"},
        Seen(made=[{"name": "shop", "state": "DEPLOYED"}]),
        Seen(made=[{"name": "shop", "state": "IN_PROGRESS"}]),
    ),
]


@pytest.mark.parametrize(("kind", "words", "done", "not_done"), CASES)
def test_each_check_tells_done_from_not_done(kind: str, words: dict[str, str], done: Seen, not_done: Seen) -> None:
    check = Check(kind=kind, arguments=words)
    passed, failed = judge(check, done), judge(check, not_done)
    assert (passed.passed, failed.passed) == (True, False)
    assert passed.said != failed.said


def test_every_check_has_a_case() -> None:
    assert {kind for kind, *_ in CASES} == set(CHECKS)


def test_what_cannot_be_looked_at_has_not_passed_and_says_why() -> None:
    check = Check(kind="item", arguments={"table": "t", "key": "k", "regions": "silent"})
    assert judge(check, Seen()) == Verdict(passed=False, said="silent does not answer")


def test_an_unknown_check_is_named() -> None:
    with pytest.raises(Refusal, match="anwsers"):
        judge(Check(kind="anwsers", arguments={}), Seen())
