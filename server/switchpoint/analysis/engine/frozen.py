"""Clean nodes in a file: written once, read one by one, by slot or by key.

In: nodes, with keys, values and edges; a file; and a coding, how keys and values are written. Out: the same by slot,
the number of a node in the file. Edges lie in memory, as numbers; keys and values in blocks on disk. Nothing here ever
changes: this module must not know of revisions, nor that a value may hold no longer.
"""

from __future__ import annotations

import zlib
from array import array
from bisect import bisect_left, bisect_right
from collections import OrderedDict
from typing import TYPE_CHECKING, Any, Protocol

from switchpoint.analysis.engine.queries import Asked, Input, Key, asked_as, name_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from typing import BinaryIO

_IN_BLOCK = 16
_BLOCK_LIMIT = 64 * 1024
"""Bytes of a block that holds more than one value. Neighbours are often wanted together; large values are not."""
_BLOCKS_HELD = 96
_NUMBERS = "I"
_TRAILER = 16


class Damaged(Exception):
    """The file does not hold what it was said to hold."""


class Coding(Protocol):
    """How keys and values become bytes."""

    def write(self, values: Sequence[Any]) -> bytes | None:
        """The bytes of several values, which may share parts; None when one of them cannot be written."""
        ...

    def read(self, data: bytes) -> Sequence[Any] | None:
        """Equal values; None when the bytes are damaged."""
        ...


class Edges:
    """Which slots each slot points at."""

    __slots__ = ("_ends", "_starts")

    def __init__(self, starts: array[int], ends: array[int]) -> None:
        self._starts = starts
        self._ends = ends

    @staticmethod
    def of(lists: Iterable[Iterable[int]]) -> Edges:
        starts, ends = array(_NUMBERS, [0]), array(_NUMBERS)
        for each in lists:
            ends.extend(each)
            starts.append(len(ends))
        return Edges(starts, ends)

    def turned(self) -> Edges:
        """The same edges in the other direction."""
        count = len(self._starts) - 1
        starts = array(_NUMBERS, bytes(4 * (count + 1)))
        for end in self._ends:
            starts[end + 1] += 1
        for slot in range(count):
            starts[slot + 1] += starts[slot]
        free, ends = array(_NUMBERS, starts), array(_NUMBERS, bytes(4 * len(self._ends)))
        for slot in range(count):
            for end in self[slot]:
                ends[free[end]] = slot
                free[end] += 1
        return Edges(starts, ends)

    def __getitem__(self, slot: int) -> array[int]:
        return self._ends[self._starts[slot] : self._starts[slot + 1]]

    def plain(self) -> tuple[bytes, bytes]:
        return self._starts.tobytes(), self._ends.tobytes()

    @staticmethod
    def from_plain(plain: tuple[bytes, bytes]) -> Edges:
        return Edges(_numbers(plain[0]), _numbers(plain[1]))


class Frozen:
    """The nodes in one file. `heights`: how high each was, by slot."""

    def __init__(self, file: BinaryIO, coding: Coding, start: int = 0) -> None:
        """Raises `Damaged`. `start` is where in the file they begin; they end with it."""
        self._file = file
        self._coding = coding
        self._start = start
        self._held: OrderedDict[int, Sequence[Any]] = OrderedDict()
        try:
            names, *plain, self._extra = self._head()
            self._queries = [asked_as(name) for name in names]
            self._asked, self._groups, self._firsts = map(_numbers, plain[:3])
            self._deps, self._dependents = Edges.from_plain(plain[3]), Edges.from_plain(plain[4])
            self._keys, self._values, self.heights = map(_numbers, plain[5:8])
        except (LookupError, TypeError, ValueError) as error:
            raise Damaged(str(error)) from error
        self._hashes, self._by_hash = self._index()

    def __len__(self) -> int:
        return len(self._asked)

    def take_extra(self) -> Any:
        """What was kept with them; it is not held here any longer."""
        extra, self._extra = self._extra, None
        return extra

    def find(self, key: Key[Any]) -> int | None:
        """The slot of a key."""
        wanted = hash(key)
        at = bisect_left(self._hashes, wanted)
        while at < len(self._hashes) and self._hashes[at] == wanted:
            slot = self._by_hash[at]
            if self.key(slot) == key:
                return slot
            at += 1
        return None

    def asked(self, slot: int) -> Asked:
        return self._queries[self._asked[slot]]

    def slots(self, asked: Input[Any, Any]) -> Iterator[int]:
        """The slots of all that was read of one input. Inputs come first."""
        for slot in range(len(self)):
            found = self.asked(slot)
            if found is asked:
                yield slot
            elif not isinstance(found, Input):
                return

    def key(self, slot: int) -> Key[Any]:
        return Key((self.asked(slot), self._part(slot, 0)))

    def value(self, slot: int) -> Any:
        return self._part(slot, 1)

    def group(self, slot: int) -> int:
        """The number of the group, 0 for a node that is in none."""
        return self._groups[slot]

    def deps(self, slot: int) -> array[int]:
        return self._deps[slot]

    def dependents(self, slot: int) -> array[int]:
        return self._dependents[slot]

    def close(self) -> None:
        self._file.close()

    def _part(self, slot: int, part: int) -> Any:
        block = bisect_right(self._firsts, slot) - 1
        return self._block(block, part)[slot - self._firsts[block]]

    def _block(self, block: int, part: int) -> Sequence[Any]:
        name = 2 * block + part
        found = self._held.get(name)
        if found is None:
            offsets = self._values if part else self._keys
            found = self._held[name] = self._read(*offsets[2 * block : 2 * block + 2])
            if len(self._held) > _BLOCKS_HELD:
                self._held.popitem(last=False)
        else:
            self._held.move_to_end(name)
        return found

    def _read(self, offset: int, size: int) -> Sequence[Any]:
        try:
            self._file.seek(self._start + offset)
            values = self._coding.read(zlib.decompress(self._file.read(size)))
        except (OSError, OverflowError, ValueError, zlib.error) as error:
            raise Damaged(f"a block at {offset}: {error}") from error
        if values is None:
            raise Damaged(f"a block at {offset}")
        return values

    def _head(self) -> Sequence[Any]:
        self._file.seek(max(self._start, self._file.seek(0, 2) - _TRAILER))
        trailer = self._file.read(_TRAILER)
        return self._read(int.from_bytes(trailer[:8], "little"), int.from_bytes(trailer[8:], "little"))

    def _index(self) -> tuple[array[int], array[int]]:
        """Hashes differ from process to process, so they are not kept."""
        hashes = array("q")
        for block in range(len(self._firsts)):
            keys = self._read(*self._keys[2 * block : 2 * block + 2])
            first = self._firsts[block]
            hashes.extend(hash(Key[Any]((self.asked(first + at), args))) for at, args in enumerate(keys))
        order = sorted(range(len(hashes)), key=hashes.__getitem__)
        return array("q", map(hashes.__getitem__, order)), array(_NUMBERS, order)


