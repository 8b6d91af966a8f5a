"""Which sandbox is meant: one of processes, in a state folder, or one of containers, a compose project.

In: a state folder, and the environment. Out: the card. SANDBOX_COMPOSE_PROJECT names a stack of containers. Without it
the state folder is looked at; and if nobody has named that either and nothing runs there, a stack is looked for.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sandbox.client import containers
from sandbox.kernel.errors import Refusal
from sandbox.management.client import ManagementClient, read_card

DEFAULT_HOME = Path(".sandbox")


def find_card(home: Path, environ: Mapping[str, str] | None = None) -> dict[str, Any] | None:
    """What the sandbox says of itself; None when there is none. A Refusal when it cannot be told which is meant.

    environ: None is this process's.
    """
    environ = os.environ if environ is None else environ
    project = environ.get(containers.PROJECT_VARIABLE, "")
    if project:
        return containers.stack_card(project, cache_of(environ))
    card = read_card(home)
    if card is not None or home.absolute() != DEFAULT_HOME.absolute():
        return card
    return _only_stack(environ) if containers.may_have_docker(environ) else None


def _only_stack(environ: Mapping[str, str]) -> dict[str, Any] | None:
    try:
        names = containers.stack_names()
    except Refusal:  # nobody has asked for containers, so an engine that does not answer is no news
        return None
    if len(names) > 1:
        told = f"Several sandboxes of containers run: {', '.join(names)}."
        raise Refusal("Usage", f"{told} Choose one: export {containers.PROJECT_VARIABLE}={names[0]}")
    return containers.stack_card(names[0], cache_of(environ)) if names else None


def cache_of(environ: Mapping[str, str]) -> Path:
    """Where files of stacks are kept for programs of this machine."""
    chosen = environ.get("XDG_CACHE_HOME") or str(Path(environ.get("HOME") or "~").expanduser() / ".cache")
    return Path(chosen) / "multi-region-sandbox"


def required_card(home: Path, environ: Mapping[str, str] | None = None) -> dict[str, Any]:
    """The same; a Refusal when none runs."""
    card = find_card(home, environ)
    if card is None:
        raise Refusal("NotRunning", f"No sandbox runs in {home}. Start one: sandbox up -d", status=409)
    return card


def client_of(card: Mapping[str, Any]) -> ManagementClient:
    """A management client."""
    address = card["management"]
    return ManagementClient(address["host"], address["port"], address["token"])


def name_of(card: Mapping[str, Any], home: Path) -> str:
    """How to call it in a sentence."""
    return f"the containers of {card['stack']}" if "stack" in card else str(home)
