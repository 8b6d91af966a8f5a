"""Traffic policy documents, in both formats: text in, a checked `Document` out (fact sheet §3.1). Pure.

What is wrong is collected and told at once, as InvalidTrafficPolicyDocument: `[first problem, second problem]`. Numbers
and booleans may be quoted, as in AWS's own examples. Each kind of rule is one reader in `traffic_rules.READERS`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sandbox.aws.services.route53.location_rules import regions
from sandbox.aws.services.route53.traffic_rules import READERS, Item, Problems
from sandbox.aws.services.route53.value_rules import TYPES, problem_of_value
from sandbox.kernel.errors import Refusal

VERSIONS = ("2015-10-01", "2023-05-09")
LONGEST_DOCUMENT = 102_400
DEEPEST = 15  # rules below each other; a planet's name server follows 16 aliases
WITHOUT_POLICY = ("NS", "SOA", "DS")  # types that know only simple routing
ADDRESS_TYPES = ("A", "AAAA")
VALUE, S3 = "value", "s3-website"
ENDPOINT_TYPES = (
    VALUE,
    "cloudfront",
    "elastic-load-balancer",
    "application-load-balancer",
    "network-load-balancer",
    "elastic-beanstalk",
    S3,
)
MEMBERS = ("AWSPolicyFormatVersion", "RecordType", "StartEndpoint", "StartRule", "Endpoints", "Rules")


@dataclass(frozen=True, kw_only=True)
class Endpoint:
    """Where a path ends. region: of an S3 website only."""

    kind: str
    value: str
    region: str = ""


@dataclass(frozen=True, kw_only=True)
class Rule:
    """A choice. policy: the member of a record set that its items become, such as "Weight"."""

    kind: str
    items: tuple[Item, ...]


@dataclass(frozen=True, kw_only=True)
class Document:
    """A checked document: every reference leads somewhere, and no path comes back to where it was."""

    record_type: str
    endpoints: Mapping[str, Endpoint]
    rules: Mapping[str, Rule]
    start_rule: str = ""
    start_endpoint: str = ""


def read_document(text: str) -> Document:
    """The document in a text; InvalidTrafficPolicyDocument with all that is wrong with it."""
    problems = Problems()
    document = _Reader(parsed(text), problems).document()
    if problems.found:
        raise Refusal("InvalidTrafficPolicyDocument", f"[{', '.join(problems.found)}]")
    return document


def parsed(text: str) -> Mapping[str, Any]:
    """The JSON object in a text."""
    if len(text) > LONGEST_DOCUMENT:
        raise Refusal("InvalidTrafficPolicyDocument", f"[The document is longer than {LONGEST_DOCUMENT} characters]")
    try:
        found = json.loads(text)
    except ValueError as error:
        raise Refusal("InvalidTrafficPolicyDocument", f"[The document is not JSON: {error}]") from error
    if not isinstance(found, dict):
        raise Refusal("InvalidTrafficPolicyDocument", "[The document is not a JSON object]")
    return found


class _Reader:
    """Reads one document, noting problems as it goes."""

    def __init__(self, fields: Mapping[str, Any], problems: Problems) -> None:
        self.fields = fields
        self.problems = problems
        self.version = str(fields.get("AWSPolicyFormatVersion"))
        self.record_type = str(fields.get("RecordType"))

    def document(self) -> Document:
        """All of it."""
        self._check_head()
        endpoints = {name: self._endpoint(name, fields) for name, fields in self._objects("Endpoints")}
        rules = {name: self._rule(name, fields) for name, fields in self._objects("Rules")}
        self._check_references(endpoints, rules)
        start_rule, start_endpoint = self._start(endpoints, rules)
        if not self.problems.found:
            self._check_depth(start_rule, rules, ())
        return Document(
            record_type=self.record_type,
            endpoints=endpoints,
            rules=rules,
            start_rule=start_rule,
            start_endpoint=start_endpoint,
        )

    def _check_head(self) -> None:
        for member in self.fields:
            if member not in MEMBERS:
                self.problems.note(f"{member} is not a member of a traffic policy document")
        if self.version not in VERSIONS:
            self.problems.note(f"AWSPolicyFormatVersion must be one of {', '.join(VERSIONS)}, not {self.version}")
        if self.record_type not in TYPES or self.record_type in WITHOUT_POLICY:
            self.problems.note(f"RecordType {self.record_type} cannot be used in a traffic policy")

    def _objects(self, member: str) -> list[tuple[str, Mapping[str, Any]]]:
        """The named objects under Endpoints or Rules."""
        found = self.fields.get(member, {})
        if not isinstance(found, dict):
            self.problems.note(f"{member} must be an object")
            return []
        for name, fields in found.items():
            if not isinstance(fields, dict):
                self.problems.note(f"{member}: {name} must be an object")
        return [(name, fields) for name, fields in found.items() if isinstance(fields, dict)]

    def _endpoint(self, name: str, fields: Mapping[str, Any]) -> Endpoint:
        kind, value = str(fields.get("Type")), str(fields.get("Value") or "")
        where = f"Endpoint {name}"
        for member in fields:
            if member not in ("Type", "Value", "Region"):
                self.problems.note(f"{where}: {member} is not a member of an endpoint")
        if kind not in ENDPOINT_TYPES:
            self.problems.note(f"{where}: Type must be one of {', '.join(ENDPOINT_TYPES)}, not {kind}")
        elif kind != VALUE and self.record_type not in ADDRESS_TYPES:
            self.problems.note(f"{where}: {kind} needs the RecordType A or AAAA")
        if not value:
            self.problems.note(f"{where}: Value is missing")
        elif kind == VALUE and self.record_type in TYPES and (problem := problem_of_value(self.record_type, value)):
            self.problems.note(f"{where}: {problem}")
        region = str(fields.get("Region") or "")
        if (kind == S3) != bool(region):
            self.problems.note(f"{where}: Region is {'required' if kind == S3 else 'not allowed'} for {kind}")
        elif region and region not in regions():
            self.problems.note(f"{where}: {region} is not a Region")
        return Endpoint(kind=kind, value=value, region=region)

    def _rule(self, name: str, fields: Mapping[str, Any]) -> Rule:
        kind = str(fields.get("RuleType"))
        reader = READERS.get(kind)
        if reader is None:
            self.problems.note(f"Rule {name}: RuleType must be one of {', '.join(READERS)}, not {kind}")
            return Rule(kind=kind, items=())
        return Rule(kind=kind, items=reader(name, fields, self.version, self.problems))

    def _check_references(self, endpoints: Mapping[str, Endpoint], rules: Mapping[str, Rule]) -> None:
        for name, rule in rules.items():
            for item in rule.items:
                if item.endpoint and item.endpoint not in endpoints:
                    self.problems.note(f"Rule {name}: there is no endpoint {item.endpoint}")
                if item.rule and item.rule not in rules:
                    self.problems.note(f"Rule {name}: there is no rule {item.rule}")
                if rule.kind == "multivalue" and endpoints.get(item.endpoint, VALUE_ENDPOINT).kind != VALUE:
                    self.problems.note(f"Rule {name}: multivalue takes endpoints of type value only")

    def _start(self, endpoints: Mapping[str, Endpoint], rules: Mapping[str, Rule]) -> tuple[str, str]:
        rule, endpoint = str(self.fields.get("StartRule") or ""), str(self.fields.get("StartEndpoint") or "")
        if bool(rule) == bool(endpoint):
            self.problems.note("Exactly one of StartRule and StartEndpoint must be specified")
        elif rule and rule not in rules:
            self.problems.note(f"StartRule: there is no rule {rule}")
        elif endpoint and endpoint not in endpoints:
            self.problems.note(f"StartEndpoint: there is no endpoint {endpoint}")
        return rule, endpoint

    def _check_depth(self, name: str, rules: Mapping[str, Rule], above: tuple[str, ...]) -> None:
        """No path may come back to a rule above, nor be deeper than name servers follow."""
        if name in above:
            self.problems.note(f"Rule {name} leads back to itself: {' > '.join((*above, name))}")
        elif len(above) >= DEEPEST:
            self.problems.note(f"Rule {name} is more than {DEEPEST} rules deep")
        elif name:
            for following in dict.fromkeys(item.rule for item in rules[name].items if item.rule):
                if not self.problems.found:
                    self._check_depth(following, rules, (*above, name))


VALUE_ENDPOINT = Endpoint(kind=VALUE, value="")
