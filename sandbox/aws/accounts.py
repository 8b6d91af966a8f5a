"""Which account a call is made in.

A 12-digit access key is an account. Keys that AWS hands out (AssumeRole, CreateAccessKey) are looked up in IAM,
through a function handed in, and remembered. Every other key, and none, is the sandbox's default account.
"""

from __future__ import annotations

import re
from collections import OrderedDict

from sandbox.aws.values import FindAccount

ACCOUNT_DIGITS = 12
ISSUED_KEY = re.compile(r"(?:ASIA|AKIA|LSIA|LKIA)[A-Z0-9]{16}")
REMEMBERED_KEYS = 10_000  # access keys of one front door; the oldest is forgotten first


class Accounts:
    """Access key -> account, with a memory for keys that IAM knows."""

    def __init__(self, default: str, find_account: FindAccount) -> None:
        self.default = default
        self._find_account = find_account
        self._remembered: OrderedDict[str, str] = OrderedDict()

    def is_plain(self, access_key: str) -> bool:
        """Not a key that AWS hands out: its account is always the same."""
        return ISSUED_KEY.fullmatch(access_key) is None

    def known(self, access_key: str) -> str | None:
        """The account when it can be told without asking IAM."""
        if len(access_key) == ACCOUNT_DIGITS and access_key.isdigit() and access_key.isascii():
            return access_key
        if not ISSUED_KEY.fullmatch(access_key):
            return self.default
        return self._remembered.get(access_key)

    async def account_of(self, access_key: str) -> str:
        """The account of a key. A key nobody has is not remembered: it may be created a moment later."""
        known = self.known(access_key)
        if known is not None:
            return known
        found = await self._find_account(access_key)
        if found is None:
            return self.default
        self._remembered[access_key] = found
        if len(self._remembered) > REMEMBERED_KEYS:
            self._remembered.popitem(last=False)
        return found

    def forget(self) -> None:
        """After a reset: keys of the past belong to nobody."""
        self._remembered.clear()
