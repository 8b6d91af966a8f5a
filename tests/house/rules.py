"""The house rules as checkers. Each takes one `Source` and returns its violations, as lines `path:line: what`.

Pure but for `read_sources`: a test of a rule hands in a few bad words. The exceptions stand in tables.py.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cached_property
from pathlib import Path

MOST_LINES_OF_FILE = 400
MOST_LINES_OF_FUNCTION = 70
SCRIPTS = ("scripts/demo", "scripts/test", "scripts/pin", "scripts/bench", "scripts/offline")

Violations = list[str]


@dataclass(frozen=True, kw_only=True)
class Source:
    """One Python file. path: from the repository's root, with slashes."""

    path: str
    text: str

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.text, self.path)

    @property
    def room(self) -> str | None:
        """Its room of sandbox/, if it stands in one."""
        parts = self.path.split("/")
        return parts[1] if parts[0] == "sandbox" and len(parts) > 2 else None

    def is_one_of(self, patterns: Iterable[str]) -> bool:
        return any(fnmatchcase(self.path, pattern) for pattern in patterns)

    def at(self, node: ast.AST | int, what: str) -> str:
        return f"{self.path}:{node if isinstance(node, int) else getattr(node, 'lineno', 1)}: {what}"


def read_sources(root: Path) -> list[Source]:
    """Every Python file of ours, the scripts without an ending included."""
    paths = [
        path
        for folder in ("sandbox", "demo_app", "regions", "scripts", "tests")
        for path in root.glob(f"{folder}/**/*.py")
    ]
    paths += [root / script for script in SCRIPTS if (root / script).exists()]
    return [Source(path=path.relative_to(root).as_posix(), text=path.read_text()) for path in sorted(paths)]


