"""Makes `.venv` in the repository's root, shared by scripts/demo, scripts/test and scripts/pin. Standard library only.

In: requirements.txt or requirements-dev.txt, pyproject.toml, and the variables that pip, uv and OpenSSL know. Out: the
folder of the environment's programs. What was installed is remembered in `.venv/sandbox-setup.json`, so that the next
run only reads four small files. Progress goes to stderr: stdout belongs to what runs afterwards.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
BIN = VENV / "bin"
STAMP = VENV / "sandbox-setup.json"
UV = "uv>=0.5"

# What is installed for whom; what the tests need holds all that the demo needs, at the same versions.
REQUIREMENTS = {"demo": "requirements.txt", "test": "requirements-dev.txt"}
COVERS = {"demo": ("demo",), "test": ("test", "demo")}

# uv does not read pip's variables; what was said to pip holds for uv, unless uv was told otherwise.
PIP_TO_UV = (
    ("PIP_INDEX_URL", "UV_DEFAULT_INDEX", ("UV_INDEX_URL",)),
    ("PIP_EXTRA_INDEX_URL", "UV_INDEX", ("UV_EXTRA_INDEX_URL",)),
    ("PIP_FIND_LINKS", "UV_FIND_LINKS", ()),
    ("PIP_TRUSTED_HOST", "UV_INSECURE_HOST", ()),
    ("PIP_CERT", "SSL_CERT_FILE", ()),
)

# What the output of a failed step may hold, and what to do about it.
CAUSES = (
    (("No space left", "os error 28"), "The disk is full."),
    (
        ("CERTIFICATE_VERIFY_FAILED", "invalid peer certificate", "UnknownIssuer"),
        "A certificate was not accepted. Behind a company's proxy: set SSL_CERT_FILE and PIP_CERT to its CA bundle.",
    ),
    (
        ("Failed to fetch", "error sending request", "NewConnectionError", "NameResolutionError", "name resolution",
         "ProxyError", "Network is unreachable", "timed out", "ConnectTimeoutError"),
        "The package index cannot be reached. The first run needs a connection, or a mirror"
        " (PIP_INDEX_URL, UV_DEFAULT_INDEX) or proxy (HTTPS_PROXY); later runs need none.",
    ),
    (
        ("No matching distribution", "No solution found", "not found in the package registry"),
        "The package index lacks a pinned version. Is a mirror set that is behind?",
    ),
)  # fmt: skip


class SetupFailed(Exception):
    """A step did not work; the message is for the person at the terminal."""


def prepare(kind: str) -> Path:
    """The folder of the programs of an environment that is ready for `kind`, made or brought up to date if need be."""
    if is_ready(kind):
        return BIN
    if sys.platform == "win32":
        sys.exit("Native Windows is not supported: use WSL2, or Docker with `docker compose up`.")
    try:
        with_lock(lambda: None if is_ready(kind) else build(kind))
    except SetupFailed as failure:
        sys.exit(f"setup: {failure}")
    except OSError as error:
        sys.exit(f"setup: {error}")
    except KeyboardInterrupt:
        sys.exit("\nsetup: interrupted; the next run goes on from here")
    return BIN


def is_ready(kind: str) -> bool:
    """True when nothing has changed since the environment was made."""
    stamp = read_stamp()
    return (
        stamp.get("for") == identity()
        and stamp.get(kind) == fingerprint(kind)
        and (BIN / "python").exists()
        and (BIN / "sandbox").exists()
    )


def identity() -> list[str]:
    """What an environment cannot survive a change of: its place, and the Python it stands on."""
    return [str(ROOT), sys.implementation.cache_tag, ".".join(map(str, sys.version_info[:3]))]


def fingerprint(kind: str) -> str:
    """A hash of the files that say what is installed."""
    digest = hashlib.sha256()
    for name in ("pyproject.toml", *(REQUIREMENTS[covered] for covered in COVERS[kind])):
        path = ROOT / name
        digest.update(path.read_bytes() if path.exists() else b"absent")
    return digest.hexdigest()


def read_stamp() -> dict[str, Any]:
    """What the last set-up remembered; nothing when there was none."""
    try:
        stamp = json.loads(STAMP.read_text())
    except (OSError, ValueError):
        return {}
    return stamp if isinstance(stamp, dict) else {}


def write_stamp(stamp: Mapping[str, Any]) -> None:
    """Remember, whole or not at all."""
    new = STAMP.with_suffix(".new")
    new.write_text(json.dumps(stamp))
    new.replace(STAMP)


def with_lock(work: Callable[[], None]) -> None:
    """Run `work` while no other set-up of this repository runs. The lock is this file, so that none is left behind."""
    import fcntl

    with open(__file__, "rb") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            tell("setup: another set-up is running here; waiting for it")
            fcntl.flock(lock, fcntl.LOCK_EX)
        work()


def build(kind: str) -> None:
    """Every step of the set-up, in order; those already done are left out."""
    started_s = time.monotonic()
    requirements = REQUIREMENTS[kind]
    packages = sum("==" in line for line in (ROOT / requirements).read_text().splitlines())
    tell(f"setup: preparing .venv for scripts/{kind} (only when something has changed)")
    uv = uv_on_path()
    make_venv(uv)
    installer = [*(uv or fetch_uv()), "pip", "install", "--python", str(BIN / "python")]
    try:
        step(f"installing {packages} packages", [*installer, "-r", requirements])
    except SetupFailed:
        if not has_pip():
            raise
        tell("setup: uv could not; trying pip, which may know your package index")
        installer = [str(BIN / "python"), "-m", "pip", "install"]
        step(f"installing {packages} packages with pip", [*installer, "-r", requirements])
    step("installing the sandbox itself", [*installer, "--no-deps", "-e", "."])
    write_stamp({**read_stamp(), **{covered: fingerprint(covered) for covered in COVERS[kind]}})
    tell(f"setup: ready after {time.monotonic() - started_s:.1f} s")


def make_venv(uv: Sequence[str] | None) -> None:
    """An environment of this Python at `.venv`. One that others made is used if it fits, and never removed."""
    if read_stamp().get("for") == identity() and (BIN / "python").exists():
        return
    if VENV.exists() and not STAMP.exists():
        if not fits_this_python():
            raise SetupFailed(f"{VENV} exists, is not ours, and does not run Python {version()}. Remove it first.")
        write_stamp({"for": identity()})
        return
    if VENV.exists():
        shutil.rmtree(VENV)
    VENV.mkdir()
    write_stamp({"for": None})  # from now on it is ours, even if interrupted
    python = getattr(sys, "_base_executable", None) or sys.executable
    if uv is not None:
        step(f"making .venv with Python {version()}", [*uv, "venv", "--allow-existing", "--python", python, str(VENV)])
    else:
        refuse_without_ensurepip()
        step(f"making .venv with Python {version()}", [python, "-m", "venv", str(VENV)])
    write_stamp({"for": identity()})


def fits_this_python() -> bool:
    """True when the environment at `.venv` runs this version of Python."""
    question = [str(BIN / "python"), "-c", "import sys; print(sys.version_info[:3])"]
    try:
        answer = subprocess.run(question, capture_output=True, text=True, check=False)
    except OSError:
        return False
    return answer.stdout.strip() == str(tuple(sys.version_info[:3]))


def refuse_without_ensurepip() -> None:
    """Debian and Ubuntu ship a Python that cannot make environments until one more package is installed."""
    from importlib.util import find_spec

    if find_spec("venv") is None or find_spec("ensurepip") is None:
        package = f"python{sys.version_info[0]}.{sys.version_info[1]}-venv"
        raise SetupFailed(
            f"this Python ({sys.executable}) cannot make virtual environments: ensurepip is missing."
            f" Debian and Ubuntu: sudo apt install {package}. Or install uv, which is then used instead."
        )


def find_uv() -> list[str]:
    """How to call uv: the one on PATH, or one in `.venv`, which is made if need be."""
    uv = uv_on_path()
    if uv is not None:
        return uv
    try:
        make_venv(None)
        return fetch_uv()
    except SetupFailed as failure:
        sys.exit(f"setup: {failure}")


def uv_on_path() -> list[str] | None:
    """uv, if there is one that runs (a version manager's shim may not)."""
    uv = shutil.which("uv")
    if uv is None:
        return None
    try:
        works = subprocess.run([uv, "--version"], capture_output=True, check=False).returncode == 0
    except OSError:
        return None
    return [uv] if works else None


def fetch_uv() -> list[str]:
    """uv inside `.venv`, from the package index by way of pip."""
    if not (BIN / "uv").exists():
        pip = [str(BIN / "python"), "-m", "pip", "install", "--disable-pip-version-check"]
        step("fetching uv", [*pip, UV])
    return [str(BIN / "uv")]


def has_pip() -> bool:
    """True when the environment has pip (one made by uv has not)."""
    return any((VENV / "lib").glob("python*/site-packages/pip"))


def environment() -> dict[str, str]:
    """The variables of every step: all that are set, and for uv what pip was told."""
    variables = dict(os.environ)
    for told_pip, tells_uv, or_already in PIP_TO_UV:
        value = variables.get(told_pip)
        if value and not any(variables.get(name) for name in (tells_uv, *or_already)):
            variables[tells_uv] = value.replace(" ", ",") if tells_uv == "UV_FIND_LINKS" else value
    variables.pop("PYTHONHOME", None)
    variables["VIRTUAL_ENV"] = str(VENV)
    return variables


def step(title: str, command: Sequence[str]) -> None:
    """Run one command of the set-up with a line that shows how long it has taken; its output only if it fails."""
    import tempfile

    started_s = time.monotonic()
    at_terminal = sys.stderr.isatty()
    if not at_terminal:
        tell(f"  {title} ...")
    with tempfile.TemporaryFile() as output:
        running = subprocess.Popen(command, cwd=ROOT, env=environment(), stdout=output, stderr=subprocess.STDOUT)
        while running.poll() is None:
            if at_terminal:
                tell(f"\r  {title} ... {time.monotonic() - started_s:.0f} s", end="")
            wait_a_little(running)
        took = f"  {title}: {time.monotonic() - started_s:.1f} s"
        tell(f"\r{took}    " if at_terminal else took)
        if running.returncode == 0:
            return
        output.seek(0)
        said = output.read().decode(errors="replace").strip()
    tell(indented(said))
    raise SetupFailed(f"{title} failed. {cause(said)}")


def wait_a_little(running: subprocess.Popen[bytes]) -> None:
    """Until it ends, or for half a second."""
    try:
        running.wait(timeout=0.5)
    except subprocess.TimeoutExpired:
        return  # the caller looks again


def cause(said: str) -> str:
    """What a person can do about a failed step."""
    for words, remedy in CAUSES:
        if any(word.lower() in said.lower() for word in words):
            return remedy
    return "Its last words are above."


def indented(said: str, most_lines: int = 12, most_columns: int = 160) -> str:
    """The end of a program's output, set off from ours."""
    return "\n".join(f"    {line[:most_columns]}" for line in said.splitlines()[-most_lines:])


def workers_for(arguments: Sequence[str]) -> list[str]:
    """What pytest is told of workers; tests/conftest.py says who does what.

    Nothing where somebody has a wish of their own (-n), or wants to watch pytest or speak to it (-s, --pdb).
    """
    if any(
        given.startswith(("-n", "-s", "--pdb", "--trace", "--dist", "--capture", "--collect")) for given in arguments
    ):
        return []
    return ["-n", "4", "--dist", "loadscope", "--no-loadscope-reorder"]


def variables_of_tests(present: Mapping[str, str]) -> dict[str, str]:
    """pytest's variables: those that are set, but a test starts hundreds of programs and compiles none of them twice.

    Where PYTHONDONTWRITEBYTECODE wants no compiled files beside the sources, they are kept in `.venv`.
    """
    variables = dict(present)
    if variables.pop("PYTHONDONTWRITEBYTECODE", ""):
        variables.setdefault("PYTHONPYCACHEPREFIX", str(VENV / "compiled"))
    return variables


def version() -> str:
    """As people write it."""
    return ".".join(map(str, sys.version_info[:3]))


def tell(words: str, end: str = "\n") -> None:
    """Progress, on stderr."""
    print(words, end=end, file=sys.stderr, flush=True)
