"""Claims about a program's seat and loop; its life as a process is tested in tests/live/."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from sandbox.management.program import Seat, event_loop_factory, seat_from


def seat(port: int = 4000) -> Seat:
    return Seat(name="planet", host="127.0.0.1", port=port, token="t", home=Path("state"))


def test_a_seat_is_what_its_arguments_say() -> None:
    """The supervisor writes the arguments, the program reads them: both must mean the same."""
    assert seat_from("planet", seat().arguments(), {"SANDBOX_TOKEN": "t"}) == seat()


def test_the_token_is_not_on_the_command_line() -> None:
    """Every user of the machine can list command lines."""
    assert not any(word == "t" for word in seat().arguments())
    assert seat_from("planet", seat().arguments(), {}).token == ""


@pytest.mark.parametrize("hub", ["4000", "127.0.0.1", "127.0.0.1:", ":4000", "127.0.0.1:http"])
def test_a_hub_that_is_no_address_is_one_clear_line(hub: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        seat_from("planet", ["--hub", hub, "--home", "state"], {})
    assert ended.value.code == 2
    assert f"--hub is {hub!r}; it must be HOST:PORT" in capsys.readouterr().err


def test_the_loop_of_a_program_is_a_real_one() -> None:
    loop = event_loop_factory()()
    assert isinstance(loop, asyncio.AbstractEventLoop)
    loop.close()


def test_a_seat_in_a_container_is_what_its_arguments_say() -> None:
    own = replace(seat(), listen="0.0.0.0", doors="outside", remote=True, ready_file=Path("ready"))
    assert seat_from("planet", own.arguments(), {"SANDBOX_TOKEN": "t"}) == own
