"""PartiQL's tokens, and its literals of sets. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence

from sandbox.kernel.errors import Refusal
from sandbox.tables.attributes import AttributeValue
from sandbox.tables.refusals import invalid

TOKEN = re.compile(
    r"""(?:\s|--[^\n]*|/\*(?:[^*]|\*(?!/))*\*/)*(?:$|(?P<text>'(?:[^']|'')*')|(?P<quoted>"(?:[^"]|"")*")|(?P<number>-?\d+(?:\.\d*)?(?:[eE][+-]?\d+)?)"""
    r"""|(?P<word>[A-Za-z_][A-Za-z0-9_]*)|(?P<mark><<|>>|<=|>=|<>|!=|[=<>?,.()*+\[\]{}:;-]))"""
)
SET_TYPES = {"S": "SS", "N": "NS", "B": "BS"}

Token = tuple[str, str]  # kind, text
END: Token = ("end", "")


def tokens_of(text: str) -> list[Token]:
    """The statement's tokens."""
    tokens: list[Token] = []
    at = 0
    end = len(text.rstrip())
    while at < end:
        match = TOKEN.match(text, at)
        if match is None:
            raise not_well_formed(text[at:].strip()[:20])
        at = match.end()
        if match.lastgroup is not None:  # else only space or a comment was left
            tokens.append((match.lastgroup, match.group(match.lastgroup)))
    return tokens


def malformed(problem: str) -> Refusal:
    """The statement cannot be read, for this reason."""
    return invalid(f"Statement wasn't well formed, can't be processed: {problem}")


def not_well_formed(near: str) -> Refusal:
    """Something else should stand here."""
    return malformed(f"Unexpected token: {near}" if near else "Unexpected term")


def unquoted(text: str) -> str:
    """'it''s' -> it's."""
    quote = text[0]
    return text[1:-1].replace(quote * 2, quote)


def set_of(values: Sequence[AttributeValue]) -> AttributeValue:
    """<<1, 2>>: members of one type."""
    if not values:
        raise invalid("Empty bags are not supported")
    kinds = {kind for value in values for kind in value}
    if len(kinds) != 1 or not kinds <= set(SET_TYPES):
        raise invalid("Unsupported data type in Bag. DynamoDB only supports either numbers or strings in bags")
    kind = kinds.pop()
    return {SET_TYPES[kind]: [value[kind] for value in values]}
