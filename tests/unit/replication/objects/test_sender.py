"""Claims about the way to another region: pieces, resuming, patience, and what goes along."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from sandbox.replication.objects import sender as sending
from sandbox.replication.objects.rules import configuration_of, read_document
from sandbox.replication.objects.sender import as_copied, rule_of, wanted_settings
from sandbox.replication.objects.values import Configuration, Head, Settings, Task
from sandbox.replication.objects.wire import decode_piece

DUBLIN, VIRGINIA = "eu-west-1", "us-east-1"
TASK = Task(1, "b", "k", "v", "d", VIRGINIA, "all", "object", 1, 0.0, False)


async def begun(world: Any, rule: Any, **more: Any) -> tuple[Any, Any]:
    dublin, virginia = world.regions[DUBLIN], world.regions[VIRGINIA]
    dublin.engine.make("b")
    virginia.engine.make("d")
    await dublin.configure("b", rule("d", **more))
    return dublin, virginia


def test_a_large_object_goes_in_pieces_and_on_where_it_was_cut(
    in_a_world: Any, rule: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the other region has is not sent again."""
    monkeypatch.setattr(sending, "PIECE_BYTES", 1000)

    async def story(world: Any) -> None:
        dublin, virginia = await begun(world, rule)
        sent: list[tuple[int, int]] = []
        carry = world.carry

        async def noted(source: str, target: str, path: str, body: bytes) -> tuple[int, bytes]:
            piece = decode_piece(body)
            sent.append((piece.offset, len(piece.data)))
            if len(sent) == 4:
                world.cut_both(DUBLIN, VIRGINIA)
            answer: tuple[int, bytes] = await carry(source, target, path, body)
            return answer

        world.carry = noted
        content = bytes(range(256)) * 40
        version_id = await dublin.put("b", "k", content)
        await world.until(lambda: len(sent) > 4)
        assert dublin.status("b", "k", version_id) == "PENDING"
        world.heal()
        await world.is_quiet()
        assert virginia.has("d")["k"] == [(version_id, content, ())]
        assert max(size for _, size in sent) == 1000
        again = [offset for offset, size in sent if sent.count((offset, size)) > 1 and offset not in (0, 3000)]
        assert again == []

    in_a_world(story)


def test_a_version_that_was_deleted_before_it_went_is_forgotten(in_a_world: Any, rule: Any) -> None:
    async def story(world: Any) -> None:
        dublin, virginia = await begun(world, rule)
        world.cut_both(DUBLIN, VIRGINIA)
        version_id = await dublin.put("b", "k", b"1")
        await asyncio.sleep(1)
        dublin.engine.buckets["b"].keys.clear()
        world.heal()
        await world.is_quiet()
        assert dublin.status("b", "k", version_id) is None
        assert virginia.has("d") == {}

    in_a_world(story)


def test_a_region_that_is_away_is_asked_now_and_then_and_the_journal_says_so(in_a_world: Any, rule: Any) -> None:
    async def story(world: Any) -> None:
        dublin, virginia = await begun(world, rule)
        await virginia.crash()
        versions = [await dublin.put("b", f"k{number}", b"1") for number in range(20)]
        await asyncio.sleep(20)
        assert all(dublin.status("b", f"k{number}", each) == "PENDING" for number, each in enumerate(versions))
        [held] = dublin.journal.of_kind("objects_held_up")
        assert held["peer"] == VIRGINIA
        assert held["pending"] > 0
        virginia.start()
        await world.is_quiet()
        [again] = dublin.journal.of_kind("objects_go_on")
        assert again["away_s"] > 15
        assert len(virginia.has("d")) == 20

    in_a_world(story)


def test_an_engine_that_is_away_for_long_costs_nothing_but_time(in_a_world: Any, rule: Any) -> None:
    """A5: when a bucket is unavailable the status stays PENDING and S3 goes on when it is back."""

    async def story(world: Any) -> None:
        dublin, virginia = await begun(world, rule)
        virginia.engine.down = True
        version_id = await dublin.put("b", "k", b"1")
        await asyncio.sleep(3600)
        assert dublin.status("b", "k", version_id) == "PENDING"
        virginia.engine.down = False
        await world.is_quiet()
        assert dublin.status("b", "k", version_id) == "COMPLETED"

    in_a_world(story)


def configuration(*rules: Any) -> Configuration:
    document, _ = read_document({"Role": "r", "Rules": list(rules)}, lambda: "id")
    return configuration_of(document, bucket="b", account="1", regions={}, put_at_s=0.0)


def test_a_task_keeps_its_rule_or_takes_another_for_its_destination(rule: Any) -> None:
    both = configuration(rule("d", "first", 1), rule("d", "all", 2), rule("e", "other", 3))
    assert rule_of(both, TASK) == both.rules[1]
    renamed = configuration(rule("d", "renamed"))
    assert rule_of(renamed, TASK) == renamed.rules[0]
    assert rule_of(configuration(rule("e")), TASK) is None


def test_the_acl_stays_here_when_the_copy_has_another_owner(rule: Any) -> None:
    [plain] = configuration(rule("d")).rules
    owned = {"Bucket": "arn:aws:s3:::d", "Account": "2", "AccessControlTranslation": {"Owner": "Destination"}}
    [given_away] = configuration(rule("d", Destination=owned)).rules
    with_acl = TASK._replace(with_acl=True)
    assert wanted_settings(with_acl, plain) == Settings(tags=(), acl=b"")
    assert wanted_settings(TASK, plain) == Settings(tags=())
    assert wanted_settings(with_acl, given_away).acl is None
    assert wanted_settings(with_acl._replace(kind="settings"), plain).retention == b""


def test_a_copy_has_the_class_and_key_of_its_rule(rule: Any) -> None:
    destination = {
        "Bucket": "arn:aws:s3:::d",
        "StorageClass": "STANDARD_IA",
        "EncryptionConfiguration": {"ReplicaKmsKeyID": "key"},
    }
    kms = {"SourceSelectionCriteria": {"SseKmsEncryptedObjects": {"Status": "Enabled"}}}
    [made] = configuration(rule("d", Destination=destination, **kms)).rules
    head = Head(size=1, etag="e", modified_s=0.0, storage_class="ONEZONE_IA", is_kms=True)
    copied = as_copied(head, made)
    assert copied.storage_class == "STANDARD_IA"
    assert ("x-amz-server-side-encryption-aws-kms-key-id", "key") in copied.headers
    [plain] = configuration(rule("d")).rules
    assert as_copied(head, plain) == head
