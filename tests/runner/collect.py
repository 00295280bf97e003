"""The pytest side: tests/semantics/*.md become two tests per case, one of what is claimed and one of what was seen.

In: pytest's hooks. Out: items, failures that show the right line, rewritten suites with `--update`.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from runner import ask, judge
from runner.literate import Case, Malformed, parse, without_marks

UNSEEN: pytest.StashKey[list[str]] = pytest.StashKey()
BUGS: pytest.StashKey[dict[Path, list[tuple[int, str]]]] = pytest.StashKey()


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("semantics", "literate suites of verdicts")
    group.addoption("--update", action="store_true", help="rewrite effect comments to what the analysis says")
    group.addoption("--update-bugs", action="store_true", help="the same, and keep what stood there as `bug:` lines")
    group.addoption("--cold", action="store_true", help="give each case a workspace of its own")
    group.addoption("--claims-only", action="store_true", help="run no case: a run is the same whoever asks for it")
    group.addoption("--unseen", action="store_true", help="list the effects that no run of a case has shown")


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    if file_path.suffix == ".md" and file_path.parent.name == "semantics":
        return Suite.from_parent(parent, path=file_path)
    return None


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Bug lines are added last: until then the line numbers of the suites must stand."""
    for path, added in session.config.stash.get(BUGS, {}).items():
        lines = path.read_text(encoding="utf-8").splitlines()
        for heading in sorted({heading for heading, _ in added}, reverse=True):
            lines[heading:heading] = ["", *(text for at, text in added if at == heading)]
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if listed := terminalreporter.config.stash.get(UNSEEN, []):
        terminalreporter.section("effects that no run has shown")
        terminalreporter.write("\n".join(listed) + "\n")


class Suite(pytest.File):
    """One markdown file."""

    def collect(self) -> Iterator[pytest.Item]:
        try:
            cases = parse(self.path.read_text(encoding="utf-8"))
        except Malformed as error:
            raise self.CollectError(f"{self.path.name}: {error}") from None
        for case in cases:
            yield Claimed.from_parent(self, name=case.title, case=case)
            if not self.config.option.claims_only:
                yield Observed.from_parent(self, name=f"{case.title} (run)", case=case)


class _Item(pytest.Item):
    def __init__(self, *, case: Case, **rest: object) -> None:
        super().__init__(**rest)
        self.case = case
        self.extra_keyword_matches.add(type(self).__name__.lower())
        self.funcargs: dict[str, object] = {}  # pytest-lsp 1.0 fails every item that has none

    def runtest(self) -> None:
        with tempfile.TemporaryDirectory(prefix="semantics-", ignore_cleanup_errors=True) as folder:
            root = Path(folder).resolve() / "case"
            try:
                wrong = self.judge(root)
            except ask.NotHere as missing:
                pytest.skip(str(missing))
        if wrong:
            raise Wrong(wrong)

    def judge(self, root: Path) -> list[str]:
        raise NotImplementedError

    def reportinfo(self) -> tuple[Path, int, str]:
        return self.path, self.case.line - 1, self.name

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: str | None = None):
        if isinstance(excinfo.value, Wrong | ask.Crashed):
            return f"{self.path.name}:{self.case.line}: {self.case.title}\n{excinfo.value}"
        return super().repr_failure(excinfo)


class Wrong(Exception):
    """The case is not so."""

    def __init__(self, sentences: list[str]) -> None:
        super().__init__("\n".join(sentences))


class Claimed(_Item):
    """The comments are what the analysis says."""

    def judge(self, root: Path) -> list[str]:
        mismatches = judge.compare(self.case, ask.claims(self.case, root if self.config.option.cold else None))
        if mismatches and (self.config.option.update or self.config.option.update_bugs):
            self._rewrite(mismatches)
            return []
        return [*map(str, mismatches), *judge.stale_bugs(self.case)]

    def _rewrite(self, mismatches: list[judge.Mismatch]) -> None:
        """Line by line, so that the places of the later cases stay what they were."""
        if self.config.getoption("numprocesses", None):
            raise Wrong(["--update writes the suites: run it in one process"])
        lines = self.path.read_text(encoding="utf-8").splitlines()
        for wrong in mismatches:
            lines[wrong.block.first + wrong.line - 2] = wrong.corrected()
            if self.config.option.update_bugs:
                self._keep_as_bug(wrong)
        self.path.write_text("\n".join(lines) + "\n", encoding="utf-8")

    def _keep_as_bug(self, wrong: judge.Mismatch) -> None:
        said = wrong.block.marks().get(wrong.line)
        if said and [m.effect for m in said] != [m.effect for m in wrong.right]:
            code = without_marks(wrong.block.lines[wrong.line - 1]).strip()
            text = f"bug: `{code}` should be `{', '.join(map(str, said))}`"
            known = self.config.stash.setdefault(BUGS, {}).setdefault(self.path, [])
            known += [(self.case.line, text)] if (self.case.line, text) not in known else []


class Observed(_Item):
    """The comments are what a run shows."""

    def judge(self, root: Path) -> list[str]:
        case = self.case
        if not (case.run or case.no_run or ask.default_run(case)):
            return ["no way to run it: define `async def main()`, or say `run: ...`, or `run: no, because ...`"]
        seen = ask.seen(case, root)
        if self.config.option.unseen and not case.no_run:
            listed = self.config.stash.setdefault(UNSEEN, [])
            listed += [f"{self.path.name}: {case.title}: {what}" for what in judge.unseen(case, seen)]
        wrong = judge.contradictions(case, seen)
        if case.no_run and not wrong:
            pytest.skip(f"not run: {case.no_run}")
        return wrong
