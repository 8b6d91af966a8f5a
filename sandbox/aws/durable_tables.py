"""DynamoDB whose 200 is a promise: a `DynamoDBPort` over own tables and the ledger.

In: requests; the rows a ledger kept. Out: answers, given only when what they changed is on disk. Reads never wait. Each
changed item is one row, each changed table description another; they go into one commit with whatever else waits.
Global tables are `replication`'s: it is told of every change, and its peers are reached by `post`.
"""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import orjson

from sandbox.aws.own_tables import OwnTables, refused
from sandbox.kernel.clock import Clock
from sandbox.kernel.errors import Refusal
from sandbox.kernel.journal import Journal
from sandbox.protocols.http1 import Request, Response
from sandbox.replication.api import IsScaled
from sandbox.replication.sender import Post
from sandbox.replication.service import ACTIONS, Replication, never_scaled
from sandbox.replication.values import Durations
from sandbox.serving.values import Later
from sandbox.tables.core import READS, TABLE_WRITES
from sandbox.tables.ledger import Ledger
from sandbox.tables.ledger_rows import DROP_TABLE, PUT_TABLE
from sandbox.tables.snapshots import description_of
from sandbox.tables.values import Change


class DurableTables:
    """The tables of one region. `load` before anything else; `replication.start` once peers can reach this region."""

    def __init__(
        self,
        region: str,
        ledger: Ledger,
        clock: Clock,
        *,
        journal: Journal,
        post: Post,
        running: Callable[[], Sequence[str]],
        durations: Durations | None = None,
        is_scaled: IsScaled = never_scaled,
        legacy_global_tables: bool = False,
    ) -> None:
        """What follows the clock is replication's: see `Replication`."""
        self.region = region
        self.ledger = ledger
        self.replication = Replication(
            region,
            ledger=ledger,
            clock=clock,
            journal=journal,
            tables_of=lambda account: self.own.tables_of(account, region),
            keep_tables=self._write_descriptions,
            post=post,
            running=running,
            durations=durations,
            is_scaled=is_scaled,
            legacy_global_tables=legacy_global_tables,
        )
        self.own = OwnTables(clock, self._changed, beside=self.replication, more=ACTIONS)
        self._promise: asyncio.Future[None] | None = None  # of the changes of the call that is being answered
        self._descriptions: dict[str, dict[str, bytes]] = {}  # account -> table id -> as the ledger has it
        self._answers: list[tuple[Later, Response]] = []  # that wait for the next commit

    @property
    def changes(self) -> int:
        """Calls that may have changed something."""
        return self.own.changes

    def load(self) -> int:
        """Take up what the ledger kept; how many items."""
        was_collecting = gc.isenabled()
        gc.disable()  # nothing becomes garbage here, and looking for it again and again takes a fifth of the time
        try:
            return self._load()
        finally:
            if was_collecting:
                gc.enable()

    def _load(self) -> int:
        count = 0
        for table_id, account, content in list(self.ledger.tables()):
            items = [orjson.loads(item) for _, item, *_ in self.ledger.items(table_id) if item is not None]
            self.own.tables_of(account, self.region).restore(orjson.loads(content), iter(items))
            self._descriptions.setdefault(account, {})[table_id] = content
            count += len(items)
        self.replication.load()
        return count

    def handle(self, request: Request, account: str, region: str) -> Response | Awaitable[Response]:
        """Answer one call; when it changed something, once that is on disk."""
        try:
            action = self.own.action_of(request)
            if action not in READS:
                self.ledger.refuse_if_stuck()
        except Refusal as refusal:
            return refused(refusal)
        self._promise = None
        try:
            response = self.own.answered(action, request.body, account, region)
        except Refusal as refusal:
            response = refused(refusal)
        if not isinstance(response, Response):
            return response  # of replication, which has seen to the ledger
        if action in TABLE_WRITES:
            self._write_descriptions(account)
        return response if self._promise is None else self._when_kept(response)

    def expire(self) -> int:
        """Delete what time to live has ended; how many items."""
        return self.own.expire()

    def reset(self) -> None:
        """Drop every table of every account."""
        self.replication.reset()
        self.own.reset()
        for account in list(self._descriptions):
            self._write_descriptions(account)

    def _when_kept(self, response: Response) -> Later:
        """The answer that comes with its commit, as all that wait for the same."""
        answer = Later()
        if not self._answers:
            self.ledger.listen(self._tell_kept)
        self._answers.append((answer, response))
        return answer

    def _tell_kept(self, refusal: Refusal | None) -> None:
        """The commit of these answers' changes has ended, one way or the other."""
        answers, self._answers = self._answers, []
        for answer, response in answers:
            answer.settle(response if refusal is None else refused(refusal))

    def _changed(self, account: str, change: Change) -> None:
        promise = self.replication.on_change(account, change)
        if promise is not None:
            self._promise = promise

    def _write_descriptions(self, account: str) -> None:
        """Have the ledger know the tables as they are now."""
        known = self._descriptions.setdefault(account, {})
        tables = self.own.tables_of(account, self.region).catalogue.tables.values()
        present: dict[str, bytes] = {table.table_id: encoded(description_of(table)) for table in tables}
        for table_id in known.keys() - present.keys():
            for statement in DROP_TABLE:
                self._promise = self.replication.keep(statement, (table_id,))
        for table_id, content in present.items():
            if known.get(table_id) != content:
                self._promise = self.replication.keep(PUT_TABLE, (table_id, account, content))
        self._descriptions[account] = present


def encoded(description: dict[str, Any]) -> bytes:
    """A table's description as the ledger keeps it."""
    return orjson.dumps(description)
