"""The card of a sandbox: what it says of itself in its state folder. Pure.

In: settings with ports, the hub's address. Out: what `sandbox.json` holds and the hub call `card` answers.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from sandbox.supervisor.settings import Settings


def card_of(
    settings: Settings, home: Path, pid: int, management: Mapping[str, Any], started_at_s: float
) -> dict[str, Any]:
    """management: host, port and token of the hub."""
    return {
        "pid": pid,
        "management": dict(management),
        "ports": asdict(settings.ports),
        "regions": list(settings.regions),
        "speed": settings.speed,
        "seed": settings.seed,
        "account": settings.account,
        "default_place": settings.default_place,
        "started_at_s": started_at_s,
        "ca_bundle": str(home / "ca" / "ca-bundle.pem"),
        "log_folder": str(home / "logs"),
    }
