"""Well-known primitives: under which condition each switches, in words.

In: the dotted names that a chain passes. Out: the name that says most to a reader, with its sentence. These tables
are sentences: no verdict depends on them, and what is not in them is told by its name alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from switchpoint.analysis import Reason

_DELAY = "switches even for a delay of 0"
_CHECKPOINT = "is there to switch"
_CANCELLED = "switches only where a cancellation is pending"
_THREAD = "switches, and goes on once the thread has finished"
_NOTIFIED = "switches, and goes on once another task notifies it"
_STARTED = "switches until the new task says that it has started"
_NEW_TASK = "switches until the new task has finished"
_HELD = "switches only while another task holds the lock or waits for it"
_READ_LINE = "switches only while no whole line is buffered"

CONDITIONS: Mapping[str, str] = MappingProxyType(
    {
        "asyncio.sleep": _DELAY,
        "asyncio.Lock.acquire": _HELD,
        "asyncio.Semaphore.acquire": "switches only while no slot is free, or others wait for one",
        "asyncio.Condition.wait": _NOTIFIED,
        "asyncio.Condition.wait_for": "switches only while the condition is not met",
        "asyncio.Event.wait": "switches only while the event is not set",
        "asyncio.Queue.get": "switches only while the queue is empty",
        "asyncio.Queue.put": "switches only while the queue is full, and one without a maximal size never is",
        "asyncio.Queue.join": "switches only while items are unfinished",
        "asyncio.Barrier.wait": "switches unless this task is the last one that the barrier waits for",
        "asyncio.TaskGroup.__aexit__": "switches only while tasks of the group are running",
        "asyncio.StreamReader.read": "switches only while nothing is buffered; without a size, until the stream ends",
        "asyncio.StreamReader.readline": _READ_LINE,
        "asyncio.StreamReader.__anext__": _READ_LINE,
        "asyncio.StreamReader.readexactly": "switches only while too little is buffered",
        "asyncio.StreamReader.readuntil": "switches only while the separator is not buffered",
        "asyncio.StreamWriter.drain": "switches only while the transport asks for a pause, or is closing",
        "asyncio.StreamWriter.wait_closed": "switches only while the connection is not yet closed",
        "asyncio.gather": ("switches unless nothing is gathered (or all of it is done already, from Python 3.12 on)"),
        "asyncio.wait": "switches even when all is done already",
        "asyncio.wait_for": (
            "switches if what it waits for does (and before Python 3.12 always, if that is a coroutine)"
        ),
        "asyncio.shield": "switches only while what it shields is not done; a coroutine becomes a new task",
        "asyncio.as_completed": "switches only while none of them is done",
        "asyncio.create_task": _NEW_TASK,
        "asyncio.ensure_future": "switches until it is done; a coroutine becomes a new task",
        "asyncio.TaskGroup.create_task": _NEW_TASK,
        "asyncio.to_thread": _THREAD,
        "loop.create_task": _NEW_TASK,
        "loop.run_in_executor": _THREAD,
        "loop.getaddrinfo": "switches while a thread looks the name up",
        "asyncio.Server.serve_forever": "switches until it is cancelled",
        "asyncio.Server.wait_closed": "switches only while the server is not closed",
        "asyncio.subprocess.Process.wait": "switches only while the process runs",
        "asyncio.subprocess.Process.communicate": "switches until the process has ended and its output is read",
        "asyncio.Future": "switches only while it is not done",
        "trio.lowlevel.checkpoint": _CHECKPOINT,
        "trio.lowlevel.cancel_shielded_checkpoint": _CHECKPOINT,
        "trio.lowlevel.checkpoint_if_cancelled": _CANCELLED,
        "trio.lowlevel.wait_task_rescheduled": "switches until something reschedules this task",
        "trio.lowlevel.ParkingLot.park": "switches until another task wakes this one",
        "trio.sleep": _DELAY,
        "trio.sleep_until": "switches even if that time has passed",
        "trio.sleep_forever": "switches until it is cancelled",
        "trio.Event.wait": "switches even if the event is set",
        "trio.Lock.acquire": "switches even if the lock is free",
        "trio.Semaphore.acquire": "switches even if a slot is free",
        "trio.CapacityLimiter.acquire": "switches even if a token is free",
        "trio.Condition.acquire": "switches even if the lock is free",
        "trio.Condition.wait": _NOTIFIED,
        "trio.MemorySendChannel.send": "switches even if there is room for the value",
        "trio.MemoryReceiveChannel.receive": "switches even if a value is there already",
        "trio.MemorySendChannel.aclose": _CHECKPOINT,
        "trio.MemoryReceiveChannel.aclose": _CHECKPOINT,
        "trio.open_nursery.__aexit__": "switches even if no task of the nursery is left",
        "trio.Nursery.start": _STARTED,
        "trio.to_thread.run_sync": _THREAD,
        "anyio.lowlevel.checkpoint": _CHECKPOINT,
        "anyio.lowlevel.cancel_shielded_checkpoint": _CHECKPOINT,
        "anyio.lowlevel.checkpoint_if_cancelled": _CANCELLED,
        "anyio.sleep": _DELAY,
        "anyio.sleep_until": "switches even if that time has passed",
        "anyio.sleep_forever": "switches until it is cancelled",
        "anyio.Event.wait": "switches even if the event is set",
        "anyio.Lock.acquire": "switches even if the lock is free, unless it was made with fast_acquire",
        "anyio.Condition.acquire": "switches even if the lock is free, unless that was made with fast_acquire",
        "anyio.Condition.wait": _NOTIFIED,
        "anyio.Condition.wait_for": "switches only while the condition is not met",
        "anyio.Semaphore.acquire": "switches even if a slot is free, unless it was made with fast_acquire",
        "anyio.CapacityLimiter.acquire": "switches even if a token is free",
        "anyio.CapacityLimiter.acquire_on_behalf_of": "switches even if a token is free",
        "anyio.MemoryObjectSendStream.send": "switches even if there is room for the item",
        "anyio.MemoryObjectReceiveStream.receive": "switches even if an item is there already",
        "anyio.TaskGroup.__aexit__": "switches even if no task of the group is left",
        "anyio.TaskGroup.start": _STARTED,
        "anyio.to_thread.run_sync": _THREAD,
        "anyio.open_file": "opens the file in a thread and waits for it",
    }
)
"""Public name -> what it does, after the name or "which"."""

_OTHER_NAMES: Mapping[str, str] = MappingProxyType(
    {
        "asyncio.Future.__await__": "asyncio.Future",
        "asyncio.Barrier.__aenter__": "asyncio.Barrier.wait",
        "asyncio.as_completed._wait_for_one": "asyncio.as_completed",
        "asyncio.BaseEventLoop.run_in_executor": "loop.run_in_executor",
        "asyncio.BaseEventLoop.create_task": "loop.create_task",
        "asyncio.BaseEventLoop.getaddrinfo": "loop.getaddrinfo",
        "trio.checkpoint": "trio.lowlevel.checkpoint",
        "trio.cancel_shielded_checkpoint": "trio.lowlevel.cancel_shielded_checkpoint",
        "trio.checkpoint_if_cancelled": "trio.lowlevel.checkpoint_if_cancelled",
        "trio.wait_task_rescheduled": "trio.lowlevel.wait_task_rescheduled",
        "trio.ParkingLot.park": "trio.lowlevel.ParkingLot.park",
        "trio._LockImpl.acquire": "trio.Lock.acquire",
        "trio.NurseryManager.__aexit__": "trio.open_nursery.__aexit__",
        "trio.to_thread_run_sync": "trio.to_thread.run_sync",
        "anyio.AsyncIOBackend.checkpoint": "anyio.lowlevel.checkpoint",
        "anyio.AsyncIOBackend.checkpoint_if_cancelled": "anyio.lowlevel.checkpoint_if_cancelled",
        "anyio.AsyncIOBackend.cancel_shielded_checkpoint": "anyio.lowlevel.cancel_shielded_checkpoint",
    }
)
"""Name in the source, without private modules -> public name."""

_PASSING = ("asyncio.wait_for", "asyncio.shield")
"""They switch as what they are given does: what is below them says more."""

_WEAK = ("asyncio.Future",)
"""Said only where nothing else is known."""

LOCKS = ("Lock.acquire", "Semaphore.acquire", "Condition.acquire")


@dataclass(frozen=True, slots=True)
class Primitive:
    """What a chain comes to: its public name, what it does ("" when that is not known), and whether it is what the site
    itself drives."""

    name: str
    words: str
    direct: bool


def primitive(reason: Reason) -> Primitive | None:
    """The outermost well-known name of a chain; without one, the last name that is not private; None without names."""
    names = reason.through or ((reason.primitive,) if reason.primitive else ())
    known = [(index, name) for index, name in enumerate(map(public, names)) if name in CONDITIONS]
    for passed_over in ((*_PASSING, *_WEAK), _WEAK, ()):
        for index, name in known:
            if name not in passed_over:
                direct = all(_is_special(above) for above in names[:index])
                return Primitive(name, CONDITIONS[name], direct)
    named = [name for name in names if not _is_private(name)] or list(names)
    return Primitive(public(named[-1]), "", len(names) == 1) if named else None


def public(name: str) -> str:
    """The name under which people know what stands in private modules."""
    for shorter in (name, _without(name, _is_private_module), _without(name, str.islower)):
        found = _OTHER_NAMES.get(shorter, shorter)
        if found in CONDITIONS:
            return found
    return _without(name, _is_private_module)


def is_lock(reason: Reason | None) -> bool:
    """Whether what is waited for is another task that holds the same thing."""
    found = primitive(reason) if reason is not None else None
    return found is not None and found.name.endswith(LOCKS)


def _without(name: str, is_left_out: Callable[[str], bool]) -> str:
    first, *others = name.split(".")
    middle = [part for part in others[:-1] if not is_left_out(part)]
    return ".".join([first, *middle, *others[-1:]])


def _is_private_module(part: str) -> bool:
    return part.startswith("_") and part.islower() and not part.startswith("__")


def _is_special(name: str) -> bool:
    last = name.rpartition(".")[2]
    return last.startswith("__") and last.endswith("__")


def _is_private(name: str) -> bool:
    last = name.rpartition(".")[2]
    return last.startswith("_") and not _is_special(name)
