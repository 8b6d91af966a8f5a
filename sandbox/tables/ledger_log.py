"""The ledger's log: what was committed and is not in the database yet, in files that are only ever appended to.

In: one payload for each commit. Out: the same payloads, by number, after a crash at any moment. A commit is one
`pwrite`: when it returns, the bytes are the kernel's, and a killed process loses none of them (they wait for no disk).

A file (`<name>.log-000000000041`) begins with the commit that its name tells. A commit is a head (magic, number, length
and checksum of the payload, checksum of the head itself) and the payload. What a kill leaves of an append is a
beginning of it: the last commit of a file may be cut short or, after a loss of power, be zeros; nobody had been told of
it. Anything else that does not fit, a checksum or a gap in the numbers, is damage: an acknowledged commit is gone.
"""

from __future__ import annotations

import marshal
import os
import struct
import zlib
from collections.abc import Iterator, Sequence
from errno import ENOSPC
from pathlib import Path

from sandbox.tables.ledger_rows import Placed

MAGIC = b"LOG1"
HEAD = struct.Struct("<4sQII")
DIGITS = 12  # of a file's name
CHECKSUM = struct.Struct("<I")
HEAD_BYTES = HEAD.size + CHECKSUM.size
# Of marshal, the fastest of the standard library (0.1 µs a row). This version, which every Python 3 reads, does not
# look for equal parts. A log is read back by the same installation, unless that is changed after a crash.
MARSHAL_VERSION = 2


class LogDamaged(Exception):
    """A log cannot be read; the message names the file and what is wrong."""


class Log:
    """The files of one log beside `database`. `read`, then `start`, before anything is appended."""

    def __init__(self, database: Path) -> None:
        self.number = 0  # of the last commit
        self.file_bytes = 0  # of the file that is appended to
        self._database = database
        self._file: int | None = None
        self._path = database
        self._is_torn = False  # a failed append may have left something behind the last commit

    def files(self) -> list[Path]:
        """Every file, oldest first."""
        return sorted(self._database.parent.glob(f"{self._database.name}.log-{'[0-9]' * DIGITS}"))

    def read(self, after: int) -> Iterator[tuple[int, bytes]]:
        """(number, payload) of every commit after number `after`. LogDamaged when one is missing or unreadable."""
        files = self.files()
        expected = after + 1
        for place, path in enumerate(files):
            if place + 1 < len(files) and first_in(files[place + 1]) <= expected:
                continue  # everything in it has been carried
            for number, payload in commits_in(path):
                if number > expected:
                    raise LogDamaged(f"{path}: commit {expected} is missing before {number}")
                if number == expected:
                    expected += 1
                    yield number, payload

    def start(self, number: int) -> list[Path]:
        """Begin a file for the commits after `number`; the files before it, for `drop` once they are carried."""
        before = [path for path in self.files() if first_in(path) <= number]
        path = self._database.with_name(f"{self._database.name}.log-{number + 1:0{DIGITS}d}")
        file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o644)
        self.close()
        self._file, self._path = file, path
        self.number, self.file_bytes, self._is_torn = number, 0, False
        return before

    def append(self, payload: bytes) -> None:
        """One commit. OSError when it could not be written, and then it is as if it had never been tried."""
        assert self._file is not None, self._path
        if self._is_torn:
            os.ftruncate(self._file, self.file_bytes)
            self._is_torn = False
        head = HEAD.pack(MAGIC, self.number + 1, len(payload), zlib.crc32(payload))
        commit = b"".join((head, CHECKSUM.pack(zlib.crc32(head)), payload))
        self._is_torn = True
        if os.pwrite(self._file, commit, self.file_bytes) != len(commit):
            raise OSError(ENOSPC, os.strerror(ENOSPC), str(self._path))
        self._is_torn = False
        self.file_bytes += len(commit)
        self.number += 1

    def drop(self, files: Sequence[Path]) -> None:
        """Delete files whose commits have all been carried. Also from another thread."""
        for path in files:
            path.unlink(missing_ok=True)

    def close(self) -> None:
        """Append no more."""
        if self._file is not None:
            os.close(self._file)
            self._file = None


def first_in(path: Path) -> int:
    """The commit that a file begins with, by its name."""
    return int(path.name[-DIGITS:])


def commits_in(path: Path) -> Iterator[tuple[int, bytes]]:
    """(number, payload) of every commit of one file; what a kill has cut short at its end is passed over."""
    content = path.read_bytes()
    number, start = first_in(path), 0
    while len(content) - start >= HEAD_BYTES:
        head = content[start : start + HEAD.size]
        magic, found, length, checksum = HEAD.unpack(head)
        if magic != MAGIC or CHECKSUM.unpack_from(content, start + HEAD.size)[0] != zlib.crc32(head):
            if content.count(0, start) == len(content) - start:
                return
            raise LogDamaged(f"{path}: no commit at byte {start}")
        if found != number:
            raise LogDamaged(f"{path}: commit {number} is missing at byte {start}")
        start += HEAD_BYTES
        if len(content) - start < length:
            return
        payload = content[start : start + length]
        if zlib.crc32(payload) != checksum:
            raise LogDamaged(f"{path}: commit {number} at byte {start - HEAD_BYTES} has changed")
        yield number, payload
        number, start = number + 1, start + length


def encoded(batch: list[Placed]) -> bytes:
    """The operations of one commit as a payload."""
    return marshal.dumps(batch, MARSHAL_VERSION)


def decoded(payload: bytes) -> list[Placed]:
    """And back."""
    batch: list[Placed] = marshal.loads(payload)
    return batch
