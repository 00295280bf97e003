"""The second front: the command line, on the same facade as the language server.

In: arguments, `[tool.switchpoint]`, a terminal. Out: text or JSON on stdout, one clear line on stderr for each trouble,
an exit code: 0 done, 1 findings that were asked to fail, 2 could not run. Must not know how an answer is found nor how
it is worded. What one command needs is imported by that command: start-up time counts.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from itertools import takewhile
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypedDict, TypeVar

import click

from switchpoint import __version__

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from switchpoint.analysis import FileReport, Problem, Workspace
    from switchpoint.settings import Settings

DONE, FINDINGS, COULD_NOT_RUN, INTERRUPTED = 0, 1, 2, 130
PLACE = re.compile(r"(?P<file>.+?):(?P<line>\d+)(?::(?P<col>\d+))?")
ADDRESS = re.compile(r"(?P<host>\[[0-9a-fA-F:]+\]|[^:\[\]]*):(?P<port>\d{1,5})")

Command = TypeVar("Command", bound=Callable[..., Any])


class Asked(TypedDict):
    """What the common options said; None where they said nothing, so that pyproject.toml may."""

    python: Path | None
    python_version: str | None
    overrides: str | None
    eager_tasks: bool | None
    output_format: str


def main() -> None:
    """The program: runs one command and ends the process with its exit code."""
    for stream in (sys.stdout, sys.stderr):
        # A console that cannot show a character (cp1252) or a file name that is no text must not end the program.
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]
    sys.exit(_guarded(sys.argv[1:]))


def _guarded(arguments: Sequence[str]) -> int:
    """The one boundary: whatever goes wrong below becomes one line and an exit code."""
    debug = "--debug" in takewhile(lambda argument: argument != "--", arguments)
    try:
        return program.main(arguments, prog_name="switchpoint", standalone_mode=False) or DONE
    except click.ClickException as error:
        return _complain(error.format_message())
    except (click.Abort, KeyboardInterrupt):
        return INTERRUPTED
    except Exception as error:
        if debug:
            raise
        return _complain(f"{error or type(error).__name__} ({type(error).__name__}; --debug shows where)")


def _complain(text: str) -> int:
    click.echo(f"switchpoint: {' '.join(text.split())}", err=True)
    return COULD_NOT_RUN


@contextmanager
def _reader_may_leave() -> Iterator[None]:
    """Output into a pipe whose reader has gone (`| head`) ends quietly; what was found still decides the exit code."""
    try:
        yield
        sys.stdout.flush()
    except OSError as error:
        # Windows says EINVAL for a closed pipe.
        if not isinstance(error, BrokenPipeError) and os.name != "nt":
            raise
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _common(command: Command) -> Command:
    """The options of every command that analyses."""
    path = click.Path(path_type=Path)
    options = [
        click.option("--python", type=path, help="Interpreter or environment folder to analyse against; only read."),
        click.option("--python-version", metavar="X.Y", help="Python version that the code runs on."),
        click.option("--overrides", type=click.Choice(["known", "declared", "strict"]), help="How overriding is treated."),
        click.option("--eager-tasks/--no-eager-tasks", default=None, help="The program uses eager tasks (3.12+)."),
        click.option("--format", "output_format", type=click.Choice(["text", "json"]), default="text", show_default=True),
        _debug,
    ]
    for option in reversed(options):
        command = option(command)
    return command


_debug = click.option("--debug", is_flag=True, expose_value=False, help="Show a traceback when something goes wrong.")


@click.group(context_settings={"help_option_names": ["-h", "--help"]}, invoke_without_command=True)
@click.version_option(__version__, "-V", "--version", message="switchpoint %(version)s")
@click.pass_context
def program(context: click.Context) -> None:
    """Where exactly can this task be switched out?"""
    if context.invoked_subcommand is None:
        click.echo(context.get_help())


@program.command()
@click.argument("paths", nargs=-1, metavar="PATH...", type=click.Path(exists=True, path_type=Path))
@click.option(
    "--fail-on",
    "causes",
    multiple=True,
    type=click.Choice(["may-switch", "unknown", "contradiction", "problem"]),
    help="Exit with 1, and list them, when there are such findings; may be repeated.",
)
@click.option("--exclude", multiple=True, metavar="PATTERN", help="Leave out, as .gitignore patterns; may be repeated.")
@click.option("--observed", is_flag=True, help="Compare with what `switchpoint observe` saw; contradictions fail.")
@click.option("--min-runs", default=20, show_default=True, help="Runs without a switch that make a candidate.")
@_common
def check(
    paths: tuple[Path, ...],
    causes: tuple[str, ...],
    exclude: tuple[str, ...],
    observed: bool,
    min_runs: int,
    **asked: Unpack[Asked],
) -> int:
    """Judge every site of files and folders (default: the current folder)."""
    from switchpoint.features import report

    ...


@program.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("-n", "--line-numbers", is_flag=True, help="Number the lines.")
@_common
def annotate(file: Path, line_numbers: bool, **asked: Unpack[Asked]) -> int:
    """Print a file with a hint at every site, as an editor shows them."""
    ...


@program.command()
@click.argument("place", metavar="FILE:LINE[:COL]")
@_common
def explain(place: str, **asked: Unpack[Asked]) -> int:
    """Say why, as the hover does. LINE and COL count from 1, as editors show them."""
    ...


@program.command(context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False})
@click.argument("command", nargs=-1, required=True, type=click.UNPROCESSED, metavar="-- COMMAND...")
@click.option("--output", type=click.Path(path_type=Path), default=Path(".switchpoint", "observed.json"), show_default=True)
@_debug
def observe(command: tuple[str, ...], output: Path) -> int:
    """Run a program and count, per site, how often it really switched (CPython 3.12+)."""
    from switchpoint import observer

    return observer.observe(list(command), output)


@program.command()
@click.option("--tcp", metavar="HOST:PORT", help="Listen there instead of speaking over stdin and stdout.")
@_debug
def serve(tcp: str | None) -> int:
    """Run the language server."""
    ...
