"""Durations as people write them: 500ms, 30s, 2m, 1h; a bare number is seconds. Pure."""

from __future__ import annotations

import re

from sandbox.kernel.errors import Refusal

SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}
_WRITTEN = re.compile(r"(\d+(?:\.\d+)?)\s*(ms|s|m|h)?")


def seconds_of(text: str) -> float:
    """The seconds that `text` says; a Refusal when it says none."""
    found = _WRITTEN.fullmatch(text.strip().lower())
    seconds = float(found[1]) * SECONDS[found[2] or "s"] if found else 0.0
    if seconds <= 0:
        raise Refusal("BadDuration", f"{text!r} is no duration; write 500ms, 30s, 2m or 1h")
    return seconds


def in_words(seconds: float) -> str:
    """A duration for people: 850 ms, 12.3 s, 4 min 5 s, 2 h 3 min."""
    if seconds < 1:
        return f"{seconds * 1000:.0f} ms"
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest_s = divmod(int(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest_s} s"
    return f"{minutes // 60} h {minutes % 60} min"
