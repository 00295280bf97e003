"""Counts, inside the observed program, how often each site ran and how often it switched.

In: the session folder, from the `sitecustomize.py` that the session put there. Out: in that folder, per process, one
text file that names sites (`.sites`, a Python literal a line) and files of shared counters (`.counts`). This file is
run by the user's interpreter, alone: it must not know any other module of switchpoint, and nothing but the standard
library. It parses nothing: a site is named by the position that CPython recorded for the await loop's instruction.

What keeps it cheap: one event per function start, then off; in a function with sites each instruction reports once,
then only those that begin an await; a site that was counted often enough reports no more. What makes it survive a
crash: counters live in mapped memory, so that nothing has to be done at the end.
"""

from __future__ import annotations

import opcode
import os
import sys
from mmap import mmap

TYPE_CHECKING = False
if TYPE_CHECKING:  # not from `typing`: the observed process shall not load it because of us
    from collections.abc import Callable, Iterator
    from types import CodeType, FrameType
    from typing import Any

    # kind, line, column, end line, end column as CPython records them (columns in UTF-8 bytes), item or -1
    Row = tuple[str, int, int, int, int, int]
    Loop = tuple[Row, int, int]
    Position = tuple[int | None, int | None, int | None, int | None]
    Page = tuple[str, str, list[Row], list["_Site"]]

try:
    from _blake2 import blake2b  # the module below hashlib: does not load OpenSSL into every observed process
except ImportError:
    from hashlib import blake2b

# As they are now: programs under test replace such functions, to forbid blocking calls in a loop or to fake a disk.
_open, _read, _write, _close = os.open, os.read, os.write, os.close
_absolute = os.path.join

# A site is counted at most so often in one process: its cost is bounded, and nobody reads more digits.
RAN_ENOUGH = 10_000
SWITCHED_ENOUGH = 1_000

_SITES_PER_SEGMENT = 4096
_TOOL_IDS = (4, 3)  # those that CPython's documentation gives to no kind of tool
_ASYNC_FLAGS = 0x80 | 0x200  # CO_COROUTINE, CO_ASYNC_GENERATOR
_KIND_BY_OPARG = ("await", "enter", "exit")


def start(folder: str) -> str:
    """Observe this process from now on. Returns "", or why not: a word, and a detail on a second line."""
    monitoring = getattr(sys, "monitoring", None)
    if monitoring is None or sys.implementation.name != "cpython":
        return "version\n" + sys.implementation.name + " " + sys.version.split()[0]
    if all(position[2] is None for position in _positions(start.__code__)):
        return "columns\n"
    tool = next((number for number in _TOOL_IDS if monitoring.get_tool(number) is None), None)
    if tool is None:
        return "tool\n"
    book = _Book(folder)
    monitoring.use_tool_id(tool, "switchpoint")
    _listen(monitoring, tool, book)
    return ""


def _unique_name() -> str:
    return str(os.getpid()) + "-" + os.urandom(4).hex()


class _Site:
    """Counts of one site. `suspended` holds the identities of frames that have switched here since they began it."""

    __slots__ = ("at", "cells", "limit", "ran", "suspended", "switched")

    def __init__(self) -> None:
        self.ran = 0
        self.switched = 0
        self.limit = RAN_ENOUGH
        self.suspended: set[int] = set()
        self.cells: Any = ()
        self.at = 0


