"""What the API of labs and drills takes and gives. Texts come as blocks of words, never as markup."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from sandbox.console.models import Given, Told

Language = Annotated[
    str, Field(pattern=r"^[a-z]{2}$", description="As in `languages`; what is not translated is English")
]


class Span(Told):
    """Some words of a paragraph."""

    kind: Literal["text", "code", "strong"]
    text: str


Words = list[Span]


class Typed(Told):
    """A line for the shell, which may go over several, and what the text shows for it."""

    text: str
    shown: list[str]


class Block(Told):
    """One block of a text. What its kind has no use for is empty."""

    kind: Literal["text", "heading", "list", "table", "console", "code"]
    spans: Words
    level: int = Field(description="Of a heading, from 1")
    head: list[Words] = Field(description="Of a table: the names of its columns")
    rows: list[list[Words]] = Field(description="Of a table, or of a list, whose rows have one cell")
    lines: list[Typed] = Field(description="Of a console")


class Progress(Told):
    """Where somebody is: the same that `sandbox lab` keeps. step: from 0; as many as the lab has: it is over."""

    lab: int
    language: str
    step: int
    began_at_s: float
    finished: list[int]


class LabRow(Told):
    """A lab in short. languages: those that have it; missing: regions that it needs and that do not run here."""

    number: int
    title: str
    minutes: int
    language: str
    languages: list[str]
    regions: list[str]
    missing: list[str]
    steps: list[str]
    finished: bool


class Labs(Told):
    """All of them. shell: the line that makes a shell one of this sandbox."""

    languages: list[str]
    shell: str
    progress: Progress | None
    labs: list[LabRow]


class LabStep(Told):
    """One idea: why, lines to type, a question with its answer, what must be so in the end, and what helps."""

    title: str
    body: list[Block]
    question: Words
    answer: Words
    checkpoint: Words
    hint: Words


class Lab(LabRow):
    """A whole lab. before: lines that its start types; pace: a word about waits, where the speed is not the texts'."""

    intro: list[Block]
    pace: str
    before: list[str]
    parts: list[LabStep]


class Start(Given):
    """In which language; and whether what no lab has made may go, without which a sandbox that holds things is left."""

    language: Language = "en"
    yes: bool = False


class Speak(Given):
    """Another language."""

    language: Language


class LookAt(Given):
    """The step that the caller sees, from 0; refused when the lab stands at another one. None: whichever it is."""

    step: int | None = Field(default=None, ge=0, le=99)


class Again(Given):
    """An empty object."""


class LabVerdict(Told):
    """One thing that the checkpoint looked at. said: what is so, or what is missing."""

    passed: bool
    said: str


class LabChecked(Told):
    """How a checkpoint went. over: it was the last one, and passed."""

    lab: int
    step: int
    began_at_s: float
    title: str
    passed: bool
    over: bool
    checks: list[LabVerdict]
    wanted: Words
    progress: Progress


class Guide(Told):
    """For who leads a workshop."""

    language: str
    blocks: list[Block]


class DrillRow(Told):
    """A drill that comes with the package. length_s: of its load; line: what runs it."""

    name: str
    says: str
    length_s: float
    speed: float
    regions: list[str]
    line: str
