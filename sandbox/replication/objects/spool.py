"""Objects that are arriving in pieces, each a file until it is whole.

In: pieces. Out: how much of each object there is, and the file. What a killed region had is there after its start, so
that a large object goes on where it was; what nobody has sent for `STALE_S` is thrown away at a start.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

STALE_S = 24 * 3600.0
READ_BYTES = 1024 * 1024


class Spool:
    """One region's. The folder is made when the first piece comes."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def file(self, name: str) -> Path:
        """Where an object is collected; name: any text."""
        return self._folder / hashlib.blake2b(name.encode(), digest_size=20).hexdigest()

    def have(self, name: str) -> int:
        """Bytes of it that are there."""
        file = self.file(name)
        return file.stat().st_size if file.exists() else 0

    def append(self, name: str, offset: int, data: bytes) -> int:
        """A piece, if it is the next one; bytes that are there afterwards."""
        have = self.have(name)
        if offset != have:
            return have
        self._folder.mkdir(parents=True, exist_ok=True)
        with self.file(name).open("ab") as file:
            file.write(data)
        return have + len(data)

    def digests(self, name: str) -> tuple[str, str]:
        """SHA-256 and MD5 of what is there, hexadecimal. Blocking: a gigabyte takes some seconds."""
        sha256, md5 = hashlib.sha256(), hashlib.md5(usedforsecurity=False)
        with self.file(name).open("rb") as file:
            while piece := file.read(READ_BYTES):
                sha256.update(piece)
                md5.update(piece)
        return sha256.hexdigest(), md5.hexdigest()

    def drop(self, name: str) -> None:
        """It has been stored, or will not be."""
        self.file(name).unlink(missing_ok=True)

    def sweep(self, now_s: float) -> None:
        """Throw away what is stale."""
        if self._folder.exists():
            for file in self._folder.iterdir():
                if now_s - file.stat().st_mtime > STALE_S:
                    file.unlink(missing_ok=True)

    def clear(self) -> None:
        """Throw away everything."""
        self.sweep(float("inf"))
