"""A replication configuration read and judged, in AWS's words where they are known (facts A1, A2). Pure.

In: a document in the SDK's names, values as text. Out: a `Configuration`, with what AWS fills in, or a Refusal. What
only buckets can tell (do they exist, are they versioned) is asked by `configuring`. Words marked "ours" are nowhere
published: facts, "Unconfirmed".
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sandbox.kernel.errors import Refusal, not_emulated
from sandbox.replication.objects.values import Configuration, Document, Rule, Tags

MOST_RULES = 1000
LONGEST_ID = 255
RTC_MINUTES = "15"
ARN = "arn:aws:s3:::"
STORAGE_CLASS_NAMES = """
    STANDARD REDUCED_REDUNDANCY STANDARD_IA ONEZONE_IA INTELLIGENT_TIERING GLACIER DEEP_ARCHIVE OUTPOSTS GLACIER_IR SNOW
    EXPRESS_ONEZONE
"""
STORAGE_CLASSES = frozenset(STORAGE_CLASS_NAMES.split())
MALFORMED = "The XML you provided was not well-formed or did not validate against our published schema"
V1_MARKERS = (
    "DeleteMarkerReplication cannot be used for this version of Cross Region Replication configuration schema. "
    "Please refer to S3 Developer Guide for more information."
)
TAGGED_MARKERS = (
    "Delete marker replication is not supported if any Tag filter is specified. "
    "Please refer to S3 Developer Guide for more information."
)
THRESHOLD = "Metrics cannot contain an event threshold when ReplicationTime is not specified or Disabled"


def malformed() -> Refusal:
    """Not the shape of AWS's schema."""
    return Refusal("MalformedXML", MALFORMED)


def invalid_request(message: str) -> Refusal:
    """The shape is right and the content is not."""
    return Refusal("InvalidRequest", message)


def invalid_argument(message: str) -> Refusal:
    """One value is not."""
    return Refusal("InvalidArgument", message)


def read_document(document: Document, new_id: Callable[[], str]) -> tuple[Document, tuple[Rule, ...]]:
    """The document as it is read back, and its rules. new_id: for rules without one."""
    rules = document.get("Rules")
    if not document.get("Role") or not rules:
        raise malformed()
    if len(rules) > MOST_RULES:
        raise invalid_request(
            f"The number of replication rules must not exceed the allowed limit of {MOST_RULES} rules."
        )
    completed = [_completed(rule, new_id) for rule in rules]
    read = tuple(_rule(rule) for rule in completed)
    _check_unique(completed, read)
    return {"Role": document["Role"], "Rules": completed}, read


def configuration_of(
    document: Document,
    *,
    bucket: str,
    account: str,
    regions: Mapping[str, str],
    put_at_s: float,
) -> Configuration:
    """From a document that was read before."""
    return Configuration(
        bucket=bucket,
        account=account,
        document=document,
        rules=tuple(_rule(rule) for rule in document["Rules"]),
        regions=regions,
        put_at_s=put_at_s,
    )


def _completed(rule: Mapping[str, Any], new_id: Callable[[], str]) -> dict[str, Any]:
    """With what AWS fills in: an ID; of a rule that has neither Filter nor Prefix the parts of V2 (REC 2026-02-21)."""
    whole = {"ID": rule.get("ID") or new_id(), **{name: value for name, value in rule.items() if name != "ID"}}
    if len(whole["ID"]) > LONGEST_ID:
        raise invalid_argument(f"ID length should not exceed allowed limit of {LONGEST_ID}")
    if "Filter" in rule:
        if "Prefix" in rule or not {"Priority", "DeleteMarkerReplication"} <= rule.keys():
            raise malformed()
    elif "DeleteMarkerReplication" in rule:
        raise invalid_request(V1_MARKERS)
    elif "Prefix" not in rule:
        whole |= {"Filter": {}, "DeleteMarkerReplication": {"Status": "Disabled"}}
        whole.setdefault("Priority", "0")
    return whole


def _rule(rule: Mapping[str, Any]) -> Rule:
    destination = rule.get("Destination") or {}
    if not destination.get("Bucket") or "Status" not in rule:
        raise malformed()
    if _is_on(rule, "ExistingObjectReplication"):
        raise not_emulated(
            "ExistingObjectReplication", instead="AWS has S3 Batch Replication for it, which is not there."
        )
    is_v1 = "Filter" not in rule
    prefix, tags = (rule["Prefix"], ()) if is_v1 else _filter(rule["Filter"])
    copies_markers = is_v1 or _is_on(rule, "DeleteMarkerReplication")
    if tags and copies_markers:
        raise invalid_request(TAGGED_MARKERS)
    selection = rule.get("SourceSelectionCriteria") or {}
    has_rtc = _check_times(destination)
    copies_kms = _is_on(selection, "SseKmsEncryptedObjects")
    kms_key = (destination.get("EncryptionConfiguration") or {}).get("ReplicaKmsKeyID")
    _check_encryption(destination, copies_kms=copies_kms, has_key=bool(kms_key))
    return Rule(
        rule_id=rule["ID"],
        priority=_priority(rule),
        is_enabled=_is_on({"": rule}, ""),
        is_v1=is_v1,
        prefix=prefix,
        tags=tags,
        copies_markers=copies_markers,
        copies_kms=copies_kms,
        copies_replica_changes=_is_on(selection, "ReplicaModifications"),
        destination=_bucket_name(destination["Bucket"]),
        account=destination.get("Account"),
        storage_class=_storage_class(destination),
        replica_owner=_changes_owner(destination),
        kms_key=kms_key,
        has_rtc=has_rtc,
        has_metrics=_is_on(destination, "Metrics"),
    )


