"""The second front: the command line, on the same facade as the language server.

In: arguments, `[tool.switchpoint]`, a terminal. Out: text or JSON on stdout, one clear line on stderr for each trouble,
an exit code: 0 done, 1 findings that were asked to fail, 2 could not run. Must not know how an answer is found nor how
it is worded. What one command needs is imported by that command: start-up time counts.
"""

from __future__ import annotations

import gc
import os
import re
import sys
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from itertools import takewhile
from pathlib import Path
from threading import Timer
from typing import TYPE_CHECKING, Any, TypedDict, TypeVar

import click

from switchpoint import __version__

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from switchpoint.analysis import FileReport, Problem, Site, Workspace
    from switchpoint.features.report import Row
    from switchpoint.observer import Comparison, Observed
    from switchpoint.settings import Settings

DONE, FINDINGS, COULD_NOT_RUN, INTERRUPTED = 0, 1, 2, 130
INTERNAL = "a defect of switchpoint:"
LOCAL = "127.0.0.1"
OBSERVED = Path(".switchpoint", "observed.json")
PLACE = re.compile(r"(?P<file>.+?):(?P<line>\d{1,9})(?::(?P<col>\d{1,9}))?")
ADDRESS = re.compile(r"(?P<host>\[[0-9a-fA-F:]+\]|[^:\[\]]*):(?P<port>\d{1,5})")
MOST_RUNS = 1_000_000_000

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
    # What an analysis learns it keeps, in many small objects: looking through them all the time finds nothing to free.
    gc.set_threshold(20_000, 50, 100)
    for stream in (sys.stdout, sys.stderr):
        # A console that cannot show a character (cp1252) or a file name that is no text must not end the program.
        reconfigure: Callable[..., None] | None = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="backslashreplace")
    sys.exit(_guarded())


def _guarded() -> int:
    """The boundary of a command: whatever goes wrong below becomes one line and an exit code."""
    try:
        return program.main(prog_name="switchpoint", standalone_mode=False) or DONE
    except click.ClickException as error:
        return _complain(error.format_message())
    except (click.Abort, KeyboardInterrupt):
        return INTERRUPTED
    except Exception as error:
        if _debugging():
            raise
        return _complain(f"{type(error).__name__}: {error} (--debug shows where)")


def _debugging() -> bool:
    return "--debug" in takewhile(lambda argument: argument != "--", sys.argv[1:])


def _complain(text: str) -> int:
    click.echo(f"switchpoint: {' '.join(text.split())}", err=True)
    return COULD_NOT_RUN