def imports(source: Source) -> Iterator[tuple[ast.stmt, str]]:
    """Each module imported anywhere in the file, by its full name; `from a import b` gives a.b."""
    package = source.path.removesuffix(".py").split("/")[:-1]
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Import):
            yield from ((node, name.name) for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            module = ".".join([*base, *([node.module] if node.module else [])])
            yield from ((node, f"{module}.{name.name}") for name in node.names)


# --- rooms and arrows


def arrows(source: Source, lines: Sequence[Sequence[str]]) -> Violations:
    """Imports of sandbox's rooms point down the list, never beside or up."""
    height = {room: number for number, line in enumerate(lines) for room in line}
    found = []
    if source.room is not None and source.room not in height:
        found.append(source.at(1, f"the room {source.room} stands on no line of the list"))
    for node, module in imports(source):
        target = room_of(module)
        if target is None or target == source.room or source.path.startswith("tests/"):
            continue
        if source.path.startswith(("demo_app/", "scripts/")):
            found.append(source.at(node, f"imports {module}; only sandbox/ and tests/ may import sandbox"))
        elif source.room is not None and height.get(target, -1) <= height.get(source.room, 0):
            found.append(source.at(node, f"{source.room} imports {target}, which is not below it"))
    return found


def room_of(module: str) -> str | None:
    """The room a module stands in: `sandbox.dns.core` -> dns; None for what is no room of ours."""
    parts = module.split(".")
    if parts[0] != "sandbox" or len(parts) == 1:
        return None
    return {"Sandbox": "client", "__version__": None}.get(parts[1], parts[1])


def private_names(source: Source) -> Violations:
    """Another room's underscore names are its own."""
    return [
        source.at(node, f"imports {module}, a private name of another room")
        for node, module in imports(source)
        if source.path.startswith(("sandbox/", "demo_app/"))
        and module.split(".")[0] == "sandbox"
        and module.split(".")[1:2] != [source.room]
        and any(part.startswith("_") and not part.startswith("__") for part in module.split("."))
    ]


def foreign(source: Source, table: Mapping[str, Sequence[str]], may_import_demo_app: Sequence[str]) -> Violations:
    """Each foreign library in the files that its row names; kernel/ needs only Python."""
    found = []
    if not source.path.startswith(("sandbox/", "demo_app/", "scripts/")):
        return found
    for node, module in imports(source):
        library = module.split(".")[0]
        if library in sys.stdlib_module_names or library == "sandbox":
            continue
        if library == "demo_app":
            allowed: Sequence[str] = ("demo_app/*", *may_import_demo_app)
        elif source.path.startswith("scripts/") and library in ("setup", "carrying"):
            continue  # scripts/setup.py and scripts/carrying.py, beside it
        else:
            allowed = table.get(library, ())
        if source.room == "kernel" or not source.is_one_of(allowed):
            found.append(source.at(node, f"imports {library}, whose place is {', '.join(allowed) or 'in no row'}"))
    return found


def pure(source: Source, patterns: Sequence[str]) -> Violations:
    """Cores decide: they do not wait, listen, start threads or log."""
    if not source.is_one_of(patterns):
        return []
    doers = ("asyncio", "socket", "threading", "select", "selectors", "subprocess", "logging")
    found = [
        source.at(node, f"a core imports {module.split('.')[0]}")
        for node, module in imports(source)
        if module.split(".")[0] in doers
    ]
    waiting = (ast.AsyncFunctionDef, ast.Await, ast.AsyncFor, ast.AsyncWith)
    return found + [source.at(node, "a core awaits") for node in ast.walk(source.tree) if isinstance(node, waiting)]


# --- sizes and words


def sizes(source: Source) -> Violations:
    """Files stop at 400 lines, functions at 70."""
    found = []
    lines = len(source.text.splitlines())
    if lines > MOST_LINES_OF_FILE:
        found.append(source.at(1, f"{lines} lines; files stop at {MOST_LINES_OF_FILE}"))
    for node in ast.walk(source.tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            long = (node.end_lineno or node.lineno) - node.lineno + 1
            if long > MOST_LINES_OF_FUNCTION:
                found.append(
                    source.at(node, f"{node.name} has {long} lines; functions stop at {MOST_LINES_OF_FUNCTION}")
                )
    return found


def docstrings(source: Source) -> Violations:
    """Each module says what it is for."""
    return [] if ast.get_docstring(source.tree) else [source.at(1, "the module has no docstring")]


def file_names(source: Source) -> Violations:
    """A file is named for its noun."""
    words = set(re.split(r"[/_.]", source.path))
    empty = words & {"util", "utils", "helper", "helpers", "common", "manager", "managers", "misc"}
    return [source.at(1, f"a file or folder is named {word}") for word in sorted(empty)]


def machine_paths(path: str, text: str) -> Violations:
    """No path of the machine something was written on. Spelled in parts, so that this file does not hold them."""
    places = "|".join(("work/", "root/", "tmp/v\\b", "home/[a-z]", "Users/[A-Za-z]"))
    bad = re.compile(rf"(?<![\w.~$}}*/:])/(?:{places})")
    return [
        f"{path}:{number}: holds a path of somebody's machine: {line.strip()[:80]}"
        for number, line in enumerate(text.splitlines(), 1)
        if bad.search(line)
    ]


# --- banned calls


def clocks_and_chance(source: Source, allowed: Sequence[str]) -> Violations:
    """Time and chance come in by the door: only kernel/ asks the machine. `random.Random` may be named, as a type."""
    if not source.path.startswith("sandbox/") or source.is_one_of(allowed):
        return []
    found = [
        source.at(node, f"imports {module.split('.')[0]}: ask kernel/ for it")
        for node, module in imports(source)
        if module.split(".")[0] in ("time", "uuid", "secrets")
        or (module.startswith("random.") and module != "random.Random")
    ]
    for node in calls(source):
        name = ast.unparse(node.func)
        if re.fullmatch(
            r"random\.\w+|Random|(datetime\.)?(datetime\.(now|utcnow|today)|date\.today)|os\.urandom", name
        ):
            found.append(source.at(node, f"calls {name}: ask kernel/ for it"))
    return found


def environment(source: Source, allowed: Sequence[str]) -> Violations:
    """Only programs and faces read environment variables."""
    if not source.path.startswith("sandbox/") or source.is_one_of(allowed):
        return []
    banned = ("environ", "environb", "getenv", "putenv")
    found = [
        source.at(node, "reads environment variables")
        for node, module in imports(source)
        if module in [f"os.{name}" for name in banned]
    ]
    return found + [
        source.at(node, f"reads os.{node.attr}")
        for node in ast.walk(source.tree)
        if isinstance(node, ast.Attribute) and node.attr in banned and ast.unparse(node.value) == "os"
    ]


def tasks(source: Source, allowed: Sequence[str]) -> Violations:
    """Tasks have an owner: `Tasks`, or an `asyncio.TaskGroup` opened in the same file."""
    if not source.path.startswith(("sandbox/", "demo_app/")) or source.is_one_of(allowed):
        return []
    groups = {
        ast.unparse(item.optional_vars)
        for node in ast.walk(source.tree)
        if isinstance(node, ast.AsyncWith)
        for item in node.items
        if item.optional_vars is not None and ast.unparse(item.context_expr).endswith("TaskGroup()")
    }
    found = []
    for node in calls(source):
        owner, _, verb = ast.unparse(node.func).rpartition(".")
        if verb == "ensure_future" or (verb == "create_task" and owner not in groups):
            found.append(source.at(node, f"calls {verb}: tasks are started by kernel.tasks.Tasks"))
    return found


def catching(source: Source, may_catch_all: Sequence[str]) -> Violations:
    """Errors are caught by name, and none is dropped without a comment that says why."""
    found: Violations = []
    if source.path.startswith("tests/"):
        return found
    lines = source.text.splitlines()
    for node in ast.walk(source.tree):
        if not isinstance(node, ast.ExceptHandler):
            continue
        names = {ast.unparse(name) for name in node.type.elts} if isinstance(node.type, ast.Tuple) else set()
        names |= {ast.unparse(node.type)} if node.type is not None else {"BaseException"}
        raised_again = isinstance(node.body[-1], ast.Raise) and node.body[-1].exc is None
        if ("Exception" in names or ("BaseException" in names and not raised_again)) and not source.is_one_of(
            may_catch_all
        ):
            found.append(source.at(node, "catches every exception"))
        words = lines[node.lineno - 1 : node.end_lineno]
        if isinstance(node.body[0], ast.Pass) and not any("#" in line for line in words):
            found.append(source.at(node, "drops an error without a comment that says why"))
    return found


def printing(source: Source, allowed: Sequence[str]) -> Violations:
    """Rooms note events; only faces and programs print."""
    if source.path.startswith("tests/") or source.is_one_of(allowed):
        return []
    return [source.at(node, "prints") for node in calls(source) if ast.unparse(node.func) == "print"]


def calls(source: Source) -> Iterator[ast.Call]:
    """Every call in the file."""
    return (node for node in ast.walk(source.tree) if isinstance(node, ast.Call))


# --- module state


def module_state(source: Source, may_be_lower_case: Sequence[str]) -> Violations:
    """A module holds constants: nothing mutable under a variable's name, no constant that is changed, no `global`."""
    if not source.path.startswith(("sandbox/", "demo_app/")):
        return []
    found = [source.at(node, "uses `global`") for node in ast.walk(source.tree) if isinstance(node, ast.Global)]
    constants = set()
    for node, name in mutable_names(source.tree):
        if name.isupper():
            constants.add(name)
        elif name != "__all__" and not source.is_one_of(may_be_lower_case):
            found.append(source.at(node, f"module-level mutable state: {name}"))
    return found + [
        source.at(node, f"changes the constant {name}")
        for node in ast.walk(source.tree)
        for name in changed_names(node) & constants
    ]


def mutable_names(module: ast.Module) -> Iterator[tuple[ast.stmt, str]]:
    """Names that are bound to a list, dict, set or the like when the module is imported."""
    displays = (ast.List, ast.Dict, ast.Set, ast.ListComp, ast.DictComp, ast.SetComp)
    makers = {"list", "dict", "set", "deque", "defaultdict", "Counter", "OrderedDict", "WeakValueDictionary", "WeakSet"}
    for node in module.body:
        if not isinstance(node, ast.Assign | ast.AnnAssign) or node.value is None:
            continue
        value = node.value
        made = isinstance(value, ast.Call) and ast.unparse(value.func).rpartition(".")[2] in makers
        if isinstance(value, displays) or made:
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            yield from ((node, target.id) for target in targets if isinstance(target, ast.Name))


def changed_names(node: ast.AST) -> set[str]:
    """Names whose object this node changes in place."""
    changers = {
        "append",
        "add",
        "extend",
        "insert",
        "update",
        "setdefault",
        "pop",
        "popitem",
        "remove",
        "discard",
        "clear",
    }
    if isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Store | ast.Del):
        return {ast.unparse(node.value)}
    if isinstance(node, ast.AugAssign):
        return {ast.unparse(node.target)}
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in changers:
        return {ast.unparse(node.func.value)}
    return set()


# --- twins


def twins(paths: Sequence[str], twinless: Mapping[str, str]) -> Violations:
    """Each module of sandbox/ with decisions has its file of tests; each file of unit tests its module.

    sandbox/dns/policy.py <-> tests/unit/dns/test_policy.py; test_policy_of_ties.py is a second file for it.
    """
    modules = {path for path in paths if re.fullmatch(r"sandbox/.+\.py", path)}
    tests = {path for path in paths if re.fullmatch(r"tests/unit/(?!demo_app/|scripts/).*test_\w+\.py", path)}
    of = {module: re.sub(r"^sandbox/(.*?)(\w+)\.py$", r"tests/unit/\1test_\2.py", module) for module in modules}
    found = [
        f"{module}: has no {twin} and no row in TWINLESS"
        for module, twin in sorted(of.items())
        if twin not in tests and module not in twinless and not speaks_for_itself(module)
    ]
    for test in sorted(tests):
        if not any(test == twin or test.startswith(f"{twin.removesuffix('.py')}_") for twin in of.values()):
            found.append(f"{test}: is the twin of no module")
    for module in sorted(twinless):
        if module not in modules or of[module] in tests:
            found.append(f"{module}: its row in TWINLESS is out of date")
    return found


def speaks_for_itself(module: str) -> bool:
    """Values and entry points hold no decisions."""
    return module.rpartition("/")[2] in ("__init__.py", "__main__.py", "values.py")
