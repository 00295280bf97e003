"""Where can another task run? Each hint answers that for one place.

Point at any `await` to read why. Nothing here needs to be run.
"""

import asyncio


async def greet():
    print("hello")


async def two_ways():
    # A coroutine runs here, inside this task, like a call.
    await greet()
    # A task runs when this one is switched out, not before.
    task = asyncio.create_task(greet())
    print("not greeted again yet")
    await task


async def child():
    print("child start")
    await asyncio.sleep(0)
    print("child end")


async def parent():
    # No `yield` in it: nobody else can run.
    await greet()
    # Runs here too, but reaches a `sleep`.
    await child()
    print("parent after")


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