@contextmanager
def _reader_may_leave() -> Generator[None]:
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
    options = [
        click.option("--python", type=click.Path(path_type=Path), help="Interpreter or environment; only read."),
        click.option("--python-version", metavar="X.Y", help="Python version that the code runs on."),
        click.option("--overrides", type=click.Choice(["known", "declared", "strict"]), help="How methods are judged."),
        click.option("--eager-tasks/--no-eager-tasks", default=None, help="The program uses eager tasks (3.12+)."),
        click.option("--format", "output_format", type=click.Choice(["text", "json"]), default="text"),
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
@click.argument("paths", nargs=-1, metavar="[PATH]...", type=click.Path(path_type=Path))
@click.option(
    "--fail-on",
    "causes",
    multiple=True,
    type=click.Choice(["may-switch", "unknown", "contradiction", "problem"]),
    help="List such findings and exit with 1 when there are any; may be repeated.",
)
@click.option("--exclude", multiple=True, metavar="PATTERN", help="Leave out, as in a .gitignore; may be repeated.")
@click.option("--observed", is_flag=True, help="Compare with what `observe` saw; a contradiction exits with 1.")
@click.option(
    "--min-runs", type=click.IntRange(1, MOST_RUNS), default=20, show_default=True, help="Runs that make a candidate."
)
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
    from switchpoint import document

    workspace, _ = _opened(paths or (Path(),), asked, exclude)
    reports, rows = _judged(workspace)
    problems = _problems(workspace, reports)
    found = [row for row in rows if _is_finding(row.site, causes)]
    seen = _comparison(rows, min_runs) if observed or "contradiction" in causes else None
    with _reader_may_leave():
        if asked["output_format"] == "json":
            click.echo(document.of_run(workspace.python_version, len(reports), rows, problems, seen))
        else:
            from switchpoint import terminal

            terminal.show_run(reports, rows, problems, seen)
            terminal.show_findings(found, workspace.text)
            _tell_notes(workspace)
    workspace.save()
    if any(problem.text.startswith(INTERNAL) for problem in problems):
        return COULD_NOT_RUN
    failing = found or (seen and seen.contradictions) or ("problem" in causes and problems)
    return FINDINGS if failing else DONE


@program.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("-n", "--line-numbers", is_flag=True, help="Number the lines.")
@_common
def annotate(file: Path, line_numbers: bool, **asked: Unpack[Asked]) -> int:
    """Print a file with a hint at every site, as an editor shows them."""
    from switchpoint import document
    from switchpoint.features import hints, report

    if os.path.isdir(file):
        raise click.ClickException(f"{file}: is a folder; annotate takes one file, and check takes folders")
    workspace, settings = _opened((file,), asked)
    with _progress(None):
        one = workspace.report(file.absolute())
    problems = _problems(workspace, [one])
    with _reader_may_leave():
        if asked["output_format"] == "json":
            rows = list(report.rows(one, workspace.reason))
            click.echo(document.of_run(workspace.python_version, 1, rows, problems))
        else:
            from switchpoint import terminal

            terminal.show_source(workspace.text(one.path), hints.hints(one, settings), numbered=line_numbers)
            terminal.show_problems(problems)
    workspace.save()
    return DONE


@program.command()
@click.argument("place", metavar="FILE:LINE[:COL]")
@_common
def explain(place: str, **asked: Unpack[Asked]) -> int:
    """Say why, as the hover does. LINE and COL count from 1, as editors show them."""
    from switchpoint import document, explanation, terminal

    match = PLACE.fullmatch(place)
    if match is None:
        raise click.ClickException(f"{place}: expected FILE:LINE or FILE:LINE:COL, such as {place.strip(':')}:12")
    file, line, col = Path(match["file"]), int(match["line"]), int(match["col"]) - 1 if match["col"] else None
    workspace, settings = _opened((file,), asked)
    file = file.absolute()
    mark = terminal.TERMINAL if asked["output_format"] == "json" else terminal.marks()
    with _progress(None):
        one = workspace.report(file)
        source = terminal.source_lines(workspace.text(file))
        hovers = explanation.hovers_at(workspace, settings, one, source, (line, col), seen=_observed(), mark=mark)
    if not hovers:
        why = explanation.why_nothing(one, source, (line, col))
        raise click.ClickException(terminal.printable(f"{place}: {why}"))
    with _reader_may_leave():
        if asked["output_format"] == "json":
            click.echo(document.of_hovers(workspace.python_version, hovers))
        else:
            terminal.show_hovers(hovers)
    workspace.save()
    return DONE


@program.command(context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False})
@click.argument("command", nargs=-1, required=True, type=click.UNPROCESSED, metavar="-- COMMAND...")
@click.option("--output", type=click.Path(path_type=Path), default=OBSERVED, show_default=True, help="Where to write.")
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
    address = ADDRESS.fullmatch(tcp) if tcp is not None else None
    if tcp is not None and (address is None or int(address["port"]) > 65535):
        raise click.ClickException(f"--tcp {tcp}: expected HOST:PORT, such as 127.0.0.1:8765")
    from switchpoint import lsp

    return lsp.serve() if address is None else lsp.serve(address["host"].strip("[]") or LOCAL, int(address["port"]))


