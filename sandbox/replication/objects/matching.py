"""Which destinations a version is copied to (facts A4). Pure.

In: a configuration and what has happened. Out: the rules that copy it, one for each destination, and a sentence for
each reason not to.
"""

from __future__ import annotations

from sandbox.replication.objects.values import Configuration, Happened, Rule

ARCHIVES = frozenset({"GLACIER", "DEEP_ARCHIVE"})  # not readable without a restore


def rules_for(configuration: Configuration, happened: Happened) -> tuple[Rule, ...]:
    """With the same destination the higher priority decides alone; different destinations all apply (A1)."""
    winners: dict[str, Rule] = {}
    for rule in configuration.rules:
        if rule.is_enabled and _is_for(rule, happened):
            other = winners.get(rule.destination)
            if other is None or rule.priority > other.priority:
                winners[rule.destination] = rule
    return tuple(rule for rule in winners.values() if why_not(rule, happened) is None)


def needs_tags(configuration: Configuration, key: str) -> bool:
    """Whether only the version's tags can tell."""
    return any(rule.tags and rule.is_enabled and key.startswith(rule.prefix) for rule in configuration.rules)


def _is_for(rule: Rule, happened: Happened) -> bool:
    """Prefix and tags. A marker has no tags: rules with tags say nothing about it."""
    return happened.key.startswith(rule.prefix) and set(rule.tags) <= set(happened.tags)


def why_not(rule: Rule, happened: Happened) -> str | None:
    """Why this rule does not copy a version that it is for; None: it does."""
    if happened.is_replica:
        if happened.kind == "settings" and rule.copies_replica_changes:
            return None
        return "it is a replica itself"
    if happened.kind == "marker" and not rule.copies_markers:
        return "delete markers are not copied without DeleteMarkerReplication"
    if happened.is_sse_c:
        return "its key is the client's (SSE-C)"
    if happened.is_kms and not rule.copies_kms:
        return "it is encrypted with a KMS key, and SseKmsEncryptedObjects is not enabled"
    if happened.kind == "object" and happened.storage_class in ARCHIVES:
        return f"its storage class is {happened.storage_class}"
    return None
