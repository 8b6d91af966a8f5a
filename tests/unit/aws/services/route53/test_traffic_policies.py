"""Policies, versions and the states of instances (fact sheet §3.2)."""

from __future__ import annotations

import pytest

from sandbox.aws.services.route53.traffic_policies import PolicyInstance, TrafficPolicies, summary
from sandbox.kernel.errors import Refusal


@pytest.fixture
def book() -> TrafficPolicies:
    made = TrafficPolicies()
    made.create("p", "web", "A", "{1}", "first")
    made.create_version("p", "AAAA", "{2}", None)
    return made


def test_versions_rise_and_are_never_used_again(book: TrafficPolicies) -> None:
    book.delete("p", 2)
    assert book.create_version("p", "A", "{3}", None).number == 3
    assert [version.number for version in book.versions_of("p")] == [1, 3]
    assert summary(book.policies()[0]) == {
        "Id": "p", "Name": "web", "Type": "A", "LatestVersion": 3, "TrafficPolicyCount": 2
    }  # fmt: skip


def test_a_deleted_version_leaves_the_lists_but_can_be_got(book: TrafficPolicies) -> None:
    book.delete("p", 1)
    book.delete("p", 2)
    assert book.policies() == []
    assert book.get("p", 1).document == "{1}"
    for call in (lambda: book.get_present("p", 1), lambda: book.versions_of("p"), lambda: book.get("p", 3)):
        with pytest.raises(Refusal) as caught:
            call()
        assert (caught.value.code, caught.value.status) == ("NoSuchTrafficPolicy", 404)
    assert book.create("q", "web", "A", "{}", None).number == 1, "the name is free again"


def test_names_are_unique_and_short(book: TrafficPolicies) -> None:
    with pytest.raises(Refusal) as caught:
        book.create("q", "web", "A", "{}", None)
    assert (caught.value.code, caught.value.status) == ("TrafficPolicyAlreadyExists", 409)
    with pytest.raises(Refusal, match="1 to 512"):
        book.create("q", "x" * 513, "A", "{}", None)
    with pytest.raises(Refusal, match="up to 1024"):
        book.create("q", "other", "A", "{}", "x" * 1025)


def test_there_are_fifty_policies_at_most(book: TrafficPolicies) -> None:
    for number in range(49):
        book.create(f"p{number}", f"n{number}", "A", "{}", None)
    with pytest.raises(Refusal) as caught:
        book.create("q", "q", "A", "{}", None)
    assert caught.value.code == "TooManyTrafficPolicies"


def instance(book: TrafficPolicies, number: int = 1, **more: object) -> PolicyInstance:
    made = PolicyInstance(
        id=f"i{number}", zone_id="Z1", name=f"n{number}.example.test.", ttl_s=60, policy=book.get("p", 1), version=7
    )
    book.instances[made.id] = made
    return made


def test_an_instance_is_applied_when_its_version_of_the_zone_has_settled(book: TrafficPolicies) -> None:
    made = instance(book)
    with pytest.raises(Refusal) as caught:
        made.refuse_while_at_work()
    assert caught.value.code == "PriorRequestNotComplete"
    for zone_id, version, state in (("Z1", 6, "Creating"), ("Z2", 9, "Creating"), ("Z1", 7, "Applied")):
        made.settle(zone_id, version)
        assert made.state == state
    made.refuse_while_at_work()


def test_an_instance_that_cannot_be_made_says_why(book: TrafficPolicies) -> None:
    made = instance(book)
    made.problem = "no room"
    made.settle("Z1", None)
    assert (made.shown()["State"], made.shown()["Message"]) == ("Failed", "no room")


def test_a_policy_in_use_is_not_deleted(book: TrafficPolicies) -> None:
    instance(book)
    with pytest.raises(Refusal) as caught:
        book.delete("p", 1)
    assert caught.value.code == "TrafficPolicyInUse"


def test_one_instance_for_a_name_and_five_in_all(book: TrafficPolicies) -> None:
    for number in range(1, 6):
        book.refuse_instance("Z1", f"n{number}.example.test.", "A")
        instance(book, number)
    with pytest.raises(Refusal) as caught:
        book.refuse_instance("Z1", "n1.example.test.", "A")
    assert (caught.value.code, caught.value.status) == ("TrafficPolicyInstanceAlreadyExists", 409)
    with pytest.raises(Refusal) as caught:
        book.refuse_instance("Z1", "n9.example.test.", "A")
    assert caught.value.code == "TooManyTrafficPolicyInstances"
    assert [one.id for one in book.listed()] == ["i1", "i2", "i3", "i4", "i5"]
