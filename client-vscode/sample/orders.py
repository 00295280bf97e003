"""Where can another task run? Every hint in this file answers that for one place.

Point at any `await` to read why. Nothing here needs to be run.
"""

import asyncio


async def child():
    print("child start")
    await asyncio.sleep(0)
    print("child end")


async def parent():
    print("parent before")
    # Not a switch by itself: the body of `child` runs here, inside this task, up to its own `sleep`.
    await child()
    print("parent after")


async def siblings():
    # A task is something else: the event loop decides when it runs, and this one goes on.
    task = asyncio.create_task(child())
    print("before the child has started")
    await task


class Cache:
    """Shared by all tasks. Its only awaits are inline, so each `put` is atomic, with the lock or without it."""

    def __init__(self):
        self.lock = asyncio.Lock()
        self.entries = {}
        self.hits = 0

    async def put(self, key, value):
        async with self.lock:
            await self.forget(key)
            self.entries[key] = value
            await self.count()

    async def forget(self, key):
        self.entries.pop(key, None)

    async def count(self):
        self.hits += 1


async def all_at_once(orders):
    # Entering a task group never switches; leaving it waits for the tasks, so the switch is at the end of the block.
    async with asyncio.TaskGroup() as group:
        for order in orders:
            group.create_task(child(), name=order)
