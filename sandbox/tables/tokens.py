"""An expression's text -> tokens. A letter that belongs to no token becomes a token of its own, which no grammar
accepts: so that every mistake is reported as AWS reports it, with the token and what stands around it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

EXPRESSION_MOST_BYTES = 4096
CACHED_TEXTS = 2048
END = "<EOF>"

_TOKEN = re.compile(
    r"(?P<word>[A-Za-z_][A-Za-z0-9_]*)|(?P<name>#[A-Za-z0-9_]+)|(?P<value>:[A-Za-z0-9_]+)|(?P<number>[0-9]+)"
    r"|(?P<sign><>|<=|>=|[=<>()\[\],.+\-])|(?P<blank>[ \t\r\n]+)|(?P<stray>.)",
    re.DOTALL,
)
_NAME = re.compile(r"#[A-Za-z0-9_]+")
KEY_OF_NAMES = re.compile(r"#[A-Za-z0-9_]+").fullmatch
KEY_OF_VALUES = re.compile(r":[A-Za-z0-9_]+").fullmatch


@dataclass(frozen=True, slots=True)
class Token:
    """kind: word, name (#a), value (:v), number, sign, stray or end. start, end: where it stands in the text."""

    kind: str
    text: str
    start: int
    end: int


def tokens_of(text: str) -> tuple[Token, ...]:
    """All tokens but blanks, and one of kind "end" after them."""
    found = [
        Token(str(match.lastgroup), match.group(), match.start(), match.end())
        for match in _TOKEN.finditer(text)
        if match.lastgroup != "blank"
    ]
    last = found[-1].end if found else 0
    return (*found, Token("end", END, last, last))


@lru_cache(maxsize=CACHED_TEXTS)
def names_in(text: str) -> tuple[str, ...]:
    """The #names that an expression uses, each once, in order."""
    return tuple(dict.fromkeys(_NAME.findall(text)))
