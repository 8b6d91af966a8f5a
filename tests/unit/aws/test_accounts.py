"""Which account a key stands for."""

from __future__ import annotations

import asyncio

from hypothesis import given
from hypothesis import strategies as st

from sandbox.aws.accounts import REMEMBERED_KEYS, Accounts

ISSUED = "ASIAIOSFODNN7EXAMPLE"


class Iam:
    """Counts how often it is asked."""

    def __init__(self, **keys: str) -> None:
        self.keys = keys
        self.asked = 0

    async def find(self, access_key: str) -> str | None:
        self.asked += 1
        return self.keys.get(access_key)


def account(key: str, iam: Iam) -> str:
    return asyncio.run(Accounts("000000000000", iam.find).account_of(key))


@given(st.from_regex(r"[0-9]{12}", fullmatch=True))
def test_twelve_digits_are_an_account(key: str) -> None:
    assert account(key, Iam()) == key


@given(st.text(max_size=30).filter(lambda key: not (key.isdigit() and len(key) == 12) and not key.startswith("A")))
def test_any_other_key_is_the_default_account_and_nobody_is_asked(key: str) -> None:
    iam = Iam()
    assert account(key, iam) == "000000000000"
    assert iam.asked == 0


def test_a_key_that_aws_handed_out_is_looked_up_once() -> None:
    iam = Iam(**{ISSUED: "111122223333"})
    accounts = Accounts("000000000000", iam.find)

    async def twice() -> list[str]:
        return [await accounts.account_of(ISSUED), await accounts.account_of(ISSUED)]

    assert asyncio.run(twice()) == ["111122223333"] * 2
    assert iam.asked == 1
    accounts.forget()
    assert accounts.known(ISSUED) is None


def test_a_key_that_nobody_has_is_asked_for_again() -> None:
    """It may be created a moment later."""
    iam = Iam()
    accounts = Accounts("000000000000", iam.find)
    assert asyncio.run(accounts.account_of(ISSUED)) == "000000000000"
    iam.keys[ISSUED] = "111122223333"
    assert asyncio.run(accounts.account_of(ISSUED)) == "111122223333"


def test_the_memory_for_keys_has_an_end() -> None:
    class Everybody(Iam):
        async def find(self, access_key: str) -> str | None:
            return "111122223333"

    accounts = Accounts("000000000000", Everybody().find)

    async def ask_for_many() -> None:
        for number in range(REMEMBERED_KEYS + 1):
            await accounts.account_of(f"AKIA{number:016d}")

    asyncio.run(ask_for_many())
    assert accounts.known(f"AKIA{0:016d}") is None
    assert accounts.known(f"AKIA{1:016d}") == "111122223333"
