"""Both witnesses of a case: what the analysis claims, and what the observer sees.

In: a case. Out: claims or seen sites by file name. This module asks through the facade of the analysis and through a
subprocess; it must not know what the comments say.
"""

from __future__ import annotations

import ast
import atexit
import functools
import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from runner import pythons, watch
from runner.judge import Claim, Seen
from runner.literate import Case

if TYPE_CHECKING:
    from switchpoint.analysis import Reason, Site, Workspace

SECONDS = 120


class NotHere(Exception):
    """No interpreter of the version that the case is about."""


class Crashed(Exception):
    """The program of the case did not end well."""


def interpreter(case: Case) -> tuple[str, Path]:
    """The version that the case is about, and an interpreter of it. Raises `NotHere`."""
    if case.options.python:
        found = pythons.find(case.options.python)
        if found is None:
            raise NotHere(f"no CPython {case.options.python} here")
        return case.options.python, found
    preferred = pythons.preferred()
    if preferred is None:
        raise NotHere("no CPython from 3.11 up here")
    return preferred


def claims(case: Case, root: Path | None = None) -> dict[str, list[Claim]]:
    """What the analysis says of every file of the case.

    Cases share one workspace, in which each appears and vanishes again: the library is analysed once, and warm must
    equal cold. With a `root` the case has a workspace of its own. Raises `NotHere`.
    """
    _must_be_readable(case)
    if root is None:
        workspace, root = _shared(*interpreter(case), case.options.overrides, case.options.eager)
    else:
        root.mkdir()
        workspace = _workspace(root, *interpreter(case), case.options.overrides, case.options.eager)
    paths = _lay_out(case, root)
    workspace.disk_changed(paths)
    try:
        return {
            path.relative_to(root).as_posix(): _claims(workspace, path, root) for path in paths if path.suffix == ".py"
        }
    finally:
        _clear(root)
        workspace.disk_changed(paths)


def _must_be_readable(case: Case) -> None:
    """The analysis reads what the Python that runs it can parse."""
    wanted = tuple(map(int, case.options.python.split("."))) if case.options.python else ()
    if wanted <= sys.version_info[:2]:
        return
    for block in case.blocks:
        try:
            ast.parse(block.text)
        except SyntaxError:
            here = "{}.{}".format(*sys.version_info)
            raise NotHere(f"CPython {here} cannot read the syntax of {case.options.python}") from None


def _claims(workspace: Workspace, path: Path, root: Path) -> list[Claim]:
    sites = workspace.report(path).sites
    return [
        Claim(
            site.span.line,
            site.span.col,
            site.kind.value,
            site.effect.value,
            chain(site, workspace.reason(site), root),
        )
        for site in sites
    ]


def _workspace(root: Path, version: str, python: Path, overrides: str, eager: bool) -> Workspace:
    from switchpoint.analysis import Workspace  # a broken analysis must not keep the cases from running

    return Workspace([root], python=python, python_version=version, overrides=overrides, eager_tasks=eager)


@functools.cache
def _shared(version: str, python: Path, overrides: str, eager: bool) -> tuple[Workspace, Path]:
    folder = tempfile.TemporaryDirectory(prefix="semantics-", ignore_cleanup_errors=True)
    atexit.register(folder.cleanup)
    root = Path(folder.name).resolve() / "case"
    root.mkdir()
    return _workspace(root, version, python, overrides, eager), root


def chain(site: Site, reason: Reason | None, root: Path) -> str:
    """The short form of a reason: the case's own functions on the way down, then the leaf.

    The site itself is no step down. The leaf is why it is unresolved, or the well-known name of what was called outside
    the case; a `yield` in the case itself needs no name beyond that of its function.
    """
    if reason is None:
        return ""
    names: list[str] = []
    steps = [step for step in reason.steps if (step.path, step.span) != (site.path, site.span)]
    for step in steps:
        name = step.function.rpartition("<locals>.")[2]
        if root in step.path.parents and name and names[-1:] != [name]:
            names.append(name)
    if reason.unresolved is not None:
        names.append(reason.unresolved.value)
    elif steps and root not in steps[-1].path.parents:
        names.append(reason.primitive or steps[-1].function.rpartition("<locals>.")[2])
    return " > ".join(names)


def seen(case: Case, root: Path) -> dict[str, list[Seen]]:
    """Run the case in a subprocess and see its sites. Raises `NotHere` and `Crashed`."""
    _lay_out(case, root)
    _, python = interpreter(case)
    result = root.parent / "seen.json"
    eager = "eager" if case.options.eager else "plain"
    expressions = [""] if case.no_run else case.run or default_run(case)
    command = [str(python), "-I", watch.__file__, str(root), str(result), eager, *expressions]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, check=False, cwd=root)
    if ended.returncode:
        raise Crashed(ended.stderr or ended.stdout)
    found = json.loads(result.read_text(encoding="utf-8"))
    return {name: [Seen(**site) for site in sites] for name, sites in found.items()}


def default_run(case: Case) -> list[str]:
    """`main()` where main.py has such a coroutine function."""
    return ["main()"] if any(line.startswith("async def main()") for line in case.blocks[0].lines) else []


def _lay_out(case: Case, root: Path) -> list[Path]:
    paths = [root / block.name for block in case.blocks]
    for path, block in zip(paths, case.blocks, strict=True):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(block.text, encoding="utf-8")
    return paths


def _clear(root: Path) -> None:
    for path in root.iterdir():
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink()
