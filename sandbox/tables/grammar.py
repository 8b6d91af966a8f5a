"""What all expressions share: a cursor over tokens, paths, parentheses, and the order in which mistakes are reported.

AWS reads the whole text first: a syntax error is reported before all else. What is wrong with a well-formed text is
reported by kind, in the order of PROBLEM_ORDER, whatever stands first. `Reader` is the base of `condition_grammar`,
`update_grammar` and the projection below; each is made for one text and thrown away.
"""

from __future__ import annotations

from collections.abc import Mapping

from sandbox.kernel.errors import Refusal
from sandbox.tables.refusals import invalid
from sandbox.tables.reserved_words import RESERVED_WORDS
from sandbox.tables.syntax import Path, Step
from sandbox.tables.tokens import EXPRESSION_MOST_BYTES, Token, names_in, tokens_of

PROBLEM_ORDER = ("parentheses", "function", "section", "misuse", "reserved", "name", "path", "operands", "distinct")
PATH_STEPS_MOST = 33  # 32 levels of nesting below the attribute itself
LIST_INDEX_MOST = 2**31 - 1
NESTING_MOST = 100  # ours: AWS counts operators (300), and a text of 4 KB could nest deeper than our stack

Names = Mapping[str, str]
Resolved = tuple[tuple[str, str | None], ...]


def resolved_names(text: str, names: Names) -> Resolved:
    """The names that matter to this text: with the text, what a compiled expression depends on."""
    return tuple([(alias, names.get(alias)) for alias in names_in(text)])


