"""From a question to an answer: the numbered facts R53 1.3, 1.4 and 4.3 to 4.5."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.dns.answering import answer_question, negative_soa
from sandbox.dns.core import Authority
from sandbox.dns.values import Answer
from sandbox.protocols.dns_wire import NOERROR, NXDOMAIN, REFUSED, SERVFAIL, Rrset

Make = Callable[..., Authority]
APEX = "ns-1.awsdns-00.com"


def values(answer: Answer) -> list[str]:
    return [value for rrset in answer.answer for value in rrset.values]


def ask(authority: Authority, name: str, rtype: str = "A", place: str = "paris") -> Answer:
    return authority.decide(f"{name}.example.test." if name != "@" else "example.test.", rtype, place)


def test_a_positive_answer_has_the_zones_name_servers_beside_it(authority: Make) -> None:
    """R53 4.3."""
    answer = ask(authority("app 60 A 192.0.2.1"), "app")
    assert (answer.rcode, answer.authoritative, values(answer)) == (NOERROR, True, ["192.0.2.1"])
    assert [(rrset.name, rrset.rtype) for rrset in answer.authority] == [("example.test.", "NS")]
    assert ask(authority("app 60 A 192.0.2.1"), "@", "NS").authority == ()


def test_nxdomain_and_nodata_are_not_the_same(authority: Make) -> None:
    """R53 4.3: NXDOMAIN when nothing is at the name nor below it; NODATA otherwise. Both carry the SOA."""
    made = authority("a.b 60 A 192.0.2.1")
    for name, rtype, rcode in (("x", "A", NXDOMAIN), ("a.b", "TXT", NOERROR), ("b", "A", NOERROR)):
        answer = ask(made, name, rtype)
        assert (answer.rcode, answer.answer) == (rcode, ())
        assert [rrset.rtype for rrset in answer.authority] == ["SOA"]


@pytest.mark.parametrize(("soa_ttl_s", "minimum_s", "told_s"), [(900, 86400, 900), (900, 5, 5), (3, 5, 3)])
def test_a_negative_answer_holds_for_the_lesser_of_soa_ttl_and_minimum(
    soa_ttl_s: int, minimum_s: int, told_s: int
) -> None:
    """R53 4.3, RFC 2308 §3."""
    wire = b"\0\0" + b"\0" * 16 + minimum_s.to_bytes(4, "big")
    soa = Rrset(name="example.test.", rtype="SOA", ttl_s=soa_ttl_s, values=("",), wires=(wire,))
    assert negative_soa(soa).ttl_s == told_s


def test_a_zone_nobody_hosts_here_is_refused(authority: Make) -> None:
    """R53 4.4: REFUSED is the convention for lame delegations."""
    answer = authority("").decide("www.amazon.com", "A", "paris")
    assert (answer.rcode, answer.authoritative) == (REFUSED, False)


def test_a_cname_answers_for_every_type_and_is_not_followed(authority: Make) -> None:
    """R53 4.4: the resolver asks again. Known addresses of its target are added (R53 4.3)."""
    made = authority("www 60 CNAME app\n www2 30 CNAME app.example.test.\n app 60 A 192.0.2.1")
    answer = ask(made, "www2", "AAAA")
    assert [(rrset.rtype, rrset.values) for rrset in answer.answer] == [("CNAME", ("app.example.test.",))]
    assert [rrset.values for rrset in answer.additional] == [("192.0.2.1",)]


def test_known_addresses_of_mail_and_service_targets_are_added(authority: Make) -> None:
    """R53 4.3."""
    made = authority("@ 60 MX 10 mail.example.test.\n s 60 SRV 0 0 443 mail.example.test.\n mail 60 A 192.0.2.5")
    for name, rtype in (("@", "MX"), ("s", "SRV")):
        assert [rrset.values for rrset in ask(made, name, rtype).additional] == [("192.0.2.5",)]


def test_below_a_delegation_there_is_a_referral_with_glue(authority: Make) -> None:
    """R53 4.4: AA = 0, empty answer, NS in authority, glue in additional."""
    made = authority("sub 60 NS ns.sub.example.test.,ns.else.test.\n ns.sub 60 A 192.0.2.53\n x.sub 60 A 192.0.2.9")
    answer = ask(made, "x.sub")
    assert (answer.authoritative, answer.answer, answer.rcode) == (False, (), NOERROR)
    assert [(rrset.name, rrset.rtype) for rrset in answer.authority] == [("sub.example.test.", "NS")]
    assert [rrset.values for rrset in answer.additional] == [("192.0.2.53",)]
    assert answer.why == "example.test. delegates sub.example.test. to ns.sub.example.test., ns.else.test."


def test_a_wildcard_answers_under_the_name_that_was_asked(authority: Make) -> None:
    """R53 4.5: explicit names win, and an explicit name of another type blocks the wildcard."""
    made = authority('* 60 A 192.0.2.1\n text 60 TXT "x"\n www 60 A 192.0.2.2')
    assert ask(made, "a.b").answer[0].name == "a.b.example.test."
    assert values(ask(made, "www")) == ["192.0.2.2"]
    assert values(ask(made, "text")) == []
    assert ask(made, "a.b").why.startswith("a.b.example.test. is covered by *.example.test.")


def test_any_gives_every_type_there_is(authority: Make) -> None:
    made = authority('app 60 A 192.0.2.1\n app 60 TXT "x"\n app 60 MX 1 app.example.test.')
    assert {rrset.rtype for rrset in ask(made, "app", "ANY").answer} == {"A", "TXT", "MX"}


def test_an_alias_looks_like_an_ordinary_record_and_takes_its_targets_ttl(authority: Make) -> None:
    """R53 1.4: also at the apex; TTL of the target."""
    made = authority("@ alias app\n app 45 A 192.0.2.1")
    answer = ask(made, "@")
    assert [(rrset.name, rrset.rtype, rrset.ttl_s) for rrset in answer.answer] == [("example.test.", "A", 45)]
    assert values(answer) == ["192.0.2.1"]


def test_an_alias_leads_into_another_zone(authority: Make, zone: Any) -> None:
    made = authority("app alias app.us-east-1.elb.amazonaws.com.")
    made.put_zone("ZAWS", zone("app.us-east-1.elb 60 A 198.18.1.10", "amazonaws.com."))
    assert values(ask(made, "app")) == ["198.18.1.10"]


def test_an_alias_without_target_is_nodata_and_says_so(authority: Make) -> None:
    answer = ask(authority("app alias gone"), "app")
    assert (answer.rcode, answer.answer) == (NOERROR, ())
    assert "the alias target gone.example.test. has no A record" in answer.why


def test_aliases_that_lead_in_a_circle_are_a_server_failure(authority: Make) -> None:
    answer = ask(authority("a alias b\n b alias a"), "a")
    assert (answer.rcode, answer.why) == (SERVFAIL, "the aliases from a.example.test. never end")


def test_geolocation_without_a_match_is_nodata(authority: Make) -> None:
    """R53 1.2 Geolocation."""
    answer = ask(authority("app 60 A 192.0.2.1 | country=JP"), "app")
    assert (answer.rcode, answer.answer, answer.authority[0].rtype) == (NOERROR, (), "SOA")
    assert not answer.by_place  # a negative answer holds for all (R53 4.2)


TREE = """
    app alias us | region=us-east-1 {flag}
    app alias au | region=ap-southeast-2 evaluate
    us 60 A 192.0.2.1 | weight=1 id=us1 check=us1
    us 60 A 192.0.2.2 | weight=1 id=us2 {second}
    au 60 A 192.0.2.3 | weight=1 id=au1 check=au1
    au 60 A 192.0.2.4 | weight=1 id=au2 check=au2
