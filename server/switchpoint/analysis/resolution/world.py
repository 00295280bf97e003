"""Who derives from what, who sets what and who calls what, in all known files, by name.

In: the outlines of files, one file at a time. Out: pieces and classes by name. This module must not know
what a name means.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from switchpoint.analysis.ir.codec import decode_tuple, encode
from switchpoint.analysis.ir.outline import COMPUTED

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from switchpoint.analysis.ir.layout import Layout

Piece = tuple[str, str]
"""A path and a piece key."""

Subclass = tuple[str, str, str]
"""The path, the piece and the last name of a class."""

Fact = tuple[str, str, tuple[str, ...]]
"""Its kind, the name that it is about, and the rest."""

PackedWorld = tuple[dict[str, bytes], dict[str, tuple[tuple[str, str], ...]], tuple[str, ...]]
"""Facts by file, calls by analysed file, the analysed files."""

_MOST_DERIVED = 3000


@dataclass(slots=True)
class _Reached:
    """Names, and the classes that name one of them as a base."""

    names: set[str] = field(default_factory=set[str])
    classes: set[Subclass] = field(default_factory=set[Subclass])


@dataclass(slots=True)
class World:
    """Facts of all known files by name: which classes name a base, which names stand for another, which pieces set an
    attribute. Kept current file by file; the engine's inputs read it."""

    bases: dict[str, set[Subclass]] = field(default_factory=dict[str, set[Subclass]])
    aliases: dict[str, set[str]] = field(default_factory=dict[str, set[str]])
    sets: dict[str, set[Piece]] = field(default_factory=dict[str, set[Piece]])
    calls: dict[str, set[Piece]] = field(default_factory=dict[str, set[Piece]])
    analysed: set[str] = field(default_factory=set[str])
    _calls_by_file: dict[str, frozenset[tuple[str, str]]] = field(
        default_factory=dict[str, "frozenset[tuple[str, str]]"]
    )
    _by_file: dict[str, Layout | bytes] = field(default_factory=dict[str, "Layout | bytes"])
    _alias_counts: dict[tuple[str, str], int] = field(default_factory=dict[tuple[str, str], int])
    _anyhow: _Reached | None = None

    def replace(self, path: str, layout: Layout | None) -> set[tuple[str, str]]:
        """Takes the facts of one file as they are now; returns the (kind, name) pairs whose answers changed."""
        before = self._by_file.pop(path, None)
        if layout is not None:
            self._by_file[path] = layout
        if isinstance(before, bytes):
            old, new = set(_unpacked(before)), _facts(path, layout, None)
        else:
            # What both have is no change: most pieces outlive an edit as the very same object.
            old, new = _facts(path, before, layout), _facts(path, layout, before)
        self._anyhow = None
        for kind, name, fact in old - new:
            self._remove(kind, name, fact)
        for kind, name, fact in new - old:
            self._add(kind, name, fact)
        return {(kind, name) for kind, name, _ in old ^ new}

    def replace_calls(self, path: str, calls: frozenset[tuple[str, str]]) -> set[str]:
        """Takes the (piece, called name)s of one analysed file; returns the names whose answers changed."""
        before = self._calls_by_file.pop(path, frozenset[tuple[str, str]]())
        if calls:
            self._calls_by_file[path] = calls
        for key, name in before - calls:
            self.calls[name].discard((path, key))
        for key, name in calls - before:
            self.calls.setdefault(name, set()).add((path, key))
        return {name for _, name in before ^ calls}

    def files(self) -> Collection[str]:
        return self._by_file

    def packed(self) -> PackedWorld:
        """All of it, as small as it can be. The world itself keeps no layouts from then on."""
        for path, known in self._by_file.items():
            if not isinstance(known, bytes):
                facts = encode(tuple(sorted(_facts(path, known, None))))
                assert facts is not None, "nothing in facts is nested"
                self._by_file[path] = facts
        by_file = {path: known for path, known in self._by_file.items() if isinstance(known, bytes)}
        calls = {path: tuple(sorted(calls)) for path, calls in self._calls_by_file.items()}
        return by_file, calls, tuple(sorted(self.analysed))

    @staticmethod
    def unpacked(packed: PackedWorld) -> World:
        world = World()
        facts, calls, analysed = packed
        for path, known in facts.items():
            world._by_file[path] = known
            for kind, name, fact in _unpacked(known):
                world._add(kind, name, fact)
        for path, names in calls.items():
            world.replace_calls(path, frozenset(names))
        world.analysed.update(analysed)
        return world

    def derived(self, name: str, is_own: Callable[[str], bool]) -> tuple[Subclass, ...] | None:
        """The classes that name a base as `name` or one of its namesakes is called somewhere, those whose base has no
        name, and the user's whose base has one that was computed; None when there are too many. Aliases and classes
        carry a name on to further ones."""
        if self._anyhow is None:
            self._anyhow = self._without_a_name(is_own)
        anyhow = self._anyhow
        own = _Reached()
        self._carry_on(own, {name}, anyhow)
        found = anyhow.classes | own.classes
        return None if len(found) > _MOST_DERIVED else tuple(sorted(found))

    def _without_a_name(self, is_own: Callable[[str], bool]) -> _Reached:
        """What derives from a class of any name, with all that this carries on to: found once for all names."""
        named = (self.bases.get(each, ()) for each in self.aliases.get(COMPUTED, ()))
        computed = {cls for classes in named for cls in classes if is_own(cls[0])}
        reached = _Reached(set(), {*computed, *self.bases.get("", ())})
        names = {inner for path, _, inner in reached.classes if is_own(path)}
        self._carry_on(reached, names, _Reached())
        return reached

    def _carry_on(self, reached: _Reached, names: set[str], known: _Reached) -> None:
        """Adds some names, but for the known ones, and all that they carry on to, as long as that is not too much."""
        new = names - known.names
        while new and len(reached.classes) <= _MOST_DERIVED:
            reached.names |= new
            further: set[str] = set()
            for here in new:
                named = self.bases.get(here, ())
                reached.classes.update(named)
                further.update(self.aliases.get(here, ()), (inner for _, _, inner in named))
            new = further - reached.names - known.names

    def also_called(self, name: str) -> set[str]:
        """The names that are bound to `name` anywhere, and those that are bound to these."""
        found: set[str] = set()
        work = [name]
        while work:
            new = self.aliases.get(work.pop(), set[str]()) - found - {name}
            found |= new
            work.extend(new)
        return found

    def _add(self, kind: str, name: str, fact: tuple[str, ...]) -> None:
        if kind == "alias":
            pair = (name, fact[0])
            self._alias_counts[pair] = self._alias_counts.get(pair, 0) + 1
            self.aliases.setdefault(name, set()).add(fact[0])
        elif kind == "base":
            self.bases.setdefault(name, set()).add((fact[0], fact[1], fact[2]))
        else:
            self.sets.setdefault(name, set()).add((fact[0], fact[1]))

    def _remove(self, kind: str, name: str, fact: tuple[str, ...]) -> None:
        if kind == "alias":
            pair = (name, fact[0])
            self._alias_counts[pair] -= 1
            if not self._alias_counts[pair]:
                del self._alias_counts[pair]
                self.aliases[name].discard(fact[0])
        elif kind == "base":
            self.bases[name].discard((fact[0], fact[1], fact[2]))
        else:
            self.sets[name].discard((fact[0], fact[1]))


def _unpacked(facts: bytes) -> tuple[Fact, ...]:
    return decode_tuple(facts) or ()


def _facts(path: str, layout: Layout | None, other: Layout | None) -> set[Fact]:
    """What the pieces of a layout contribute that are not the same in the other one."""
    found: set[Fact] = set()
    known = {} if other is None else other.outlines
    for key, outline in () if layout is None else layout.outlines.items():
        if known.get(key) is outline:
            continue
        for cls, bases in outline.bases:
            found.update(("base", base, (path, key, cls)) for base in bases)
        found.update(("alias", old, (new, path, key)) for new, old in outline.aliases if new != old)
        found.update(("set", name, (path, key)) for name in outline.sets)
    return found
