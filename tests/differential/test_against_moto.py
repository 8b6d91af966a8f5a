"""The same generated requests, good and bad, to our DynamoDB and moto's server: status, code, sentence, body compared.

Each request is sent to the same tables, so each can be sent again alone: a failure prints the option that does it. What
differs must be explained by a row of accepted.yaml, and each row must explain something.
"""

from __future__ import annotations

import logging
import re
import warnings
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

import pytest
import yaml

READS = re.compile(r"Get|Describe|List|Query|Scan|BatchGet|TransactGet")
MOST_SHOWN = 15
KINDS = ("model", "expressions", "wire")
MANY = 10_000  # requests of a kind in which a rare difference should have been met
FEW = 150  # there is not much to draw from


@dataclass
class Run:
    """What some requests showed. used: rows of accepted.yaml that explained something."""

    unexplained: list[str] = field(default_factory=list)
    breaches: list[str] = field(default_factory=list)
    used: set[int] = field(default_factory=set)
    requests: int = 0
    refused: int = 0


class Comparison:
    """Sends generated requests to both sides; keeps what it saw."""

    def __init__(self, part, requests):
        self.sides, self.comparing, self.model = part("sides"), part("comparing"), part("model_requests")
        self.makers = {
            "model": self.model.ModelRequests,
            "expressions": part("expression_requests").ExpressionRequests,
            "wire": part("wire_requests").WireRequests,
        }
        self.table = accepted(self.comparing.Accepted)
        self.requests = requests
        self.runs = {}
        self.ours, self.theirs = self.sides.Ours(), self.sides.Motos()
        self.restore()

    def restore(self):
        self.ours.restore()
        self.theirs.restore()

    def run(self, kind, seed):
        """The requests of one kind and seed, once in a session."""
        if (kind, seed) not in self.runs:
            run = self.runs[kind, seed] = Run()
            for number in range(self.requests if kind != "wire" else min(self.requests, FEW)):
                self.send(run, kind, seed, number)
        return self.runs[kind, seed]

    def send(self, run, kind, seed, number):
        """One request."""
        action, body, done = self.makers[kind](Random(f"{seed}:{number}")).draw()
        ours, theirs = self.ours.ask(action, body), self.theirs.ask(action, body)
        run.requests += 1
        run.refused += ours.status != 200
        where = f"--differential-case {kind}:{seed}:{number}\n  {action}, {done}\n  {body}\n  ours: {ours.line}"
        for difference in self.comparing.differences(action, ours, theirs, self.places):
            row = self.comparing.explanation(self.table, difference)
            if row is None:
                run.unexplained.append(f"{where}\n  moto: {theirs.line}\n  {difference.kind}: {difference.ours}")
            else:
                run.used.add(row)
        breach = self.model.breach(self.model.shape_of(action), body) if kind == "model" else ""
        wanted = {"": ("",), "type": ("SerializationException",), "constraint": ("ValidationException",)}[breach]
        if ours.status not in (200, 400, 501) or (breach and ours.code not in wanted):
            run.breaches.append(f"{where}\n  the model says: {breach}")
        if not READS.match(action.rpartition(".")[2]) and not (
            ours.status == theirs.status == 400 and action in ("PutItem", "DeleteItem")
        ):
            self.restore()

    def places(self, ours, theirs):
        return self.sides.differing(self.sides.plain(ours), self.sides.plain(theirs))


def accepted(row):
    """The rows of accepted.yaml, its short names written out."""
    content = yaml.safe_load(Path(__file__).with_name("accepted.yaml").read_text(encoding="utf-8"))
    rows = []
    for given in content["rows"]:
        for name, pattern in content["patterns"].items():
            given = {
                key: value.replace(f"{{{name}}}", pattern) if key == "ours" else value for key, value in given.items()
            }
        rows.append(row(**given))
    return tuple(rows)


@pytest.fixture(scope="session")
def comparison(part, pytestconfig):
    logging.getLogger("werkzeug").setLevel(logging.CRITICAL)
    return Comparison(part, pytestconfig.getoption("--differential-requests"))


def pytest_generate_tests(metafunc):
    if "seed" in metafunc.fixturenames:
        seeds = metafunc.config.getoption("--differential-seeds").split(",")
        kind, _, one = metafunc.config.getoption("--differential-case").partition(":")
        cases = [(kind, one)] if kind else [(kind, seed) for kind in KINDS for seed in seeds]
        metafunc.parametrize(("kind", "seed"), cases)


def shown(found):
    more = len(found) - MOST_SHOWN
    return f"{len(found)} found; each is sent again by its option:\n" + "\n".join(
        [*found[:MOST_SHOWN], *([f"... and {more} more"] if more > 0 else [])]
    )


@pytest.fixture
def run(comparison, kind, seed):
    seed, _, number = seed.partition(":")
    if not number:
        return comparison.run(kind, seed)
    one = Run()
    comparison.send(one, kind, seed, int(number))
    return one


def test_what_differs_from_moto_is_explained(run):
    assert not run.unexplained, shown(run.unexplained)


def test_what_the_model_forbids_is_refused_and_nothing_fails(run):
    """botocore's model is the oracle here: moto accepts much of it, or crashes."""
    assert not run.breaches, shown(run.breaches)


def test_requests_are_good_and_bad(run):
    assert run.requests < 100 or run.requests // 5 < run.refused < run.requests


def test_each_accepted_difference_still_occurs(comparison, pytestconfig):
    """A row that explains nothing any more is taken out: the list stays true."""
    seeds = pytestconfig.getoption("--differential-seeds").split(",")
    used = set().union(*(comparison.run(kind, seed).used for kind in KINDS for seed in seeds))
    unused = [row for number, row in enumerate(comparison.table) if number not in used]
    told = [f"{row.kind} {row.action}: {row.ours} | {row.theirs}" for row in unused if row.rare]
    if told and comparison.requests * len(seeds) >= MANY:
        warnings.warn(f"{len(told)} rare rows explained nothing:\n" + "\n".join(told), stacklevel=1)
    stale = [row for row in unused if not row.rare]
    assert not stale, "\n".join(f"{row.kind} {row.action}: {row.ours} | {row.theirs}" for row in stale)


def test_each_accepted_difference_names_a_document(comparison):
    assert all(re.search(r"\[(?:API|DG|GT|tables/README)", row.source) and row.why for row in comparison.table)


def test_without_the_table_the_comparison_fails(comparison, part):
    """The comparison can fail: the answers do differ."""
    answer = part("sides").Answer
    ours = answer(200, "", "", "", {"Item": {"id": {"S": "a"}}})
    theirs = answer(200, "", "", "", {"Item": {"id": {"S": "b"}}})
    (difference,) = part("comparing").differences("GetItem", ours, theirs, comparison.places)
    assert part("comparing").explanation(comparison.table, difference) is None
    other = answer(400, "ValidationException", "x#ValidationException", "No.", {})
    (difference,) = part("comparing").differences("GetItem", ours, other, comparison.places)
    assert part("comparing").explanation(comparison.table, difference) is None
