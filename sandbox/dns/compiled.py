"""Compiled answers: the bytes of replies by question, so that a repeated question costs a look-up and a join.

In: packets, and rendered answers with the random choices that led to them and what was read for them. Out: the same
answers again. `core` asks here first, and says when a zone or a verdict has changed. After that an answer is compared
once, when it is next asked for, with what it was decided from: a zone pushed with 500 changes costs nothing to the
names that are as they were, and nothing at once.

The key is the packet without what must not matter: its id, a cookie, padding (dig sends a new cookie each time), the
case of the name. Chance stays chance: an answer that was drawn is kept as a tree, one branching for each draw, whose
missing branches are filled when a draw first leads there.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Hashable, Sequence
from itertools import accumulate, pairwise
from random import Random

from sandbox.dns.reads import Footprint
from sandbox.protocols.dns_wire import OPTION_COOKIE, OPTION_PADDING

ANSWERS_MOST = 30_000  # about 20 MB at most; then all are dropped and filled again
COOKIE_BYTES = 8  # of a client's cookie without a server's (RFC 7873 §4)
COOKIE_HEAD = OPTION_COOKIE.to_bytes(2, "big") + COOKIE_BYTES.to_bytes(2, "big")
SHORTEST_EDNS = 11  # an OPT record without options

Key = tuple[str, bool, bytes]  # where the packet came from, whether by TCP, the question


class Leaf:
    """A reply but for its id and question. footprint: of the decision for it."""

    __slots__ = ("footprint", "head", "tail")

    def __init__(self, head: bytes, tail: bytes, footprint: Footprint) -> None:
        self.footprint = footprint
        self.head = head
        self.tail = tail


class Branching:
    """A draw: what may follow each outcome, None where no draw has led yet.

    footprint: of the decision that drew here first.
    """

    __slots__ = ("cumulative", "following", "footprint")

    def __init__(self, cumulative: list[int], footprint: Footprint) -> None:
        self.footprint = footprint
        self.cumulative = cumulative
        self.following: list[Leaf | Branching | None] = [None] * len(cumulative)


def split_question(packet: bytes) -> tuple[int, bytes] | None:
    """Where the question ends, and the key of the packet; None for shapes that are not worth compiling.

    Every byte is in the key but those that must not matter, and those stand where bytes in the key say: packets with
    equal keys differ in nothing else. So nothing needs to be checked here that was checked when the answer was kept.
    """
    name_end = packet.find(0, 12) + 1
    end = name_end + 4
    size = len(packet)
    if name_end == 0 or end > size:
        return None
    if end == size:
        return end, packet[2:12] + packet[12:name_end].lower() + packet[name_end:]
    at = end + SHORTEST_EDNS
    if at > size or (packet[at - 2] << 8 | packet[at - 1]) != size - at:
        return None
    key = packet[2:12] + packet[12:name_end].lower() + packet[name_end : at - 2]
    while at < size:
        if at + 4 > size:
            return None
        code = packet[at] << 8 | packet[at + 1]
        after = at + 4 + (packet[at + 2] << 8 | packet[at + 3])
        if after > size:
            return None
        if code != OPTION_COOKIE and code != OPTION_PADDING:
            key += packet[at:after]
        at = after
    return end, key


class Questions:
    """`split_question`, and a memory for packets that end with a client's cookie, as dig's do: all before it says all.

    Without it, taking packets apart is a tenth of all work for an answer.
    """

    def __init__(self, *, most: int = ANSWERS_MOST) -> None:
        self._most = most
        self._split: dict[bytes, tuple[int, bytes]] = {}

    def split(self, packet: bytes) -> tuple[int, bytes] | None:
        """The same as `split_question`."""
        found = self._split.get(packet[2:-COOKIE_BYTES])
        if found is None:
            found = split_question(packet)
            if found is not None and self._ends_with_a_cookie(packet, found):
                if len(self._split) >= self._most:
                    self._split.clear()
                self._split[packet[2:-COOKIE_BYTES]] = found
        return found

    def _ends_with_a_cookie(self, packet: bytes, split: tuple[int, bytes]) -> bool:
        """True when the last bytes cannot matter. Names with capitals are left out: a client that mixes case anew in
        each question (0x20) would fill the memory."""
        end, question = split
        if (
            packet[-len(COOKIE_HEAD) - COOKIE_BYTES : -COOKIE_BYTES] != COOKIE_HEAD
            or question[10 : end - 2] != packet[12:end]
        ):
            return False
        others = (packet[:-COOKIE_BYTES] + byte * COOKIE_BYTES for byte in (b"\x00", b"\xff"))
        return all(split_question(other) == split for other in others)


def draw(cumulative: Sequence[int], dice: Random) -> int:
    """An index by weight, given the running sums of the weights; weights of 0 are never drawn."""
    return bisect_right(cumulative, dice.random() * cumulative[-1])


class Chooser:
    """Draws for one evaluation: first as in `path`, then by the dice; remembers all it drew."""

    def __init__(self, dice: Random, path: Sequence[int] = ()) -> None:
        self._dice = dice
        self._path = path
        self.drawn: list[tuple[list[int], int]] = []

    def __call__(self, weights: Sequence[int]) -> int:
        cumulative = list(accumulate(weights))
        number = len(self.drawn)
        index = self._path[number] if number < len(self._path) else draw(cumulative, self._dice)
        self.drawn.append((cumulative, index))
        return index


class CompiledAnswers:
    """What is compiled now. fit: whether a footprint is still what reading again would find."""

    def __init__(self, dice: Random, fit: Callable[[Footprint], bool], *, most: int = ANSWERS_MOST) -> None:
        self._dice = dice
        self._fit = fit
        self._most = most
        self._answers: dict[Key, Leaf | Branching] = {}
        self._footprints: dict[Hashable, Footprint] = {}  # one object for all answers that were decided from the same
        self._count = 0
        self._changes = 0

    def __len__(self) -> int:
        return self._count

    def clear(self) -> None:
        """Forget everything: what holds a name has changed, or there is too much."""
        self._answers.clear()
        self._footprints.clear()
        self._count = 0

    def changed(self) -> None:
        """Trust nothing before it has been compared: records or a verdict have changed."""
        self._changes += 1

    def find(self, key: Key, path: list[int]) -> Leaf | None:
        """A kept answer, drawn anew where it was drawn; when there is none, `path` holds what was drawn so far."""
        node = root = self._answers.get(key)
        while node is not None:
            footprint = node.footprint
            if footprint.checked_at != self._changes:
                self._compare(footprint)
            if not footprint.fits:
                self._drop(key, root)
                return None
            if type(node) is Leaf:
                return node
            index = draw(node.cumulative, self._dice)  # type: ignore[union-attr]  # not a Leaf, so a Branching
            path.append(index)
            node = node.following[index]  # type: ignore[union-attr]
        return None

    def keep(self, key: Key, drawn: Sequence[tuple[list[int], int]], leaf: Leaf) -> None:
        """Keep an answer, decided now, at the end of the draws that led to it."""
        if self._count >= self._most or len(self._footprints) >= self._most:
            self.clear()
        footprint = leaf.footprint = self._shared(leaf.footprint)
        self._count += 1
        if not drawn:
            self._answers[key] = leaf
            return
        root = self._answers.get(key)
        node = root if isinstance(root, Branching) else Branching(drawn[0][0], footprint)
        self._answers[key] = node
        for (_, index), (cumulative, _) in pairwise(drawn):
            following = node.following[index]
            if not isinstance(following, Branching):
                following = node.following[index] = Branching(cumulative, footprint)
            node = following
        node.following[drawn[-1][1]] = leaf

    def _compare(self, footprint: Footprint) -> None:
        footprint.fits = footprint.fits and self._fit(footprint)
        footprint.checked_at = self._changes

    def _shared(self, footprint: Footprint) -> Footprint:
        footprint.checked_at = self._changes
        known = self._footprints.get(footprint.subject())
        if known is not None and known.fits and known.checked_at == self._changes and known.is_same(footprint):
            return known
        self._footprints[footprint.subject()] = footprint
        return footprint

    def _drop(self, key: Key, root: Leaf | Branching | None) -> None:
        del self._answers[key]
        self._count -= leaves_of(root)


def leaves_of(node: Leaf | Branching | None) -> int:
    """How many answers hang on a node."""
    if isinstance(node, Branching):
        return sum(leaves_of(following) for following in node.following)
    return 0 if node is None else 1
