"""Routes: labs, the leader's guide, drills. The progress is the one that `sandbox lab` keeps."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Body, Path, Query

from sandbox.console.classroom import Classroom
from sandbox.console.models_lessons import (
    Again,
    DrillRow,
    Guide,
    Lab,
    LabChecked,
    Labs,
    Language,
    LookAt,
    Progress,
    Speak,
    Start,
)

Number = Annotated[int, Path(ge=1, le=99, description="As in the list")]
Spoken = Annotated[Language, Query()]


def lesson_routes(classroom: Classroom) -> APIRouter:
    """To learn by doing."""
    routes = APIRouter(tags=["labs"])

    @routes.get("/labs", response_model=Labs)
    async def labs(language: Spoken = "en") -> Any:
        """All labs in short, and the progress."""
        return await classroom.read(lambda lessons: lessons.labs(language))

    @routes.get("/labs/{number}", response_model=Lab)
    async def lab(number: Number, language: Spoken = "en") -> Any:
        """One lab: its steps with their lines, questions, answers, hints."""
        return await classroom.read(lambda lessons: lessons.lab(number, language))

    @routes.post("/labs/{number}/start", response_model=Progress)
    async def start(number: Number, how: Annotated[Start, Body()] = Start()) -> Any:  # noqa: B008
        """Empty the sandbox, type what the lab takes for granted, and stand at its first step. Takes seconds."""
        return await classroom.start(number, how.language, yes=how.yes)

    @routes.post("/labs/{number}/check", response_model=LabChecked)
    async def check(number: Number, what: Annotated[LookAt, Body()] = LookAt()) -> Any:  # noqa: B008
        """Look at the running sandbox: is the present step done? If so the lab goes on to the next one."""
        return await classroom.check(number, what.step)

    @routes.post("/labs/{number}/reset", response_model=Progress)
    async def reset(number: Number, nothing: Annotated[Again, Body()] = Again()) -> Any:  # noqa: B008
        """Begin the lab again that is under way, as `start` does."""
        return await classroom.reset(number)

    @routes.post("/labs/{number}/language", response_model=Progress)
    async def speak(number: Number, how: Speak) -> Any:
        """Go on with the lab that is under way in another language; `sandbox lab` does so too."""
        return await classroom.speak(number, how.language)

    @routes.get("/guide", response_model=Guide)
    async def guide(language: Spoken = "en") -> Any:
        """The guide for who leads a workshop."""
        return await classroom.read(lambda lessons: lessons.guide(language))

    @routes.get("/drills", response_model=list[DrillRow], tags=["drills"])
    async def drills() -> Any:
        """The drills that come with the package, and the line that runs each."""
        return await classroom.drills()

    return routes
