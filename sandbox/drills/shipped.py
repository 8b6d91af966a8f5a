"""The drills that come with the package: a name for each file in `shipped/`.

In: a name, or a path. Out: the file; all of them in short.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sandbox.kernel.errors import Refusal, unknown

FOLDER = Path(__file__).parent / "shipped"


def shipped_drills() -> dict[str, Path]:
    """Name -> file, in order of names."""
    return {path.stem: path for path in sorted(FOLDER.glob("*.yaml"))}


def summaries() -> list[dict[str, Any]]:
    """Each in short: name, says, length_s (of its load), speed, regions, and the line that runs it."""
    from sandbox.drills.reading import read_drill  # half a second that who looks for a file does not pay
    from sandbox.geography.atlas import Atlas

    atlas = Atlas.load()
    found = []
    for name, path in shipped_drills().items():
        drill = read_drill(path, atlas)
        line = f"sandbox drill run {name} --out report"
        short = {"name": name, "says": drill.says, "length_s": drill.length_s, "speed": drill.speed}
        found.append({**short, "regions": list(drill.regions), "line": line})
    return found


def find_drill(given: str) -> Path:
    """The file that is meant: one of the user's, or a shipped one by its name."""
    path, known = Path(given), shipped_drills()
    if path.is_file():
        return path
    if given in known:
        return known[given]
    if path.suffix in (".yaml", ".yml") or "/" in given:
        raise Refusal("BadSetting", f"No file {given}")
    raise unknown("drill", given, known, see="sandbox drill list")