class Reader:
    """One text of one kind ("ConditionExpression", ...)."""

    def __init__(self, kind: str, text: str, names: Resolved) -> None:
        self.kind = kind
        self.text = text
        self.names = dict(names)
        self.values: dict[str, None] = {}
        self._check_size()
        self._tokens = tokens_of(text)
        self._at = 0
        self._depth = 0
        self._problems: dict[str, str] = {}

    def _check_size(self) -> None:
        size = len(self.text.encode("utf-8", "surrogatepass"))
        if size > EXPRESSION_MOST_BYTES:
            raise self.refusal(f"Expression size has exceeded the maximum allowed size; expression size: {size}")
        if not self.text.strip(" \t\r\n"):
            raise self.refusal("The expression can not be empty;")

    def refusal(self, message: str) -> Refusal:
        """A mistake in this expression."""
        return invalid(f"Invalid {self.kind}: {message}")

    def problem(self, order: str, message: str) -> None:
        """Note a mistake that is reported once the whole text has been read. The first of each order counts."""
        assert order in PROBLEM_ORDER, order
        self._problems.setdefault(order, message)

    def finish(self) -> None:
        """All read: nothing may follow, and now the mistakes are reported."""
        if self.peek().kind != "end":
            raise self.syntax_error()
        for order in PROBLEM_ORDER:
            if order in self._problems:
                raise self.refusal(self._problems[order])

    def syntax_error(self) -> Refusal:
        """The present token is not what the grammar wants. near: from the token before to the token after."""
        token = self.peek()
        first = self._tokens[max(self._at - 1, 0)]
        last = self._tokens[min(self._at + 1, len(self._tokens) - 1)]
        return self.refusal(f'Syntax error; token: "{token.text}", near: "{self.text[first.start : last.end]}"')

    @property
    def at(self) -> int:
        """The place of the present token."""
        return self._at

    def peek(self, ahead: int = 0) -> Token:
        return self._tokens[min(self._at + ahead, len(self._tokens) - 1)]

    def take(self) -> Token:
        token = self.peek()
        self._at = min(self._at + 1, len(self._tokens) - 1)
        return token

    def sees(self, sign: str) -> bool:
        token = self.peek()
        return token.text == sign and token.kind == "sign"

    def sees_word(self, word: str) -> bool:
        token = self.peek()
        return token.kind == "word" and token.text.upper() == word

    def sees_call(self) -> bool:
        return self.peek().kind == "word" and self.peek(1).text == "("

    def accept(self, sign: str) -> bool:
        """Take the sign when it is there."""
        if not self.sees(sign):
            return False
        self._at += 1
        return True

    def accept_word(self, word: str) -> bool:
        if not self.sees_word(word):
            return False
        self._at += 1
        return True

    def expect(self, sign: str) -> None:
        if not self.accept(sign):
            raise self.syntax_error()

    def enter(self) -> None:
        """One level of parentheses deeper."""
        self._depth += 1
        if self._depth > NESTING_MOST:
            raise self.refusal(f"The expression is nested more than {NESTING_MOST} levels deep;")
        self._at += 1

    def leave(self) -> None:
        self._depth -= 1
        self.expect(")")

    def value_token(self) -> str:
        """Take a :value."""
        if self.peek().kind != "value":
            raise self.syntax_error()
        token = self.take().text
        self.values.setdefault(token)
        return token

    def path(self) -> Path:
        """a.b[0].#c"""
        steps: list[Step] = [self._path_name()]
        while True:
            if self.accept("."):
                steps.append(self._path_name())
            elif self.accept("["):
                steps.append(self._list_index())
            else:
                break
        if len(steps) > PATH_STEPS_MOST:
            self.problem("path", f"The document path has too many nesting elements; nesting levels: {len(steps) - 1}")
        return Path(tuple(steps))

    def _path_name(self) -> str:
        token = self.peek()
        if token.kind == "name":
            self.take()
            return self._name_of(token.text)
        if token.kind != "word" or self.is_keyword(token):
            raise self.syntax_error()
        self.take()
        if token.text.upper() in RESERVED_WORDS:
            self.problem("reserved", f"Attribute name is a reserved keyword; reserved keyword: {token.text}")
        return token.text

    def is_keyword(self, token: Token) -> bool:
        """Words of the grammar itself, which cannot be read as names."""
        return False

    def _name_of(self, alias: str) -> str:
        name = self.names.get(alias)
        if name is None:
            self.problem(
                "name",
                "An expression attribute name used in the document path is not defined; attribute name: " + alias,
            )
            return alias
        return name

    def _list_index(self) -> int:
        token = self.peek()
        if token.kind != "number":
            raise self.syntax_error()
        self.take()
        index = int(token.text) if len(token.text) <= len(str(LIST_INDEX_MOST)) else LIST_INDEX_MOST + 1
        if index > LIST_INDEX_MOST:
            self.problem("path", f"List index is not within the allowable range; index: [{token.text}]")
        self.expect("]")
        return index

    def check_overlaps(self, paths: list[Path]) -> None:
        """No path may be, or begin, another; and none may use as a list what another uses as a map."""
        root: dict[Step, object] = {}
        for path in paths:
            other = _clash(root, path)
            if other is None:
                continue
            word, clashing = other
            self.problem(
                "path",
                f"Two document paths {word} with each other; must remove or rewrite one of these paths; "
                f"path one: {clashing}, path two: {path}",
            )
            return


def _clash(root: dict[Step, object], path: Path) -> tuple[str, Path] | None:
    """Put a path into the tree of paths; or say what it meets there."""
    branch = root
    for at, step in enumerate(path.steps):
        if branch and isinstance(next(iter(branch)), int) != isinstance(step, int):
            return "conflict", _any_path(branch)
        below = branch.get(step)
        if isinstance(below, Path):
            return "overlap", below
        if at == len(path.steps) - 1:
            if isinstance(below, dict):
                return "overlap", _any_path(below)
            branch[step] = path
        elif isinstance(below, dict):
            branch = below
        else:
            deeper: dict[Step, object] = {}
            branch[step] = deeper
            branch = deeper
    return None


def _any_path(branch: dict[Step, object]) -> Path:
    below: object = branch
    while isinstance(below, dict):
        below = next(iter(below.values()))
    assert isinstance(below, Path), below
    return below


class ProjectionReader(Reader):
    """path, path, ..."""

    def read(self) -> tuple[Path, ...]:
        paths = [self.path()]
        while self.accept(","):
            paths.append(self.path())
        self.check_overlaps(paths)
        self.finish()
        return tuple(paths)
