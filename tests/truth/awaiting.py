"""An await-heavy program: nothing but awaits. Run as a script with one of its three parts; prints its CPU seconds.

`mixed`: locks, queues, blocks, async generators and short coroutines. `tight`: one await of a coroutine that returns at
once, in a loop. `deep`: every switch goes up through nine awaits.
"""

from __future__ import annotations

import asyncio
import sys
import time


async def leaf(number: int) -> int:
    return number + 1


async def middle() -> int:
    total = 0
    for number in range(5):
        total += await leaf(number)
    return total


class Block:
    async def __aenter__(self) -> None: ...

    async def __aexit__(self, *error: object) -> None: ...


async def numbers(count: int):
    for number in range(count):
        yield number


async def work(queue: asyncio.Queue[int], lock: asyncio.Lock, rounds: int) -> None:
    total = 0
    for turn in range(rounds):
        async with lock:
            total += await middle()
        async with Block():
            pass
        async for number in numbers(3):
            total += number
        await queue.put(turn)
        total += await queue.get()
        if turn % 10 == 0:
            await asyncio.sleep(0)


async def mixed() -> None:
    queue, lock = asyncio.Queue[int](), asyncio.Lock()
    await asyncio.gather(*(work(queue, lock, 10_000) for _ in range(10)))


async def tight() -> None:
    for number in range(3_000_000):
        await leaf(number)


async def down(depth: int) -> None:
    if depth:
        await down(depth - 1)
    else:
        await asyncio.sleep(0)


async def sinking() -> None:
    for _ in range(5_000):
        await down(8)


async def deep() -> None:
    await asyncio.gather(*(sinking() for _ in range(20)))


if __name__ == "__main__":
    part = {"mixed": mixed, "tight": tight, "deep": deep}[sys.argv[1]]
    started = time.process_time()
    asyncio.run(part())
    print(time.process_time() - started)
