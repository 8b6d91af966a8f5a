"""One question to several programs at once, for those who want to hear of all of them: status, tables.

In: a method and its arguments. Out: each program's answer, and for those that did not answer in time the reason.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from typing import Any

from sandbox.kernel.errors import Refusal
from sandbox.management.hub import Hub

ASK_TIMEOUT_S = 2.0  # a frozen program does not answer


async def ask(hub: Hub, program: str, method: str, within_s: float = ASK_TIMEOUT_S, **arguments: Any) -> Any:
    """One program's answer; a Refusal when it is not there or does not answer."""
    try:
        async with asyncio.timeout(within_s):
            return await hub.ask(program, method, **arguments)
    except TimeoutError as error:
        raise Refusal("NoAnswer", "no answer in time", status=504, definite=False) from error


async def ask_all(
    hub: Hub, programs: Iterable[str], method: str, arguments: Mapping[str, Any], within_s: float
) -> dict[str, dict[str, Any]]:
    """{"answers": program -> its answer, "silent": program -> why there is none}."""
    names = tuple(programs)
    questions = (ask(hub, name, method, within_s, **arguments) for name in names)
    found = await asyncio.gather(*questions, return_exceptions=True)
    answers, silent = {}, {}
    for name, result in zip(names, found, strict=True):
        if isinstance(result, Refusal):
            silent[name] = result.message
        elif isinstance(result, BaseException):
            raise result
        else:
            answers[name] = result
    return {"answers": answers, "silent": silent}