def _opened(roots: Sequence[Path], asked: Asked, exclude: Sequence[str] = ()) -> tuple[Workspace, Settings]:
    """The workspace that was asked for: options win over pyproject.toml, which wins over defaults."""
    from switchpoint.analysis import EnvironmentNotFound, Workspace

    missing = next((root for root in roots if not os.path.lexists(root)), None)
    if missing is not None:
        raise click.ClickException(f"{missing}: there is no such file or folder")
    settings = _settings(roots[0].absolute(), asked)
    try:
        workspace = Workspace(
            [root.absolute() for root in roots],
            python=Path(settings.python).expanduser() if settings.python else None,
            python_version=settings.python_version or None,
            overrides=settings.overrides,
            eager_tasks=settings.eager_tasks,
            exclude=(*settings.exclude, *exclude),
        )
    except EnvironmentNotFound as error:
        where = "" if asked["python"] or not settings.python else "[tool.switchpoint], `python`: "
        raise click.ClickException(f"{where}{error}") from error
    return workspace, settings


def _settings(start: Path, asked: Asked) -> Settings:
    from switchpoint.analysis import read_settings_table
    from switchpoint.settings import DEFAULTS, parse_project

    settings = DEFAULTS
    found = read_settings_table(start)
    messages = (found.problem,) if found.problem else ()
    if found.path is not None and not found.problem:
        parsed = parse_project(found.table, found.path)
        settings, messages = parsed.settings, parsed.messages
    for message in messages:
        click.echo(f"switchpoint: {message}", err=True)
    options: dict[str, Any] = {name: value for name, value in asked.items() if value not in (None, "json", "text")}
    if asked["python"] is not None:
        options["python"] = str(asked["python"].absolute())
    return replace(settings, **options)


def _judged(workspace: Workspace) -> tuple[list[FileReport], list[Row]]:
    """Every file's report, and every site with its reason."""
    # All that is made from here on is kept until the end.
    gc.disable()
    files = workspace.files()
    reports: list[FileReport] = []
    rows: list[Row] = []
    with _progress(len(files)) as advance:
        for path in files:
            one, its_rows = _judged_file(workspace, path)
            reports.append(one)
            rows += its_rows
            advance()
    return reports, rows


def _judged_file(workspace: Workspace, path: Path) -> tuple[FileReport, list[Row]]:
    """The boundary of a file: what we did not think of costs that file, and is a problem that says so."""
    from switchpoint.analysis import FileReport, Problem
    from switchpoint.features import report

    try:
        one = workspace.report(path)
        return one, list(report.rows(one, workspace.reason))
    except Exception as error:
        if _debugging():
            raise
        text = f"{INTERNAL} {type(error).__name__}: {' '.join(str(error).split())[:200]} (--debug shows where)"
        return FileReport(path, (), problems=(Problem(path, 0, text),)), []


@contextmanager
def _progress(total: int | None) -> Generator[Callable[[], None]]:
    """A progress bar on a terminal, from the first second of work on; without a total it only moves."""
    if not sys.stderr.isatty():
        yield lambda: None
        return
    from rich.console import Console
    from rich.progress import Progress

    bar = Progress(console=Console(stderr=True), transient=True)
    task = bar.add_task("Analysing", total=total)
    later = Timer(1, bar.start)
    later.daemon = True
    later.start()
    try:
        yield lambda: bar.advance(task)
    finally:
        later.cancel()
        later.join()
        bar.stop()


def _problems(workspace: Workspace, reports: Sequence[FileReport]) -> list[Problem]:
    return list(dict.fromkeys([*workspace.problems, *(found for one in reports for found in one.problems)]))


def _is_finding(site: Site, causes: Sequence[str]) -> bool:
    from switchpoint.analysis import Effect

    switching = "may-switch" in causes and site.effect is not Effect.NEVER
    return switching or ("unknown" in causes and site.effect is Effect.UNKNOWN)


def _observed() -> Observed:
    from switchpoint import observer

    seen = observer.load(OBSERVED)
    if seen.problem:
        click.echo(f"switchpoint: {seen.problem}", err=True)
    return seen


def _comparison(rows: Sequence[Row], min_runs: int) -> Comparison:
    from switchpoint import observer

    return observer.compare(_observed(), [observer.Called.of(row.site) for row in rows], often=min_runs)


def _tell_notes(workspace: Workspace) -> None:
    for note in workspace.notes:
        click.echo(f"switchpoint: note: {note}", err=True)
