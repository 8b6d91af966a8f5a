"""What only some places may do: read clocks and variables, throw dice, start tasks, catch everything, print."""

from __future__ import annotations

import pytest


def test_time_and_chance_come_from_the_kernel(holds, rules, tables):
    holds(lambda source: rules.clocks_and_chance(source, tables.MAY_READ_CLOCK))


def test_only_programs_and_faces_read_environment_variables(holds, rules, tables):
    holds(lambda source: rules.environment(source, tables.MAY_READ_ENVIRONMENT))


def test_every_task_has_an_owner(holds, rules, tables):
    holds(lambda source: rules.tasks(source, tables.MAY_START_TASKS))


def test_errors_are_caught_by_name_and_not_dropped(holds, rules, tables):
    holds(lambda source: rules.catching(source, tables.MAY_CATCH_ALL))


def test_only_faces_and_programs_print(holds, rules, tables):
    holds(lambda source: rules.printing(source, tables.MAY_PRINT))


@pytest.mark.parametrize(
    "words",
    [
        "import time",
        "from time import monotonic",
        "import uuid",
        "import secrets",
        "from random import choice",
        "import random\nx = random.random()",
        "import random\nx = random.Random(7)",
        "from random import Random\nx = Random(7)",
        "x = datetime.now(UTC)",
        "x = datetime.datetime.now()",
        "import os\nx = os.urandom(8)",
    ],
)
def test_a_clock_or_dice_outside_the_kernel_is_found(bites, rules, tables, words):
    assert bites(lambda source: rules.clocks_and_chance(source, tables.MAY_READ_CLOCK), words)
    assert not bites(
        lambda source: rules.clocks_and_chance(source, tables.MAY_READ_CLOCK), words, "sandbox/kernel/x.py"
    )


@pytest.mark.parametrize("words", ["from random import Random", "import random\ndef f(dice: random.Random): ..."])
def test_a_generator_may_be_named_as_a_type(bites, rules, tables, words):
    assert not bites(lambda source: rules.clocks_and_chance(source, tables.MAY_READ_CLOCK), words)


@pytest.mark.parametrize(
    "words", ["import os\nx = os.environ['A']", "import os\nx = os.getenv('A')", "from os import environ"]
)
def test_reading_a_variable_in_a_room_is_found(bites, rules, tables, words):
    assert bites(lambda source: rules.environment(source, tables.MAY_READ_ENVIRONMENT), words)
    assert not bites(
        lambda source: rules.environment(source, tables.MAY_READ_ENVIRONMENT), words, "sandbox/planet/__main__.py"
    )


@pytest.mark.parametrize(
    "words", ["asyncio.create_task(f())", "loop.create_task(f())", "asyncio.ensure_future(f())", "create_task(f())"]
)
def test_a_task_without_an_owner_is_found(bites, rules, tables, words):
    assert bites(lambda source: rules.tasks(source, tables.MAY_START_TASKS), words)


def test_a_task_group_is_an_owner(bites, rules, tables):
    words = "async def f():\n    async with asyncio.TaskGroup() as group:\n        group.create_task(g())"
    assert not bites(lambda source: rules.tasks(source, tables.MAY_START_TASKS), words)


@pytest.mark.parametrize(
    "handler",
    [
        "except Exception as error:\n    told(error)",
        "except (OSError, Exception) as error:\n    told(error)",
        "except:\n    told()",
        "except BaseException as error:\n    told(error)",
        "except OSError:\n    pass",
    ],
)
def test_catching_everything_or_dropping_an_error_is_found(bites, rules, tables, handler):
    words = f"try:\n    f()\n{handler}"
    assert bites(lambda source: rules.catching(source, tables.MAY_CATCH_ALL), words)


@pytest.mark.parametrize(
    "handler",
    [
        "except OSError as error:\n    told(error)",
        "except OSError:\n    pass  # it is gone, which is what we want",
        "except BaseException:\n    close()\n    raise",
    ],
)
def test_catching_by_name_or_to_clean_up_is_not(bites, rules, tables, handler):
    words = f"try:\n    f()\n{handler}"
    assert not bites(lambda source: rules.catching(source, tables.MAY_CATCH_ALL), words)


def test_printing_in_a_room_is_found(bites, rules, tables):
    assert bites(lambda source: rules.printing(source, tables.MAY_PRINT), "print('hello')")
    assert not bites(lambda source: rules.printing(source, tables.MAY_PRINT), "print('hello')", "sandbox/cli/main.py")
