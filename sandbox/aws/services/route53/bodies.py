"""Request bodies that are not what Route 53 expects (fact sheet §6.3, Other codes). Pure.

In: a body and the operation's model. Out: MalformedInput for what is not the expected XML, InvalidInput for XML that
lacks a part or has one of another kind.
"""

from __future__ import annotations

import re
from typing import Any

from sandbox.aws.shapes import first_problem
from sandbox.kernel.errors import Refusal

ROOT = re.compile(rb"<(?:[A-Za-z_][\w.-]*:)?([A-Za-z_][\w.-]*)[\s/>]")
HEAD_BYTES = 4096  # where the root element must begin


def refuse_root(body: bytes, expected: str | None) -> None:
    """MalformedInput unless the body's first element is the operation's; operations without a body take any."""
    if expected is None:
        return
    found = ROOT.search(body[:HEAD_BYTES])
    if found is None:
        raise malformed("it is not XML" if body else "it is empty")
    if found[1].decode() != expected:
        raise malformed(f"its root is {found[1].decode()}, not {expected}")


def malformed(why: str) -> Refusal:
    """For a body that cannot be read."""
    return Refusal("MalformedInput", f"Unable to parse request: {why}.")


def invalid_shape(shape: Any, parameters: Any) -> Refusal | None:
    """What the model says of a request that made a call fail; None when the fault is ours."""
    problem = first_problem(shape, parameters or {})
    return Refusal("InvalidInput", f"Invalid XML ; {problem}") if problem else None
