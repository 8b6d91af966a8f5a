"""Decisions of health checks: one checker's streak, the verdict over all checkers, time-outs, and texts of a status.

In: passes and fails, counts, round trips. Out: flips, verdicts with their why, seconds. No socket, no clock. The 18 %
rule is Route 53's: healthy as long as more than 18 % of the checkers that report say so.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sandbox.health.values import HealthCheck, Outcome, Told

QUORUM_PERCENT = 18
CONNECT_S = 4.0  # HTTP and HTTPS
TCP_CONNECT_S = 10.0
RESPONSE_S = 2.0  # from the connection to the status
BODY_S = 2.0  # string match: from the status to the body
FLOOR_MS = 100.0

TIMED_OUT = (
    "Failure: Connection timed out. The endpoint or the internet connection is down, or requests are being blocked by "
    "your firewall. See https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/dns-failover-router-firewall-rules.html"
)
REFUSED = "Failure: Connection refused. Nothing listens on this address and port."
RESET = "Failure: The connection was reset."
NOT_RESOLVED = "Failure: DNS resolution failed"
CONNECTED = "Success: TCP connection established"


class Streak:
    """One checker's opinion: healthy until `threshold` fails in a row, then unhealthy until as many passes in a row."""

    def __init__(self, threshold: int) -> None:
        self.threshold = threshold
        self.healthy = True
        self.against = 0  # results in a row that contradict the opinion

    def on_result(self, passed: bool) -> bool:
        """True when the opinion flips."""
        self.against = 0 if passed == self.healthy else self.against + 1
        if self.against < self.threshold:
            return False
        self.healthy = passed
        self.against = 0
        return True


def checkers_needed(reporting: int) -> int:
    """How many must say healthy: more than 18 % of those that report."""
    return reporting * QUORUM_PERCENT // 100 + 1


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """The state of a check, and why."""

    healthy: bool
    why: str


def judge_checkers(check: HealthCheck, *, opinions: Sequence[bool], checkers: int) -> Verdict:
    """The verdict over the checkers that report. Enough data: more than half of all checkers have probed once."""
    if check.is_disabled:
        return _verdict(check, True, "disabled: nothing is probed and it counts as healthy")
    reporting, healthy = len(opinions), sum(opinions)
    if reporting * 2 <= checkers:
        return _verdict(check, True, f"{reporting} of {checkers} checkers have reported: a new check counts as healthy")
    needed = checkers_needed(reporting)
    why = f"{healthy} of {reporting} checkers say healthy, {needed} needed (more than {QUORUM_PERCENT} %)"
    return _verdict(check, healthy >= needed, why)


def judge_children(check: HealthCheck, *, states: Sequence[bool]) -> Verdict:
    """The verdict of a calculated check over its children (those not known yet are new, so healthy)."""
    if check.is_disabled:
        return _verdict(check, True, "disabled: it counts as healthy")
    healthy = sum(states)
    why = f"{healthy} of {len(states)} children are healthy, {check.children_needed} needed"
    return _verdict(check, healthy >= check.children_needed, why)


def judge_told(check: HealthCheck, told: Told | None) -> Verdict:
    """The verdict of a check of an alarm's metric or of a routing control."""
    if check.is_disabled:
        return _verdict(check, True, "disabled: it counts as healthy")
    if told is None:
        return _verdict(check, True, "nothing is known yet: a new check counts as healthy")
    return _verdict(check, told.healthy, told.why)


def _verdict(check: HealthCheck, healthy: bool, why: str) -> Verdict:
    if check.is_inverted:
        return Verdict(healthy=not healthy, why=f"{why}; inverted")
    return Verdict(healthy=healthy, why=why)


@dataclass(frozen=True, kw_only=True)
class Timeouts:
    """Seconds a probe waits for each step."""

    connect_s: float
    response_s: float
    body_s: float


def timeouts(check: HealthCheck, *, rtt_ms: float, speed: float) -> Timeouts:
    """AWS's time-outs, `speed` times as fast, never too short for the round trips of the step."""
    floor_s = (2 * rtt_ms + FLOOR_MS) / 1000
    tls_s = 2 * rtt_ms / 1000 if check.uses_tls else 0.0  # the TLS handshake counts towards the response
    connect_s = CONNECT_S if check.kind != "TCP" else TCP_CONNECT_S
    return Timeouts(
        connect_s=max(connect_s / speed, floor_s),
        response_s=max(RESPONSE_S / speed, floor_s + tls_s),
        body_s=max(BODY_S / speed, floor_s),
    )


def next_probe_in_s(check: HealthCheck, *, speed: float) -> float:
    """From a response to the next request of the same checker."""
    return check.interval_s / speed


def request_bytes(check: HealthCheck) -> bytes:
    """The probe. AWS's checkers name themselves like this; the connection closes after it."""
    short_id = check.check_id.partition("-")[0]
    lines = (
        f"GET {check.path} HTTP/1.1",
        f"Host: {check.host_header}",
        "Connection: close",
        f"User-Agent: Amazon-Route53-Health-Check-Service (ref {short_id}; report http://amzn.to/1vsZADi)",
        "Accept: */*",
        "Accept-Encoding: gzip, deflate",
    )
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1", "replace")


def judge_status(code: int, reason: str) -> Outcome:
    """200 to 399 pass."""
    text = f"HTTP Status Code {code}, {reason}" if reason else f"HTTP Status Code {code}"
    passed = 200 <= code < 400
    return Outcome(passed=passed, status=f"{'Success' if passed else 'Failure'}: {text}")


def judge_body(status: Outcome, body: bytes, search: str) -> Outcome:
    """After a good status: the string must lie wholly inside the body's first 5120 bytes, which is what comes here."""
    if search.encode() in body:
        return status
    told = status.status.removeprefix("Success: ")
    return Outcome(
        passed=False, status=f"Failure: {told}. The search string is not in the first 5120 bytes of the body."
    )
