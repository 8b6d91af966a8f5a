"""Imports point down the list of rooms, and a foreign library has one place."""

from __future__ import annotations

import pytest


def test_imports_point_down(holds, rules, tables):
    holds(lambda source: rules.arrows(source, tables.LINES) if not is_bench(source) else [])


def is_bench(source):
    """Benches measure from outside: they may use any part of ours, and any library."""
    return source.path.startswith("scripts/benches/")


def test_private_names_stay_in_their_room(holds, rules):
    holds(rules.private_names)


def test_each_foreign_library_has_its_place(holds, rules, tables):
    holds(
        lambda source: rules.foreign(source, tables.FOREIGN, tables.MAY_IMPORT_DEMO_APP) if not is_bench(source) else []
    )


def test_cores_only_decide(holds, rules, tables):
    holds(lambda source: rules.pure(source, tables.PURE))


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("sandbox/dns/core.py", "from sandbox.health.core import Verdict"),  # beside
        ("sandbox/network/core.py", "import sandbox.dns.core"),  # up
        ("sandbox/kernel/clock.py", "def f():\n    from sandbox.geography import atlas"),  # up, inside a function
        ("sandbox/dns/core.py", "from sandbox import proxy"),
        ("sandbox/dns/core.py", "from sandbox import Sandbox"),
        ("sandbox/dns/core.py", "from ..proxy import door"),
        ("sandbox/planet/world.py", "from sandbox.region.program import serve"),
        ("sandbox/attic/core.py", "x = 1"),  # stands nowhere
        ("demo_app/app.py", "from sandbox.kernel.clock import Clock"),
        ("scripts/demo", "from sandbox.cli.main import main"),
    ],
)
def test_an_arrow_that_points_up_or_aside_is_found(bites, rules, tables, path, words):
    assert bites(lambda source: rules.arrows(source, tables.LINES), words, path)


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("sandbox/dns/core.py", "from sandbox.dns.policy import choose"),
        ("sandbox/dns/core.py", "from sandbox import kernel, __version__"),
        ("sandbox/cli/main.py", "from sandbox import Sandbox"),
        ("tests/unit/dns/test_core.py", "from sandbox.dns.core import Zone"),
        ("sandbox/__init__.py", "from sandbox.client.sandbox import Sandbox"),
    ],
)
def test_an_arrow_that_points_down_is_not(bites, rules, tables, path, words):
    assert not bites(lambda source: rules.arrows(source, tables.LINES), words, path)


def test_a_private_name_of_another_room_is_found(bites, rules):
    assert bites(rules.private_names, "from sandbox.network.core import _shape")
    assert bites(rules.private_names, "from sandbox.network._inner import shape")
    assert not bites(rules.private_names, "from sandbox.dns.policy import _shape")


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("sandbox/dns/core.py", "import moto.core"),
        ("sandbox/dns/core.py", "import dns.message"),
        ("sandbox/dns/core.py", "import leftpad"),  # no row at all
        ("sandbox/kernel/clock.py", "import orjson"),  # only Python's own
        ("sandbox/planet/program.py", "import demo_app.server"),
        ("demo_app/app.py", "import boto3"),
        ("scripts/setup.py", "import rich"),
    ],
)
def test_a_library_out_of_its_place_is_found(bites, rules, tables, path, words):
    assert bites(lambda source: rules.foreign(source, tables.FOREIGN, tables.MAY_IMPORT_DEMO_APP), words, path)


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("sandbox/aws/services/route53/models.py", "from moto.route53.models import Route53Backend"),
        ("sandbox/region/program.py", "import demo_app.server"),
        ("scripts/demo", "from setup import prepare"),
        ("tests/unit/dns/test_core.py", "import hypothesis"),
    ],
)
def test_a_library_in_its_place_is_not(bites, rules, tables, path, words):
    assert not bites(lambda source: rules.foreign(source, tables.FOREIGN, tables.MAY_IMPORT_DEMO_APP), words, path)


@pytest.mark.parametrize(
    "words", ["import asyncio", "import logging", "async def f(): ...", "from socket import socket"]
)
def test_a_core_that_does_things_is_found(bites, rules, tables, words):
    assert bites(lambda source: rules.pure(source, tables.PURE), words)
    assert not bites(lambda source: rules.pure(source, tables.PURE), words, "sandbox/dns/service.py")
