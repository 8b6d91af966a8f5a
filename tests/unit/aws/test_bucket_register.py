"""Control's register: claims, what is kept over a restart, what an engine has lost."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from sandbox.aws.bucket_register import CLAIM_S, BucketRegister
from sandbox.kernel.errors import Refusal

ME, YOU = "000000000000", "111122223333"


class Rig:
    def __init__(self, folder: Path) -> None:
        self.path = folder / "state" / "buckets.json"
        self.topics: dict[str, Any] = {}
        self.now_s = 1000.0

    def register(self, retained: tuple[str, ...] = ()) -> BucketRegister:
        made = BucketRegister(self.path, self.publish, lambda: self.now_s, lambda region: region != "ap-south-1")
        self.message = made.load(retained)
        return made

    def publish(self, topic: str, value: Any) -> None:
        self.topics[topic] = value


@pytest.fixture
def rig(tmp_path: Path) -> Rig:
    return Rig(tmp_path)


def test_a_bucket_is_told_when_it_is_made_and_survives_a_restart(rig: Rig) -> None:
    register = rig.register()
    assert asyncio.run(register.claim("b", ME, "eu-west-1")) is True
    assert rig.topics == {}
    asyncio.run(register.made("b", ME, "eu-west-1"))
    told = {"name": "b", "account": ME, "region": "eu-west-1", "created_at_s": 1000.0}
    assert rig.topics == {"bucket/b": told}
    rig.topics.clear()
    again = rig.register(retained=("b", "old"))
    assert rig.topics == {"bucket/b": told, "bucket/old": None}, "what nobody has is taken back"
    assert asyncio.run(again.where("b")) == told


def test_two_cannot_make_one_name_at_once(rig: Rig) -> None:
    register = rig.register()
    asyncio.run(register.claim("b", ME, "eu-west-1"))
    assert asyncio.run(register.claim("b", ME, "eu-west-1")), "the same caller tries again"
    for account, region in [(ME, "us-east-1"), (YOU, "eu-west-1")]:
        with pytest.raises(Refusal, match="conflicting conditional operation"):
            asyncio.run(register.claim("b", account, region))
    rig.now_s += CLAIM_S + 1
    assert asyncio.run(register.claim("b", YOU, "us-east-1")), "a claim that nobody fulfils lapses"


def test_a_claim_that_failed_is_free_at_once(rig: Rig) -> None:
    register = rig.register()
    asyncio.run(register.claim("b", ME, "eu-west-1"))
    asyncio.run(register.gone("b", "eu-west-1"))
    assert asyncio.run(register.claim("b", YOU, "us-east-1"))


def test_a_region_cannot_give_away_anothers_bucket(rig: Rig) -> None:
    register = rig.register()
    asyncio.run(register.made("b", ME, "eu-west-1"))
    asyncio.run(register.gone("b", "us-east-1"))
    assert rig.topics["bucket/b"] is not None
    asyncio.run(register.gone("b", "eu-west-1"))
    assert rig.topics["bucket/b"] is None


def test_what_an_engine_tells_is_taken_up_but_for_what_is_being_made(rig: Rig) -> None:
    register = rig.register()
    for name in ("old", "lost", "again"):
        asyncio.run(register.made(name, ME, "eu-west-1"))
    asyncio.run(register.made("mine", YOU, "us-east-1"))
    asyncio.run(register.gone("again", "eu-west-1"))
    asyncio.run(register.claim("again", ME, "eu-west-1"))
    told = [
        {"name": name, "account": ME, "region": "eu-west-1", "created_at_s": 1.0} for name in ("old", "new", "mine")
    ]
    found = asyncio.run(register.found("eu-west-1", told))
    assert found == {"new": ["new"], "lost": ["lost"], "taken": ["mine"]}
    assert {name for name, value in rig.topics.items() if value is None} == {"bucket/again", "bucket/lost"}


def test_a_register_that_cannot_be_read_is_set_aside(rig: Rig) -> None:
    rig.path.parent.mkdir()
    rig.path.write_text("[{")
    rig.register()
    assert "set aside" in rig.message
    assert rig.path.with_suffix(".broken").exists()


def test_buckets_of_a_region_that_does_not_run_are_kept_and_not_shown(rig: Rig) -> None:
    asyncio.run(rig.register().made("b", ME, "ap-south-1"))
    assert rig.topics == {}
    assert asyncio.run(rig.register().where("b")) is not None
