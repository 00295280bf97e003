"""What an earlier process found out about files, for as long as everything that it rests on is as it was.

In: answers about files, with all that was read for them. Out: the same answers in a later process, without reading or
judging anything anew; none as soon as any of it changed. This module must not know how answers are found.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias, TypeVar

from switchpoint import __version__
from switchpoint.analysis.files import Stamp, all_same, code_key, content_key, digest_of, stamp_of, stamp_of_text
from switchpoint.analysis.ir.codec import decode, encode

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from switchpoint.analysis.files import Environment, Modules, SummaryCache
    from switchpoint.analysis.verdicts import FileReport, Footing, Reason

T = TypeVar("T")
FunctionKey: TypeAlias = tuple[str, int]
"""A function's qualified name and its line."""


@dataclass(frozen=True, slots=True)
class Answers:
    """Everything that is asked about one file: its report, why by site index, and why by function, and for what is
    inline on which methods that rests. `premises` names what they rest on, "" as long as they are not kept."""

    report: FileReport
    reasons: tuple[Reason | None, ...]
    function_reasons: dict[FunctionKey, Reason | None]
    footings: dict[int, Footing]
    function_footings: dict[FunctionKey, Footing]
    premises: str = ""


@dataclass(frozen=True, slots=True)
class Premises:
    """What answers rest on: a digest of the analysed files' names, the files that were read, and the folders that were
    looked into with a digest of what stood there."""

    names: str
    files: tuple[tuple[str, Stamp], ...]
    folders: tuple[tuple[str, str], ...]


@dataclass(slots=True)
class Remembered:
    """The answers of earlier processes about the files under some roots, judged under some settings.

    `identity` names all that answers depend on beside what is on disk. Nothing is looked at before it is asked for.
    From the first change that is told on (`is_over`), nothing is remembered any more, but answers can be kept.
    """

    cache: SummaryCache | None
    identity: str
    modules: Modules
    walked: Callable[[], Iterable[Path]]
    is_over: bool = False
    _read: set[str] = field(default_factory=set[str])
    _held: dict[str, bool] = field(default_factory=dict[str, bool])
    _answers: dict[str, Answers | None] = field(default_factory=dict[str, "Answers | None"])

    def answers(self, path: str) -> Answers | None:
        """What is known about a file, if all that it rests on is as it was."""
        if self.is_over or not self.identity:
            return None
        if path not in self._answers:
            self._answers[path] = self._load(path)
        return self._answers[path]

    def covers(self, path: str) -> bool:
        """Whether a file is one on which answers rest."""
        return self.answers(path) is not None or path in self._read

    def keep(self, texts: Mapping[str, str | None], found: Mapping[str, Answers]) -> None:
        """Keeps answers that rest on files with these texts. Where a file has another text by now, nothing is kept."""
        stamps: list[tuple[str, Stamp]] = []
        for path in sorted(texts):
            stamp = stamp_of_text(path, texts[path])
            if stamp is None:
                return
            stamps.append((path, stamp))
        listed = self.modules.listed()
        folders = tuple((folder, digest_of(listed[folder])) for folder in sorted(listed))
        premises = Premises(self._names(), tuple(stamps), folders)
        name = content_key(repr(premises))
        self._put(name, premises)
        for path, answers in found.items():
            self._put(path, replace(answers, premises=name))

    def _load(self, path: str) -> Answers | None:
        found = self._get(path, Answers)
        return found if found is not None and self._hold(found.premises) else None

    def _hold(self, name: str) -> bool:
        if name not in self._held:
            premises = self._get(name, Premises)
            self._held[name] = premises is not None and self._still(premises)
        return self._held[name]

    def _still(self, premises: Premises) -> bool:
        still = (
            all_same(premises.files, stamp_of)
            and all_same(premises.folders, lambda folder: digest_of(self.modules.listing(folder)))
            and premises.names == self._names()
        )
        if still:
            self._read.update(path for path, _ in premises.files)
        return still

    def _names(self) -> str:
        return content_key("\n".join(map(str, self.walked())))

    def _get(self, name: str, kind: type[T]) -> T | None:
        data = None if self.cache is None else self.cache.get(self._key(name))
        return None if data is None else decode(data, kind)

    def _put(self, name: str, value: object) -> None:
        data = encode(value)
        if data is not None and self.cache is not None and self.identity:
            self.cache.put(self._key(name), data)

    def _key(self, name: str) -> str:
        return f"{self.identity}\n{name}"


def identity(environment: Environment, roots: Iterable[Path], settings: Iterable[object]) -> str:
    """A name for what answers depend on beside what is on disk: the very analysis, the target, what was asked of it;
    "" when there is none."""
    version = _version()
    return version and content_key(repr((version, environment, tuple(map(str, roots)), tuple(settings))))


@lru_cache(maxsize=1)
def _version() -> str:
    """A name for the code of the whole analysis, and for the Python that runs it; "" when it cannot be read."""
    code = code_key(Path(__file__).parent)
    return code and content_key("\0".join([__version__, sys.version, code]))