class _Book:
    """What is written to the session folder. After a fork the child has a book of its own."""

    def __init__(self, folder: str) -> None:
        self.folder = folder
        self.pages: list[Page] = []
        self.digests: dict[str, str | None] = {}
        self.start_directory = os.getcwd()
        self._open()

    def _open(self) -> None:
        self.name = os.path.join(self.folder, _unique_name())
        self.segment = -1
        self.free = 0
        self.cells: Any = ()
        self._append(ascii(("python", ".".join(map(str, sys.version_info[:2])), sys.version_info[:2] < (3, 13))) + "\n")

    def reopen_in_child(self) -> None:
        self._open()
        for page in self.pages:
            for site in page[3]:
                site.ran = site.switched = 0
        self._append("".join([self._place(page) for page in self.pages]))

    def enter(self, path: str, rows: list[Row], sites: list[_Site]) -> bool:
        """Give each site its counters and write its name down; False when the file is not there to be shown."""
        path = _absolute(self.start_directory, path)
        if path not in self.digests:
            self.digests[path] = _digest(path)
        digest = self.digests[path]
        if digest is None:
            return False
        page = (path, digest, rows, sites)
        self._append(self._place(page))
        self.pages.append(page)
        return True

    def _place(self, page: Page) -> str:
        path, digest, rows, sites = page
        if self.free < len(sites):
            self._new_segment(max(_SITES_PER_SEGMENT, len(sites)))
        first = len(self.cells) // 2 - self.free
        self.free -= len(sites)
        for number, site in enumerate(sites, first):
            site.at = 2 * number
            site.cells = self.cells
        return ascii(("sites", path, digest, self.segment, first, rows)) + "\n"

    def _new_segment(self, size: int) -> None:
        self.segment += 1
        self.free = size
        file = _open(f"{self.name}.{self.segment}.counts", os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0))
        try:
            # Written, not only sized: touching a mapped hole on a full disk would kill the program.
            _write(file, bytes(16 * size))
            self.cells = memoryview(mmap(file, 16 * size)).cast("Q")
        finally:
            _close(file)

    def note(self, text: str) -> None:
        """Say why there is no more to come, where that can still be written."""
        try:  # noqa: SIM105 - contextlib is not for us to load into the observed process
            self._append(text, ".note")
        except OSError:
            pass

    def _append(self, text: str, suffix: str = ".sites") -> None:
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | getattr(os, "O_BINARY", 0)
        file = _open(self.name + suffix, flags, 0o666)
        try:
            _write(file, text.encode("ascii"))
        finally:
            _close(file)


def _digest(path: str) -> str | None:
    try:
        file = _open(path, os.O_RDONLY | getattr(os, "O_BINARY", 0))
    except (OSError, ValueError):
        return None
    digest = blake2b(digest_size=16)
    try:
        while chunk := _read(file, 1 << 20):
            digest.update(chunk)
    except OSError:
        return None
    finally:
        _close(file)
    return digest.hexdigest()


def _listen(monitoring: Any, tool: int, book: _Book) -> None:
    """Register the three callbacks.

    Tables are keyed by the address of an instruction: its code object's, which is kept alive, plus its offset, which
    is smaller than that object.
    """
    begins: dict[int, _Site] = {}
    yields: dict[int, _Site] = {}
    known: dict[int, CodeType] = {}
    events = monitoring.events
    disable = monitoring.DISABLE
    reader = _Reader()

    def on_start(code: CodeType, offset: int) -> Any:
        if not code.co_flags & _ASYNC_FLAGS or code.co_filename.startswith("<"):
            return disable
        if id(code) in known:
            return disable
        known[id(code)] = code
        try:
            if _enter(code, reader, book, begins, yields):
                monitoring.set_local_events(tool, code, events.INSTRUCTION | events.PY_YIELD)
        except RecursionError:
            del known[id(code)]  # too deep in the user's stack: the next start is asked again
            return None
        except Exception as error:  # the one guard: what fails here is not the program's business
            stop(repr(error))  # what is counted so far stands
        return disable

    def stop(reason: str) -> None:
        monitoring.set_events(tool, 0)
        for event in (events.PY_START, events.INSTRUCTION, events.PY_YIELD):
            monitoring.register_callback(tool, event, None)
        book.note("stopped\n" + reason)

    def in_child() -> None:
        try:
            book.reopen_in_child()
        except OSError as error:
            stop(repr(error))  # the session is over, or the disk is full

    monitoring.register_callback(tool, events.INSTRUCTION, _on_instruction(begins, disable))
    monitoring.register_callback(tool, events.PY_YIELD, _on_yield(yields, disable))
    monitoring.register_callback(tool, events.PY_START, on_start)
    monitoring.set_events(tool, events.PY_START)
    if hasattr(os, "register_at_fork"):
        os.register_at_fork(after_in_child=in_child)


def _on_instruction(begins: dict[int, _Site], disable: Any) -> Callable[[CodeType, int], Any]:
    find = begins.get
    frame_above: Callable[[int], FrameType] = getattr(sys, "_getframe")  # noqa: B009

    def on_instruction(code: CodeType, offset: int) -> Any:
        site = find(id(code) + offset)
        if site is None or site.ran >= site.limit:
            return disable
        site.ran = site.cells[site.at] = site.ran + 1
        if site.suspended:
            site.suspended.discard(id(frame_above(1)))
        return None

    return on_instruction


