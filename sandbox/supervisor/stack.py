"""`python -m sandbox.supervisor.stack --home DIR`: what the container of the planet runs.

In: settings from SANDBOX_* variables, and from sandbox.yaml in `--settings` if there is one. Out: the certificate
authority and the token of this sandbox, in DIR/ca, which is a volume that all its containers see; then this process
becomes the supervisor. The token comes last: whoever finds it finds everything else.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from pathlib import Path
from typing import NoReturn

from sandbox.kernel.dice import fresh_token
from sandbox.kernel.errors import Refusal
from sandbox.management.program import ANY_HOST
from sandbox.serving.tls import LocalAuthority
from sandbox.supervisor.settings import Settings
from sandbox.supervisor.settings_sources import load_settings

TOKEN = "token"  # in the folder of the certificate authority
REGIONS_PORT = "SANDBOX_REGIONS_PORT"
HUB_PORT = "4600"  # below the regions' front doors


def main(argv: list[str]) -> int:
    """Does not return when all is well; 2 for bad settings, 1 for a folder that cannot be written."""
    parser = argparse.ArgumentParser(prog="sandbox.supervisor.stack")
    parser.add_argument("--home", required=True, type=Path)
    parser.add_argument("--settings", type=Path, metavar="FOLDER", help="where sandbox.yaml may be")
    parser.add_argument("--listen", default=ANY_HOST, metavar="HOST")
    parser.add_argument("--hub-port", default=os.environ.get("SANDBOX_HUB_PORT") or HUB_PORT)
    parser.add_argument("--ready-file", required=True, type=Path)
    arguments = parser.parse_args(argv)
    try:
        variables = {**os.environ, REGIONS_PORT: first_of(os.environ.get(REGIONS_PORT, ""))}
        settings = load_settings(flags={}, variables=variables, config=None, folder=arguments.settings)
        arguments.ready_file.unlink(missing_ok=True)
        token = prepare(arguments.home)
    except Refusal as refusal:
        print(f"sandbox: {refusal.message}", file=sys.stderr, flush=True)
        return 2
    except OSError as error:
        print(f"sandbox: {error}", file=sys.stderr, flush=True)
        return 1
    else:
        become_supervisor(arguments, settings, token)


def become_supervisor(arguments: argparse.Namespace, settings: Settings, token: str) -> NoReturn:
    """Be it from now on, in this process."""
    hub = f"{arguments.listen}:{arguments.hub_port}"
    words = [sys.executable, "-m", "sandbox.supervisor", "--home", str(arguments.home), "--await", hub]
    words += ["--ready-file", str(arguments.ready_file), "--settings", settings.to_json()]
    os.execve(words[0], words, {**os.environ, "SANDBOX_TOKEN": token})


def first_of(ports: str) -> str:
    """`4601-4610` is how Docker is told to publish them: front doors are counted from the first."""
    return ports.partition("-")[0]


def prepare(home: Path) -> str:
    """Make what the containers share, or take it up; the token."""
    folder = home / "ca"
    LocalAuthority.create_or_load(folder)
    path = folder / TOKEN
    if path.exists():
        return path.read_text(encoding="ascii").strip()
    token = fresh_token()
    descriptor, draft = tempfile.mkstemp(dir=folder)  # 0600 from the beginning
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(token)
    os.replace(draft, path)
    return token


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
