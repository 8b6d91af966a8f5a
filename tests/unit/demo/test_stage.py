"""What is taken away at the end."""

from __future__ import annotations

from sandbox.demo.stage import delete_zone

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