class Nodes(Protocol):
    """Nodes that are to be written, by their place among all."""

    def __len__(self) -> int: ...
    def asked(self, place: int) -> Asked: ...
    def key(self, place: int) -> Key[Any]: ...
    def value(self, place: int) -> Any: ...
    def group(self, place: int) -> int: ...
    def height(self, place: int) -> int: ...
    def deps(self, place: int) -> Iterable[int]: ...


def write(nodes: Nodes, file: BinaryIO, coding: Coding, extra: Any, cancelled: Callable[[], bool]) -> bool:
    """Write all nodes from where the file stands; `extra` is kept with them. False if it was cancelled on the way, or
    something cannot be written: what is in the file is worth nothing then."""
    start = file.tell()
    firsts, offsets = array(_NUMBERS), (array(_NUMBERS), array(_NUMBERS))
    for block in _blocks(nodes, coding):
        if block is None or cancelled():
            return False
        firsts.append(block[0])
        for part, data in enumerate(block[1:]):
            offsets[part].extend((file.tell() - start, len(data)))
            file.write(data)
    queries: dict[Asked, int] = {}
    places = range(len(nodes))
    asked = array(_NUMBERS, [queries.setdefault(nodes.asked(place), len(queries)) for place in places])
    groups = array(_NUMBERS, map(nodes.group, places))
    deps = Edges.of(map(nodes.deps, places))
    data = coding.write([
        [name_of(query) for query in queries],
        *(each.tobytes() for each in (asked, groups, firsts)),
        *(edges.plain() for edges in (deps, deps.turned())),
        *(each.tobytes() for each in (*offsets, array(_NUMBERS, map(nodes.height, places)))),
        extra,
    ])  # fmt: skip
    if data is None:
        return False
    packed = zlib.compress(data, 1)
    offset = file.tell() - start
    file.write(packed + offset.to_bytes(8, "little") + len(packed).to_bytes(8, "little"))
    return True


def _blocks(nodes: Nodes, coding: Coding) -> Iterator[tuple[int, bytes, bytes] | None]:
    """The first place of each block with the bytes of its keys and of its values; None where they cannot be written."""
    count = len(nodes)
    todo = [(first, min(first + _IN_BLOCK, count)) for first in reversed(range(0, count, _IN_BLOCK))]
    while todo:
        first, end = todo.pop()
        values = coding.write([nodes.value(place) for place in range(first, end)])
        if values is not None and len(values) > _BLOCK_LIMIT and end - first > 1:
            middle = (first + end) // 2
            todo.extend(((middle, end), (first, middle)))
            continue
        keys = coding.write([nodes.key(place)[1] for place in range(first, end)])
        if keys is None or values is None:
            yield None
            return
        yield first, zlib.compress(keys, 1), zlib.compress(values, 1)


def _numbers(data: bytes) -> array[int]:
    found = array(_NUMBERS)
    found.frombytes(data)
    return found
