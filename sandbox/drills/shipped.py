"""The drills that come with the package: a name for each file in `shipped/`.

In: a name, or a path. Out: the file.
"""

from __future__ import annotations

from pathlib import Path

from sandbox.kernel.errors import Refusal, unknown

FOLDER = Path(__file__).parent / "shipped"


def shipped_drills() -> dict[str, Path]:
    """Name -> file, in order of names."""
    return {path.stem: path for path in sorted(FOLDER.glob("*.yaml"))}


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
