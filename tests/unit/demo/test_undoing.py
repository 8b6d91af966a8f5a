"""What is taken away at the end, and what is not."""

from __future__ import annotations

from types import SimpleNamespace

from sandbox.demo.undoing import attempt, delete_table, delete_zone, is_ours
from sandbox.kernel.errors import Refusal

RECORDS = [
    {"Name": "example.test.", "Type": "NS"},
    {"Name": "example.test.", "Type": "SOA"},
    {"Name": "app.example.test.", "Type": "A"},
]


class Route53:
    """Keeps records as Route 53 does: a zone with more than its own two cannot be deleted."""

    def __init__(self, records):
        self.records = list(records)
        self.zones = ["Z1"]

    def list_resource_record_sets(self, HostedZoneId):  # noqa: N803 - AWS's own name
        return {"ResourceRecordSets": list(self.records)}

    def change_resource_record_sets(self, HostedZoneId, ChangeBatch):  # noqa: N803
        assert ChangeBatch["Changes"], "an empty batch is refused"
        for change in ChangeBatch["Changes"]:
            assert change["Action"] == "DELETE"
            self.records.remove(change["ResourceRecordSet"])

    def delete_hosted_zone(self, Id):  # noqa: N803
        assert {record["Type"] for record in self.records} == {"NS", "SOA"}
        self.zones.remove(Id)


def test_a_zone_is_emptied_then_deleted():
    route53 = Route53(RECORDS)
    delete_zone(route53, "Z1")
    assert route53.zones == []


def test_an_empty_zone_is_deleted_without_an_empty_batch():
    route53 = Route53(RECORDS[:2])
    delete_zone(route53, "Z1")
    assert route53.zones == []


def test_one_failure_does_not_keep_the_rest():
    gone = []

    def fail():
        raise Refusal("ServiceUnavailable", "the region is down")

    assert attempt([("a", fail), ("b", lambda: gone.append("b"))]) == ["a: the region is down"]
    assert gone == ["b"]


def test_faults_of_others_stay():
    ours = SimpleNamespace(kind="stop", target=("eu-west-1",))
    same_region = SimpleNamespace(kind="freeze", target=("eu-west-1",))
    other_region = SimpleNamespace(kind="stop", target=("us-east-1",))
    assert [is_ours([("stop", "eu-west-1")], fault) for fault in (ours, same_region, other_region)] == [
        True,
        False,
        False,
    ]


def test_what_was_never_made_is_no_complaint():
    """Ctrl-C may come between the wish for a table and its making."""
    from botocore.exceptions import ClientError

    def fail_with(code):
        raise ClientError({"Error": {"Code": code}}, "DeleteTable")

    undos = [(code, lambda code=code: fail_with(code)) for code in ("ResourceNotFoundException", "ServiceUnavailable")]
    assert [complaint.partition(":")[0] for complaint in attempt(undos)] == ["ServiceUnavailable"]


def test_a_table_whose_replicas_are_still_going_is_asked_to_go_again():
    """GT 1.35: refused while the region that made replicas has not heard that they are gone."""
    from botocore.exceptions import ClientError

    answers = ["ValidationException", "ResourceInUseException", None]

    class DynamoDB:
        def delete_table(self, TableName):  # noqa: N803
            code = answers.pop(0)
            if code:
                raise ClientError({"Error": {"Code": code}}, "DeleteTable")

    delete_table(DynamoDB(), "stock")
    assert answers == []
