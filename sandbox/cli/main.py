"""The `sandbox` command: which commands there are, and how each of them ends.

In: the command line. Out: an exit code: 0 ok, 1 failed, 2 written wrong, 130 interrupted. Every Refusal and every usage
error becomes one line on stderr, here and nowhere else. What takes long to import is imported inside the commands, so
that `--help` and `status` answer at once; `demo` is imported when it is called.
"""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from sandbox.cli import (
    buckets,
    containers,
    doctor,
    drills,
    events,
    faults,
    labs,
    life,
    looking,
    places,
    status,
    tables,
)
from sandbox.cli.options import AsJson
from sandbox.cli.output import INTERRUPTED, USAGE, complain, exit_code, say, show_json
from sandbox.kernel.errors import Refusal

# Typer carries click's exceptions inside since 0.20, and takes them from click before; this is their base in both.
ANY_USAGE_ERROR: Any = typer.BadParameter.__mro__[2]
DEMO_MODULE = "sandbox.demo.command"
CONTEXT: Mapping[str, Any] = {"help_option_names": ["-h", "--help"], "max_content_width": 110}


class SandboxGroup(TyperGroup):
    """The root command: ends every command in the same manner, and knows the demo by name only."""

    def main(
        self,
        args: Any = None,
        prog_name: str | None = None,
        complete_var: str | None = None,
        standalone_mode: bool = True,
        windows_expand_args: bool = True,
        **extra: Any,
    ) -> Any:
        """Run one command line, and end the process."""
        try:
            code = super().main(args, "sandbox", complete_var, False, windows_expand_args, **extra)
        except Refusal as refusal:
            complain(refusal.message)
            code = exit_code(refusal)
        except ANY_USAGE_ERROR as error:
            path = error.ctx.command_path if getattr(error, "ctx", None) is not None else "sandbox"
            complain(f"{error.format_message()} See: {path} --help")
            code = USAGE
        except (typer.Abort, KeyboardInterrupt):
            code = INTERRUPTED
        sys.exit(code if isinstance(code, int) else 0)

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """The command that `args` begin with."""
        if args and args[0] == "demo":
            command = demo_command()
            if command is not None:
                return "demo", command, args[1:]
        return super().resolve_command(ctx, args)


def demo_command() -> Any:
    """The command made from the function `demo` of `sandbox.demo.command`; None when that is not installed."""
    try:
        module = importlib.import_module(DEMO_MODULE)
    except ModuleNotFoundError as error:
        if error.name not in ("sandbox.demo", DEMO_MODULE):
            raise
        return None
    app = typer.Typer(add_completion=False, rich_markup_mode=None, context_settings=dict(CONTEXT))
    app.command("demo")(module.demo)
    return typer.main.get_command(app)


def demo() -> None:
    """Watch three regions serve six cities, lose a region, and recover."""
    raise Refusal("NotImplemented", "The demo is not part of this installation.", status=501)


def version(as_json: AsJson = False) -> None:
    """Print the version."""
    from sandbox import __version__

    if as_json:
        show_json({"version": __version__, "python": ".".join(map(str, sys.version_info[:3]))})
    else:
        say(f"sandbox {__version__}")


def root(
    context: typer.Context,
    home: Annotated[
        Path | None, typer.Option("--home", help="State folder (SANDBOX_HOME; default ./.sandbox).")
    ] = None,
    print_version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False,
) -> None:
    """A planet in a box: simulated AWS regions, users in real cities, and what lies between them."""
    named = os.environ.get("SANDBOX_HOME")
    context.obj = home or (Path(named) if named else None)
    if print_version:
        version()
        raise typer.Exit
    if context.invoked_subcommand is None:
        say(context.get_help())
        raise typer.Exit(USAGE)


def group_root(context: typer.Context) -> None:
    """A group without a command shows its help."""
    if context.invoked_subcommand is None:
        say(context.get_help())
        raise typer.Exit(USAGE)


def build() -> typer.Typer:
    """All commands, in the order of the help."""
    app = typer.Typer(cls=SandboxGroup, add_completion=False, rich_markup_mode=None, context_settings=dict(CONTEXT))
    app.callback(invoke_without_command=True)(root)
    app.command()(life.up)
    app.command()(life.down)
    app.command()(status.status)
    app.command()(life.reset)
    app.command()(doctor.doctor)
    app.command()(places.places)
    app.add_typer(_with_help(places.group()), name="place")
    app.command()(places.env)
    app.command()(looking.dig)
    app.command()(looking.curl)
    app.command()(looking.traceroute)
    app.add_typer(_with_help(faults.group()), name="fault")
    app.add_typer(_with_help(tables.group()), name="table")
    app.add_typer(_with_help(buckets.group()), name="bucket")
    app.add_typer(_with_help(labs.group()), name="lab")
    app.command()(events.events)
    app.add_typer(_with_help(drills.group()), name="drill")
    app.command()(demo)
    app.command()(containers.agent)
    app.command()(containers.compose)
    app.command()(version)
    return app


def _with_help(group: typer.Typer) -> typer.Typer:
    group.callback(invoke_without_command=True)(group_root)
    return group


def main() -> None:
    """The entry point of the package."""
    build()()
