"""A cache guarded by a lock that excludes nobody: between `async with` and its end, no other task can run."""

import asyncio


class Cache:
    """Shared by all tasks. Its only awaits are inline, so every `put` is atomic with the lock or without it."""

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


async def main():
    cache = Cache()
    await asyncio.gather(*(cache.put(key, key.upper()) for key in "abc"))
    print(cache.entries, cache.hits)


if __name__ == "__main__":
    asyncio.run(main())
