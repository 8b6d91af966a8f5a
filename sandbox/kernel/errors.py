"""Errors are one table: a code, an HTTP status, and whether the thing definitely did not happen.

Rooms raise a `Refusal`; doors render it once, each in its own protocol (AWS JSON or XML, an HTTP status, a line on a
terminal). AWS's own codes are used where AWS has one.
"""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


class Refusal(Exception):
    """A caller's mistake, or a state in which the thing cannot be done.

    code: AWS's error code, or ours in the same manner. message: one sentence that names the thing and the fix.
    status: HTTP status. definite: True when the request certainly had no effect (False: it may have).
    """

    def __init__(self, code: str, message: str, *, status: int = 400, definite: bool = True) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.status = status
        self.definite = definite

    def __repr__(self) -> str:
        return f"Refusal({self.code}, {self.status}: {self.message})"


def near_matches(word: str, known: Iterable[str], limit: int = 3) -> list[str]:
    """Names a person may have meant, best first."""
    return get_close_matches(word.lower(), list(known), n=limit, cutoff=0.5)


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """The end of an error sentence: `Did you mean ...?`, or nothing."""
    near = near_matches(word, known)
    return f" Did you mean {' or '.join(near)}?" if near else ""


def unknown(kind: str, word: str, known: Iterable[str], *, see: str, status: int = 404) -> Refusal:
    """`Unknown place 'pariss'. Did you mean paris? See: sandbox places`"""
    return Refusal(
        f"Unknown{kind.title().replace(' ', '')}",
        f"Unknown {kind} {word!r}.{did_you_mean(word, known)} See: {see}",
        status=status,
    )


def not_emulated(action: str, *, instead: str = "") -> Refusal:
    """For what AWS has and the sandbox has not: never an empty success."""
    hint = f" {instead}" if instead else ""
    return Refusal("NotImplemented", f"The sandbox does not emulate {action}.{hint}", status=501)


def unavailable(what: str, why: str) -> Refusal:
    """For a thing that exists but cannot be reached now."""
    return Refusal("ServiceUnavailable", f"{what} is not available: {why}", status=503, definite=False)


def bad_setting(where: str, problem: str) -> Refusal:
    """For a wrong value in a file, flag or variable; `where` names it (file and line, flag, variable)."""
    return Refusal("BadSetting", f"{where}: {problem}", status=400)
