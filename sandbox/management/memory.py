"""How much memory the programs use: proportional set size (PSS) from /proc, so that shared pages count once."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

PROC = Path("/proc")


def descendants(pid: int) -> list[int]:
    """`pid` and all processes below it; only `pid` where there is no /proc."""
    children: dict[int, list[int]] = {}
    for entry in PROC.glob("[0-9]*/stat"):
        try:
            fields = entry.read_text().rpartition(")")[2].split()
        except OSError:
            continue  # it ended while we looked
        children.setdefault(int(fields[1]), []).append(int(entry.parent.name))
    found, wave = [pid], [pid]
    while wave:
        wave = [child for parent in wave for child in children.get(parent, [])]
        found.extend(wave)
    return found


def pss_mb(pids: Iterable[int]) -> float | None:
    """Megabytes of PSS of these processes together; None where the platform does not tell."""
    total_kb, seen = 0, False
    for pid in pids:
        try:
            lines = (PROC / str(pid) / "smaps_rollup").read_text().splitlines()
        except OSError:
            continue
        seen = True
        total_kb += next((int(line.split()[1]) for line in lines if line.startswith("Pss:")), 0)
    return round(total_kb / 1024, 1) if seen else None
