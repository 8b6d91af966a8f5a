"""Messages of the management channel: one JSON object a line. Pure: bytes <-> dicts, and which topics match a prefix.

A spoke opens a TCP connection to the hub and says `hello`; from then on either side may send, in any order:

    {"hello": {"program": "planet", "token": "...", "pid": 1}}     first line of a spoke; "returning": the hub's life
    {"welcome": {"program": "planet", "hub": "life"}}              the hub's answer to it, or {"refusal": {...}}
    {"call": 7, "to": "planet", "method": "dig", "arguments": {}}  a question; `to` is a program or "hub"
    {"answer": 7, "result": ...} or {"answer": 7, "refusal": {"code", "message", "status", "definite"}}
    {"publish": "zone/Z1", "value": {...}}                         a retained value; null removes it
    {"subscribe": "zone/"}                                         retained values now, and changes from now on
    {"unsubscribe": "zone/"}                                       no more of that subscription
    {"topic": "zone/Z1", "value": {...}}                           what a subscriber gets
    {"subscribed": "zone/"}                                        follows the last retained value of a subscription
    {"event": {...}}                                               a journal record, to the hub or to a follower
    {"follow": true, "kinds": ["shipped"]}                         every event from now on, or those of these kinds
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson

from sandbox.kernel.errors import Refusal

LINE_LIMIT_BYTES = 64 * 1024 * 1024  # one message; a zone of 10,000 record sets is about 3 MB

Message = dict[str, Any]

# What a spoke may say after its hello: the word that makes the kind, and what its fields must be. The hub keeps what it
# is told, so a value of the wrong type must not get in.
KINDS: Mapping[str, Mapping[str, type]] = {
    "event": {"event": dict},
    "publish": {"publish": str, "value": object},
    "subscribe": {"subscribe": str},
    "unsubscribe": {"unsubscribe": str},
    "answer": {"answer": int},
    "call": {"call": int, "to": str, "method": str},
    "follow": {"follow": bool},
}


def encode(message: Message) -> bytes:
    """One line."""
    return orjson.dumps(message, option=orjson.OPT_APPEND_NEWLINE | orjson.OPT_NON_STR_KEYS)


def decode(line: bytes) -> Message:
    """The message in `line`; a Refusal when it is not one."""
    try:
        message = orjson.loads(line)
    except orjson.JSONDecodeError as error:
        raise Refusal("BadMessage", f"not a JSON line: {error}") from error
    if not isinstance(message, dict):
        raise Refusal("BadMessage", "a message is a JSON object")
    return message


def kind_of(message: Message) -> str:
    """Which of `KINDS` a message is; a Refusal when it is none, or lacks a field."""
    kind = next((kind for kind in KINDS if kind in message), None)
    if kind is None:
        raise Refusal("BadMessage", f"unknown message {sorted(message)}")
    for name, needed in KINDS[kind].items():
        if name not in message or not isinstance(message[name], needed):
            raise Refusal("BadMessage", f"{kind} needs {name!r} ({needed.__name__})")
    if kind == "event" and not isinstance(message["event"].get("event"), str):
        raise Refusal("BadMessage", "an event names its kind")
    kinds = message.get("kinds", [])
    if kind == "follow" and not (isinstance(kinds, list) and all(isinstance(name, str) for name in kinds)):
        raise Refusal("BadMessage", "kinds are names of events")
    if not isinstance(message.get("arguments", {}), dict):
        raise Refusal("BadMessage", "arguments are a JSON object")
    return kind


def refusal_fields(refusal: Refusal) -> dict[str, Any]:
    """How a Refusal travels."""
    return {
        "code": refusal.code,
        "message": refusal.message,
        "status": refusal.status,
        "definite": refusal.definite,
    }


def refusal_from(fields: dict[str, Any]) -> Refusal:
    """The Refusal that travelled."""
    return Refusal(fields["code"], fields["message"], status=fields["status"], definite=fields["definite"])
