"""Where can another task run? Each hint answers that for one place.

Point at any `await` to read why. Nothing here needs to be run.
"""

import asyncio


async def child():
    print("child start")
    await asyncio.sleep(0)
    print("child end")


async def parent():
    print("parent before")
    # The body of `child` runs here, inside this task,
    # like that of a function that is called.
    await child()
    print("parent after")


async def siblings():
    # A task is something else: it waits until this one is switched out.
    task = asyncio.create_task(child())
    print("before the child has started")
    await task


class Cache:
    """Shared by all tasks. Each `put` is atomic, lock or no lock."""

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
    # Entering a task group never switches. Leaving it waits
    # for its tasks: that switch is at the end of the block.
    async with asyncio.TaskGroup() as group:
        for order in orders:
            group.create_task(child(), name=order)
