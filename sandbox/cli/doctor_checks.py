"""What a machine needs for a sandbox. Pure: facts in, findings out; `doctor.py` collects the facts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

LEAST_PYTHON = (3, 11)
LEAST_MEMORY_MB = 600  # three regions, planet and control use up to 450 MB
LEAST_DISK_MB = 200
LEAST_FILES = 4096  # 1,000 clients through the proxy are 2,000 sockets, and as many again inside
COARSE_WAIT_MS = 3.0  # a wait of 1 ms that takes longer than this falsifies short latencies
SANE_WALL_S = 1_735_689_600.0  # 2025-01-01; TLS certificates and signatures are refused before


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One thing looked at. needed: without it a sandbox does not run, or not rightly."""

    what: str
    ok: bool
    says: str
    needed: bool = True

    @property
    def verdict(self) -> str:
        """ok, failed or optional."""
        if self.ok:
            return "ok"
        return "failed" if self.needed else "optional"


def all_needed(findings: Sequence[Finding]) -> bool:
    """Whether a sandbox can run here."""
    return all(finding.ok for finding in findings if finding.needed)


def platform(system: str, release: str) -> Finding:
    """system: as `platform.system()` says it."""
    if system == "Windows":
        says = "native Windows has no process signals as we need them: use Docker, or WSL2"
        return Finding(what="platform", ok=False, says=says)
    where = "WSL2" if "microsoft" in release.lower() else system
    known = system in ("Linux", "Darwin")
    return Finding(what="platform", ok=known, says=where if known else f"{where} is not one we know", needed=False)


def python(version: tuple[int, int, int]) -> Finding:
    """The running interpreter."""
    says = ".".join(map(str, version))
    ok = version[:2] >= LEAST_PYTHON
    return Finding(what="Python", ok=ok, says=says if ok else f"{says}; 3.11 or newer is needed")


def port(name: str, number: int, *, is_free: bool, is_ours: bool) -> Finding:
    """A port on 127.0.0.1; 0: any."""
    what = f"port {name}"
    if number == 0:
        return Finding(what=what, ok=True, says="any free one")
    if is_ours:
        return Finding(what=what, ok=True, says=f"{number}, held by this sandbox")
    if is_free:
        return Finding(what=what, ok=True, says=f"{number} is free")
    flag = name if name in ("aws", "dns", "proxy", "console") else f"{name}"
    says = f"{number} is taken; free it, or start with --ports {flag}=NUMBER or --ports auto"
    return Finding(what=what, ok=False, says=says)


def memory(available_mb: int | None) -> Finding:
    """None: the platform does not tell."""
    if available_mb is None:
        return Finding(what="memory", ok=True, says="this platform does not tell", needed=False)
    ok = available_mb >= LEAST_MEMORY_MB
    says = f"{available_mb} MB available"
    return Finding(what="memory", ok=ok, says=says if ok else f"{says}; {LEAST_MEMORY_MB} MB are needed")


def disk(free_mb: int, folder: str) -> Finding:
    """The file system of the state folder."""
    ok = free_mb >= LEAST_DISK_MB
    says = f"{free_mb} MB free in {folder}"
    return Finding(what="disk", ok=ok, says=says if ok else f"{says}; {LEAST_DISK_MB} MB are needed")


def clock(wait_ms: float, wall_s: float) -> Finding:
    """wait_ms: how long a wait of 1 ms takes here."""
    if wall_s < SANE_WALL_S:
        return Finding(what="clock", ok=False, says="the date is wrong: certificates would be refused. Set the clock")
    ok = wait_ms <= COARSE_WAIT_MS
    says = f"a wait of 1 ms takes {wait_ms:.2f} ms"
    return Finding(what="clock", ok=ok, says=says if ok else f"{says}: latencies will be too long", needed=False)


def open_files(limit: int) -> Finding:
    """How many files and sockets one process may have, at most."""
    ok = limit >= LEAST_FILES
    says = f"up to {limit} files and sockets for each process"
    return Finding(
        what="open files", ok=ok, says=says if ok else f"{says}; raise it: ulimit -n {LEAST_FILES}", needed=False
    )


def uvloop(problem: str) -> Finding:
    """problem: why it cannot be imported, or ""."""
    says = "the fast event loop is there" if not problem else f"{problem}; slower and less exact without it"
    return Finding(what="uvloop", ok=not problem, says=says, needed=False)


def docker(version: str, problem: str) -> Finding:
    """Only regions as containers need it."""
    says = f"Docker {version}" if not problem else f"{problem}; only needed for regions as containers"
    return Finding(what="Docker", ok=not problem, says=says, needed=False)
