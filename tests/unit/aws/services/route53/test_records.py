"""A batch of changes: whole or not at all, and undone by its mirror image."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.aws.services.route53.record_store import ZoneRecords, key_of
from sandbox.aws.services.route53.records import ZoneView, listed_name, normal, normal_name
from sandbox.aws.services.route53.records import changed as delta_of
from sandbox.kernel.errors import Refusal

NS = {"Name": "example.test.", "Type": "NS", "TTL": 172800, "ResourceRecords": [{"Value": "ns-1.awsdns-00.com."}]}


class Zone:
    """A store with the NS set and others, and what the rules see of it."""

    def __init__(self, *record_sets: dict[str, Any], **known: Any) -> None:
        self.records = ZoneRecords()
        self.records.apply({key_of(record_set): record_set for record_set in (NS, *record_sets)})
        self.view = ZoneView(zone_id="Z1", name="example.test.", at=self.records.at, health_checks={"c1"}, **known)


def zone(*record_sets: dict[str, Any], **known: Any) -> Zone:
    return Zone(*record_sets, **known)


def changed(present: Zone, batch: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """All sets after the batch."""
    present.records.apply(delta_of(present.view, batch))
    return present.records.all()


def a(name: str, value: str = "198.18.1.10", **more: Any) -> dict[str, Any]:
    return {"Name": name, "Type": "A", "TTL": 60, "ResourceRecords": [{"Value": value}], **more}


def change(action: str, record_set: dict[str, Any]) -> dict[str, Any]:
    return {"Action": action, "ResourceRecordSet": record_set}


NAMES = st.sampled_from(["a", "b", "c", "d.e"]).map(lambda label: f"{label}.example.test.")
SETS = st.lists(
    st.builds(lambda name, weight: a(name, Weight=weight, SetIdentifier=f"w{weight}"), NAMES, st.integers(0, 3)),
    max_size=8,
    unique_by=key_of,
)


@given(SETS, SETS)
def test_creating_and_deleting_the_same_sets_leaves_the_zone_as_it_was(
    present: list[dict[str, Any]], more: list[dict[str, Any]]
) -> None:
    keys = {key_of(record_set) for record_set in present}
    new = [record_set for record_set in more if key_of(record_set) not in keys]
    there = zone(*present)
    before = there.records.all()
    assert len(changed(there, [change("CREATE", record_set) for record_set in new])) == len(before) + len(new)
    assert changed(there, [change("DELETE", record_set) for record_set in new]) == before


@given(SETS)
def test_an_upsert_made_twice_is_made_once(wanted: list[dict[str, Any]]) -> None:
    batch = [change("UPSERT", record_set) for record_set in wanted]
    once = changed(zone(), batch)
    assert changed(zone(*once[1:]), batch) == once


def test_one_wrong_change_undoes_the_batch() -> None:
    before = zone(a("a.example.test."))
    with pytest.raises(Refusal, match="but it already exists") as refused:
        changed(before, [change("CREATE", a("b.example.test.")), change("CREATE", a("a.example.test."))])
    assert refused.value.code == "InvalidChangeBatch"
    assert len(before.records) == 2


def test_a_deletion_reaches_one_set_of_that_name_type_and_identifier() -> None:
    """moto's own deletes every set of that identifier, whatever its name."""
    one, other = (a(f"{name}.example.test.", Weight=1, SetIdentifier="same") for name in "ab")
    assert changed(zone(one, other), [change("DELETE", one)]) == [NS, other]


def test_a_set_may_be_replaced_by_one_of_another_type_in_one_batch() -> None:
    name = {"Name": "a.example.test.", "Type": "CNAME", "TTL": 60, "ResourceRecords": [{"Value": "b.example.test."}]}
    batch = [change("CREATE", name), change("DELETE", a("a.example.test."))]
    assert changed(zone(a("a.example.test.")), batch) == [NS, name]


@pytest.mark.parametrize(
    ("batch", "code", "words"),
    [
        ([change("DELETE", a("a.example.test."))], "InvalidChangeBatch", "but it was not found"),
        ([change("DELETE", {**a("p.example.test."), "TTL": 5})], "InvalidChangeBatch", "do not match the current"),
        ([change("DELETE", NS)], "InvalidChangeBatch", "at least one NS record"),
        ([change("CREATE", a("a.example.test.", HealthCheckId="gone"))], "NoSuchHealthCheck", "id gone does not exist"),
        ([change("FLY", a("a.example.test."))], "InvalidInput", "FLY"),
        ([change("CREATE", a("a.example.test."))] * 2, "InvalidChangeBatch", "invalid set of changes"),
    ],
)
def test_refusals_have_aws_codes_and_words(batch: list[dict[str, Any]], code: str, words: str) -> None:
    with pytest.raises(Refusal, match=words) as refused:
        changed(zone(a("p.example.test.")), batch)
    assert refused.value.code == code


