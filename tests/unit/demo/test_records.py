"""Record sets as AWS takes them."""

from __future__ import annotations

from sandbox.demo.records import a_record, change, check_name, latency_records
from sandbox.demo.values import Ground

GROUND = Ground(addresses={"us-east-1": "198.18.1.10", "eu-west-1": "198.18.2.10", "ap-northeast-1": "198.18.3.10"})


def test_a_plain_record_has_no_identifier():
    assert a_record("app.example.test.", "198.18.1.10", 60) == {
        "Name": "app.example.test.",
        "Type": "A",
        "TTL": 60,
        "ResourceRecords": [{"Value": "198.18.1.10"}],
    }


def test_latency_records_are_one_for_each_region_with_its_own_address():
    records = latency_records(GROUND, "app.example.test.", 60)
    assert [(r["SetIdentifier"], r["Region"], r["ResourceRecords"][0]["Value"]) for r in records] == [
        (region, region, address) for region, address in GROUND.addresses.items()
    ]
    assert all("HealthCheckId" not in record for record in records)


def test_latency_records_heed_the_check_of_their_own_region():
    checks = {region: f"${check_name(region)}" for region in GROUND.regions}
    records = latency_records(GROUND, "app.example.test.", 60, checks)
    assert [record["HealthCheckId"] for record in records] == [
        "$CHECK_US_EAST_1",
        "$CHECK_EU_WEST_1",
        "$CHECK_AP_NORTHEAST_1",
    ]


def test_changes_of_one_step_are_one_batch():
    step = change("", ("DELETE", {"Name": "a"}), ("CREATE", {"Name": "b"}))
    assert [entry["Action"] for entry in step.arguments["ChangeBatch"]["Changes"]] == ["DELETE", "CREATE"]
