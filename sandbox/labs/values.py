"""Values of a lab: its steps, the lines to type, what they show, the checkpoint that looks whether it was done."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

LANGUAGES = ("en", "fr")


@dataclass(frozen=True, kw_only=True)
class Command:
    """A line for the shell, which may go over several, and the output the text shows for it."""

    text: str
    shown: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Check:
    """One thing to look at. kind: a row of `checks.CHECKS`; arguments: its words."""

    kind: str
    arguments: Mapping[str, str]

    def __str__(self) -> str:
        return " ".join([self.kind, *(f"{name}={value}" for name, value in self.arguments.items())])


@dataclass(frozen=True, kw_only=True)
class Step:
    """One idea. body: Markdown, with the lines to type; checkpoint: what must be so, in a sentence."""

    title: str
    body: str
    commands: tuple[Command, ...]
    question: str
    answer: str
    checkpoint: str
    checks: tuple[Check, ...]
    hint: str


@dataclass(frozen=True, kw_only=True)
class Lab:
    """One lab in one language. before: lines that `start` types, so that the lab can begin in the middle."""

    number: int
    language: str
    title: str
    minutes: int
    regions: tuple[str, ...]
    intro: str
    before: tuple[Command, ...]
    steps: tuple[Step, ...]


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What a checkpoint found. said: one sentence, what is so or what is missing."""

    passed: bool
    said: str


@dataclass(frozen=True, kw_only=True)
class Progress:
    """Where somebody is. step: counted from 0, the one being worked on; began_at_s: Unix seconds, when it began."""

    lab: int
    language: str
    step: int
    began_at_s: float
    finished: tuple[int, ...] = ()