def test_more_than_a_thousand_records_are_too_many() -> None:
    many = [change("UPSERT", a(f"n{number}.example.test.")) for number in range(501)]
    with pytest.raises(Refusal, match="limit of 1000"):
        changed(zone(), many)


def test_names_are_lower_case_and_end_in_a_dot() -> None:
    assert normal_name(r"\052.Example.TEST") == "*.example.test."
    assert normal(a("App.Example.test", TTL="60", Weight="0"))["Name"] == "app.example.test."
    assert normal(a("x", TTL="60", Weight="0"))["Weight"] == 0
    target = {"HostedZoneId": "Z1", "DNSName": "X.example.test", "EvaluateTargetHealth": "true"}
    assert normal({"Name": "x", "Type": "A", "AliasTarget": target})["AliasTarget"] == {
        "HostedZoneId": "Z1",
        "DNSName": "x.example.test.",
        "EvaluateTargetHealth": True,
    }


def test_an_alias_may_come_before_its_target_in_a_batch() -> None:
    target = {"HostedZoneId": "Z1", "DNSName": "b.example.test.", "EvaluateTargetHealth": False}
    batch = [change("CREATE", {"Name": "a.example.test.", "Type": "A", "AliasTarget": target})]
    with pytest.raises(Refusal, match="that target was not found"):
        changed(zone(), batch)
    assert len(changed(zone(), [*batch, change("CREATE", a("b.example.test."))])) == 3


CIDR = {"SetIdentifier": "p", "CidrRoutingConfig": {"CollectionId": "c", "LocationName": "paris"}}


@pytest.mark.parametrize(
    ("known", "words"),
    [
        ({}, "The CIDR collection c does not exist"),
        ({"cidr_locations": {"c": {"tokyo"}}}, "The CIDR location paris does not exist"),
        ({"cidr_locations": {"c": {"paris"}}, "is_private": True}, "not permitted in a private hosted zone"),
        ({"cidr_locations": {"c": {"paris"}}}, ""),
    ],
)
def test_ip_based_records_need_their_location(known: dict[str, Any], words: str) -> None:
    batch = [change("CREATE", a("a.example.test.", **CIDR))]
    if words:
        with pytest.raises(Refusal, match=words):
            changed(zone(**known), batch)
    else:
        assert len(changed(zone(**known), batch)) == 2


def test_the_record_of_a_traffic_policy_instance_is_not_edited_by_hand() -> None:
    """But it may be deleted, which leaves the instance behind (fact sheet §3.2)."""
    root = {"Name": "a.example.test.", "Type": "A", "TrafficPolicyInstanceId": "i"}
    with pytest.raises(Refusal, match="belongs to the traffic policy instance i"):
        changed(zone(root), [change("UPSERT", a("a.example.test."))])
    with pytest.raises(Refusal, match="but it already exists"):
        changed(zone(root), [change("CREATE", a("a.example.test."))])
    assert changed(zone(root), [change("DELETE", root)]) == [NS]
    with pytest.raises(Refusal, match="The traffic policy instance i does not exist for"):
        changed(zone(), [change("CREATE", root)])
    assert len(changed(zone(instances={"i": ("a.example.test.", "A")}), [change("CREATE", root)])) == 2


def test_32000_characters_are_the_most() -> None:
    long = '"' + "x" * 200 + '" '
    text = {"Name": "t.example.test.", "Type": "TXT", "TTL": 60, "ResourceRecords": [{"Value": long * 17}]}
    many = [change("UPSERT", {**text, "Name": f"t{number}.example.test."}) for number in range(5)]
    with pytest.raises(Refusal, match="limit of 32000"):
        changed(zone(), many)


def test_names_are_listed_with_octal_escapes() -> None:
    assert listed_name("*.a_b-c.example.test.") == r"\052.a_b-c.example.test."
    assert normal_name(listed_name("*.example.test.")) == "*.example.test."
