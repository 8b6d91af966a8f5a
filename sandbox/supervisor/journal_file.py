"""The journal on disk: one JSON object a line, in `events.jsonl` of the state folder.

In: records as they are noted. Out: the file, at most two of `LIMIT_BYTES` (the older is `events.jsonl.1`). A full
disk loses lines of the file, never the sandbox: the first loss is told once, and the next line that fits starts anew.
"""

from __future__ import annotations

import errno
import os
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
        self._is_torn = False  # the last line is not whole: the disk was full in the midst of it

    def write(self, record: dict[str, Any]) -> None:
        """Append one record."""
        line = orjson.dumps(record, option=orjson.OPT_APPEND_NEWLINE | orjson.OPT_NON_STR_KEYS)
        try:
            self._append(b"\n" + line if self._is_torn else line)
            if self._size > self._limit_bytes:
                self._turn_over()
        except OSError as error:
            if not self.lost:
                print(f"sandbox: events are not written to {self.path}: {error.strerror}", file=sys.stderr, flush=True)
            self.lost += 1

    def _append(self, line: bytes) -> None:
        written = self._file.write(line) or 0
        self._size += written
        if written:
            self._is_torn = written < len(line)
        if written < len(line):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def _turn_over(self) -> None:
        self.path.replace(self.path.with_suffix(".jsonl.1"))
        file = self.path.open("ab", buffering=0)
        self._file.close()
        self._file, self._size = file, 0

    def close(self) -> None:
        """Close the file."""
        self._file.close()
