"""All labs of the package, by number and language. Reads its text files; keeps nothing.

texts/<language>/<two digits>-<name>.md; a lab that is not translated is shown in English.
"""

from __future__ import annotations

from importlib.resources import files
from typing import Any

from sandbox.kernel.errors import Refusal, unknown
from sandbox.labs.reading import read_lab
from sandbox.labs.values import LANGUAGES, Lab

DEFAULT = "en"


def checked_language(language: str) -> str:
    """One of the languages, or a Refusal."""
    if language not in LANGUAGES:
        raise unknown("language", language, LANGUAGES, see="sandbox lab list")
    return language


def numbers(language: str = DEFAULT) -> list[int]:
    """The labs there are in a language."""
    return sorted(int(text.name.partition("-")[0]) for text in _texts(language))


def lab_of(number: int, language: str = DEFAULT) -> Lab:
    """One lab, in this language or else in English."""
    if number not in numbers():
        raise unknown("lab", str(number), [str(each) for each in numbers()], see="sandbox lab list")
    spoken = language if number in numbers(language) else DEFAULT
    [text] = [text for text in _texts(spoken) if int(text.name.partition("-")[0]) == number]
    return read_lab(text.read_text("utf-8"), number=number, language=spoken, name=f"texts/{spoken}/{text.name}")


def all_labs(language: str = DEFAULT) -> list[Lab]:
    """Every lab, each in the language or in English."""
    return [lab_of(number, language) for number in numbers()]


def guide(language: str = DEFAULT) -> str:
    """The leader's guide, Markdown."""
    for spoken in (language, DEFAULT):
        text = files("sandbox.labs") / "texts" / spoken / "guide.md"
        if text.is_file():
            return text.read_text("utf-8")
    raise Refusal("NoGuide", "This installation has no leader's guide.", status=500)


def _texts(language: str) -> list[Any]:
    """The files of a language that are labs."""
    folder = files("sandbox.labs") / "texts" / language
    return [text for text in folder.iterdir() if text.name[:2].isdigit() and text.name.endswith(".md")]
