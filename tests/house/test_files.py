"""What each file is like: its size, name, docstring, twin, state and words; and that each room says what it is."""

from __future__ import annotations

import re

import pytest

TEXTS = ("*.py", "*.md", "*.toml", "*.txt", "*.yaml", "*.yml", "*.json", "*.csv", "Dockerfile", "*.sh")


def test_files_and_functions_stay_small(holds, rules):
    holds(rules.sizes)


def test_each_module_says_what_it_is_for(holds, rules):
    holds(rules.docstrings)


def test_no_file_is_named_for_nothing(holds, rules):
    holds(rules.file_names)


def test_modules_hold_no_mutable_state(holds, rules, tables):
    holds(lambda source: rules.module_state(source, tables.MAY_HAVE_LOWER_CASE_TABLES))


def test_each_module_with_decisions_has_its_tests(sources, rules, tables):
    found = rules.twins([source.path for source in sources], tables.TWINLESS)
    assert not found, f"{len(found)} without a twin:\n" + "\n".join(found)


def test_each_row_of_the_twinless_has_a_reason(tables):
    assert all(len(reason.split()) >= 3 for reason in tables.TWINLESS.values())


def test_each_room_has_a_readme(root, sources):
    rooms = sorted({source.room for source in sources if source.room} | {"../demo_app"})
    missing = [room for room in rooms if not (root / "sandbox" / room / "README.md").exists()]
    assert not missing, f"rooms without README.md: {', '.join(missing)}"


def test_folders_of_tests_are_no_packages(sources):
    # Pytest imports by path (--import-mode=importlib); a package would make equal file names collide.
    assert not [source.path for source in sources if re.fullmatch(r"tests/.*__init__\.py", source.path)]


def test_no_file_holds_a_path_of_somebodys_machine(root, rules):
    folders = ("sandbox", "demo_app", "regions", "scripts", "tests", ".ci", "docs")
    paths = [path for folder in folders for kind in TEXTS for path in root.glob(f"{folder}/**/{kind}")]
    paths += [path for kind in TEXTS for path in root.glob(kind)]
    paths += [path for path in (*root.glob("scripts/*"), *root.glob(".ci/*"), *root.glob(".*.yaml")) if path.is_file()]
    found = []
    for path in sorted(set(paths)):
        found += rules.machine_paths(path.relative_to(root).as_posix(), path.read_text(errors="replace"))
    assert not found, "\n".join(found)


def test_requirements_are_pinned_and_name_no_host(root):
    pins = {}
    for name in ("requirements.txt", "requirements-dev.txt"):
        lines = [line for line in (root / name).read_text().splitlines() if not line.startswith("#")]
        pin = re.compile(r"[\w.-]+(\[[\w,-]+\])?==[\w.!+]+( ; .+)?")
        assert [line for line in lines if not pin.fullmatch(line)] == []
        pins[name] = {line.split(" ; ")[0] for line in lines}  # which platforms may differ, versions not
    # scripts/test makes an environment that scripts/demo then uses as it is.
    assert pins["requirements.txt"] <= pins["requirements-dev.txt"]


def test_a_long_file_and_a_long_function_are_found(bites, rules):
    assert bites(rules.sizes, "x = 1\n" * 401)
    assert not bites(rules.sizes, "x = 1\n" * 400)
    assert bites(rules.sizes, "def f():\n" + "    x = 1\n" * 70)
    assert not bites(rules.sizes, "def f():\n" + "    x = 1\n" * 69)


def test_a_missing_docstring_is_found(bites, rules):
    assert bites(rules.docstrings, "x = 1")
    assert not bites(rules.docstrings, '"""What it is."""')


@pytest.mark.parametrize("name", ["utils.py", "dns_helpers.py", "common/core.py", "zone_manager.py"])
def test_a_name_that_says_nothing_is_found(bites, rules, name):
    assert bites(rules.file_names, "", f"sandbox/dns/{name}")


def test_a_management_room_is_no_manager(bites, rules):
    assert not bites(rules.file_names, "", "sandbox/management/hub.py")


@pytest.mark.parametrize(
    "words",
    [
        "cache = {}",
        "_seen: set[str] = set()",
        "waiting = collections.deque()",
        "def f():\n    global count",
        "TABLE = {}\nTABLE['a'] = 1",
        "TABLE = []\ndef f():\n    TABLE.append(1)",
        "TABLE = set()\ndef f():\n    global TABLE\n    TABLE |= {1}",
    ],
)
def test_state_in_a_module_is_found(bites, rules, tables, words):
    assert bites(lambda source: rules.module_state(source, tables.MAY_HAVE_LOWER_CASE_TABLES), words)


@pytest.mark.parametrize(
    "words", ["TABLE = {'a': 1}", "__all__ = ['f']", "Handler = dict[str, int]", "def f():\n    cache = {}"]
)
def test_constants_and_locals_are_no_state(bites, rules, tables, words):
    assert not bites(lambda source: rules.module_state(source, tables.MAY_HAVE_LOWER_CASE_TABLES), words)


@pytest.mark.parametrize(
    ("paths", "twinless", "told"),
    [
        (["sandbox/dns/core.py"], {}, "has no tests/unit/dns/test_core.py"),
        (["tests/unit/dns/test_core.py"], {}, "is the twin of no module"),
        (["sandbox/dns/core.py", "tests/unit/dns/test_core.py"], {"sandbox/dns/core.py": "a shell"}, "out of date"),
        ([], {"sandbox/dns/core.py": "a shell"}, "out of date"),
    ],
)
def test_a_missing_twin_a_lone_twin_and_an_old_row_are_found(rules, paths, twinless, told):
    [violation] = rules.twins(paths, twinless)
    assert told in violation


@pytest.mark.parametrize(
    ("paths", "twinless"),
    [
        (["sandbox/dns/core.py", "tests/unit/dns/test_core.py", "tests/unit/dns/test_core_ties.py"], {}),
        (["sandbox/aws/services/route53/models.py", "tests/unit/aws/services/route53/test_models.py"], {}),
        (["sandbox/dns/service.py"], {"sandbox/dns/service.py": "a shell, tested live"}),
        (["sandbox/dns/values.py", "sandbox/dns/__init__.py", "sandbox/planet/__main__.py"], {}),
        (["tests/unit/demo_app/test_app.py", "tests/unit/dns/conftest.py"], {}),
    ],
)
def test_twins_that_belong_together_are_not(rules, paths, twinless):
    assert rules.twins(paths, twinless) == []


@pytest.mark.parametrize("place", ["work/main/x", "root/.cache", "tmp/v/bin/python", "home/ada/x", "Users/Ada/x"])
def test_a_path_of_a_machine_is_found(rules, place):
    assert rules.machine_paths("README.md", f"see /{place}") != []
    assert rules.machine_paths("README.md", f"see `/{place}`") != []


@pytest.mark.parametrize(
    "words", ["sandbox/network/core.py", "http://example.test/" + "work/1", "/tmp/values", "~/" + "work/x"]
)
def test_a_path_of_ours_is_not(rules, words):
    assert rules.machine_paths("README.md", words) == []