def _is_on(holder: Mapping[str, Any], name: str) -> bool:
    """Whether `<name><Status>Enabled</Status></name>`; False when it is not there."""
    if name not in holder:
        return False
    status = (holder[name] or {}).get("Status")
    if status not in ("Enabled", "Disabled"):
        raise malformed()
    return bool(status == "Enabled")


def _priority(rule: Mapping[str, Any]) -> int:
    text = rule.get("Priority", "0")
    if not text.isdecimal() or len(text) > 9:
        raise malformed()
    return int(text)


def _filter(given: Mapping[str, Any]) -> tuple[str, Tags]:
    """Prefix and tags; one of Prefix, Tag and And at most."""
    if len(given) > 1:
        raise malformed()
    if "And" in given:
        both = given["And"] or {}
        tags = tuple(_tag(tag) for tag in both.get("Tags", ()))
        if len(tags) + ("Prefix" in both) < 2 or len(dict(tags)) < len(tags):
            raise malformed()
        return both.get("Prefix", ""), tags
    if "Tag" in given:
        return "", (_tag(given["Tag"]),)
    return given.get("Prefix", ""), ()


def _tag(given: Mapping[str, Any]) -> tuple[str, str]:
    if not given or not given.get("Key") or "Value" not in given:
        raise malformed()
    return given["Key"], given["Value"]


def _bucket_name(arn: str) -> str:
    name = arn.removeprefix(ARN)
    if name == arn or not name or "/" in name or ":" in name:
        raise invalid_argument(f"Destination bucket must be an ARN such as {ARN}bucket, not {arn!r}")  # ours
    return name


def _storage_class(destination: Mapping[str, Any]) -> str | None:
    storage_class: str | None = destination.get("StorageClass")
    if storage_class is not None and storage_class not in STORAGE_CLASSES:
        raise malformed()
    return storage_class


def _changes_owner(destination: Mapping[str, Any]) -> bool:
    if "AccessControlTranslation" not in destination:
        return False
    if (destination["AccessControlTranslation"] or {}).get("Owner") != "Destination":
        raise malformed()
    if not destination.get("Account"):
        raise invalid_request("AccessControlTranslation needs the Account of the destination bucket's owner")  # ours
    return True


def _check_times(destination: Mapping[str, Any]) -> bool:
    """RTC and its metrics; whether RTC is on."""
    rtc, metrics = destination.get("ReplicationTime") or {}, destination.get("Metrics") or {}
    has_rtc, has_metrics = _is_on(destination, "ReplicationTime"), _is_on(destination, "Metrics")
    if "ReplicationTime" in destination and not (rtc.get("Time") or {}).get("Minutes"):
        raise malformed()
    if has_rtc and not has_metrics:
        raise invalid_request("ReplicationTime needs Metrics with Status Enabled")  # ours
    if metrics.get("EventThreshold") and not has_rtc:
        raise invalid_argument(THRESHOLD)
    for holder, name in ((rtc, "Time"), (metrics, "EventThreshold")):
        minutes = (holder.get(name) or {}).get("Minutes")
        if minutes is not None and minutes != RTC_MINUTES:
            raise invalid_argument(f"{name} must be {RTC_MINUTES} minutes, not {minutes}")  # ours
    return has_rtc


def _check_encryption(destination: Mapping[str, Any], *, copies_kms: bool, has_key: bool) -> None:
    if copies_kms and not has_key:
        raise invalid_request("SseKmsEncryptedObjects needs EncryptionConfiguration with a ReplicaKmsKeyID")  # ours
    if "EncryptionConfiguration" in destination and not copies_kms:
        raise invalid_request("SseKmsEncryptedObjects must be specified if EncryptionConfiguration is present.")


def _check_unique(completed: list[dict[str, Any]], rules: tuple[Rule, ...]) -> None:
    """Facts A2: both are refused; the words are ours."""
    if twice := _first_twice([rule.rule_id for rule in rules]):
        raise invalid_argument(f"Rule ID must be unique. Found same ID for more than one rule: {twice}")
    if twice := _first_twice([rule["Priority"] for rule in completed if "Priority" in rule]):
        raise invalid_request(f"Found more than one rule with the priority {twice}: priorities must be unique")


def _first_twice(texts: list[str]) -> str | None:
    return next((text for number, text in enumerate(texts) if text in texts[:number]), None)


def enabled_destinations(rules: tuple[Rule, ...]) -> list[str]:
    """Each destination once, in the order of the rules."""
    return list(dict.fromkeys(rule.destination for rule in rules if rule.is_enabled))
