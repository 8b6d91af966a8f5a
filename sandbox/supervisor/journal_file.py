"""The journal on disk: one JSON object a line, in `events.jsonl` of the state folder.

In: records as they are noted. Out: the file, at most two of `LIMIT_BYTES` (the older is `events.jsonl.1`). A full
disk loses lines of the file, never the sandbox: the first loss is told once.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any, BinaryIO

import orjson

LIMIT_BYTES = 32 * 1024 * 1024


class JournalFile:
    """Appends records to a file."""

    def __init__(self, path: Path, limit_bytes: int = LIMIT_BYTES) -> None:
        self.path = path
        self.lost = 0
        self._limit_bytes = limit_bytes
        self._file: BinaryIO = path.open("ab", buffering=0)
        self._size = path.stat().st_size

    def write(self, record: dict[str, Any]) -> None:
        """Append one record."""
        line = orjson.dumps(record, option=orjson.OPT_APPEND_NEWLINE | orjson.OPT_NON_STR_KEYS)
        try:
            self._file.write(line)
        except OSError as error:
            if not self.lost:
                print(f"sandbox: events are not written to {self.path}: {error.strerror}", file=sys.stderr, flush=True)
            self.lost += 1
            return
        self._size += len(line)
        if self._size > self._limit_bytes:
            self._turn_over()

    def _turn_over(self) -> None:
        self._file.close()
        self.path.replace(self.path.with_suffix(".jsonl.1"))
        self._file = self.path.open("ab", buffering=0)
        self._size = 0

    def close(self) -> None:
        """Close the file."""
        self._file.close()