def _on_yield(yields: dict[int, _Site], disable: Any) -> Callable[[CodeType, int, object], Any]:
    find = yields.get
    frame_above: Callable[[int], FrameType] = getattr(sys, "_getframe")  # noqa: B009

    def on_yield(code: CodeType, offset: int, value: object) -> Any:
        site = find(id(code) + offset)
        if site is None or (site.switched and site.ran >= site.limit):
            return disable
        frame = id(frame_above(1))
        if frame not in site.suspended:
            site.suspended.add(frame)
            site.switched = site.cells[site.at + 1] = site.switched + 1
            if site.switched >= SWITCHED_ENOUGH:
                site.limit = site.ran
        return None

    return on_yield


def _enter(code: CodeType, reader: _Reader, book: _Book, begins: dict[int, _Site], yields: dict[int, _Site]) -> bool:
    """Name the sites of `code` in the book, then let their instructions be found."""
    sites: dict[Row, _Site] = {}
    loops = reader.loops(code)
    for row, _, _ in loops:
        sites.setdefault(row, _Site())
    if not sites or not book.enter(code.co_filename, list(sites), list(sites.values())):
        return False
    for row, begin, suspend in loops:
        begins[id(code) + begin] = sites[row]
        yields[id(code) + suspend] = sites[row]
    return True


class _Reader:
    """Finds the await loops of a code object, for the interpreter that this is.

    An await loop is GET_AWAITABLE or GET_ANEXT, LOAD_CONST, SEND, YIELD_VALUE, RESUME with 3 in its two low bits. The
    `yield` of an async generator is followed by another RESUME. Several loops may have one row: a block's exits.
    """

    def __init__(self) -> None:
        number = opcode.opmap
        self.get_awaitable = number["GET_AWAITABLE"]
        self.get_anext = number["GET_ANEXT"]
        self.yield_value = number["YIELD_VALUE"]
        self.resume = number["RESUME"]
        self.except_start = number["WITH_EXCEPT_START"]
        self.whole_statements = sys.version_info[:2] < (3, 13)

    def loops(self, code: CodeType) -> list[Loop]:
        """(row, offset that begins the await, offset of its yield), in the order of the code."""
        raw = code.co_code
        begin = -1
        bounds: list[tuple[int, int]] = []
        for at in range(0, len(raw) - 3, 2):
            if raw[at] in (self.get_awaitable, self.get_anext):
                begin = at
            elif raw[at] == self.yield_value and begin >= 0 and raw[at + 2] == self.resume and raw[at + 3] & 3 == 3:
                bounds.append((begin, at))
                begin = -1
        return list(self._named(raw, _positions(code), bounds))

    def _named(self, raw: bytes, positions: list[Position], bounds: list[tuple[int, int]]) -> Iterator[Loop]:
        groups: dict[Any, list[int]] = {}
        for begin, suspend in bounds:
            kind = "next" if raw[begin] == self.get_anext else _KIND_BY_OPARG[raw[begin + 1]]
            line, end_line, column, end_column = positions[begin // 2]
            if line is None or end_line is None or column is None or end_column is None:
                continue
            item = -1
            if self.whole_statements and kind in ("enter", "exit"):
                group = groups.setdefault((line, column, end_line, end_column), [])
                item = _item_by_depth(group, kind, raw[suspend + 1] - (raw[begin - 2] == self.except_start))
            yield (kind, line, column, end_line, end_column, item), begin, suspend


def _positions(code: CodeType) -> list[Position]:
    """(line, end line, column, end column) of each code unit."""
    read: Any = getattr(code, "co_positions")  # noqa: B009 - unknown to the oldest Python that the server supports
    return list(read())


def _item_by_depth(group: list[int], kind: str, depth: int) -> int:
    """Which item of its `async with` a loop belongs to: CPython 3.12 records the whole statement for all of them.

    There YIELD_VALUE carries the number of handlers around it: one more per item entered (and one more while an
    exception unwinds, which `depth` is without). `group` is [depth of the first item, items so far, 1 once an exit was
    seen]: the enters of one copy of the statement (a `finally` block is copied) follow each other, and then its exits.
    """
    if kind == "enter":
        if not group or group[2]:
            group[:] = [depth, 0, 0]
        group[1] += 1
        return depth - group[0]
    group[2] = 1
    return min(max(depth - group[0], 0), group[1] - 1)
