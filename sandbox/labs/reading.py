"""A lab's text, read: Markdown in, a `Lab` out, or a Refusal that names the file and the line.

    ---
    minutes: 10
    regions: us-east-1 eu-west-1
    ---
    # Title
    Introduction.

    ## Before                  (may be left out: lines that `sandbox lab start` types)
    ```console
    $ aws ...
    ```

    ## Title of a step
    Why, and what to look at.
    ```console
    $ a line to type, which goes on
    > in lines that begin with >
    what it shows
    ```
    **Question** ... **Answer** ...
    **Checkpoint** `kind name=value` `kind ...` a sentence
    **Hint** ...

Labels and the name of the first section are words of the language (`WORDS`); kinds and their names are the same in all.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from types import MappingProxyType

from sandbox.kernel.errors import Refusal
from sandbox.labs.values import Check, Command, Lab, Step

LABELS = ("question", "answer", "checkpoint", "hint")
WORDS: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "en": {
            "before": "Before",
            "question": "Question",
            "answer": "Answer",
            "checkpoint": "Checkpoint",
            "hint": "Hint",
        },
        "fr": {
            "before": "Avant",
            "question": "Question",
            "answer": "Réponse",
            "checkpoint": "Contrôle",
            "hint": "Indice",
        },
    }
)
FENCE = "```"
CONSOLE = "```console"
PROMPT, MORE = "$ ", "> "
SPAN = re.compile(r"`([^`]+)`")


def read_lab(text: str, *, number: int, language: str, name: str) -> Lab:
    """One lab. name: of the file, for what is wrong with it."""
    reader = _Reader(text.splitlines(), WORDS[language], name)
    settings, at = reader.settings()
    sections = list(reader.sections(at))
    if not sections or sections[0][0] != 1:
        raise reader.wrong(at, "begins with its title: # ...")
    _, title, first, last = sections[0]
    steps = []
    before: tuple[Command, ...] = ()
    for level, heading, start, end in sections[1:]:
        if level != 2:
            raise reader.wrong(start - 1, "has one title; steps begin with ##")
        if heading == WORDS[language]["before"]:
            before = tuple(reader.commands(start, end))
        else:
            steps.append(reader.step(heading, start, end))
    if not steps:
        raise reader.wrong(at, "has no step: ## ...")
    return Lab(
        number=number,
        language=language,
        title=title,
        minutes=reader.whole(settings, "minutes"),
        regions=tuple(reader.given(settings, "regions").split()),
        intro="\n".join(reader.lines[first:last]).strip(),
        before=before,
        steps=tuple(steps),
    )


class _Reader:
    """The lines of one text. Positions are indexes into `lines`."""

    def __init__(self, lines: Sequence[str], words: Mapping[str, str], name: str) -> None:
        self.lines = lines
        self.words = words
        self.name = name

    def wrong(self, at: int, problem: str) -> Refusal:
        """What is wrong where."""
        return Refusal("BadLab", f"{self.name}:{at + 1}: a lab {problem}")

    def settings(self) -> tuple[dict[str, str], int]:
        """What stands between the two lines ---, and where the text begins."""
        if not self.lines or self.lines[0] != "---":
            raise self.wrong(0, "begins with ---")
        found: dict[str, str] = {}
        for at, line in enumerate(self.lines[1:], start=1):
            if line == "---":
                return found, at + 1
            key, colon, value = line.partition(":")
            if not colon:
                raise self.wrong(at, "has settings like `minutes: 10`")
            found[key.strip()] = value.strip()
        raise self.wrong(len(self.lines), "ends its settings with ---")

    def given(self, settings: Mapping[str, str], name: str) -> str:
        """A setting that every lab has."""
        if name not in settings:
            raise self.wrong(0, f"says its {name}")
        return settings[name]

    def whole(self, settings: Mapping[str, str], name: str) -> int:
        """A whole number."""
        value = self.given(settings, name)
        if not value.isdigit():
            raise self.wrong(0, f"says its {name} as a whole number, not {value!r}")
        return int(value)

    def sections(self, at: int) -> Iterator[tuple[int, str, int, int]]:
        """Level, heading, first and last line (exclusive) of what follows it."""
        heads = [index for index in self._outside_fences(at) if self.lines[index].startswith(("# ", "## "))]
        for head, following in pairwise([*heads, len(self.lines)]):
            marks, _, heading = self.lines[head].partition(" ")
            yield len(marks), heading.strip(), head + 1, following

    def _outside_fences(self, at: int) -> Iterator[int]:
        inside = False
        for index in range(at, len(self.lines)):
            if self.lines[index].startswith(FENCE):
                inside = not inside
            elif not inside:
                yield index
        if inside:
            raise self.wrong(len(self.lines) - 1, "closes what it opens with ```")

    def commands(self, start: int, end: int) -> Iterator[Command]:
        """Lines to type in the fences `console` of a section."""
        inside = False
        text, shown = "", list[str]()
        for index in range(start, end):
            line = self.lines[index]
            if line.startswith(FENCE):
                inside = line == CONSOLE
            elif not inside:
                continue
            elif line.startswith(PROMPT):
                if text:
                    yield Command(text=text, shown=tuple(shown))
                text, shown = line.removeprefix(PROMPT), []
            elif line.startswith(MORE) and text and not shown:
                text += "\n" + line.removeprefix(MORE)
            elif text:
                shown.append(line)
            else:
                raise self.wrong(index, "begins a console with a line to type: $ ...")
        if text:
            yield Command(text=text, shown=tuple(shown))

    def step(self, title: str, start: int, end: int) -> Step:
        """One step; each has a checkpoint and a hint."""
        marks = {label: f"**{self.words[label]}**" for label in LABELS}
        places = {
            label: index for label, mark in marks.items() for index in range(start, end) if mark in self.lines[index]
        }
        for label in ("checkpoint", "hint"):
            if label not in places:
                raise self.wrong(start - 1, f"has a {marks[label]} in each step")
        first = min(places.values())
        said = self._labelled("\n".join(self.lines[first:end]), marks)
        checks, sentence = self._checkpoint(said["checkpoint"], places["checkpoint"])
        return Step(
            title=title,
            body="\n".join(self.lines[start:first]).strip(),
            commands=tuple(self.commands(start, first)),
            question=said.get("question", ""),
            answer=said.get("answer", ""),
            checkpoint=sentence,
            checks=checks,
            hint=said["hint"],
        )

    def _labelled(self, text: str, marks: Mapping[str, str]) -> dict[str, str]:
        label_of = {mark: label for label, mark in marks.items()}
        pieces = re.split("(" + "|".join(re.escape(mark) for mark in label_of) + ")", text)
        pairs = zip(pieces[1::2], pieces[2::2], strict=True)
        return {label_of[mark]: " ".join(said.split()) for mark, said in pairs}

    def _checkpoint(self, said: str, at: int) -> tuple[tuple[Check, ...], str]:
        """The checks at its beginning, and the sentence that follows them."""
        checks = []
        rest = said
        while found := SPAN.match(rest):
            kind, *words = shlex.split(found[1])
            pairs = [word.partition("=") for word in words]
            if not all(equals for _, equals, _ in pairs):
                raise self.wrong(at, f"writes a check as `kind name=value`, not `{found[1]}`")
            checks.append(Check(kind=kind, arguments={name: value for name, _, value in pairs}))
            rest = rest[found.end() :].lstrip()
        if not checks or not rest:
            raise self.wrong(at, "has a check and a sentence in each checkpoint")
        return tuple(checks), rest
