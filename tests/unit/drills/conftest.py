"""A small drill, and runs of it made by hand."""

import pytest

from sandbox.drills.core import plan_of
from sandbox.drills.reading import parse_drill
from sandbox.drills.values import READ, WRITE, Request, Sample
from sandbox.geography.atlas import Atlas

DRILL = """\
name: small
regions: [us-east-1, eu-west-1]
load:
  - cities: [paris, new-york]
    url: http://app.example.test/baskets/
    rate_per_s: 4
    duration_s: 5
    table: baskets
    keys: 6
timeline:
  - {at: 1, kind: stop, target: eu-west-1, for: 2}
objectives:
  availability: {overall: 0.9, paris: 0.5}
  rto_s: 2
  rpo_writes: 0
  stale_reads: 0
  lost_writes: 0
"""


@pytest.fixture(scope="session")
def atlas():
    return Atlas.load()


@pytest.fixture(scope="session")
def text():
    return DRILL


@pytest.fixture(scope="session")
def drill(atlas):
    return parse_drill(DRILL, "small.yaml", atlas)


@pytest.fixture(scope="session")
def plan(drill):
    return plan_of(drill, 7)


@pytest.fixture
def sample():
    def make(
        number, sent_s, *, city="paris", action=READ, ok=True, took_ms=100.0, key="a", region="eu-west-1", found=None
    ):
        request = Request(
            number=number,
            at_s=sent_s,
            city=city,
            action=action,
            url="http://app.example.test/baskets/a",
            patience_s=1.0,
            key=key,
            table="baskets",
        )
        return Sample(
            request=request,
            sent_s=sent_s,
            took_ms=took_ms,
            ok=ok,
            error="" if ok else "timeout",
            served_by=region if ok else "",
            version=found,
        )

    return make


@pytest.fixture
def write(sample):
    def make(number, sent_s, **more):
        return sample(number, sent_s, action=WRITE, **more)

    return make
