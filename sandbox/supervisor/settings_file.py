"""The files: sandbox.yaml and regions/<code>.yaml. Every complaint names the file and the line.

In: a path. Out: a checked input. PyYAML's node tree, which knows its lines, is kept beside the plain values; a path
such as ("ports", "aws") is looked up in it only when there is something to complain about.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from pathlib import Path
from typing import Any

import yaml

from sandbox.kernel.errors import Refusal, bad_setting, did_you_mean
from sandbox.supervisor.settings_input import (
    Input,
    Location,
    Model,
    RegionInput,
    SettingsInput,
    Source,
    Where,
    check_input,
)

SETTINGS_FILE = "sandbox.yaml"
REGIONS_FOLDER = "regions"
MOST_NODES = 100_000
MOST_DEPTH = 50
# What PyYAML raises for `2026-13-99` and for `!!int ""`, `!!bool x`, `!!timestamp x`.
BAD_VALUES = (yaml.YAMLError, ValueError, LookupError, AttributeError, TypeError, ArithmeticError)
_HALF_A_CHARACTER = re.compile("[\ud800-\udfff]")  # PyYAML reads "\uD800", and nothing can write it
_LOOKS_LIKE_A_REGION = re.compile(r"[a-z]{2,3}-[a-z-]+-\d")


def read_settings_file(path: Path) -> Source:
    """sandbox.yaml."""
    return parse_settings(read_text(path), str(path))


def parse_settings(text: str, name: str) -> Source:
    """sandbox.yaml's `text`, and where its keys stand; `name` is what complaints call the file."""
    tree, values = _load(text, name)
    where = _places(tree, name)
    return Source(given=_check(SettingsInput, tree, values, where), where=where)


def parse_region(text: str, name: str) -> RegionInput:
    """regions/<code>.yaml's `text`."""
    tree, values = _load(text, name)
    return _check(RegionInput, tree, values, _places(tree, name))


def read_region_files(folder: Path, known_regions: Collection[str]) -> dict[str, RegionInput]:
    """regions/<code>.yaml of every region that has one. Other files are left alone, unless they look misspelt."""
    found = {}
    for path in sorted(folder.glob("*.yaml")):
        if path.stem in known_regions:
            found[path.stem] = parse_region(read_text(path), str(path))
        elif _LOOKS_LIKE_A_REGION.fullmatch(path.stem):
            raise bad_setting(str(path), f"no AWS region has this name.{did_you_mean(path.stem, known_regions)}")
    return found


def parse_input(model: type[Model], text: str, name: str) -> tuple[Model, Where]:
    """Any YAML that a `model` describes, and where its keys stand. What must be there must be there."""
    tree, values = _load(text, name)
    where = _places(tree, name)
    if tree is None or values is None:
        raise bad_setting(name, "the file is empty")
    return _check(model, tree, values, where), where


def read_text(path: Path) -> str:
    """A file's text; a Refusal that names it when it cannot be read."""
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise bad_setting(str(path), f"cannot be read: {reason}") from error


def _places(tree: yaml.Node | None, name: str) -> Where:
    return lambda location: f"{name}, line {1 if tree is None else line_of(tree, location)}"


def _check(model: type[Model], tree: yaml.Node | None, values: Any, where: Where) -> Model:
    if tree is None or values is None:  # an empty file sets nothing
        return model()
    _refuse_twice_given(tree, where, ())
    if not isinstance(values, dict):
        raise bad_setting(where(()), f"keys and values are needed, such as {_example(model)}")
    return check_input(model, values, where)


def _load(text: str, name: str) -> tuple[yaml.Node | None, Any]:
    try:
        tree = yaml.compose(text, Loader=yaml.SafeLoader)
        _refuse_unusable(tree, name)
        return tree, yaml.safe_load(text)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise bad_setting(f"{name}, line {line}", f"not YAML: {error.problem}") from error
    except RecursionError as error:
        raise bad_setting(name, "it is nested too deeply") from error
    except BAD_VALUES as error:
        raise bad_setting(name, f"not YAML: {error}") from error


def _refuse_unusable(tree: yaml.Node | None, name: str) -> None:
    """An alias inside of what it names would have no end, and a few lines of aliases of aliases hardly any.

    Half a character, too, is refused here: whoever prints or stores it would fail.
    """
    nodes = 0
    waiting: list[tuple[yaml.Node | None, frozenset[int]]] = [(tree, frozenset())]
    while waiting:
        node, above = waiting.pop()
        nodes += 1
        if isinstance(node, yaml.ScalarNode) and _HALF_A_CHARACTER.search(node.value):
            fault = "half a character, such as \\uD800, is no text"
            raise bad_setting(f"{name}, line {node.start_mark.line + 1}", fault)
        if node is None or not isinstance(node, yaml.CollectionNode):
            continue
        if id(node) in above or nodes > MOST_NODES or len(above) > MOST_DEPTH:
            fault = "it refers to itself" if id(node) in above else "it is too large or too deeply nested"
            raise bad_setting(f"{name}, line {node.start_mark.line + 1}", fault)
        inner = above | {id(node)}
        for part in node.value:
            waiting += [(each, inner) for each in (part if isinstance(part, tuple) else (part,))]


def line_of(tree: yaml.Node, location: Location) -> int:
    """The line of the deepest part of `location` that the file has (a missing key: its mapping's line)."""
    node, line = tree, tree.start_mark.line
    for step in location:
        if isinstance(node, yaml.MappingNode):
            pairs = [(key, value) for key, value in node.value if str(key.value) == str(step)]
            if not pairs:
                break
            key, node = pairs[-1]
            line = key.start_mark.line
        elif isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
            node = node.value[step]
            line = node.start_mark.line
        else:
            break
    return int(line) + 1


def _refuse_twice_given(tree: yaml.Node, where: Where, location: Location) -> None:
    """YAML would silently keep the last of two equal keys; `line_of` finds the last as well."""
    if isinstance(tree, yaml.SequenceNode):
        for position, part in enumerate(tree.value):
            _refuse_twice_given(part, where, (*location, position))
    if not isinstance(tree, yaml.MappingNode):
        return
    seen: set[str] = set()
    for key, value in tree.value:
        name = str(key.value)
        inner = (*location, name)
        if name in seen:
            raise bad_setting(where(inner), f"{name} is given twice")
        seen.add(name)
        _refuse_twice_given(value, where, inner)


def _example(model: type[Input]) -> str:
    return "`app: false`" if model is RegionInput else "`speed: 10`"


def settings_path(given: Path | None, folder: Path | None) -> Path | None:
    """Which file to read: the one that was named (it must exist), else sandbox.yaml in `folder` if there is one."""
    if given is not None:
        if not given.is_file():
            raise Refusal("BadSetting", f"No settings file {given}", status=400)
        return given
    path = None if folder is None else folder / SETTINGS_FILE
    return path if path is not None and path.is_file() else None
