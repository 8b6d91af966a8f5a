"""What the values of a record set must look like, type by type. Pure; the words are AWS's where they are known
(fact sheet §6.1, §6.3), the others name the rule in AWS's manner.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from ipaddress import AddressValueError, IPv4Address, IPv6Address

from sandbox.protocols.dns_wire import rdata_wire

TYPES = [
    "A",
    "AAAA",
    "CAA",
    "CNAME",
    "DS",
    "HTTPS",
    "MX",
    "NAPTR",
    "NS",
    "PTR",
    "SOA",
    "SPF",
    "SRV",
    "SSHFP",
    "SVCB",
    "TLSA",
    "TXT",
]  # fact sheet §6.1
SINGLE_VALUE = ("CNAME", "SOA")
LONGEST_VALUE = 4000
LONGEST_STRING = 255
QUOTED_STRINGS = re.compile(r'\s*"(?:[^"\\]|\\.)*"(?:\s+"(?:[^"\\]|\\.)*")*\s*')
ONE_STRING = re.compile(r'"((?:[^"\\]|\\.)*)"')
ESCAPED = re.compile(r"\\(?:\d{3}|.)")


def problem_of_records(kind: str, values: Sequence[str]) -> str:
    """What is wrong with the values of one record set, or ""."""
    if kind in SINGLE_VALUE and len(values) > 1:
        return fatal(f"{kind} records may have only one value")
    if len(set(values)) != len(values):
        return fatal("duplicate values")
    return next((problem for value in values if (problem := problem_of_value(kind, value))), "")


def problem_of_value(kind: str, value: str) -> str:
    """What is wrong with one value, or ""."""
    if len(value) > LONGEST_VALUE:
        return fatal("ValueTooLong (Value is longer than 4000 characters)", value[:64])
    if kind == "A":
        return "" if is_address(IPv4Address, value) else illegal("ARRDATAIllegalIPv4Address", "IPv4 address", value)
    if kind == "AAAA":
        return "" if is_address(IPv6Address, value) else illegal("AAAARRDATAIllegalIPv6Address", "IPv6 address", value)
    if kind in ("TXT", "SPF"):
        return problem_of_strings(value)
    # SPF's data are TXT's (RFC 7208 §3.1); all other types are read as the name server will read them.
    return "" if rdata_wire(kind, value) is not None else illegal(f"{kind}RRDATAIllegal", f"{kind} record", value)


def problem_of_strings(value: str) -> str:
    """TXT and SPF: strings in quotation marks, up to 255 characters each."""
    if not QUOTED_STRINGS.fullmatch(value):
        return fatal("InvalidCharacterString (Value should be enclosed in quotation marks)", value)
    if any(len(ESCAPED.sub("x", string)) > LONGEST_STRING for string in ONE_STRING.findall(value)):
        return fatal("CharacterStringTooLong (Value is too long)", value[:64])
    return ""


def is_address(kind: type[IPv4Address] | type[IPv6Address], value: str) -> bool:
    """Whether this is an address of that kind."""
    try:
        kind(value)
    except AddressValueError:
        return False
    return True


def illegal(code: str, what: str, value: str) -> str:
    """A value that is not of its type."""
    return fatal(f"{code} (Value is not a valid {what})", value)


def fatal(problem: str, value: str | None = None) -> str:
    """A problem in AWS's frame."""
    met = "" if value is None else f" encountered with '{value}'"
    return f"Invalid Resource Record: 'FATAL problem: {problem}{met}'"
