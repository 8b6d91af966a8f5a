"""Where somebody is in the labs: one small file in the state folder, so that any shell goes on.

In: a state folder. Out: the `Progress`, None before the first lab. Written whole, by renaming.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

from sandbox.kernel.errors import Refusal
from sandbox.labs.values import Progress

FILE = "labs.json"


def load(home: Path) -> Progress | None:
    """What was saved; a Refusal when the file was changed by hand and cannot be read."""
    path = home / FILE
    try:
        known = json.loads(path.read_text())
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise _unreadable(path) from error
    try:
        return Progress(
            lab=int(known["lab"]),
            language=str(known["language"]),
            step=int(known["step"]),
            began_at_s=float(known["began_at_s"]),
            finished=tuple(int(number) for number in known["finished"]),
        )
    except (ValueError, KeyError, TypeError) as error:
        raise _unreadable(path) from error


def _unreadable(path: Path) -> Refusal:
    return Refusal("BadProgress", f"{path} cannot be read. Delete it, and start the lab again.")


def save(home: Path, progress: Progress) -> None:
    """Keep it."""
    home.mkdir(parents=True, exist_ok=True)  # a stack of containers has no folder here yet
    path = home / FILE
    fresh = path.with_suffix(".new")
    fresh.write_text(json.dumps(asdict(progress)))
    fresh.replace(path)
