"""What operators see of a region's S3 replication. In: a service. Out: JSON values."""

from __future__ import annotations

from typing import Any

from sandbox.replication.objects.rows import Rows
from sandbox.replication.objects.service import ObjectReplication

MOST_FAILED = 1000  # told at once


def directions(replication: ObjectReplication, rows: Rows, now_s: float) -> list[dict[str, Any]]:
    """Each rule of a bucket of this region: what waits, how late it is, what has failed. now_s: Unix seconds."""
    counts, views = rows.counts(), []
    for configuration in replication.sources.configurations.values():
        for rule in configuration.rules:
            region = configuration.regions[rule.destination]
            pair = (configuration.bucket, rule.destination)
            tally = replication.tallies.by_direction.get((*pair, rule.rule_id, region))
            sender, states, oldest_s = replication.senders.get(region), counts.get(pair, {}), rows.oldest_s(*pair)
            away_since_s = None if sender is None else sender.away_since_s
            views.append(
                {
                    "account": configuration.account,
                    "bucket": configuration.bucket,
                    "region": replication.region,
                    "destination": rule.destination,
                    "destination_region": region,
                    "rule": rule.rule_id,
                    "enabled": rule.is_enabled,
                    "pending": 0 if tally is None else tally.pending,
                    "pending_bytes": 0 if tally is None else tally.pending_bytes,
                    "completed": states.get("COMPLETED", 0),
                    "failed": states.get("FAILED", 0),
                    "oldest_pending_s": since(oldest_s, now_s),
                    "lag_p50_ms": None if tally is None else tally.lag.percentile_ms(50),
                    "lag_p99_ms": None if tally is None else tally.lag.percentile_ms(99),
                    "away_s": since(away_since_s, now_s),
                    "trouble": "" if sender is None else sender.trouble,
                    "paused": replication.is_paused(*pair, region),
                }
            )
    return views


def since(at_s: float | None, now_s: float) -> float | None:
    """Seconds since then."""
    return None if at_s is None else round(max(0.0, now_s - at_s), 3)