"""
US, AU = {"192.0.2.1", "192.0.2.2"}, {"192.0.2.3", "192.0.2.4"}


@pytest.mark.parametrize(
    ("flag", "second", "sick", "from_region"),
    [
        ("evaluate", "check=us2", (), US),
        ("evaluate", "check=us2", ("us1",), {"192.0.2.2"}),
        ("evaluate", "check=us2", ("us1", "us2"), AU),  # backs out of the branch
        ("", "check=us2", ("us1", "us2"), US),  # the branch is kept, an unhealthy leaf is returned
        ("evaluate", "", ("us1", "us2"), {"192.0.2.2"}),  # a leaf without a check makes its branch healthy
        ("evaluate", "check=us2", ("us1", "us2", "au1", "au2"), US),  # last resort at the top, then in the branch
    ],
)
def test_the_walk_through_of_latency_aliases_over_weighted_pairs(
    flag: str, second: str, sick: tuple[str, ...], from_region: set[str], authority: Make
) -> None:
    """R53 1.3, walk-through, seen from Denver (nearest: us-east-1)."""
    made = authority(TREE.format(flag=flag, second=second), unhealthy=sick)
    assert {value for _ in range(40) for value in values(ask(made, "app", place="denver"))} == from_region


FAILOVER_TREES = """
    app alias first | failover=PRIMARY id=p {primary}
    app alias second | failover=SECONDARY id=s evaluate
    first 60 A 192.0.2.1 | weight=1 id=a check=a
    first 60 A 192.0.2.2 | weight=0 id=b check=b
    second 60 A 192.0.2.3 | region=us-east-1 id=c check=c
    second 60 A 192.0.2.4 | region=eu-west-1 id=d check=d
