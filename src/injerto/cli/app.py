"""The command-line program: finds the commands, and turns every way to end into an exit code."""

import importlib
import json
import pkgutil
import signal
import sys
import traceback
from types import FrameType
from typing import Annotated, Any, NoReturn

import typer

from injerto import __version__
from injerto.cli import commands
from injerto.core.errors import InjertoError
from injerto.core.messages import say

# The parser's own base of wrong use (unknown option, missing argument). typer exports only its children.
_WrongUse: Any = typer.BadParameter.__bases__[0]


def build_app() -> typer.Typer:
    """The program with every module of `injerto.cli.commands` as a command, in the order of use."""
    app = typer.Typer(
        name="injerto",
        help=say("help.program"),
        no_args_is_help=True,
        add_completion=True,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,  # Boxes cost 0.2 s of imports on every --help.
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback()(_program)
    names = [m.name for m in pkgutil.iter_modules(commands.__path__)]
    modules = [importlib.import_module(f"{commands.__name__}.{name}") for name in names]
    for module in sorted(modules, key=lambda module: module.POSITION):
        module.add_to(app)
    return app


def main(arguments: list[str] | None = None) -> NoReturn:
    """Run the program and leave with the exit code of the design."""
    arguments = sys.argv[1:] if arguments is None else arguments
    signal.signal(signal.SIGTERM, _terminate)
    try:
        code = build_app()(arguments, standalone_mode=False, prog_name="injerto")
        sys.exit(code if isinstance(code, int) else 0)
    except InjertoError as error:
        _report(error, as_json="--json" in arguments)
        sys.exit(error.exit_code)
    except (KeyboardInterrupt, typer.Abort):
        print(say("run.interrupted"), file=sys.stderr)  # noqa: T201
        sys.exit(130)
    except _WrongUse as error:
        error.show()
        sys.exit(2)
    except MemoryError:
        print(say("run.out-of-memory"), file=sys.stderr)  # noqa: T201
        sys.exit(5)
    except BrokenPipeError:
        # The reader of our output left, as `head` does; nothing is wrong.
        sys.stderr.close()
        sys.exit(0)
    except Exception:
        traceback.print_exc()
        print(say("run.our-bug", version=__version__), file=sys.stderr)  # noqa: T201
        sys.exit(1)


def _program(
    version: Annotated[bool, typer.Option("--version", help=say("help.version"), is_eager=True)] = False,
) -> None:
    if version:
        typer.echo(f"injerto {__version__}")
        raise typer.Exit


def _report(error: InjertoError, *, as_json: bool) -> None:
    if as_json:
        document = {"schema_version": 1, "error": {"code": error.code, "what": error.what, "do": error.do}}
        typer.echo(json.dumps(document, indent=2))
    typer.secho(f"error {error.code}: {error.what}", fg="red", err=True)
    typer.echo(f"  {error.do}", err=True)


def _terminate(number: int, frame: FrameType | None) -> NoReturn:
    # Checkpoints are written whole or not at all, so leaving at once loses only the current epoch.
    print(say("run.interrupted"), file=sys.stderr)  # noqa: T201
    sys.exit(128 + number)
