"""Domain names: text <-> labels <-> bytes.

In: names as people, an API or a packet write them. Out: canonical text, which is what the rest of the sandbox keeps:
lower case, a dot at the end, and bytes that a host name does not have as octal escapes, the way Route 53's API prints
them (`\\040` for a space), except `*`, which stands for itself [R53 4.5]. A dot inside a label is an escape too, so
canonical text can be cut at its dots.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

NAME_BYTES = 255
LABEL_BYTES = 63
POINTER_LIMIT = 0x4000  # offsets have 14 bits

_PLAIN_LABEL = re.compile(rb"[a-z0-9_*-]+")
_ESCAPE = re.compile(r"\\([0-3][0-7]{2})|\\(.)", re.DOTALL)


def label_text(label: bytes) -> str:
    """One label in canonical text."""
    lower = label.lower()
    if _PLAIN_LABEL.fullmatch(lower):
        return lower.decode("ascii")
    return "".join(chr(byte) if _PLAIN_LABEL.fullmatch(bytes((byte,))) else f"\\{byte:03o}" for byte in lower)


def labels_text(labels: Iterable[bytes]) -> str:
    """A name in canonical text."""
    return "".join(f"{label_text(label)}." for label in labels) or "."


def canonical_name(text: str) -> str:
    """A name as people or an API write it, in canonical text; a ValueError when it cannot be a name."""
    labels = _labels(text)
    _check_length(labels, text)
    return labels_text(labels)


def name_wire(text: str) -> bytes:
    """A name as bytes, without compression; a ValueError when it cannot be a name."""
    labels = _labels(text)
    _check_length(labels, text)
    return b"".join(bytes((len(label),)) + label for label in labels) + b"\0"


def first_label(name: str) -> tuple[str, str]:
    """The first label of a canonical name, and what follows it ("." at the end)."""
    label, _, rest = name.partition(".")
    return label, rest or "."


class Compression:
    """Names of one message: the second time a name or its ending is written it is a pointer (RFC 1035 §4.1.4)."""

    def __init__(self, name: str, at: int) -> None:
        """name: already written without compression, `at` bytes from the start of the message."""
        self._offsets: dict[str, int] = {}
        self._remember(name, at)

    def written(self, name: str, at: int) -> bytes:
        """The bytes of a name that goes to `at`: its longest known ending as a pointer, labels before it in full."""
        offset = self._offsets.get(name)
        if offset is not None:
            return (0xC000 | offset).to_bytes(2, "big")
        head, rest = b"", name
        while rest != "." and rest not in self._offsets:
            label, rest = first_label(rest)
            head += name_wire(label)[:-1]
        end = b"\0" if rest == "." else (0xC000 | self._offsets[rest]).to_bytes(2, "big")
        self._remember(name, at)
        return head + end

    def _remember(self, name: str, at: int) -> None:
        while name != "." and name not in self._offsets and at < POINTER_LIMIT:
            self._offsets[name] = at
            label, name = first_label(name)
            at += len(name_wire(label)) - 1


def _labels(text: str) -> list[bytes]:
    dotted = text.removesuffix(".")
    if not dotted:
        return []
    if "\\" in dotted:
        labels = [_unescaped(part) for part in re.split(r"(?<!\\)\.", dotted)]
    else:
        labels = [part.encode() for part in dotted.split(".")]
    if not all(0 < len(label) <= LABEL_BYTES for label in labels):
        raise ValueError(f"a label has 1 to {LABEL_BYTES} bytes: {text[:80]}")
    return labels


def _check_length(labels: list[bytes], text: str) -> None:
    if sum(len(label) + 1 for label in labels) + 1 > NAME_BYTES:
        raise ValueError(f"a name has at most {NAME_BYTES} bytes: {text[:80]}")


def _unescaped(part: str) -> bytes:
    return _ESCAPE.sub(lambda m: chr(int(m[1], 8)) if m[1] else m[2], part).encode("latin-1", "replace")
