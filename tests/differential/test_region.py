"""The same generated requests over HTTP to a real region, and to the tables in this process: one answer.

With the comparison of the tables and moto's server this says that a region, with its door, ledger and replication,
differs from moto's server only where accepted.yaml says so.
"""

import re
from random import Random

import pytest

from sandbox.client.sandbox import Sandbox

pytestmark = pytest.mark.live

REGION, ACCOUNT = "eu-west-1", "000000000000"
REQUESTS = 200
READS = re.compile(r"Get|Describe|List|Query|Scan|BatchGet|TransactGet")
# What each process makes for itself, from its clock.
OF_ITS_OWN = re.compile(r"\.(RevisionId|ShardIterator|NextShardIterator|Records\.eventID|.*ConsumedCapacity.*)")
# What a region has and tables alone have not.
REPLICATION = re.compile(r"ReplicaUpdates|GlobalTable|MultiRegionConsistency")


@pytest.fixture(scope="module")
def door(part):
    with Sandbox(regions=[REGION, "us-east-1"], account=ACCOUNT, app=False) as planet:
        yield part("sides").Door(planet.ports["regions"][REGION])


@pytest.mark.parametrize(
    ("kind", "maker"),
    [
        ("model_requests", "ModelRequests"),
        ("expression_requests", "ExpressionRequests"),
        ("wire_requests", "WireRequests"),
    ],
)
def test_a_region_answers_as_its_tables_do(door, part, kind, maker):
    sides, comparing = part("sides"), part("comparing")
    tables = sides.Ours()
    for side in (door, tables):
        side.restore()
    for number in range(REQUESTS):
        action, body, done = getattr(part(kind), maker)(Random(f"region:{number}")).draw()
        if REPLICATION.search(str(body)) or REPLICATION.search(action):
            continue
        theirs, ours = door.ask(action, body), tables.ask(action, body)
        found = comparing.differences(
            action, theirs, ours, lambda a, b: sides.differing(sides.plain(a), sides.plain(b))
        )
        found = [each for each in found if each.kind != "body" or not OF_ITS_OWN.fullmatch(each.ours)]
        assert not found, f"{kind} {number}: {action}, {done}\n{body}\n{found}"
        if not READS.match(action) and 200 in (theirs.status, ours.status):
            door.restore()
            tables.restore()


def test_calls_on_global_tables_refuse_what_the_model_forbids(door, part):
    """They are answered beside the tables, and botocore's model is their oracle too."""
    model = part("model_requests")
    good = model.requests_in("global_table_requests.json")
    door.restore()
    for number in range(REQUESTS):
        action, body, done = model.ModelRequests(Random(f"global:{number}"), good).draw()
        answer, breach = door.ask(action, body), model.breach(model.shape_of(action), body)
        told = f"{number}: {action}, {done}\n{body}\n{answer.line}"
        assert answer.status in (200, 400, 501), told
        if breach:
            assert answer.code == {"type": "SerializationException", "constraint": "ValidationException"}[breach], told
        if answer.status == 200 and action.startswith("Update"):
            door.restore()