"""


@given(sick=st.sets(st.sampled_from("abcd")), place=st.sampled_from(["paris", "tokyo", "denver"]))
def test_failover_trees_never_answer_what_is_ill_while_something_is_well(
    authority: Make, sick: set[str], place: str
) -> None:
    """R53 1.2, 1.3: primary while it has a healthy leaf, else the secondary; something always."""
    made = authority(FAILOVER_TREES.format(primary="evaluate"), unhealthy=tuple(sick))
    answer = ask(made, "app", place=place)
    (value,) = values(answer)
    leaf = "abcd"[int(value.rpartition(".")[2]) - 1]
    assert leaf not in sick or sick == set("abcd")
    assert leaf in "ab" or {"a", "b"} <= sick
    assert answer.rcode == NOERROR


def test_each_step_of_a_tree_is_a_decision_with_its_reason(authority: Make) -> None:
    answer = ask(authority(TREE.format(flag="evaluate", second="check=us2"), unhealthy=("us1", "us2")), "app")
    assert [(step.name, step.policy) for step in answer.decisions] == [
        ("app.example.test.", "latency"),
        ("au.example.test.", "weighted"),
    ]
    assert answer.why.startswith(
        "lowest latency from Paris: ap-southeast-2 280 ms; "
        "us-east-1 left out: its target us.example.test. has no healthy record; "
        "then au.example.test. weighted draw: au"
    )


def test_values_of_a_simple_record_come_in_random_order(authority: Make) -> None:
    """R53 1.2 Simple."""
    made = authority("app 60 A 192.0.2.1,192.0.2.2,192.0.2.3")
    assert {values(ask(made, "app"))[0] for _ in range(60)} == {"192.0.2.1", "192.0.2.2", "192.0.2.3"}
    assert sorted(values(ask(made, "app"))) == ["192.0.2.1", "192.0.2.2", "192.0.2.3"]


def test_an_answer_needs_no_zone_at_all(authority: Make) -> None:
    made = authority("")
    made.put_zone("Z1", None)
    now: Any = None
    assert answer_question(made.zones, "example.test.", "A", now).rcode == REFUSED
