"""Pages of a list: MaxResults and NextToken (section 1). Pure."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from typing import Protocol, TypeVar

from sandbox.aws.services.globalaccelerator.exceptions import InvalidNextTokenException

USUAL = 10  # items on a page when MaxResults is left out


class Numbered(Protocol):
    """What can be listed: numbers rise in the order of creation."""

    number: int


Item = TypeVar("Item", bound=Numbered)


def page(items: Sequence[Item], most: int | None, token: str | None) -> tuple[list[Item], str | None]:
    """Up to `most` items after the one whose number the token holds, and the token of the next page, or None.

    items: by their numbers. One that is deleted between two pages is missed by nobody.
    """
    after = 0 if token is None else number_in(token)
    rest = [item for item in items if item.number > after]
    shown = rest[: most or USUAL]
    return shown, token_of(shown[-1].number) if len(shown) < len(rest) else None


def token_of(number: int) -> str:
    """A token that callers need not read."""
    return base64.urlsafe_b64encode(f"after {number}".encode()).decode()


def number_in(token: str) -> int:
    """What `token_of` was given; an InvalidNextTokenException for anything else."""
    try:
        word, _, number = base64.b64decode(token.encode(), altchars=b"-_", validate=True).decode().partition(" ")
        if word == "after":
            return int(number)
    except (binascii.Error, ValueError) as error:
        raise InvalidNextTokenException from error
    raise InvalidNextTokenException
