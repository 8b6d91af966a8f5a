"""The two errors that expressions and values raise, and AWS's envelope around them.

PutItem, UpdateItem, DeleteItem and GetItem wrap what is wrong with a request's values and expressions in "1 validation
error detected: "; Query, Scan, batches and transactions answer the bare sentence. The rest of the room raises bare
sentences and `expression_inputs` wraps them, once, by the action's name.
"""

from __future__ import annotations

from sandbox.kernel.errors import Refusal

ENVELOPE = "1 validation error detected: "
ENVELOPED_ACTIONS = frozenset({"PutItem", "UpdateItem", "DeleteItem", "GetItem"})
INVALID_PARAMETER = "One or more parameter values were invalid: "


def invalid(message: str) -> Refusal:
    """A ValidationException with AWS's sentence."""
    return Refusal("ValidationException", message)


def invalid_parameter(message: str) -> Refusal:
    """A ValidationException about a value in a request."""
    return Refusal("ValidationException", INVALID_PARAMETER + message)


def unreadable(message: str) -> Refusal:
    """A SerializationException: the JSON has another shape than the API's model."""
    return Refusal("SerializationException", message)


def enveloped(refusal: Refusal, action: str) -> Refusal:
    """The same refusal as this action words it."""
    if refusal.code != "ValidationException" or action not in ENVELOPED_ACTIONS or refusal.message.startswith(ENVELOPE):
        return refusal
    return Refusal(refusal.code, ENVELOPE + refusal.message, status=refusal.status, definite=refusal.definite)
