"""Claims about an outage, and how claims are written. Pure: figures in, claims out."""

from __future__ import annotations

from collections.abc import Sequence

from sandbox.demo.outage import OURS_S, Bound, Outage
from sandbox.demo.values import Claim


def claim(act: int, says: str, measured: str, held: bool) -> Claim:
    """One claim; short, because acts write many."""
    return Claim(act=act, says=says, measured=measured, held=held)


def seconds(value: float | None) -> str:
    """`4.2 s`, or that it was not seen."""
    return "not seen" if value is None else f"{value:.1f} s"


def within(value: float | None, limit_s: float) -> bool:
    """Whether it was seen, and soon enough."""
    return value is not None and value <= limit_s


def listed(words: Sequence[str]) -> str:
    """`paris`, `paris and tokyo`, `new-york, paris and tokyo`."""
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words) or "nowhere"


def outage_claims(act: int, what: str, outage: Outage, bound: Bound) -> list[Claim]:
    """What must hold whenever a region is lost."""
    return [
        claim(
            act,
            f"{what}: noticed within {bound.threshold} x (interval + probe) = {bound.detect_s:.1f} s, and {OURS_S:g} s",
            f"{seconds(outage.detected_after_s)} (expected {bound.expected_s:.1f} s)",
            within(outage.detected_after_s, bound.detect_s + OURS_S),
        ),
        claim(
            act,
            f"{what}: last error within that, the TTL of {bound.ttl_s:g} s and {OURS_S:g} s = {bound.total_s:.1f} s",
            f"{seconds(outage.expired_after_s)}, {outage.errors} of {outage.visits} visits failed",
            within(outage.expired_after_s, bound.total_s),
        ),
        claim(
            act,
            f"{what}: users of the other regions notice nothing",
            f"{outage.stray_errors} errors outside {listed(outage.cities)}",
            outage.stray_errors == 0 and bool(outage.cities),
        ),
    ]
