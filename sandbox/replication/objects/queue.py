"""What waits for one region, and in which order it goes. Pure: no await, no clock, no socket.

In: tasks in the order of their numbers; what became of each. Out: the next task that may go. Tasks of one key for one
destination are a lane: they go one after the other, so that versions arrive in the order in which they were written.
Lanes go beside each other. A task that failed keeps its place at the head of its lane and is tried again later. When
the region itself does not answer, nothing goes but one task now and then, to see whether it is back.
"""

from __future__ import annotations

import heapq
from collections import deque

from sandbox.replication.objects.values import Task

AWAY_WAITS_S = (0.1, 0.2, 0.5, 1.0, 2.0)  # after the 1st, 2nd, ... failure in a row to reach the region
TRY_WAITS_S = (0.2, 0.5, 1.0, 2.0, 5.0, 10.0)  # of one task that its region could not store
MOST_TRIES = 20  # then it has failed

Lane = tuple[str, str, str]  # bucket, key, destination
Pair = tuple[str, str]  # bucket, destination


def lane_of(task: Task) -> Lane:
    """Whose order matters."""
    return task.bucket, task.key, task.destination


class Queue:
    """Of one region. under_way: numbers of tasks that were taken and are not yet decided."""

    def __init__(self) -> None:
        self.under_way: set[int] = set()
        self.failures = 0  # in a row, to reach the region
        self._lanes: dict[Lane, deque[Task]] = {}
        self._ready: deque[Lane] = deque()  # lanes whose head may go, the longest-waiting first
        self._later: list[tuple[float, Lane]] = []  # a heap: lanes whose head failed
        self._tries: dict[int, int] = {}
        self._held: frozenset[Pair] = frozenset()
        self._parked: set[Lane] = set()  # lanes that would be ready, were they not held
        self._not_before_s = 0.0

    def __len__(self) -> int:
        return sum(len(lane) for lane in self._lanes.values())

    def add(self, task: Task) -> None:
        """One more; after all that came before it."""
        lane = lane_of(task)
        waiting = self._lanes.get(lane)
        if waiting is None:
            self._lanes[lane] = deque([task])
            self._make_ready(lane)
        else:
            waiting.append(task)

    def hold(self, pairs: frozenset[Pair]) -> None:
        """Nothing goes from a bucket to a destination that is held; what is under way goes on."""
        self._held = pairs
        freed = sorted(lane for lane in self._parked if (lane[0], lane[2]) not in pairs)
        self._parked.difference_update(freed)
        self._ready.extend(freed)

    def take(self, now_s: float) -> Task | None:
        """The next task, from now on under way."""
        if now_s < self._not_before_s or (self.failures and self.under_way):
            return None
        while self._later and self._later[0][0] <= now_s:
            self._make_ready(heapq.heappop(self._later)[1])
        while self._ready:
            lane = self._ready.popleft()
            if (lane[0], lane[2]) in self._held:
                self._parked.add(lane)
                continue
            task = self._lanes[lane][0]
            self.under_way.add(task.seq)
            return task
        return None

    def wait_s(self, now_s: float) -> float | None:
        """Until `take` may have something, if nothing happens before; None: only an event can bring something."""
        if now_s < self._not_before_s:
            return self._not_before_s - now_s
        if self.failures and self.under_way:
            return None
        return max(0.0, self._later[0][0] - now_s) if self._later else None

    def done(self, task: Task) -> None:
        """It has arrived, or has failed for good: the next of its lane may go."""
        self.failures = 0
        lane = lane_of(task)
        waiting = self._lanes[lane]
        assert waiting[0].seq == task.seq, task
        waiting.popleft()
        self.under_way.discard(task.seq)
        self._tries.pop(task.seq, None)
        if waiting:
            self._make_ready(lane)
        else:
            del self._lanes[lane]

    def unreached(self, task: Task, now_s: float) -> None:
        """The region did not answer. Tasks that were under way together count once."""
        if now_s >= self._not_before_s:
            self.failures += 1
            self._not_before_s = now_s + AWAY_WAITS_S[min(self.failures, len(AWAY_WAITS_S)) - 1]
        self.under_way.discard(task.seq)
        self._ready.appendleft(lane_of(task))

    def not_stored(self, task: Task, now_s: float, *, counts: bool) -> bool:
        """The region answered, and could not do it now. False: it has been tried often enough, and waits for `done`.

        counts: False when an engine does not run, which is not the task's fault and may last.
        """
        self.failures = 0
        tries = self._tries[task.seq] = self._tries.get(task.seq, 0) + 1
        if tries >= MOST_TRIES:
            if counts:
                return False
            self._tries[task.seq] = MOST_TRIES // 2
        wait_s = TRY_WAITS_S[min(tries, len(TRY_WAITS_S)) - 1]
        self.under_way.discard(task.seq)
        heapq.heappush(self._later, (now_s + wait_s, lane_of(task)))
        return True

    def drop(self, bucket: str | None, destination: str | None = None) -> None:
        """Nothing of this bucket (None: of any) waits any more; what is under way is decided nevertheless."""
        unwanted = [lane for lane in self._lanes if bucket in (None, lane[0]) and destination in (None, lane[2])]
        for lane in unwanted:
            waiting = self._lanes[lane]
            if waiting[0].seq in self.under_way:
                self._lanes[lane] = deque([waiting[0]])
                continue
            for task in waiting:
                self._tries.pop(task.seq, None)
            del self._lanes[lane]
        self._ready = deque(lane for lane in self._ready if lane in self._lanes)
        self._parked = {lane for lane in self._parked if lane in self._lanes}
        self._later = [(at_s, lane) for at_s, lane in self._later if lane in self._lanes]
        heapq.heapify(self._later)

    def _make_ready(self, lane: Lane) -> None:
        self._ready.append(lane)
