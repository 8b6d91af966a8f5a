"""How many calls of Route 53 an account may make, as token buckets (fact sheet §2.5). Pure.

In: an account, a call, the time. Out: a Refusal `Throttling`, status 400, when a bucket is empty. All calls of an
account share one bucket; a few have one of their own beside it. Off unless the setting `route53_throttling` is on:
tests of one's own should not be slowed by a limit that only matters when one tests retries.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from sandbox.kernel.errors import Refusal

MOST_ACCOUNTS = 1000  # with buckets; the one that called first is forgotten, which fills its buckets


@dataclass(frozen=True, kw_only=True)
class Rate:
    """A bucket's size, and what comes in."""

    burst: int
    per_s: float


ALL_CALLS = Rate(burst=50, per_s=10)
OWN: tuple[tuple[str, re.Pattern[str], Rate], ...] = (
    ("POST", re.compile(r"/2013-04-01/healthcheck/?"), Rate(burst=50, per_s=0.5)),
    ("GET", re.compile(r"/2013-04-01/healthcheck/[^/]+/status/?"), Rate(burst=4, per_s=1)),
    ("GET", re.compile(r"/2013-04-01/healthcheck/[^/]+/lastfailurereason/?"), Rate(burst=4, per_s=1)),
    ("POST", re.compile(r"/2013-04-01/trafficpolicyinstance/?"), Rate(burst=1, per_s=1)),
)


@dataclass
class Bucket:
    """Tokens, and when they were counted."""

    rate: Rate
    tokens: float
    at_s: float

    def fill(self, now_s: float, speed: float) -> None:
        """What has come in since."""
        came = max(0.0, now_s - self.at_s) * self.rate.per_s * speed
        self.tokens, self.at_s = min(float(self.rate.burst), self.tokens + came), now_s


class Throttle:
    """The buckets of all accounts. speed: of the sandbox; buckets fill so many times as fast."""

    def __init__(self, *, speed: float) -> None:
        self._speed = speed
        self._accounts: dict[str, dict[int, Bucket]] = {}

    def refuse_excess(self, account: str, method: str, path: str, now_s: float) -> None:
        """Take a token from each bucket of this call, or none and refuse it."""
        buckets = [self._bucket(account, -1, ALL_CALLS, now_s)]
        for number, (verb, pattern, rate) in enumerate(OWN):
            if method == verb and pattern.fullmatch(path):
                buckets.append(self._bucket(account, number, rate, now_s))
        if any(bucket.tokens < 1 for bucket in buckets):
            raise Refusal("Throttling", "Rate exceeded")
        for bucket in buckets:
            bucket.tokens -= 1

    def _bucket(self, account: str, number: int, rate: Rate, now_s: float) -> Bucket:
        own = self._accounts.setdefault(account, {})
        while len(self._accounts) > MOST_ACCOUNTS:
            del self._accounts[next(iter(self._accounts))]
        bucket = own.setdefault(number, Bucket(rate=rate, tokens=float(rate.burst), at_s=now_s))
        bucket.fill(now_s, self._speed)
        return bucket
