"""Values of every type: what is taken, and AWS's words for what is not (fact sheet §6.1, §6.3)."""

from __future__ import annotations

import pytest

from sandbox.aws.services.route53.value_rules import TYPES, problem_of_records

GOOD = {
    "A": "198.18.1.10",
    "AAAA": "2001:db8::1",
    "CAA": '0 issue "ca.example.test"',
    "CNAME": "www.example.test",
    "DS": "12345 13 2 " + "ab" * 32,
    "HTTPS": "1 . alpn=h2",
    "MX": "10 mail.example.test.",
    "NAPTR": '100 50 "s" "SIP+D2U" "" _sip._udp.example.test.',
    "NS": "ns1.example.test.",
    "PTR": "host.example.test.",
    "SOA": "ns-1.awsdns-00.com. awsdns-hostmaster.amazon.com. 1 7200 900 1209600 86400",
    "SPF": '"v=spf1 -all"',
    "SRV": "10 5 5060 sip.example.test.",
    "SSHFP": "4 2 " + "ab" * 32,
    "SVCB": "1 svc.example.test. port=8443",
    "TLSA": "3 1 1 " + "ab" * 32,
    "TXT": '"one" "two \\" quoted"',
}


@pytest.mark.parametrize("kind", TYPES)
def test_every_type_takes_its_own_data_and_refuses_nonsense(kind: str) -> None:
    assert problem_of_records(kind, [GOOD[kind]]) == ""
    problem = problem_of_records(kind, ["no such data at all, of any type (("])
    assert problem.startswith("Invalid Resource Record: 'FATAL problem: ")
    assert "encountered with 'no such data" in problem


@pytest.mark.parametrize(
    ("kind", "values", "words"),
    [
        ("A", ["x"], "ARRDATAIllegalIPv4Address (Value is not a valid IPv4 address) encountered with 'x''"),
        ("AAAA", ["x"], "AAAARRDATAIllegalIPv6Address (Value is not a valid IPv6 address) encountered with 'x''"),
        ("CNAME", ["a.", "b."], "CNAME records may have only one value"),
        ("A", ["198.18.1.1", "198.18.1.1"], "duplicate values"),
        ("TXT", ["bare"], "InvalidCharacterString (Value should be enclosed in quotation marks)"),
        ("TXT", [f'"{"x" * 256}"'], "CharacterStringTooLong"),
        ("TXT", ['"x" ' * 1001], "ValueTooLong"),
        ("MX", ["mail.example.test."], "MXRRDATAIllegal (Value is not a valid MX record)"),
    ],
)
def test_what_is_wrong_is_said(kind: str, values: list[str], words: str) -> None:
    assert words in problem_of_records(kind, values)


def test_an_escape_counts_as_one_character() -> None:
    assert problem_of_records("TXT", ['"' + "\\101" * 255 + '"']) == ""
