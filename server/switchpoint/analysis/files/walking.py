"""Which Python files a folder holds, as ruff would walk it.

In: files and folders that the user named, exclusions, the list to which problems are added. Out: `.py` files in sorted
order. This module must not know what is in a Python file. Links to folders are not followed unless the user named
them, so that neither a loop nor a link out of the workspace can lead the walk astray.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pathspec import GitIgnoreSpec

from switchpoint.analysis.files.listings import leads_to_file, leads_to_folder
from switchpoint.analysis.files.regular_file import Unreadable, read_regular
from switchpoint.analysis.verdicts import Problem

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

# Folders of tools, builds and environments, by name at any depth: what ruff leaves out by default.
# fmt: off
EXCLUDED_FOLDERS = frozenset(
    (
        ".bzr", ".direnv", ".eggs", ".git", ".git-rewrite", ".hg", ".ipynb_checkpoints", ".mypy_cache", ".nox",
        ".pants.d", ".pyenv", ".pytest_cache", ".pytype", ".ruff_cache", ".svn", ".tox", ".venv", ".vscode",
        "__pycache__", "__pypackages__", "_build", "buck-out", "build", "dist", "node_modules", "site-packages",
        "venv",
    )
)
# fmt: on
_DEEPEST = 100
_IGNORE_LIMIT = 2**20
_MOST_RULES = 5_000
_MOST_STARS = 3
_STARS = re.compile(r"\*+")


@dataclass(frozen=True, slots=True)
class _Rules:
    """The patterns of one file, which speak of paths relative to `base`. A later rule overrules an earlier."""

    base: Path
    spec: GitIgnoreSpec


def walk_python_files(
    paths: Iterable[Path], exclude: Sequence[str], *, problems: list[Problem], base: Path | None = None
) -> Iterator[Path]:
    """Every Python file under `paths`, once; a file that is named itself is there whatever it is called.

    `exclude` has patterns as in a .gitignore, relative to `base` (by default to each walked folder). What cannot be
    walked becomes a problem, and the rest goes on.
    """
    seen: set[Path] = set()
    for path in paths:
        for file in _walk_one(Path(os.path.abspath(path)), exclude, problems, base):
            if file not in seen:
                seen.add(file)
                yield file


def _walk_one(path: Path, exclude: Sequence[str], problems: list[Problem], base: Path | None) -> Iterator[Path]:
    if not os.path.lexists(path):
        problems.append(Problem(path, 0, "no such file or folder"))
    elif path.suffix == ".ipynb":
        problems.append(Problem(path, 0, "is a notebook: notebooks are analysed in an editor only"))
    elif os.path.isdir(path):
        yield from _walk_folder(path, _exclusions(base or path, exclude, problems), problems)
    else:
        yield path


def _exclusions(base: Path, exclude: Sequence[str], problems: list[Problem]) -> _Rules:
    for pattern in exclude:
        if not _is_valid(pattern):
            text = (
                f"the pattern {pattern!r} in `exclude` is not valid or has more than three stars: it excludes nothing"
            )
            problems.append(Problem(base, 0, text))
    return _Rules(Path(os.path.abspath(base)), GitIgnoreSpec.from_lines(filter(_is_valid, exclude)))


def _walk_folder(top: Path, exclusions: _Rules, problems: list[Problem]) -> Iterator[Path]:
    waiting: list[tuple[Path, tuple[_Rules, ...], bool, int]] = [(top, _rules_above(top), True, 0)]
    while waiting:
        path, ignored, is_folder, depth = waiting.pop()
        if not is_folder:
            yield path
            continue
        if depth > _DEEPEST:
            problems.append(Problem(path, 0, f"lies more than {_DEEPEST} folders deep and is not walked"))
            continue
        rules = (*ignored, *_rules_of(path / ".gitignore", path))
        # Pushed in reverse, so that what is popped comes in sorted order.
        for name, inner in reversed(_entries(path, problems)):
            inside = path / name
            if _is_wanted(inside, inner) and not _matches(inside, inner, rules, exclusions):
                waiting.append((inside, rules, inner, depth + 1))


def _entries(folder: Path, problems: list[Problem]) -> list[tuple[str, bool]]:
    """The names of real subfolders (True) and of regular files (False)."""
    try:
        with os.scandir(folder) as entries:
            return sorted(
                (e.name, inner) for e in entries if (inner := leads_to_folder(e, follow=False)) or leads_to_file(e)
            )
    except OSError as error:
        reason = "permission denied" if isinstance(error, PermissionError) else (error.strerror or "unknown error")
        problems.append(Problem(folder, 0, f"cannot be listed: {reason.lower()}"))
        return []


def _is_wanted(path: Path, is_folder: bool) -> bool:
    if not is_folder:
        return path.suffix == ".py"
    return path.name not in EXCLUDED_FOLDERS and not _is_environment(path)


def _is_environment(folder: Path) -> bool:
    return any(os.path.lexists(folder / mark) for mark in ("pyvenv.cfg", "conda-meta"))


def _matches(path: Path, is_folder: bool, rules: tuple[_Rules, ...], exclusions: _Rules) -> bool:
    return _verdict(path, is_folder, (exclusions,)) is True or _verdict(path, is_folder, rules) is True


def _verdict(path: Path, is_folder: bool, rules: tuple[_Rules, ...]) -> bool | None:
    """True: excluded; False: taken back by a `!` pattern; None: nothing is said. The nearest rule counts."""
    for rule in reversed(rules):
        if not path.is_relative_to(rule.base) or path == rule.base:
            continue
        name = path.relative_to(rule.base).as_posix() + ("/" if is_folder else "")
        said = rule.spec.check_file(name).include
        if said is not None:
            return said
    return None


def _rules_above(top: Path) -> tuple[_Rules, ...]:
    """The rules of a repository's folders above `top`, outermost first.

    None when they ignore `top` itself: who names an ignored folder wants what is in it.
    """
    repository = next((folder for folder in (top, *top.parents) if os.path.lexists(folder / ".git")), None)
    if repository is None:
        return ()
    rules = _rules_of(repository / ".git" / "info" / "exclude", repository)
    for folder in reversed(top.parents):
        if folder.is_relative_to(repository):
            rules += _rules_of(folder / ".gitignore", folder)
    within = [top, *(folder for folder in top.parents if folder.is_relative_to(repository))]
    return () if any(_verdict(folder, True, rules) for folder in within) else rules


def _rules_of(file: Path, base: Path) -> tuple[_Rules, ...]:
    try:
        lines = read_regular(file, _IGNORE_LIMIT).decode("utf-8-sig", "replace").splitlines()[:_MOST_RULES]
    except Unreadable:
        return ()
    return (_Rules(base, GitIgnoreSpec.from_lines(filter(_is_valid, lines))),)


def _is_valid(pattern: str) -> bool:
    """Whether the pattern can be matched in bounded time: each `*` within it multiplies what a hostile name costs."""
    middle = pattern.strip().removeprefix("!").removeprefix("**/").removesuffix("/**")
    if len(_STARS.findall(middle)) > _MOST_STARS:
        return False
    try:
        GitIgnoreSpec.from_lines([pattern])
    except ValueError:
        return False
    return True
