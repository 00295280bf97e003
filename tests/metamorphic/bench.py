"""Both witnesses of one generated program: what is claimed of its sites, and what a run of it shows.

In: the text of one module with a coroutine function `main`. Out: its sites, each with both testimonies. The program
runs in this process, so this module is for generated programs only; it must not know what an effect is worth.
"""

from __future__ import annotations

import ast
import asyncio
import builtins
import sys
import tempfile
import types
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

from runner import watch
from runner.judge import Seen
from switchpoint.analysis import Reason, Site, Workspace

MOST = 2_000


@dataclass(frozen=True, slots=True)
class Witnessed:
    """One site: the claim, and what was seen of the sites of that kind at that position."""

    site: Site
    seen: tuple[Seen, ...]


class Bench:
    """One workspace in which one program follows the other, so that the library is analysed once."""

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="metamorphic-", ignore_cleanup_errors=True)
        self.path = Path(self._folder.name).resolve() / "main.py"
        self.workspace = Workspace(
            [self.path.parent],
            python=Path(sys.executable),
            python_version="{}.{}".format(*sys.version_info),
            cache=False,
        )

    def close(self) -> None:
        self._folder.cleanup()

    def claims(self, source: str) -> tuple[Site, ...]:
        """The sites of the program as the analysis reports them."""
        self.workspace.set_text(self.path, source)
        return self.workspace.report(self.path).sites

    def reason(self, site: Site) -> Reason | None:
        return self.workspace.reason(site)

    def witnessed(self, source: str) -> list[Witnessed]:
        """Every site of the program, claimed and seen. What the program raises is raised."""
        seen = observe(source)
        return [Witnessed(site, seen[_place(site)]) for site in self.claims(source)]


class OutOfFuel(BaseException):
    """The program ran through more sites than any that ends."""


def observe(source: str) -> dict[tuple[int, int, str], tuple[Seen, ...]]:
    """What a run of `main()` shows of every site, by line, column and kind; one that fails was seen until then."""
    for state in (watch.SITES, watch.BY_SPAN, watch.LIVE):
        state.clear()
    left = iter(range(MOST))

    def begin(site: int, operand: object = None) -> object:
        if next(left, None) is None:
            raise OutOfFuel
        watch.SITES[site]["ran"] += 1
        watch.LIVE[id(sys._getframe(1)), site] = False
        return operand

    vars(builtins).update(__begin__=begin, __done__=watch.done)
    woven = ast.fix_missing_locations(watch.Weaver("main.py").visit(ast.parse(source)))
    code = compile(woven, "main.py", "exec", dont_inherit=True)
    try:
        _run(code)
    finally:
        del vars(builtins)["__begin__"], vars(builtins)["__done__"]
    found: defaultdict[tuple[int, int, str], tuple[Seen, ...]] = defaultdict(tuple)
    for site in watch.SITES:
        at = Seen(**{name: value for name, value in site.items() if name != "file"})
        found[at.line, at.col, at.kind] += (at,)
    return found


def _run(code: types.CodeType) -> None:
    module = sys.modules["main"] = types.ModuleType("main")
    try:
        exec(code, module.__dict__)
        with asyncio.Runner() as runner:
            runner.get_loop().set_task_factory(watch.factory(eager=False))
            runner.run(module.__dict__["main"]())
    except (OutOfFuel, Exception):
        return
    finally:
        del sys.modules["main"]


def _place(site: Site) -> tuple[int, int, str]:
    return site.span.line, site.span.col, site.kind.value
