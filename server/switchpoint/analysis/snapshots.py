"""All that is known of a workspace, in a file: for the next process, and instead of memory.

In: an engine with the known files around it. Out: the same in another process, with what changed on disk since told to
it. This module must not know what the engine's queries are about.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from switchpoint.analysis.engine import Damaged
from switchpoint.analysis.files import Stamp, digest_of, stamp_of, stamp_of_text
from switchpoint.analysis.ir.codec import Vocabulary, decode_tuple, encode, vocabulary
from switchpoint.analysis.ir.summaries import problem, text
from switchpoint.analysis.resolution.world import PackedWorld, World

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from typing import BinaryIO

    from switchpoint.analysis.engine import Engine
    from switchpoint.analysis.files import Modules, SummaryCache
    from switchpoint.analysis.known_files import KnownFiles

_CHANGED: Stamp = (-2, -2, -2)
"""The stamp of a text that stood in an editor only: no file has it."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What was known beside the engine. `files`: each text's stamp; `folders`: what stood in each that was looked into;
    `names`: a digest of the names of the analysed files; `dotted`: under which names files are imported."""

    files: tuple[tuple[str, Stamp], ...]
    folders: tuple[tuple[str, str], ...]
    names: str
    dotted: dict[str, str]
    imports: dict[str, tuple[str, ...]]
    world: PackedWorld


@dataclass(slots=True)
class Snapshots:
    """The snapshot of one workspace, under a name that says all that it depends on beside what is on disk; "" when
    there can be none."""

    cache: SummaryCache | None
    name: str
    engine: Engine
    known_files: KnownFiles
    modules: Modules

    def keep(self, names: str, cancelled: Callable[[], bool]) -> bool:
        """Moves all that is known from memory to a file. False if that cannot be or was cancelled."""
        if self.cache is None or not self.name or not self.known_files.are_current:
            return False
        surroundings = self._surroundings(names)
        file = self.cache.write(self.name, lambda file: self.engine.freeze(file, _CODING, surroundings, cancelled))
        return file is not None and self._thaw(file) is not None

    def restore(self, names: str, opened: Iterable[str]) -> None:
        """Knows what an earlier process knew, as far as it holds; nothing where there is no snapshot. `opened` are the
        paths of which the text was set."""
        file = None if self.cache is None or not self.name else self.cache.open(self.name)
        found = None if file is None else self._thaw(file)
        if found is None:
            return
        moved = {folder for folder, digest in found.folders if digest_of(self.modules.listing(folder)) != digest}
        known = self.known_files
        if not known.program.are_named(found.dotted) or not all(map(known.program.is_own, moved)):
            known.clear()
            return
        known.program.world = World.unpacked(found.world)
        known.imports = dict(found.imports)
        known.are_current = True
        for path in opened:
            known.mark(path)
        for path, stamp in found.files:
            if stamp_of(path) != stamp:
                self.engine.reload(text(path))
                self.engine.reload(problem(path))
                known.mark(path)
        if moved or names != found.names:
            known.files_changed()

    def _thaw(self, file: BinaryIO) -> Surroundings | None:
        try:
            found = self.engine.thaw(file, _CODING, file.tell())
        except Damaged:
            return None
        return found if isinstance(found, Surroundings) else None

    def _surroundings(self, names: str) -> Surroundings:
        stamps: list[tuple[str, Stamp]] = []
        for key in self.engine.keys(text):
            path: str = key[1][0]
            stamps.append((path, stamp_of_text(path, self.engine.peek(key)) or _CHANGED))
        listed = self.modules.listed()
        folders = tuple((folder, digest_of(listed[folder])) for folder in sorted(listed))
        imports, world = self.known_files.imports, self.known_files.program.world
        dotted = self.known_files.program.named()
        return Surroundings(tuple(sorted(stamps)), folders, names, dotted, imports, world.packed())


class _Coding:
    """Keys and values as plain data of the analysis."""

    def __init__(self) -> None:
        self._words: Vocabulary | None = None

    def write(self, values: Sequence[Any]) -> bytes | None:
        return encode(tuple(values))

    def read(self, data: bytes) -> tuple[Any, ...] | None:
        if self._words is None:
            own = (each for name, each in sys.modules.items() if name.startswith("switchpoint.analysis."))
            self._words = vocabulary(list(own))
        return decode_tuple(data, self._words)


_CODING = _Coding()
