"""What the data plane is told of a zone and of a check."""

from __future__ import annotations

from sandbox.aws.services.route53.models import SandboxRoute53Backend
from sandbox.aws.services.route53.snapshot import check_value, zone_value


def test_a_zone_is_published_in_boto3s_shape() -> None:
    backend = SandboxRoute53Backend("aws", "000000000000")
    zone = backend.create_hosted_zone("example.test", private_zone=True, caller_reference="1")
    zone.add_rrset({"Name": "app.example.test", "Type": "A", "TTL": "60", "ResourceRecords": ["198.18.1.10"]})
    value = zone_value(zone)
    assert (value["id"], value["name"], value["private"]) == (zone.resource_id, "example.test.", True)
    assert value["records"][-1] == {
        "Name": "app.example.test.",
        "Type": "A",
        "TTL": 60,
        "ResourceRecords": [{"Value": "198.18.1.10"}],
    }


def test_a_check_is_published_without_what_it_has_not() -> None:
    backend = SandboxRoute53Backend("aws", "000000000000")
    check = backend.create_health_check("c", {"type": "TCP", "ip_address": "198.18.1.10", "port": "80"})
    assert check_value(check) == {
        "id": check.id,
        "version": 1,
        "config": {
            "Type": "TCP",
            "IPAddress": "198.18.1.10",
            "Port": 80,
            "RequestInterval": 30,
            "FailureThreshold": 3,
            "MeasureLatency": False,
            "Inverted": False,
            "Disabled": False,
            "EnableSNI": False,
        },
    }
